"""A GitLab pipeline: its file, and the local files that it includes."""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final, Self

from imagelock.dataclass import dataclass, field
from imagelock.model.file_kind import is_yaml
from imagelock.sources.shared.source_file import SourceFile
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

_KEYWORDS: Final = frozenset(
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
    """A mapping at a top-level key, whether GitLab runs it or only extends it."""

    name: str
    node: Mapping
    file: PipelineFile
    is_duplicate_key: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class PipelineFile:
    """A file of the pipeline: its mappings, and the documents that do not parse."""

    source: SourceFile
    documents: tuple[Mapping, ...]
    broken: tuple[Broken, ...]

    @classmethod
    def parse(cls, path: PurePosixPath, text: Text) -> Self:
        """Return the file at *path*, whatever is wrong with it."""
        nodes = list(documents(text))
        return cls(
            SourceFile(path=path, text=text, format="gitlab-ci"),
            tuple(node for node in nodes if isinstance(node, Mapping)),
            tuple(node for node in nodes if isinstance(node, Broken)),
        )

    def jobs(self) -> Iterator[Job]:
        """Yield the mapping at each top-level key that is no keyword."""
        for document in self.documents:
            duplicates = document.duplicate_keys
            for name, node in document.items.items():
                if name not in _KEYWORDS and isinstance(node, Mapping):
                    yield Job(name, node, self, name in duplicates)


@dataclass(slots=True, eq=False)
class Pipeline:
    """The files of a pipeline, the main one first."""

    files: list[PipelineFile] = field(default_factory=list)
    jobs: dict[str, Job] = field(default_factory=dict)

    @classmethod
    def open(cls, path: PurePosixPath, text: Text, context: Context) -> Self:
        """Return the pipeline of the file at *path*, with the files it includes."""
        pipeline = cls()
        visited = {path}
        waiting = [PipelineFile.parse(path, text)]
        while waiting:
            file = waiting.pop(0)
            pipeline.files.append(file)
            for job in file.jobs():
                pipeline.jobs.setdefault(job.name, job)
            for other in _included(file):
                if other not in visited and len(visited) < _MOST_FILES:
                    visited.add(other)
                    content = context.read(other)
                    if content is not None:
                        waiting.append(PipelineFile.parse(other, content))
        return pipeline

    def top(self, key: str) -> list[tuple[SourceFile, Node]]:
        """Return the values of the top-level *key* with their files, the main first."""
        return [
            (file.source, value)
            for file in self.files
            for document in file.documents
            if (value := document.get(key)) is not None
        ]


def _included(file: PipelineFile) -> Iterator[PurePosixPath]:
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
    is_plain = not any(part in name for part in ("://", "*", "$", "\0"))
    return is_plain and is_yaml(PurePosixPath(name))
