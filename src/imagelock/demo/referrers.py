"""The artifacts that refer to an image: OCI distribution-spec, "Listing Referrers"."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from imagelock.demo.images import Content
from imagelock.model.image import OCI_INDEX

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def subject_of(content: Content) -> str:
    """Return the digest that the manifest *content* refers to, or `""`."""
    try:
        subject = json.loads(content.body).get("subject")
    except (ValueError, AttributeError):
        return ""
    return str(subject.get("digest", "")) if isinstance(subject, dict) else ""


def referrers(manifests: Iterable[Content], digest: str) -> list[dict[str, Any]]:
    """Return the descriptors of those of *manifests* that refer to *digest*, sorted."""
    found = [_descriptor(each) for each in manifests if subject_of(each) == digest]
    return sorted(found, key=lambda descriptor: str(descriptor["digest"]))


def index_of(descriptors: Sequence[dict[str, Any]]) -> Content:
    """Return an index of *descriptors*."""
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": list(descriptors),
    }
    return Content(OCI_INDEX, json.dumps(document).encode())


def _descriptor(manifest: Content) -> dict[str, Any]:
    document = json.loads(manifest.body)
    config = document.get("config", {})
    kind = document.get("artifactType") or config.get("mediaType", "")
    fields = {"annotations": document.get("annotations")}
    return manifest.descriptor(
        artifactType=kind, **{name: value for name, value in fields.items() if value}
    )
