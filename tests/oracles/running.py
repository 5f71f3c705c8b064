"""Run the real programs over many inputs at once."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

from tests.support.programs import need

if TYPE_CHECKING:
    from collections.abc import Iterable

    Answer = dict[str, Any]


def buildkit(builds: Iterable[dict[str, Any]]) -> list[Answer]:
    """Return what `programs/buildkit` answers to *builds*: `images`, or an `error`."""
    return _answers("buildkit", builds)


def compose(requests: Iterable[dict[str, Any]]) -> list[Answer]:
    """Return what `programs/compose` answers to *requests*: `project`, or an `error`."""
    return _answers("compose-go", requests)


def _answers(program: str, requests: Iterable[dict[str, Any]]) -> list[Answer]:
    lines = [json.dumps(request) for request in requests]
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
