"""A registry in memory: the OCI distribution API as a function of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelock.digest import Digest
    from imagelock.platform import Platform


class MemoryRegistry:
    """INTERFACE, being filled in.

    MemoryRegistry(users={"name": "password"}, scheme=AuthScheme.TOKEN | BASIC | None)
    """

    log: list[str]
    """Every request so far, `HEAD /v2/library/nginx/manifests/1.27`."""

    def push_image(
        self,
        repository: str,
        tag: str,
        platforms: Sequence[Platform],
        *,
        salt: str = "",
        annotations: Mapping[str, str] | None = None,
    ) -> Digest:
        """Store a tiny image for *platforms*, tag its index, return its digest."""
        ...
