"""Replication policies of Harbor that pull the repositories and tags of the lock.

Harbor, `api/v2.0/swagger.yaml` (`Registry`, `ReplicationPolicy`). Harbor gives
registries their ids, so a policy refers to its registry by name, and whoever creates
the policies fills in `src_registry.id`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from imagelock.export.mirrored_tags import mirrored_tags
from imagelock.export.target import Exported, Request, to_json
from imagelock.model.digest import Digest
from imagelock.model.reference import DOCKER_HUB

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SUMMARY: Final = (
    "registries and replication policies of Harbor that pull the locked repositories"
    " and tags (`--to`)"
)
_HUB_URL: Final = "https://hub.docker.com"
_TYPES: Final = (
    (re.compile(r"docker\.io"), "docker-hub"),
    (re.compile(r"ghcr\.io"), "github-ghcr"),
    (re.compile(r"quay\.io"), "quay"),
    (re.compile(r"(.+\.)?gcr\.io|.+-docker\.pkg\.dev"), "google-gcr"),
    (re.compile(r"\d+\.dkr\.ecr[.-].+"), "aws-ecr"),
    (re.compile(r".+\.azurecr\.(io|cn|us)"), "azure-acr"),
)
"""Registries that Harbor has an adapter for, in `src/pkg/reg/adapter`."""
_ANY_REGISTRY: Final = "docker-registry"
_LONGEST_NAME: Final = 64
"""In characters, for registries (`src/controller/registry/controller.go`)."""


def export(request: Request) -> Exported:
    """Return the bodies of requests: a registry each, and a policy each repository."""
    mirrored = mirrored_tags(request, "Harbor")
    project = request.destination.partition("/")[2]
    document = {
        "registries": [
            _registry(registry, is_insecure=request.is_insecure(registry))
            for registry in mirrored.registries
        ],
        "policies": [
            _policy(registry, repository, tags, project)
            for registry, repositories in mirrored.registries.items()
            for repository, tags in repositories.items()
        ],
    }
    warnings = mirrored.warnings
    if not project:
        warnings += tuple(_without_project(mirrored.registries))
    return Exported(to_json(document, indent=2) + "\n", warnings)


def _registry(registry: str, *, is_insecure: bool) -> dict[str, Any]:
    kinds = (kind for pattern, kind in _TYPES if pattern.fullmatch(registry))
    return {
        "name": _registry_name(registry),
        "type": next(kinds, _ANY_REGISTRY),
        "url": _HUB_URL if registry == DOCKER_HUB else f"https://{registry}",
        "insecure": is_insecure,
    }


def _policy(
    registry: str, repository: str, tags: list[str], project: str
) -> dict[str, Any]:
    """Return a policy that somebody has to start: a schedule would follow moved tags.

    Harbor keeps what a tag stood for before, without its tag.
    """
    return {
        "name": f"imagelock {registry}/{repository}",
        "description": "made by `imagelock export harbor-replication`",
        "src_registry": {"name": _registry_name(registry)},
        "dest_namespace": project,
        "dest_namespace_replace_count": 0,
        "trigger": {"type": "manual"},
        "filters": [
            {"type": "name", "value": repository},
            {"type": "tag", "value": _any_of(tags), "decoration": "matches"},
        ],
        "replicate_deletion": False,
        "override": True,
        "enabled": True,
    }


def _registry_name(registry: str) -> str:
    if len(registry) <= _LONGEST_NAME:
        return registry
    end = Digest.of(registry.encode()).encoded[:16]
    return f"{registry[: _LONGEST_NAME - len(end) - 1]}-{end}"


def _any_of(tags: list[str]) -> str:
    """Return the pattern for *tags*, which have no characters of patterns."""
    return tags[0] if len(tags) == 1 else f"{{{','.join(tags)}}}"


def _without_project(registries: Mapping[str, Mapping[str, object]]) -> Iterator[str]:
    for registry, repositories in registries.items():
        for repository in repositories:
            if "/" not in repository:
                yield (
                    f"`{registry}/{repository}` has no project, which Harbor needs:"
                    " name it with `--to HOST/PROJECT`"
                )
