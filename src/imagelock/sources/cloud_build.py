"""Files of Cloud Build, with the arguments of the builds in their steps.

https://cloud.google.com/build/docs/build-config-file-schema
"""

from __future__ import annotations

import os
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.path_tables import CLOUD_BUILD
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.offset_map import map_offsets
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    dotted,
    select,
    text_at,
)
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.dockerfile.build_arguments import BuildArgument

ABOUT: Final = replace(
    CLOUD_BUILD.ABOUT,
    read=f"{CLOUD_BUILD.ABOUT.read}; `--build-arg` in `args` of steps of Docker and"
    " kaniko that decide a `FROM`",
    not_read="`images`, which the build pushes; other arguments",
)
matches = CLOUD_BUILD.matches
relations = CLOUD_BUILD.relations

_OPTION: Final = "--build-arg"
_FILES: Final = frozenset({"-f", "--file", "--dockerfile"})
_TARGET: Final = frozenset({"--target"})
_BUILD: Final = "build"
_KANIKO: Final = ("--dockerfile", "--destination")
_ARGUMENT: Final = re.compile(r"(?:--build-arg=)?(?P<name>\w++)=(?P<value>\S++)")


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of steps, and those that arguments of builds decide."""
    yield from CLOUD_BUILD.find(path, text, context)
    if _OPTION not in text.value:
        return
    file = SourceFile(path=path, text=text, format=CLOUD_BUILD.name)
    for document in documents(text):
        if isinstance(document, Broken):
            continue
        visits = VisitLimit()
        for step in select(NodeRef(document), "steps[]", visits):
            yield from _base_images(_Step.of(file, step, visits), context)


@dataclass(frozen=True, slots=True)
class _Step:
    """The arguments `words` of a step of *file*, and the scalars that they are."""

    file: SourceFile
    at: NodeRef
    scalars: tuple[NodeRef, ...]
    words: tuple[str, ...]

    @classmethod
    def of(cls, file: SourceFile, at: NodeRef, visits: VisitLimit) -> _Step:
        """Return the step at the node *at* of *file*."""
        scalars = tuple(select(at, "args[]", visits))
        words = (s.node.value if isinstance(s.node, Scalar) else "" for s in scalars)
        return cls(file, at, scalars, tuple(words))

    def is_build(self) -> bool:
        """Return whether the step is `docker build`, `docker buildx build` or kaniko."""
        is_docker = _BUILD in self.words[:2]
        return is_docker or any(word.startswith(_KANIKO) for word in self.words)

    def arguments(self) -> Iterator[tuple[str, BuildArgument]]:
        """Yield each argument of the build with the place of its value."""
        from imagelock.sources.dockerfile.build_arguments import BuildArgument

        for before, scalar, word in zip(
            ("", *self.words), self.scalars, self.words, strict=False
        ):
            match = _ARGUMENT.fullmatch(word)
            is_given = word.startswith(f"{_OPTION}=") or before == _OPTION
            if match and is_given and isinstance(scalar.node, Scalar):
                offsets = map_offsets(self.file.text.value, scalar.node)
                span = offsets.range(*match.span("value"))
                place = self.file.place_of(*span, dotted(scalar.path))
                yield match["name"], BuildArgument(match["value"], place)

    def dockerfile(self, context: Context) -> PurePosixPath | None:
        """Return the Dockerfile, beside the file or from the root of the project."""
        folder = self.words[-1] if self.words[-1:] != (_BUILD,) else "."
        named = next(iter(self._option(_FILES)), "") or f"{folder}/Dockerfile"
        within = text_at(self.at.node, "dir")
        for start in (str(self.file.path.parent), "."):
            path = os.path.normpath(f"{start}/{within}/{named}")
            if path.startswith("..") or "$" in path or named.startswith("/"):
                continue
            if context.read(PurePosixPath(path)) is not None:
                return PurePosixPath(path)
        return None

    def target(self) -> str:
        """Return the stage that the step builds, if it names one."""
        return next(iter(self._option(_TARGET)), "")

    def _option(self, names: Container[str]) -> Iterator[str]:
        for before, word in zip(("", *self.words), self.words, strict=False):
            key, _, value = word.partition("=")
            if before in names:
                yield word
            elif key in names and value:
                yield value


def _base_images(step: _Step, context: Context) -> Iterator[Found]:
    from imagelock.sources.dockerfile.build_arguments import base_images

    arguments = dict(step.arguments()) if step.is_build() else {}
    dockerfile = step.dockerfile(context) if arguments else None
    if dockerfile is None:
        return
    for finding in base_images(dockerfile, arguments, context, step.target()):
        place = finding.place
        if "$" in place.text and place.path == step.file.path:
            detail = f"`{place.text}`: {Reason.VARIABLE.sentence}"
            yield Skipped(place=place, reason=Reason.VARIABLE, detail=detail)
        else:
            yield finding
