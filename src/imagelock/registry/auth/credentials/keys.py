"""Which of the keys in a configuration are for a repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.model.reference import DOCKER_HUB

if TYPE_CHECKING:
    from collections.abc import Iterable

_HUB_HOSTS: Final = {DOCKER_HUB, "index.docker.io", "registry-1.docker.io"}
_API_PATHS: Final = {"", "v1", "v2"}


def place(key: str) -> tuple[str, str]:
    """Return the registry and the namespace that *key* is for.

    Programs write `host`, `https://host/v1/` or, containers' tools,
    `host/namespace`; the namespace is empty for the whole registry. Docker Hub
    has several names.
    """
    address = key.partition("://")[2] if "://" in key else key
    host, _, path = address.partition("/")
    host, path = host.lower(), path.strip("/")
    registry = DOCKER_HUB if host in _HUB_HOSTS else host
    return registry, "" if path in _API_PATHS else path


def matching(keys: Iterable[str], registry: str, repository: str) -> list[str]:
    """Return the *keys* for *repository* of *registry*, the best one first.

    A namespace matches by whole segments: `team` is not for `teammate/app`. The
    longest is the best; for the same one a plain name is better than an address.
    """
    fitting = []
    for key in keys:
        host, namespace = place(key)
        inside = f"{repository}/".startswith(f"{namespace}/") or not namespace
        if host == registry and inside:
            fitting.append((-len(namespace), key.strip("/") != key, "://" in key, key))
    return [key for *_, key in sorted(fitting)]
