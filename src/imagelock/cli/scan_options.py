"""Options that the commands share which scan images."""

from __future__ import annotations

from typing import Annotated

import typer

from imagelock.cli.thresholds import THRESHOLD, Threshold
from imagelock.config.scan import SCANNER_NAMES

ScannerOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        show_default=False,
        autocompletion=lambda: list(SCANNER_NAMES),
        help=f"The scanner to run: {', '.join(SCANNER_NAMES)}, or one of a plug-in;"
        " by default that of the settings, or the first that is installed.",
    ),
]
FailOn = Annotated[
    Threshold | None,
    typer.Option(
        metavar=THRESHOLD,
        show_default=False,
        help="Exit with 1 on vulnerabilities of this severity or higher; by default"
        " on any that is reported.",
    ),
]
SeverityOption = Annotated[
    Threshold | None,
    typer.Option(
        metavar=THRESHOLD,
        show_default=False,
        help="Only report vulnerabilities of this severity or higher.",
    ),
]
IgnoreUnfixed = Annotated[
    bool,
    typer.Option(
        "--ignore-unfixed",
        help="Only report what a newer version of the package fixes.",
    ),
]
OnlyExploited = Annotated[
    bool,
    typer.Option(
        "--only-exploited",
        help="Leave out what is known not to be exploited; what the scanner does not"
        " know stays.",
    ),
]
