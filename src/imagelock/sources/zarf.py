"""Packages of Zarf: https://docs.zarf.dev."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.sources.protocol import About
from imagelock.sources.shared.path_table import PathTable, Places
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, select, text_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

_PACKAGE: Final = re.compile(
    r"^kind[ \t]*+:[ \t]*+[\"']?ZarfPackageConfig\b", re.MULTILINE
)
_CHARTS: Final = "components[].charts[]"
_GIT: Final = re.compile(r"\.git(?:@|$)")
"""The address of a repository that has the files of a chart."""


class ZarfTable(PathTable):
    """The table of Zarf, whose charts have their address and version apart."""

    def find(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> Iterator[Found]:
        """Yield the images, and the charts from registries and repositories."""
        # Few packages have charts.
        from imagelock.sources.helm.chart_keys import ChartKeys
        from imagelock.sources.shared.substituted_file import SubstitutedFile

        yield from PathTable.find(self, path, text, context)
        file = SubstitutedFile(path=path, text=text, format=self.name)
        keys = ChartKeys(
            address="url",
            repository="url",
            names=("repoName", "name"),
            version="version",
            unpinnable_reason="Zarf takes no digest for a chart",
        )
        for document in documents(text):
            if not isinstance(document, Broken):
                for chart in select(NodeRef(document), _CHARTS, VisitLimit()):
                    is_git = _GIT.search(text_at(chart.node, "url"))
                    yield from keys.charts(file, chart, context) if not is_git else ()


ZARF: Final = ZarfTable(
    name="zarf",
    ABOUT=About(
        recognised="YAML of the kind `ZarfPackageConfig`",
        read="`components[].images[]`, which Zarf puts into the package;"
        " `components[].charts[].url` from `oci://` at its `version`",
        not_read="other charts, manifests and actions of components; values of"
        " `###ZARF_PKG_TMPL_…###` (`placeholder`)",
        pinned="behind the tag; not for charts",
    ),
    places=(Places(("components[].images[]",)),),
    variables=False,
    required=lambda _, text: _PACKAGE.search(text) is not None,
)
