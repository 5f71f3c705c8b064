"""A scalar of a Compose file with its variables resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from imagelock.model.occurrence import Place
    from imagelock.sources.compose.file import ComposeFile
    from imagelock.syntax.interpolation import Interpolation
    from imagelock.syntax.yaml_json import tree
    from imagelock.syntax.yaml_json.offset_map import OffsetMap


@dataclass(frozen=True, slots=True)
class ComposeValue:
    """A scalar once quotes, escapes and variables are resolved.

    `spelling` maps the value of the scalar to the file, and that of `meaning` maps
    the resolved text to the value of the scalar.
    """

    file: ComposeFile
    scalar: tree.Scalar
    meaning: Interpolation
    spelling: OffsetMap

    @property
    def text(self) -> str:
        """The resolved text."""
        return self.meaning.value

    def place(self, start: int, end: int, use: str) -> Place:
        """Return the place of the characters from *start* to *end* of the text."""
        inner = self.meaning.spelling.range(start, end)
        return self.file.trimmed_place(self.spelling.range(*inner), use)

    def variables(self, start: int, end: int, *, unset: bool = False) -> list[str]:
        """Return the variables in the characters from *start* to *end* of the text.

        With *unset*, only those without a value and without a default.
        """
        if not self.meaning.lookups:
            return []
        first, last = self.meaning.spelling.range(start, end)
        return list(
            dict.fromkeys(
                lookup.name
                for lookup in self.meaning.lookups
                if lookup.start < last and lookup.end > first
                if lookup.unset or not unset
            )
        )
