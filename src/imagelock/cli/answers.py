"""What the options for files of answers name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import timedelta
    from pathlib import Path

    from imagelock.registry.answers.given import Answers

MAX_AGE: Final = "1h"
"""How old answers may be where no option says it."""


def given_answers(files: Sequence[Path], max_age: str | None) -> Answers | None:
    """Return the answers in *files*, which count up to *max_age*; `None` without files.

    Raises:
        UsageError: a file cannot be used, or *max_age* is not a duration, or there is
            one without files.
    """
    if not files:
        if max_age is not None:
            raise UsageError(
                "`--max-age` says how old answers may be, and there are none",
                hint="name a file of answers with `--answers`",
            )
        return None
    from imagelock.registry.answers.given import Answers

    return Answers.read(*files, max_age=duration_of(max_age or MAX_AGE))


def duration_of(text: str) -> timedelta:
    """Return the duration that an option names.

    Raises:
        UsageError: *text* is none.
    """
    from imagelock.config.duration import duration

    try:
        return duration(text)
    except ValueError as error:
        raise UsageError(f"--max-age: {error}") from None
