"""Run the real programs over many inputs at once."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

from tests.support.programs import need

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


def buildkit(builds: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what `programs/buildkit` answers to *builds*: `images`, or an `error`."""
    return _answers("buildkit", [json.dumps(build) for build in builds])


def compose(folders: Iterable[Path]) -> list[dict[str, Any]]:
    """Return what `programs/compose` loads from *folders*: a `project`, or an `error`."""
    return _answers("compose-go", [str(folder) for folder in folders])


def _answers(program: str, lines: Sequence[str]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [need(program)],
        input="\n".join([*lines, ""]),
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(lines)
    return answers
