"""Settings that keep Dependabot away from the images that imagelock updates."""

from __future__ import annotations

from typing import Final

import yaml

from imagelock.export.target import Exported, Request

SUMMARY: Final = "settings that keep Dependabot away from what imagelock updates"
_ECOSYSTEMS: Final = {
    "dockerfile": "docker",
    "kubernetes": "docker",
    "compose": "docker-compose",
    "helm-values": "helm",
}
"""The ecosystems of Dependabot that look for images, by format."""


def export(request: Request) -> Exported:
    """Return an entry for each ecosystem and folder, which ignores the locked images.

    Dependabot, `ignore`: the name is without that of the registry.
    """
    ignored: dict[tuple[str, str], set[str]] = {}
    for occurrence, image in request.used(*_ECOSYSTEMS):
        place = occurrence.place
        folder = f"/{place.path.parent}".rstrip(".")
        name = image.reference.familiar_name.removeprefix(
            f"{image.reference.registry}/"
        )
        ecosystem = _ECOSYSTEMS[place.format]
        ignored.setdefault((ecosystem, folder), set()).add(name)
    updates = [
        {
            "package-ecosystem": ecosystem,
            "directory": folder,
            "schedule": {"interval": "weekly"},
            "ignore": [{"dependency-name": name} for name in sorted(names)],
        }
        for (ecosystem, folder), names in sorted(ignored.items())
    ]
    text = yaml.safe_dump({"version": 2, "updates": updates}, sort_keys=False)
    return Exported(text)
