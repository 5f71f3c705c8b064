"""What waits for its cooldown, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.report.style import printable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from imagelock.lockfile.sightings import DigestSighting
    from imagelock.model.reference import Reference

_TIME: Final = "%Y-%m-%d %H:%M UTC"


def text(sightings: Mapping[Reference, DigestSighting], age: timedelta) -> str:
    """Return a line for each image with a new digest that is not known for *age*."""
    return "".join(
        f"waiting: {printable(key.familiar)}  {one.digest.abbreviated}"
        f"  seen {one.since:{_TIME}}, locked from {one.since + age:{_TIME}}\n"
        for key, one in sorted(sightings.items(), key=lambda item: str(item[0]))
    )
