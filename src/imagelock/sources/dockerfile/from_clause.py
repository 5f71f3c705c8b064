"""The arguments of FROM: `image [AS stage]`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imagelock.sources.dockerfile.lines import Instruction
    from imagelock.syntax.yaml_json.source_slice import SourceSlice

# The expressions of templates hold blanks; a limit keeps unclosed ones cheap.
_WORD: Final = re.compile(
    r"(?:\{\{.{0,200}?\}\}|\{%.{0,200}?%\}|<%.{0,200}?%>|[^\t\v\f\r ])+"
)
_QUOTED: Final = re.compile(r"\"[^\"]+\"|'[^']+'")
_WORDS_WITH_STAGE: Final = 3


@dataclass(frozen=True, slots=True)
class FromClause:
    """A valid FROM: its image without quotes, the word as written, and its stage.

    `stage` is in lower case, as in BuildKit; `None` if it has no name.
    """

    image: SourceSlice
    word: str
    stage: str | None


def parse_from_clause(arguments: SourceSlice) -> FromClause | str:
    """Return the clause, or the problem with it in words for people."""
    words = [arguments.part(*m.span()) for m in _WORD.finditer(arguments.text)]
    if not words:
        return "FROM names no image"
    image = words[0].part(1, -1) if _QUOTED.fullmatch(words[0].text) else words[0]
    if len(words) == 1:
        return FromClause(image, words[0].text, None)
    if len(words) == _WORDS_WITH_STAGE and words[1].text.lower() == "as":
        return FromClause(image, words[0].text, words[2].text.lower())
    if any(word.text.startswith("#") for word in words):
        return "a comment stands on a line of its own"
    return "FROM has the form `FROM image` or `FROM image AS name`"


def stage_names(instructions: Iterable[Instruction]) -> Iterator[str | None]:
    """Yield the name of each stage, in order; `None` for one without a name."""
    for instruction in instructions:
        if instruction.name == "FROM":
            clause = parse_from_clause(instruction.arguments)
            yield clause.stage if isinstance(clause, FromClause) else None
