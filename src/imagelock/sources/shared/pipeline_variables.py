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
class PipelineVariables:
    """The variables that count at one place.

    `lookup` returns the value of a variable before its own variables are replaced,
    or `None`. Variables that contain themselves, however indirectly, are unknown,
    and so are all that would take the values beyond a million characters.
    """

    lookup: Callable[[str], str | None]
    _values: dict[str, str | None] = field(default_factory=dict)
    _budget: int = _MOST_CHARACTERS

    def within(self, text: str, depth: int = 0) -> dict[str, str]:
        """Return the final value of each known variable that *text* names."""
        names = dict.fromkeys(_NAME.findall(text))
        values = {name: self._value(name, depth) for name in names}
        return {name: value for name, value in values.items() if value is not None}

    def _value(self, name: str, depth: int) -> str | None:
        if name not in self._values:
            # A variable that needs it for its own value meets it as unknown.
            self._values[name] = None
            self._values[name] = self._expanded(name, depth)
        return self._values[name]

    def _expanded(self, name: str, depth: int) -> str | None:
        value = self.lookup(name)
        if value is not None and "$" in value:
            if depth == _DEEPEST:
                return None
            result = interpolate(value, self.within(value, depth + 1))
            if isinstance(result, Refusal) or result.unset:
                return None
            value = result.value
        self._budget -= len(value or "")
        return value if self._budget >= 0 else None


def variables_of(
    context: Context,
    *mappings: Node | None,
    varies: Callable[[str], bool] = lambda _: False,
) -> PipelineVariables:
    """Return the variables of the configuration and of *mappings*; the first wins.

    A value in a mapping may itself be a mapping with a key `value` (GitLab). A
    variable that *varies*, as in a matrix, has a value in the configuration alone.
    """

    def lookup(name: str) -> str | None:
        for configured in (context.environment, context.variables):
            if name in configured:
                return configured[name]
        if varies(name):
            return None
        nodes = (node.get(name) for node in mappings if isinstance(node, Mapping))
        values = (_text_of(node) for node in nodes)
        return next((value for value in values if value is not None), None)

    return PipelineVariables(lookup)


def _text_of(node: Node | None) -> str | None:
    scalar = node if isinstance(node, Scalar) else scalar_at(node, "value")
    return None if scalar is None else "" if scalar.null else scalar.value
