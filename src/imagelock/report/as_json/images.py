"""Images, and changes of them, as objects of the JSON contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imagelock.report.facts import source_link

if TYPE_CHECKING:
    from imagelock.model.change import Change
    from imagelock.model.image import Image
    from imagelock.model.image_details import ImageDiff, ImageFacts
    from imagelock.model.provenance import Provenance


def change_object(change: Change) -> dict[str, Any]:
    """Return a change of the lockfile."""
    return {
        "reference": str(change.reference),
        "kind": change.kind.value,
        "level": change.level.value if change.level else None,
        "old_reference": str(change.old.reference) if change.old else None,
        "old": image_object(change.old),
        "new": image_object(change.new),
        "platforms": [
            {
                "name": str(platform.platform),
                "old": str(platform.old) if platform.old else None,
                "new": str(platform.new) if platform.new else None,
            }
            for platform in change.platforms
        ],
        "link": source_link(change),
        "details": _details(change.details),
    }


def _details(details: ImageDiff | None) -> dict[str, Any] | None:
    if details is None:
        return None
    layers = details.layers
    return {
        "platform": str(details.platform),
        "old": _facts(details.old),
        "new": _facts(details.new),
        "layers": dict(zip(("kept", "added", "removed"), layers, strict=True))
        if layers
        else None,
        "settings": [
            {"name": name, "old": old, "new": new}
            for name, old, new in details.settings
        ],
        "gap": details.missing_reason,
    }


def _facts(facts: ImageFacts) -> dict[str, Any]:
    return {
        "release": facts.release,
        "source": facts.source,
        "revision": facts.revision,
        "created": facts.created,
        "base_name": facts.base_name,
        "base_digest": facts.base_digest,
        "size": facts.size,
        "provenance": provenance_object(facts.provenance),
        "from_provenance": sorted(facts.unsigned),
    }


def provenance_object(provenance: Provenance | None) -> dict[str, Any] | None:
    """Return what the provenance of an image states, which is not signed."""
    if provenance is None:
        return None
    return {
        "signed": False,
        "base": str(provenance.base) if provenance.base else None,
        "from_scratch": provenance.is_from_scratch,
        "images": [str(image) for image in provenance.images],
        "source": provenance.source,
        "revision": provenance.revision,
        "builder": provenance.builder,
        "started": provenance.started,
        "finished": provenance.finished,
    }


def image_object(image: Image | None) -> dict[str, Any] | None:
    """Return a lockfile entry without its reference."""
    if image is None:
        return None
    return {
        "digest": str(image.digest),
        "media_type": image.media_type,
        "artifact_type": image.artifact_type,
        "release": image.release,
        "source": image.source,
        "revision": image.revision,
        "signer": signer_object(image),
        "platforms": platform_objects(image),
    }


def signer_object(image: Image | None) -> dict[str, str] | None:
    """Return who signed *image*, if that is known."""
    if image is None or image.signer is None:
        return None
    from imagelock.model.signer import signer_table  # few images have one

    return signer_table(image.signer)


def platform_objects(image: Image) -> list[dict[str, str]]:
    """Return the manifests of the platforms of *image*."""
    return [
        {"name": str(manifest.platform), "digest": str(manifest.digest)}
        for manifest in image.platforms
    ]
