"""Names in a Dockerfile that are not images: stages, contexts, `scratch`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.errors import InvalidReferenceError
from imagelock.model.occurrence import Reason
from imagelock.model.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from collections.abc import Set as AbstractSet

_INDEX: Final = re.compile(r"[+-]?[0-9]{1,18}")
_TEMPLATE: Final = re.compile(r"\{\{|\{%|<%")
_ACTION: Final = re.compile(r"\{\{|\}\}|\{%|%\}|<%|%>")
_FROM: Final = re.compile(r"(?i)(?<!\w)FROM[ \t]")
_AS: Final = re.compile(r"(?i)(?<!\w)AS[ \t]++([a-z][a-z0-9_.-]*+)")

ReasonAndDetail = tuple[Reason, str]
"""Why a name is not an image, and the sentence for people."""

SCRATCH: Final[ReasonAndDetail] = (Reason.SCRATCH, "`scratch` is the empty image")


@dataclass(frozen=True, slots=True)
class StageNames:
    """The stages of a Dockerfile, and the names of additional build contexts."""

    stages: frozenset[str]
    count: int
    contexts: frozenset[str]

    @classmethod
    def of(
        cls,
        stages: Iterable[str | None],
        contexts: Iterable[str],
        of_template: frozenset[str] = frozenset(),
    ) -> StageNames:
        """Return the names; *stages* are in lower case, `None` for one without a name.

        Those *of_template* are further stages, whose numbers are not known.
        """
        all_stages = list(stages)
        named = of_template.union(stage for stage in all_stages if stage is not None)
        contexts = frozenset(map(context_name, contexts))
        return cls(frozenset(named), len(all_stages), contexts)

    def base(self, value: str, earlier: AbstractSet[str]) -> ReasonAndDetail | None:
        """Return why *value* of a FROM is not an image, or `None` if it is one.

        Only the *earlier* stages count, and they are case-sensitive.
        """
        if value in earlier:
            return _stage(value)
        return self._scratch_or_context(value)

    def source(self, value: str) -> ReasonAndDetail | None:
        """Return why *value* of a COPY or RUN is not an image, or `None` if it is one."""
        if value.lower() in self.stages:
            return _stage(value)
        return self._scratch_or_context(value)

    def index(self, value: str, *, is_onbuild: bool) -> ReasonAndDetail | None:
        """Return why *value* is not an image if it is the number of a stage.

        An ONBUILD runs in another build, which has other stages.
        """
        number = stage_number(value)
        if number is None:
            return None
        if is_onbuild or 0 <= number < self.count:
            return Reason.STAGE_INDEX, f"`{value}` is the number of a build stage"
        return Reason.INVALID, f"there is no build stage number `{value}`"

    def replaced(self, stage: str | None) -> ReasonAndDetail | None:
        """Return the reason if a build context replaces all of *stage*."""
        if stage is None or context_name(stage) not in self.contexts:
            return None
        return Reason.NAMED_CONTEXT, f"another context replaces the stage `{stage}`"

    def _scratch_or_context(self, value: str) -> ReasonAndDetail | None:
        if value == "scratch":
            return SCRATCH
        if self.contexts and context_name(value) in self.contexts:
            return Reason.NAMED_CONTEXT, f"another context replaces `{value}`"
        return None


def variable_reason(text: str) -> ReasonAndDetail | None:
    """Return why *text* is not a name, where BuildKit expands no variables."""
    if "$" not in text:
        return template_reason(text)
    return template_reason(text) or (
        Reason.VARIABLE,
        f"`{text}`: variables count in FROM only, where a stage can take its name",
    )


def template_stages(text: str) -> Iterator[str]:
    """Yield the stages, in lower case, that *text* names if it is a template.

    What an expression begins or ends in the line of a FROM hides it from BuildKit's
    grammar: `}}FROM {{image}} AS build{{if …`.
    """
    if _TEMPLATE.search(text):
        for line in text.splitlines():
            from_clause = _FROM.search(line)
            if from_clause and not line.lstrip().startswith("#"):
                for match in _AS.finditer(line, from_clause.end()):
                    yield match[1].lower()


def template_reason(text: str) -> ReasonAndDetail | None:
    """Return the reason if *text* is a template for another program."""
    if _TEMPLATE.search(text) or re.search(r"\$\{\w+:[A-Za-z]", text):
        return Reason.TEMPLATE, f"`{text}`: {Reason.TEMPLATE.sentence}"
    return None


def is_in_action(text: str) -> bool:
    """Return whether an action of a template begins or ends in *text*."""
    return _ACTION.search(text) is not None


def unreadable_line(line: str, problem: str) -> ReasonAndDetail:
    """Return why *line*, which has a *problem*, names no image: if it is a template."""
    if is_in_action(line):
        return Reason.TEMPLATE, f"`{line}`: the line is a template"
    return Reason.UNPARSEABLE, problem


def _stage(name: str) -> ReasonAndDetail:
    return Reason.STAGE, f"`{name}` is a build stage of this file"


def context_name(name: str) -> str:
    """Return the form of *name* in which contexts and images are compared.

    This is Docker's familiar name without `:latest` (`NamedContext` in
    BuildKit's `dockerui/namedcontext.go`).
    """
    try:
        return Reference.parse(name).familiar.removesuffix(":latest")
    except InvalidReferenceError:
        return name


def stage_number(text: str) -> int | None:
    """Return *text* as the number of a stage, `None` if it is none.

    Python refuses to read thousands of digits, and no Dockerfile has as many stages.
    """
    return int(text) if _INDEX.fullmatch(text) else None
