from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.registry.retry import Retrying, bounds, retry_after

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

URL = "https://registry.example/v2/a/manifests/1"
NOON = 1_800_000_000.0


@dataclass
class Scene:
    """A server with its answers in their order, and a clock that sleeping moves."""

    answers: Sequence[httpx.Response | Exception]
    now: float = NOON
    slept: list[float] = field(default_factory=list)
    asked: int = 0

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.url.scheme == "https"
        result = self.answers[self.asked]
        self.asked += 1
        if isinstance(result, Exception):
            raise result
        return result

    def send(self, method: str = "GET") -> httpx.Response:
        transport = Retrying(
            httpx.MockTransport(self.answer),
            sleep=self.sleep,
            clock=lambda: self.now,
            chance=lambda: 1.0,
        )
        return transport.handle_request(httpx.Request(method, URL))


def status(code: int, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(code, headers=named)


@pytest.mark.parametrize("code", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(code: int) -> None:
    scene = Scene([status(code), status(code), status(200)])

    assert scene.send().status_code == 200
    assert scene.slept == [0.5, 1.0]


@pytest.mark.parametrize("code", [200, 301, 400, 401, 403, 404, 501])
def test_an_answer_that_stays_is_final(code: int) -> None:
    scene = Scene([status(code)])

    assert scene.send().status_code == code
    assert scene.slept == []


def test_after_four_tries_the_last_answer_counts() -> None:
    scene = Scene([status(500)] * 3 + [status(503)])

    assert scene.send("HEAD").status_code == 503
    assert scene.slept == [0.5, 1.0, 2.0]


def test_a_connection_that_breaks_is_tried_again() -> None:
    scene = Scene(
        [httpx.ReadError("reset"), httpx.RemoteProtocolError("x"), status(200)]
    )

    assert scene.send().status_code == 200
    assert scene.asked == 3


def test_a_body_that_breaks_off_is_tried_again() -> None:
    class Broken(httpx.SyncByteStream):
        def __iter__(self):  # type: ignore[no-untyped-def]  # noqa: ANN204
            yield b"half"
            raise httpx.ReadError("reset")

    scene = Scene([httpx.Response(200, stream=Broken()), status(200)])

    assert scene.send().content == b""
    assert scene.asked == 2


def refused() -> Exception:
    error = httpx.ConnectError("no")
    error.__cause__ = ConnectionRefusedError()
    return error


@pytest.mark.parametrize(
    "make", [refused, lambda: httpx.ReadTimeout("slow"), lambda: httpx.ProxyError("no")]
)
def test_what_will_not_change_is_not_tried_again(make: Callable[[], Exception]) -> None:
    scene = Scene([make()])

    with pytest.raises(httpx.TransportError):
        scene.send()

    assert scene.slept == []


def test_a_push_is_never_repeated() -> None:
    scene = Scene([status(500)])

    assert scene.send("POST").status_code == 500


def test_the_server_says_how_long_to_wait() -> None:
    scene = Scene([status(429, Retry_After="7"), status(200)])

    assert scene.send().status_code == 200
    assert scene.slept == [7.0]


def test_nobody_waits_for_hours() -> None:
    scene = Scene([status(429, Retry_After="3600")])

    assert scene.send().status_code == 429
    assert scene.slept == []


def test_a_host_that_asks_for_a_pause_gets_it_from_everyone() -> None:
    scene = Scene([status(429, Retry_After="9"), status(200), status(200)])
    transport = Retrying(
        httpx.MockTransport(scene.answer),
        # The others come while the first one still waits: the clock stands still.
        sleep=scene.slept.append,
        clock=lambda: NOON,
    )

    transport.handle_request(httpx.Request("GET", URL))
    transport.handle_request(httpx.Request("GET", "https://other.example/"))
    assert scene.slept == [9.0]
    scene.answers = [*scene.answers, status(200)]
    transport.handle_request(httpx.Request("GET", URL))
    assert scene.slept == [9.0, 9.0]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        (" 0 ", 0.0),
        ("Fri, 15 Jan 2027 08:00:30 GMT", 30.0),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0.0),
        ("Fri, 15 Jan 2027 08:00:30 -0000", 30.0),
        ("soon", None),
        ("", None),
        ("-1", None),
        ("880.092us", None),
    ],
)
def test_the_forms_of_retry_after(value: str, seconds: float | None) -> None:
    response = httpx.Response(429, headers=[("Retry-After", value)])

    assert retry_after(response, NOON) == seconds


@given(st.binary(max_size=40))
def test_no_retry_after_is_too_strange(value: bytes) -> None:
    response = httpx.Response(429, headers=[(b"Retry-After", value)])

    assert (retry_after(response, NOON) or 0.0) >= 0.0


def test_the_bounds_double() -> None:
    assert list(bounds()) == [0.5, 1.0, 2.0]
