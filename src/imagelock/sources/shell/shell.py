"""Images in the commands of scripts, where the settings have `[sources.shell]`.

Words are those of a shell, and commands those of `programs`. A word that is not known
before it runs is skipped, and so is a command with an option that is not known.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.sources import SHELL
from imagelock.sources.helm.oci_chart import is_exact, oci_reference
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.embedded import EmbeddedText, distinct, embedded
from imagelock.sources.shared.source_file import SourceFile, quoted
from imagelock.sources.shell import PROGRAMS
from imagelock.sources.shell.builds import ARGUMENT, build_of, folders, starts_of
from imagelock.sources.shell.given_values import given_values
from imagelock.sources.shell.kind import Kind
from imagelock.sources.shell.lexer import commands
from imagelock.sources.shell.programs import (
    images,
    images_of_unknown,
)
from imagelock.sources.shell.scripts import MENTION, kind_of, lines, parameters
from imagelock.sources.shell.variables import Variables
from imagelock.sources.shell.word_lexer import PREFIX
from imagelock.sources.shell.wrappers import nested_scripts, without_wrappers
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, select
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found, Place
    from imagelock.model.source_text import Text
    from imagelock.model.span import Span
    from imagelock.sources.context import Context
    from imagelock.sources.shell.builds import DockerBuild
    from imagelock.sources.shell.image_word import ImageWord
    from imagelock.sources.shell.words import Command, ShellWord

_DEEPEST: Final = 4
_MOST_BUILDS: Final = 200
"""In a script: the Dockerfile is read for each."""

_QUOTED_APART: Final = "its parts are quoted apart"
_APART: Final = "its tag is another value: the chart decides where a digest is"
_ENGINE: Final = re.compile(r"\b(?:docker|podman|nerdctl|crane|skopeo)\b")


def find(
    path: PurePosixPath,
    text: Text,
    context: Context,
    *,
    is_script: bool = False,
) -> Iterator[Found]:
    """Yield the images in the commands of a file, which is a script or has some.

    With *is_script*, it is a script if its name does not say more.
    """
    kind = kind_of(path) or (Kind() if is_script else None)
    if kind is None or not MENTION.search(text.value):
        return
    file = SourceFile(path=path, text=text, format=SHELL)
    if not kind.values:
        starts = starts_of(kind, path, text.value)
        yield from _Script(file, kind, context.variables, context, starts).find()
        return
    for document in documents(text):
        if isinstance(document, Broken):
            continue
        start = NodeRef(document)
        given = {**given_values(start, kind, text), **context.variables}
        scripts = (
            at
            for pattern in kind.values
            for at in select(start, pattern, VisitLimit())
            if isinstance(at.node, Scalar)
            and MENTION.search(at.node.value)
            and _last_key(at).endswith(kind.key)
        )
        for at in distinct(scripts):
            starts = starts_of(kind, path, text.value, at)
            inner = Kind(variable=kind.variable)
            script = _Script(file, inner, given, context, starts)
            yield from embedded(file, at, partial(_inside, script))


def _last_key(at: NodeRef) -> str:
    """Return the key at which a script, or the list of its lines, is."""
    path = at.path
    while path is not None:
        path, step = path
        if isinstance(step, str):
            return step
    return ""


def _inside(script: _Script, text: Text) -> Iterator[Found]:
    file = SourceFile(path=script.file.path, text=text, format=SHELL)
    yield from replace(script, file=file).find()


@dataclass(frozen=True, slots=True)
class _Script:
    """A file, or a text in it, with commands.

    `given` are the variables that are known, and `starts` the folders in which it may
    run.
    """

    file: SourceFile
    kind: Kind
    given: Mapping[str, str]
    context: Context
    starts: tuple[PurePosixPath, ...]

    def find(self) -> Iterator[Found]:
        """Yield the images, in the order of the commands, each place once."""
        text = self.file.text
        prefix = PREFIX if self.kind.variable else ""
        variables = Variables(
            path=self.file.path, text=text, given=self.given, prefix=prefix
        )
        for pattern in self.kind.assignments:
            variables.add_matches(pattern, self.kind.variable)
        for name in parameters(self.kind, text.value):
            variables.forget(name)
        scripts = [
            self._commands(start, end, 0) for start, end in lines(self.kind, text.value)
        ]
        found = [command for script in scripts for command in script]
        variables.add_commands(found)
        if self.kind.assignments:
            variables.forget_arguments(found)
        seen: set[Span] = set()
        for script in scripts:
            for each in self._in_script(script, variables):
                if each.place.span not in seen:
                    seen.add(each.place.span)
                    yield each

    def _in_script(
        self, script: list[Command], variables: Variables
    ) -> Iterator[Found]:
        where: list[PurePosixPath] = []
        if ARGUMENT in self.file.text.value:
            text, expand = self.file.text.value, variables.value_of
            where = folders(self.starts, script, text, expand)
        left = _MOST_BUILDS if where else 0
        for command in script:
            words = self._words(command, variables)
            yield from self._images(words, variables)
            program = variables.value_of(words[0]) if words and left else None
            if program and (build := build_of(program, words[1:])):
                left -= 1
                yield from self._base_images(build, where, variables)

    def _commands(self, start: int, end: int, depth: int) -> list[Command]:
        """Return the commands in a range, and those in scripts that they run."""
        value = self.file.text.value
        found = commands(value, start, end, self.kind.variable)
        inner: list[Command] = []
        for command in found if depth < _DEEPEST else ():
            for first, last in nested_scripts(command, value):
                inner += self._commands(first, last, depth + 1)
        return [*found, *inner]

    def _base_images(
        self, build: DockerBuild, where: Iterable[PurePosixPath], variables: Variables
    ) -> Iterator[Found]:
        """Yield the base images of *build* that its arguments decide.

        The script runs in one of the folders *where*.
        """
        paths = build.dockerfiles(where, variables.value_of)
        texts = [found for path in paths if (found := self.context.read(path))]
        # With several, it is not known which one is built.
        if len(texts) != 1:
            return
        from imagelock.sources.shell.build_bases import base_images_of

        places = {
            name: self._place(word, f"build {ARGUMENT}")
            for name, word in build.arguments
        }
        yield from base_images_of(texts[0], build, places, variables, self.context)

    def _words(self, command: Command, variables: Variables) -> Sequence[ShellWord]:
        """Return the words of *command* from the program on that is run in the end."""
        words = variables.split(command.words)
        return without_wrappers(words, variables.value_of, PROGRAMS)

    def _images(
        self, words: Sequence[ShellWord], variables: Variables
    ) -> Iterator[Found]:
        if not words:
            return
        program = variables.value_of(words[0])
        if program == "eval":
            yield from self._evaluated(words[1:])
        elif program is not None:
            for image in images(program, words[1:]):
                yield self._found(image, variables)
        elif (name := words[0].variable) is not None:
            for image in images_of_unknown(name, words[1:]):
                yield self._found(image, variables)

    def _evaluated(self, words: Iterable[ShellWord]) -> Iterator[Found]:
        """Yield text that `eval` runs, if it is not plain and has a command for us."""
        for word in words:
            place = self._place(word, "eval")
            if word.text is None and _ENGINE.search(place.text):
                detail = f"{quoted(place.text)}: `eval` runs what is known at run time"
                yield Skipped(place=place, reason=Reason.EXPRESSION, detail=detail)

    def _place(self, word: ShellWord, use: str) -> Place:
        return self.file.place_of(*word.extent(self.file.text.value), use)

    def _found(self, image: ImageWord, variables: Variables) -> Found:
        word = image.word
        place = self._place(word, image.use)
        if image.problem:
            detail = f"{quoted(place.text)}: {image.problem}"
            return Skipped(place=place, reason=image.reason, detail=detail)
        expanded = variables.expand(word)
        value = expanded.value
        tag = variables.expand(image.tag).value if image.tag else ""
        if value is None or tag is None:
            sentence = Reason.VARIABLE.sentence
            if expanded.reason is Reason.EXPRESSION:
                sentence = "it is known at run time"
            detail = f"{quoted(place.text)}: {sentence}"
            return Skipped(place=place, reason=expanded.reason, detail=detail)
        if image.is_chart and tag and not is_exact(tag):
            detail = f"{quoted(tag)}: it stands for a range of versions, not one"
            return Skipped(place=place, reason=Reason.CONSTRAINT, detail=detail)
        found = classify(_reference(image, value, tag), place, expanded.variables)
        if not isinstance(found, Occurrence):
            return found
        unpinnable = image.unpinnable or (_APART if tag else None)
        if not expanded.variables and place.text != value and not tag:
            unpinnable = _QUOTED_APART
        found = replace(found, unpinnable_reason=unpinnable)
        if isinstance(self.file.text, EmbeddedText) or not expanded.variables:
            return found
        return found.with_assignments(expanded.assignments)


def _reference(image: ImageWord, value: str, tag: str) -> str:
    """Return the reference to *image*, of which *value* and *tag* are known."""
    if image.is_chart and tag:
        return oci_reference(value, tag)
    return f"{value}:{tag}" if tag else value
