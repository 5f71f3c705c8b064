"""Put another reference at each place, and look what has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from imagelock.model.occurrence import Occurrence
from imagelock.model.source_text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.sources.context import Context

OTHER = "quay.io/other/image:9"


class Finder(Protocol):
    """A source, as far as it is needed here."""

    def find(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> Iterator[Found]: ...


def meanings(found: list[Found]) -> list[str]:
    """Return what was found: references, and the reasons of what is skipped."""
    return [
        str(one.reference) if isinstance(one, Occurrence) else one.reason.slug
        for one in found
    ]


def check_splicing(
    source: Finder, path: PurePosixPath, text: str, context: Context
) -> None:
    """Assert that another reference at a place changes what is there, and no more."""
    found = list(source.find(path, Text(text), context))
    assert any(isinstance(one, Occurrence) for one in found)
    data = text.encode()
    for index, one in enumerate(found):
        span = one.place.span
        assert data[span.start : span.end].decode() == one.place.text
        if isinstance(one, Occurrence):
            changed = data[: span.start] + OTHER.encode() + data[span.end :]
            after = list(source.find(path, Text.decode(changed), context))
            expected = meanings(found)
            expected[index] = OTHER
            assert meanings(after) == expected
