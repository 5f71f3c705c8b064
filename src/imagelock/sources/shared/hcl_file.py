"""A file in HCL or its JSON form, and the images in its expressions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
from imagelock.model.file_kind import is_json, rendered
from imagelock.model.occurrence import Reason, Skipped, VariableAssignment
from imagelock.sources.shared.classify import classify, unless_unset
from imagelock.sources.shared.source_file import SourceFile, quoted
from imagelock.syntax.hcl import as_json as hcl_json
from imagelock.syntax.hcl import parser as hcl_parser
from imagelock.syntax.hcl.tree import blocks, is_null
from imagelock.syntax.hcl.values import Scope

if TYPE_CHECKING:
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found, Place
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.syntax.hcl.meaning import Meaning
    from imagelock.syntax.hcl.parser import Problem
    from imagelock.syntax.hcl.tree import Expression, Object

_TEMPLATE: Final = re.compile(r"\[\[|\{\{|\{%|%\{|<%")
_SUBSTITUTION: Final = re.compile(r"\$\{?[A-Za-z_]")
"""A variable that is not of HCL, such as those of Cloud Build."""
_LONGEST: Final = 1000
"""In characters. No image reference is longer."""


def parse(path: PurePosixPath, text: str) -> tuple[Object, list[Problem]]:
    """Return the content of *text*, and its problems; nothing is raised."""
    if is_json(path):
        return hcl_json.parse(text)
    return hcl_parser.parse(text)


def defined_values(root: Object) -> dict[str, Expression]:
    """Return the values of locals and the defaults of variables, by their names."""
    values: dict[str, Expression] = {}
    for body, name in blocks(root, "variable", 1):
        default = body.get("default")
        if default is not None and not is_null(default):
            values[f"var.{name}"] = default
    for body, _ in blocks(root, "locals", 0):
        values |= {f"local.{pair.name}": pair.value for pair in body.pairs}
    return values


def scope_of(root: Object, text: Text, context: Context, prefix: str) -> Scope:
    """Return the values that *root*, the content of *text*, gives to names.

    Those of `variable` are overridden by the configuration, and by variables of the
    environment that begin with *prefix*.
    """

    def given(name: str) -> str | None:
        kind, _, variable = name.partition(".")
        if kind != "var":
            return None
        value = context.environment.get(f"{prefix}{variable}")
        return value if value is not None else context.variables.get(variable)

    return Scope(text=text.value, given=given, own=defined_values(root))


@dataclass(frozen=True, slots=True, kw_only=True)
class HclFile(SourceFile):
    """A file in HCL, and the values of the names in it."""

    scope: Scope

    def image(self, value: Expression, use: str, prefix: str = "") -> Found:
        """Return the image that *value* names, without *prefix*."""
        meaning = self.scope.meaning(value)
        start = len(prefix) if meaning.text.startswith(prefix) else 0
        return self.named(meaning, (start, len(meaning.text)), use)

    def image_behind(self, before: str, value: Expression, use: str) -> Found:
        """Return the image that *before* and *value* name together.

        *before* is what other values say: a registry with its slash, or a name with
        the colon of the tag.
        """
        meaning = self.scope.meaning(value)
        whole = 0, len(meaning.text)
        return self.named(meaning, whole, use, f"{before}{meaning.text}")

    def named(
        self,
        meaning: Meaning,
        characters: tuple[int, int],
        use: str,
        image: str | None = None,
        names: tuple[str, ...] = (),
    ) -> Found:
        """Return the image at *characters* of *meaning*, or *image* if that is given.

        *names* are further variables that decided it.
        """
        where = self.trimmed_place(meaning.spelling.range(*characters), use)
        image = meaning.text[slice(*characters)] if image is None else image
        names = tuple(dict.fromkeys((*meaning.names(*characters), *names)))
        unknown = meaning.unknown(*characters)
        quote = quoted(where.text)
        if len(image) > _LONGEST:
            detail = f"{quote} is longer than an image reference can be"
            return Skipped(place=where, reason=Reason.INVALID, detail=detail)
        finding = classify(image, where, names)
        if isinstance(finding, Skipped):
            finding = _explained(finding, image, quote)
            if names:
                finding = unless_unset(finding, image)
            if finding.reason is Reason.TEMPLATE:
                return finding
        if unknown is not None:
            return _unknown(where, unknown, quote, names)
        if isinstance(finding, Skipped):
            return finding
        finding = finding.with_assignments(
            self._assignments(meaning.names(*characters))
        )
        if meaning.bare:
            return replace(
                finding, unpinnable_reason=f"it is decided by {quote}, without quotes"
            )
        return finding

    def _assignments(self, names: tuple[str, ...]) -> tuple[VariableAssignment, ...]:
        """Return what files assign to *names*; those of variables lack `var.`."""
        found = (
            (n, self._assignment(f"var.{n}") or self._assignment(n)) for n in names
        )
        return tuple(replace(a, variable=name) for name, a in found if a is not None)

    def _assignment(self, name: str) -> VariableAssignment | None:
        if (characters := self.scope.written(name)) is None:
            return self.scope.assigned(name)
        span, text = self.text.span(*characters), self.text.value[slice(*characters)]
        return VariableAssignment(name, self.path, span, text)

    def skipped(
        self, value: Expression, use: str, reason: Reason, detail: str
    ) -> Skipped:
        """Return *value* as skipped; *detail* goes on behind its text."""
        where = self.trimmed_place((value.start, value.end), use)
        quote = quoted(where.text)
        return Skipped(place=where, reason=reason, detail=f"{quote} {detail}")

    def problem(self, problem: Problem) -> Skipped:
        """Return a part of the file that cannot be read, or is a template.

        In a file with the suffix of a template, an action can be before that part.
        """
        where = self.trimmed_place((problem.start, problem.end), "file")
        is_rendered = rendered(self.path) != self.path
        text = self.text.value if is_rendered else where.text
        is_template = _TEMPLATE.search(text) is not None
        detail = "a template, which is no HCL until it is rendered"
        return Skipped(
            place=where,
            reason=Reason.TEMPLATE if is_template else Reason.UNPARSEABLE,
            detail=detail if is_template else problem.detail,
        )


def _explained(finding: Skipped, image: str, quote: str) -> Skipped:
    """Return *finding* about *image* with its text on a single line.

    What has a variable of another tool is no wrong reference.
    """
    if finding.reason is Reason.INVALID and _SUBSTITUTION.search(image):
        detail = f"{quote}: {Reason.VARIABLE.sentence}"
        return replace(finding, reason=Reason.VARIABLE, detail=detail, hint=None)
    return replace(finding, detail=" ".join(finding.detail.split()))


def _unknown(
    where: Place, reason: Reason, quote: str, names: tuple[str, ...]
) -> Skipped:
    if reason is Reason.EXPRESSION:
        detail = f"{quote} is computed when the file is run"
        return Skipped(place=where, reason=reason, detail=detail)
    name = names[-1].removeprefix("var.") if names else ""
    hint = f"set `{name}` in `[variables]` of the configuration"
    return Skipped(
        place=where,
        reason=reason,
        detail=f"{quote}: `{name}` has no value in this file",
        hint=None if "." in name else hint,
    )
