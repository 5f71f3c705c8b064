"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

DEFAULT_TIMEOUT = 300.0
"""Seconds in which a run must have asked all that it wants to know."""


class OutputFormat(StrEnum):
    """The output format of a result."""

    TEXT = "text"
    JSON = "json"


class FindingsFormat(StrEnum):
    """How findings are printed: `text`, and what `FORMATS` has for them."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    MARKDOWN = "markdown"
    GITHUB = "github"
    SARIF = "sarif"
    GITLAB = "gitlab"
    JUNIT = "junit"


class ChangesFormat(StrEnum):
    """How changes are printed: `text`, and what `FORMATS` has for them."""

    TEXT = "text"
    JSON = "json"
    JSONL = "jsonl"
    MARKDOWN = "markdown"


class Depth(StrEnum):
    """The amount of detail to fetch about each image that moved."""

    NONE = "none"
    SOME = "some"
    ALL = "all"

    @property
    def requests(self) -> int:
        """The maximum number of requests for an image."""
        return {Depth.NONE: 0, Depth.SOME: 2, Depth.ALL: 4}[self]


FormatOfFindings = Annotated[
    FindingsFormat,
    typer.Option(
        "--format",
        envvar="IMAGELOCK_FORMAT",
        help="The output format.",
    ),
]
FormatOfChanges = Annotated[
    ChangesFormat,
    typer.Option(
        "--format",
        envvar="IMAGELOCK_FORMAT",
        help="The output format; `markdown` is made for pull requests.",
    ),
]
Format = Annotated[
    OutputFormat,
    typer.Option(
        "--format",
        envvar="IMAGELOCK_FORMAT",
        help="The output format.",
    ),
]
Reports = Annotated[
    list[str] | None,
    typer.Option(
        "--report",
        envvar="IMAGELOCK_REPORT",
        metavar="FORMAT=FILE",
        show_default=False,
        help="Also write the result to a file; can be repeated.",
    ),
]
Environment = Annotated[
    bool,
    typer.Option(
        "--environment",
        envvar="IMAGELOCK_ENVIRONMENT",
        help="Use environment variables to interpolate Compose files.",
    ),
]
Timeout = Annotated[
    float,
    typer.Option(
        "--timeout",
        envvar="IMAGELOCK_TIMEOUT",
        metavar="SECONDS",
        min=1,
        help="Time limit for all registry requests, in seconds.",
    ),
]
Paths = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="PATH",
        show_default=False,
        help="Files and directories to read; the whole project by default.",
    ),
]
