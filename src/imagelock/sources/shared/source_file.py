"""A file as a source sees it: how a node of it becomes a finding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.model.occurrence import Place, Reason, Skipped
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.guess import as_guess
from imagelock.syntax.yaml_json.paths import dotted
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.syntax.yaml_json.documents import Broken
    from imagelock.syntax.yaml_json.paths import NodeRef

DUPLICATE_KEY: Final = Reason.DUPLICATE_KEY.sentence
_BLANK: Final = " \t\r\n"
_LONGEST_QUOTE: Final = 80
_TEMPLATE: Final = "a template, which is no YAML until it is rendered"

_IMAGE: Final = re.compile(
    "(?i)image|container|repositor|regist|docker|podman|oci:|build|bundle|catalog|chart"
    "|package|extends|include|new(?:name|tag)|digest"
    # With escapes, any word can be written.
    r"|\\"
)
_IMAGE_WORDS: Final = dict.fromkeys(("ansible", "kubernetes", "kustomize"), _IMAGE)
"""For each format, what a document has that names an image; others always may.

Values may have only a part of an image, such as a tag.
"""


def quoted(text: str) -> str:
    """Return *text* for a message: the beginning of its first line, if it is long."""
    line, more, _ = text.partition("\n")
    is_short = not more and len(line) <= _LONGEST_QUOTE
    return f"`{line}`" if is_short else f"`{line[:_LONGEST_QUOTE].rstrip()}…`"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """A file, its text, and the name of the format that its findings have."""

    path: PurePosixPath
    text: Text
    format: str

    def place(self, at: NodeRef) -> Place:
        """Return the place of the node *at*."""
        return self.place_of(at.node.start, at.node.end, dotted(at.path))

    def place_of(self, start: int, end: int, use: str) -> Place:
        """Return the place of the characters from *start* to *end*."""
        return Place(
            path=self.path,
            span=self.text.span(start, end),
            text=self.text.value[start:end],
            format=self.format,
            uses=(use,),
        )

    def trimmed_place(self, characters: tuple[int, int], use: str) -> Place:
        """Return the place of *characters*, start and end, without blanks around them."""
        start, end = characters
        text = self.text.value[start:end].rstrip(_BLANK)
        visible = text.lstrip(_BLANK)
        start += len(text) - len(visible)
        return self.place_of(start, start + len(visible), use)

    def classify(
        self, value: str, at: NodeRef, variables: tuple[str, ...] = ()
    ) -> Found:
        """Return *value*, which the node *at* stands for, as a reference or skipped."""
        return classify(value, self.place(at), variables)

    def skip(self, at: NodeRef, reason: Reason, detail: str) -> Skipped:
        """Return the node *at* as skipped."""
        return Skipped(place=self.place(at), reason=reason, detail=detail)

    def scalar(self, at: NodeRef) -> Found | None:
        """Return what the scalar *at* names; nothing if it is empty or no scalar."""
        node = at.node
        if not isinstance(node, Scalar) or node.null or not node.value.strip():
            return None
        if at.is_duplicate_key:
            return self.skip(at, Reason.DUPLICATE_KEY, DUPLICATE_KEY)
        return self.classify(node.value, at)

    def broken(self, document: Broken) -> Iterator[Found]:
        """Yield a document that cannot be parsed; an error if it may name an image.

        In a template, each `image` on a line of its own is a guess.
        """
        reason = Reason.TEMPLATE if document.template else Reason.UNPARSEABLE
        words = None if document.template else _IMAGE_WORDS.get(self.format)
        if words and not words.search(self.text.value, *document.extent):
            reason = Reason.UNPARSEABLE_WITHOUT_IMAGE
        yield Skipped(
            place=self.trimmed_place((document.start, document.end), "document"),
            reason=reason,
            detail=_TEMPLATE if document.template else document.detail,
        )
        if document.template:
            yield from self._guesses(*document.extent)

    def _guesses(self, start: int, end: int) -> Iterator[Found]:
        """Yield what is likely an image in the characters from *start* to *end*."""
        from imagelock.sources.shared.template_lines import image_lines  # rarely used

        for first, last in image_lines(self.text.value[start:end]):
            place = self.place_of(start + first, start + last, "image")
            if guess := as_guess(classify(place.text, place), in_container=True):
                yield guess
