"""Compare the files of a project with its lockfile, without a network."""

from __future__ import annotations

from imagelock.commands.selection import is_complete
from imagelock.dataclass import replace
from imagelock.light_typing import TYPE_CHECKING, Final, assert_never
from imagelock.lockfile.model import LOCKFILE
from imagelock.model.finding import Finding, Rule, Severity
from imagelock.model.occurrence import Judgement, Occurrence, Skipped
from imagelock.model.span import FILE_START, Span

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from imagelock.lockfile.model import Lockfile
    from imagelock.model.image import Image
    from imagelock.model.occurrence import Found, Place
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference

_RUN_LOCK: Final = "run `imagelock lock`"


def compare_files(
    found: Sequence[Found],
    lockfile: Lockfile,
    used: Collection[Reference] | None = None,
) -> Iterator[Finding]:
    """Yield the findings where the files and the lockfile do not agree.

    *used* are the references in *found*, if that is everything that the project names:
    an entry which is not among them is stale.
    """
    for item in found:
        match item:
            case Occurrence():
                yield from _compare_occurrence(item, lockfile)
            case Skipped():
                yield from _skipped(item)
            case _:
                assert_never(item)
    if used is not None and is_complete(found):
        yield from _stale_entries(used, lockfile)


def skipped_findings(found: Iterable[Found]) -> Iterator[Finding]:
    """Yield the findings about values in *found* that cannot be locked."""
    for item in found:
        if isinstance(item, Skipped):
            yield from _skipped(item)


def compare_platforms(
    places: Mapping[Reference, Sequence[Place]],
    lockfile: Lockfile,
    platforms: Sequence[Platform],
    *,
    declared: bool,
    own: Mapping[Reference, Sequence[Platform]] | None = None,
) -> Iterator[Finding]:
    """Yield the platforms that an image in *places*, or the whole lockfile, lacks.

    It is an error if the user *declared* the platforms, and a note if they are the
    default. *own* has the images for which the user declared others.
    """
    own = own or {}
    severity = Rule.PLATFORM_MISSING.severity if declared else Severity.NOTE
    unknown = [str(p) for p in platforms if p not in lockfile.platforms]
    if unknown and lockfile.images:
        yield Finding(
            rule=Rule.PLATFORM_MISSING,
            severity=Severity.ERROR,
            message=f"the lockfile was made without {', '.join(unknown)}",
            path=LOCKFILE,
            span=FILE_START,
            hint=_meant(p for p in platforms if p not in lockfile.platforms)
            or _RUN_LOCK,
        )
        return
    for key, (place, *others) in places.items():
        if (image := lockfile.images.get(key)) is None:
            continue
        if not image.is_complete:
            yield Finding(
                rule=Rule.PLATFORM_MISSING,
                severity=Severity.NOTE,
                message=f"`{key.familiar}` was imported: its platforms are not known",
                path=place.path,
                span=place.span,
                reference=key,
                hint=_RUN_LOCK,
            )
        for platform in missing(image, own.get(key, platforms) if own else platforms):
            yield Finding(
                rule=Rule.PLATFORM_MISSING,
                severity=Rule.PLATFORM_MISSING.severity if key in own else severity,
                message=f"`{key.familiar}` has no manifest for {platform}",
                path=place.path,
                span=place.span,
                reference=key,
                also=tuple(others),
                hint=_meant([platform])
                or "set `platforms` in `imagelock.toml` to those that you run on",
            )


def _meant(platforms: Iterable[Platform]) -> str | None:
    """Return the question whether others are meant than *platforms* with wrong names."""
    similar = [name for platform in platforms if (name := platform.similar)]
    return f"did you mean `{', '.join(similar)}`?" if similar else None


def missing(image: Image, platforms: Iterable[Platform]) -> list[Platform]:
    """Return the declared platforms that *image* lacks; artifacts have none at all."""
    locked = [manifest.platform for manifest in image.platforms]
    if not locked and not image.is_index:
        return []
    # Nearly all are there as they are declared.
    left = [platform for platform in platforms if platform not in locked]
    return [p for p in left if not any(p.covers(other) for other in locked)]


def _compare_occurrence(
    occurrence: Occurrence, lockfile: Lockfile
) -> Iterator[Finding]:
    image = lockfile.images.get(occurrence.reference.key)
    written = occurrence.reference.digest
    if image is None:
        message = f"`{occurrence.shown}` is not in the lockfile"
        finding = _at(occurrence, Rule.NOT_LOCKED, message, _RUN_LOCK)
        yield replace(finding, as_written=occurrence.as_written)
    elif written is not None and written != image.digest:
        message = (
            f"`{occurrence.reference.key.familiar}` is written with"
            f" {written.abbreviated} and locked to {image.digest.abbreviated}"
        )
        hint = "correct the file, or run `imagelock lock` to adopt its digest"
        yield _at(occurrence, Rule.DIGEST_MISMATCH, message, hint)


def _at(occurrence: Occurrence, rule: Rule, message: str, hint: str) -> Finding:
    return Finding(
        rule=rule,
        severity=rule.severity,
        message=message,
        path=occurrence.place.path,
        span=occurrence.place.span,
        reference=occurrence.reference,
        hint=hint,
    )


def _skipped(skipped: Skipped) -> Iterator[Finding]:
    match skipped.reason.judgement:
        case Judgement.INTERNAL | Judgement.IGNORED:
            return
        case Judgement.SKIPPED:
            rule = Rule.SKIPPED
        case Judgement.INVALID:
            rule = Rule.INVALID_REFERENCE
        case Judgement.UNREADABLE:
            rule = Rule.UNREADABLE_FILE
        case _:
            assert_never(skipped.reason.judgement)
    yield Finding(
        rule=rule,
        severity=rule.severity,
        message=skipped.detail,
        path=skipped.place.path,
        span=skipped.place.span,
        hint=skipped.hint,
    )


def _stale_entries(
    used: Collection[Reference], lockfile: Lockfile
) -> Iterator[Finding]:
    for key in lockfile.images:
        if key not in used:
            yield Finding(
                rule=Rule.STALE_ENTRY,
                severity=Rule.STALE_ENTRY.severity,
                message=f"`{key.familiar}` is locked, but no file uses it",
                path=LOCKFILE,
                span=Span(0, 0, lockfile.lines.get(key, 1), 1),
                reference=key,
                hint=_RUN_LOCK,
            )
