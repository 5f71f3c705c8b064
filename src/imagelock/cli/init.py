"""`imagelock init`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from imagelock import config
from imagelock.cli.session import Session
from imagelock.config.template import add_to_pyproject, settings
from imagelock.errors import ConfigurationError, reason
from imagelock.model.platform import Platform
from imagelock.project.atomic_write import write_atomically

_PYPROJECT: Final = "pyproject.toml"
_USUAL: Final = ("linux/amd64", "linux/arm64")
_NEXT: Final = """\
next: `imagelock lock` writes `images.lock`, which you commit
      `imagelock verify --offline` in pre-commit, `imagelock verify` in CI
"""


def command(
    context: typer.Context,
    *,
    platforms: Annotated[
        list[str] | None,
        typer.Option(
            "--platform",
            envvar="IMAGELOCK_PLATFORM",
            metavar="OS/ARCHITECTURE",
            show_default=False,
            help="A platform that the project runs on; asked for on a terminal.",
        ),
    ] = None,
    pyproject: Annotated[
        bool,
        typer.Option(
            "--pyproject",
            envvar="IMAGELOCK_PYPROJECT",
            help="Write `[tool.imagelock]` into `pyproject.toml`.",
        ),
    ] = False,
) -> None:
    """Write the first settings of a project.

    Exit codes: 0 done, 2 there are settings already, or they cannot be written.
    """
    session: Session = context.obj
    folder = Path(session.folder)
    if config.has_settings(folder):
        raise ConfigurationError(
            f"`{folder.resolve().name}` has settings of imagelock already",
            hint=f"edit `{config.FILE_NAME}`, or `[tool.imagelock]` in `{_PYPROJECT}`",
        )
    chosen = [Platform.parse(name) for name in platforms or _asked()]
    path = folder / (_PYPROJECT if pyproject else config.FILE_NAME)
    text = add_to_pyproject(_read(path), chosen) if pyproject else settings(chosen)
    try:
        write_atomically(path, text.encode())
    except OSError as error:
        message = f"`{path.name}` cannot be written: {reason(error)}"
        raise ConfigurationError(message) from error
    session.print(f"wrote {path.name}: platforms {', '.join(map(str, chosen))}\n")
    session.tell(_NEXT)


def _asked() -> list[str]:
    """Return the platforms that the user names on a terminal, else the usual ones."""
    if not sys.stdin.isatty():
        return list(_USUAL)
    answer = typer.prompt(
        "Platforms that the project runs on", default=", ".join(_USUAL), err=True
    )
    return [name.strip() for name in str(answer).split(",") if name.strip()]


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        message = f"`{path.name}` cannot be read: it is not UTF-8"
        raise ConfigurationError(message) from error
    except OSError as error:
        message = f"`{path.name}` cannot be read: {reason(error)}"
        raise ConfigurationError(message) from error
