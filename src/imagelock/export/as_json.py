"""Everything that is locked, as JSON."""

from __future__ import annotations

import json
from typing import Final

from imagelock.export.target import Exported, Request

SUMMARY: Final = "the locked images as JSON, for a program of your own"


def export(request: Request) -> Exported:
    """Return `{"version": 1, "images": [...]}`, sorted by reference."""
    images = [
        {
            "reference": str(image.reference),
            "digest": str(image.digest),
            "media_type": image.media_type,
            "platforms": [
                {"name": str(one.platform), "digest": str(one.digest)}
                for one in image.platforms
            ],
        }
        for image in request.images
    ]
    return Exported(json.dumps({"version": 1, "images": images}, indent=2) + "\n")
