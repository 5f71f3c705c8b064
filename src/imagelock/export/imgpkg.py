"""An `ImagesLock` for imgpkg and kbld (`imgpkg.carvel.dev/v1alpha1`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.errors import InvalidReferenceError
from imagelock.export.target import Exported, Request, yaml_string
from imagelock.model.reference import DOCKER_HUB, Reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.image import Image
    from imagelock.model.occurrence import Occurrence

SUMMARY: Final = "an `ImagesLock` for imgpkg and kbld"
_HUB: Final = "index.docker.io"
_ID: Final = "kbld.carvel.dev/id"


def export(request: Request) -> Exported:
    """Return the `ImagesLock`; the id of an image is its spelling in the files.

    kbld looks up an image by the text in its configuration, so two spellings of an
    image are two entries. It refuses the whole file if one entry has no id.
    """
    head = "---\napiVersion: imgpkg.carvel.dev/v1alpha1\nkind: ImagesLock\n"
    entries = {(_spelling(occurrence), image) for occurrence, image in request.used()}
    lines = [line for entry in sorted(entries, key=_order) for line in _lines(*entry)]
    return Exported(head + ("images:\n" if lines else "images: []\n") + "".join(lines))


def _order(entry: tuple[str, Image]) -> tuple[str, str]:
    spelling, image = entry
    return str(image.reference), spelling


def _spelling(occurrence: Occurrence) -> str:
    """Return the text in the file, or the short name if it is in several places.

    The digest counts only where nothing else tells what image of the name it is.
    """
    text = occurrence.place.text
    if occurrence.reference.tag:
        text = text.partition("@")[0]
    try:
        is_complete = Reference.parse(text).key == occurrence.reference.key
    except InvalidReferenceError:
        is_complete = False
    return text if is_complete else occurrence.reference.key.familiar


def _lines(spelling: str, image: Image) -> Iterator[str]:
    yield f"- image: {yaml_string(f'{_name(image.reference)}@{image.digest}')}\n"
    yield f"  annotations:\n    {_ID}: {yaml_string(spelling)}\n"


def _name(reference: Reference) -> str:
    """Return the name in the form of the Carvel tools."""
    if reference.registry == DOCKER_HUB:
        return f"{_HUB}/{reference.repository}"
    return reference.name
