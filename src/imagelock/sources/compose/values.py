"""Scalars of a Compose file as resolved values, and as images."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.sources.compose.file import is_nothing
from imagelock.sources.compose.slots import with_slot
from imagelock.sources.compose.value import ComposeValue
from imagelock.sources.compose.variables import (
    PROJECT_NAME,
    assignments_of,
    origin_of,
)
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.source_file import quoted
from imagelock.syntax.interpolation import Refusal, interpolate
from imagelock.syntax.yaml_json import tree
from imagelock.syntax.yaml_json.offset_map import map_offsets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.model.occurrence import Found, Place
    from imagelock.sources.compose.file import ComposeFile
    from imagelock.syntax.yaml_json.tree import Node


_BLANK: Final = " \t\r\n"
_LONE_NAME: Final = re.compile(r"\{[ \t]*+\$?\w++[ \t]*+\}")
"""A name in braces, which to YAML is a mapping without a value: a script's template."""

_LONGEST: Final = 1000
"""In characters. No image reference is longer."""

_CLASSIFYING: Final = 200
"""The cost of classifying an image, in the units of a `WorkBudget`."""

_TRACING: Final = 10
"""The cost of tracing a character that a variable may have added."""


def value_at(
    file: ComposeFile, node: Node | None, use: str
) -> ComposeValue | Skipped | None:
    """Return the value of *node*, why it is not known, or `None` if it has none.

    A mapping or list in place of text is a template such as `{{ image }}`, which is
    a mapping to YAML, or a mistake.
    """
    if node is None or is_nothing(node):
        return None
    if not isinstance(node, tree.Scalar):
        return _not_text(file, node, use)
    if not node.value.strip(_BLANK):
        return None
    file.budget.charge(len(node.value))
    meaning = interpolate(node.value, file.variables)
    if isinstance(meaning, Refusal):
        place = file.trimmed_place((node.start, node.end), use)
        if "{{" in node.value:
            return _template(place)
        hint = _hint(meaning.variables)
        return Skipped(
            place=place, reason=meaning.reason, detail=meaning.detail, hint=hint
        )
    if meaning.lookups:
        file.budget.charge(_TRACING * len(meaning.value))
    return ComposeValue(file, node, meaning, map_offsets(file.text.value, node))


def text_of(file: ComposeFile, node: Node | None) -> str | None:
    """Return the text of *node*, or `None` if it is not text, or not known."""
    value = value_at(file, node, "")
    if isinstance(value, ComposeValue) and not value.meaning.unset:
        return value.text
    return None


def texts_of(file: ComposeFile, node: Node | None) -> list[str]:
    """Return the known texts of *node*, or of its items if it is a list."""
    nodes = node.items if isinstance(node, tree.Sequence) else (node,)
    values = [text_of(file, item) for item in nodes]
    return [value for value in values if value is not None]


def image_at(file: ComposeFile, node: Node | None, use: str) -> Found | None:
    """Return the image of *node*, or why it is skipped; `None` if it has no value."""
    value = value_at(file, node, use)
    return image_in(value, use) if isinstance(value, ComposeValue) else value


def image_in(value: ComposeValue, use: str, start: int = 0) -> Found:
    """Return the image in the characters of *value* from *start* on."""
    return classify_in(value, value.text[start:], (start, len(value.text)), use)


def classify_in(
    value: ComposeValue,
    image: str,
    characters: tuple[int, int],
    use: str,
    arguments: tuple[str, ...] = (),
) -> Found:
    """Classify *image* at *characters* of *value*.

    *arguments* are names of variables that decided it, besides Compose's own.
    """
    lookups = value.meaning.lookups
    value.file.budget.charge(_CLASSIFYING + len(image) + 2 * len(lookups))
    place = value.place(*characters, use)
    if len(image) > _LONGEST:
        return _too_long(place, image)
    variables = value.variables(*characters)
    names = tuple(dict.fromkeys((*variables, *arguments)))
    finding = classify(image, place, names)
    if isinstance(finding, Skipped):
        finding = replace(finding, detail=" ".join(finding.detail.split()))
        if finding.reason is Reason.TEMPLATE:
            return finding
    if PROJECT_NAME in variables and _is_local(value, image):
        detail = (
            f"{quoted(place.text)}: Compose sets `{PROJECT_NAME}`, for what it builds"
        )
        return Skipped(place=place, reason=Reason.BUILD_OUTPUT_GUESS, detail=detail)
    unset = value.variables(*characters, unset=True)
    if unset or (variables and not image.strip(_BLANK)):
        return unset_variables(place, unset or variables)
    if isinstance(finding, Occurrence) and image == value.text[slice(*characters)]:
        finding = with_slot(finding, value, characters)
    return _with_origins(finding, value.file, variables)


def _with_origins(finding: Found, file: ComposeFile, names: Sequence[str]) -> Found:
    if isinstance(finding, Skipped) or not names:
        return finding
    origins = ((name, origin_of(file.variables, name)) for name in dict.fromkeys(names))
    set_at = tuple((name, origin) for name, origin in origins if origin is not None)
    assignments = assignments_of(file.variables, names)
    return replace(finding, origins=set_at, assignments=assignments)


def _template(place: Place) -> Skipped:
    detail = f"{quoted(place.text)}: {Reason.TEMPLATE.sentence}"
    return Skipped(place=place, reason=Reason.TEMPLATE, detail=detail)


def _too_long(place: Place, image: str) -> Skipped:
    reason = Reason.TEMPLATE if "{{" in image else Reason.INVALID
    detail = f"{quoted(place.text)} is longer than an image reference can be"
    return Skipped(place=place, reason=reason, detail=detail)


def _is_local(value: ComposeValue, image: str) -> bool:
    """Return whether an *image* with the project's name is built by Compose."""
    host, slash, _ = image.partition("/")
    has_registry = slash and any(character in host for character in ".:")
    return PROJECT_NAME not in value.file.variables or not has_registry


def unset_variables(place: Place, names: Sequence[str]) -> Skipped:
    """Return *place* as skipped, as the variables *names* have no value."""
    variables = ", ".join(f"`{name}`" for name in names)
    verb = "has" if len(names) == 1 else "have"
    return Skipped(
        place=place,
        reason=Reason.VARIABLE_UNSET,
        detail=f"{quoted(place.text)}: {variables} {verb} no value",
        hint=_hint(tuple(names)),
    )


def _hint(names: tuple[str, ...]) -> str | None:
    if not names:
        return None
    return f"set `{names[0]}` in `.env`, or in `[variables]` of the configuration"


def _not_text(file: ComposeFile, node: Node, use: str) -> Skipped:
    place = file.trimmed_place((node.start, node.end), use)
    if place.text.startswith("{{") or _LONE_NAME.fullmatch(place.text):
        return _template(place)
    detail = f"`{use}` is a mapping or a list instead of text"
    return Skipped(place=place, reason=Reason.INVALID, detail=detail)
