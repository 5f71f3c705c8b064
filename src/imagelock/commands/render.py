"""Write locked digests into a stream of Kubernetes manifests: `render`."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.commands.editing.edit_plan import Obstacle
from imagelock.commands.editing.edit_proof import (
    only_expected_scalars_changed,
    unexpected_changes,
)
from imagelock.commands.editing.pin_plan import PinOptions, plan_pins
from imagelock.commands.selection import required_digests
from imagelock.dataclass import dataclass
from imagelock.model.edit import apply
from imagelock.model.finding import Finding, Rule, Severity
from imagelock.model.occurrence import Judgement, Occurrence, Reason, Skipped
from imagelock.model.source_text import Text
from imagelock.sources.context import Context
from imagelock.sources.kubernetes import kubernetes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagelock.commands.editing.edit_plan import EditPlan
    from imagelock.lockfile.model import Lockfile
    from imagelock.model.occurrence import Found

STREAM: Final = PurePosixPath("stdin.yaml")
"""The name of standard input in findings; the suffix allows YAML and JSON."""
_CONFIGURATION: Final = "functionConfig"


@dataclass(frozen=True, slots=True)
class Rendered:
    """The manifests with digests, and the findings about those without."""

    data: bytes
    findings: tuple[Finding, ...]


def render(data: bytes, lockfile: Lockfile, *, allow_unlocked: bool) -> Rendered:
    """Return the manifests in *data* with the locked digests, otherwise unchanged.

    *data* is YAML or JSON: a stream of objects, or a `ResourceList` of the KRM
    functions specification, whose `functionConfig` is not touched. An image
    without a lock entry is an error, or a warning with *allow_unlocked*.

    Raises:
        UnreadableFileError: *data* is binary, or damaged UTF-16.
    """
    text = Text.decode(data)
    found = _found(text)
    chosen = [item for item in found if not _is_configuration(item)]
    options = PinOptions(keys=required_digests(chosen))
    plan = plan_pins(chosen, lockfile, options, lambda _: text)
    new = apply(data, plan.edits.get(STREAM, ()))
    findings = [*_skipped(chosen), *_unpinned(plan, allow_unlocked=allow_unlocked)]
    if not _is_proven(text, Text.decode(new), found, plan):
        first = plan.planned[0].occurrence
        message = "the manifests would not name the same images as before"
        findings.append(_finding(first, Rule.UNREADABLE_FILE, message))
    return Rendered(new, tuple(findings))


def _found(text: Text) -> list[Found]:
    context = Context(read=lambda _: None, platforms=())
    return list(kubernetes.find(STREAM, text, context))


def _is_configuration(found: Found) -> bool:
    return all(use.split(".")[0] == _CONFIGURATION for use in found.place.uses)


def _is_proven(old: Text, new: Text, found: Sequence[Found], plan: EditPlan) -> bool:
    if not plan.planned:
        return True
    return only_expected_scalars_changed(
        STREAM, old, new, len(plan.planned)
    ) and not unexpected_changes(found, _found(new), plan.expected_references)


def _unpinned(plan: EditPlan, *, allow_unlocked: bool) -> Iterator[Finding]:
    for unchanged in plan.unchanged:
        if unchanged.obstacle is Obstacle.NOT_LOCKED:
            if unchanged.occurrence.reference.digest is None:
                severity = Severity.WARNING if allow_unlocked else Severity.ERROR
                rule = Rule.NOT_LOCKED
                yield _finding(unchanged.occurrence, rule, unchanged.reason, severity)
        elif unchanged.occurrence.reference.digest:
            message = "its digest is not the one that is locked"
            yield _finding(unchanged.occurrence, Rule.DIGEST_MISMATCH, message)
        else:
            yield _finding(unchanged.occurrence, Rule.NOT_LOCKED, unchanged.reason)


def _skipped(found: Sequence[Found]) -> Iterator[Finding]:
    for item in found:
        if isinstance(item, Skipped):
            if item.reason is Reason.UNPARSEABLE_WITHOUT_IMAGE:
                # What goes to the cluster is refused: the cluster may read it.
                yield _finding(item, Rule.UNREADABLE_FILE, item.detail)
            match item.reason.judgement:
                case Judgement.UNREADABLE:
                    yield _finding(item, Rule.UNREADABLE_FILE, item.detail)
                case Judgement.INVALID:
                    yield _finding(item, Rule.INVALID_REFERENCE, item.detail)
                case Judgement.SKIPPED:
                    yield _finding(item, Rule.SKIPPED, item.detail)
                case Judgement.INTERNAL | Judgement.IGNORED:
                    pass


def _finding(
    found: Found, rule: Rule, message: str, severity: Severity | None = None
) -> Finding:
    name = (
        f"`{found.reference.key.familiar}`: " if isinstance(found, Occurrence) else ""
    )
    return Finding(
        rule=rule,
        severity=rule.severity if severity is None else severity,
        message=f"{name}{message}",
        path=STREAM,
        span=found.place.span,
    )
