"""Addresses of targets that build arguments have, for which Pants puts an image.

See www.pantsbuild.org, "Docker", "Build arguments": the default of an `ARG` is the
address of a `docker_image`, and Pants builds with the name that this image gets.

    ARG BASE=:base                   beside the Dockerfile
    ARG BASE=//:base                 at the root
    ARG BASE=src/docker/base:image   in a folder, which looks like an image, too
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason, Skipped

if TYPE_CHECKING:
    from imagelock.model.occurrence import Place
    from imagelock.sources.context import Context

_ADDRESS: Final = re.compile(
    r"(?:(?://)?(?P<folder>\w[\w.-]*(?:/\w[\w.-]*)*)|(?://)?):[\w.+=-]++"
)
_BUILD_FILES: Final = ("BUILD", "BUILD.pants")
_TARGET: Final = re.compile(r"\bdocker_image\s*\(")


def target_of_pants(value: str, place: Place, context: Context) -> Skipped | None:
    """Return why *value*, of a build argument, is no image, if it is an address.

    What could be the name of an image, too, is one unless a BUILD file is there.
    """
    address = _ADDRESS.fullmatch(value)
    if address is None or not (
        value.startswith((":", "//")) or _builds(address["folder"], context)
    ):
        return None
    detail = f"`{value}` is the address of a target, whose image Pants builds"
    return Skipped(place=place, reason=Reason.BUILD_OUTPUT, detail=detail)


def _builds(folder: str, context: Context) -> bool:
    """Return whether a BUILD file in *folder*, from the root, has a `docker_image`."""
    if "/" not in folder:
        return False
    files = (context.read(PurePosixPath(folder, name)) for name in _BUILD_FILES)
    return any(file and _TARGET.search(file.value) for file in files)
