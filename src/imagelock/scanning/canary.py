"""A list of components with a known vulnerability, which a scanner must find.

An empty or damaged database finds nothing in anything, and some scanners then report
success (aquasecurity/trivy#8454).
"""

from __future__ import annotations

import json
from typing import Final

CYCLONEDX: Final = "canary.cdx.json"
"""A name by which scanners know the format."""
SPDX: Final = "canary.spdx.json"

_NAME, _VERSION = "urllib3", "1.26.5"
"""Affected by CVE-2023-43804, CVE-2023-45803 and others."""
_PURL: Final = f"pkg:pypi/{_NAME}@{_VERSION}"

CYCLONEDX_CANARY: Final = json.dumps(
    {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "name": "imagelock-canary",
                "bom-ref": "canary",
            }
        },
        "components": [
            {
                "type": "library",
                "name": _NAME,
                "version": _VERSION,
                "purl": _PURL,
                "bom-ref": _PURL,
            }
        ],
    }
).encode()
"""CycloneDX 1.5."""

SPDX_CANARY: Final = json.dumps(
    {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "imagelock-canary",
        "documentNamespace": "https://imagelock.invalid/canary",
        "creationInfo": {
            "created": "2024-01-01T00:00:00Z",
            "creators": ["Tool: imagelock"],
        },
        "packages": [
            {
                "SPDXID": "SPDXRef-Package",
                "name": _NAME,
                "versionInfo": _VERSION,
                "downloadLocation": "NOASSERTION",
                "externalRefs": [
                    {
                        "referenceCategory": "PACKAGE-MANAGER",
                        "referenceType": "purl",
                        "referenceLocator": _PURL,
                    }
                ],
            }
        ],
        "relationships": [
            {
                "spdxElementId": "SPDXRef-DOCUMENT",
                "relationshipType": "DESCRIBES",
                "relatedSpdxElement": "SPDXRef-Package",
            }
        ],
    }
).encode()
"""SPDX 2.3."""
