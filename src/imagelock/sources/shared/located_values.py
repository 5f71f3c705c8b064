"""What the places of a YAML or JSON file name, each written name once."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Occurrence, Place, Reason, Skipped
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.plain import broken
from imagelock.syntax.interpolation import Refusal, interpolate
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.offset_map import map_offsets
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, dotted, select
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.shared.variables import Variables
    from imagelock.syntax.yaml_json.tree import Node

Why = tuple[Reason, str]
"""Why something is no reference, and the sentence for people."""

_BLANK: Final = " \t\r\n"
_SCHEME: Final = re.compile(r"docker://", re.IGNORECASE)
_MOST_USES: Final = 100
_MOST_CHARACTERS: Final = 1_000_000
"""How much text the uses of one node may cause to be read again."""

_UNKNOWN: Final = "a variable decides it, which is not known here"


EXPRESSION: Final = (
    re.compile(r"\$\{\{"),
    Reason.EXPRESSION,
    "an expression, which only the runner can resolve",
)
"""`${{ … }}` of GitHub Actions and Azure Pipelines."""

MACHINE: Final = Reason.VM_IMAGE, "the image of a virtual machine"
"""Why the image of a machine is none that a registry serves."""


class Scheme(Enum):
    """Whether `docker://` stands before the name of an image."""

    NEVER = auto()
    ALLOWED = auto()
    NEEDED = auto()


@dataclass(frozen=True, slots=True)
class Hit:
    """A node that names an image by its place.

    `why` says that it names none that is pulled, whatever it is. `variables` are
    those that count there; without them `$` means nothing. `prefix` stands
    before the reference and is no part of it.
    """

    at: NodeRef
    why: Why | None = None
    scheme: Scheme = Scheme.NEVER
    variables: Variables | None = None
    prefix: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Dialect:
    """A format by its name, and the signs of values that only its runner knows."""

    name: str
    unknown: tuple[tuple[re.Pattern[str], Reason, str], ...] = ()


def of_documents(
    path: PurePosixPath,
    text: Text,
    dialect: Dialect,
    hits: Callable[[Node], Iterable[Hit]],
) -> Iterator[Found]:
    """Yield what *hits* finds in each document, and the documents that are broken."""
    for document in documents(text):
        if isinstance(document, Broken):
            yield broken(path, text, document, dialect.name)
        else:
            yield from gathered(path, text, hits(document), dialect)


def at_places(
    document: Node,
    places: Iterable[str],
    *,
    scheme: Scheme = Scheme.NEVER,
    why: Why | None = None,
    variables: Variables | None = None,
) -> Iterator[Hit]:
    """Yield a hit for each node of *document* at one of *places* (`jobs.*.image`)."""
    for place in places:
        for at in select(NodeRef(document), place, VisitLimit()):
            yield Hit(at, why, scheme, variables)


def gathered(
    path: PurePosixPath, text: Text, hits: Iterable[Hit], dialect: Dialect
) -> Iterator[Found]:
    """Yield what *hits* name in the order of the text.

    What several of them name through aliases is one thing with several uses.
    Hits at one node differ in their variables at most; a value that one of them
    knows is not reported as unknown for the others.
    """
    together: dict[int, list[Hit]] = {}
    for hit in hits:
        together.setdefault(id(hit.at.node), []).append(hit)
    for same in sorted(together.values(), key=lambda same: same[0].at.node.start):
        node = same[0].at.node
        most = 1 + _MOST_CHARACTERS // (1 + node.end - node.start)
        yield from _of_node(path, text, same[:most], dialect)


def _of_node(
    path: PurePosixPath, text: Text, same: list[Hit], dialect: Dialect
) -> list[Found]:
    first: dict[object, Found] = {}
    uses: dict[object, list[str]] = {}
    is_duplicate_key = any(hit.at.is_duplicate_key for hit in same)
    for hit in same:
        found = _found(path, text, hit, dialect, is_duplicate_key=is_duplicate_key)
        if found is not None:
            key = found.reference if isinstance(found, Occurrence) else found.reason
            first.setdefault(key, found)
            uses.setdefault(key, []).extend(found.place.uses)
    if any(isinstance(found, Occurrence) for found in first.values()):
        first.pop(Reason.VARIABLE, None)
    return [
        replace(
            found,
            place=replace(
                found.place, uses=tuple(dict.fromkeys(uses[key]))[:_MOST_USES]
            ),
        )
        for key, found in first.items()
    ]


def _found(
    path: PurePosixPath,
    text: Text,
    hit: Hit,
    dialect: Dialect,
    *,
    is_duplicate_key: bool,
) -> Found | None:
    if (written := _written(text.value, hit)) is None:
        return None
    value, start, end = written
    place = Place(
        path=path,
        span=text.span(start, end),
        text=text.value[start:end],
        format=dialect.name,
        uses=(dotted(hit.at.path),),
    )
    if hit.why is not None:
        reason, detail = hit.why
        return Skipped(place=place, reason=reason, detail=f"`{value}`: {detail}")
    if is_duplicate_key:
        detail = "a key is written twice, and readers differ about which counts"
        return Skipped(place=place, reason=Reason.DUPLICATE_KEY, detail=detail)
    for pattern, reason, detail in dialect.unknown:
        if pattern.search(value):
            return Skipped(place=place, reason=reason, detail=f"`{value}`: {detail}")
    return meaning(value, place, hit.variables)


def meaning(value: str, place: Place, variables: Variables | None) -> Found:
    """Return what *value* means with *variables*, or without any."""
    if variables is None or "$" not in value:
        return classify(value, place)
    result = interpolate(value, variables.within(value))
    if isinstance(result, Refusal) or result.unset or "$" in result.value:
        detail = f"`{value}`: {_UNKNOWN}"
        return Skipped(place=place, reason=Reason.VARIABLE, detail=detail)
    return classify(result.value, place, result.variables)


def _written(source: str, hit: Hit) -> tuple[str, int, int] | None:
    """Return the name in *hit*, and the characters of *source* that it is."""
    node = hit.at.node
    if not isinstance(node, Scalar):
        return _template(source, node.start, node.end)
    if node.null:
        return None
    end = len(node.value.rstrip(_BLANK))
    start = len(node.value) - len(node.value.lstrip(_BLANK))
    if hit.scheme is not Scheme.NEVER:
        scheme = _SCHEME.match(node.value, start)
        if scheme is None and hit.scheme is Scheme.NEEDED:
            return None
        start = scheme.end() if scheme else start
    prefix = hit.prefix.match(node.value, start) if hit.prefix else None
    start = prefix.end() if prefix else start
    if start >= end:
        return None
    return node.value[start:end], *map_offsets(source, node).range(start, end)


def _template(source: str, start: int, end: int) -> tuple[str, int, int] | None:
    """Return `{{ image }}`, which is a mapping in a mapping to a YAML parser."""
    written = source[start:end].rstrip(_BLANK)
    if not written.startswith("{{"):
        return None
    return written, start, start + len(written)
