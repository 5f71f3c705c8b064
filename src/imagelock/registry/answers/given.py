"""Answers that a run is given."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Self

from imagelock.dataclass import dataclass
from imagelock.registry.answers.model import AnswerFile
from imagelock.registry.answers.reader import read_answers

if TYPE_CHECKING:
    import os


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers of registries that a run uses if they are at most *max_age* old.

    Use `Answers.read`.
    """

    content: AnswerFile
    max_age: timedelta

    @classmethod
    def read(
        cls,
        *files: str | os.PathLike[str],
        max_age: timedelta = timedelta(hours=1),
    ) -> Self:
        """Return the answers in *files*, which `fleet resolve` wrote.

        For a tag that several of them have, the latest answer counts.

        Raises:
            UsageError: a file cannot be read, is something else, or is of a later
                version.
        """
        parts = (read_answers(Path(file)) for file in files)
        return cls(AnswerFile.merged(parts), max_age)
