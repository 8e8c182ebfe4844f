/** Light or dark: the system's choice until the reader makes another; paper is always light. */

import { computed, effect, signal } from "@preact/signals";
import tokens from "../../src/steepest/view/tokens.json";
import { parseHex } from "./plot/landscape";
import type { Palette } from "./plot/landscape";

export type Choice = "auto" | "light" | "dark";

export const CHOICES: readonly Choice[] = ["auto", "light", "dark"];

export const choice = signal<Choice>("auto");
const systemDark = signal(false);
const printing = signal(false);

export const dark = computed(
  () => !printing.value && (choice.value === "auto" ? systemDark.value : choice.value === "dark"),
);
export const theme = computed(() => tokens.themes[dark.value ? "dark" : "light"]);
export const styles = tokens.trajectory_styles;
export const symbols = tokens.kinds;

export const palette = computed<Palette>(() => ({
  low: parseHex(theme.value.landscape[0]!),
  high: parseHex(theme.value.landscape[1]!),
  ink: parseHex(theme.value.ink),
  paper: parseHex(theme.value.paper),
  hairline: parseHex(theme.value.hairline),
  contour: parseHex(theme.value.contour),
}));

export const walkColour = (k: number): string =>
  theme.value.trajectories[k % theme.value.trajectories.length]!;

/** A trajectory's dashes for stroke-dasharray. */
export const walkDash = (k: number): string => (styles[k % styles.length]!.dash as number[]).map((d) => 1.6 * d).join(" ");

export function watchTheme(): void {
  const query = matchMedia("(prefers-color-scheme: dark)");
  systemDark.value = query.matches;
  query.addEventListener("change", () => (systemDark.value = query.matches));
  addEventListener("beforeprint", () => (printing.value = true));
  addEventListener("afterprint", () => (printing.value = false));
  effect(() => {
    document.documentElement.dataset.theme = dark.value ? "dark" : "light";
  });
}
