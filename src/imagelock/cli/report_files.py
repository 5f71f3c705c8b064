"""Reports that are written to files, in addition to the output."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from imagelock.errors import ConfigurationError, reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagelock.commands.verify import Verdict
    from imagelock.report.changes import Changes


def plan_reports(options: Sequence[str] | None, *, changes: bool) -> dict[Path, str]:
    """Return the format of each file in *options*, `FORMAT=FILE`.

    Raises:
        ConfigurationError: there is no such format for findings, or for *changes*.
    """
    return dict(_parse(options, changes=changes)) if options else {}


def _parse(options: Sequence[str], *, changes: bool) -> Iterator[tuple[Path, str]]:
    from imagelock.report.formats import FORMATS  # noqa: PLC0415 - few ask for a report

    names = [name for name, form in FORMATS.items() if not changes or form.changes]
    for option in options:
        name, _, file = option.partition("=")
        if name not in names or not file:
            raise ConfigurationError(
                f"`{option}` is not a report that can be written",
                hint=f"write `FORMAT=FILE`, with one of {', '.join(names)}",
            )
        yield Path(file), name


def write_changes(files: dict[Path, str], report: Changes) -> None:
    """Write *report* to each of *files* in its format."""
    from imagelock.report.formats import FORMATS  # noqa: PLC0415 - few ask for a report

    for path, name in files.items():
        if write := FORMATS[name].changes:
            _write(path, write(report))


def write_findings(files: dict[Path, str], verdict: Verdict) -> None:
    """Write *verdict* to each of *files* in its format."""
    from imagelock.report.formats import FORMATS  # noqa: PLC0415 - few ask for a report

    for path, name in files.items():
        _write(path, FORMATS[name].findings(verdict))


def _write(path: Path, text: str) -> None:
    try:
        path.write_bytes(text.encode())
    except OSError as error:
        raise ConfigurationError(f"cannot write `{path}`: {reason(error)}") from error
