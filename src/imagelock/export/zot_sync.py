"""Settings of zot that mirror the repositories and tags of the lock.

zot, "Mirroring" (`extensions.sync`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from imagelock.export.mirrored_tags import mirrored_tags
from imagelock.export.target import Exported, Request, to_json
from imagelock.model.reference import DOCKER_HUB

if TYPE_CHECKING:
    from collections.abc import Mapping

SUMMARY: Final = "settings of zot that mirror the locked repositories and tags"
_HUB_URL: Final = "https://index.docker.io"


def export(request: Request) -> Exported:
    """Return an entry for each registry; images by digest alone are left out."""
    mirrored = mirrored_tags(request, "zot")
    registries = [
        _registry(registry, repositories, request)
        for registry, repositories in mirrored.registries.items()
    ]
    document = {"extensions": {"sync": {"enable": True, "registries": registries}}}
    return Exported(to_json(document, indent=2) + "\n", mirrored.warnings)


def _registry(
    registry: str, repositories: Mapping[str, list[str]], request: Request
) -> dict[str, Any]:
    return {
        "urls": [_HUB_URL if registry == DOCKER_HUB else f"https://{registry}"],
        "tlsVerify": not request.is_insecure(registry),
        "onDemand": False,
        "pollInterval": "6h",
        "content": [
            {"prefix": repository, "tags": {"regex": _any_of(tags)}}
            for repository, tags in repositories.items()
        ],
    }


def _any_of(tags: list[str]) -> str:
    return f"^({'|'.join(re.escape(tag) for tag in tags)})$"
