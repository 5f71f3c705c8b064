"""The JSON output: a documented contract with a version, not a dump.

`docs/reference/json.md` describes it. Keys are added, never renamed or removed,
within one version.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, assert_never

from imagelock.model.occurrence import Occurrence, Skipped
from imagelock.report.facts import source_link

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from imagelock.commands.list import Explanation, ReferenceStatus
    from imagelock.commands.verify import Verdict
    from imagelock.errors import ImagelockError
    from imagelock.model.change import Change
    from imagelock.model.finding import Finding
    from imagelock.model.image import Image
    from imagelock.model.image_details import ImageDiff, ImageFacts
    from imagelock.model.reference import Reference
    from imagelock.model.registry_status import Diagnosis, Quota
    from imagelock.report.changes import Changes

VERSION = 1


def verdict(result: Verdict) -> str:
    """Return the output of `verify --format json`."""
    return _dump(
        findings=[finding(one) for one in result.findings],
        checked=result.checked,
        could_not_check=result.could_not_check,
    )


def changes(report: Changes) -> str:
    """Return the output of `lock`, `update` and `diff` with `--format json`."""
    return _dump(
        changes=[change(one) for one in report.changes],
        left=[change(one) for one in report.index_only_skipped],
        failures=[failure(key, error) for key, error in report.failures.items()],
    )


def listing(rows: Iterable[ReferenceStatus]) -> str:
    """Return the output of `list --format json`."""
    return _dump(images=[_row(row) for row in rows])


def explanations(images: Sequence[Explanation]) -> str:
    """Return the output of `list IMAGE --format json`, with entries of the lock."""
    rows = sorted(
        (row for image in images for row in image.rows),
        key=lambda row: (row.found.place.path, row.found.place.span),
    )
    entries = [
        {
            "reference": str(explanation.image.reference),
            **(_image(explanation.image) or {}),
        }
        for explanation in images
        if explanation.image is not None
    ]
    return _dump(images=[_row(row) for row in rows], entries=entries)


def diagnoses(found: Sequence[Diagnosis]) -> str:
    """Return the output of `doctor --format json`."""
    return _dump(registries=[_diagnosis(one) for one in found])


def _dump(**values: object) -> str:
    # Escaped to ASCII, control characters and lone surrogates can do no harm.
    return json.dumps({"version": VERSION, **values}, indent=2) + "\n"


def finding(one: Finding) -> dict[str, Any]:
    """Return one finding of `verify`."""
    span = one.span
    return {
        "rule": one.rule.slug,
        "severity": one.severity.word,
        "message": one.message,
        "file": str(one.path),
        "line": span.line if span else None,
        "column": span.column if span else None,
        "reference": str(one.reference) if one.reference else None,
        "hint": one.hint,
        "also": [
            {
                "file": str(place.path),
                "line": place.span.line,
                "column": place.span.column,
            }
            for place in one.also
        ],
    }


def failure(key: Reference, error: ImagelockError) -> dict[str, Any]:
    """Return an image that could not be resolved."""
    return {"reference": str(key), "message": str(error), "hint": error.hint}


def change(one: Change) -> dict[str, Any]:
    """Return how one image moved."""
    return {
        "reference": str(one.reference),
        "kind": one.kind.value,
        "level": one.level.value if one.level else None,
        "old_reference": str(one.old.reference) if one.old else None,
        "old": _image(one.old),
        "new": _image(one.new),
        "platforms": [
            {
                "name": str(platform.platform),
                "old": str(platform.old) if platform.old else None,
                "new": str(platform.new) if platform.new else None,
            }
            for platform in one.platforms
        ],
        "link": source_link(one),
        "details": _details(one.details),
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
    }


def _image(image: Image | None) -> dict[str, Any] | None:
    if image is None:
        return None
    return {
        "digest": str(image.digest),
        "media_type": image.media_type,
        "release": image.release,
        "source": image.source,
        "revision": image.revision,
        "platforms": [
            {"name": str(manifest.platform), "digest": str(manifest.digest)}
            for manifest in image.platforms
        ],
    }


def _diagnosis(one: Diagnosis) -> dict[str, Any]:
    return {
        "registry": one.registry,
        "endpoint": one.endpoint,
        "mirror": one.mirror,
        "tags": one.tags,
        "content": one.content,
        "tls": one.tls,
        "credential": one.credential,
        "reachable": one.reachable,
        "access": one.access.value if one.access else None,
        "error": one.error,
        "hint": one.hint,
        "clock_skew": one.clock_skew,
        "limit": _quota(one.quota),
    }


def _quota(quota: Quota | None) -> dict[str, int | None] | None:
    if quota is None:
        return None
    return {
        "limit": quota.limit,
        "remaining": quota.remaining,
        "window": quota.window,
    }


def _row(row: ReferenceStatus) -> dict[str, Any]:
    place = row.found.place
    common = {
        "file": str(place.path),
        "line": place.span.line,
        "column": place.span.column,
        "span": [place.span.start, place.span.end],
        "format": place.format,
        "location": place.location,
        "uses": list(place.uses),
        "text": place.text,
    }
    match row.found:
        case Occurrence(reference=reference, variables=variables, origins=origins):
            rest = {
                "reference": str(reference),
                "status": row.status,
                "reason": None,
                "detail": None,
                "variables": list(variables),
                "origins": dict(origins),
            }
        case Skipped(reason=reason, detail=detail):
            rest = {
                "reference": None,
                "status": row.status,
                "reason": reason.slug,
                "detail": detail,
                "variables": [],
                "origins": {},
            }
        case _:
            assert_never(row.found)
    return {
        **common,
        **rest,
        "digest": str(row.digest) if row.digest else None,
        "ignores": sorted(place.ignores),
        "held": row.held,
    }
