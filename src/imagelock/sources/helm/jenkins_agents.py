"""Agents of Jenkins in the values of its chart.

https://github.com/jenkinsci/helm-charts/blob/main/charts/jenkins/VALUES.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.shared.embedded import distinct
from imagelock.sources.shared.jenkins_clouds import has_clouds, images_in_text
from imagelock.syntax.yaml_json.paths import VisitLimit, below, steps_to
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.occurrence import Found
    from imagelock.sources.shared.source_file import SourceFile
    from imagelock.syntax.yaml_json.paths import NodeRef

_TEMPLATES: Final = "podTemplates"


def agents_in_values(
    file: SourceFile, values: NodeRef
) -> Iterator[tuple[Scalar, list[Found]]]:
    """Yield each text in *values* that configures agents, with its images.

    The text is `configScripts.NAME` with clouds, or `podTemplates.NAME` with a list.
    """
    for at in distinct(below(values, VisitLimit())):
        if not isinstance(at.node, Scalar) or "\n" not in at.node.value:
            continue
        is_list = steps_to(at.path, 2)[1:] == (_TEMPLATES,)
        if is_list or has_clouds(at.node.value):
            yield at.node, list(images_in_text(file, at, is_list=is_list))
