"""A file in HCL or its JSON form, and what its expressions name."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Occurrence, Place, Reason, Skipped
from imagelock.sources.shared.classify import classify
from imagelock.syntax.hcl import as_json as hcl_json
from imagelock.syntax.hcl import parser as hcl_parser

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.syntax.hcl.parser import Problem
    from imagelock.syntax.hcl.tree import Expression, Object
    from imagelock.syntax.hcl.values import Meaning, Scope

_BLANK: Final = " \t\r\n"
_TEMPLATE: Final = re.compile(r"\[\[|\{\{|\{%|<%")
_LONGEST: Final = 1000
"""In characters. No image reference is longer."""

_SHOWN: Final = 80


def parse(path: PurePosixPath, text: str) -> tuple[Object, list[Problem]]:
    """Return what *text* says, and where it cannot be read; nothing is raised."""
    if path.suffix.lower() == ".json":
        return hcl_json.parse(text)
    return hcl_parser.parse(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class HclFile:
    """A file and the names with values in it; `format` is the name of the source."""

    path: PurePosixPath
    text: Text
    format: str
    scope: Scope

    def image(self, value: Expression, use: str, prefix: str = "") -> Found:
        """Return what *value* names behind *prefix*."""
        meaning = self.scope.meaning(value)
        start = len(prefix) if meaning.text.startswith(prefix) else 0
        return self.named(meaning, (start, len(meaning.text)), use)

    def named(
        self,
        meaning: Meaning,
        characters: tuple[int, int],
        use: str,
        image: str | None = None,
        names: tuple[str, ...] = (),
    ) -> Found:
        """Judge what *characters* of *meaning* name, which is *image* if that is given.

        *names* decided it, too.
        """
        where = self.place(meaning.spelling.range(*characters), use)
        image = meaning.text[slice(*characters)] if image is None else image
        names = tuple(dict.fromkeys((*meaning.names(*characters), *names)))
        unknown = meaning.unknown(*characters)
        shown = _shown(where.text)
        if len(image) > _LONGEST:
            detail = f"{shown} is longer than an image reference can be"
            return Skipped(place=where, reason=Reason.INVALID, detail=detail)
        verdict = classify(image, where, names)
        if isinstance(verdict, Skipped):
            detail = " ".join(verdict.detail.split())
            verdict = replace(verdict, detail=detail)
            if verdict.reason is Reason.TEMPLATE:
                return verdict
        if unknown is not None:
            return _unknown(where, unknown, shown, names)
        if isinstance(verdict, Occurrence) and meaning.bare:
            return replace(
                verdict, unpinnable_reason=f"it is decided by {shown}, without quotes"
            )
        return verdict

    def skipped(
        self, value: Expression, use: str, reason: Reason, detail: str
    ) -> Skipped:
        """Return *value* as skipped; *detail* goes on behind what is written."""
        where = self.place((value.start, value.end), use)
        shown = _shown(where.text)
        return Skipped(place=where, reason=reason, detail=f"{shown} {detail}")

    def place(self, characters: tuple[int, int], use: str) -> Place:
        """Return the place of *characters* of the file, without blanks around them."""
        start, end = characters
        text = self.text.value[start:end].rstrip(_BLANK)
        visible = text.lstrip(_BLANK)
        start += len(text) - len(visible)
        end = start + len(visible)
        return Place(
            path=self.path,
            span=self.text.span(start, end),
            text=visible,
            format=self.format,
            uses=(use,),
        )

    def problem(self, problem: Problem) -> Skipped:
        """Return a part of the file that cannot be read, or is a template."""
        where = self.place((problem.start, problem.end), "file")
        is_template = _TEMPLATE.search(where.text) is not None
        detail = "a template, which is no HCL until it is rendered"
        return Skipped(
            place=where,
            reason=Reason.TEMPLATE if is_template else Reason.UNPARSEABLE,
            detail=detail if is_template else problem.detail,
        )


def _shown(written: str) -> str:
    """Return what is *written* for a message: the beginning, if it is long."""
    line, more, _ = written.partition("\n")
    is_short = not more and len(line) <= _SHOWN
    return f"`{line}`" if is_short else f"`{line[:_SHOWN].rstrip()}…`"


def _unknown(
    where: Place, reason: Reason, shown: str, names: tuple[str, ...]
) -> Skipped:
    if reason is Reason.EXPRESSION:
        detail = f"{shown} is computed when the file is run"
        return Skipped(place=where, reason=reason, detail=detail)
    name = names[-1].removeprefix("var.") if names else ""
    hint = f"set `{name}` in `[variables]` of the configuration"
    return Skipped(
        place=where,
        reason=reason,
        detail=f"{shown}: `{name}` has no value in this file",
        hint=None if "." in name else hint,
    )
