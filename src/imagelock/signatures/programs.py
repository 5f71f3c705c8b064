"""Run a program that verifies signatures, with a limit on its time and output."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.program_path import find_program
from imagelock.scanning.program import Invocation, ProgramError, run_program
from imagelock.signatures.signature import NoVerifierError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_TIMEOUT: Final = 120.0
_LARGEST: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ProgramResult:
    """What a program printed, of at most 1 MiB each, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def last_line(self) -> str:
        """The last line that says something; tools end with empty ones."""
        lines = [line.strip() for line in (self.err or self.out).splitlines()]
        return next((line for line in reversed(lines) if line), "")


@dataclass(frozen=True, slots=True)
class Program:
    """A program by its *name*, and where to get it."""

    name: str
    hint: str
    environment: Mapping[str, str]
    timeout: float = _TIMEOUT

    def run(self, arguments: Sequence[str], folder: Path) -> ProgramResult:
        """Run it with *arguments* in *folder*, and return what it printed.

        Raises:
            NoVerifierError: it is not installed, cannot be run, or takes too long.
        """
        path = find_program(self.name, self.environment)
        if path is None:
            message = f"the program `{self.name}` is not installed"
            raise NoVerifierError(message, hint=self.hint)
        invocation = Invocation(
            arguments=[path, *arguments],
            environment=self.environment,
            folder=folder,
            timeout=self.timeout,
        )
        try:
            done = run_program(invocation, threading.Event())
        except ProgramError as error:
            raise NoVerifierError(f"`{self.name}` {error}", hint=self.hint) from error
        texts = (
            data[:_LARGEST].decode("utf-8", "replace")
            for data in (done.output, done.errors)
        )
        return ProgramResult(done.exit_code, *texts)
