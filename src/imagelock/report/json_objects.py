"""Values as objects of the JSON contract: see `as_json.py`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, assert_never

from imagelock.errors import RegistryError
from imagelock.model.occurrence import Occurrence, Skipped
from imagelock.model.utc_text import utc_text
from imagelock.report.facts import move_link, source_link

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import PurePosixPath

    from imagelock.commands.base_chain import BaseChain
    from imagelock.commands.bases import BaseStatus
    from imagelock.commands.history import ImageHistory, UnreadableVersion
    from imagelock.commands.list import ReferenceStatus
    from imagelock.commands.timeline import Move
    from imagelock.model.base_image import BaseImage
    from imagelock.model.change import Change
    from imagelock.model.digest import Digest
    from imagelock.model.finding import Finding
    from imagelock.model.image import Image
    from imagelock.model.image_details import ImageDiff, ImageFacts
    from imagelock.model.newer_tags import TagStatus
    from imagelock.model.occurrence import Found
    from imagelock.model.provenance import Provenance
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


def base_object(status: BaseStatus) -> dict[str, Any]:
    """Return the base of an image, compared with what its tag has now."""
    built_on = status.built_on
    base = built_on.base
    return {
        "reference": str(built_on.reference),
        "platforms": [str(platform) for platform in built_on.platforms],
        "status": status.state.value,
        **_stated_base(base),
        "now": _text(status.now),
        "reason": status.reason,
    }


def chain_objects(
    chains: Mapping[Reference, Sequence[BaseChain] | RegistryError], key: Reference
) -> dict[str, Any]:
    """Return the bases of the image *key*, by its platforms, the nearest first."""
    answer = chains.get(key, ())
    if isinstance(answer, RegistryError):
        return {"bases": None, "error": str(answer)}
    rows = [
        {
            "platforms": [str(platform) for platform in chain.platforms],
            "chain": [
                {
                    **_stated_base(base),
                    "scratch": base.is_scratch,
                    "reason": base.unknown_reason,
                }
                for base in chain.bases
            ],
        }
        for chain in answer
    ]
    return {"bases": rows, "error": None}


def _stated_base(base: BaseImage) -> dict[str, Any]:
    return {
        "base": str(base.reference.key) if base.reference else None,
        "digest": _text(base.reference.digest if base.reference else None),
        "stated_by": base.evidence.value if base.evidence else None,
        "candidates": [str(each) for each in base.candidates],
    }


def _text(digest: Digest | None) -> str | None:
    return str(digest) if digest else None


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
