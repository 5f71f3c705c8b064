"""Platforms in normal form."""

from __future__ import annotations

import re
from functools import lru_cache

from imagelock.dataclass import dataclass
from imagelock.errors import InvalidPlatformError, nearest
from imagelock.light_typing import Final, Self

_PLATFORM: Final = re.compile(
    r"([\w-]+)(?:\(([\w.-]+)\))?/([\w-]+)(?:/([\w.-]+))?", re.ASCII
)
_ARCHITECTURES: Final = {
    "i386": ("386", ""),
    "x86_64": ("amd64", ""),
    "x86-64": ("amd64", ""),
    "aarch64": ("arm64", ""),
    "armhf": ("arm", "v7"),
    "armel": ("arm", "v6"),
}
_DEFAULT_VARIANT: Final = {"arm64": "v8", "arm": "v7"}
_KNOWN_SYSTEMS: Final = (
    *("aix", "android", "darwin", "dragonfly", "freebsd", "illumos", "ios", "js"),
    *("linux", "netbsd", "openbsd", "plan9", "solaris", "wasip1", "wasi", "windows"),
)
_KNOWN_ARCHITECTURES: Final = (
    *("386", "amd64", "arm", "arm64", "loong64", "mips", "mips64", "mips64le"),
    *("mipsle", "ppc64", "ppc64le", "riscv64", "s390x", "wasm"),
)
"""GOOS and GOARCH of Go, whose names those of images are (OCI image-spec, `index`)."""


@dataclass(frozen=True, slots=True, order=True)
class Platform:
    """An operating system and a processor architecture.

    The normal form is that of containerd (`platforms.Normalize`) with the default
    variant: `linux/arm64` is `linux/arm64/v8`, and `linux/arm` is `linux/arm/v7`,
    not `linux/arm/v6`.
    """

    os: str
    architecture: str
    variant: str = ""
    os_version: str = ""

    @classmethod
    def normalised(
        cls, os: str, architecture: str, variant: str = "", os_version: str = ""
    ) -> Self:
        """Return the platform in normal form, from any form that tools use."""
        os = {"macos": "darwin"}.get(os.lower(), os.lower())
        architecture, variant = architecture.lower(), variant.lower()
        architecture, implied = _ARCHITECTURES.get(architecture, (architecture, ""))
        variant = variant or implied or _DEFAULT_VARIANT.get(architecture, "")
        if variant.isdigit():
            variant = f"v{variant}"
        if (architecture, variant) == ("amd64", "v1"):
            variant = ""
        return cls(os, architecture, variant, os_version)

    @classmethod
    @lru_cache(maxsize=256)  # all images have the same few
    def parse(cls, text: str) -> Self:
        """Parse `os/architecture[/variant]`, or `os(version)/architecture`.

        Raises:
            InvalidPlatformError: *text* has another form.
        """
        if (match := _PLATFORM.fullmatch(text)) is None:
            raise InvalidPlatformError(
                f"`{text}` is not a platform",
                hint="write it as `os/architecture`, for example `linux/arm64`",
            )
        os, version, architecture, variant = match.groups(default="")
        return cls.normalised(os, architecture, variant, version)

    def covers(self, other: Platform) -> bool:
        """Return whether a project that declares this platform includes *other*."""
        names = (self.os, self.architecture, self.variant)
        return names == (other.os, other.architecture, other.variant) and (
            not self.os_version or self.os_version == other.os_version
        )

    @property
    def similar(self) -> str | None:
        """The platform that is probably meant, if this one has an unknown name."""
        known = _KNOWN_SYSTEMS, _KNOWN_ARCHITECTURES
        names = [self.os, self.architecture]
        if all(name in these for name, these in zip(names, known, strict=True)):
            return None
        near = [nearest(name, these) for name, these in zip(names, known, strict=True)]
        return "/".join(filter(None, near)) if all(near) else None

    def __str__(self) -> str:
        version = f"({self.os_version})" if self.os_version else ""
        variant = f"/{self.variant}" if self.variant else ""
        return f"{self.os}{version}/{self.architecture}{variant}"
