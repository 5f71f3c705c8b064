"""`end-of-life` as registries state it: artifacts about the lifecycle of an image.

Microsoft attaches them to images whose support has ended, and so can anybody on its
registries: artifacts of the type `TYPE` with the date in an annotation. See "Lifecycle
metadata" in Azure's documentation of its container registry.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from imagelock.model.finding import Rule
from imagelock.policies.end_of_life import ended, is_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.config.policy import Policy
    from imagelock.model.image import PlatformManifest
    from imagelock.model.reference import Reference
    from imagelock.policies.content_use import ContentUse
    from imagelock.policies.image_use import Violation
    from imagelock.registry.artifact import Referrer

__all__ = ["RULE", "UNCHECKED", "concerns", "is_on", "violations"]

RULE: Final = Rule.END_OF_LIFE
UNCHECKED: Final = RULE.slug
TYPE: Final = "application/vnd.microsoft.artifact.lifecycle"
_TYPES: Final = frozenset({TYPE, "application/vnd.oci.empty.v1+json", ""})
"""That of some lists is of the configuration, or missing."""
DATE: Final = "vnd.microsoft.artifact.lifecycle.end-of-life.date"

_HOSTS: Final = re.compile(r"mcr\.microsoft\.com|[a-z0-9-]+\.azurecr\.(?:io|cn|us)")
_DAY: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T\S{1,40})?", re.ASCII)


def concerns(reference: Reference, policy: Policy) -> bool:
    """Return whether the registry of *reference* may have such artifacts."""
    return is_on(policy) and _HOSTS.fullmatch(reference.registry) is not None


def violations(
    use: ContentUse, manifest: PlatformManifest, policy: Policy
) -> Iterator[Violation]:
    """Yield a violation if the support of the image, or of its platform, has ended.

    An artifact without a date that can be read says nothing.
    """
    ends = [
        end
        for digest in dict.fromkeys((use.content.image.digest, manifest.digest))
        for referrer in use.referrers(digest)
        if referrer.artifact_type in _TYPES and (end := _end(use, referrer))
    ]
    if ends:
        yield from ended(use.shown, "the image", min(ends), use.now.date(), policy)


def _end(use: ContentUse, referrer: Referrer) -> date | None:
    """Return the date in *referrer*; some lists are without annotations."""
    annotations = referrer.annotations
    if DATE not in annotations:
        store = use.content.store
        annotations = store.manifest(use.reference, referrer.digest).annotations
    match = _DAY.fullmatch(annotations.get(DATE, ""))
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None
