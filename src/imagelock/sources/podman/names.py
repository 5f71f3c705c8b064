"""What Podman makes of the name of an image: transports, and short names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.shared.classify import classify

if TYPE_CHECKING:
    from imagelock.model.occurrence import Found, Place

REMOTE: Final = "docker://"
"""What may stand before a name; it is no part of the reference."""

_LOCAL: Final = re.compile(
    r"(?:containers-storage|dir|docker-archive|docker-daemon|oci|oci-archive|ostree"
    r"|sif|tarball):|localhost/|[./]"
)
"""Transports that ask no registry (containers-transports(5)), and paths."""

_WITH_REGISTRY: Final = re.compile(r"[^/]*[.:][^/]*/|localhost/")


def classify_for_podman(value: str, place: Place) -> Found:
    """Return *value*, which stands at *place* without `docker://`, as Podman reads it.

    A name without a registry is looked up in `registries.conf` of the machine,
    and means Docker Hub on few of them (containers-registries.conf(5)).
    """
    if _LOCAL.match(value):
        detail = f"`{value}` is on the machine itself, and no registry is asked"
        return Skipped(place=place, reason=Reason.LOCAL, detail=detail)
    found = classify(value, place)
    if isinstance(found, Skipped) or _WITH_REGISTRY.match(value):
        return found
    return Skipped(
        place=place,
        reason=Reason.SHORT_NAME,
        detail=f"`{value}` has no registry: each machine decides which one is asked",
        hint="write `docker.io/…`, `quay.io/…` or another registry before it",
    )
