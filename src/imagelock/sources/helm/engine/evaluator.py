"""Evaluate the pipelines of templates."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from imagelock.sources.helm.engine.choice_functions import CHOICE_FUNCTIONS
from imagelock.sources.helm.engine.data import plain_text
from imagelock.sources.helm.engine.format_functions import FORMAT_FUNCTIONS
from imagelock.sources.helm.engine.list_functions import LIST_FUNCTIONS
from imagelock.sources.helm.engine.table_changes import CHANGING_FUNCTIONS, TableChanges
from imagelock.sources.helm.engine.table_functions import TABLE_FUNCTIONS
from imagelock.sources.helm.engine.text_functions import TEXT_FUNCTIONS
from imagelock.sources.helm.engine.values import (
    EMPTY,
    PROBE,
    Fragment,
    Number,
    Table,
    TemplateScope,
    Unknown,
    Value,
    Written,
    integer,
    is_small,
    unknown,
    written,
)
from imagelock.sources.helm.engine.yaml_text import to_yaml
from imagelock.sources.shared.work_budget import TooMuchError
from imagelock.syntax.go_template.nodes import FieldChain, Function, GoPipeline, Literal
from imagelock.syntax.go_template.parser import parse
from imagelock.syntax.go_template.tokens import GoTemplateError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.sources.helm.engine.defined_templates import DefinedTemplates
    from imagelock.sources.shared.work_budget import WorkBudget
    from imagelock.syntax.go_template.nodes import Body, Operand

_DEEPEST: Final = 150
"""How deep bodies and pipelines may be in each other, with those they include."""
_DEEPEST_INCLUDE: Final = 100
"""From this depth on, what a template includes is unknown."""
_DEEPEST_TENTATIVE: Final = 2
"""How often a template may include itself in parts that may not be written at all.

A template that walks a tree which is not known would take each of its branches at
each level, which tells no more than the first level does.
"""


class FailedBranchError(Exception):
    """A part that fails, so that its condition is not true where Helm renders it."""


class FailedTemplateError(Exception):
    """A template with which Helm fails: a tag with a digest is no SemVer version."""


class Evaluator:
    """Evaluates pipelines with the named *templates*.

    `is_incomplete` is set if a template is missing that could write anything.
    `is_tentative` is whether it is not known if the part is written at all.
    """

    def __init__(self, templates: DefinedTemplates, budget: WorkBudget) -> None:
        self.templates = templates
        self.budget = budget
        self.changes = TableChanges()
        self.is_incomplete = False
        self.is_tentative = False
        self.depth = 0
        self._tentative: Counter[str] = Counter()

    def render(self, body: Body, root: Value) -> Written:
        """Return what *body* writes with *root* as its dot and `$`.

        Raises:
            TooMuchError: it is too much work.
        """
        raise NotImplementedError

    def pipeline(self, pipeline: GoPipeline, scope: TemplateScope) -> Value:
        """Return the value of *pipeline*, and set its variables."""
        value = self.value(pipeline, scope)
        for name in pipeline.targets:
            if pipeline.declares:
                scope.variables.append((name, value))
            else:
                scope.assign(name, value)
        return value

    def value(self, pipeline: GoPipeline, scope: TemplateScope) -> Value:
        """Return the value of *pipeline*."""
        self.enter()
        value: Value = None
        for number, command in enumerate(pipeline.commands):
            last = [value] if number else []
            value = self._command(command, last, scope)
        self.depth -= 1
        return value

    def enter(self) -> None:
        """Go a level deeper.

        Raises:
            TooMuchError: that is too deep, or too much work.
        """
        self.budget.charge(0)
        self.depth += 1
        if self.depth > _DEEPEST:
            raise TooMuchError

    def include(self, name: str, dot: Value) -> Value:
        """Return what the template *name* writes with *dot*."""
        body = self.templates.bodies.get(name)
        if body is None:
            self.is_incomplete = self.is_incomplete or _is_whole(dot)
            return unknown([dot], is_foreign=True)
        is_tentative = self.is_tentative
        repetitions = self._tentative[name] if is_tentative else 0
        if self.depth > _DEEPEST_INCLUDE or repetitions > _DEEPEST_TENTATIVE:
            return unknown([dot])
        self.enter()
        self._tentative[name] += is_tentative
        try:
            return self.render(body, dot)
        finally:
            self._tentative[name] -= is_tentative
            self.depth -= 1

    def _command(
        self, command: tuple[Operand, ...], last: list[Value], scope: TemplateScope
    ) -> Value:
        operand, *others = command
        if isinstance(operand, Function):
            arguments = [self._operand(other, scope) for other in others] + last
            return self.call(operand.name, arguments)
        value = self._operand(operand, scope)
        if others or last:  # a method, such as that of `.Capabilities.APIVersions`
            return unknown([value, *last])
        return value

    def _operand(self, operand: Operand, scope: TemplateScope) -> Value:
        match operand:
            case Function():
                return self.call(operand.name, [])
            case FieldChain():
                return self._lookup(operand, scope)
            case Literal():
                return _constant(operand)

    def _lookup(self, lookup: FieldChain, scope: TemplateScope) -> Value:
        may_be_nil = False
        if lookup.start is None:
            value = scope.dot
        elif isinstance(lookup.start, str):
            value = scope.get(lookup.start)
        else:
            value, may_be_nil = self.value(lookup.start, scope), True
        for name in lookup.fields:
            if isinstance(value, Table):
                value = value.get(name)
            elif not (may_be_nil and value is None):
                return unknown([value])
            may_be_nil = False
        return value

    def call(self, name: str, arguments: Sequence[Value]) -> Value:
        """Return the value of the function *name*; unknown if it is not covered."""
        name = name.removeprefix("must").lower() if name.startswith("must") else name
        name = _MUST.get(name, name)
        if (function := _TEXT_FUNCTIONS.get(name)) is not None:
            value = function(arguments)
            if isinstance(value, Written):
                self.budget.charge(sum(len(piece.text) for piece in value.pieces))
            return unknown(arguments) if value is None else value
        if name in _DATA_FUNCTIONS:
            least, data_function = _DATA_FUNCTIONS[name]
            value = data_function(arguments) if len(arguments) >= least else Unknown()
            return unknown(arguments) if value == Unknown() else value
        if name in CHANGING_FUNCTIONS:
            least, change = CHANGING_FUNCTIONS[name]
            is_covered = len(arguments) >= least
            value = change(arguments, self.changes) if is_covered else Unknown()
            return unknown(arguments) if value == Unknown() else value
        return self._call_with_templates(name, arguments)

    def _call_with_templates(self, name: str, arguments: Sequence[Value]) -> Value:
        match name, arguments:
            case "include", [template, dot] if text := plain_text(template):
                return self.include(text, dot)
            case "tpl", [Written() as text, dot] if text.is_known:
                return self._evaluate(text, dot)
            case "toYaml", [value] if is_small(value):
                return to_yaml(value)
            case "fromYaml" | "fromJson", [Written(data=Table() as data)]:
                return data
            case "semver" | "semverCompare", _ if any(map(_is_probe, arguments)):
                raise FailedTemplateError
            case "fail", _:
                if self.is_tentative:
                    raise FailedBranchError
                return EMPTY
            case _:
                pass
        return unknown(arguments)

    def _evaluate(self, text: Written, dot: Value) -> Value:
        """Return what `tpl` makes of *text*: most texts have no action."""
        if "{{" not in text.text:
            return text
        self.budget.charge(len(text.text))
        try:
            template = parse(text.text)
        except GoTemplateError:
            return unknown([text])
        if template.defined:
            return unknown([text])
        self.enter()
        result = self.render(template.body, dot)
        self.depth -= 1
        origins = text.origins
        return Written(
            tuple(
                Fragment(
                    piece.text,
                    piece.origins | origins,
                    piece.is_known,
                    piece.is_foreign,
                )
                for piece in result.pieces
            )
        )


def _constant(literal: Literal) -> Value:
    match literal.value:
        case str(text):
            return _text(text)
        case bool() | None as constant:
            return constant
        case int(number):
            return integer(number)
        case float(number):
            return Number(number, repr(number))


@lru_cache(maxsize=1024)  # templates have the same few thousands of times
def _text(text: str) -> Written:
    return written(text)


_TEXT_FUNCTIONS: Final = {**FORMAT_FUNCTIONS, **TEXT_FUNCTIONS}
_DATA_FUNCTIONS: Final = {**CHOICE_FUNCTIONS, **LIST_FUNCTIONS, **TABLE_FUNCTIONS}

_MUST: Final = {
    "append": "append",
    "compact": "compact",
    "deepcopy": "deepCopy",
    "first": "first",
    "has": "has",
    "last": "last",
    "merge": "merge",
    "mergeoverwrite": "mergeOverwrite",
    "prepend": "prepend",
    "toyaml": "toYaml",
    "uniq": "uniq",
    "without": "without",
}
"""The functions of Sprig that have a form with `must`, in lower case."""


def _is_probe(value: Value) -> bool:
    return isinstance(value, Written) and PROBE in value.text


def _is_whole(dot: Value) -> bool:
    """Return whether a template with *dot* sees all values of a chart."""
    if not isinstance(dot, Table):
        return False
    return dot.is_root or any(
        isinstance(value, Table) and value.is_root for value in dot.values()
    )
