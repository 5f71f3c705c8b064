"""Variables of pipelines, whose values may hold further variables."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from imagelock.syntax.interpolation import Refusal, interpolate
from imagelock.syntax.yaml_json.paths import scalar_at
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from collections.abc import Callable

    from imagelock.sources.context import Context
    from imagelock.syntax.yaml_json.tree import Node

_NAME: Final = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*+)")
_DEEPEST: Final = 20
_MOST_CHARACTERS: Final = 1_000_000


@dataclass(slots=True)
class Variables:
    """The variables that count at one place.

    `lookup` returns a value as it is written, or `None`. Those that stand for
    themselves, however indirectly, or for more than a file may hold, are
    unknown.
    """

    lookup: Callable[[str], str | None]
    _known: dict[str, str | None] = field(default_factory=dict)
    _left: int = _MOST_CHARACTERS

    def within(self, text: str, depth: int = 0) -> dict[str, str]:
        """Return the final value of each known variable that *text* names."""
        names = dict.fromkeys(_NAME.findall(text))
        values = {name: self._value(name, depth) for name in names}
        return {name: value for name, value in values.items() if value is not None}

    def _value(self, name: str, depth: int) -> str | None:
        if name not in self._known:
            # Whoever asks for it in the meantime is asked by its own value.
            self._known[name] = None
            self._known[name] = self._expanded(name, depth)
        return self._known[name]

    def _expanded(self, name: str, depth: int) -> str | None:
        value = self.lookup(name)
        if value is not None and "$" in value:
            if depth == _DEEPEST:
                return None
            result = interpolate(value, self.within(value, depth + 1))
            if isinstance(result, Refusal) or result.unset:
                return None
            value = result.value
        self._left -= len(value or "")
        return value if self._left >= 0 else None


def variables_of(
    context: Context,
    *mappings: Node | None,
    varies: Callable[[str], bool] = lambda _: False,
) -> Variables:
    """Return what the configuration sets, and what *mappings* do; the first wins.

    A value in a mapping may be one itself, with a key `value` (GitLab). What
    *varies* tells of has several values, and is known from the configuration
    alone.
    """

    def lookup(name: str) -> str | None:
        for given in (context.environment, context.variables):
            if name in given:
                return given[name]
        if varies(name):
            return None
        nodes = (n.get(name) for n in mappings if isinstance(n, Mapping))
        return next((v for n in nodes if (v := _written(n)) is not None), None)

    return Variables(lookup)


def _written(node: Node | None) -> str | None:
    scalar = node if isinstance(node, Scalar) else scalar_at(node, "value")
    return None if scalar is None else "" if scalar.null else scalar.value
