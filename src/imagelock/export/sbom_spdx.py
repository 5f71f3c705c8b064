"""A bill of materials: the images of the project in SPDX.

SPDX 2.3, JSON: https://spdx.github.io/spdx-spec/v2.3/.
"""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from imagelock.export.package_urls import package_url
from imagelock.export.target import Exported, Request, to_json
from imagelock.model.utc_text import utc_text
from imagelock.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.model.digest import Digest
    from imagelock.model.image import Image
    from imagelock.model.occurrence import Place

SUMMARY: Final = (
    "a bill of materials (SPDX 2.3): the images with digests, platforms and places"
)
_DOCUMENT: Final = "SPDXRef-DOCUMENT"


def export(request: Request) -> Exported:
    """Return the document, made now or at the time in `SOURCE_DATE_EPOCH`."""
    packages: dict[str, dict[str, Any]] = {}
    relations = []
    for image, places in request.images_with_places():
        whole = _package(image, image.digest, str(image.reference), places)
        packages[whole["SPDXID"]] = whole
        relations.append((_DOCUMENT, "DESCRIBES", whole["SPDXID"]))
        for manifest in image.platforms:
            name = f"{image.reference} {manifest.platform}"
            part = _package(image, manifest.digest, name, ())
            packages[part["SPDXID"]] = part
            relations.append((whole["SPDXID"], "CONTAINS", part["SPDXID"]))
    content = to_json([*packages.values()])
    number = hashlib.sha256(content.encode()).hexdigest()
    document = {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": _DOCUMENT,
        "name": "images.lock",
        "documentNamespace": f"https://imagelock.dev/spdx/{number}",
        "creationInfo": {
            "created": utc_text(_now()),
            "creators": [f"Tool: imagelock-{__version__}"],
        },
        "packages": [*packages.values()],
        "relationships": [
            {
                "spdxElementId": element,
                "relationshipType": kind,
                "relatedSpdxElement": related,
            }
            for element, kind, related in relations
        ],
    }
    return Exported(to_json(document, indent=2) + "\n")


def _package(
    image: Image, digest: Digest, subject: str, places: Sequence[Place]
) -> dict[str, Any]:
    identity = hashlib.sha256(f"{subject}@{digest}".encode()).hexdigest()[:32]
    package = {
        "SPDXID": f"SPDXRef-image-{identity}",
        "name": image.reference.name,
        "versionInfo": str(digest),
        "description": subject,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "primaryPackagePurpose": "CONTAINER",
        "checksums": [
            {"algorithm": digest.algorithm.upper(), "checksumValue": digest.encoded}
        ],
        "externalRefs": [
            {
                "referenceCategory": "PACKAGE-MANAGER",
                "referenceType": "purl",
                "referenceLocator": package_url(image, digest),
            }
        ],
    }
    if places:
        lines = (f"{place.path}:{place.span.line}" for place in places)
        package["comment"] = f"used in {', '.join(lines)}"
    return package


def _now() -> datetime:
    """Return the time, or that of reproducible-builds.org's `SOURCE_DATE_EPOCH`."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH", "")
    if seconds.isdecimal() and len(seconds) < 12:  # noqa: PLR2004 - until year 5138
        return datetime.fromtimestamp(int(seconds), UTC)
    return datetime.now(UTC)
