from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from imagelock.model.platform import Platform
from tests.support.many_images import GOOD

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def good() -> Iterator[str]:
    """The address of a registry with forty images, without its scheme."""
    registry = MemoryRegistry()
    platforms = [Platform.parse("linux/amd64")]
    for number in range(GOOD):
        registry.push_image(f"team/app{number}", "1", platforms, salts=str(number))
    with serve(registry) as address:
        yield address.removeprefix("http://")
