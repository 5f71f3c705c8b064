"""`WWW-Authenticate`, as servers write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.registry.auth.challenge import Challenge, parse_challenges
from imagelock.registry.http.failure import Failure

HUB = (
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",'
    'scope="repository:library/nginx:pull"'
)


def test_a_challenge_of_docker_hub() -> None:
    (challenge,) = parse_challenges([HUB])

    assert challenge == Challenge(
        "bearer",
        {
            "realm": "https://auth.docker.io/token",
            "service": "registry.docker.io",
            "scope": "repository:library/nginx:pull",
        },
    )


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('BaSiC ReAlM="x"', [Challenge("basic", {"realm": "x"})]),
        ("Bearer realm=/token", [Challenge("bearer", {"realm": "/token"})]),
        (
            "Bearer realm=https://a/b?c=d",
            [Challenge("bearer", {"realm": "https://a/b?c=d"})],
        ),
        (r'Basic realm="a\"b\\c"', [Challenge("basic", {"realm": r'a"b\c'})]),
        ('Basic realm=""', [Challenge("basic", {"realm": ""})]),
        (
            'Bearer  realm = "x" , service="y"',
            [Challenge("bearer", {"realm": "x", "service": "y"})],
        ),
        (
            'Bearer realm="x",service="y, Basic z",Basic realm="w", charset="UTF-8"',
            [
                Challenge("bearer", {"realm": "x", "service": "y, Basic z"}),
                Challenge("basic", {"realm": "w", "charset": "UTF-8"}),
            ],
        ),
        ("Negotiate", [Challenge("negotiate")]),
        (
            'Negotiate abc==, Basic realm="x"',
            [Challenge("negotiate"), Challenge("basic", {"realm": "x"})],
        ),
        ("Negotiate, NTLM", [Challenge("negotiate"), Challenge("ntlm")]),
        (', Basic realm="x",,', [Challenge("basic", {"realm": "x"})]),
        ("", []),
    ],
)
def test_the_forms_of_a_challenge(header: str, expected: list[Challenge]) -> None:
    assert parse_challenges([header]) == expected


def test_several_headers_keep_their_order() -> None:
    schemes = [c.scheme for c in parse_challenges(['Basic realm="x"', HUB])]

    assert schemes == ["basic", "bearer"]


@pytest.mark.parametrize(
    "header",
    [
        'Bearer realm="open',
        'Bearer realm="a" service="b"',
        'Bearer realm="a"service="b"',
        'realm="x"',
        'Bearer realm="a",realm="b"',
        'Bearer realm="a", "b"',
        "Bearer realm=x y",
        "@",
    ],
)
def test_what_is_malformed_is_refused(header: str) -> None:
    with pytest.raises(Failure, match="not valid HTTP"):
        parse_challenges([header])


@given(st.text(alphabet='Bearlm ="\\,\t;/@é', max_size=40))
def test_nothing_but_a_failure_comes_of_any_header(header: str) -> None:
    try:
        challenges = parse_challenges([header])
    except Failure:
        return
    assert all(c.scheme == c.scheme.lower() != "" for c in challenges)


@pytest.mark.parametrize("piece", ["a", "a=", 'a="', "a, ", '\\"', " ", "Basic a="])
def test_a_long_header_is_no_work(piece: str) -> None:
    header = f"Bearer {piece * 20_000}"

    try:
        count = len(parse_challenges([header]))
    except Failure:
        count = 0
    assert count <= len(header)
