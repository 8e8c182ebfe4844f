"""What MkDocs does not know: live figures, exercises, mathematics, colours. See mkdocs.yml."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from mathematics import Mathematics, fonts
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

from steepest.errors import SteepestError
from steepest.view.page_fence import SharedPage
from steepest.view.practice_fence import SharedExercises

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "web"))

import tools  # noqa: E402  # pyright: ignore[reportMissingImports]

figures = SharedPage()
exercises = SharedExercises()
mathematics = Mathematics(tools)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Build the pages that the frames show, and let Markdown know the fences."""
    if tools.is_stale():
        tools.build()
    config.mdx_configs["pymdownx.superfences"] = {
        "custom_fences": [
            {"name": "steepest", "class": "steepest", "format": figures.fence},
            {"name": "practice", "class": "practice", "format": exercises.fence},
        ]
    }
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the colours that all views share, and the style and fonts of the mathematics."""
    files.append(File.generated(config, "assets/colours.css", content=colours()))
    for path in fonts(tools.WEB):
        target = (
            f"assets/katex/{path.parent.name + '/' if path.suffix != '.css' else ''}{path.name}"
        )
        files.append(File.generated(config, target, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Figures and exercises on this page reach what they share from where this page will be."""
    top = get_relative_url("./", page.url)
    figures.root = exercises.root = "" if top == "." else f"{top.rstrip('/')}/"
    if page.file.src_uri == "index.md" or page.file.src_uri.startswith("learn/"):
        page.meta.setdefault("hide", ["toc"])  # these are short, and their figures are wide
    return markdown


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Typeset the mathematics now, so that reading it takes no script and no other host."""
    try:
        return mathematics.typeset(html)
    except ValueError as error:
        raise PluginError(f"{page.file.src_uri}: {error}") from None


def on_post_build(config: MkDocsConfig) -> None:
    """Put the shared pages and the pictures into the site."""
    mathematics.close()
    try:
        figures.write(Path(config.site_dir))
        exercises.write(Path(config.site_dir))
    except SteepestError as error:
        raise PluginError(str(error)) from None


def colours() -> str:
    """view/tokens.json as custom properties, for the light and the dark scheme of the theme."""
    tokens = ROOT / "src" / "steepest" / "view" / "tokens.json"
    themes = json.loads(tokens.read_text("utf-8"))["themes"]
    names = ("paper", "ink", "quiet", "hairline", "gradient", "direction", "level")

    def properties(theme: dict[str, Any]) -> str:
        low, high = theme["landscape"]
        walks = "".join(f"--s-walk-{k}: {c};" for k, c in enumerate(theme["trajectories"], 1))
        return (
            "".join(f"--s-{name}: {theme[name]};" for name in names)
            + f"--s-low: {low};--s-high: {high};{walks}"
        )

    schemes = {"default": themes["light"], "slate": themes["dark"]}
    return "\n".join(
        f'[data-md-color-scheme="{name}"] {{ {properties(theme)} }}'
        for name, theme in schemes.items()
    )
