"""The JSON contract: every JSON document and JSON line that imagelock prints.

`docs/reference/json.md` documents it. Within a version, keys are added, never
renamed or removed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, assert_never

from imagelock.model.occurrence import Occurrence, Skipped
from imagelock.report.edits import planned_rows
from imagelock.report.facts import source_link
from imagelock.report.style import inert_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from imagelock.commands.list import Explanation, ReferenceStatus
    from imagelock.commands.outdated import OutdatedResult
    from imagelock.commands.pin_plan import EditPlan
    from imagelock.commands.verify import Verdict
    from imagelock.errors import RegistryError
    from imagelock.model.change import Change
    from imagelock.model.finding import Finding
    from imagelock.model.image import Image
    from imagelock.model.image_details import ImageDiff, ImageFacts
    from imagelock.model.newer_tags import TagStatus
    from imagelock.model.occurrence import Found
    from imagelock.model.reference import Reference
    from imagelock.model.registry_status import Diagnosis, MirrorUse, Quota
    from imagelock.report.changes import Changes

VERSION: Final = 1
"""Raised only when a key is renamed, removed, or changes its meaning."""


def findings(verdict: Verdict) -> str:
    """Return the output of `verify --format json`."""
    return document(
        findings=[_finding(finding) for finding in verdict.findings],
        checked=verdict.checked,
        could_not_check=verdict.could_not_check,
        rules_off=_slugs(verdict),
        mirrors=_mirrors(verdict.mirrors),
    )


def changes(report: Changes) -> str:
    """Return the output of `lock`, `update` and `diff` with `--format json`."""
    return document(
        changes=[_change(change) for change in report.changes],
        left=[_change(change) for change in report.index_only_skipped],
        failures=_failures(report.failures),
        findings=[_finding(finding) for finding in report.findings],
        mirrors=_mirrors(report.mirrors),
    )


def finding_lines(verdict: Verdict) -> str:
    """Return the output of `verify --format jsonl`: the findings, then a summary."""
    lines = [_line("finding", _finding(finding)) for finding in verdict.findings]
    summary = {
        "checked": verdict.checked,
        "could_not_check": verdict.could_not_check,
        "rules_off": _slugs(verdict),
        "mirrors": _mirrors(verdict.mirrors),
    }
    return "".join([*lines, _line("summary", summary)])


def change_lines(report: Changes) -> str:
    """Return the output of `lock`, `update` and `diff` with `--format jsonl`."""
    lines = [_line("change", _change(change)) for change in report.changes]
    lines += [_line("left", _change(change)) for change in report.index_only_skipped]
    lines += [_line("failure", failure) for failure in _failures(report.failures)]
    lines += [_line("finding", _finding(finding)) for finding in report.findings]
    lines += [_line("mirror", mirror) for mirror in _mirrors(report.mirrors)]
    return "".join(lines)


def references(rows: Iterable[ReferenceStatus], guesses: int) -> str:
    """Return the output of `list --format json`; *guesses* are those not allowed."""
    return document(images=[_row(row) for row in rows], guesses=guesses)


def explanations(images: Sequence[Explanation]) -> str:
    """Return the output of `list IMAGE --format json`, with the lockfile entries."""
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
    return document(images=[_row(row) for row in rows], entries=entries)


def tag_updates(result: OutdatedResult) -> str:
    """Return the output of `outdated --format json`."""
    return document(
        images=[_tag_status(status) for status in result.statuses],
        failures=_failures(result.failures),
    )


def edited_places(plan: EditPlan, done: str) -> str:
    """Return the output of `pin` and `unpin` with `--format json`.

    *done* is the status of an edited place: `pinned` or `unpinned`.
    """
    return document(
        places=[
            {
                "file": str(row.place.path),
                "line": row.place.span.line,
                "column": row.place.span.column,
                "use": row.place.location,
                "reference": None if row.as_written else str(row.reference),
                "status": "kept" if row.kept_reason else done,
                "reason": row.kept_reason,
            }
            for row in planned_rows(plan)
        ]
    )


def diagnoses(results: Sequence[Diagnosis]) -> str:
    """Return the output of `doctor --format json`."""
    return document(registries=[_diagnosis(diagnosis) for diagnosis in results])


def locked_images(images: Iterable[Image]) -> str:
    """Return the output of `export json`."""
    return document(
        images=[
            {
                "reference": str(image.reference),
                "digest": str(image.digest),
                "media_type": image.media_type,
                "platforms": _platforms(image),
            }
            for image in images
        ]
    )


def document(**values: object) -> str:
    """Return *values* as an indented JSON object that starts with the version."""
    # Escaped to ASCII, control characters and lone surrogates can do no harm.
    return inert_json(json.dumps({"version": VERSION, **values}, indent=2)) + "\n"


def _line(kind: str, fields: dict[str, Any]) -> str:
    return inert_json(json.dumps({"version": VERSION, "type": kind, **fields})) + "\n"


def _finding(finding: Finding) -> dict[str, Any]:
    span = finding.span
    return {
        "rule": finding.rule.slug,
        "severity": finding.severity.word,
        "message": finding.message,
        "file": str(finding.path),
        "line": span.line if span else None,
        "column": span.column if span else None,
        "reference": str(shown) if (shown := finding.shown_reference) else None,
        "hint": finding.hint,
        "also": [
            {
                "file": str(place.path),
                "line": place.span.line,
                "column": place.span.column,
            }
            for place in finding.also
        ],
    }


def _slugs(verdict: Verdict) -> list[str]:
    return sorted(rule.slug for rule in verdict.rules_off)


def _mirrors(mirrors: Iterable[MirrorUse]) -> list[dict[str, Any]]:
    return [
        {"registry": use.registry, "mirror": use.mirror, "tags": use.tags}
        for use in mirrors
    ]


def _failures(failures: Mapping[Reference, RegistryError]) -> list[dict[str, Any]]:
    return [
        {
            "reference": None if error.as_written else str(key),
            "message": str(error),
            "hint": error.hint,
        }
        for key, error in failures.items()
    ]


def _change(change: Change) -> dict[str, Any]:
    return {
        "reference": str(change.reference),
        "kind": change.kind.value,
        "level": change.level.value if change.level else None,
        "old_reference": str(change.old.reference) if change.old else None,
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
        "platforms": _platforms(image),
    }


def _platforms(image: Image) -> list[dict[str, str]]:
    return [
        {"name": str(manifest.platform), "digest": str(manifest.digest)}
        for manifest in image.platforms
    ]


def _tag_status(status: TagStatus) -> dict[str, Any]:
    return {
        "reference": str(status.reference),
        "tag": status.reference.tag,
        "patch": status.newest.patch,
        "minor": status.newest.minor,
        "major": status.newest.major,
        "digest_moved": status.digest_moved,
    }


def _diagnosis(diagnosis: Diagnosis) -> dict[str, Any]:
    return {
        "registry": diagnosis.registry,
        "endpoint": diagnosis.endpoint,
        "mirror": diagnosis.mirror,
        "tags": diagnosis.tags,
        "content": diagnosis.content,
        "tls": diagnosis.tls,
        "credential": diagnosis.credential,
        "reachable": diagnosis.reachable,
        "access": diagnosis.access.value if diagnosis.access else None,
        "error": diagnosis.error,
        "hint": diagnosis.hint,
        "clock_skew": diagnosis.clock_skew,
        "limit": _quota(diagnosis.quota),
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
    return {
        "file": str(place.path),
        "line": place.span.line,
        "column": place.span.column,
        "span": [place.span.start, place.span.end],
        "format": place.format,
        "location": place.location,
        "uses": list(place.uses),
        "text": place.text,
        **_reference(row.found, row.status),
        "digest": str(row.digest) if row.digest else None,
        "ignores": sorted(place.ignores),
        "held": row.held,
    }


def _reference(found: Found, status: str) -> dict[str, Any]:
    match found:
        case Occurrence(reference=reference, variables=variables, origins=origins):
            return {
                "reference": str(reference),
                "status": status,
                "reason": None,
                "detail": None,
                "variables": list(variables),
                "origins": dict(origins),
            }
        case Skipped(reason=reason, detail=detail):
            return {
                "reference": None,
                "status": status,
                "reason": reason.slug,
                "detail": detail,
                "variables": [],
                "origins": {},
            }
        case _:
            assert_never(found)
