"""The examples of the guides: their files are written, and their commands are run.

A page with a file, a block with `title="PATH"`, is a walk from its top to its end: each
`imagelock` command in a console block runs there and must print what the page shows.
`<!-- push REPOSITORY:TAG SALT PLATFORM -->` moves a tag. Commands on other pages, which
may need other programs, are checked against the options that there are.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import typer

from imagelock.cli.app import COMMANDS, application
from tests.conftest import AMD64, ARM64, Run
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from imagelock.demo.registry import MemoryRegistry

ROOT: Final = Path(__file__).parents[1]
PAGES: Final = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
FILE: Final = re.compile(r'```\w+ title="(?P<path>[^"]+)"\n(?P<text>.*?)```', re.DOTALL)
CONSOLE: Final = re.compile(r"```console\n(?P<lines>.*?)```", re.DOTALL)
PUSH: Final = re.compile(
    r"<!-- push (?P<image>\S+):(?P<tag>\S+) (?P<salt>\S+) (?P<platform>\S+) -->"
)
STEP: Final = re.compile(
    "|".join(f"(?:{part.pattern})".replace("P<", f"P<{name}_") for name, part in
             (("file", FILE), ("console", CONSOLE), ("push", PUSH))),
    re.DOTALL,
)  # fmt: skip
WALKS: Final = [page for page in PAGES if FILE.search(page.read_text(encoding="utf-8"))]


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def commands(lines: str) -> list[tuple[str, str]]:
    """Return the commands of a console block, each with the output below it."""
    parts = re.split(r"^\$ ", lines.replace("\\\n", " "), flags=re.MULTILINE)[1:]
    return [(first, rest) for first, _, rest in (p.partition("\n") for p in parts)]


def arguments(command: str) -> list[str] | None:
    """Return the arguments of an `imagelock` command without its redirections."""
    words = shlex.split(command, comments=True)
    if words[:1] != ["imagelock"]:
        return None
    ends = [n for n, word in enumerate(words) if re.fullmatch(r"[|<>&;]+.*", word)]
    return words[1 : ends[0] if ends else None]


@pytest.mark.parametrize("page", WALKS, ids=name)
def test_a_guide_shows_what_happens(
    page: Path, project: Path, hub: MemoryRegistry, address: str, imagelock: Run
) -> None:
    configure(project, address)
    steps = 0
    for step in STEP.finditer(page.read_text(encoding="utf-8")):
        if path := step["file_path"]:
            file = project / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(step["file_text"], encoding="utf-8")
        elif image := step["push_image"]:
            salts = dict.fromkeys((AMD64, ARM64), image)
            moved = AMD64 if step["push_platform"] == str(AMD64) else ARM64
            salts[moved] = step["push_salt"]
            hub.push_image(image, step["push_tag"], [AMD64, ARM64], salts=salts)
        else:
            for command, shown in commands(step["console_lines"]):
                words = arguments(command)
                if words is not None:
                    printed = imagelock(*words).out
                    assert not shown.strip() or printed == shown, command
                    steps += 1
    assert steps


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_that_is_shown_exists(page: Path) -> None:
    root = typer.main.get_command(application())
    for block in CONSOLE.finditer(page.read_text(encoding="utf-8")):
        for command, _ in commands(block["lines"]):
            words = arguments(command)
            if words is None or {"--version", "--help", "-V", "help"} & set(words):
                continue
            assert words[0] in COMMANDS, command
            sub = root.commands[words[0]]  # type: ignore[attr-defined]
            sub.make_context(command, words[1:])  # raises what users would see
