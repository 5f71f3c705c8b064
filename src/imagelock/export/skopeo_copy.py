"""A shell script that copies each image with skopeo and keeps its tag."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from imagelock.export.target import NOWHERE, Exported, Request, nowhere

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.image import Image

SUMMARY: Final = "a shell script with `skopeo copy`, by digest, with the tags (`--to`)"
_HEAD: Final = """\
#!/bin/sh
# Made by `imagelock export skopeo-copy`. Arguments go to each `skopeo copy`.
set -eu
"""


def export(request: Request) -> Exported:
    """Return the script; whole indexes by default, and under their tags.

    By platform, the manifests of the declared platforms have no tag: a tag would
    stand for the index, which a registry refuses without all of its manifests.
    """
    lines = [line for image in request.images for line in _lines(image, request)]
    text = _HEAD + "".join(f"{line}\n" for line in lines)
    return Exported(text, nowhere(request))


def _lines(image: Image, request: Request) -> Iterator[str]:
    name = image.reference.name
    target = f"{request.destination or NOWHERE}/{image.reference.repository}"
    if request.per_platform and image.platforms:
        for one in image.platforms:
            yield _copy(f"{name}@{one.digest}", f"{target}@{one.digest}")
        return
    tag = image.reference.tag
    suffix = f":{tag}" if tag else f"@{image.digest}"
    yield _copy(f"{name}@{image.digest}", target + suffix)


def _copy(source: str, target: str) -> str:
    names = (shlex.quote(f"docker://{name}") for name in (source, target))
    return " ".join(("skopeo copy --all --preserve-digests", '"$@"', *names))
