"""Images that no registry answered for, as text."""

from __future__ import annotations

from imagelock.commands.out_of_time import out_of_time, split_late
from imagelock.light_typing import TYPE_CHECKING
from imagelock.report.grouping import with_count

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagelock.errors import RegistryError
    from imagelock.model.reference import Reference


def failure_lines(
    failures: Mapping[Reference, RegistryError], asked: int, *, all_images: bool = False
) -> tuple[list[str], list[str]]:
    """Return a line for each cause of *failures*, and each distinct hint.

    Those that the end of the run caused, of *asked* images, are a single line. With
    *all_images*, each of the others has a line.
    """
    late, others = split_late(failures)
    causes: dict[str, list[str]] = {}
    for error in others.values():
        shared = None if all_images else error.cause
        causes.setdefault(shared or str(error), []).append(str(error))
    lines = [
        with_count(cause, len(messages)) if len(messages) > 1 else messages[0]
        for cause, messages in causes.items()
    ]
    hints = [error.hint for error in others.values() if error.hint]
    if late:
        lines.append(out_of_time(late.values(), asked))
        hints.append("run it again to go on from there, or raise `--timeout`")
    return lines, list(dict.fromkeys(hints))
