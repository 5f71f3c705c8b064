"""When to check: a moment after the last change, and for the newest state only."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Result = TypeVar("Result")

DELAY: Final = 0.3
"""Seconds without a change before a check begins."""
LONGEST_WAIT: Final = 10.0
"""Seconds that a question waits for a check."""


class Schedule(Generic[Result]):
    """Runs *check* when what it checks has changed, one run at a time.

    A result counts only if nothing changed while the check ran; otherwise it is
    dropped, and the check runs again. *publish* gets each result that counts.
    """

    def __init__(
        self,
        check: Callable[[], Awaitable[Result]],
        publish: Callable[[Result], None],
    ) -> None:
        self._check = check
        self._publish = publish
        self._changes = 0
        self._checked = 0
        self._due = 0.0
        self._hurry = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._result: Result | None = None

    def changed(self, *, at_once: bool = False) -> None:
        """Check soon, with *at_once* as soon as possible."""
        self._changes += 1
        self._due = asyncio.get_running_loop().time()
        if at_once:
            self._hurry.set()
        else:
            self._due += DELAY
        self._start()

    async def current(self) -> Result | None:
        """Return the result for the newest state, or `None` if it takes too long."""
        if self._checked != self._changes:
            self._hurry.set()
            self._start()
        if self._task is not None:
            # Others wait for the same check.
            await asyncio.wait({self._task}, timeout=LONGEST_WAIT)
        return self._result if self._checked == self._changes else None

    def stop(self) -> None:
        """Check no more."""
        if self._task is not None:
            self._task.cancel()

    def _start(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while self._checked != self._changes:
            await self._wait()
            changes = self._changes
            result = await self._check()
            if changes == self._changes:
                self._checked, self._result = changes, result
                self._publish(result)

    async def _wait(self) -> None:
        """Wait until nothing has changed for a moment, or somebody hurries."""
        loop = asyncio.get_running_loop()
        while (left := self._due - loop.time()) > 0 and not self._hurry.is_set():
            try:
                await asyncio.wait_for(self._hurry.wait(), left)
            except TimeoutError:
                continue
        self._hurry.clear()
