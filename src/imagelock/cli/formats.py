"""The formats of a run: that of its output, and those of `--report` files."""

from __future__ import annotations

from pathlib import Path

from imagelock.cli.format_names import CHANGES_FORMATS, TEXT
from imagelock.errors import UsageError, reason
from imagelock.light_typing import TYPE_CHECKING
from imagelock.project.boundary import check_named, path_from

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from imagelock.commands.scanning.scan import ScanVerdict
    from imagelock.commands.verify import Verdict
    from imagelock.project.project_files import ProjectFiles
    from imagelock.report.changes import Changes
    from imagelock.report.formats import Reporter


def choose_reporter(
    project: ProjectFiles, name: str, *, changes: bool = False
) -> Reporter | None:
    """Return the format *name*, or `None` for text.

    Raises:
        UsageError: there is no such format for findings, or for *changes*.
    """
    if name == TEXT:
        return None
    from imagelock.report.formats import find_reporter  # text needs none

    reporter = find_reporter(name, project.config.plugins.reports)
    if changes and reporter.changes is None:
        raise UsageError(
            f"the format `{name}` has no form for changes",
            hint=f"use one of {', '.join(CHANGES_FORMATS)}",
        )
    return reporter


def output_reporter(
    project: ProjectFiles, name: str, *, from_environment: bool
) -> Reporter | None:
    """Return the format *name* of the changes that are printed, or `None` for text.

    Text, too, if `IMAGELOCK_FORMAT` gave it, and changes do not have that format.

    Raises:
        ConfigurationError: there is no such format, or `--format` gave it and it has
            no form for changes.
    """
    if from_environment:
        reporter = choose_reporter(project, name)
        return reporter if reporter and reporter.changes else None
    return choose_reporter(project, name, changes=True)


def plan_reports(
    project: ProjectFiles, options: Sequence[str] | None, *, changes: bool = False
) -> dict[Path, Reporter]:
    """Return the format of each file in *options*, `FORMAT=FILE`.

    Raises:
        UsageError: there is no such format for findings, or for *changes*.
        UnreadableFileError: a file is a link out of the project.
    """
    return dict(_parse(project, options or (), changes=changes))


def _parse(
    project: ProjectFiles, options: Sequence[str], *, changes: bool
) -> Iterator[tuple[Path, Reporter]]:
    for option in options:
        name, _, file = option.partition("=")
        reporter = choose_reporter(project, name, changes=changes) if file else None
        if reporter is None:
            raise UsageError(
                f"`{option}` is not a report that can be written",
                hint="write `FORMAT=FILE`, with any format but `text`",
            )
        check_named(project.root, path_from(project.root, Path(file)))
        yield Path(file), reporter


def write_changes(files: Mapping[Path, Reporter], report: Changes) -> None:
    """Write *report* to each of *files* in its format."""
    for path, reporter in files.items():
        if reporter.changes:
            _write(path, reporter.changes(report))


def write_findings(files: Mapping[Path, Reporter], verdict: Verdict) -> None:
    """Write *verdict* to each of *files* in its format."""
    for path, reporter in files.items():
        _write(path, reporter.findings(verdict))


def write_scan(files: Mapping[Path, Reporter], run: ScanVerdict) -> None:
    """Write the result of `scan` to each of *files* in its format."""
    for path, reporter in files.items():
        _write(path, reporter.of_scan(run))


def _write(path: Path, text: str) -> None:
    try:
        path.write_bytes(text.encode())
    except OSError as error:
        raise UsageError(f"cannot write `{path}`: {reason(error)}") from error
