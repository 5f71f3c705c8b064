"""Evaluate templates: what they write, and from which scalars that comes."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass
from imagelock.sources.helm.engine.evaluator import (
    Evaluator,
    FailedBranchError,
)
from imagelock.sources.helm.engine.values import (
    GAP,
    NOTHING,
    NOWHERE,
    Fragment,
    Table,
    TemplateScope,
    Unknown,
    Value,
    Written,
    integer,
    is_true,
    origins_of,
    shown,
    written,
)
from imagelock.syntax.go_template.nodes import (
    Choice,
    Leave,
    Loop,
    Output,
    Plain,
    TemplateCall,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.sources.helm.engine.defined_templates import DefinedTemplates
    from imagelock.sources.shared.work_budget import WorkBudget
    from imagelock.syntax.go_template.nodes import Body, Node


@dataclass(frozen=True, slots=True)
class _Alternative:
    """A body that may be written, with its dot and new variables."""

    body: Body
    dot: Value
    variables: tuple[tuple[str, Value], ...] = ()


class Coverage(IntEnum):
    """Which conditions are overridden, to see what a chart can write at all.

    `DECIDED` is what the values decide. `DISABLED` also writes a part that has an
    image if its condition is false and there is no other part in its place, and
    `EVERYTHING` each such part.
    """

    DECIDED = 0
    DISABLED = 1
    EVERYTHING = 2


class Engine(Evaluator):
    """Evaluates templates, with the named ones that they include.

    `asides` are texts that are written only under a condition which is not known, or
    which `coverage` overrides.
    """

    def __init__(
        self, templates: DefinedTemplates, budget: WorkBudget, coverage: Coverage
    ) -> None:
        super().__init__(templates, budget)
        self.coverage = coverage
        self.asides: list[Written] = []

    def render(self, body: Body, root: Value) -> Written:
        """Return what *body* writes with *root* as its dot and `$`."""
        pieces: list[Fragment] = []
        self._write(body, TemplateScope(root, [("", root)]), pieces)
        return Written(tuple(pieces))

    def _write(
        self, body: Body, scope: TemplateScope, out: list[Fragment]
    ) -> Leave | None:
        self.enter()
        variables = len(scope.variables)
        leave = None
        for node in body:
            if leave := self._write_node(node, scope, out):
                break
        del scope.variables[variables:]
        self.depth -= 1
        return leave

    def _write_node(
        self, node: Node, scope: TemplateScope, out: list[Fragment]
    ) -> Leave | None:
        match node:
            case Plain():
                out.append(Fragment(node.value))
            case Output():
                value = self.pipeline(node.pipeline, scope)
                if not node.pipeline.targets:
                    out += shown(value).pieces
            case Choice():
                return self._choose(node, scope, out)
            case Loop():
                self._repeat(node, scope, out)
            case TemplateCall():
                dot = self.pipeline(node.pipeline, scope) if node.pipeline else None
                out += shown(self.include(node.name, dot)).pieces
            case Leave():
                return node
        self.budget.charge(len(out[-1].text) if out else 0)
        return None

    def _choose(
        self, node: Choice, scope: TemplateScope, out: list[Fragment]
    ) -> Leave | None:
        """Write the branch of an `if` or `with` that the values choose."""
        variables = len(scope.variables)
        chosen: _Alternative | None = None
        maybe: list[_Alternative] = []
        others: list[_Alternative] = []
        for branch in node.branches:
            value: Value = True
            if branch.condition and not chosen:
                value = self.pipeline(branch.condition, scope)
            is_dot = node.sets_dot and branch.condition
            part = _Alternative(branch.body, value if is_dot else scope.dot)
            truth = is_true(value)
            if chosen or truth is False:
                others.append(part)
            elif truth and not maybe:
                chosen = part
            else:
                maybe.append(part)
        leave = self._write_part(chosen, scope, out) if chosen else None
        if maybe:
            out.append(self._write_maybe(maybe, scope))
        if not (chosen or maybe) or self.coverage is Coverage.EVERYTHING:
            self._write_overridden(others, scope)
        del scope.variables[variables:]
        return leave

    def _repeat(self, node: Loop, scope: TemplateScope, out: list[Fragment]) -> None:
        """Write the body of a `range` for each item."""
        value, targets = self.value(node.pipeline, scope), node.pipeline.targets
        items = _items(value)
        if not items:
            some = Unknown(origins_of(value))
            part = _Alternative(
                node.body, some, tuple((name, some) for name in targets)
            )
            if items is None:
                out.append(self._write_maybe([part], scope))
            else:
                self._write_overridden([part], scope)
                self._write(node.otherwise, scope, out)
            return
        for key, item in items:
            values = (item,) if len(targets) == 1 else (key, item)
            new = tuple(zip(targets, values, strict=False))
            leave = self._write_part(_Alternative(node.body, item, new), scope, out)
            if leave and leave.ends_loop:
                break

    def _write_part(
        self, part: _Alternative, scope: TemplateScope, out: list[Fragment]
    ) -> Leave | None:
        dot, variables = scope.dot, len(scope.variables)
        scope.dot = part.dot
        scope.variables += part.variables
        leave = self._write(part.body, scope, out)
        scope.dot = dot
        del scope.variables[variables:]
        return leave

    def _write_maybe(
        self, parts: Sequence[_Alternative], scope: TemplateScope
    ) -> Fragment:
        """Return a gap for *parts*, of which it is not known which is written.

        Parts with images of their own are asides. Variables that a part changes are
        unknown after it, and so are the keys of tables. Nothing is written if Helm
        would fail with each of them.
        """
        before = list(scope.variables)
        origins = NOWHERE
        changes = []
        is_written = False
        for part in parts:
            with self.changes.taken_back() as changed:
                pieces = self._write_tentatively(part, scope)
            if pieces is None:
                scope.variables[:] = before
                continue
            is_written = True
            changes += changed
            origins = origins.union(*(piece.origins for piece in pieces))
            for at, (old, new) in enumerate(zip(before, scope.variables, strict=True)):
                if old[1] is not new[1]:
                    before[at] = (old[0], Unknown(origins_of([old[1], new[1]])))
            scope.variables[:] = before
        for table, key, value in changes:
            self.changes.blur(table, key, value)
        return Fragment(GAP, origins, is_known=False) if is_written else NOTHING

    def _write_tentatively(
        self, part: _Alternative, scope: TemplateScope
    ) -> list[Fragment] | None:
        """Write *part* aside; `None` if Helm fails with it, which then is not so."""
        depth, dot, is_tentative = self.depth, scope.dot, self.is_tentative
        self.is_tentative = True
        try:
            return self._write_aside(part, scope)
        except FailedBranchError:
            self.depth, scope.dot = depth, dot
            return None
        finally:
            self.is_tentative = is_tentative

    def _write_overridden(
        self, parts: Sequence[_Alternative], scope: TemplateScope
    ) -> None:
        """Keep what *parts* would write as asides, if they have images."""
        if self.coverage is Coverage.DECIDED:
            return
        before = list(scope.variables)
        for part in parts:
            if self.templates.has_image(part.body):
                with self.changes.taken_back():
                    self._write_tentatively(part, scope)
                scope.variables[:] = before

    def _write_aside(self, part: _Alternative, scope: TemplateScope) -> list[Fragment]:
        pieces: list[Fragment] = []
        self._write_part(part, scope, pieces)
        if self.templates.has_image(part.body):
            self.asides.append(Written(tuple(pieces)))
        return pieces


def _items(value: Value) -> list[tuple[Value, Value]] | None:
    """Return the items of *value* with their keys, as `range` does."""
    if isinstance(value, Table):
        return [(written(key), value[key]) for key in sorted(value)]
    if isinstance(value, list):
        return [(integer(number), item) for number, item in enumerate(value)]
    return [] if value is None else None
