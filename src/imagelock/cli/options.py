"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from imagelock.cli.answers import MAX_AGE
from imagelock.cli.completions import locked_images, update_groups
from imagelock.cli.format_names import (
    CHANGES_FORMATS,
    FINDINGS_FORMATS,
    JSON,
    TEXT,
    is_from_environment,
)

if TYPE_CHECKING:
    from typer.models import ArgumentInfo, OptionInfo


class Depth(StrEnum):
    """The amount of detail to fetch about each image that moved."""

    NONE = "none"
    SOME = "some"
    ALL = "all"

    @property
    def requests(self) -> int:
        """The maximum number of requests for an image."""
        return {Depth.NONE: 0, Depth.SOME: 2, Depth.ALL: 9}[self]


def _plain_format(context: typer.Context, value: str) -> str:
    if value in {TEXT, JSON}:
        return value
    if is_from_environment(context):
        return TEXT
    raise typer.BadParameter(f"{value!r} is not one of 'text', 'json'.")


def group_option(help_text: str) -> OptionInfo:
    """Return the option `--group`, the name of an `[[update.group]]`."""
    option: OptionInfo = typer.Option(
        "--group",
        metavar="NAME",
        autocompletion=update_groups,
        show_default=False,
        help=help_text,
    )
    return option


def images_argument(help_text: str) -> ArgumentInfo:
    """Return the argument `IMAGE…` of a command, for locked images."""
    argument: ArgumentInfo = typer.Argument(
        metavar="IMAGE",
        autocompletion=locked_images,
        show_default=False,
        help=help_text,
    )
    return argument


FormatOfFindings = Annotated[
    str,
    typer.Option(
        "--format",
        metavar=f"FORMAT[{'|'.join(FINDINGS_FORMATS)}]",
        autocompletion=lambda: list(FINDINGS_FORMATS),
        envvar="IMAGELOCK_FORMAT",
        help="The output format.",
    ),
]
FormatOfChanges = Annotated[
    str,
    typer.Option(
        "--format",
        metavar=f"FORMAT[{'|'.join(CHANGES_FORMATS)}]",
        autocompletion=lambda: list(CHANGES_FORMATS),
        envvar="IMAGELOCK_FORMAT",
        help="The output format; `markdown` is made for pull requests.",
    ),
]
Format = Annotated[
    str,
    typer.Option(
        "--format",
        metavar=f"FORMAT[{TEXT}|{JSON}]",
        autocompletion=lambda: [TEXT, JSON],
        callback=_plain_format,
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
DryRun = Annotated[
    bool,
    typer.Option(
        "--dry-run",
        help="Show what would change without writing anything.",
    ),
]
Check = Annotated[
    bool,
    typer.Option(
        "--check",
        help="Do not write; exit with 1 if the lockfile would change.",
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
All = Annotated[
    bool,
    typer.Option(
        "--all",
        help="Also run in every project below this one, each with its own lockfile.",
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
AnswersFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--answers",
        metavar="FILE",
        show_default=False,
        help="Use the answers of registries that `fleet resolve` wrote, and ask only for"
        " what they do not have; with `--offline`, nobody. Can be repeated.",
    ),
]
MaxAge = Annotated[
    str | None,
    typer.Option(
        "--max-age",
        metavar="DURATION",
        show_default=False,
        help="Do not use answers that are older, such as `12h` or `3d`; by default,"
        f" `{MAX_AGE}`.",
    ),
]
AcceptSigner = Annotated[
    list[str] | None,
    typer.Option(
        "--accept-signer",
        metavar="IMAGE",
        autocompletion=locked_images,
        show_default=False,
        help="Record whoever signed this image now, or that nobody did; a name or"
        " pattern, can be repeated.",
    ),
]
Signatures = Annotated[
    bool,
    typer.Option(
        "--signatures",
        help="Also look for signatures of images that are locked already.",
    ),
]
