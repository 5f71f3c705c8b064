from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.oracles.counts import PROPERTY
from tests.oracles.judging import Tally

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def tally(
    request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> Tally:
    """Counts of this test, which `pytest` prints with those of all others."""
    tally = Tally()
    record_property(PROPERTY, (request.path.stem.removeprefix("test_"), tally.counts))
    return tally
