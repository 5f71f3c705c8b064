"""Compare the files of a project with its lockfile; no network is needed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, assert_never

from imagelock.commands.selection import is_complete
from imagelock.lockfile.model import LOCKFILE
from imagelock.model.finding import Finding, Rule, Severity
from imagelock.model.occurrence import Judgement, Occurrence, Skipped
from imagelock.model.span import Span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from imagelock.lockfile.model import Lockfile
    from imagelock.model.image import Image
    from imagelock.model.occurrence import Found, Place
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference

_RUN_LOCK: Final = "run `imagelock lock`"


def compare_files(
    found: Sequence[Found], lockfile: Lockfile, *, whole: bool
) -> Iterator[Finding]:
    """Yield where the files and the lockfile do not agree.

    *whole* tells that *found* is all that the project names, so that an entry
    which is not among it is stale.
    """
    for one in found:
        match one:
            case Occurrence():
                yield from _occurrence(one, lockfile)
            case Skipped():
                yield from _skipped(one)
            case _:
                assert_never(one)
    if whole and is_complete(found):
        yield from _stale(found, lockfile)


def compare_platforms(
    found: Iterable[Found],
    lockfile: Lockfile,
    platforms: Sequence[Platform],
    *,
    declared: bool,
    own: Mapping[Reference, Sequence[Platform]] | None = None,
) -> Iterator[Finding]:
    """Yield the platforms that an image, or the whole lockfile, lacks.

    It is an error if the user *declared* the platforms, and a note if they are
    the default. *own* are the images for which the user declared others.
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
            span=Span(0, 0, 1, 1),
            hint=_RUN_LOCK,
        )
        return
    for key, (place, *others) in uses(found).items():
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
        for platform in missing(image, own.get(key, platforms)):
            yield Finding(
                rule=Rule.PLATFORM_MISSING,
                severity=Rule.PLATFORM_MISSING.severity if key in own else severity,
                message=f"`{key.familiar}` has no manifest for {platform}",
                path=place.path,
                span=place.span,
                reference=key,
                also=tuple(others),
                hint="set `platforms` in `imagelock.toml` to those that you run on",
            )


def missing(image: Image, platforms: Iterable[Platform]) -> list[Platform]:
    """Return the declared platforms that *image* lacks; artifacts have none at all."""
    has = [manifest.platform for manifest in image.platforms]
    if not has and not image.is_index:
        return []
    return [p for p in platforms if not any(p.covers(one) for one in has)]


def uses(found: Iterable[Found]) -> dict[Reference, list[Place]]:
    """Return each key with the places that use it, of which there is at least one."""
    places: dict[Reference, list[Place]] = {}
    for one in found:
        if isinstance(one, Occurrence):
            places.setdefault(one.reference.key, []).append(one.place)
    return places


def arrange(
    findings: Iterable[Finding],
    severities: Mapping[Rule, Severity],
    ignored: frozenset[Rule],
) -> list[Finding]:
    """Return *findings* by place, each as severe as the project says.

    What is ignored, or off, is left out.
    """
    kept = []
    for finding in findings:
        severity = severities.get(finding.rule, finding.severity)
        if finding.rule not in ignored and severity is not Severity.OFF:
            kept.append(replace(finding, severity=severity))
    return sorted(kept, key=_place)


def _place(finding: Finding) -> tuple[str, int, int, str, str]:
    line, column = (finding.span.line, finding.span.column) if finding.span else (0, 0)
    return str(finding.path), line, column, finding.rule.slug, finding.message


def _occurrence(one: Occurrence, lockfile: Lockfile) -> Iterator[Finding]:
    image = lockfile.images.get(one.reference.key)
    written = one.reference.digest
    if image is None:
        message = f"`{one.reference.familiar}` is not in the lockfile"
        yield _at(one, Rule.NOT_LOCKED, message, _RUN_LOCK)
    elif written is not None and written != image.digest:
        message = (
            f"`{one.reference.key.familiar}` is written with {written.algorithm}:"
            f"{written.short} and locked to {image.digest.algorithm}:{image.digest.short}"
        )
        hint = "correct the file, or run `imagelock lock` to take over its digest"
        yield _at(one, Rule.DIGEST_MISMATCH, message, hint)


def _at(one: Occurrence, rule: Rule, message: str, hint: str) -> Finding:
    return Finding(
        rule=rule,
        severity=rule.severity,
        message=message,
        path=one.place.path,
        span=one.place.span,
        reference=one.reference,
        hint=hint,
    )


def _skipped(one: Skipped) -> Iterator[Finding]:
    match one.reason.judgement:
        case Judgement.INTERNAL | Judgement.IGNORED:
            return
        case Judgement.SKIPPED:
            rule = Rule.SKIPPED
        case Judgement.INVALID:
            rule = Rule.INVALID_REFERENCE
        case Judgement.UNREADABLE:
            rule = Rule.UNREADABLE_FILE
        case _:
            assert_never(one.reason.judgement)
    yield Finding(
        rule=rule,
        severity=rule.severity,
        message=one.detail,
        path=one.place.path,
        span=one.place.span,
        hint=one.hint,
    )


def _stale(found: Iterable[Found], lockfile: Lockfile) -> Iterator[Finding]:
    used = uses(found)
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
