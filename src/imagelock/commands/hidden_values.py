"""Errors of registries without the values of variables, which may be secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.commands.selection import unlocked_as_written

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from imagelock.errors import RegistryError
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


def _hidden(error: RegistryError, key: Reference, text: str) -> RegistryError:
    replaced = {str(key): text, key.familiar: text}
    for part in (key.name, key.registry, key.repository, key.tag):
        if part and len(part) >= _SHORTEST and part not in text:
            replaced.setdefault(part, "…")
    names = "|".join(map(re.escape, sorted(replaced, key=len, reverse=True)))
    pattern = re.compile(rf"(?<![\w.-])(?:{names})(?![\w-])")

    def without(message: str) -> str:
        return pattern.sub(lambda match: replaced[match[0]], message)

    hidden = type(error)(
        without(str(error)), hint=without(error.hint) if error.hint else None
    )
    hidden.as_written = text
    return hidden
