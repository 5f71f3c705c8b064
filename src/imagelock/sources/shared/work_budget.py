"""A bound on the work that one project can cause."""

from __future__ import annotations

from imagelock.dataclass import dataclass


class TooMuchError(Exception):
    """A small file that means too much, through aliases or what it includes."""


@dataclass(slots=True)
class WorkBudget:
    """The work that the files of one project may still cause.

    A thousand aliases to a list of a thousand items are a million items: more than
    any real file has, and few bytes.
    """

    left: int = 40_000_000

    def charge(self, amount: int) -> None:
        """Take off *amount* characters or items, and 100 for the call.

        Raises:
            TooMuchError: the budget is exceeded.
        """
        self.left -= 100 + amount
        if self.left < 0:
            raise TooMuchError
