"""Put locked digests into a stream of Kubernetes manifests: `render`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.commands.edit_proof import (
    only_expected_scalars_changed,
    unexpected_changes,
)
from imagelock.commands.pin import NOT_LOCKED, Wish, pin
from imagelock.commands.selection import wanted
from imagelock.model.edit import apply
from imagelock.model.finding import Finding, Rule, Severity
from imagelock.model.occurrence import Judgement, Occurrence, Skipped
from imagelock.model.source_text import Text
from imagelock.sources.context import Context
from imagelock.sources.kubernetes import kubernetes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagelock.commands.pin import Plan
    from imagelock.lockfile.model import Lockfile
    from imagelock.model.occurrence import Found

STREAM: Final = PurePosixPath("stdin.yaml")
"""What findings call standard input; the ending lets both forms be read."""
_CONFIGURATION: Final = "functionConfig"


@dataclass(frozen=True, slots=True)
class Rendered:
    """The manifests with digests, and what could not be given one."""

    data: bytes
    findings: tuple[Finding, ...]


def render(data: bytes, lockfile: Lockfile, *, allow_unlocked: bool) -> Rendered:
    """Return the manifests in *data* with the locked digests, else byte by byte.

    *data* is YAML or JSON: a stream of objects, or a `ResourceList` of the KRM
    functions specification, whose `functionConfig` is not touched. An image
    without a lock entry is an error, or a warning with *allow_unlocked*.

    Raises:
        UnreadableFileError: *data* is binary, or damaged UTF-16.
    """
    text = Text.decode(data)
    found = _found(text)
    chosen = [one for one in found if not _is_configuration(one)]
    plan = pin(chosen, lockfile, Wish(keys=wanted(chosen)), lambda _: text)
    new = apply(data, plan.edits.get(STREAM, ()))
    findings = [*_skipped(chosen), *_kept(plan, allow_unlocked=allow_unlocked)]
    if not _is_proven(text, Text.decode(new), found, plan):
        first = plan.moves[0].occurrence
        message = "the manifests would not name the same images as before"
        findings.append(_finding(first, Rule.UNREADABLE_FILE, message))
    return Rendered(new, tuple(findings))


def _found(text: Text) -> list[Found]:
    context = Context(read=lambda _: None, platforms=())
    return list(kubernetes.find(STREAM, text, context))


def _is_configuration(one: Found) -> bool:
    return all(use.split(".")[0] == _CONFIGURATION for use in one.place.uses)


def _is_proven(old: Text, new: Text, found: Sequence[Found], plan: Plan) -> bool:
    if not plan.moves:
        return True
    return only_expected_scalars_changed(
        STREAM, old, new, len(plan.moves)
    ) and not unexpected_changes(found, _found(new), plan.wanted)


def _kept(plan: Plan, *, allow_unlocked: bool) -> Iterator[Finding]:
    for kept in plan.kept:
        if kept.reason == NOT_LOCKED:
            if kept.occurrence.reference.digest is None:
                severity = Severity.WARNING if allow_unlocked else Severity.ERROR
                rule = Rule.NOT_LOCKED
                yield _finding(kept.occurrence, rule, kept.reason, severity)
        elif kept.occurrence.reference.digest:
            message = "its digest is not the one that is locked"
            yield _finding(kept.occurrence, Rule.DIGEST_MISMATCH, message)
        else:
            yield _finding(kept.occurrence, Rule.NOT_LOCKED, kept.reason)


def _skipped(found: Sequence[Found]) -> Iterator[Finding]:
    for one in found:
        if isinstance(one, Skipped):
            match one.reason.judgement:
                case Judgement.UNREADABLE:
                    yield _finding(one, Rule.UNREADABLE_FILE, one.detail)
                case Judgement.INVALID:
                    yield _finding(one, Rule.INVALID_REFERENCE, one.detail)
                case Judgement.SKIPPED:
                    yield _finding(one, Rule.SKIPPED, one.detail)
                case Judgement.INTERNAL | Judgement.IGNORED:
                    pass


def _finding(
    one: Found, rule: Rule, message: str, severity: Severity | None = None
) -> Finding:
    name = f"`{one.reference.key.familiar}`: " if isinstance(one, Occurrence) else ""
    return Finding(
        rule=rule,
        severity=rule.severity if severity is None else severity,
        message=f"{name}{message}",
        path=STREAM,
        span=one.place.span,
    )
