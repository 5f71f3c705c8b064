"""What a run says about the images for which its time was too short."""

from __future__ import annotations

from imagelock.errors import OutOfTimeError
from imagelock.light_typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from imagelock.errors import RegistryError

_Key = TypeVar("_Key")


def split_late(
    failures: Mapping[_Key, RegistryError],
) -> tuple[dict[_Key, OutOfTimeError], dict[_Key, RegistryError]]:
    """Return those of *failures* that the end of the run caused, and the others."""
    late = {k: e for k, e in failures.items() if isinstance(e, OutOfTimeError)}
    return late, {k: e for k, e in failures.items() if k not in late}


def out_of_time(late: Collection[OutOfTimeError], asked: int) -> str:
    """Return the message for *late*, at least one of *asked* images."""
    seconds = next(iter(late)).seconds
    return (
        f"ran out of time after {seconds:g} s:"
        f" {len(late):,} of {asked:,} images were not asked for"
    )
