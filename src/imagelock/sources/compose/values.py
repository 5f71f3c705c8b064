"""What a scalar of a Compose file means, and whether that is an image."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Occurrence, Place, Reason, Skipped
from imagelock.sources.compose.file import is_nothing
from imagelock.sources.compose.slots import with_slot
from imagelock.sources.compose.value import Value, place
from imagelock.sources.compose.variables import PROJECT_NAME, origin
from imagelock.sources.shared.classify import classify
from imagelock.syntax.interpolation import Refusal, interpolate
from imagelock.syntax.yaml_json import tree
from imagelock.syntax.yaml_json.offset_map import map_offsets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.model.occurrence import Found
    from imagelock.sources.compose.file import ComposeFile
    from imagelock.syntax.yaml_json.tree import Node


_BLANK: Final = " \t\r\n"
_LONGEST: Final = 1000
"""In characters. No image reference is longer."""

_JUDGING: Final = 200
"""How much work it is to judge one image, in the units of a `Budget`."""

_ADDING: Final = 10
"""And how much to keep track of a character that a variable may have added."""

_SHOWN: Final = 80


def quoted(where: Place) -> str:
    """Return what stands at *where* for a message: its first line, if it is long."""
    line, more, _ = where.text.partition("\n")
    is_short = not more and len(line) <= _SHOWN
    return f"`{line}`" if is_short else f"`{line[:_SHOWN].rstrip()}…`"


def read(file: ComposeFile, node: Node | None, use: str) -> Value | Skipped | None:
    """Return what *node* means, why that is not known, or `None` if it is nothing.

    A mapping or list where text belongs is a template such as `{{ image }}`,
    which is a mapping to YAML, or a mistake.
    """
    if node is None or is_nothing(node):
        return None
    if not isinstance(node, tree.Scalar):
        return _not_text(file, node, use)
    if not node.value.strip(_BLANK):
        return None
    file.budget.spend(len(node.value))
    meaning = interpolate(node.value, file.variables)
    if isinstance(meaning, Refusal):
        where = place(file, (node.start, node.end), use)
        if "{{" in node.value:
            detail = f"{quoted(where)}: it is a template"
            return Skipped(place=where, reason=Reason.TEMPLATE, detail=detail)
        hint = _hint(meaning.variables)
        return Skipped(
            place=where, reason=meaning.reason, detail=meaning.detail, hint=hint
        )
    if meaning.lookups:
        file.budget.spend(_ADDING * len(meaning.value))
    return Value(file, node, meaning, map_offsets(file.text.value, node))


def text_of(file: ComposeFile, node: Node | None) -> str | None:
    """Return what *node* means if that is text, and known."""
    value = read(file, node, "")
    if isinstance(value, Value) and not value.meaning.unset:
        return value.text
    return None


def texts_of(file: ComposeFile, node: Node | None) -> list[str]:
    """Return the same for *node*, or for each of its items if it is a list."""
    nodes = node.items if isinstance(node, tree.Sequence) else (node,)
    values = [text_of(file, item) for item in nodes]
    return [value for value in values if value is not None]


def found(file: ComposeFile, node: Node | None, use: str) -> Found | None:
    """Return the image that *node* as a whole names, or why it names none."""
    value = read(file, node, use)
    return image_in(value, use) if isinstance(value, Value) else value


def image_in(value: Value, use: str, start: int = 0, end: int | None = None) -> Found:
    """Return the image that the characters from *start* to *end* name, or why not."""
    end = len(value.text) if end is None else end
    return judged(value, value.text[start:end], (start, end), use)


def judged(
    value: Value,
    image: str,
    characters: tuple[int, int],
    use: str,
    arguments: tuple[str, ...] = (),
) -> Found:
    """Judge *image*, which stands at *characters* of *value*.

    *arguments* are names of variables that decided it, besides Compose's own.
    """
    lookups = value.meaning.lookups
    value.file.budget.spend(_JUDGING + len(image) + 2 * len(lookups))
    where = value.place(*characters, use)
    if len(image) > _LONGEST:
        return _too_long(where, image)
    variables = value.variables(*characters)
    names = tuple(dict.fromkeys((*variables, *arguments)))
    verdict = classify(image, where, names)
    if isinstance(verdict, Skipped):
        verdict = replace(verdict, detail=" ".join(verdict.detail.split()))
        if verdict.reason is Reason.TEMPLATE:
            return verdict
    if PROJECT_NAME in variables and _is_local(value, image):
        detail = f"{quoted(where)}: Compose sets `{PROJECT_NAME}`, for what it builds"
        return Skipped(place=where, reason=Reason.BUILD_OUTPUT_GUESS, detail=detail)
    unset = value.variables(*characters, unset=True)
    if unset or (variables and not image.strip(_BLANK)):
        return without_value(where, unset or variables)
    if isinstance(verdict, Occurrence) and image == value.text[slice(*characters)]:
        verdict = with_slot(verdict, value, characters)
    return _traced(verdict, value.file, variables)


def _traced(verdict: Found, file: ComposeFile, names: Sequence[str]) -> Found:
    """Return *verdict* with where each variable of Compose, of *names*, was set."""
    if isinstance(verdict, Skipped) or not names:
        return verdict
    known = ((name, origin(file.variables, name)) for name in dict.fromkeys(names))
    origins = tuple((name, where) for name, where in known if where is not None)
    return replace(verdict, origins=origins)


def _too_long(where: Place, image: str) -> Skipped:
    reason = Reason.TEMPLATE if "{{" in image else Reason.INVALID
    detail = f"{quoted(where)} is longer than an image reference can be"
    return Skipped(place=where, reason=reason, detail=detail)


def _is_local(value: Value, image: str) -> bool:
    """Tell whether an image named after the project is one that Compose builds."""
    host, slash, _ = image.partition("/")
    has_registry = slash and any(character in host for character in ".:")
    return PROJECT_NAME not in value.file.variables or not has_registry


def without_value(where: Place, names: Sequence[str]) -> Skipped:
    """Return that what stands at *where* is not known for want of *names*."""
    listed = ", ".join(f"`{name}`" for name in names)
    verb = "has" if len(names) == 1 else "have"
    return Skipped(
        place=where,
        reason=Reason.VARIABLE_UNSET,
        detail=f"{quoted(where)}: {listed} {verb} no value",
        hint=_hint(tuple(names)),
    )


def _hint(names: tuple[str, ...]) -> str | None:
    if not names:
        return None
    return f"set `{names[0]}` in `.env`, or in `[variables]` of the configuration"


def _not_text(file: ComposeFile, node: Node, use: str) -> Skipped:
    where = place(file, (node.start, node.end), use)
    if where.text.startswith("{{"):
        detail = f"{quoted(where)}: it is a template"
        return Skipped(place=where, reason=Reason.TEMPLATE, detail=detail)
    detail = f"`{use}` is a mapping or a list instead of text"
    return Skipped(place=where, reason=Reason.INVALID, detail=detail)
