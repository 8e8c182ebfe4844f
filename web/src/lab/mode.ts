/** Whether this page is served by the lab, which can be asked for more. Set before it is drawn. */

import { signal } from "@preact/signals";

export const inLab = signal(false);
