"""Which nodes of a GitLab pipeline name images, and with which variables."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
from imagelock.sources.shared.located_values import LocatedValue
from imagelock.sources.shared.matrix import VARIABLE, Matrix
from imagelock.sources.shared.pipeline_variables import variables_of
from imagelock.sources.shared.plain_numbers import python_text
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.sources.context import Context
    from imagelock.sources.gitlab_ci.pipeline import Job, Pipeline, PipelineFile
    from imagelock.sources.shared.matrix_parts import MatrixJob
    from imagelock.sources.shared.pipeline_variables import PipelineVariables
    from imagelock.syntax.yaml_json.tree import Node

_PROXY: Final = re.compile(
    r"\$(?:CI_DEPENDENCY_PROXY_(?:DIRECT_)?GROUP_IMAGE_PREFIX"
    r"|\{CI_DEPENDENCY_PROXY_(?:DIRECT_)?GROUP_IMAGE_PREFIX\})/"
)
_KEYS: Final = ("image", "services")
_MOST_ANCESTORS: Final = 50
_DEEPEST: Final = 10
"""How deep `!reference` may be nested, as in GitLab."""

_LONGEST_REFERENCE: Final = 20
_MOST_VARIANTS: Final = 200
"""GitLab's own limit of jobs that one matrix makes."""


_MATRIX: Final = Matrix(
    VARIABLE,
    owner=0,
    paths=("parallel.matrix.[].NAME", "parallel.matrix.[].NAME.[]"),
    root="parallel.matrix",
)


@dataclass(frozen=True, slots=True)
class _Scope:
    """The file that an image is written in, and the variables of the job that uses it.

    `matrix` is the job that has its matrix: itself, or one that it extends.
    """

    file: PipelineFile
    variables: PipelineVariables
    matrix: Job | None = None


class PipelineImages:
    """Finds the images of a pipeline, in whichever of its files they are written."""

    def __init__(self, pipeline: Pipeline, context: Context) -> None:
        self._pipeline = pipeline
        self._context = context
        self._visits = VisitLimit()
        self._global = pipeline.top("variables")
        self._values: defaultdict[PurePosixPath, list[LocatedValue]] = defaultdict(list)

    def by_file(self) -> defaultdict[PurePosixPath, list[LocatedValue]]:
        """Return the images by the path of the file that they are written in."""
        variables = variables_of(
            self._context, *self._global, text_of=python_text, names_only=True
        )
        for file in self._pipeline.files:
            for document in file.documents:
                top = NodeRef(document)
                for at in (top, self._below(top, "default")):
                    if at is not None:
                        for key in _KEYS:
                            self._collect(_Scope(file, variables), at, key)
            for job in file.jobs():
                self._add_job(job)
        return self._values

    def _add_job(self, job: Job) -> None:
        """Add the images of *job*, those that it inherits included."""
        ancestry = self._ancestry(job)
        mappings = [(a.file.source, a.node.get("variables")) for a in ancestry]
        matrices = [m for ancestor in ancestry if (m := _matrix(ancestor.node))]
        variables = variables_of(
            self._context,
            *mappings,
            *self._global,
            varies=lambda name: any(_has(matrix, name) for matrix in matrices),
            text_of=python_text,
            names_only=True,
        )
        matrix = next((a for a in ancestry if _matrix(a.node)), None)
        for key in _KEYS:
            owner = next((a for a in ancestry if _decides(a.node, key)), None)
            if owner is not None:
                at = NodeRef(owner.node, (None, job.name), None, owner.is_duplicate_key)
                self._collect(_Scope(owner.file, variables, matrix), at, key)

    def _ancestry(self, job: Job) -> list[Job]:
        """Return *job* and the jobs that it extends, by their precedence."""
        ancestry: dict[int, Job] = {}
        waiting = [job]
        while waiting and len(ancestry) < _MOST_ANCESTORS:
            ancestor = waiting.pop()
            if id(ancestor) not in ancestry:
                ancestry[id(ancestor)] = ancestor
                # The last of the list wins, and is taken next.
                jobs = self._pipeline.jobs
                names = _names(ancestor.node.get("extends"))
                waiting.extend(jobs[name] for name in names if name in jobs)
        return list(ancestry.values())

    def _collect(self, scope: _Scope, at: NodeRef, key: str) -> None:
        """Add the images at *key* of the mapping *at*."""
        if (value := self._below(at, key)) is not None:
            self._add(scope, value, 0)

    def _below(self, at: NodeRef, key: str) -> NodeRef | None:
        """Return the value of *key* in the mapping *at*, if there is one."""
        if not isinstance(at.node, Mapping) or (node := at.node.get(key)) is None:
            return None
        is_duplicate_key = at.is_duplicate_key or key in at.node.duplicate_keys
        return NodeRef(node, (at.path, key), at.node, is_duplicate_key)

    def _add(self, scope: _Scope, at: NodeRef, depth: int) -> None:
        """Add the images of *at*: a text, a mapping with `name`, or a list of these."""
        node = at.node
        if not self._visits.allow(node, "name") or depth > _DEEPEST:
            return
        if isinstance(node, Scalar):
            self._add_text(scope, at)
        elif isinstance(node, Mapping):
            self._collect(scope, at, "name")
        elif node.tag == "!reference":
            if target := self._referenced(node):
                file, referenced = target
                inner = NodeRef(referenced, at.path, at.parent, at.is_duplicate_key)
                self._add(replace(scope, file=file), inner, depth + 1)
        else:
            for index, item in enumerate(node.items):
                inner = NodeRef(item, (at.path, index), node, at.is_duplicate_key)
                self._add(scope, inner, depth + 1)

    def _add_text(self, scope: _Scope, at: NodeRef) -> None:
        """Add the image *at*, and those that a matrix has for the variable it is."""
        owner = scope.matrix
        top = NodeRef(owner.node, (None, owner.name)) if owner else None
        text = owner.file.source.text if owner else scope.file.source.text
        jobs = _MATRIX.jobs(text, top, at, scope.variables) if top else ()
        for each in jobs:
            self._add_image(scope.file, scope.variables, at, each)
        if jobs:
            return
        self._add_image(scope.file, scope.variables, at)
        if (job := owner) is not None and top is not None:
            for value in _MATRIX.values(top, at, scope.variables):
                self._add_image(job.file, scope.variables, value)

    def _add_image(
        self,
        file: PipelineFile,
        variables: PipelineVariables,
        at: NodeRef,
        job: MatrixJob | None = None,
    ) -> None:
        value = LocatedValue(at, variables=variables, prefix=_PROXY, job=job)
        self._values[file.source.path].append(value)

    def _referenced(self, reference: Sequence) -> tuple[PipelineFile, Node] | None:
        """Return the node that `!reference [job, key, …]` stands for, and its file."""
        steps = reference.items[:_LONGEST_REFERENCE]
        name, *keys = [k.value for k in steps if isinstance(k, Scalar)] or [""]
        job = self._pipeline.jobs.get(name)
        node: Node | None = job.node if job else None
        for key in keys:
            node = _child(node, key)
        return (job.file, node) if job and node is not None else None


def _child(node: Node | None, key: str) -> Node | None:
    if isinstance(node, Mapping):
        return node.get(key)
    if isinstance(node, Sequence) and re.fullmatch(r"[0-9]{1,6}", key):
        return node.items[int(key)] if int(key) < len(node.items) else None
    return None


def _matrix(job: Mapping) -> Sequence | None:
    """Return `parallel: {matrix: […]}`, by which a job runs with several values."""
    parallel = job.get("parallel")
    matrix = parallel.get("matrix") if isinstance(parallel, Mapping) else None
    return matrix if isinstance(matrix, Sequence) else None


def _has(matrix: Sequence, name: str) -> bool:
    items = matrix.items[:_MOST_VARIANTS]
    return any(isinstance(item, Mapping) and name in item.items for item in items)


def _decides(node: Mapping, key: str) -> bool:
    """Return whether *node* sets *key*; options of an image alone do not."""
    value = node.get(key)
    if key == "image" and isinstance(value, Mapping):
        return value.get("name") is not None
    return value is not None


def _names(node: Node | None) -> Iterator[str]:
    items = node.items if isinstance(node, Sequence) else (node,)
    for item in items[-_MOST_ANCESTORS:]:
        if isinstance(item, Scalar) and not item.null:
            yield item.value
