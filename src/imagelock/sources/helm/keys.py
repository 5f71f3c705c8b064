"""Names that charts have in common: keys of values, and folders."""

from __future__ import annotations

from typing import Final

CHART: Final = "Chart.yaml"
"""The file that makes a folder a chart."""

DIGESTS: Final = {"digest": "{digest}", "sha": "{hex}", "sha256": "{hex}"}
"""The keys of digests, with the templates of their slots."""

TAGS: Final = ("tag", "imageTag", "version")
"""The keys of tags; the first that is there counts."""

FOLDERS: Final = frozenset(
    {"ci", "envs", "environments", "example", "examples", "test", "tests", "values"}
)
"""Folders of a chart with further values; `ci` is that of chart-testing."""
