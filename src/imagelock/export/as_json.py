"""Every locked image, as JSON."""

from __future__ import annotations

from typing import Final

from imagelock.export.target import Exported, Request
from imagelock.report.as_json import locked_images

SUMMARY: Final = "the locked images as JSON, for your own programs"


def export(request: Request) -> Exported:
    """Return `{"version": 1, "images": [...]}`, sorted by reference."""
    return Exported(locked_images(request.images))
