"""The examples of the guides: their files are written, and their commands are run.

A page with files is a walk from its top to its end. A file is a block with
`title="PATH"`, or a comment `<!-- file PATH … -->`. Each console block runs in a shell
and must print what the page shows; `<!-- run … -->` is a command that is not shown, and
`<!-- push REPOSITORY:TAG [SALT [PLATFORM]] -->` pushes an image, and
`<!-- build REPOSITORY:TAG on BASE:TAG -->` one that states its base, pushed before. A digest may be cut short
with `…`, which stands for any lines where it is alone. A command of which nothing is shown
must succeed. Commands with other programs than `PROGRAMS` are left out. On all pages,
commands are checked against the options that there are.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING, Final

import pytest
import typer

from imagelock.cli.app import application
from imagelock.cli.command_help import COMMANDS, SUBCOMMANDS
from imagelock.cli.global_options import split_global_options
from imagelock.cli.help_pages import command_of
from imagelock.config import load
from imagelock.model.platform import Platform
from tests.conftest import AMD64, ARM64
from tests.support.mirrored import configure
from tests.support.pages import CONSOLE, PAGES, ROOT, commands, is_shown, outputs
from tests.support.publishing import Build, index

if TYPE_CHECKING:
    from pathlib import Path

    from imagelock.demo.registry import MemoryRegistry

STEP: Final = re.compile(
    r'```\w+ title="(?P<path>[^"]+)"\n(?P<text>.*?)```'
    r"|<!-- file (?P<hidden_path>\S+)\n(?P<hidden_text>.*?)-->"
    r"|<!-- push (?P<image>\S+):(?P<tag>\S+)(?: (?P<salt>(?!-->)\S+))?"
    r"(?: (?P<platform>(?!-->)\S+))? -->"
    r"|<!-- build (?P<built>\S+):(?P<built_tag>\S+) on (?P<base>\S+):(?P<base_tag>\S+) -->"
    r"|<!-- run (?P<command>[^\n]+) -->"
    r"|```console\n(?P<lines>.*?)```",
    re.DOTALL,
)
FILE: Final = re.compile(r'```\w+ title="|<!-- file ')
PROGRAMS: Final = {"imagelock", "cat", "cd", "echo", "git", "head", "mkdir", "sed"}
TOML: Final = re.compile(r"```toml[^\n]*\n(?P<text>.*?)```", re.DOTALL)
OTHER_TOML: Final = {
    *("version", "image", "seen", "pinned", "signer", "project"),
    "language-server",
}
"""Keys of files that are not settings: lockfiles, `seen.toml`, `pyproject.toml`, and those of
editors."""
MARK: Final = "\x1e"
WALKS: Final = [page for page in PAGES if FILE.search(page.read_text(encoding="utf-8"))]


def name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def arguments(command: str) -> list[str] | None:
    """Return the arguments of an `imagelock` command without its redirections."""
    words = shlex.split(command, comments=True)
    if words[:1] != ["imagelock"]:
        return None
    ends = [n for n, word in enumerate(words) if re.fullmatch(r"[|<>&;]+.*", word)]
    return words[1 : ends[0] if ends else None]


def programs(command: str) -> set[str]:
    """Return the first word of each command of a pipeline."""
    return {part.split()[0] for part in re.split(r"[|;]|&&", command) if part.split()}


def run_all(
    shell_commands: list[str], environment: dict[str, str]
) -> list[tuple[str, str, int]]:
    """Run the commands in a shell; return what each printed, and its exit code.

    That is its output, and its messages but for notes about the mirror of the tests.
    """
    mark = f'{{ s=$?; printf "$s\\{ord(MARK):03o}" | tee /dev/stderr; (exit $s); }}'
    script = "".join(f"{command}\n{mark}\n" for command in shell_commands)
    done = subprocess.run(
        ["bash", "-c", script],
        env={**os.environ, **environment}, check=False, capture_output=True, text=True,
    )  # fmt: skip
    messages = re.sub(r"(?m)^note: the mirror .*\n", "", done.stderr)
    pairs = zip(done.stdout.split(MARK)[:-1], messages.split(MARK)[:-1], strict=True)
    results = []
    for out, message in pairs:
        code = re.search(r"\d+\Z", out)
        assert code
        end = -len(code[0])
        results.append((out[:end], message[:end], int(code[0])))
    return results


@pytest.fixture
def shell(tmp_path: Path) -> dict[str, str]:
    """The environment of a shell in which `imagelock` is this one."""
    program = tmp_path / "bin" / "imagelock"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m imagelock "$@"\n')
    program.chmod(0o755)
    names = {
        f"GIT_{who}_{what}": "a@b.c"
        for who in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    return {"PATH": f"{program.parent}:{os.environ['PATH']}", **names}


def write(project: Path, path: str, text: str) -> None:
    file = project / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def push(hub: MemoryRegistry, step: re.Match[str]) -> None:
    salts = dict.fromkeys((AMD64, ARM64), step["image"])
    if step["platform"]:
        salts[Platform.parse(step["platform"])] = step["salt"]
    elif step["salt"]:
        salts = dict.fromkeys(salts, step["salt"])
    hub.push_image(step["image"], step["tag"], [AMD64, ARM64], salts=salts)


def build(hub: MemoryRegistry, step: re.Match[str]) -> None:
    platforms = [AMD64, ARM64]
    base = hub.push_image(step["base"], step["base_tag"], platforms)
    stated = {
        "org.opencontainers.image.base.name": f"{step['base']}:{step['base_tag']}",
        "org.opencontainers.image.base.digest": str(base),
    }
    image = index(platforms, Build(annotations=stated))
    hub.push(step["built"], step["built_tag"], image)


def compare(lines: str, environment: dict[str, str]) -> int:
    """Run a block and compare; return how many outputs it shows."""
    known = [each for each in commands(lines) if programs(each[0]) <= PROGRAMS]
    ran = run_all([command for command, _ in known], environment)
    shown_outputs = 0
    for (command, shown), (out, messages, code) in zip(known, ran, strict=True):
        if shown.strip():
            printed = {out, messages, out + messages, messages + out}
            assert any(is_shown(shown, each) for each in printed), (command, printed)
            shown_outputs += 1
        else:
            assert code == 0, (command, out, messages)
    return shown_outputs


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="guides are for a POSIX shell")
@pytest.mark.parametrize("page", WALKS, ids=name)
def test_a_guide_shows_what_happens(
    page: Path, project: Path, hub: MemoryRegistry, address: str, shell: dict[str, str]
) -> None:
    configure(project, address, hosts=("docker.io", "ghcr.io", "quay.io"))
    shown_outputs = 0
    for step in STEP.finditer(page.read_text(encoding="utf-8")):
        if path := step["path"] or step["hidden_path"]:
            write(project, path, step["text"] or step["hidden_text"])
        elif step["image"]:
            push(hub, step)
        elif step["built"]:
            build(hub, step)
        elif command := step["command"]:
            ((out, messages, code),) = run_all([command], shell)
            assert code == 0, (command, out, messages)
        else:
            shown_outputs += compare(step["lines"], shell)
    assert shown_outputs


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_command_that_is_shown_exists(page: Path) -> None:
    root = typer.main.get_command(application())
    for block in CONSOLE.finditer(page.read_text(encoding="utf-8")):
        for command, _ in commands(block["lines"]):
            words = arguments(command)
            if words is None or {"--version", "--help", "-V", "help"} & set(words):
                continue
            assert words[0] in COMMANDS, command
            _, rest = split_global_options(words)
            depth = 2 if words[0] in SUBCOMMANDS else 1
            sub = command_of(root, " ".join(rest[:depth]))
            sub.make_context(command, rest[depth:])  # raises what users would see


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_settings_that_are_shown_are_accepted(page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8").replace(":…", f":{64 * '0'}")
    for number, block in enumerate(TOML.finditer(text)):
        if OTHER_TOML & set(tomllib.loads(block["text"])):
            continue
        folder = tmp_path / str(number)
        folder.mkdir()
        # What `extends` names is not there, and is tested with the settings.
        settings = re.sub("(?m)^extends = .*", "", block["text"])
        (folder / "imagelock.toml").write_text(settings, encoding="utf-8")
        load(folder)  # raises what users would see


def test_the_page_of_formats_shows_what_the_tests_of_reports_saw() -> None:
    snapshots = ROOT / "tests" / "report" / "__snapshots__" / "test_reports.ambr"
    seen = re.sub("(?m)^  ", "", snapshots.read_text(encoding="utf-8"))
    shown = outputs("docs/reference/formats.md")
    assert len(shown) >= 4
    for command, output in shown.items():
        assert output.strip() in seen, command
