"""`imagelock init`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from imagelock.cli.session import Session
from imagelock.commands.init import (
    check_unset,
    commands_with_images,
    init,
    used_registries,
    vendored,
)
from imagelock.commands.init_extras import Extra, check_top, set_up, suggested
from imagelock.config.template import FirstSettings
from imagelock.model.platform import Platform
from imagelock.report.listing import format_not_read

_DEFAULT: Final = ("linux/amd64", "linux/arm64")
_QUESTIONS: Final = {
    Extra.PRE_COMMIT: "Check every commit with pre-commit?",
    Extra.GITHUB: "Add workflows for GitHub: verify, drift, update?",
    Extra.GITLAB: "Add jobs for GitLab: verify, drift, update?",
    Extra.GITEA: "Add workflows for Gitea: verify, drift, update?",
    Extra.FORGEJO: "Add workflows for Forgejo: verify, drift, update?",
    Extra.MERGE_DRIVER: "Let git merge images.lock entry by entry?",
}
_NEXT: Final = """\
next: run `imagelock lock` and commit `images.lock`;
      run `imagelock verify --offline` in pre-commit, and `imagelock verify` in CI
"""


class FirstPolicy(StrEnum):
    """The policies that `init` writes."""

    PRODUCTION = "production"


def init_command(
    context: typer.Context,
    *,
    platforms: Annotated[
        list[str] | None,
        typer.Option(
            "--platform",
            metavar="OS/ARCHITECTURE",
            show_default=False,
            help="A platform that the project runs on; can be repeated.",
        ),
    ] = None,
    pyproject: Annotated[
        bool,
        typer.Option(
            "--pyproject",
            help="Add `[tool.imagelock]` to `pyproject.toml`.",
        ),
    ] = False,
    policy: Annotated[
        FirstPolicy | None,
        typer.Option(
            show_default=False,
            help="Also write a policy: `production` allows what the project uses now,"
            " and neither tags that move nor versions without support.",
        ),
    ] = None,
    extras: Annotated[
        list[Extra] | None,
        typer.Option(
            "--with",
            show_default=False,
            help="Also set up the hook of pre-commit, the workflows of a forge, or"
            " git's merge driver; can be repeated.",
        ),
    ] = None,
) -> None:
    """Create the configuration of a project.

    On a terminal, prompts for the platforms unless they are given, and for what else
    to set up. Files that are there are not changed. Folders with the code of others,
    such as `vendor` of Go, are excluded. Says how many images the commands of scripts
    name, which are not read without `[sources.shell]`.

    Exit codes: 0 done, 2 a configuration already exists, or cannot be written.
    """
    session: Session = context.obj
    folder = Path(session.folder)
    check_unset(folder)
    if extras:
        check_top(folder)
    chosen = [Platform.parse(name) for name in platforms or _ask_platforms()]
    for platform in chosen:
        if similar := platform.similar:
            session.warn(
                f"`{platform}` is no known platform; did you mean `{similar}`?"
            )
    exclude = vendored(folder)
    registries = used_registries(folder, exclude) if policy else None
    first = FirstSettings(platforms=chosen, exclude=exclude, registries=registries)
    path = init(folder, first, pyproject=pyproject)
    without = f", without {', '.join(exclude)}" if exclude else ""
    names = ", ".join(map(str, chosen))
    session.print(f"wrote {path.name}: platforms {names}{without}\n")
    is_asked = extras is None and platforms is None and sys.stdin.isatty()
    for extra in _ask_extras(folder) if is_asked else extras or ():
        for line in set_up(folder, extra):
            session.print(f"{line}\n")
    commands = commands_with_images(folder, exclude)
    session.notice(format_not_read(guesses=0, commands=commands, charts=0))
    session.notice(_NEXT)


def _ask_platforms() -> list[str]:
    """Return the platforms entered at a prompt, or the defaults without a terminal."""
    if not sys.stdin.isatty():
        return list(_DEFAULT)
    answer = typer.prompt(
        "Platforms that the project runs on", default=", ".join(_DEFAULT), err=True
    )
    return [name.strip() for name in str(answer).split(",") if name.strip()]


def _ask_extras(folder: Path) -> Iterator[Extra]:
    """Yield what the user accepts of what fits the repository."""
    for extra in suggested(folder):
        if typer.confirm(_QUESTIONS[extra], default=False, err=True):
            yield extra
