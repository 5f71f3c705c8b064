"""An `ImagesLock` for imgpkg and kbld (`imgpkg.carvel.dev/v1alpha1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.errors import InvalidReferenceError
from imagelock.export.target import Exported, Request
from imagelock.export.words import quoted
from imagelock.model.reference import DOCKER_HUB, Reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.image import Image
    from imagelock.model.occurrence import Occurrence

SUMMARY: Final = "an `ImagesLock` for imgpkg and kbld"
_HUB: Final = "index.docker.io"
_ID: Final = "kbld.carvel.dev/id"


def export(request: Request) -> Exported:
    """Return the lock; the id of an image is what the files write for it.

    kbld looks an image up by the text in its configuration, so that two
    spellings of one image are two entries.
    """
    head = "---\napiVersion: imgpkg.carvel.dev/v1alpha1\nkind: ImagesLock\n"
    entries = {(_written(one), image) for one, image in request.used()}
    lines = [line for entry in sorted(entries, key=_order) for line in _lines(*entry)]
    return Exported(head + ("images:\n" if lines else "images: []\n") + "".join(lines))


def _order(entry: tuple[str, Image]) -> tuple[str, str]:
    written, image = entry
    return str(image.reference), written


def _written(one: Occurrence) -> str:
    """Return the reference as the file has it, if all of it stands in one place."""
    text = one.place.text.partition("@")[0]
    try:
        whole = Reference.parse(text).key == one.reference.key
    except InvalidReferenceError:
        whole = False
    return text if whole else one.reference.key.familiar


def _lines(written: str, image: Image) -> Iterator[str]:
    yield f"- image: {quoted(f'{_name(image.reference)}@{image.digest}')}\n"
    if image.reference.tag:
        yield f"  annotations:\n    {_ID}: {quoted(written)}\n"


def _name(reference: Reference) -> str:
    """Return the name as the Carvel tools write it."""
    if reference.registry == DOCKER_HUB:
        return f"{_HUB}/{reference.repository}"
    return reference.name
