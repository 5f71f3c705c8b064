"""The JSON contract: every JSON document and JSON line that imagelock prints.

`docs/reference/json.md` documents it. Within a version, keys are added, never
renamed or removed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from imagelock.report.as_json.bases import base_object, chain_objects
from imagelock.report.as_json.images import (
    change_object,
    image_object,
    platform_objects,
)
from imagelock.report.as_json.objects import (
    answers_object,
    count_object,
    diagnosis_object,
    failure_objects,
    finding_object,
    history_object,
    mirror_objects,
    row_object,
    tag_object,
    unreadable_version_object,
)
from imagelock.report.as_json.scans import comparison_object, scan_objects
from imagelock.report.edits import planned_rows
from imagelock.report.style import inert_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import PurePosixPath

    from imagelock.commands.base_chain import BaseChain
    from imagelock.commands.bases import OutdatedBases
    from imagelock.commands.editing.edit_plan import EditPlan
    from imagelock.commands.history.history import History
    from imagelock.commands.list import Explanation, ReferenceStatus
    from imagelock.commands.list_groups import ReferenceGroup
    from imagelock.commands.outdated import OutdatedResult
    from imagelock.commands.scanning.scan import ScanVerdict
    from imagelock.commands.verify import Verdict
    from imagelock.errors import RegistryError
    from imagelock.model.image import Image
    from imagelock.model.reference import Reference
    from imagelock.model.registry_status import Diagnosis
    from imagelock.report.changes import Changes

VERSION: Final = 1
"""Raised only when a key is renamed, removed, or changes its meaning."""


def findings(verdict: Verdict) -> str:
    """Return the output of `verify --format json`."""
    return document(
        findings=[finding_object(finding) for finding in verdict.findings],
        checked=verdict.checked,
        could_not_check=verdict.could_not_check,
        rules_off=_slugs(verdict),
        only_online=list(verdict.only_online),
        mirrors=mirror_objects(verdict.mirrors),
        **_answers(verdict),
    )


def _answers(verdict: Verdict) -> dict[str, Any]:
    """Return which answers in files were used, if there are such files."""
    use = verdict.answers
    return {} if use is None else {"answers": answers_object(use)}


def changes(report: Changes) -> str:
    """Return the output of `lock`, `update` and `diff` with `--format json`."""
    return document(
        changes=_change_objects(report),
        left=[change_object(change) for change in report.index_only_skipped],
        failures=failure_objects(report.failures),
        findings=[finding_object(finding) for finding in report.findings],
        mirrors=mirror_objects(report.mirrors),
    )


def _change_objects(report: Changes) -> list[dict[str, Any]]:
    """Return the changes, with what a scanner says of them if it was asked."""
    objects = [change_object(change) for change in report.changes]
    if report.comparisons:
        for change, fields in zip(report.changes, objects, strict=True):
            comparison = report.comparisons.get(change.reference)
            fields["vulnerabilities"] = comparison and comparison_object(comparison)
    return objects


def finding_lines(verdict: Verdict) -> str:
    """Return the output of `verify --format jsonl`: the findings, then a summary."""
    lines = [_line("finding", finding_object(finding)) for finding in verdict.findings]
    summary = {
        "checked": verdict.checked,
        "could_not_check": verdict.could_not_check,
        "rules_off": _slugs(verdict),
        "only_online": list(verdict.only_online),
        "mirrors": mirror_objects(verdict.mirrors),
        **_answers(verdict),
    }
    return "".join([*lines, _line("summary", summary)])


def change_lines(report: Changes) -> str:
    """Return the output of `lock`, `update` and `diff` with `--format jsonl`."""
    lines = [_line("change", change) for change in _change_objects(report)]
    lines += [
        _line("left", change_object(change)) for change in report.index_only_skipped
    ]
    lines += [_line("failure", failure) for failure in failure_objects(report.failures)]
    lines += [_line("finding", finding_object(finding)) for finding in report.findings]
    lines += [_line("mirror", mirror) for mirror in mirror_objects(report.mirrors)]
    return "".join(lines)


def scan(run: ScanVerdict) -> str:
    """Return the output of `scan --format json`."""
    return document(
        images=scan_objects(run),
        findings=[finding_object(finding) for finding in run.findings],
        changed_since=run.changed_since,
        unchanged=run.unchanged,
    )


def scan_lines(run: ScanVerdict) -> str:
    """Return the output of `scan --format jsonl`: images, findings, then a summary."""
    lines = [_line("image", image) for image in scan_objects(run)]
    lines += [_line("finding", finding_object(finding)) for finding in run.findings]
    summary = {"changed_since": run.changed_since, "unchanged": run.unchanged}
    return "".join([*lines, _line("summary", summary)])


def references(rows: Iterable[ReferenceStatus], guesses: int) -> str:
    """Return the output of `list --format json`; *guesses* are those not allowed."""
    return document(images=[row_object(row) for row in rows], guesses=guesses)


def reference_groups(
    groups: Iterable[ReferenceGroup], total: ReferenceGroup, by: str
) -> str:
    """Return the output of `list --by … --format json`."""
    return document(
        by=by,
        groups=[{"name": group.name, **count_object(group)} for group in groups],
        total=count_object(total),
    )


def explanations(
    images: Sequence[Explanation],
    chains: Mapping[Reference, Sequence[BaseChain] | RegistryError] | None = None,
) -> str:
    """Return the output of `list IMAGE --format json`, with the lockfile entries.

    With *chains*, each entry has its bases.
    """
    rows = sorted(
        (row for image in images for row in image.rows),
        key=lambda row: (row.found.place.path, row.found.place.span),
    )
    entries = [
        {
            "reference": str(explanation.image.reference),
            **(image_object(explanation.image) or {}),
            **({} if chains is None else chain_objects(chains, explanation.key)),
        }
        for explanation in images
        if explanation.image is not None
    ]
    return document(images=[row_object(row) for row in rows], entries=entries)


def tag_updates(result: OutdatedResult) -> str:
    """Return the output of `outdated --format json`."""
    return document(
        images=[tag_object(status) for status in result.statuses],
        failures=failure_objects(result.failures),
    )


def bases(result: OutdatedBases) -> str:
    """Return the output of `outdated --bases --format json`."""
    return document(
        bases=[base_object(status) for status in result.statuses],
        failures=failure_objects(result.failures),
    )


def history(histories: Mapping[PurePosixPath, History]) -> str:
    """Return the output of `history --format json`; *histories* are by folder."""
    return document(
        images=(
            history_object(image, folder)
            for folder, each in histories.items()
            for image in each.images
        ),
        unreadable=[
            unreadable_version_object(version, folder)
            for folder, each in histories.items()
            for version in each.unreadable
        ],
        shallow=any(each.is_shallow for each in histories.values()),
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
    return document(registries=[diagnosis_object(diagnosis) for diagnosis in results])


def locked_images(images: Iterable[Image]) -> str:
    """Return the output of `export json`."""
    return document(
        images=[
            {
                "reference": str(image.reference),
                "digest": str(image.digest),
                "media_type": image.media_type,
                "platforms": platform_objects(image),
            }
            for image in images
        ]
    )


def document(**values: object) -> str:
    """Return *values* as an indented JSON object that starts with the version."""
    # Escaped to ASCII, control characters and lone surrogates can do no harm.
    return inert_json(_indented({"version": VERSION, **values})) + "\n"


def _indented(value: object, line: str = "\n") -> str:
    """Return what `json.dumps(value, indent=2)` does, in a fifth of the time.

    *line* begins a line at the level around *value*. An iterator is a list whose items
    need not be in memory together.
    """
    below = f"{line}  "
    if isinstance(value, Iterator):
        parts = [_indented(each, below) for each in value]
        return f"[{below}{f',{below}'.join(parts)}{line}]" if parts else "[]"
    if not value or not isinstance(value, (dict, list, tuple)):
        return json.dumps(value)
    inner = value.values() if isinstance(value, dict) else value
    if not any(each and isinstance(each, _NESTED) for each in inner):
        # The encoder in C does not indent, but separates values as it is asked to.
        text = _encoder(below).encode(value)
        return f"{text[0]}{below}{text[1:-1]}{line}{text[-1]}"
    if not isinstance(value, dict):
        return _indented(iter(value), line)
    names = map(json.dumps, value)
    parts = [_indented(each, below) for each in value.values()]
    fields = map(": ".join, zip(names, parts, strict=True))
    return f"{{{below}{f',{below}'.join(fields)}{line}}}"


_NESTED: Final = (dict, list, tuple, Iterator)


@cache
def _encoder(below: str) -> json.JSONEncoder:
    return json.JSONEncoder(separators=(f",{below}", ": "))


def _line(kind: str, fields: dict[str, Any]) -> str:
    return inert_json(json.dumps({"version": VERSION, "type": kind, **fields})) + "\n"


def _slugs(verdict: Verdict) -> list[str]:
    return sorted(rule.slug for rule in verdict.rules_off)
