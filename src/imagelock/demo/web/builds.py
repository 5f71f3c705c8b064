"""The builds that are pushed to the tag of the demo."""

from __future__ import annotations

from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.demo.images import make_image
from imagelock.demo.shop import PLATFORMS, REPOSITORY, TAG, release

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagelock.demo.images import TinyImage
    from imagelock.demo.registry import MemoryRegistry
    from imagelock.model.digest import Digest
    from imagelock.model.platform import Platform

    Salts = Mapping[Platform, str]

MAX_BUILDS: Final = 100
_REBUILT: Final = PLATFORMS[-1]


class BuildKind(Enum):
    """Why there is a build; the value is the name of its color."""

    RELEASE = "release"
    EXPERIMENT = "experiment"
    REBUILD = "rebuilt"
    """The last honest build again, which came out different for a single platform."""
    MALICIOUS = "malicious"
    """What an attacker pushes: it states the version and revision of an honest build."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopBuild:
    """A build that was pushed: what it is, and the version that it states.

    Equal salts are equal content of a platform.
    """

    number: int
    kind: BuildKind
    name: str
    version: str
    salts: Salts
    image: TinyImage

    @property
    def digest(self) -> Digest:
        """The digest of its index."""
        return self.image.top.digest


class Builds:
    """Pushes builds to the tag, and knows which content is from which."""

    def __init__(self, registry: MemoryRegistry) -> None:
        self._registry = registry
        self._builds: list[ShopBuild] = []
        self._by_digest: dict[Digest, ShopBuild] = {}
        self._honest = self._push(self._new(BuildKind.RELEASE))

    @property
    def is_full(self) -> bool:
        """Whether no other build is accepted."""
        return len(self._builds) >= MAX_BUILDS

    def find(self, digest: Digest) -> ShopBuild | None:
        """Return the first build with the content at *digest*, an index or a manifest."""
        return self._by_digest.get(digest)

    def push(self, kind: BuildKind) -> ShopBuild:
        """Push a new build of this *kind* to the tag."""
        build = self._push(self._new(kind))
        if kind is not BuildKind.MALICIOUS:
            self._honest = build
        return build

    def push_first(self) -> ShopBuild:
        """Push the first build to the tag again: the same content."""
        self._honest = self._builds[0]
        return self._push(self._honest)

    def _new(self, kind: BuildKind) -> ShopBuild:
        number = len(self._builds)
        salt = f"{REPOSITORY} {kind.value} {number}"
        salts = dict.fromkeys(PLATFORMS, salt)
        if kind is BuildKind.REBUILD:
            salts = {**self._honest.salts, _REBUILT: salt}
        version = self._version(kind, number)
        is_usual = kind in {BuildKind.RELEASE, BuildKind.EXPERIMENT}
        build = ShopBuild(
            number=number,
            kind=kind,
            name=version if is_usual else f"{version} ({kind.value})",
            version=version,
            salts=salts,
            image=_image(version, salts),
        )
        self._builds.append(build)
        return build

    def _version(self, kind: BuildKind, number: int) -> str:
        if kind in {BuildKind.REBUILD, BuildKind.MALICIOUS}:
            return self._honest.version
        if number == 0:
            return release(0)
        suffix = "-experiment" if kind is BuildKind.EXPERIMENT else ""
        return f"1.{number}.0{suffix}"

    def _push(self, build: ShopBuild) -> ShopBuild:
        for content in (build.image.top, *build.image.children):
            self._by_digest.setdefault(content.digest, build)
        self._registry.push(REPOSITORY, TAG, build.image)
        return build


def _image(version: str, salts: Salts) -> TinyImage:
    annotations = {
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.revision": sha256(version.encode()).hexdigest()[:7],
    }
    return make_image(PLATFORMS, salts=salts, annotations=annotations)
