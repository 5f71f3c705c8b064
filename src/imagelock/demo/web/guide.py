"""The steps that the page suggests, and how far somebody has come."""

from __future__ import annotations

from typing import Final

STEPS: Final = (
    "push",
    "scale-up",
    "verify 1",
    "update 0",
    "verify 0",
    "pin 0",
)
"""What happens in each step: an action, or a command and its exit code."""


class Guide:
    """Counts the steps that are done, each after the one before it."""

    def __init__(self) -> None:
        self.done = 0

    def note(self, event: str) -> None:
        """Go on if *event* is what happens in the next step."""
        if STEPS[self.done : self.done + 1] == (event,):
            self.done += 1
