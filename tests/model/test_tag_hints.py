"""Hints about tags that seem newer, and are not offered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.tag_hints import explain_jump, explain_no_upgrade, is_numbered
from imagelock.model.tag_pattern import TagPattern


@pytest.mark.parametrize(
    ("current", "available", "expected"),
    [
        (
            "1.25.0-alpine3.22", "1.27.0-alpine3.23 1.27.0-alpine3.24",
            "`1.27.0-alpine3.24` is out, but no such version with `-alpine3.22`",
        ),
        (
            "18.0.0-bullseye", "22.0.0-bookworm 18.0.1-bullseye",
            "`22.0.0-bookworm` is out, but no such version with `-bullseye`",
        ),
        ("1.25.0-alpine3.23", "1.27.0-alpine3.23 1.27.0-alpine3.24", None),
        ("1.25.0-alpine", "1.27.0-slim", None),
        ("1.25.0", "1.27.0-alpine3.23", None),
        ("artful", "bionic", None),
        ("1.27.0-alpine3.22", "1.25.0-alpine3.23", None),
        ("8.6-990", "8.7-1085 8.7", None),
        ("8.6-990", "8.7", None),
    ],
)  # fmt: skip
def test_the_hint(current: str, available: str, expected: str | None) -> None:
    assert explain_no_upgrade(current, available.split()) == expected


@pytest.mark.parametrize(
    ("current", "available", "far"),
    [
        ("19", "18 700 650 2025", "700"),
        ("1.4.9", "1.900.0 1.20231001.0", "1.900.0"),
        ("v3-alpine", "v999-alpine v1000", "v999-alpine"),
        ("3", "900-rc1", None),
        ("19", "2025 20240115 240115", None),
        ("1.27", "latest 700", None),
        ("latest", "700", None),
    ],
)
def test_a_hint_at_versions_that_are_far_above(
    current: str, available: str, far: str | None
) -> None:
    hint = explain_jump(current, available.split())

    expected = f"`{far}` is more than 500 versions higher" if far else None
    assert hint == expected or (hint and expected and hint.startswith(expected))


def test_a_hint_at_leading_zeros() -> None:
    hint = explain_jump("5.1.4", ["20.04.1", "14.04"])

    assert hint
    assert hint.startswith("`20.04.1` has leading zeros, and may count something else")


@pytest.mark.parametrize(
    ("current", "available"),
    [
        ("main-12345678", "main-99887766 main-a1b2c3d4"),
        ("1234567", "9988776 a1b2c3d"),
        ("20240115", "58467965 a1b2c3d4"),
    ],
)
def test_no_hint_at_commits_without_letters(current: str, available: str) -> None:
    assert explain_no_upgrade(current, available.split()) is None
    assert explain_jump(current, available.split()) is None


def test_the_hint_tells_that_the_pattern_is_wrong() -> None:
    pattern = TagPattern.parse(r"(?<version>\d+)")

    assert (
        explain_no_upgrade("v1", ["v2"], pattern) == "`tag-pattern` does not match `v1`"
    )
    assert explain_no_upgrade("1", ["2"], pattern) is None


@pytest.mark.parametrize(
    ("current", "available", "newer"),
    [
        ("5.1.4-ls209", "5.1.4-ls210 5.1.4-ls99", "5.1.4-ls210"),
        ("5.1.4-ls209", "5.1.4-ls210 5.2.0-ls4", "5.2.0-ls4"),
        ("3.4.6-debian-9-r24", "3.4.6-debian-9-r25 3.4.5-debian-9-r99", "3.4.6-debian-9-r25"),
        ("v1.29.4-k3s1", "v1.29.5-k3s1 v1.29.5-k3s2", "v1.29.5-k3s2"),
        ("16-3.4", "17-3.4 17-3.5", "17-3.5"),
        ("21-ea-32", "21-ea-35 21-jdk", "21-ea-35"),
        ("8u372-b07-jre", "8u382-b05-jre 8u392-b08-jdk", "8u382-b05-jre"),
        ("2019-CU20-ubuntu-20.04", "2019-CU27-ubuntu-20.04", "2019-CU27-ubuntu-20.04"),
        ("1.40.0.7998-c29d4c0c8", "1.40.1.8227-c0dd5a73e", "1.40.1.8227-c0dd5a73e"),
        ("v3.9.0-177-ged5bcde", "v3.10.0-169-gfe040d3", "v3.10.0-169-gfe040d3"),
        ("main-abc1234-9", "main-def5678-10 dev-def5678-11", "main-def5678-10"),
        ("jammy-20240111", "jammy-20240212 noble-20240212", "jammy-20240212"),
        ("nightly-2024-01-15", "nightly-2024-02-01", "nightly-2024-02-01"),
        (
            "RELEASE.2024-01-16T16-07-38Z",
            "RELEASE.2025-04-22T22-12-26Z RELEASE.2025-04-22T22-12-26Z.hotfix.1",
            "RELEASE.2025-04-22T22-12-26Z",
        ),
        # What is offered already is not mentioned again.
        ("1.2.3-r0", "1.2.3-r1 1.2.4-r0", None),
        ("1.2.3", "1.2.4", None),
        # These are older, of another flavour, or of another scheme.
        ("5.1.4-ls209", "5.1.4-ls208 5.1.3-ls300", None),
        ("1.2.3-ls4", "2021.12.16-ls9 1.20240115.0-ls9", None),
        ("10.11.4", "2021.12.16", None),
        ("1.2.3-cuda12.1", "1.2.3-cuda12.4", None),
        ("1.25.0-alpine3.22", "1.25.0-alpine3.23", None),
        ("2.3.0-debian-11", "2.3.0-debian-12", None),
        ("build-5", "build-20240115", None),
        # These have no order.
        ("pr-12", "pr-13", None),
        ("sha-5d1f2c3", "sha-6d1f2c3", None),
        ("5d1f2c3", "6d1f2c3", None),
        ("arm64v8-latest", "arm65v9-latest", None),
        ("latest", "latest1", None),
    ],
)  # fmt: skip
def test_a_tag_that_only_a_pattern_can_compare(
    current: str, available: str, newer: str | None
) -> None:
    hint = newer and f"`{newer}` looks newer: set `tag-pattern` to compare such tags"

    assert explain_no_upgrade(current, available.split()) == hint


@pytest.mark.parametrize("tag", ["1.2", "jammy-20240111", "main-abc1234-9"])
def test_a_tag_with_numbers_that_others_may_exceed(tag: str) -> None:
    assert is_numbered(tag)


@pytest.mark.parametrize("tag", ["latest", "sha-5d1f2c3", "pr-12", "arm64", "bookworm"])
def test_a_tag_without(tag: str) -> None:
    assert not is_numbered(tag)


@given(st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,40}", fullmatch=True), st.data())
def test_no_tag_is_newer_than_itself(tag: str, data: st.DataObject) -> None:
    digit = data.draw(st.sampled_from("0123456789"))

    assert explain_no_upgrade(tag, [tag]) is None
    explain_no_upgrade(tag, [tag + digit, digit + tag, tag.replace("1", digit)])
