"""A word of a command that is an image, or may be."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

from imagelock.model.occurrence import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagelock.sources.shell.words import ShellWord


class ImageWord(NamedTuple):
    """A word that is an image, or why none is known: a `problem` with the word.

    `use` is the command, for people, and `reason` the kind of the problem. `tag` is the
    word with the tag, if it is apart; that of a chart (`is_chart`) is a version, or a
    range of versions. `unpinnable` is why no digest can be written.
    """

    word: ShellWord
    use: str
    problem: str = ""
    tag: ShellWord | None = None
    reason: Reason = Reason.VARIABLE
    is_chart: bool = False
    unpinnable: str | None = None


def values_of(words: Sequence[ShellWord], option: str) -> Iterator[ShellWord]:
    """Yield the values of *option*, up to `--`."""
    for word, following in zip_longest(words, words[1:]):
        if word.text == "--":
            return
        if word.text == option and following is not None:
            yield following
        elif word.beginning.startswith(f"{option}=") and (
            value := word.behind(f"{option}=")
        ):
            yield value
