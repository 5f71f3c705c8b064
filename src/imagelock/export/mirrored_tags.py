"""What registries that mirror by tag need to know: the tags of each repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.export.target import Request


@dataclass(frozen=True, slots=True)
class MirroredTags:
    """The locked tags by registry and repository, and a warning for what is lost."""

    registries: dict[str, dict[str, list[str]]]
    warnings: tuple[str, ...]


def mirrored_tags(request: Request, mirror: str) -> MirroredTags:
    """Return the tags that *mirror*, named in warnings, has to copy.

    Images by digest alone are left out.
    """
    registries: dict[str, dict[str, list[str]]] = {}
    warnings = []
    for image in request.images:
        reference = image.reference
        if reference.tag is None:
            warnings.append(f"`{reference.familiar}` has no tag, which {mirror} needs")
            continue
        repositories = registries.setdefault(reference.registry, {})
        repositories.setdefault(reference.repository, []).append(reference.tag)
    if request.images:
        copied = f"{mirror} mirrors what a tag stands for at the time"
        warnings.insert(0, f"{copied}, not the locked digest")
    warnings += _of_plain_registries(request, registries)
    return MirroredTags(registries, tuple(warnings))


def _of_plain_registries(
    request: Request, registries: dict[str, dict[str, list[str]]]
) -> Iterator[str]:
    for registry in registries:
        if request.is_insecure(registry):
            yield (
                f"`{registry}` is used without verified TLS:"
                " write `http` if it has no TLS"
            )
