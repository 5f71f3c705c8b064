"""The names of images in a Dockerfile, with character offsets in its text."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field, replace
from imagelock.errors import InvalidReferenceError
from imagelock.model.occurrence import Reason
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.sources.dockerfile.arguments import (
    argument_values,
    argument_words,
    platform_arguments,
)
from imagelock.sources.dockerfile.directives import escape_character, syntax
from imagelock.sources.dockerfile.expansion import Expansion, Unexpandable
from imagelock.sources.dockerfile.flags import flag_values, mount_source
from imagelock.sources.dockerfile.from_clause import (
    FromClause,
    parse_from_clause,
    stage_names,
)
from imagelock.sources.dockerfile.lines import instructions
from imagelock.sources.dockerfile.scanned_names import (
    FRONTEND,
    SYNTAX,
    NamedImage,
    RefusedName,
    ScannedName,
    named,
    refused,
)
from imagelock.sources.dockerfile.stages import (
    StageNames,
    is_in_action,
    template_reason,
    template_stages,
    unreadable_line,
    variable_reason,
)
from imagelock.sources.dockerfile.tags import argument_defaults, tag_range
from imagelock.sources.dockerfile.words import expand

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imagelock.sources.dockerfile.lines import Instruction
    from imagelock.sources.dockerfile.stages import ReasonAndDetail
    from imagelock.syntax.yaml_json.source_slice import SourceSlice

_SOME_PLATFORM: Final = Platform("linux", "amd64")
_TAG: Final = re.compile(r"latest|v?[0-9][\w.-]*+")
"""What is hardly the name of a repository, but often that of a tag."""
_NAMES_AN_IMAGE: Final = re.compile(r"\bFROM\s|\bfrom=", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanOptions:
    """The build of a Dockerfile.

    `arguments` are build arguments: they override every ARG before the first FROM,
    and those that BuildKit sets by itself. `contexts` are the names of additional
    build contexts, which replace images and stages.
    """

    platforms: tuple[Platform, ...]
    arguments: Mapping[str, str] = field(default_factory=dict)
    contexts: frozenset[str] = frozenset()


def scan(text: str, options: ScanOptions) -> Iterator[ScannedName]:
    """Yield the names in *text*, in its order, as BuildKit reads it.

    A FROM whose value depends on the platform yields each of its values, at one
    place. Nothing is raised: what cannot be read is a `RefusedName`.
    """
    start, end = syntax(text) or (0, 0)
    if frontend := options.arguments.get(FRONTEND, "").strip():
        value = frontend.partition(" ")[0]  # what follows are options of the frontend
        yield NamedImage(
            start=start, end=end, instruction=SYNTAX, value=value, variables=(FRONTEND,)
        )
    elif end:
        value = text[start:end]
        yield NamedImage(start=start, end=end, instruction=SYNTAX, value=value)
    yield from _DockerfileScanner(text, options).names()


def stages(text: str) -> frozenset[str]:
    """Return the names of the build stages in *text*, in lower case."""
    lines = instructions(text, escape_character(text))
    return frozenset(name for name in stage_names(lines) if name is not None)


class _DockerfileScanner:
    def __init__(self, text: str, options: ScanOptions) -> None:
        self._escape = escape_character(text)
        self._instructions = list(instructions(text, self._escape))
        stages = list(stage_names(self._instructions))
        self._of_template = frozenset(template_stages(text))
        self._stages = StageNames.of(stages, options.contexts, self._of_template)
        self._values = list(self._values_by_platform(options, stages))
        self._earlier = set(self._of_template)
        self._defaults = argument_defaults(
            self._instructions, options.arguments, self._escape
        )

    def names(self) -> Iterator[ScannedName]:
        """Yield the names in all instructions."""
        for instruction in self._instructions:
            yield from self._of(instruction)
            if not instruction.is_terminated:
                detail = "a heredoc does not end"
                yield _unreadable(instruction.line, instruction.name, detail)

    def _values_by_platform(
        self, options: ScanOptions, stages: list[str | None]
    ) -> Iterator[Mapping[str, Expansion | Unexpandable]]:
        declarations = [
            instruction.arguments.text
            for instruction in takewhile(lambda i: i.name != "FROM", self._instructions)
            if instruction.name == "ARG"
        ]
        target = (stages[-1] if stages else None) or "default"
        for platform in options.platforms or (_SOME_PLATFORM,):
            automatic = platform_arguments(platform, target)
            yield argument_values(
                declarations, automatic, options.arguments, self._escape
            )

    def _of(self, instruction: Instruction) -> Iterator[ScannedName]:
        inner = instruction.unwrap()
        is_onbuild = inner is not instruction
        prefix = "ONBUILD " if is_onbuild else ""
        match inner.name:
            case "FROM" if not is_onbuild:
                yield from self._from(instruction)
            case "ARG" if not argument_words(inner.arguments.text, self._escape):
                yield _unreadable(inner.line, "ARG", "ARG names no variable")
            case "COPY":
                label = f"{prefix}COPY --from"
                for source in flag_values(inner.flags, "from"):
                    yield from self._copied(source, label, is_onbuild=is_onbuild)
            case "RUN":
                for mount in flag_values(inner.flags, "mount"):
                    yield from self._mounted(mount, f"{prefix}RUN --mount")
            case name if is_in_action(name) and _NAMES_AN_IMAGE.search(inner.line.text):
                yield _unreadable(inner.line, "FROM", "no instruction has this name")
            case _:
                pass

    def _from(self, instruction: Instruction) -> Iterator[ScannedName]:
        clause = parse_from_clause(instruction.arguments)
        if isinstance(clause, str):
            yield _unreadable(instruction.line, "FROM", clause)
            return
        refusal = template_reason(clause.word) or self._stages.replaced(clause.stage)
        if refusal is None:
            yield from self._bases(clause)
        else:
            yield refused(clause.image, "FROM", refusal)
        if clause.stage is not None:
            self._earlier.add(clause.stage)

    def _bases(self, clause: FromClause) -> Iterator[ScannedName]:
        """Yield the distinct meanings on all platforms, or only the stage among them."""
        meanings: dict[str | Reason, ScannedName] = {}
        for values in self._values:
            expansion = expand(clause.word, self._escape, values)
            name = self._base(clause.image, expansion, values)
            key = name.value if isinstance(name, NamedImage) else name.reason
            meanings.setdefault(key, name)
        if Reason.STAGE in meanings:
            yield meanings[Reason.STAGE]
            return
        for name in meanings.values():
            if isinstance(name, NamedImage):
                yield replace(name, varies_by_platform=len(meanings) > 1)
            else:
                yield name

    def _base(
        self,
        image: SourceSlice,
        expansion: Expansion | Unexpandable,
        values: Mapping[str, Expansion | Unexpandable],
    ) -> ScannedName:
        if isinstance(expansion, Unexpandable):
            unknown = expansion.reason, f"`{image.text}`: {expansion.detail}"
            return refused(image, "FROM", unknown, expansion.variables)
        value = expansion.value
        refusal = self._stages.base(value, self._earlier) or _unset(expansion, values)
        if refusal is not None:
            return refused(image, "FROM", refusal, expansion.variables)
        name = named(image, "FROM", value, expansion.variables)
        return replace(name, tag=tag_range(image, value, self._defaults))

    def _copied(
        self, source: SourceSlice, instruction: str, *, is_onbuild: bool
    ) -> Iterator[ScannedName]:
        if not source.text:
            return
        refusal = self._stages.index(source.text, is_onbuild=is_onbuild)
        yield self._source(source, instruction, refusal)

    def _mounted(self, mount: SourceSlice, instruction: str) -> Iterator[ScannedName]:
        source = mount_source(mount)
        if source is not None:
            yield self._source(source, instruction, None)

    def _source(
        self, source: SourceSlice, instruction: str, refusal: ReasonAndDetail | None
    ) -> ScannedName:
        refusal = (
            refusal or variable_reason(source.text) or self._stages.source(source.text)
        )
        if refusal is not None:
            return refused(source, instruction, refusal)
        return named(source, instruction, source.text)


def _unset(
    expansion: Expansion, values: Mapping[str, Expansion | Unexpandable]
) -> ReasonAndDetail | None:
    """Return the reason if a part of *expansion* is missing for want of a value.

    BuildKit pulls what remains of the name. Behind other text, nobody means that,
    unless the variable is in *values* and empty on purpose. Before it, a variable is
    a registry that need not be given, or else all of the name but its tag.
    """
    missing = [name for name in expansion.gaps if name not in values]
    if not missing and expansion.empty:
        try:
            Reference.parse(expansion.value)
        except InvalidReferenceError:
            missing = list(expansion.empty)
        else:
            if _TAG.fullmatch(expansion.value):
                missing = [name for name in expansion.empty if name not in values]
    if not missing:
        return None
    names = ", ".join(f"`{name}`" for name in missing)
    verb = "has" if len(missing) == 1 else "have"
    return Reason.VARIABLE_UNSET, f"{names} {verb} no value"


def _unreadable(line: SourceSlice, instruction: str, problem: str) -> RefusedName:
    return refused(line, instruction, unreadable_line(line.text, problem))
