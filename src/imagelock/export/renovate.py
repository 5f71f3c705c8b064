"""Settings that keep Renovate away from the images that imagelock updates."""

from __future__ import annotations

from typing import Final

from imagelock.export.target import Exported, Request, to_json

SUMMARY: Final = "settings that keep Renovate away from what imagelock updates"


def export(request: Request) -> Exported:
    """Return a rule that turns the locked images off, in every spelling of their names.

    Renovate, `matchPackageNames`: the name is as the file writes it.
    """
    names = {
        name
        for image in request.images
        for name in (image.reference.name, image.reference.familiar_name)
    }
    rule = {
        "description": "imagelock locks and updates these images",
        "matchDatasources": ["docker"],
        "matchPackageNames": sorted(names),
        "enabled": False,
    }
    document = {
        "$schema": "https://docs.renovatebot.com/renovate-schema.json",
        # A rule without names would be one for all images.
        "packageRules": [rule] if names else [],
    }
    return Exported(to_json(document, indent=2) + "\n")
