"""Names of images as Podman resolves them: transports, and short names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.shared.classify import classify

if TYPE_CHECKING:
    from imagelock.model.occurrence import Found, Place

DOCKER_SCHEME: Final = "docker://"
"""The scheme that may precede a name; it is not part of the reference."""

_LOCAL: Final = re.compile(
    r"(?:containers-storage|dir|docker-archive|docker-daemon|oci|oci-archive|ostree"
    r"|sif|tarball):|localhost/|[./]"
)
"""Transports without a registry (containers-transports(5)), and paths."""

_WITH_REGISTRY: Final = re.compile(r"[^/]*[.:][^/]*/|localhost/")


def classify_for_podman(value: str, place: Place) -> Found:
    """Return the image *value*, without `docker://`, as Podman resolves it.

    A name without a registry is looked up in `registries.conf` of the machine,
    and few machines resolve it to Docker Hub (containers-registries.conf(5)).
    """
    if _LOCAL.match(value):
        detail = f"`{value}` is on the machine itself, and no registry is asked"
        return Skipped(place=place, reason=Reason.LOCAL, detail=detail)
    finding = classify(value, place)
    if isinstance(finding, Skipped) or _WITH_REGISTRY.match(value):
        return finding
    return Skipped(
        place=place,
        reason=Reason.SHORT_NAME,
        detail=f"`{value}` has no registry: each machine decides which one is asked",
        hint="write `docker.io/…`, `quay.io/…` or another registry before it",
    )
