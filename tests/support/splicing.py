"""Put another reference at each place, and compare what is found then."""

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
    """The part of a source that these tests need."""

    def find(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> Iterator[Found]: ...


def meanings(found: list[Found]) -> list[str]:
    """Return what was found: references, and the reasons of what is skipped."""
    return [
        str(entry.reference) if isinstance(entry, Occurrence) else entry.reason.slug
        for entry in found
    ]


def check_splicing(
    source: Finder, path: PurePosixPath, text: str, context: Context
) -> None:
    """Assert that another reference at a place changes what is there, and no more."""
    found = list(source.find(path, Text(text), context))
    assert any(isinstance(entry, Occurrence) for entry in found)
    data = text.encode()
    for index, entry in enumerate(found):
        span = entry.place.span
        assert data[span.start : span.end].decode() == entry.place.text
        if isinstance(entry, Occurrence):
            changed = data[: span.start] + OTHER.encode() + data[span.end :]
            after = list(source.find(path, Text.decode(changed), context))
            expected = meanings(found)
            expected[index] = OTHER
            assert meanings(after) == expected
