"""Everything that a Dockerfile names, in characters of its text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import TYPE_CHECKING, Final

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
from imagelock.sources.dockerfile.flags import mount_source, values
from imagelock.sources.dockerfile.froms import From, parse_from, stages
from imagelock.sources.dockerfile.lines import instructions
from imagelock.sources.dockerfile.stages import Names, computed, template
from imagelock.sources.dockerfile.tags import defaults, tag_range
from imagelock.sources.dockerfile.words import expand

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imagelock.sources.dockerfile.lines import Instruction
    from imagelock.sources.dockerfile.stages import Verdict
    from imagelock.syntax.yaml_json.source_slice import SourceSlice

_SOME_PLATFORM: Final = Platform("linux", "amd64")
_NAMES_AN_IMAGE: Final = re.compile(r"\bFROM\s|\bfrom=", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanOptions:
    """The build around a Dockerfile.

    `arguments` are build arguments: they count for every ARG that the file
    declares before its first FROM and for those that BuildKit sets by itself.
    `contexts` are the names that another context replaces.
    """

    platforms: tuple[Platform, ...]
    arguments: Mapping[str, str] = field(default_factory=dict)
    contexts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Text that names an image; whether a registry could serve it is not judged.

    `value` is what the text means. `variables` are the ARGs that decided it:
    the used ones, each followed by those that decided its own value. `varies`
    tells that it means something else on another platform. `tag` are the offsets
    of its tag, if that is not the end of the text.
    """

    start: int
    end: int
    instruction: str
    value: str
    variables: tuple[str, ...] = ()
    varies: bool = False
    tag: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Text that names no image, or one that is not known, and why."""

    start: int
    end: int
    instruction: str
    reason: Reason
    detail: str
    variables: tuple[str, ...] = ()


Scanned = Named | Refused


def scan(text: str, options: ScanOptions) -> Iterator[Scanned]:
    """Yield what *text* names, in its order, as BuildKit reads it.

    A FROM whose value depends on the platform yields each of its values, at one
    place. Nothing is raised: what cannot be read is a `Refused`.
    """
    if (found := syntax(text)) is not None:
        start, end = found
        yield Named(start=start, end=end, instruction="# syntax", value=text[start:end])
    yield from _Scan(text, options).everything()


class _Scan:
    """One reading of one file."""

    def __init__(self, text: str, options: ScanOptions) -> None:
        self._escape = escape_character(text)
        self._instructions = list(instructions(text, self._escape))
        names = list(stages(self._instructions))
        self._names = Names.of(names, options.contexts)
        self._values = list(self._values_by_platform(options, names))
        self._earlier: set[str] = set()
        self._defaults = defaults(self._instructions, options.arguments, self._escape)

    def everything(self) -> Iterator[Scanned]:
        """Yield what the instructions name."""
        for instruction in self._instructions:
            yield from self._of(instruction)
            if not instruction.terminated:
                detail = "a heredoc does not end"
                yield _unparseable(instruction.line, instruction.name, detail)

    def _values_by_platform(
        self, options: ScanOptions, names: list[str | None]
    ) -> Iterator[Mapping[str, Expansion | Unexpandable]]:
        declarations = [
            instruction.arguments.text
            for instruction in takewhile(lambda i: i.name != "FROM", self._instructions)
            if instruction.name == "ARG"
        ]
        target = (names[-1] if names else None) or "default"
        for platform in options.platforms or (_SOME_PLATFORM,):
            automatic = platform_arguments(platform, target)
            yield argument_values(
                declarations, automatic, options.arguments, self._escape
            )

    def _of(self, instruction: Instruction) -> Iterator[Scanned]:
        inner = instruction.unwrap()
        later = inner is not instruction
        prefix = "ONBUILD " if later else ""
        match inner.name:
            case "FROM" if not later:
                yield from self._from(instruction)
            case "ARG" if not argument_words(inner.arguments.text, self._escape):
                yield _unparseable(inner.line, "ARG", "ARG names no variable")
            case "COPY":
                for value in values(inner.flags, "from"):
                    yield from self._copied(value, f"{prefix}COPY --from", later=later)
            case "RUN":
                for mount in values(inner.flags, "mount"):
                    yield from self._mounted(mount, f"{prefix}RUN --mount")
            case name if template(name) and _NAMES_AN_IMAGE.search(inner.line.text):
                yield _refused(inner.line, "FROM", _template_line(inner.line))
            case _:
                pass

    def _from(self, instruction: Instruction) -> Iterator[Scanned]:
        clause = parse_from(instruction.arguments)
        if isinstance(clause, str):
            yield _unparseable(instruction.line, "FROM", clause)
            return
        known = template(clause.word) or self._names.replaced(clause.stage)
        if known is None:
            yield from self._bases(clause)
        else:
            yield _refused(clause.image, "FROM", known)
        if clause.stage is not None:
            self._earlier.add(clause.stage)

    def _bases(self, clause: From) -> Iterator[Scanned]:
        """Yield the distinct meanings on all platforms, or the stage that it is."""
        meanings: dict[str | Reason, Scanned] = {}
        for argument_values_there in self._values:
            meaning = expand(clause.word, self._escape, argument_values_there)
            scanned = self._base(clause.image, meaning)
            key = scanned.value if isinstance(scanned, Named) else scanned.reason
            meanings.setdefault(key, scanned)
        if Reason.STAGE in meanings:
            yield meanings[Reason.STAGE]
            return
        for scanned in meanings.values():
            if isinstance(scanned, Named):
                yield replace(scanned, varies=len(meanings) > 1)
            else:
                yield scanned

    def _base(self, image: SourceSlice, meaning: Expansion | Unexpandable) -> Scanned:
        if isinstance(meaning, Unexpandable):
            verdict = meaning.reason, f"`{image.text}`: {meaning.detail}"
            return _refused(image, "FROM", verdict, meaning.variables)
        known = self._names.base(meaning.value, self._earlier) or _unset(meaning)
        if known is not None:
            return _refused(image, "FROM", known, meaning.variables)
        named = _named(image, "FROM", meaning.value, meaning.variables)
        return replace(named, tag=tag_range(image, meaning.value, self._defaults))

    def _copied(
        self, source: SourceSlice, instruction: str, *, later: bool
    ) -> Iterator[Scanned]:
        if not source.text:
            return
        known = self._names.index(source.text, later=later)
        yield self._source(source, instruction, known)

    def _mounted(self, mount: SourceSlice, instruction: str) -> Iterator[Scanned]:
        source = mount_source(mount)
        if source is not None:
            yield self._source(source, instruction, None)

    def _source(
        self, source: SourceSlice, instruction: str, known: Verdict | None
    ) -> Scanned:
        known = known or computed(source.text) or self._names.source(source.text)
        if known is not None:
            return _refused(source, instruction, known)
        return _named(source, instruction, source.text)


def _unset(meaning: Expansion) -> Verdict | None:
    """Tell whether *meaning* is no reference because of variables without a value.

    Where it is one, that is what BuildKit pulls.
    """
    if not meaning.empty:
        return None
    try:
        Reference.parse(meaning.value)
    except InvalidReferenceError:
        names = ", ".join(f"`{name}`" for name in meaning.empty)
        verb = "has" if len(meaning.empty) == 1 else "have"
        return Reason.VARIABLE_UNSET, f"{names} {verb} no value"
    return None


def _template_line(line: SourceSlice) -> Verdict:
    return Reason.TEMPLATE, f"`{line.text}`: the line is a template"


def _named(
    where: SourceSlice, instruction: str, value: str, variables: tuple[str, ...] = ()
) -> Named:
    return Named(
        start=where.start,
        end=where.end,
        instruction=instruction,
        value=value,
        variables=variables,
    )


def _refused(
    where: SourceSlice,
    instruction: str,
    verdict: Verdict,
    variables: tuple[str, ...] = (),
) -> Refused:
    reason, detail = verdict
    return Refused(
        start=where.start,
        end=where.end,
        instruction=instruction,
        reason=reason,
        detail=detail,
        variables=variables,
    )


def _unparseable(where: SourceSlice, instruction: str, detail: str) -> Refused:
    return _refused(where, instruction, (Reason.UNPARSEABLE, detail))
