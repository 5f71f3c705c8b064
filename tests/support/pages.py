"""What the pages of the documentation show in their console blocks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
CONSOLE: Final = re.compile(r"```console\n(?P<lines>.*?)```", re.DOTALL)


def commands(lines: str) -> list[tuple[str, str]]:
    """Return the commands of a console block, each with the output below it."""
    parts = re.split(r"^\$ ", lines.replace("\\\n", " "), flags=re.MULTILINE)[1:]
    return [(first, rest) for first, _, rest in (p.partition("\n") for p in parts)]


def outputs(path: str) -> dict[str, str]:
    """Return what the page at *path* shows of each command that prints something."""
    text = (ROOT / path).read_text(encoding="utf-8")
    return {
        command: output
        for block in CONSOLE.finditer(text)
        for command, output in commands(block["lines"])
        if output.strip()
    }


def short(text: str) -> str:
    """Return *text* with its digests as pages may show them, cut short."""
    return re.sub(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}", r"\1…", text)


def is_shown(shown: str, printed: str) -> bool:
    """Return whether *shown* is *printed*; a line `…` stands for any lines."""
    parts = re.split(r"^…\n", short(shown), flags=re.MULTILINE)
    pattern = "(?:.*\n)*?".join(map(re.escape, parts))
    return re.fullmatch(pattern, short(printed)) is not None
