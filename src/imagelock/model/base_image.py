"""The image on which another is built, as far as it is known."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from imagelock.model.reference import Reference


class Evidence(StrEnum):
    """What states the base image; all of it is the publisher's word."""

    ANNOTATION = "annotation"
    PROVENANCE = "provenance"
    LABEL = "label"


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseImage:
    """The base of an image on one platform.

    `reference` has the digest of the time of the build, if that is stated, and is
    `None` for an image that is built on nothing (`is_scratch`), or if the base is
    unknown: then `unknown_reason` says why, and `candidates` are the images that it may
    be, if these are known.
    """

    reference: Reference | None = None
    is_scratch: bool = False
    candidates: tuple[Reference, ...] = ()
    evidence: Evidence | None = None
    unknown_reason: str | None = None
