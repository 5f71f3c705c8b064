"""A bill of materials: the images of the project in CycloneDX.

CycloneDX 1.6, JSON: https://cyclonedx.org/docs/1.6/json/.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from imagelock.export.package_urls import package_url
from imagelock.export.target import Exported, Request, to_json
from imagelock.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.model.digest import Digest
    from imagelock.model.image import Image
    from imagelock.model.occurrence import Place

SUMMARY: Final = (
    "a bill of materials (CycloneDX 1.6): the images with digests, platforms and places"
)
_HASHES: Final = {"sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512"}


def export(request: Request) -> Exported:
    """Return the document; equal locks and files give equal text."""
    components = [
        _component(image, places) for image, places in request.images_with_places()
    ]
    document: dict[str, Any] = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "tools": {
                "components": [
                    {"type": "application", "name": "imagelock", "version": __version__}
                ]
            }
        },
        "components": components,
    }
    # The same content has the same number, as it is the same document.
    number = uuid.uuid5(uuid.NAMESPACE_URL, to_json(document))
    document["serialNumber"] = number.urn
    return Exported(to_json(document, indent=2) + "\n")


def _component(image: Image, places: Sequence[Place]) -> dict[str, Any]:
    component = _container(image, image.digest, str(image.reference))
    if image.platforms:
        component["components"] = [
            _container(image, manifest.digest, f"{image.reference} {manifest.platform}")
            for manifest in image.platforms
        ]
    component["evidence"] = {
        "occurrences": [
            {"location": str(place.path), "line": place.span.line} for place in places
        ]
    }
    return component


def _container(image: Image, digest: Digest, subject: str) -> dict[str, Any]:
    """Return a component of type `container`, and *subject* as what it is a name of."""
    return {
        "type": "container",
        "bom-ref": f"{subject}@{digest}",
        "name": image.reference.name,
        "version": str(digest),
        "description": subject,
        "purl": package_url(image, digest),
        "hashes": [{"alg": _HASHES[digest.algorithm], "content": digest.encoded}],
    }
