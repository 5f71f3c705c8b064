"""Selectors of labels and annotations, as `kubectl get -l` has them.

    app=web, tier!=db, env in (dev, prod), env notin (test), canary, !canary

See `labels.Parse` in Kubernetes' `apimachinery/pkg/labels/selector.go`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEY: Final = r"(?P<key>[\w./-]+)"
_REQUIREMENT: Final = re.compile(
    rf"\s*(?:(?P<absent>!)\s*{_KEY}"
    rf"|{_KEY.replace('key', 'equal')}\s*(?P<sign>==?|!=)\s*(?P<value>[\w.-]*)"
    rf"|{_KEY.replace('key', 'among')}\s+(?P<word>in|notin)\s*\((?P<values>[^()]*)\)"
    rf"|{_KEY.replace('key', 'present')})\s*(?:,|$)"
)


@dataclass(frozen=True, slots=True)
class _Requirement:
    """The values of `key` that are wanted, or with `is_not` are not; any if `None`."""

    key: str
    values: frozenset[str] | None
    is_not: bool

    def is_met(self, pairs: Mapping[str, str]) -> bool:
        value = pairs.get(self.key)
        is_there = value is not None and (self.values is None or value in self.values)
        return is_there is not self.is_not


@dataclass(frozen=True, slots=True)
class LabelSelector:
    """All of these requirements. The empty selector selects everything."""

    requirements: tuple[_Requirement, ...] = ()

    @classmethod
    def parse(cls, text: str) -> LabelSelector | None:
        """Return the selector that *text* is, or `None` if it is not understood."""
        requirements: list[_Requirement] = []
        end = 0
        while text[end:].strip():
            match = _REQUIREMENT.match(text, end)
            if match is None:
                return None
            end = match.end()
            requirements.append(_requirement(match))
        return cls(tuple(requirements))

    def selects(self, pairs: Mapping[str, str]) -> bool:
        """Return whether an object with these labels, or annotations, is selected."""
        return all(requirement.is_met(pairs) for requirement in self.requirements)


EVERYTHING: Final = LabelSelector()


def _requirement(match: re.Match[str]) -> _Requirement:
    if key := match["equal"]:
        return _Requirement(key, frozenset({match["value"]}), match["sign"] == "!=")
    if key := match["among"]:
        values = frozenset(value.strip() for value in match["values"].split(","))
        return _Requirement(key, values, match["word"] == "notin")
    return _Requirement(match["key"] or match["present"], None, bool(match["absent"]))
