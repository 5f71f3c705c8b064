"""Names that charts have in common: keys of values, and folders."""

from __future__ import annotations

import re
from typing import Final

CHART: Final = "Chart.yaml"
"""The file that makes a folder a chart."""

DIGESTS: Final = {"digest": "{digest}", "sha": "{hex}", "sha256": "{hex}"}
"""The keys of digests, with the templates of their slots."""

TAGS: Final = ("tag", "imageTag", "version")
"""The keys of tags; the first that is there counts."""

IMAGE: Final = re.compile(r"(?:^i|I|[_-]i)mage$")
"""Keys of images."""

IMAGES: Final = re.compile(r"(?:^i|I|[_-]i)mages?$")
"""Keys of images, and of mappings and lists with images."""

IMAGE_NAME: Final = re.compile(
    r"(?<!^default)(?:^i|I|[_-]i)mage(?P<part>[-_]?(?:[Rr]epository|[Rr]epo|[Nn]ame))$"
)
"""Keys of the name of an image, whose tag is beside it: `imageRepository`."""

FOLDERS: Final = frozenset(
    {"ci", "envs", "environments", "example", "examples", "test", "tests", "values"}
)
"""Folders of a chart with further values; `ci` is that of chart-testing."""


def part_keys(name_key: str) -> tuple[str, ...]:
    """Return the keys of the registry and the tag of the image at *name_key*.

    They have the name of the image before them: `proxyImageTag`, and also `proxyTag`.
    """
    return *registry_keys(name_key), *tag_keys(name_key)


def registry_keys(name_key: str) -> tuple[str, ...]:
    """Return the keys of the registry of the image at *name_key*."""
    return _named(name_key, "Registry")


def tag_keys(name_key: str) -> tuple[str, ...]:
    """Return the keys of the tag of the image at *name_key*."""
    short = re.sub(r"[-_]?[iI]mage$", "", _stem(name_key))
    keys = *_named(name_key, "Tag"), *_named(name_key, "Version")
    return (*keys, f"{short}Tag", f"{short}_tag") if short else keys


def _named(name_key: str, part: str) -> tuple[str, ...]:
    stem, small = _stem(name_key), part.lower()
    return f"{stem}{part}", f"{stem}_{small}", f"{stem}-{small}"


def _stem(name_key: str) -> str:
    """Return *name_key* without the word for the name: `image` of `imageRepository`."""
    match = IMAGE_NAME.search(name_key)
    return name_key[: match.start("part")] if match else name_key
