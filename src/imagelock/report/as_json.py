"""The JSON output: a documented contract with a version, not a dump.

`docs/reference/json.md` describes it. Keys are added, never renamed or removed,
within one version.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, assert_never

from imagelock.occurrence import Occurrence, Skipped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelock.change import Change
    from imagelock.diagnosis import Diagnosis, Quota
    from imagelock.errors import ImagelockError
    from imagelock.finding import Finding
    from imagelock.image import Image
    from imagelock.reference import Reference
    from imagelock.report.findings import Verdict
    from imagelock.report.listing import Row

VERSION = 1


def verdict(result: Verdict) -> str:
    """Return the output of `verify --format json`."""
    return _dump(
        findings=[_finding(finding) for finding in result.findings],
        checked=result.checked,
        could_not_check=result.could_not_check,
    )


def changes(
    moved: Sequence[Change], failures: Mapping[Reference, ImagelockError]
) -> str:
    """Return the output of `lock`, `update` and `diff` with `--format json`."""
    return _dump(
        changes=[_change(change) for change in moved],
        failures=[
            {"reference": str(key), "message": str(error), "hint": error.hint}
            for key, error in failures.items()
        ],
    )


def listing(rows: Sequence[Row]) -> str:
    """Return the output of `list --format json`."""
    return _dump(images=[_row(row) for row in rows])


def diagnoses(found: Sequence[Diagnosis]) -> str:
    """Return the output of `doctor --format json`."""
    return _dump(registries=[_diagnosis(one) for one in found])


def _dump(**values: object) -> str:
    # Escaped to ASCII, control characters and lone surrogates can do no harm.
    return json.dumps({"version": VERSION, **values}, indent=2) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    span = finding.span
    return {
        "rule": finding.rule.slug,
        "severity": finding.severity.word,
        "message": finding.message,
        "file": str(finding.path),
        "line": span.line if span else None,
        "column": span.column if span else None,
        "reference": str(finding.reference) if finding.reference else None,
        "hint": finding.hint,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "reference": str(change.reference),
        "kind": change.kind.value,
        "old": _image(change.old),
        "new": _image(change.new),
        "platforms": [
            {
                "name": str(platform.platform),
                "old": str(platform.old) if platform.old else None,
                "new": str(platform.new) if platform.new else None,
            }
            for platform in change.platforms
        ],
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


def _row(row: Row) -> dict[str, Any]:
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
        case Occurrence(reference=reference, variables=variables):
            rest = {
                "reference": str(reference),
                "status": row.status,
                "reason": None,
                "detail": None,
                "variables": list(variables),
            }
        case Skipped(reason=reason, detail=detail):
            rest = {
                "reference": None,
                "status": row.status,
                "reason": reason.slug,
                "detail": detail,
                "variables": [],
            }
        case _:
            assert_never(row.found)
    return {**common, **rest, "digest": str(row.digest) if row.digest else None}
