"""The pictures of the README, and its transcript, from a run of the demo."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from moving_tags import moving_tags

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT: Final = Path(__file__).parents[1]
ASSETS: Final = ROOT / "docs" / "assets"
COLUMNS: Final = 94
BEGIN: Final = "<!-- The demo printed this for `make docs`: do not edit. -->\n"
END: Final = "<!-- The end of what the demo printed. -->\n"

# The colors of GitHub, on whose page the pictures are shown.
THEMES: Final = {
    "light": TerminalTheme(
        (246, 248, 250),
        (31, 35, 40),
        [
            (36, 41, 47), (207, 34, 46), (17, 99, 41), (126, 84, 0),
            (9, 105, 218), (130, 80, 223), (27, 124, 131), (110, 119, 129),
        ],
    ),
    "dark": TerminalTheme(
        (22, 27, 34),
        (230, 237, 243),
        [
            (72, 79, 88), (255, 123, 114), (63, 185, 80), (210, 153, 34),
            (88, 166, 255), (188, 140, 255), (57, 197, 207), (177, 186, 196),
        ],
    ),
}  # fmt: skip
PALETTES: Final = {
    "light": {
        "ink": "#1f2328", "muted": "#59636e", "accent": "#0969da",
        "line": "#c5ccd3", "panel": "#f6f8fa",
    },
    "dark": {
        "ink": "#f0f6fc", "muted": "#9198a1", "accent": "#4493f8",
        "line": "#3d444d", "panel": "#151b23",
    },
}  # fmt: skip
FRAME: Final = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
    font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace;
    font-size: {char_height}px;
    line-height: {line_height}px;
}}
.{unique_id}-title {{
    font-family: -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif;
    font-size: 18px;
}}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def pictures() -> dict[Path, str]:
    """Return the text of every picture, and of the README with its transcript."""
    steps = demo_steps()
    flow = Template((ASSETS / "flow.template.svg").read_text(encoding="utf-8"))
    files = {
        ROOT / "README.md": readme(steps),
        ASSETS / "moving-tags.svg": moving_tags(),
    }
    for name, theme in THEMES.items():
        files[ASSETS / f"demo-{name}.svg"] = recording(steps, theme)
        files[ASSETS / f"flow-{name}.svg"] = flow.substitute(PALETTES[name])
    return files


def demo_steps() -> list[list[Text]]:
    """Run the demo; return its lines, grouped by the command that they end with."""
    names = ("COLUMNS", "LINES", "IMAGELOCK_", "TERM", "FORCE_COLOR", "NO_COLOR")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(names)}
    output = subprocess.run(
        [sys.executable, "-m", "imagelock", "--color", "always", "demo"],
        check=True,
        capture_output=True,
        encoding="utf-8",
        env=environment,
    ).stdout
    steps: list[list[Text]] = [[]]
    for line in Text.from_ansi(output).split("\n", allow_blank=True):
        steps[-1].append(line)
        if line.plain.startswith("exit code"):
            steps.append([])
    return [[*trimmed(step), Text()] for step in steps if trimmed(step)]


def trimmed(lines: Sequence[Text]) -> Sequence[Text]:
    """Return *lines* without blank lines at both ends."""
    full = [number for number, line in enumerate(lines) if line.plain.strip()]
    return lines[full[0] : full[-1] + 1] if full else []


def recording(steps: Sequence[Sequence[Text]], theme: TerminalTheme) -> str:
    """Return a picture of the demo: locked, moved, found and updated."""
    lock, _, drift, update, *_ = steps
    console = Console(
        record=True,
        width=COLUMNS,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        _environ={},
    )
    for line in trimmed([*lock, *drift, *update]):
        console.print(line, highlight=False)
    picture = console.export_svg(
        title="imagelock demo", theme=theme, code_format=FRAME, unique_id="demo"
    )
    return re.sub(r"[ \t]+$", "", picture, flags=re.MULTILINE)


def readme(steps: Sequence[Sequence[Text]]) -> str:
    """Return the README: it is its own template around the transcript."""
    head, begin, rest = (
        (ROOT / "README.md").read_text(encoding="utf-8").partition(BEGIN)
    )
    _, end, tail = rest.partition(END)
    transcript = "".join(f"{line}\n" for line in short(steps[2], steps[3]))
    return f"{head}{begin}\n```console\n{transcript}```\n\n{end}{tail}"


def wrapped(text: Text) -> Sequence[Text]:
    """Return *text* as lines that the page shows without scrolling, as in the picture."""
    return list(text.wrap(Console(width=COLUMNS, _environ={}), COLUMNS))


def short(*steps: Sequence[Text]) -> Iterator[str]:
    """Yield the commands of *steps* and what they print, without remarks and hints."""
    for number, step in enumerate(steps):
        lines = [line.plain.rstrip() for text in step for line in wrapped(text)]
        start = next(n for n, line in enumerate(lines) if line.startswith("$"))
        if number:
            yield ""
        for line in lines[start:]:
            if line and not line.startswith(("hint:", "exit code")):
                yield line
