"""Variables of pipelines, whose values may hold further variables."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field
from imagelock.model.occurrence import VariableAssignment
from imagelock.syntax.interpolation import Refusal, interpolate
from imagelock.syntax.yaml_json.offset_map import map_offsets
from imagelock.syntax.yaml_json.paths import scalar_at
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.shared.source_file import SourceFile
    from imagelock.syntax.interpolation import Interpolation
    from imagelock.syntax.yaml_json.tree import Node

ReadScalar = Callable[["Text", Scalar], str | None]
"""How a tool reads a scalar in a text; see `plain_numbers`."""

_NAME: Final = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]*+)")
_OPERATOR: Final = re.compile(r"\$\{[A-Za-z_][A-Za-z0-9_]*+[^A-Za-z0-9_}]")
_DEEPEST: Final = 20
_MOST_CHARACTERS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class VariableText:
    """The value of a variable before its own variables are replaced.

    `scalar` is where `file` writes it; both are `None` for one of the configuration.
    """

    text: str
    file: SourceFile | None = None
    scalar: Scalar | None = None

    @classmethod
    def of(
        cls, file: SourceFile, node: Node | None, text_of: ReadScalar
    ) -> VariableText | None:
        """Return the value that *node* of *file* is for a tool, by *text_of*.

        `None` for what is no scalar, and for a scalar that is no text for the tool.
        """
        if not isinstance(node, Scalar):
            return None
        text = text_of(file.text, node)
        return None if text is None else cls(text, file, node)

    def assignment(self, name: str) -> VariableAssignment | None:
        """Return the assignment of the variable *name*, if a file writes it."""
        if self.file is None or self.scalar is None or not self.text:
            return None
        source = self.file.text
        spelling = map_offsets(source.value, self.scalar)
        start, end = spelling.range(0, len(self.scalar.value))
        span = source.span(start, end)
        return VariableAssignment(name, self.file.path, span, source.value[start:end])


@dataclass(slots=True)
class PipelineVariables:
    """The variables that count at one place.

    `lookup` returns the value of a variable by its name, or `None`. Variables that
    contain themselves, however indirectly, are unknown, and so are all that would take
    the values beyond a million characters. With `names_only`, the tool replaces names,
    and knows no `${NAME:-default}`.
    """

    lookup: Callable[[str], VariableText | None]
    names_only: bool = False
    _values: dict[str, str | None] = field(default_factory=dict)
    _budget: int = _MOST_CHARACTERS

    def replaced(self, text: str, depth: int = 0) -> Interpolation | None:
        """Return *text* with the values of its variables, if they are all known."""
        if self.names_only and _OPERATOR.search(text):
            return None
        result = interpolate(text, self.within(text, depth))
        return None if isinstance(result, Refusal) or result.unset else result

    def within(self, text: str, depth: int = 0) -> dict[str, str]:
        """Return the final value of each known variable that *text* names."""
        names = dict.fromkeys(_NAME.findall(text))
        values = {name: self._value(name, depth) for name in names}
        return {name: value for name, value in values.items() if value is not None}

    def assignments(self, text: str) -> tuple[VariableAssignment, ...]:
        """Return what files assign to the variables in *text*, and to those in these."""
        found: dict[str, VariableAssignment | None] = {}
        waiting = _NAME.findall(text)
        while waiting and len(found) < _DEEPEST:
            name = waiting.pop(0)
            value = self.lookup(name) if name not in found else None
            if value is not None:
                found[name] = value.assignment(name)
                waiting += _NAME.findall(value.text)[:_DEEPEST]
        return tuple(assignment for assignment in found.values() if assignment)

    def _value(self, name: str, depth: int) -> str | None:
        if name not in self._values:
            # A variable that needs it for its own value meets it as unknown.
            self._values[name] = None
            self._values[name] = self._expanded(name, depth)
        return self._values[name]

    def _expanded(self, name: str, depth: int) -> str | None:
        variable = self.lookup(name)
        value = variable.text if variable else None
        if value is not None and "$" in value:
            if depth == _DEEPEST:
                return None
            result = self.replaced(value, depth + 1)
            if result is None:
                return None
            value = result.value
        self._budget -= len(value or "")
        return value if self._budget >= 0 else None


def as_written(text: Text, scalar: Scalar) -> str | None:
    """Return the value of *scalar*, for a tool that takes numbers as they are written."""
    del text
    return scalar.value


def variables_of(
    context: Context,
    *mappings: tuple[SourceFile, Node | None],
    varies: Callable[[str], bool] = lambda _: False,
    text_of: ReadScalar = as_written,
    names_only: bool = False,
) -> PipelineVariables:
    """Return the variables of the configuration and of *mappings*; the first wins.

    Each mapping comes with the file that it is in. A value in a mapping may itself be
    a mapping with a key `value` (GitLab). A variable that *varies*, as in a matrix, has
    a value in the configuration alone. *text_of* is how the tool reads a scalar, and
    *names_only* is as in `PipelineVariables`.
    """

    def lookup(name: str) -> VariableText | None:
        for configured in (context.environment, context.variables):
            if name in configured:
                return VariableText(configured[name])
        if varies(name):
            return None
        for file, mapping in mappings:
            node = mapping.get(name) if isinstance(mapping, Mapping) else None
            scalar = node if isinstance(node, Scalar) else scalar_at(node, "value")
            if scalar is not None:
                value = "" if scalar.null else text_of(file.text, scalar)
                return None if value is None else VariableText(value, file, scalar)
        return None

    return PipelineVariables(lookup, names_only)
