"""What an image is made of, as far as a reviewer wants to know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imagelock.model.digest import Digest
    from imagelock.model.platform import Platform


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer as it is stored: its digest, and its size in bytes, compressed."""

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
    """What is known of one image on one platform; `None` is what nobody asked or said.

    `created` is the date that the publisher gives, which can be a constant.
    """

    release: str | None = None
    source: str | None = None
    revision: str | None = None
    created: str | None = None
    base_name: str | None = None
    base_digest: str | None = None
    layers: tuple[Layer, ...] | None = None
    settings: ContainerConfig | None = None

    @property
    def size(self) -> int | None:
        """The bytes of all layers, compressed."""
        if self.layers is None:
            return None
        return sum(layer.size for layer in self.layers)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDiff:
    """An image on *platform* before and after; `missing_reason` says why something is missing."""

    platform: Platform
    old: ImageFacts
    new: ImageFacts
    missing_reason: str | None = None

    @property
    def layers(self) -> tuple[int, int, int] | None:
        """How many layers were kept, added and removed, if both sides are known."""
        if self.old.layers is None or self.new.layers is None:
            return None
        old = {layer.digest for layer in self.old.layers}
        new = {layer.digest for layer in self.new.layers}
        return len(old & new), len(new - old), len(old - new)

    @property
    def settings(self) -> tuple[tuple[str, str, str], ...]:
        """What differs in how it runs: name, before and after, empty if not set.

        A variable of the environment is called `env NAME`, a port `port 80/tcp`.
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
