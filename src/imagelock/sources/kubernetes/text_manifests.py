"""Pods and other objects in the texts of programs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

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
_CONTAINERS: Final = re.compile(r"^[ \t-]*+(?:initC|c)ontainers[ \t]*+:", re.MULTILINE)


def manifest_images(
    file: SourceFile,
    program: list[CodeGroup],
    computed: Callable[[CodeToken], re.Pattern[str]],
) -> Iterator[Found]:
    """Yield the images in texts with three quotes in *program* that are manifests.

    *computed* returns what is computed in such a text.
    """

    def find(text: Text) -> Iterator[Found]:
        within = SourceFile(path=file.path, text=text, format=file.format)
        for document in documents(text):
            if not isinstance(document, Broken) and isinstance(document, Mapping):
                yield from images(within, NodeRef(document))

    for group in program:
        for token in group.items:
            if (
                token.is_long
                and "image" in token.text
                and _CONTAINERS.search(token.text)
            ):
                yield from find_in_text(file, token, _USE, find, computed(token))
