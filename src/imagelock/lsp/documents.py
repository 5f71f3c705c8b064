"""The documents that the client has open, as they are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol.types import TextDocumentContentChangePartial

from imagelock.dataclass import dataclass, replace
from imagelock.lsp.positions import PositionMap

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lsprotocol.types import (
        PositionEncodingKind,
        TextDocumentContentChangeEvent,
    )


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """The *text* of a document in the client, in *version*."""

    uri: str
    version: int
    text: str

    @property
    def data(self) -> bytes:
        """Its bytes, as a file in UTF-8. Half of a surrogate pair is a `?`."""
        return self.text.encode("utf-8", "replace")

    def changed(
        self,
        changes: Iterable[TextDocumentContentChangeEvent],
        version: int,
        encoding: PositionEncodingKind,
    ) -> OpenDocument:
        """Return the document after *changes*, each of which follows the one before."""
        text = self.text
        for change in changes:
            if isinstance(change, TextDocumentContentChangePartial):
                start, end = PositionMap(text, encoding).indexes(change.range)
                text = text[:start] + change.text + text[end:]
            else:
                text = change.text
        return replace(self, version=version, text=text)
