"""The time that a request gets."""

from __future__ import annotations

import httpx
import pytest

from imagelock.registry.http.bounded_network import RequestBounds
from imagelock.registry.http.deadline import Deadline, DeadlineTransport


@pytest.mark.parametrize(
    ("timeout", "deadline", "connect", "read"),
    [(30.0, 300.0, 10.0, 30.0), (5.0, 300.0, 5.0, 5.0), (30.0, 4.0, 4.0, 4.0)],
)
def test_a_connection_gets_less_time_than_an_answer(
    timeout: float, deadline: float, connect: float, read: float
) -> None:
    def now() -> float:
        return 1000.0

    def handler(request: httpx.Request) -> httpx.Response:
        assert request.extensions["timeout"]["connect"] == connect
        assert request.extensions["timeout"]["read"] == read
        return httpx.Response(200)

    transport = DeadlineTransport(
        httpx.MockTransport(handler),
        Deadline(deadline, now),
        timeout,
        RequestBounds(now),
    )

    answer = transport.handle_request(httpx.Request("GET", "https://registry.example"))

    assert answer.status_code == 200
