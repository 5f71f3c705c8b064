"""Which nodes of a GitLab pipeline name images, and with which variables."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imagelock.sources.shared.located_values import Hit
from imagelock.sources.shared.variables import variables_of
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.sources.context import Context
    from imagelock.sources.gitlab_ci.project import File, Job, Project
    from imagelock.sources.shared.variables import Variables
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


@dataclass(frozen=True, slots=True)
class _Asked:
    """The file in which a name is written, and the variables of who uses it."""

    file: File
    variables: Variables


class PipelineHits:
    """Finds the hits of a pipeline, file by file."""

    def __init__(self, project: Project, context: Context) -> None:
        self._project = project
        self._context = context
        self._visits = VisitLimit()
        self._global = project.top("variables")
        self._doubled: dict[int, frozenset[str]] = {}
        self._hits: defaultdict[PurePosixPath, list[Hit]] = defaultdict(list)

    def by_file(self) -> defaultdict[PurePosixPath, list[Hit]]:
        """Return the hits by the path of the file that they are written in."""
        variables = variables_of(self._context, *self._global)
        for file in self._project.files:
            for document in file.documents:
                top = NodeRef(document)
                for at in (top, self._below(top, "default")):
                    if at is not None:
                        for key in _KEYS:
                            self._collect(_Asked(file, variables), at, key)
            for job in file.jobs():
                self._job(job)
        return self._hits

    def _job(self, job: Job) -> None:
        """Collect what *job* says, and what it takes over from those it extends."""
        family = self._family(job)
        own = [one.node.get("variables") for one in family]
        matrices = [matrix for one in family if (matrix := _matrix(one.node))]
        variables = variables_of(
            self._context,
            *own,
            *self._global,
            varies=lambda name: any(_has(matrix, name) for matrix in matrices),
        )
        for key in _KEYS:
            one = next((one for one in family if _says(one.node, key)), None)
            if one is not None:
                at = NodeRef(one.node, (None, job.name), None, one.is_duplicate_key)
                self._collect(_Asked(one.file, variables), at, key)

    def _family(self, job: Job) -> list[Job]:
        """Return *job* and what it extends, the ones that win first."""
        family: dict[int, Job] = {}
        waiting = [job]
        while waiting and len(family) < _MOST_ANCESTORS:
            one = waiting.pop()
            if id(one) not in family:
                family[id(one)] = one
                # The last of the list wins, and is taken next.
                jobs = self._project.jobs
                names = _names(one.node.get("extends"))
                waiting.extend(jobs[name] for name in names if name in jobs)
        return list(family.values())

    def _collect(self, asked: _Asked, at: NodeRef, key: str) -> None:
        """Add what *key* of the mapping *at* names."""
        if (value := self._below(at, key)) is not None:
            self._name(asked, value, 0)

    def _below(self, at: NodeRef, key: str) -> NodeRef | None:
        """Return the value of *key* in the mapping *at*, if there is one."""
        if not isinstance(at.node, Mapping) or (node := at.node.get(key)) is None:
            return None
        is_duplicate_key = at.is_duplicate_key or key in self._twice(at.node)
        return NodeRef(node, (at.path, key), at.node, is_duplicate_key)

    def _twice(self, node: Mapping) -> frozenset[str]:
        """Return the doubled keys of *node*, found once however often it is used."""
        if id(node) not in self._doubled:
            self._doubled[id(node)] = node.duplicate_keys()
        return self._doubled[id(node)]

    def _name(self, asked: _Asked, at: NodeRef, depth: int) -> None:
        """Add what *at* names: text, a mapping with `name`, or a list of these."""
        node = at.node
        if not self._visits.allow(node, "name") or depth > _DEEPEST:
            return
        if isinstance(node, Scalar):
            asked_for = self._hits[asked.file.path]
            asked_for.append(Hit(at, variables=asked.variables, prefix=_PROXY))
        elif isinstance(node, Mapping):
            self._collect(asked, at, "name")
        elif node.tag == "!reference":
            if target := self._referred(node):
                file, found = target
                again = NodeRef(found, at.path, at.parent, at.is_duplicate_key)
                self._name(_Asked(file, asked.variables), again, depth + 1)
        else:
            for index, item in enumerate(node.items):
                inner = NodeRef(item, (at.path, index), node, at.is_duplicate_key)
                self._name(asked, inner, depth + 1)

    def _referred(self, node: Sequence) -> tuple[File, Node] | None:
        """Return what `!reference [job, key, …]` stands for, and its file."""
        written = node.items[:_LONGEST_REFERENCE]
        name, *keys = [k.value for k in written if isinstance(k, Scalar)] or [""]
        job = self._project.jobs.get(name)
        found: Node | None = job.node if job else None
        for key in keys:
            found = _child(found, key)
        return (job.file, found) if job and found is not None else None


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


def _says(node: Mapping, key: str) -> bool:
    """Tell whether *node* decides *key*; options of an image alone do not."""
    value = node.get(key)
    if key == "image" and isinstance(value, Mapping):
        return value.get("name") is not None
    return value is not None


def _names(node: Node | None) -> Iterator[str]:
    items = node.items if isinstance(node, Sequence) else (node,)
    for item in items[-_MOST_ANCESTORS:]:
        if isinstance(item, Scalar) and not item.null:
            yield item.value
