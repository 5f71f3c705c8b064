"""How an image was built, as its builder says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from imagelock.model.reference import Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What the provenance attestation of an image on one platform states.

    It is not signed: it is the publisher's word, as labels are.

    `images` are the images that the build used for this platform, with their digests,
    in the order of their names. `base` is that of them on which the image is built;
    `None` if it is built on nothing, or if it is unknown which of `images` it is.
    `source` is the git repository and `revision` its commit, `builder` the URL or name
    of the builder. `started` and `finished` are dates in RFC 3339.
    """

    images: tuple[Reference, ...] = ()
    base: Reference | None = None
    is_from_scratch: bool = False
    source: str | None = None
    revision: str | None = None
    builder: str | None = None
    started: str | None = None
    finished: str | None = None
