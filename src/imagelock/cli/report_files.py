"""Reports that are written to files, besides what is printed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from imagelock.errors import ConfigurationError, reason
from imagelock.report.formats import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagelock.report.changes import Changes
    from imagelock.report.findings import Verdict


def planned(options: Sequence[str], *, changes: bool) -> dict[Path, str]:
    """Return the format of each file that *options*, `FORMAT=FILE`, ask for.

    Raises:
        ConfigurationError: there is no such format for findings, or for *changes*.
    """
    return dict(_planned(options, changes=changes))


def _planned(options: Sequence[str], *, changes: bool) -> Iterator[tuple[Path, str]]:
    known = [n for n, form in FORMATS.items() if not changes or form.changes]
    for option in options:
        name, _, file = option.partition("=")
        if name not in known or not file:
            raise ConfigurationError(
                f"`{option}` is not a report that can be written",
                hint=f"write `FORMAT=FILE`, with one of {', '.join(known)}",
            )
        yield Path(file), name


def write_changes(files: dict[Path, str], report: Changes) -> None:
    """Write *report* to each of *files* in its format."""
    for path, name in files.items():
        if form := FORMATS[name].changes:
            _write(path, form(report))


def write_findings(files: dict[Path, str], verdict: Verdict) -> None:
    """Write *verdict* to each of *files* in its format."""
    for path, name in files.items():
        _write(path, FORMATS[name].findings(verdict))


def _write(path: Path, text: str) -> None:
    try:
        path.write_bytes(text.encode())
    except OSError as error:
        raise ConfigurationError(f"cannot write `{path}`: {reason(error)}") from error
