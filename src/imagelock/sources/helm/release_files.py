"""What files that list releases of charts have in common: helmfile's and Helmsman's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.sources.helm.oci_chart import is_oci, oci_chart
from imagelock.sources.helm.repository_chart import (
    RepositoryChart,
    is_folder,
    repository_chart,
)
from imagelock.syntax.yaml_json.paths import NodeRef, scalar_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.helm.listed_values import ListedValues

OTHER_FORMAT: Final = re.compile(r"^(?:apiVersion|services)[ \t]*+:", re.MULTILINE)
"""Keys of manifests and of Compose, which no such file has at its top."""


def release_chart(
    listed: ListedValues,
    at: NodeRef,
    chart: str,
    home: str,
    unpinnable_reason: str | None = None,
) -> Iterator[Found]:
    """Yield the *chart* of the release *at*, in its `version`, if it is not a folder.

    *home* is the address of the repository that *chart* begins with, empty if that is
    not known. With *unpinnable_reason*, the tool takes no digest.
    """
    version = scalar_at(at.node, "version")
    if version is None:
        return
    file, context = listed.file, listed.context
    name = chart.partition("/")[2] if home else chart
    address = f"{home.rstrip('/')}/{name}" if is_oci(home) else chart
    tag = NodeRef(version, (at.path, "version"), at.node)
    if is_oci(address):
        yield oci_chart(file, address, tag, unpinnable_reason)
    elif context.charts and not is_folder(file.path, chart, context):
        yield from repository_chart(file, RepositoryChart(home, name), tag)
