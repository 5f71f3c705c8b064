"""The text that an expression of HCL stands for, and where the file writes it."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from itertools import islice, takewhile
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass
from imagelock.model.occurrence import Reason
from imagelock.syntax.yaml_json.offset_map import OffsetMap, map_offsets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagelock.syntax.hcl.tree import Piece, Template


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of a text, from *start* to *end*, that is an expression.

    *names* are the names in it. *unknown* is the reason for which it has no value.
    """

    start: int
    end: int
    names: tuple[str, ...]
    unknown: Reason | None


@dataclass(frozen=True, slots=True)
class Meaning:
    """The value of an expression; *spelling* maps its characters to the file.

    An unknown part is represented by one character. `bare` is whether the
    expression is written without quotes, as a name or number, so that no text can
    be appended to it.
    """

    text: str
    spelling: OffsetMap
    gaps: tuple[Gap, ...]
    bare: bool = False

    @property
    def known_text(self) -> str | None:
        """The text, or `None` if a part of it is not known."""
        return None if self.unknown(0, len(self.text)) else self.text

    def names(self, start: int, end: int) -> tuple[str, ...]:
        """Return the names in the characters from *start* to *end*."""
        gaps = self._gaps(start, end)
        return tuple(dict.fromkeys(name for gap in gaps for name in gap.names))

    def unknown(self, start: int, end: int) -> Reason | None:
        """Return why the characters from *start* to *end* are unknown, if they are.

        A computed value takes precedence over a name without a value.
        """
        reasons = {gap.unknown for gap in self._gaps(start, end)}
        order = (Reason.EXPRESSION, Reason.VARIABLE)
        return next((reason for reason in order if reason in reasons), None)

    def _gaps(self, start: int, end: int) -> Iterator[Gap]:
        first = bisect_left(self.gaps, start, key=lambda gap: gap.end)
        gaps = islice(self.gaps, first, None)
        return takewhile(lambda gap: gap.start <= end, gaps)


@dataclass(frozen=True, slots=True)
class Run:
    """A part of a text, and the range in which the file writes it.

    `is_exact` is whether each character stands for itself there.
    """

    text: str
    start: int
    end: int
    is_exact: bool

    @classmethod
    def of(cls, piece: Piece) -> Run:
        """Return the run of a literal part."""
        is_exact = len(piece.text) == piece.end - piece.start
        return cls(piece.text, piece.start, piece.end, is_exact)


def spell(
    source: str, template: Template, runs: Sequence[Run]
) -> tuple[str, OffsetMap]:
    """Return the text of *runs*, the parts of *template*, and its map to *source*.

    *source* is the text of the file.
    """
    starts, ends = array("q"), array("q")
    for run in runs:
        if run.is_exact:
            starts.extend(range(run.start, run.end))
            ends.extend(range(run.start + 1, run.end + 1))
        else:
            starts.extend([run.start] * len(run.text))
            ends.extend([run.end] * len(run.text))
    spelling = OffsetMap(starts, ends, template.start, template.end)
    if template.scalar is not None:
        spelling = _in_json(map_offsets(source, template.scalar), spelling)
    return "".join([run.text for run in runs]), spelling


def _in_json(outer: OffsetMap, inner: OffsetMap) -> OffsetMap:
    """Compose the map to the value of a string in JSON with the map to the file."""
    pairs = zip(inner.starts, inner.ends, strict=True)
    ranges = [outer.range(start, end) for start, end in pairs]
    starts, ends = [start for start, _ in ranges], [end for _, end in ranges]
    return OffsetMap(starts, ends, outer.start, outer.end)
