"""The details of an image that a reviewer needs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from imagelock.model.digest import Digest
    from imagelock.model.platform import Platform
    from imagelock.model.provenance import Provenance


@dataclass(frozen=True, slots=True)
class Layer:
    """A compressed layer: its digest, and its size in bytes."""

    digest: Digest
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerConfig:
    """The default configuration of containers that run the image.

    OCI image-spec, config.md; `env` are lines such as `PATH=/usr/bin`, and `ports`
    such as `80/tcp`. Everything is as the publisher wrote it, bounded and printable.
    """

    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    user: str = ""
    env: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFacts:
    """The facts about an image on one platform; `None` if unknown.

    `created` is the date that the publisher sets, which can be a constant.
    `unsigned` are the names of the facts that only the `provenance` states.
    """

    release: str | None = None
    source: str | None = None
    revision: str | None = None
    created: str | None = None
    base_name: str | None = None
    base_digest: str | None = None
    layers: tuple[Layer, ...] | None = None
    settings: ContainerConfig | None = None
    provenance: Provenance | None = None
    unsigned: frozenset[str] = frozenset()

    @property
    def size(self) -> int | None:
        """The size of all layers in bytes, compressed."""
        if self.layers is None:
            return None
        return sum(layer.size for layer in self.layers)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDiff:
    """An image on *platform* before and after; `missing_reason` is why facts are missing."""

    platform: Platform
    old: ImageFacts
    new: ImageFacts
    missing_reason: str | None = None

    @property
    def layers(self) -> tuple[int, int, int] | None:
        """The number of unchanged, added and removed layers, if both sides are known."""
        if self.old.layers is None or self.new.layers is None:
            return None
        old = {layer.digest for layer in self.old.layers}
        new = {layer.digest for layer in self.new.layers}
        return len(old & new), len(new - old), len(old - new)

    @property
    def settings(self) -> tuple[tuple[str, str, str], ...]:
        """The changed settings: name, old and new value, empty if not set.

        An environment variable is named `env NAME`, a port `port 80/tcp`.
        """
        if self.old.settings is None or self.new.settings is None:
            return ()
        old, new = _named(self.old.settings), _named(self.new.settings)
        names = dict.fromkeys([*old, *new])
        pairs = ((name, old.get(name, ""), new.get(name, "")) for name in names)
        return tuple((name, a, b) for name, a, b in pairs if a != b)


def _named(settings: ContainerConfig) -> dict[str, str]:
    pairs = {
        "entrypoint": " ".join(settings.entrypoint),
        "cmd": " ".join(settings.cmd),
        "user": settings.user,
    }
    for line in settings.env:
        name, _, value = line.partition("=")
        pairs[f"env {name}"] = value or "(empty)"
    return pairs | {f"port {port}": "exposed" for port in settings.ports}
