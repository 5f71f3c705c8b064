"""The real programs that tests run: where they are, and what happens without them."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final, NoReturn

import pytest

REQUIRED: Final = "IMAGELOCK_REQUIRE_INTEGRATION"
IS_REQUIRED: Final = os.environ.get(REQUIRED) == "1"
INSTALLED: Final = Path(__file__).parents[2] / ".venv/oracles"
"""Where `tests/oracles/install.sh` installs programs."""


def need(program: str) -> str:
    """Return the path of *program*, the installed one or else that of this machine.

    Without it, the test is skipped, or fails if programs are required.
    """
    path = shutil.which(program, path=INSTALLED) or shutil.which(program)
    if path:
        return path
    return _do_without(program)


def need_file(path: Path) -> None:
    """Skip the test, or fail if programs are required, if there is no *path*."""
    if not path.is_file():
        _do_without(path.name)


def _do_without(program: str) -> NoReturn:
    message = f"`{program}` is not installed: NOTHING WAS TESTED with it"
    if IS_REQUIRED:
        pytest.fail(f"{message}, and {REQUIRED}=1 asks for it")
    pytest.skip(message)
