"""Charts that a mapping names, in a registry or in a repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass
from imagelock.sources.helm.oci_chart import is_oci, oci_chart
from imagelock.syntax.yaml_json.paths import NodeRef, scalar_at, text_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.context import Context
    from imagelock.sources.shared.substituted_file import SubstitutedFile


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartKeys:
    """The keys of a mapping that name a chart.

    `address` is that of the whole chart in a registry. In a repository with an
    `index.yaml`, it is the chart `names`, the first of these keys that is there, at the
    address `repository`.
    """

    address: str
    repository: str
    names: tuple[str, ...]
    version: str
    unpinnable_reason: str

    def charts(
        self, file: SubstitutedFile, at: NodeRef, context: Context
    ) -> Iterator[Found]:
        """Yield the chart of the mapping *at* of *file*, if it has a version."""
        version = scalar_at(at.node, self.version)
        if version is None:
            return
        tag = NodeRef(version, (at.path, self.version), at.node)
        address = text_at(at.node, self.address)
        if is_oci(address):
            yield oci_chart(file, address, tag, self.unpinnable_reason)
        elif context.charts:
            # Few projects lock charts of repositories.
            from imagelock.sources.helm.repository_chart import (
                RepositoryChart,
                repository_chart,
            )

            texts = (text_at(at.node, key).strip() for key in self.names)
            name = next(filter(None, texts), "")
            repository = text_at(at.node, self.repository).strip()
            if name:
                yield from repository_chart(
                    file, RepositoryChart(repository, name), tag
                )
