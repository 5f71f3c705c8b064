"""The scanners and signers that `make scanners` builds, for tests that need the real ones."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

import pytest

REQUIRED: Final = "IMAGELOCK_REAL_TOOLS"
_PROGRAMS: Final = Path(__file__).parents[1] / "real_tools/programs.txt"


def _cache() -> Path:
    if folder := os.environ.get("IMAGELOCK_TOOLS_CACHE"):
        return Path(folder)
    user = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(user, "imagelock-tools")


# Read once: tests have an environment and a home of their own.
_IS_REQUIRED: Final = os.environ.get(REQUIRED) == "1"
_CACHE: Final = _cache()


def real_tool(name: str) -> Path:
    """Return the path of the real program *name*, built or installed.

    That of the cache has the version that the tests know. Without any, the test is
    skipped, or fails if `IMAGELOCK_REAL_TOOLS=1` requires them.
    """
    folder = _CACHE / _packages()[name]
    path = shutil.which(name, path=folder) or shutil.which(name)
    if path:
        return Path(path)
    message = f"`{name}` is not installed: NOTHING WAS TESTED with it (`make scanners`)"
    if _IS_REQUIRED:
        pytest.fail(f"{message}, and {REQUIRED}=1 asks for it")
    pytest.skip(message)


def _packages() -> dict[str, str]:
    lines = _PROGRAMS.read_text(encoding="utf-8").splitlines()
    rows = [line.split() for line in lines if not line.startswith("#")]
    return {row[0]: row[1] for row in rows if row}
