"""Where Jib takes a base image from: a registry, the Docker daemon, or a file.

https://github.com/GoogleContainerTools/jib/tree/master/jib-maven-plugin#setting-the-base-image
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason, Skipped

if TYPE_CHECKING:
    from imagelock.model.occurrence import Place

REGISTRY: Final = "registry://"
_ELSEWHERE: Final = {
    "docker://": "an image that the Docker daemon has",
    "tar://": "a file with an image",
}
_SCRATCH: Final = "scratch"


def unless_pulled(value: str, place: Place) -> Skipped | None:
    """Return *value* at *place* as skipped if Jib pulls nothing for it."""
    shown = place.text
    if value == _SCRATCH:
        detail = f"`{shown}`: the empty image"
        return Skipped(place=place, reason=Reason.SCRATCH, detail=detail)
    for scheme, what in _ELSEWHERE.items():
        if value.startswith(scheme):
            detail = f"`{shown}`: {what}"
            return Skipped(place=place, reason=Reason.LOCAL, detail=detail)
    return None
