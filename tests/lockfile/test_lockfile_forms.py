"""A lockfile as imagelock writes it is read in a shorter way, with one meaning."""

from __future__ import annotations

import copy
import tomllib
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from imagelock.lockfile import fast_reader, schema

if TYPE_CHECKING:
    from collections.abc import Iterator

HEX = "a" * 64
TEXT = f"""
version = 1
platforms = ["linux/amd64", "linux/arm64/v8"]

[[image]]
reference = "docker.io/library/nginx:1.27"
digest = "sha256:{HEX}"
media-type = "application/vnd.oci.image.index.v1+json"
release = "1.27.0"
source = "https://example.org/nginx"
revision = "abc"
platforms = [
    {{ name = "linux/amd64", digest = "sha256:{HEX}" }},
    {{ name = "linux/arm64/v8", digest = "sha512:{HEX}{HEX}" }},
]
pinned = [
    {{ file = "a/Dockerfile", use = "FROM" }},
    {{ file = "compose.yaml", use = "services.a", number = 2, wrote = ":1@{{digest}}" }},
]

[[image]]
reference = "ghcr.io/acme/app@sha256:{HEX}"
digest = "sha256:{HEX}"
"""
DATA = tomllib.loads(TEXT)
KEYS = (None, "x", "number", "media-type", "digest", "platforms")
ODD: tuple[Any, ...] = (
    *(0, 1, 2, -1, True, 1.0, "", "x", [], ["x"], [1], [[]], [{}], {}, {"x": 1}),
    *("linux/arm64", "linux/amd64", "nginx", "docker.io/library/nginx"),
    *(f"sha256:{HEX}", f"sha256:{'b' * 64}", f"sha256:{HEX.upper()}", HEX),
    *("ghcr.io/acme/app:1", f"ghcr.io/acme/app:1@sha256:{HEX}", "a/../b", "./b"),
    "application/vnd.oci.image.manifest.v1+json",
)


def places(node: object, path: tuple[str | int, ...] = ()) -> Iterator[list[str | int]]:
    """Yield the way to each value below *node*."""
    children: list[tuple[str | int, object]] = []
    if isinstance(node, dict):
        children = list(node.items())
    elif isinstance(node, list):
        children = list(enumerate(node))
    for key, child in children:
        yield [*path, key]
        yield from places(child, (*path, key))


PLACES = list(places(DATA))


def changed(path: list[str | int], key: str | int | None, value: object) -> Any:  # noqa: ANN401
    """Return the data with *value* at *path*, or at *key* beside it; or without it."""
    data: Any = copy.deepcopy(DATA)
    node = data
    for step in path[:-1]:
        node = node[step]
    last = path[-1] if key is None or isinstance(node, list) else key
    if value is None:
        del node[path[-1]]
    else:
        node[last] = value
    return data


def checked(data: Any) -> object:  # noqa: ANN401
    try:
        return schema.contents(data)
    except ValidationError:
        return None


def test_what_is_written_needs_no_check() -> None:
    assert fast_reader.contents(DATA) == schema.contents(DATA)


@pytest.mark.parametrize("path", PLACES, ids=str)
def test_both_ways_to_read_agree(path: list[str | int]) -> None:
    for key, value in product(KEYS, [None, *ODD]):
        data = changed(path, key, value)
        short = fast_reader.contents(data)

        assert short is None or short == checked(data), (key, value)
