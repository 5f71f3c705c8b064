"""Pods and other objects in the texts of programs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.sources.kubernetes.kubernetes import images
from imagelock.sources.shared.code_image import find_in_text
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef
from imagelock.syntax.yaml_json.tree import Mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.syntax.code_groups import CodeGroup
    from imagelock.syntax.code_tokens import CodeToken

_USE: Final = "yaml"
CONTAINERS: Final = re.compile(r"^[ \t-]*+(?:initC|c)ontainers[ \t]*+:", re.MULTILINE)
"""What every text with a pod has."""

_LINE_OF_CODE: Final = re.compile(r"(?m)^([ \t]*+)\$(?=\{[^\n]*\}[ \t\r]*$)")
"""A line that an expression becomes: any number of lines."""

_YAML: Final = re.compile(
    r"\\?\s*+(?:---|%YAML|-[ \t]|#|\$\{|[\"']?[\w./-]++[\"']?[ \t]*+:(?:\s|$))"
)
"""How a text begins that is meant to be YAML, and no script with some in it."""


def manifest_images(
    file: SourceFile,
    program: list[CodeGroup],
    computed: Callable[[CodeToken], re.Pattern[str]],
) -> Iterator[Found]:
    """Yield the images in texts with three quotes in *program* that are manifests.

    *computed* returns what is computed in such a text.
    """

    def find(text: Text) -> Iterator[Found]:
        return pod_images(SourceFile(path=file.path, text=text, format=file.format))

    for group in program:
        for token in group.items:
            if (
                token.is_long
                and "image" in token.text
                and CONTAINERS.search(token.text)
            ):
                within = replace(token, text=_LINE_OF_CODE.sub(r"\1#", token.text))
                yield from find_in_text(file, within, _USE, find, computed(token))


def pod_images(file: SourceFile) -> Iterator[Found]:
    """Yield the images in *file*, all of which is a pod or several objects.

    A part that does not parse is a template: something puts more into it.
    """
    for document in documents(file.text):
        if isinstance(document, Mapping):
            yield from images(file, NodeRef(document))
        elif isinstance(document, Broken) and _YAML.match(file.text.value):
            yield from file.broken(replace(document, template=True))
