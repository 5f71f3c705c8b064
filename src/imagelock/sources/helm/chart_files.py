"""Files of a chart that its templates read, and write with other images.

A chart can have whole manifests beside its templates, which put values into them:

    {{ merge .Values.patch (.Files.Get "files/deployment.yaml" | fromYaml) | toYaml }}

What such a template makes of a file is not evaluated, so that an image in the file
need not be pulled. A file that is only written out keeps its images.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from imagelock.sources.helm.keys import CHART

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from imagelock.sources.context import Context
    from imagelock.sources.helm.chart_folder import ChartFolder

_MOST_FOLDERS: Final = 5
_READS: Final = ".Files."
_CHANGES: Final = re.compile(
    r"\b(?:fromYaml|fromYamlArray|fromJson|fromJsonArray|replace|regexReplace\w*+)\b"
)
_LITERAL: Final = re.compile(r"[\"'`](?P<path>[\w.%*/-]++)[\"'`]")
_VERB: Final = re.compile(r"%[a-z]")


def is_changed_by_chart(path: PurePosixPath, context: Context) -> bool:
    """Return whether a chart around *path* reads the file, and may change its images."""
    for folder in path.parents[:_MOST_FOLDERS]:
        patterns = _patterns(folder, context)
        if patterns is not None:
            inside = str(path.relative_to(folder))
            return any(_names(pattern, inside) for pattern in patterns)
    return False


def _patterns(folder: PurePosixPath, context: Context) -> frozenset[str] | None:
    """Return the paths that templates change; `None` without a chart in *folder*."""

    def find() -> frozenset[str] | None:
        if context.read(folder / CHART) is None:
            return None
        from imagelock.sources.helm.chart_folder import ChartReader  # rarely used

        chart = ChartReader(context).chart(folder)
        return _literals(chart) if chart and _changes_files(chart) else frozenset()

    return context.memory.remember((is_changed_by_chart, folder), find)


def _changes_files(chart: ChartFolder) -> bool:
    return any(
        _READS in file.source and _CHANGES.search(file.source)
        for file in chart.templates
    )


def _literals(chart: ChartFolder) -> frozenset[str]:
    return frozenset(
        _VERB.sub("*", match["path"]).rstrip("/")
        for file in chart.templates
        for match in _LITERAL.finditer(file.source)
    )


def _names(pattern: str, path: str) -> bool:
    """Return whether *pattern* is *path*, a folder above it, or matches it."""
    is_folder = path.startswith(f"{pattern}/")
    return is_folder or ("/" in pattern and fnmatchcase(path, pattern))
