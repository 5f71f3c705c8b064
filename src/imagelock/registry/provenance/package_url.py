"""Package URLs of images: `pkg:docker/debian@12-slim?platform=linux%2Famd64`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, unquote

from imagelock.dataclass import dataclass, replace
from imagelock.errors import ImagelockError
from imagelock.model.digest import Digest
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Mapping

_DOCKER: Final = "pkg:docker/"
_LONGEST: Final = 1024


@dataclass(frozen=True, slots=True)
class PackageImage:
    """An image, with its digest if that is known, and the platform that was used."""

    reference: Reference
    platform: Platform | None


def image_of_package(url: str, digest: Digest | None) -> PackageImage | None:
    """Return the image that *url* names, or `None` if it names none.

    package-url/purl-spec, type `docker`, as BuildKit writes it: the version is a tag
    or a digest, and the host of another registry than Docker Hub begins the name.
    *digest* replaces the digest in *url*.
    """
    if not url.startswith(_DOCKER) or len(url) > _LONGEST:
        return None
    path, _, query = url.removeprefix(_DOCKER).partition("#")[0].partition("?")
    name, at, version = path.rpartition("@")
    if not at:
        name, version = path, ""
    qualifiers = parse_qs(query)
    try:
        return PackageImage(
            _reference(unquote(name), unquote(version), qualifiers, digest),
            _platform(qualifiers),
        )
    except ImagelockError:
        return None


def _reference(
    name: str, version: str, qualifiers: Mapping[str, list[str]], digest: Digest | None
) -> Reference:
    stated = qualifiers.get("digest", [""])[0]
    if ":" in version:
        version, stated = "", version
    if digest is None and stated:
        digest = Digest.parse(stated)
    reference = Reference.parse(f"{name}:{version}" if version else name)
    if digest is None:
        return reference
    # Without a tag, what is written is the digest alone.
    tag = reference.tag if version or not stated else None
    return replace(reference, tag=tag, digest=digest)


def _platform(qualifiers: Mapping[str, list[str]]) -> Platform | None:
    text = qualifiers.get("platform", [""])[0]
    return Platform.parse(text) if text else None
