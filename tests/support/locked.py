"""Lockfiles without a registry: the digest of every image is that of its name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from imagelock.lockfile.model import LOCKFILE, Lockfile
from imagelock.lockfile.writer import write
from imagelock.model.digest import Digest
from imagelock.model.image import OCI_INDEX, Image
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from imagelock.commands.editing.edit_plan import EditPlan
    from imagelock.lockfile.model import Pin

PLATFORMS = (Platform.parse("linux/amd64"), Platform.parse("linux/arm64"))


def digest_of(name: str) -> Digest:
    """Return the digest that `locked` gives the image *name*."""
    return Digest.of(str(Reference.parse(name).key).encode())


def locked(names: Iterable[str | Reference]) -> Lockfile:
    """Return a lockfile with an entry for each of *names*."""
    keys = {Reference.parse_key(str(name)).key for name in names}
    images = {
        key: Image(
            reference=key,
            digest=key.digest or Digest.of(str(key).encode()),
            media_type=OCI_INDEX,
        )
        for key in keys
    }
    return Lockfile(platforms=PLATFORMS, images=images)


def save(root: Path, *names: str) -> None:
    """Write the lockfile of the project at *root*."""
    (root / LOCKFILE).write_text(write(locked(names)), encoding="utf-8")


def with_pins(lockfile: Lockfile, plan: EditPlan) -> Lockfile:
    """Return *lockfile* with the pins that *plan* writes."""
    pins: dict[Reference, tuple[Pin, ...]] = {}
    for move in plan.planned:
        key = move.reference.key
        pins[key] = (*pins.get(key, ()), move.pin)
    return replace(lockfile, pins=pins)
