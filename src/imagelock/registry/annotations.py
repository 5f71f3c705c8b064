"""Read what publishers state about their images in annotations and labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.registry.http.untrusted_text import printable_prefix

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LONGEST: Final = 512

_RELEASE: Final = "org.opencontainers.image.version", "org.label-schema.version"
_SOURCE: Final = "org.opencontainers.image.source", "org.label-schema.vcs-url"
_REVISION: Final = "org.opencontainers.image.revision", "org.label-schema.vcs-ref"
_CREATED: Final = "org.opencontainers.image.created", "org.label-schema.build-date"
_BASE_NAME: Final = ("org.opencontainers.image.base.name",)
_BASE_DIGEST: Final = ("org.opencontainers.image.base.digest",)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageAnnotations:
    """Release, source, revision and date; `None` where not stated."""

    release: str | None
    source: str | None
    revision: str | None
    created: str | None


def describe(annotations: Sequence[Mapping[str, str]]) -> ImageAnnotations:
    """Return, for each field, the value in the first of *annotations* that has it.

    OCI image-spec, annotations.md, and the older label-schema.org. The values are
    untrusted: they are cut to 512 characters, and only printable ones are kept.
    """
    return ImageAnnotations(
        release=_first(annotations, _RELEASE),
        source=_first(annotations, _SOURCE),
        revision=_first(annotations, _REVISION),
        created=_first(annotations, _CREATED),
    )


def base_of(annotations: Sequence[Mapping[str, str]]) -> tuple[str | None, str | None]:
    """Return the name and digest of the base image in the first that states one.

    Name and digest are of one statement: those of two may be of different images.
    """
    bases = (
        (_first([mapping], _BASE_NAME), _first([mapping], _BASE_DIGEST))
        for mapping in annotations
    )
    return next((base for base in bases if any(base)), (None, None))


def _first(
    annotations: Sequence[Mapping[str, str]], names: tuple[str, ...]
) -> str | None:
    values = (
        printable_prefix(mapping.get(name, ""), _LONGEST)
        for mapping in annotations
        for name in names
    )
    return next(filter(None, values), None)
