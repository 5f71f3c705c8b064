"""Links from references to the pages of their images, and to the lockfile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol.types import DocumentLink

from imagelock.report.image_pages import image_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.lsp.lookup import FileLookup


def document_links(file: FileLookup) -> Iterator[DocumentLink]:
    """Yield a link for each reference whose registry has pages of images.

    What a variable decides may be secret, and is no part of a link.
    """
    for occurrence in file.occurrences:
        page = None if occurrence.as_written else image_page(occurrence.reference)
        if page is not None:
            place = file.spans.range(occurrence.place.span)
            yield DocumentLink(place, page)
