"""Messages of registries without the values of variables, which may be secret."""

from __future__ import annotations

import re

from imagelock.commands.selection import unlocked_as_written
from imagelock.dataclass import replace
from imagelock.light_typing import TYPE_CHECKING, Final
from imagelock.model.reference import DOCKER_HUB

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from imagelock.errors import RegistryError
    from imagelock.model.finding import Finding
    from imagelock.model.occurrence import Found
    from imagelock.model.reference import Reference

_SHORTEST: Final = 6
"""Shorter parts of a reference, such as the tag `1`, are words of many messages."""


def hide_values(
    failures: Mapping[Reference, RegistryError],
    findings: Iterable[Found],
    locked: Collection[Reference],
) -> dict[Reference, RegistryError]:
    """Return *failures*, in which what is written stands for values of variables.

    The values that *locked* keys have are in the lockfile and stay.
    """
    written = unlocked_as_written(findings, locked) if failures else {}
    return {
        key: _hidden(error, key, written[key]) if key in written else error
        for key, error in failures.items()
    }


def hide_in_findings(
    findings: Iterable[Finding],
    everything: Sequence[Found],
    locked: Callable[[], Collection[Reference]],
) -> list[Finding]:
    """Return *findings*, in which what is written stands for values of variables.

    *everything* is what the project names. *locked* returns the keys that are in the
    lockfile, whose values stay; it is called only if it matters.
    """
    findings = list(findings)
    written = unlocked_as_written(everything, ()) if findings else {}
    if not any(_needs_hiding(finding, written) for finding in findings):
        return findings
    written = unlocked_as_written(everything, locked())
    return [
        _hidden_finding(finding, written[finding.reference.key])
        if finding.reference and _needs_hiding(finding, written)
        else finding
        for finding in findings
    ]


def _needs_hiding(finding: Finding, written: Mapping[Reference, str]) -> bool:
    reference = finding.reference
    return not finding.as_written and reference is not None and reference.key in written


def _hidden_finding(finding: Finding, text: str) -> Finding:
    if finding.reference is None:
        return finding
    without = _replacer(finding.reference, text)
    hint = without(finding.hint) if finding.hint else None
    message = without(finding.message)
    return replace(finding, message=message, hint=hint, as_written=text)


def _hidden(error: RegistryError, key: Reference, text: str) -> RegistryError:
    from copy import copy  # few errors have values

    without = _replacer(key, text)
    hidden = copy(error)  # what else it knows stays
    hidden.args = (without(str(error)),)
    hidden.hint = without(error.hint) if error.hint else None
    hidden.as_written = text
    return hidden


def _replacer(reference: Reference, text: str) -> Callable[[str], str]:
    """Return a function that puts *text* for *reference* into a message."""
    key = reference.key
    replaced = {
        str(key): text,
        key.familiar: text,
        str(reference): text,
        reference.familiar: text,
    }
    registry = "" if key.registry == DOCKER_HUB else key.registry
    for part in (registry, key.repository.removeprefix("library/"), key.tag):
        if part and len(part) >= _SHORTEST and part not in text:
            replaced.setdefault(part, "…")
    names = "|".join(map(re.escape, sorted(replaced, key=len, reverse=True)))
    pattern = re.compile(rf"(?<![\w.-])(?:{names})(?![\w-])")

    def without(message: str) -> str:
        return pattern.sub(lambda match: replaced[match[0]], message)

    return without
