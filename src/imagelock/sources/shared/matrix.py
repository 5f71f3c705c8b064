"""Images in a matrix: the values of a variable that is a whole image somewhere else."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.syntax.yaml_json.paths import NodeRef, children
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.source_text import Text
    from imagelock.sources.shared.matrix_parts import MatrixJob
    from imagelock.sources.shared.pipeline_variables import PipelineVariables
    from imagelock.syntax.yaml_json.tree import Node

VARIABLE: Final = re.compile(r"\$(?P<brace>\{)?(?P<name>\w++)(?(brace)\})")
"""A value that is a variable: `$NAME` or `${NAME}`."""

_EACH: Final = frozenset({"[]", "*"})
_MOST_JOBS: Final = 256
"""How many values count: the most jobs that GitHub makes of a matrix."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Where the values of a matrix are, and how an image names one of them.

    `expression` matches a whole value, with the dotted `name` of the variable in it.
    Its values are at `paths` in the node that the first `owner` steps of a path lead
    to, or all but as many of the last ones. In a path, `[]` is each item of a list, `*`
    each key, `NAME` the name, or the first part of a dotted one, and `REST` its further
    parts.

    The whole matrix is at the path `root`, and with `include_alone`, a list `include`
    in it takes the place of its others.
    """

    expression: re.Pattern[str]
    owner: int
    paths: tuple[str, ...]
    root: str = ""
    include_alone: bool = False

    def jobs(
        self,
        text: Text,
        document: NodeRef,
        at: NodeRef,
        variables: PipelineVariables | None,
    ) -> list[MatrixJob]:
        """Return the jobs of the matrix in *document* that differ in the name *at*.

        There are none if no variable of it is a part of the name, or its values are not
        all known.
        """
        value = at.node.value if isinstance(at.node, Scalar) else ""
        if not self.root or self.expression.fullmatch(value.strip()):
            return []
        names = dict.fromkeys(m["name"] for m in self.expression.finditer(value))
        owner = _below(document, _steps(at)[: self.owner]) if names else None
        matrix = _below(owner, [*self.root.split(".")]) if owner else None
        if matrix is None:
            return []
        # Loaded where a name has a part of a matrix.
        from imagelock.sources.shared.matrix_parts import MatrixJob, jobs_of

        own = [name for name in names if _may_have(matrix.node, name.partition(".")[0])]
        if not own or (variables and any(variables.within(f"${n}") for n in own)):
            return []
        jobs = jobs_of(text, matrix.node, own, include_alone=self.include_alone)
        return [MatrixJob(self.expression, tuple(job.items())) for job in jobs or ()]

    def values(
        self, document: NodeRef, at: NodeRef, variables: PipelineVariables | None
    ) -> Iterator[NodeRef]:
        """Yield the values that the matrix in *document* has for the text of *at*.

        There are none for one of *variables*: the configuration sets it.
        """
        text = at.node.value if isinstance(at.node, Scalar) else ""
        match = self.expression.fullmatch(text)
        if match is None or (variables and variables.within(text)):
            return
        first, *rest = match["name"].split(".")
        owner = _below(document, _steps(at)[: self.owner])
        if owner is None:
            return
        for path in self.paths:
            steps = [
                inner
                for step in path.split(".")
                for inner in {"NAME": [first], "REST": rest}.get(step, [step])
            ]
            yield from islice(_scalars(owner, steps), _MOST_JOBS)


def _may_have(matrix: Node, name: str) -> bool:
    """Return whether *matrix* may have values of the variable *name*."""
    items = matrix.items if isinstance(matrix, Sequence) else (matrix,)
    include = matrix.get("include") if isinstance(matrix, Mapping) else None
    entries = include.items if isinstance(include, Sequence) else ()
    return any(
        isinstance(item, Mapping) and name in item.items for item in (*items, *entries)
    )


def _steps(at: NodeRef) -> list[str | int]:
    steps: list[str | int] = []
    path = at.path
    while path is not None:
        path, step = path
        steps.append(step)
    return steps[::-1]


def _scalars(at: NodeRef, steps: list[str]) -> Iterator[NodeRef]:
    """Yield the scalars at *steps* below *at*."""
    if not steps:
        if isinstance(at.node, Scalar):
            yield at
        return
    for inner in _inside(at, steps[0]):
        yield from _scalars(inner, steps[1:])


def _inside(at: NodeRef, step: str) -> Iterator[NodeRef]:
    if step in _EACH:
        is_list = isinstance(at.node, Sequence)
        for key, _, _ in islice(children(at.node), _MOST_JOBS):
            child = _below(at, [key]) if is_list == (step == "[]") else None
            if child is not None:
                yield child
    elif (child := _below(at, [step])) is not None:
        yield child


def _below(at: NodeRef, steps: list[str | int]) -> NodeRef | None:
    """Return what *steps* lead to from *at*, if there is something."""
    for step in steps:
        node: Node | None = None
        twice = at.is_duplicate_key
        if isinstance(at.node, Mapping):
            node = at.node.get(str(step))
            twice = twice or step in at.node.duplicate_keys
        elif isinstance(at.node, Sequence) and isinstance(step, int):
            node = at.node.items[step]
        if node is None:
            return None
        at = NodeRef(node, (at.path, step), at.node, twice)
    return at


OF_WORKFLOW: Final = Matrix(
    VARIABLE,
    owner=0,
    paths=("matrix.NAME.[]", "matrix.include.[].NAME"),
    root="matrix",
    include_alone=True,
)
"""The matrix of a workflow of Woodpecker, or of Crow CI, which comes from it."""
