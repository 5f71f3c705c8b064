"""An override for `docker buildx bake`: named contexts in the place of tags.

docker buildx bake -f docker-bake.hcl -f docker-bake.images.json
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from imagelock.export.target import Exported, Request, pinned

if TYPE_CHECKING:
    from imagelock.image import Image

SUMMARY: Final = "an override for `docker buildx bake` with named contexts"
_TARGET: Final = re.compile(r"target\.(?P<name>[^.\[]+)\.")


def export(request: Request) -> Exported:
    """Return the contexts of each target of the bake files.

    BuildKit looks a FROM up among the named contexts by its short name without
    `:latest` (`frontend/dockerui/namedcontext.go`); one that no FROM has is not
    fetched. So every target gets all the images.
    """
    targets = sorted(
        {
            match["name"]
            for one in request.found
            if one.place.format == "bake"
            for use in one.place.uses
            if (match := _TARGET.match(use))
        }
    )
    contexts = {
        _name(image): f"docker-image://{pinned(image)}"
        for _, image in request.used("bake", "dockerfile")
        if image.reference.tag
    }
    warnings = () if targets else ("no bake file of the project names a target",)
    override = {"target": {name: {"contexts": contexts} for name in targets}}
    return Exported(json.dumps(override, indent=2) + "\n", warnings)


def _name(image: Image) -> str:
    return image.reference.familiar.removesuffix(":latest")
