"""An image that a text in a program names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.embedded import EmbeddedText, find_inside
from imagelock.sources.shared.source_file import quoted
from imagelock.syntax.yaml_json.offset_map import OffsetMap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from imagelock.model.occurrence import Found, Place
    from imagelock.model.source_text import Text
    from imagelock.sources.shared.source_file import SourceFile
    from imagelock.syntax.code_groups import Argument
    from imagelock.syntax.code_tokens import CodeToken

_CONTINUED: Final = re.compile(r"\\\r?\n")
"""At the begin of a text that begins in the next line."""


def image_of_text(
    file: SourceFile, token: CodeToken, use: str, computed: re.Pattern[str]
) -> Found | None:
    """Return the image that the text *token* names; nothing if it is empty.

    It is not known if it has an escape, or what is *computed* when the program runs.
    """
    if not token.text.strip():
        return None
    place = file.trimmed_place((token.start, token.end), use)
    if "\\" in token.text or computed.search(token.text):
        return _computed(place)
    return classify(place.text, place)


def computed_image(file: SourceFile, value: Argument, use: str) -> Skipped:
    """Return that *value*, which is no text, is not known."""
    return _computed(file.place_of(*value.extent, use))


def find_in_text(
    file: SourceFile,
    token: CodeToken,
    use: str,
    find: Callable[[Text], Iterable[Found]],
    computed: re.Pattern[str],
) -> Iterator[Found]:
    """Yield what *find* finds in the text *token*, with the places in *file*.

    An image is not known if its text has what is *computed* when the program runs.
    """
    continued = _CONTINUED.match(token.text)
    skipped = continued.end() if continued else 0
    spelling = OffsetMap.identity(token.start + skipped, token.end)
    inner = EmbeddedText(token.text[skipped:], outer=file.text, spelling=spelling)
    for finding in find_inside(inner, use, file.format, find):
        is_computed = computed.search(finding.place.text) is not None
        yield _computed(finding.place) if is_computed else finding


def _computed(place: Place) -> Skipped:
    detail = f"{quoted(place.text)} is computed when the file is run"
    return Skipped(place=place, reason=Reason.EXPRESSION, detail=detail)
