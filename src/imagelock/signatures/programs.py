"""Run a program that verifies signatures, with a limit on its time and output."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.errors import reason
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
        path = shutil.which(self.name, path=self.environment.get("PATH", os.defpath))
        if path is None:
            message = f"the program `{self.name}` is not installed"
            raise NoVerifierError(message, hint=self.hint)
        # Files, not pipes: what a program prints is read up to a limit.
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            try:
                done = subprocess.run(  # noqa: S603 - a fixed program, no shell
                    [os.path.abspath(path), *arguments],
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=err,
                    cwd=folder,
                    env=dict(self.environment),
                    timeout=self.timeout,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                message = f"`{self.name}` did not end in {self.timeout:g} seconds"
                raise NoVerifierError(message) from None
            except OSError as error:
                message = f"`{self.name}` cannot be run: {reason(error)}"
                raise NoVerifierError(message, hint=self.hint) from error
            texts = []
            for file in (out, err):
                file.seek(0)
                texts.append(file.read(_LARGEST).decode("utf-8", "replace"))
        return ProgramResult(done.returncode, *texts)
