"""The JSON Schema for editors accepts what the reader accepts."""

from __future__ import annotations

import copy
import importlib
import json
import subprocess
import sys
import tomllib
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.lockfile.invalid_table import InvalidTableError
from imagelock.lockfile.tables import read_tables
from imagelock.lockfile.writer import write
from tests.lockfile.test_lockfile import IMAGES, lockfile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.image import Image

DOCS = Path(__file__).parent.parent.parent / "docs"
SCHEMA = json.loads((DOCS / "reference/images.lock.schema.json").read_bytes())
# By name, because the package has no types.
VALIDATOR: Any = importlib.import_module("jsonschema").Draft202012Validator(SCHEMA)

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
signer = {{ kind = "sigstore", identity = "a", issuer = "b", source = "c" }}
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
signer = {{ kind = "key", fingerprint = "sha256:{HEX}" }}

[[image]]
reference = "ghcr.io/acme/app:1"
digest = "sha256:{HEX}"
signer = {{ kind = "notation", subject = "CN=a", fingerprint = "sha256:{HEX}" }}
"""
DATA = tomllib.loads(TEXT)
KEYS = (None, "x", "number", "media-type", "media_type", "digest", "platforms")
ODD: tuple[Any, ...] = (
    *(0, 1, 2, -1, True, 1.5, "", "x", [], ["x"], [1], [[]], [{}], {}, {"x": 1}),
    *("linux/arm64", "linux/amd64", "nginx", "docker.io/library/nginx"),
    *(f"sha256:{HEX}", f"sha256:{'b' * 64}", f"sha256:{HEX.upper()}", HEX),
    *("ghcr.io/acme/app:1", f"ghcr.io/acme/app:1@sha256:{HEX}", "a/../b", "./b"),
    *("{digest}", "{hex}{hex}", f"sha512:{HEX}"),
    "application/vnd.oci.image.manifest.v1+json",
)


def places(node: object, path: tuple[str | int, ...] = ()) -> Iterator[list[str | int]]:
    """Yield the path to each value below *node*."""
    children: list[tuple[str | int, object]] = []
    if isinstance(node, dict):
        children = list(node.items())
    elif isinstance(node, list):
        children = list(enumerate(node))
    for key, child in children:
        yield [*path, key]
        yield from places(child, (*path, key))


PLACES = list(places(DATA))


def changed(
    path: list[str | int], key: str | int | None, value: object
) -> dict[str, Any]:
    """Return the data with *value* at *path*, or at *key* beside it; or without it."""
    data = copy.deepcopy(DATA)
    node: Any = data
    for step in path[:-1]:
        node = node[step]
    last = path[-1] if key is None or isinstance(node, list) else key
    if value is None:
        del node[path[-1]]
    else:
        node[last] = value
    return data


def value_at(data: dict[str, Any], path: tuple[str | int, ...]) -> object:
    node: Any = data
    for step in path:
        node = node.get(step) if isinstance(node, dict) else node[step]
    return node


def is_beyond_schema(error: InvalidTableError, data: dict[str, Any]) -> bool:
    """Return whether *error* is about a rule that the JSON Schema does not state.

    Normal forms, templates, and the agreement of a reference with its digest.
    """
    match error.path:
        case ["image", int()]:
            return isinstance(value_at(data, error.path), dict)
        case [*_, "reference" | "wrote"] | ["platforms", int()]:
            return isinstance(value_at(data, error.path), str)
        case ["image", int(), "platforms", int(), "name"]:
            return isinstance(value_at(data, error.path), str)
        case _:
            return False


def refusal(data: dict[str, Any]) -> InvalidTableError | None:
    try:
        read_tables(data)
    except InvalidTableError as error:
        return error
    return None


@pytest.mark.parametrize("path", PLACES, ids=str)
def test_the_schema_and_the_reader_agree(path: list[str | int]) -> None:
    for key, value in product(KEYS, [None, *ODD]):
        data = changed(path, key, value)
        error = refusal(data)
        if error is None or not is_beyond_schema(error, data):
            assert VALIDATOR.is_valid(data) == (error is None), (key, value)


@given(st.lists(IMAGES, max_size=4))
def test_the_schema_accepts_everything_that_is_written(images: list[Image]) -> None:
    VALIDATOR.validate(tomllib.loads(write(lockfile(*images))))


@pytest.mark.parametrize("text", [TEXT, TEXT.replace("reference", "name")])
def test_reading_loads_no_validation_library(text: str) -> None:
    program = """
import sys
from imagelock.errors import LockfileError
from imagelock.lockfile.reader import read
try:
    read(sys.argv[1])
except LockfileError as error:
    print(error)
print({"pydantic", "tomlkit", "jsonschema"} & set(sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, text],
        check=True, capture_output=True, text=True,
    )  # fmt: skip

    assert done.stdout.splitlines()[-1] == "set()"
    assert ("is not valid" in done.stdout) == (text != TEXT)
