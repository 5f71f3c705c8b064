"""A host that never answers takes neither the time nor the images of the others."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import pytest

from tests.support.many_images import (
    GOOD,
    HANGING,
    compose,
    count_locked,
    hanging_first,
)
from tests.support.slow import (
    serve_slowly,
    silent,
    slow_body,
    slow_headers,
    slow_hints,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run
    from tests.support.slow import Pieces

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
DEADLINE: Final = 60


def test_twenty_hanging_images_before_forty_good_ones(
    project: Path, imagelock: Run, good: str
) -> None:
    with serve_slowly(silent) as bad:
        compose(project, hanging_first(bad.address, good))
        began = time.monotonic()
        result = imagelock("lock", "--timeout", str(DEADLINE))
        seconds = time.monotonic() - began

    assert result.exit_code == 3
    assert count_locked(project) == GOOD
    cause = f"error: `{bad.address}`: it did not answer in time ({HANGING} images)\n"
    assert result.err.count(cause) == 1
    assert seconds < DEADLINE + 5


@pytest.mark.parametrize("pieces", [slow_body, slow_headers, slow_hints])
def test_ten_seconds_are_ten_seconds(
    project: Path, imagelock: Run, good: str, pieces: Pieces
) -> None:
    at_once = "HEAD" if pieces is slow_body else ""
    with serve_slowly(pieces, at_once=at_once) as slow:
        images = [
            f"{host}/team/app{n}" for host in (slow.address, good) for n in (0, 1)
        ]
        compose(project, images)
        began = time.monotonic()
        result = imagelock("lock", "--timeout", "10")
        seconds = time.monotonic() - began

    assert result.exit_code == 3
    assert count_locked(project) == 2
    assert seconds < 15
