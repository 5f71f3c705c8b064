"""Images that no registry answered for, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.commands.out_of_time import out_of_time, split_late

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagelock.errors import RegistryError
    from imagelock.model.reference import Reference


def failure_lines(
    failures: Mapping[Reference, RegistryError], asked: int
) -> tuple[list[str], list[str]]:
    """Return a line for each of *failures*, and each distinct hint.

    Those that the end of the run caused, of *asked* images, are a single line.
    """
    late, others = split_late(failures)
    lines = [str(error) for error in others.values()]
    hints = [error.hint for error in others.values() if error.hint]
    if late:
        lines.append(out_of_time(late.values(), asked))
        hints.append("run it again to go on from there, or raise `--timeout`")
    return lines, list(dict.fromkeys(hints))
