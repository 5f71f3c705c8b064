"""What is known of a fleet, as documents of the JSON contract."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from imagelock.report.as_json import document
from imagelock.report.as_json.scans import assessment_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from imagelock.errors import RegistryError
    from imagelock.fleet.behind import BehindResult
    from imagelock.fleet.collect import CollectResult
    from imagelock.fleet.locked_tags import LockedDigest
    from imagelock.fleet.merge import MergeResult
    from imagelock.fleet.resolve import ResolveResult
    from imagelock.fleet.scan import FleetScan
    from imagelock.fleet.split import SplitResult
    from imagelock.fleet.stats import Statistics
    from imagelock.fleet.where import WhereResult
    from imagelock.model.reference import Reference


def collected(result: CollectResult) -> str:
    """Return the output of `fleet collect --format json`."""
    return document(**asdict(result))


def merged(result: MergeResult) -> str:
    """Return the output of `fleet merge --format json`."""
    return document(**asdict(result))


def places(result: WhereResult) -> str:
    """Return the output of `fleet where --format json`."""
    return document(
        places=[
            {"image": question, **asdict(place), "platform": place.platform or None}
            for question, found in result.places.items()
            for place in found
        ],
        not_found=[question for question, found in result.places.items() if not found],
        unscanned=result.unscanned,
        unreadable=result.unreadable,
    )


def split_tags(result: SplitResult) -> str:
    """Return the output of `fleet split --format json`."""
    return document(
        tags=[
            {"reference": tag.reference, "digests": [*map(digest_object, tag.digests)]}
            for tag in result.tags
        ],
        unreadable=result.unreadable,
    )


def behind_tags(result: BehindResult) -> str:
    """Return the output of `fleet behind --format json`."""
    return document(
        tags=[
            {
                "reference": tag.reference,
                "current": tag.current,
                "digests": [*map(digest_object, tag.digests)],
            }
            for tag in result.tags
        ],
        repositories=[
            {"repository": name, "images": images, "left": name in result.left}
            for name, images in result.repositories().items()
        ],
        asked=result.asked,
        failures=_failures(result.failures),
        unreadable=result.unreadable,
    )


def resolved(result: ResolveResult) -> str:
    """Return the output of `fleet resolve --format json`."""
    return document(
        asked=result.asked,
        kept=result.kept,
        moved=[
            {"reference": str(reference), "digest": str(digest)}
            for reference, digest in result.moved.items()
        ],
        not_found=[*map(str, result.missing)],
        failures=_failures(result.failures),
        unreadable=result.unreadable,
    )


def statistics(result: Statistics) -> str:
    """Return the output of `fleet stats --format json`."""
    return document(
        **result.counts,
        images=[asdict(use) for use in result.images],
        registries=[asdict(use) for use in result.registries],
        oldest_read=result.oldest_read,
        unreadable=result.unreadable,
    )


def _failures(failures: Mapping[Reference, RegistryError]) -> list[dict[str, str]]:
    return [
        {"reference": str(reference), "reason": str(error)}
        for reference, error in failures.items()
    ]


def scanned(run: FleetScan) -> str:
    """Return the output of `fleet scan --format json`."""
    return document(
        images=(
            {
                **assessment_object(each.assessment),
                "image_digest": each.digest,
                "places": place_objects(each.places),
            }
            for each in run.platforms
        ),
        scanners=list(run.scanners),
        broken_reports=[each.message for each in run.broken_reports],
        unreadable=run.unreadable,
    )


def place_objects(places: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """Return lockfiles: their repositories, and their paths in these."""
    return [
        {"repository": repository, "lockfile": lockfile}
        for repository, lockfile in places
    ]


def digest_object(locked: LockedDigest) -> dict[str, Any]:
    """Return a locked digest with its places."""
    return {
        "digest": locked.digest,
        "release": locked.release,
        "places": place_objects(locked.places),
    }
