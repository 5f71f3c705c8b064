"""A source file for `skopeo sync --src yaml` (skopeo-sync.1, "YAML file content")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.export.target import Exported, Request, yaml_string

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.digest import Digest
    from imagelock.model.image import Image

SUMMARY: Final = "a source file for `skopeo sync --src yaml`, by digest, without tags"


def export(request: Request) -> Exported:
    """Return the digests of each repository, by registry.

    An image copied by digest has no tag at its destination, and skopeo keeps the
    path of a repository only with `--scoped`, below the name of the registry.

    `--all` copies a whole index; per platform, only the manifests of the declared
    platforms are listed.
    """
    registries: dict[str, dict[str, dict[Digest, None]]] = {}
    for image in request.images:
        repositories = registries.setdefault(image.reference.registry, {})
        digests = repositories.setdefault(image.reference.repository, {})
        digests.update(dict.fromkeys(_digests(image, request)))
    lines: list[str] = []
    for registry, repositories in sorted(registries.items()):
        lines.append(f"{yaml_string(registry)}:")
        if request.is_insecure(registry):
            # skopeo ignores the options of its command line for these.
            lines.append("  tls-verify: false")
        lines.append("  images:")
        for repository, digests in sorted(repositories.items()):
            values = ", ".join(f'"{digest}"' for digest in digests)
            lines.append(f"    {yaml_string(repository)}: [{values}]")
    return Exported("".join(f"{line}\n" for line in lines) or "{}\n")


def _digests(image: Image, request: Request) -> Iterator[Digest]:
    if request.per_platform and image.platforms:
        yield from (manifest.digest for manifest in image.platforms)
    else:
        yield image.digest
