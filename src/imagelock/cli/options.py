"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer


class OutputFormat(StrEnum):
    """How a result is printed."""

    TEXT = "text"
    JSON = "json"


TEXT: Final = "text"
FINDINGS_FORMATS: Final = (
    *(TEXT, "json", "jsonl", "markdown"),
    *("github", "sarif", "gitlab", "junit"),
)
"""The built-in formats of findings, in the order of the help."""
CHANGES_FORMATS: Final = (TEXT, "json", "jsonl", "markdown")
"""The built-in formats of changes, in the order of the help."""


class Depth(StrEnum):
    """How much registries are asked about each image that moved."""

    NONE = "none"
    SOME = "some"
    ALL = "all"

    @property
    def requests(self) -> int:
        """How many requests an image may cost: two, or one for each thing there is."""
        return {Depth.NONE: 0, Depth.SOME: 2, Depth.ALL: 4}[self]


FormatOfFindings = Annotated[
    str,
    typer.Option(
        "--format",
        metavar=f"[{'|'.join(FINDINGS_FORMATS)}]",
        autocompletion=lambda: list(FINDINGS_FORMATS),
        envvar="IMAGELOCK_FORMAT",
        help="Text for people, or a form that another program reads.",
    ),
]
FormatOfChanges = Annotated[
    str,
    typer.Option(
        "--format",
        metavar=f"[{'|'.join(CHANGES_FORMATS)}]",
        autocompletion=lambda: list(CHANGES_FORMATS),
        envvar="IMAGELOCK_FORMAT",
        help="Text for people, the body of a pull request, or JSON for machines.",
    ),
]
Format = Annotated[
    OutputFormat,
    typer.Option(
        "--format",
        envvar="IMAGELOCK_FORMAT",
        help="Text for people, or JSON for machines.",
    ),
]
Reports = Annotated[
    list[str] | None,
    typer.Option(
        "--report",
        envvar="IMAGELOCK_REPORT",
        metavar="FORMAT=FILE",
        show_default=False,
        help="Also write the result to a file, in a format; may be given several times.",
    ),
]
Environment = Annotated[
    bool,
    typer.Option(
        "--environment",
        envvar="IMAGELOCK_ENVIRONMENT",
        help="Let the variables of this shell decide what Compose files mean.",
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        "--timeout",
        envvar="IMAGELOCK_TIMEOUT",
        metavar="SECONDS",
        min=1,
        help="Stop asking registries after so many seconds.",
    ),
]
Paths = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="PATH",
        show_default=False,
        help="Files and folders to read, instead of all of the project.",
    ),
]
