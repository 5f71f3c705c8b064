"""A BuildKit source policy that converts each tag to its digest.

BuildKit, `sourcepolicy/pb/policy.proto`; `docker buildx build` reads the file in
`EXPERIMENTAL_BUILDKIT_SOURCE_POLICY`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from imagelock.export.target import Exported, Request, pinned

if TYPE_CHECKING:
    from imagelock.model.image import Image

SUMMARY: Final = "a BuildKit source policy (`EXPERIMENTAL_BUILDKIT_SOURCE_POLICY`)"


def export(request: Request) -> Exported:
    """Return a policy with a rule for each image that has a tag."""
    rules = [_rule(image) for image in request.images if image.reference.tag]
    return Exported(json.dumps({"rules": rules}, indent=2) + "\n")


def _rule(image: Image) -> dict[str, object]:
    return {
        "action": "CONVERT",
        "selector": {"identifier": f"docker-image://{image.reference}"},
        "updates": {"identifier": f"docker-image://{pinned(image)}"},
    }
