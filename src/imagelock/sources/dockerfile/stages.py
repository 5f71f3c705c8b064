"""What a name in a Dockerfile stands for, if not for an image."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imagelock.errors import InvalidReferenceError
from imagelock.model.occurrence import Reason
from imagelock.model.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

_INDEX: Final = re.compile(r"[+-]?[0-9]{1,18}")
_TEMPLATE: Final = re.compile(r"\{\{|\{%|<%")

Verdict = tuple[Reason, str]


@dataclass(frozen=True, slots=True)
class Names:
    """The stages of a Dockerfile, and the names that other contexts replace."""

    stages: frozenset[str]
    count: int
    contexts: frozenset[str]

    @classmethod
    def of(cls, stages: Iterable[str | None], contexts: Iterable[str]) -> Names:
        """Return the names; *stages* are in lower case, `None` where one has none."""
        every = list(stages)
        named = frozenset(stage for stage in every if stage is not None)
        return cls(named, len(every), frozenset(map(_context, contexts)))

    def base(self, value: str, earlier: AbstractSet[str]) -> Verdict | None:
        """Tell what FROM *value* means, if not an image.

        Only the *earlier* stages count, and the case of letters counts too.
        """
        if value in earlier:
            return _stage(value)
        return self._scratch_or_context(value)

    def source(self, value: str) -> Verdict | None:
        """Tell what COPY and RUN read from, if not from an image."""
        if value.lower() in self.stages:
            return _stage(value)
        return self._scratch_or_context(value)

    def index(self, value: str, *, later: bool) -> Verdict | None:
        """Tell which stage COPY reads from, if *value* is a number.

        With *later* it runs in another build (ONBUILD), which has other stages.
        """
        if not _INDEX.fullmatch(value):
            return None
        if later or 0 <= int(value) < self.count:
            return Reason.STAGE_INDEX, f"`{value}` is the number of a build stage"
        return Reason.INVALID, f"there is no build stage number `{value}`"

    def replaced(self, stage: str | None) -> Verdict | None:
        """Tell whether another context replaces the whole of *stage*."""
        if stage is None or _context(stage) not in self.contexts:
            return None
        return Reason.NAMED_CONTEXT, f"another context replaces the stage `{stage}`"

    def _scratch_or_context(self, value: str) -> Verdict | None:
        if value == "scratch":
            return Reason.SCRATCH, "`scratch` is the empty image"
        if self.contexts and _context(value) in self.contexts:
            return Reason.NAMED_CONTEXT, f"another context replaces `{value}`"
        return None


def computed(text: str) -> Verdict | None:
    """Tell why BuildKit reads no name from *text*, where it expands no variables."""
    if "$" not in text:
        return template(text)
    return template(text) or (
        Reason.VARIABLE,
        f"`{text}`: variables count in FROM only, where a stage can take its name",
    )


def template(text: str) -> Verdict | None:
    """Tell whether another program writes what *text* stands for."""
    if _TEMPLATE.search(text) or re.search(r"\$\{\w+:[A-Za-z]", text):
        return Reason.TEMPLATE, f"`{text}`: it is a template"
    return None


def _stage(name: str) -> Verdict:
    return Reason.STAGE, f"`{name}` is a build stage of this file"


def _context(name: str) -> str:
    """Return the form in which contexts and images are compared.

    That is Docker's familiar name without `:latest` (`NamedContext` in
    BuildKit's `dockerui/namedcontext.go`).
    """
    try:
        return Reference.parse(name).familiar.removesuffix(":latest")
    except InvalidReferenceError:
        return name
