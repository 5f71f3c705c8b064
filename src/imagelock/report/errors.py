"""An error that ends a run, as text for the terminal."""

from __future__ import annotations

from imagelock.light_typing import TYPE_CHECKING
from imagelock.report.style import Style, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.errors import ImagelockError


def format_error(error: ImagelockError, style: Style) -> str:
    """Return the place, the message, the line of the file, notes and the way out."""
    return "".join(_parts(error, style))


def _parts(error: ImagelockError, style: Style) -> Iterator[str]:
    place = f"{style.bold(printable(error.place))}: " if error.place else ""
    message = "\n".join(map(printable, str(error).split("\n")))
    for line in f"{place}{style.red('error')}: {message}".split("\n"):
        yield f"{style.wrap(line)}\n"
    if error.source is not None:
        from imagelock.report.excerpt import format_excerpt  # few errors have one

        yield format_excerpt(error.source, style)
    for note in getattr(error, "__notes__", ()):
        yield f"{style.wrap(f'  {printable(note)}')}\n"
    if error.hint:
        hint = "\n".join(map(printable, f"hint: {error.hint}".split("\n")))
        yield f"\n{style.labeled(hint)}\n"
