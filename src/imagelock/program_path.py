"""Programs on the `PATH`, and none that a pull request can put there."""

from __future__ import annotations

import os
import sys

from imagelock.light_typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def find_program(name: str, environment: Mapping[str, str]) -> str | None:
    """Return the path of the program *name* on the `PATH` of *environment*.

    Only absolute folders count. The current folder is that of a checkout, in which
    anybody may have committed a program; a relative folder on the `PATH`, or an empty
    one, leads there, and Windows looks there first.
    """
    for folder in environment.get("PATH", os.defpath).split(os.pathsep):
        if not os.path.isabs(folder):
            continue
        for ending in _endings(environment):
            path = os.path.join(folder, name + ending)
            if os.path.isfile(path) and os.access(path, os.X_OK):
                return path
    return None


def _endings(environment: Mapping[str, str]) -> list[str]:
    """Return what may follow a name in that of a program's file."""
    if sys.platform != "win32":
        return [""]
    return environment.get("PATHEXT", ".COM;.EXE;.BAT;.CMD").split(";")
