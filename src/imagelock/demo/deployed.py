"""What the files and the lockfile of the demo deploy, and how a container gets it."""

from __future__ import annotations

import re
import urllib.request
from typing import TYPE_CHECKING, Final

from imagelock.demo.shop import DEPLOYMENT, IMAGE, REPOSITORY
from imagelock.lockfile.model import LOCKFILE
from imagelock.lockfile.reader import read
from imagelock.model.image import OCI_INDEX
from imagelock.model.reference import Reference

if TYPE_CHECKING:
    from pathlib import Path

_IMAGE: Final = re.compile(r"image: (\S+)")


def image_in_file(folder: Path) -> Reference | None:
    """Return the image that the manifest of the project in *folder* names, if any.

    Raises:
        InvalidReferenceError: It is no image.
    """
    path = folder / DEPLOYMENT
    text = path.read_text("utf-8", "replace") if path.is_file() else ""
    match = _IMAGE.search(text)
    return Reference.parse(match[1]) if match else None


def image_in_lock(folder: Path) -> Reference | None:
    """Return the image of the shop with the digest that is locked in *folder*, if any.

    Raises:
        LockfileError: The lockfile cannot be read.
    """
    path = folder / LOCKFILE
    if not path.is_file():
        return None
    reference = Reference.parse(IMAGE)
    image = read(path.read_text("utf-8", "replace")).images.get(reference.key)
    return reference.at(image.digest) if image else None


def pull(address: str, item: str) -> bytes:
    """Return the index of the shop at *item*, a tag or digest, from a registry.

    Raises:
        OSError: The registry does not have it, or does not answer.
    """
    url = f"{address}/v2/{REPOSITORY}/manifests/{item}"
    request = urllib.request.Request(url, headers={"Accept": OCI_INDEX})  # noqa: S310
    # Without proxies: the registry is in this process.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=10) as answer:
        content: bytes = answer.read()
    return content
