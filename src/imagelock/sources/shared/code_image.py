"""An image that a text in a program names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.source_file import quoted

if TYPE_CHECKING:
    import re

    from imagelock.model.occurrence import Found, Place
    from imagelock.sources.shared.source_file import SourceFile
    from imagelock.syntax.code_groups import Argument
    from imagelock.syntax.code_tokens import CodeToken


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


def _computed(place: Place) -> Skipped:
    detail = f"{quoted(place.text)} is computed when the file is run"
    return Skipped(place=place, reason=Reason.EXPRESSION, detail=detail)
