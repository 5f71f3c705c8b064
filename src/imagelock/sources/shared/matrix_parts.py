"""Names of images in which a variable of a matrix is a part: `node:${{ matrix.node }}`."""

from __future__ import annotations

import re
from itertools import islice, product
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.sources.shared.plain_numbers import go_text
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.source_text import Text
    from imagelock.syntax.yaml_json.tree import Node

    Values = dict[str, str]
    """What the variables of a matrix are in one job."""

MOST_JOBS: Final = 256
"""How many values count: the most jobs that GitHub makes of a matrix."""

_INCLUDE: Final = "include"
_EXCLUDE: Final = "exclude"
_COMPUTED: Final = re.compile(r"[${}]")


@dataclass(frozen=True, slots=True)
class MatrixJob:
    """The values of a matrix in one job, for the variables that `expression` matches."""

    expression: re.Pattern[str]
    values: tuple[tuple[str, str], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The variables."""
        return tuple(f"matrix.{name}" for name, _ in self.values)

    def replaced(self, text: str) -> str:
        """Return *text* with the values."""
        known = dict(self.values)
        return self.expression.sub(lambda m: known.get(m["name"], m[0]), text)


def jobs_of(
    text: Text, matrix: Node | None, names: list[str], *, include_alone: bool
) -> list[Values] | None:
    """Return what *names* are in each job that *matrix*, in *text*, makes.

    `None` if not all of their values are plainly there, or some jobs are left out. With
    *include_alone*, a list `include` takes the place of all others.
    """
    lists: Iterator[list[Values] | None]
    if isinstance(matrix, Sequence):
        lists = (_of_mapping(text, item, names) for item in matrix.items)
    elif isinstance(matrix, Mapping) and _EXCLUDE not in matrix.items:
        lists = _of_lists(text, matrix, names, include_alone=include_alone)
    else:
        return None
    jobs: list[Values] = []
    for each in lists:
        if each is None or len(jobs) + len(each) > MOST_JOBS:
            return None
        jobs += each
    return jobs or None


def _of_lists(
    text: Text, matrix: Mapping, names: list[str], *, include_alone: bool
) -> Iterator[list[Values] | None]:
    """Yield the jobs of the lists in *matrix*, and of those that it includes."""
    include = matrix.get(_INCLUDE)
    others = [key for key in matrix.items if key != _INCLUDE]
    listed = [name for name in names if _first(name) in others]
    if include is not None and not isinstance(include, Sequence):
        yield None
        return
    entries = include.items if include else ()
    if listed:
        is_mixed = include_alone and bool(entries)
        yield None if is_mixed else _of_mapping(text, matrix, names)
    elif others:
        # The jobs of the other lists need not have what is included.
        yield None
    for entry in entries:
        keys = entry.items if isinstance(entry, Mapping) else {}
        if any(_first(name) in keys for name in names) or not listed:
            yield _of_mapping(text, entry, names)


def _of_mapping(text: Text, mapping: Node, names: list[str]) -> list[Values] | None:
    """Return each combination of the values that *names* have in *mapping*."""
    if not isinstance(mapping, Mapping):
        return None
    choices: list[list[str]] = []
    for name in names:
        first, *rest = name.split(".")
        node = mapping.get(first)
        items = node.items if isinstance(node, Sequence) else (node,)
        values = [_value(text, item, rest) for item in islice(items, MOST_JOBS + 1)]
        known = [value for value in values if value is not None]
        if first in mapping.duplicate_keys or not known or len(known) < len(values):
            return None
        choices.append(known)
    combinations = list(islice(product(*choices), MOST_JOBS + 1))
    return [dict(zip(names, values, strict=True)) for values in combinations]


def _value(text: Text, node: Node | None, rest: list[str]) -> str | None:
    for step in rest:
        node = node.get(step) if isinstance(node, Mapping) else None
    if not isinstance(node, Scalar) or _COMPUTED.search(node.value):
        return None
    # Tools differ about `3.10`.
    return node.value if go_text(text, node) == node.value else None


def _first(name: str) -> str:
    return name.partition(".")[0]
