"""Images of the agents that clouds of Jenkins start.

    jenkins:
      clouds:
        - kubernetes:
            templates:
              - containers: [{image: maven:3.9}]
                yaml: the text of a pod

https://github.com/jenkinsci/configuration-as-code-plugin#readme
https://github.com/jenkinsci/kubernetes-plugin#readme
"""

from __future__ import annotations

import re
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason
from imagelock.sources.shared.classify import NEVER_PULLED, is_never_pulled
from imagelock.sources.shared.embedded import distinct, embedded
from imagelock.sources.shared.located_values import LocatedValue, collapse_aliases
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    select,
    text_at,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.shared.located_values import Unresolvable, Why
    from imagelock.sources.shared.pipeline_variables import PipelineVariables

_FIRST_KEY: Final = re.compile(
    r"""^["']?jenkins["']?[ \t]*+:[ \t]*+(?:#[^\n]*)?\r?$"""
    r"""(?:\n[ \t]*+(?:#[^\n]*)?\r?$)*+\n(?P<indent>[ \t]++)""",
    re.MULTILINE,
)
_CLOUDS: Final = "jenkins.clouds[]"
_OTHERS: Final = ("ecs.templates[].image", "aci.templates[].image")
NEVER_PULLS: Final = "PULL_NEVER"
_OF_POD: Final = tuple(
    f"{spec}{place}"
    for spec in ("spec.", "template.spec.")
    for place in (
        "containers[].image",
        "initContainers[].image",
        "volumes[].image.reference",
    )
)
_VARIABLE: Final[Unresolvable] = (
    re.compile(r"\$\{"),
    Reason.VARIABLE,
    Reason.VARIABLE.sentence,
)
LOCAL: Final[Why] = (
    Reason.LOCAL,
    f"with the strategy `{NEVER_PULLS}`, it is on the machine already",
)


def has_clouds(text: str) -> bool:
    """Return whether *text* is a configuration of Jenkins with clouds, at a fast look."""
    for first in _FIRST_KEY.finditer(text):
        key = re.compile(rf"^{first['indent']}[\"']?clouds[\"']?[ \t]*:", re.MULTILINE)
        end = re.compile(r"^[^\s#]", re.MULTILINE).search(text, first.end())
        if key.search(text, first.start("indent"), end.start() if end else len(text)):
            return True
    return False


def images_of_clouds(
    file: SourceFile, top: NodeRef, variables: PipelineVariables | None = None
) -> Iterator[Found]:
    """Yield the images of the configuration *top* in the order of the text.

    *variables* are those of the settings.
    """
    visits = VisitLimit()
    values: list[LocatedValue] = []
    for template in select(top, f"{_CLOUDS}.docker.templates[]", visits):
        is_local = text_at(template.node, "pullStrategy") == NEVER_PULLS
        for at in select(template, "dockerTemplateBase.image", visits):
            why = LOCAL if is_local else None
            values.append(LocatedValue(at, why, variables=variables))
    for place in _OTHERS:
        found = select(top, f"{_CLOUDS}.{place}", visits)
        values += (LocatedValue(at, variables=variables) for at in found)
    templates = select(top, f"{_CLOUDS}.kubernetes.templates[]", visits)
    yield from _in_order(file, values, templates, variables)


def images_in_text(
    file: SourceFile, at: NodeRef, *, is_list: bool = False
) -> Iterator[Found]:
    """Yield the images of the configuration that the scalar *at* of *file* holds.

    With *is_list*, the text is a list of templates of pods.
    """
    return embedded(file, at, partial(_of_text, file, is_list=is_list))


def _of_text(file: SourceFile, text: Text, *, is_list: bool) -> Iterator[Found]:
    inner = SourceFile(path=file.path, text=text, format=file.format)
    for document in documents(text):
        if isinstance(document, Broken):
            yield from inner.broken(document)
        elif is_list:
            templates = select(NodeRef(document), "[]", VisitLimit())
            yield from _in_order(inner, [], templates, None)
        else:
            yield from images_of_clouds(inner, NodeRef(document))


def _in_order(
    file: SourceFile,
    values: list[LocatedValue],
    templates: Iterable[NodeRef],
    variables: PipelineVariables | None,
) -> Iterator[Found]:
    """Yield the images at *values*, and those of *templates* of pods."""
    visits = VisitLimit()
    texts: list[NodeRef] = []
    for template in templates:
        images = select(template, "containers[].image", visits)
        values += (LocatedValue(at, variables=variables) for at in images)
        for place in ("yaml", "yamls[]"):
            texts += select(template, place, visits)
    found = chain(
        collapse_aliases(file, values, () if variables else (_VARIABLE,)),
        *(embedded(file, at, partial(images_of_pod, file)) for at in distinct(texts)),
    )
    yield from sorted(found, key=lambda finding: finding.place.span.start)


def images_of_pod(file: SourceFile, text: Text) -> Iterator[Found]:
    """Yield the images of the pod that *text*, in *file*, is."""
    inner = SourceFile(path=file.path, text=text, format=file.format)
    for document in documents(text):
        if isinstance(document, Broken):
            yield from inner.broken(document)
            continue
        visits = VisitLimit()
        values = [
            LocatedValue(at, NEVER_PULLED if is_never_pulled(at.parent) else None)
            for place in _OF_POD
            for at in select(NodeRef(document), place, visits)
        ]
        yield from collapse_aliases(inner, values, (_VARIABLE,))
