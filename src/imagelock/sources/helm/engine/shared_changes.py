"""Which templates change tables that others see: the values, or the dot.

A template that neither writes an image nor changes such a table need not be evaluated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.helm.engine.table_changes import CHANGING_FUNCTIONS
from imagelock.syntax.go_template.nodes import (
    Choice,
    FieldChain,
    Function,
    GoPipeline,
    Literal,
    Loop,
    Output,
    TemplateCall,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.syntax.go_template.nodes import Body, Operand

_MAKERS: Final = frozenset(
    {"deepCopy", "dict", "fromJson", "fromYaml", "mustDeepCopy", "omit", "pick"}
)
"""Functions whose table nothing else has."""

_CHANGERS: Final = frozenset((*CHANGING_FUNCTIONS, "mustMerge", "mustMergeOverwrite"))


def changes_shared(body: Body) -> bool:
    """Return whether *body* itself changes a table that it did not make."""
    pipelines = list(pipelines_of(body))
    shared = {
        name
        for pipeline in pipelines
        if not _makes_table(pipeline)
        for name in pipeline.targets
    }
    return any(
        _is_shared(command[1], shared)
        for pipeline in pipelines
        for command in commands_of(pipeline)
        if len(command) > 1 and _is_function(command[0], _CHANGERS)
    )


def included_by(body: Body) -> set[str]:
    """Return the names of the templates that *body* itself includes."""
    names = {node.name for node in _nodes(body) if isinstance(node, TemplateCall)}
    for pipeline in pipelines_of(body):
        for command in commands_of(pipeline):
            match command:
                case (Function("include"), Literal(str(name)), *_):
                    names.add(name)
                case _:
                    pass
    return names


def pipelines_of(body: Body) -> Iterator[GoPipeline]:
    """Yield the pipelines in *body*, at any depth of its nodes."""
    for node in _nodes(body):
        match node:
            case Output() | Loop():
                yield node.pipeline
            case TemplateCall(pipeline=GoPipeline() as pipeline):
                yield pipeline
            case Choice():
                yield from (part.condition for part in node.branches if part.condition)
            case _:
                pass


def commands_of(pipeline: GoPipeline) -> Iterator[tuple[Operand, ...]]:
    """Yield the commands of *pipeline* and of the pipelines in it."""
    for command in pipeline.commands:
        yield command
        for operand in command:
            if isinstance(operand, FieldChain) and isinstance(
                operand.start, GoPipeline
            ):
                yield from commands_of(operand.start)


def _nodes(body: Body) -> Iterator[object]:
    for node in body:
        yield node
        if isinstance(node, Choice):
            for branch in node.branches:
                yield from _nodes(branch.body)
        elif isinstance(node, Loop):
            yield from _nodes(node.body)
            yield from _nodes(node.otherwise)


def _is_shared(operand: Operand, shared: set[str]) -> bool:
    """Return whether *operand* may be a table that others see."""
    if not isinstance(operand, FieldChain):
        return False
    if isinstance(operand.start, GoPipeline):
        return bool(operand.fields) or not _makes_table(operand.start)
    return not operand.start or bool(operand.fields) or operand.start in shared


def _makes_table(pipeline: GoPipeline) -> bool:
    """Return whether the value of *pipeline* is a new table, or one that is changed."""
    function, *arguments = pipeline.commands[-1]
    if _is_function(function, _CHANGERS) and arguments:
        return not _is_shared(arguments[0], set())
    if isinstance(function, FieldChain) and isinstance(function.start, GoPipeline):
        return not function.fields and _makes_table(function.start)
    return isinstance(function, Literal) or _is_function(function, _MAKERS)


def _is_function(operand: Operand, names: frozenset[str]) -> bool:
    return isinstance(operand, Function) and operand.name in names
