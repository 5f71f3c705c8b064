"""A scalar of a Compose file, and what it means with its variables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Place

if TYPE_CHECKING:
    from imagelock.sources.compose.file import ComposeFile
    from imagelock.syntax.interpolation import Interpolation
    from imagelock.syntax.yaml_json import tree
    from imagelock.syntax.yaml_json.offset_map import OffsetMap

FORMAT: Final = "compose"
_BLANK: Final = " \t\r\n"


@dataclass(frozen=True, slots=True)
class Value:
    """What a scalar means once quotes, escapes and variables are resolved."""

    file: ComposeFile
    scalar: tree.Scalar
    meaning: Interpolation
    spelling: OffsetMap

    @property
    def text(self) -> str:
        """The characters of the value."""
        return self.meaning.value

    def place(self, start: int, end: int, use: str) -> Place:
        """Return where the characters from *start* to *end* of the value stand."""
        inner = self.meaning.spelling.range(start, end)
        return place(self.file, self.spelling.range(*inner), use)

    def variables(self, start: int, end: int, *, unset: bool = False) -> list[str]:
        """Return which variables are in the characters from *start* to *end*.

        With *unset*, only those that have neither a value nor a default.
        """
        first, last = self.meaning.spelling.range(start, end)
        return list(
            dict.fromkeys(
                lookup.name
                for lookup in self.meaning.lookups
                if lookup.start < last and lookup.end > first
                if lookup.unset or not unset
            )
        )


def place(file: ComposeFile, characters: tuple[int, int], use: str) -> Place:
    """Return the place of *characters* of the file, blanks at both ends left out."""
    start, end = characters
    text = file.text.value[start:end].rstrip(_BLANK)
    visible = text.lstrip(_BLANK)
    start += len(text) - len(visible)
    end = start + len(visible)
    return Place(
        path=file.path,
        span=file.text.span(start, end),
        text=file.text.value[start:end],
        format=FORMAT,
        uses=(use,),
    )
