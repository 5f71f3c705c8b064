"""Values as objects of the JSON contract."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, assert_never

from imagelock.model.occurrence import Occurrence, Skipped
from imagelock.model.utc_text import utc_text
from imagelock.report.as_json.images import signer_object
from imagelock.report.facts import move_link

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import PurePosixPath

    from imagelock.commands.history.history import ImageHistory, UnreadableVersion
    from imagelock.commands.history.timeline import Move
    from imagelock.commands.list import ReferenceStatus
    from imagelock.commands.list_groups import ReferenceGroup
    from imagelock.errors import RegistryError
    from imagelock.model.finding import Finding
    from imagelock.model.newer_tags import TagStatus
    from imagelock.model.occurrence import Found
    from imagelock.model.reference import Reference
    from imagelock.model.registry_status import Diagnosis, MirrorUse, Quota
    from imagelock.registry.answers.model import AnswersUse

_VARIABLE: Final = re.compile(r"\$\{?([\w.]+)")
_SECRET: Final = re.compile(
    r"(?i)(?:pass(?:word|wd|phrase)?|pwd|secret|token|credentials?|(?:^|[_.])key)\Z"
)
"""The end of the name of a variable whose value nobody is to see."""


def finding_object(finding: Finding) -> dict[str, Any]:
    """Return a finding, with its place and other places."""
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


def mirror_objects(mirrors: Iterable[MirrorUse]) -> list[dict[str, Any]]:
    """Return the mirrors that answered for registries."""
    return [
        {"registry": use.registry, "mirror": use.mirror, "tags": use.tags}
        for use in mirrors
    ]


def answers_object(use: AnswersUse) -> dict[str, Any]:
    """Return which answers in files were used; ages are in seconds."""
    return {
        "used": use.used,
        "oldest": use.oldest and utc_text(use.oldest),
        "age": None if use.age is None else int(use.age.total_seconds()),
        "outdated": use.outdated,
    }


def failure_objects(
    failures: Mapping[Reference, RegistryError],
) -> list[dict[str, Any]]:
    """Return the images that could not be asked for."""
    return [
        {
            "reference": None if error.as_written else str(key),
            "message": str(error),
            "hint": error.hint,
        }
        for key, error in failures.items()
    ]


def tag_object(status: TagStatus) -> dict[str, Any]:
    """Return the newer tags of an image."""
    return {
        "reference": str(status.reference),
        "tag": status.reference.tag,
        "patch": status.newest.patch,
        "minor": status.newest.minor,
        "major": status.newest.major,
        "digest_moved": status.digest_moved,
    }


def diagnosis_object(diagnosis: Diagnosis) -> dict[str, Any]:
    """Return how a registry is reached, and what stands in the way."""
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


def row_object(row: ReferenceStatus) -> dict[str, Any]:
    """Return a place that `list` shows."""
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
        "signer": signer_object(row.image),
        "ignores": sorted(place.ignores),
        "held": row.held,
    }


def count_object(group: ReferenceGroup) -> dict[str, int]:
    """Return how many files, places, and places of each status *group* has."""
    return {name.replace("-", "_"): count for name, count in group.counts.items()}


def _is_secret(found: Occurrence, status: str) -> bool:
    """Return whether a variable decides *found* that has a secret, by its name.

    What is locked is shown.
    """
    if status == "locked" or found.as_written is None:
        return False
    names = (*found.variables, *_VARIABLE.findall(found.place.text))
    return any(_SECRET.search(name) for name in names)


def _reference(found: Found, status: str) -> dict[str, Any]:
    match found:
        case Occurrence(variables=variables, origins=origins):
            shown = None if _is_secret(found, status) else str(found.reference)
            return {
                "reference": shown,
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


def history_object(history: ImageHistory, folder: PurePosixPath) -> dict[str, Any]:
    """Return how an image of the project in *folder* moved, oldest move first."""
    return {
        "reference": str(history.timeline.reference),
        "project": str(folder),
        "flapping": history.timeline.is_flapping,
        "moves": [_move_object(move) for move in history.timeline.moves],
        "seen": [
            {"digest": str(sighting.digest), "date": utc_text(sighting.since)}
            for sighting in history.seen
        ],
    }


def unreadable_version_object(
    version: UnreadableVersion, folder: PurePosixPath
) -> dict[str, Any]:
    """Return a version of the lockfile of the project in *folder* that was left out."""
    return {
        "project": str(folder),
        "commit": version.commit.revision,
        "date": utc_text(version.commit.date),
        "message": version.reason,
    }


def _move_object(move: Move) -> dict[str, Any]:
    old, new = move.old, move.new
    return {
        "digest": str(new.digest) if new else None,
        "commit": move.commit.revision,
        "date": utc_text(move.commit.date),
        "kind": move.kind.value,
        "release": new.release if new else None,
        "revision": new.revision if new else None,
        "stood_seconds": None
        if move.stood is None
        else int(move.stood.total_seconds()),
        "subject": move.commit.subject,
        "previous": str(old.digest) if old else None,
        "other_reference": str(move.other) if move.other else None,
        "link": move_link(move),
    }
