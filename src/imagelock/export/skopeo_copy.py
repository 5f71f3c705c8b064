"""A shell script that copies each image with skopeo and keeps its tag."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from imagelock.export.target import NOWHERE, Exported, Request, about_copies

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.image import Image

SUMMARY: Final = "a shell script with `skopeo copy`, by digest, with the tags (`--to`)"
_COMMAND: Final = "skopeo copy --all --preserve-digests"
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
    return Exported(text, about_copies(request))


def _lines(image: Image, request: Request) -> Iterator[str]:
    name = image.reference.name
    insecure = request.is_insecure(image.reference.registry)
    target = f"{request.destination or NOWHERE}/{image.reference.repository}"
    if request.per_platform and image.platforms:
        for one in image.platforms:
            yield _copy(
                f"{name}@{one.digest}", f"{target}@{one.digest}", insecure=insecure
            )
        return
    tag = image.reference.tag
    suffix = f":{tag}" if tag else f"@{image.digest}"
    yield _copy(f"{name}@{image.digest}", target + suffix, insecure=insecure)


def _copy(source: str, target: str, *, insecure: bool) -> str:
    options = ["--src-tls-verify=false"] if insecure else []
    names = (shlex.quote(f"docker://{name}") for name in (source, target))
    return " ".join((_COMMAND, *options, '"$@"', *names))
