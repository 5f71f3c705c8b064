"""A pipeline of GitLab: its file, and the local files that this one includes."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, Self

from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import scalar_at
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.syntax.yaml_json.tree import Node

_MOST_FILES: Final = 150
"""GitLab's own limit of includes in one pipeline."""

_NO_JOBS: Final = frozenset(
    {
        "after_script",
        "before_script",
        "cache",
        "default",
        "image",
        "include",
        "services",
        "spec",
        "stages",
        "types",
        "variables",
        "workflow",
    }
)


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """What one file says at a top-level key, whether GitLab runs it or not."""

    name: str
    node: Mapping
    file: File
    is_duplicate_key: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class File:
    """A file of the pipeline: its mappings, and what does not parse."""

    path: PurePosixPath
    text: Text
    documents: tuple[Mapping, ...]
    broken: tuple[Broken, ...]

    @classmethod
    def read(cls, path: PurePosixPath, text: Text) -> Self:
        """Return the file at *path*, whatever is wrong with it."""
        nodes = list(documents(text))
        mappings = tuple(node for node in nodes if isinstance(node, Mapping))
        return cls(
            path, text, mappings, tuple(n for n in nodes if isinstance(n, Broken))
        )

    def jobs(self) -> Iterator[Job]:
        """Yield what stands at each top-level key that is no keyword."""
        for document in self.documents:
            is_duplicate_key = document.duplicate_keys()
            for name, node in document.items.items():
                if name not in _NO_JOBS and isinstance(node, Mapping):
                    yield Job(name, node, self, name in is_duplicate_key)


@dataclass(slots=True, eq=False)
class Project:
    """The files of a pipeline, the main one first."""

    files: list[File] = field(default_factory=list)
    jobs: dict[str, Job] = field(default_factory=dict)

    @classmethod
    def open(cls, path: PurePosixPath, text: Text, context: Context) -> Self:
        """Return the pipeline of the file at *path* with what it includes."""
        project = cls()
        known = {path}
        waiting = [File.read(path, text)]
        while waiting:
            file = waiting.pop(0)
            project.files.append(file)
            for job in file.jobs():
                project.jobs.setdefault(job.name, job)
            for other in _included(file):
                if other not in known and len(known) < _MOST_FILES:
                    known.add(other)
                    content = context.read(other)
                    if content is not None:
                        waiting.append(File.read(other, content))
        return project

    def top(self, key: str) -> list[Node]:
        """Return the values of the top-level *key*, the main file's first."""
        values = (d.get(key) for file in self.files for d in file.documents)
        return [value for value in values if value is not None]


def _included(file: File) -> Iterator[PurePosixPath]:
    """Yield the files of `include`, and those of pipelines that a job starts."""
    for document in file.documents:
        yield from _local(document.get("include"))
    for job in file.jobs():
        trigger = job.node.get("trigger")
        if isinstance(trigger, Mapping):
            yield from _local(trigger.get("include"))


def _local(node: Node | None) -> Iterator[PurePosixPath]:
    """Yield local paths, which count from the project's root."""
    entries = node.items if isinstance(node, Sequence) else (node,)
    for entry in entries:
        at = entry if isinstance(entry, Scalar) else scalar_at(entry, "local")
        if at is not None and _is_file(at.value):
            yield PurePosixPath(os.path.normpath(at.value.lstrip("/")))


def _is_file(name: str) -> bool:
    is_plain = not any(sign in name for sign in ("://", "*", "$", "\0"))
    return is_plain and name.lower().endswith((".yml", ".yaml"))
