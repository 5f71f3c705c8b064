"""Headers of registries: how long to wait, and warnings, which are only shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.platform import Platform
from imagelock.model.reference import Reference
from imagelock.registry.http.headers import retry_after, warnings_of
from tests.registry.conftest import HUB, Connect

if TYPE_CHECKING:
    from imagelock.demo.registry import MemoryRegistry
    from tests.support.memory import World


@pytest.mark.parametrize(
    ("header", "texts"),
    [
        ('299 - "use another one"', ["use another one"]),
        (r'299 - "a \"b\" \\c"', [r'a "b" \c']),
        ('299 - "\x1b[2J"', [r"\x1b[2J"]),
        ('299 - ""', [""]),
        ('199 - "x"', []),
        ('299 example.com "x"', []),
        ("299 - x", []),
        ('299 - "x" "y"', []),
        ('299 - "' + "x" * 4096 + '"', []),
    ],
)
def test_forms_of_a_warning(header: str, texts: list[str]) -> None:
    response = httpx.Response(200, headers=[(b"Warning", header.encode())])

    assert warnings_of(response) == texts


@given(value=st.text())
def test_no_warning_raises(value: str) -> None:
    response = httpx.Response(200, headers=[(b"Warning", value.encode())])

    assert all(text.isprintable() for text in warnings_of(response))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        (" 120 ", 120.0),
        ("Thu, 01 Jan 1970 00:20:00 GMT", 200.0),
        ("Thu, 01 Jan 1970 00:20:00 -0000", 200.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("-1", None),
        ("1.5", None),
        ("880.092µs", None),
        ("٣", None),
        ("", None),
    ],
)
def test_both_forms_of_retry_after(value: str, seconds: float | None) -> None:
    response = httpx.Response(429, headers=[(b"Retry-After", value.encode())])

    assert retry_after(response, 1000.0) == seconds


@given(st.text())
def test_no_retry_after_raises(value: str) -> None:
    response = httpx.Response(429, headers=[(b"Retry-After", value.encode())])

    wait = retry_after(response, 1000.0)

    assert wait is None or wait >= 0


def test_a_warning_is_reported_once_and_changes_nothing(
    world: World, hub: MemoryRegistry, connect: Connect
) -> None:
    amd64 = Platform.parse("linux/amd64")
    digest = hub.push_image("library/nginx", "1", [amd64])
    two = [(b"Warning", b'299 - "old"'), (b"Warning", b'299 - "slow"')]

    def change(_: httpx.Request, response: httpx.Response) -> None:
        response.headers = httpx.Headers([*response.headers.raw, *two])

    world.alter(HUB, change)
    client = connect()
    nginx = Reference.parse("nginx:1")

    assert client.digest(nginx) == digest
    assert client.serves(nginx, digest)
    assert client.notices == [f"`{HUB}` says: old", f"`{HUB}` says: slow"]


def test_there_is_an_end_to_warnings(
    world: World, hub: MemoryRegistry, connect: Connect
) -> None:
    client = connect()
    for number in range(150):
        headers = {"Warning": f'299 - "{number}"'}
        world.answer(HUB, 404, headers=headers)
        client.serves(Reference.parse("nginx:1"), hub.push_image("a", "1", []))

    assert len(client.notices) == 100
