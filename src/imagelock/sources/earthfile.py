"""Images in Earthfiles: `FROM` and `WITH DOCKER --pull`.

https://docs.earthly.dev/docs/earthfile
"""

from __future__ import annotations

import re
from collections import ChainMap
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field, replace
from imagelock.model.occurrence import Reason
from imagelock.sources.dockerfile.dockerfile import finding_of, is_other
from imagelock.sources.dockerfile.expansion import Expansion, Unexpandable
from imagelock.sources.dockerfile.flags import split_words
from imagelock.sources.dockerfile.lines import instructions
from imagelock.sources.dockerfile.scanned_names import named, refused
from imagelock.sources.dockerfile.stages import SCRATCH
from imagelock.sources.dockerfile.tags import tag_range
from imagelock.sources.dockerfile.words import expand
from imagelock.sources.protocol import About
from imagelock.sources.shared.built_names import built_by_pipeline, built_image
from imagelock.sources.shared.source_file import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, MutableMapping
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.dockerfile.lines import Instruction
    from imagelock.sources.dockerfile.scanned_names import ScannedName
    from imagelock.sources.relations import Relation
    from imagelock.syntax.yaml_json.source_slice import SourceSlice

ABOUT: Final = About(
    recognised="`Earthfile`, with a prefix or suffix (`ci.Earthfile`), and `*.earth`",
    read="`FROM`, and `--pull` of `WITH DOCKER`",
    not_read="targets (`FROM +build`, `github.com/org/repo+build`), `FROM DOCKERFILE`,"
    " whose Dockerfile is read by itself, `SAVE IMAGE`; commands in `RUN`",
    pinned="behind the name, also if a variable is part of it",
    notes="`ARG`, `LET` and `ENV` count in their own recipe, and an `ARG --global` of the"
    " base recipe in all of them (before version 0.7, every `ARG` of the base recipe)."
    " `[variables]` in the configuration overrides an `ARG`. A variable that is set in a"
    " condition, computed by a command, or passed to a target (`BUILD +test --version=2`)"
    " is not known.",
)
_FORMAT: Final = "earthfile"
_SUFFIX: Final = ".earth"
_INSTRUCTION: Final = re.compile(r"(?m)^[ \t]*+(?:FROM|VERSION|WITH)[ \t]")
_TARGET: Final = re.compile(r"[A-Za-z_][\w.-]*+[ \t]*+:")
_PASSED: Final = re.compile(r"--(?P<name>[A-Za-z_]\w*+)(?=[= ])")
_SETTING: Final = re.compile(
    r"(?P<name>[A-Za-z_]\w*+)[ \t]*+(?:=[ \t]*+(?P<value>.*+))?"
)
_COMMAND: Final = "$("
_OPENING: Final = frozenset({"IF", "FOR", "TRY"})
_SETTERS: Final = frozenset({"ARG", "LET", "SET", "ENV"})
_VERSION: Final = re.compile(r"0\.[0-6]\b")
_SCOPED: Final = "--arg-scope-and-set"
_QUOTED: Final = re.compile(r"\"[^\"]*+\"|'[^']*+'")


def matches(path: PurePosixPath, text: str) -> bool:
    """Match by the name, but no files about Earthfiles, such as `earthfile.py`.

    What only ends with `.earth` must have an instruction in capitals.
    """
    if path.suffix.lower() == _SUFFIX:
        return _INSTRUCTION.search(text) is not None
    return not is_other(path, text)


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of the Earthfile at *path*, in its order."""
    file = SourceFile(path=path, text=text, format=_FORMAT)
    scanner = _EarthfileScanner(file, context.variables)
    for name in scanner.names():
        yield finding_of(file, name, context.variables, scanner.lines)


def relations(path: PurePosixPath, text: Text, context: Context) -> Iterator[Relation]:
    """Yield what targets save and `WITH DOCKER --load` loads as images."""
    del context
    file = SourceFile(path=path, text=text, format=_FORMAT)
    yield from built_by_pipeline(file)
    for instruction in instructions(text.value, "\\"):
        for word in _docker_options(instruction, "--load"):
            name = word.part(0, max(word.text.find("="), 0))
            if name.text:
                place = file.place_of(name.start, name.end, "WITH DOCKER --load")
                if built := built_image(name.text, place, [path]):
                    yield built


@dataclass(slots=True)
class _Recipe:
    """What variables are in a recipe, and where the values are written."""

    values: MutableMapping[str, Expansion | Unexpandable] = field(default_factory=dict)
    defaults: MutableMapping[str, SourceSlice] = field(default_factory=dict)


class _EarthfileScanner:
    def __init__(self, file: SourceFile, given: Mapping[str, str]) -> None:
        self._file = file
        self._given = given
        source = file.text.value
        self._passed = frozenset(match["name"] for match in _PASSED.finditer(source))
        self._global = _Recipe()
        self._recipe = _Recipe()
        self._all_are_global = False
        self._depth = 0
        self.lines: dict[str, str] = {}

    def names(self) -> Iterator[ScannedName]:
        """Yield the names of images in all recipes."""
        is_base = True
        for instruction in instructions(self._file.text.value, "\\"):
            if _TARGET.fullmatch(instruction.line.text):
                is_base, self._depth = False, 0
                shared = self._global
                # Not copied for each target.
                self._recipe = _Recipe(
                    ChainMap({}, shared.values), ChainMap({}, shared.defaults)
                )
            elif instruction.name == "VERSION":
                is_old = _VERSION.search(instruction.arguments.text) is not None
                self._all_are_global = is_old and _SCOPED not in instruction.line.text
            elif instruction.name in _SETTERS:
                self._set(instruction, is_base=is_base)
            elif instruction.name == "FROM":
                if word := next(split_words(instruction.arguments), None):
                    yield from self._from(word)
            else:
                self._depth += (instruction.name in _OPENING) - (
                    instruction.name == "END" and self._depth > 0
                )
                for word in _docker_options(instruction, "--pull"):
                    yield self._image(word, "WITH DOCKER --pull")

    def _from(self, word: SourceSlice) -> Iterator[ScannedName]:
        if word.text == "scratch":
            yield refused(word, "FROM", SCRATCH)
        elif "+" in word.text:
            detail = f"`{word.text}` is a target"
            yield refused(word, "FROM", (Reason.TARGET_REFERENCE, detail))
        elif word.text and word.text != "DOCKERFILE":
            yield self._image(word, "FROM")

    def _image(self, word: SourceSlice, instruction: str) -> ScannedName:
        if _COMMAND in word.text:
            detail = f"`{word.text}` is computed when it is built"
            return refused(word, instruction, (Reason.EXPRESSION, detail))
        expansion = expand(word.text, "\\", self._recipe.values)
        if isinstance(expansion, Unexpandable):
            detail = f"`{word.text}`: {expansion.detail}"
            return refused(word, instruction, (expansion.reason, detail))
        if expansion.gaps or not expansion.value:
            names = ", ".join(f"`{name}`" for name in expansion.empty)
            detail = f"`{word.text}`: {names} has no value here"
            return refused(word, instruction, (Reason.VARIABLE_UNSET, detail))
        image = named(word, instruction, expansion.value, expansion.variables)
        tag = tag_range(word, image.value, self._recipe.defaults)
        return replace(image, tag=tag)

    def _set(self, instruction: Instruction, *, is_base: bool) -> None:
        arguments = instruction.arguments
        match = _SETTING.match(arguments.text)
        if match is None:
            return
        name = match["name"]
        is_default = match["value"] is not None
        value = arguments.part(*match.span("value")) if is_default else None
        recipes = [self._recipe]
        is_global = any(flag.text == "--global" for flag in instruction.flags)
        if (
            is_base
            and instruction.name == "ARG"
            and (is_global or self._all_are_global)
        ):
            recipes.append(self._global)
        for recipe in recipes:
            recipe.values[name] = self._value(instruction, name, value)
            recipe.defaults.pop(name, None)
            if value is not None and name not in self._given:
                quoted = _QUOTED.fullmatch(value.text) is not None
                recipe.defaults[name] = value.part(quoted, len(value.text) - quoted)
        if value is not None and value.text:
            label = self._file.place_of(value.start, value.end, instruction.name).label
            self.lines[name] = label.rpartition(":")[0]

    def _value(
        self, instruction: Instruction, name: str, value: SourceSlice | None
    ) -> Expansion | Unexpandable:
        is_argument = instruction.name == "ARG"
        if is_argument and name in self._given:
            return Expansion(self._given[name])
        if is_argument and name in self._passed:
            detail = f"calls of targets pass `{name}`"
            return Unexpandable(Reason.VARIABLE, detail, (name,))
        if value is None or instruction.name == "SET" or self._depth:
            return Unexpandable(Reason.VARIABLE, f"`{name}` is not known here", (name,))
        if _COMMAND in value.text:
            return Unexpandable(Reason.EXPRESSION, f"a command sets `{name}`", (name,))
        return expand(value.text, "\\", self._recipe.values)


def _docker_options(instruction: Instruction, name: str) -> Iterator[SourceSlice]:
    """Yield the values of the option *name* of `WITH DOCKER`."""
    if instruction.name != "WITH":
        return
    is_value = False
    for word in split_words(instruction.arguments):
        if is_value and word.text:
            yield word
        is_value = word.text == name
        if word.text.startswith(f"{name}=") and len(word.text) > len(name) + 1:
            yield word.part(len(name) + 1, len(word.text))
