"""Settings that all tests share."""

from __future__ import annotations

import os

from hypothesis import settings

# Before anything imports matplotlib: figures are drawn without a screen.
os.environ["MPLBACKEND"] = "Agg"

# A shared machine pauses a test at any moment, so no deadline. CI runs the same examples every
# time; everybody else looks for new ones.
settings.register_profile("default", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")
