"""What publishers say about their images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imagelock.registry.words import kept

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LONGEST: Final = 512

_RELEASE: Final = "org.opencontainers.image.version", "org.label-schema.version"
_SOURCE: Final = "org.opencontainers.image.source", "org.label-schema.vcs-url"
_REVISION: Final = "org.opencontainers.image.revision", "org.label-schema.vcs-ref"


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """The release, the address of the source, and its revision."""

    release: str | None
    source: str | None
    revision: str | None


def describe(annotations: Sequence[Mapping[str, str]]) -> Description:
    """Return what the first of *annotations* that knows it says about each.

    OCI image-spec, annotations.md, and the older label-schema.org. The words
    are a stranger's: only what is printable, and not too long, is taken.
    """
    return Description(
        release=_first(annotations, _RELEASE),
        source=_first(annotations, _SOURCE),
        revision=_first(annotations, _REVISION),
    )


def _first(
    annotations: Sequence[Mapping[str, str]], names: tuple[str, ...]
) -> str | None:
    found = (
        kept(each.get(name, ""), _LONGEST) for each in annotations for name in names
    )
    return next(filter(None, found), None)
