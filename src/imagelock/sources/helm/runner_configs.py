"""Configurations of GitLab Runner in the values of its chart (`runners.config`).

https://docs.gitlab.com/runner/install/kubernetes_helm_chart_configuration/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.sources.shared.embedded import distinct, embedded
from imagelock.sources.shared.located_values import LocatedValue, find_values
from imagelock.sources.shared.source_file import SourceFile
from imagelock.sources.toml_tables import GITLAB_RUNNER, has_executor
from imagelock.syntax.toml_tree import documents
from imagelock.syntax.yaml_json.paths import VisitLimit, below
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.syntax.yaml_json.paths import NodeRef
    from imagelock.syntax.yaml_json.tree import Node


def runners_in_values(
    file: SourceFile, values: NodeRef
) -> Iterator[tuple[Scalar, list[Found]]]:
    """Yield each text in *values* that configures executors, with its images."""

    def find(text: Text) -> Iterator[Found]:
        inner = SourceFile(path=file.path, text=text, format=file.format)
        return find_values(inner, _places, parse=documents)

    for at in distinct(below(values, VisitLimit())):
        if isinstance(at.node, Scalar) and has_executor(at.node.value):
            yield at.node, list(embedded(file, at, find))


def _places(document: Node) -> Iterator[LocatedValue]:
    for places in GITLAB_RUNNER.places:
        yield from places.values(document, None)
