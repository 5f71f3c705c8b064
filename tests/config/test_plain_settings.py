"""The usual settings are read without the schema, and mean the same with it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from imagelock.config.plain_settings import plain_config
from imagelock.config.schema import validated
from imagelock.config.settings_file import SettingsFile

VALUES = st.recursive(
    st.sampled_from(
        [
            *("linux/amd64", "linux/arm64", "linux/arm/v7", "arm64", "linux", "", "x"),
            *("drift", "skipped", "no-rule", "off", "note", "warning", "error", "*.y"),
            *(True, False, 0, 1, 1.5, None),
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["drift", "skipped", "k8s/", "TAG", ""]), inner, max_size=3
        )
    ),
    max_leaves=4,
)
KEYS = st.sampled_from(
    [
        *("platforms", "include", "exclude", "ignore", "ignore-paths", "rules"),
        *("embedded", "guesses", "variables", "cooldown", "ignore_paths", "nothing"),
    ]
)
TEXTS = st.sampled_from(
    [
        "a",
        "b-1",
        "others",
        "A",
        "",
        " ",
        "x,y",
        "a\nb",
        "deps: {changes}",
        "acme/*",
        "!x",
    ]
)
REQUEST = {
    "title": TEXTS | st.just("deps: {changes}"),
    "labels": st.lists(TEXTS, max_size=2),
    "reviewers": st.lists(TEXTS | VALUES, max_size=2),
}
GROUPS = st.lists(
    st.fixed_dictionaries(
        {},
        optional={"name": TEXTS, "images": st.lists(TEXTS, max_size=2), **REQUEST},
    )
    | VALUES,
    max_size=3,
)
UPDATES = st.fixed_dictionaries(
    {}, optional={**REQUEST, "limit": st.integers(0, 2) | VALUES, "group": GROUPS}
)


def compare(table: dict[str, Any]) -> None:
    plain = plain_config(table)
    if plain is not None:
        file = SettingsFile(
            name="imagelock.toml", folder=Path(), border=Path(), text="", table=table
        )
        assert plain == validated([file])


@given(UPDATES | VALUES)
@example({"group": [{"name": "a", "images": ["x"]}, {"name": "a", "images": ["y"]}]})
@example({"group": [{"name": "a", "images": []}], "limit": 1})
@example({"title": "no changes", "labels": ["one", "two words"]})
def test_requests_are_what_the_schema_reads(table: Any) -> None:  # noqa: ANN401
    compare({"update": table})


@given(st.dictionaries(KEYS, VALUES, max_size=3))
@example({"platforms": ["linux/arm64", "linux/amd64"], "exclude": ["old/"]})
@example({"rules": {"drift": "off"}, "ignore": ["skipped"], "variables": {"A": ""}})
@example({"ignore-paths": {"a/": ["drift"]}, "embedded": True, "guesses": False})
@example({"platforms": []})
def test_what_is_read_plainly_is_what_the_schema_reads(table: dict[str, Any]) -> None:
    compare(table)


DAY = date(2026, 1, 31)
PATTERNS = st.sampled_from(
    ["**", "quay.io", "nginx:1", "acme/*", "x y", "sha256:1", "", "ghcr.io/acme/**"]
)
WORDS = st.sampled_from(
    [
        *("any", "version", "digest", "lock", "none", "3d", "x", "", "too-old"),
        *("moving-tag", "drift", "a.label"),
    ]
)
SCALARS = WORDS | PATTERNS | st.booleans() | st.integers(0, 2) | st.just(DAY)
ENTRIES = st.dictionaries(
    st.sampled_from(["image", "rule", "reason", "since", "until", "other"]),
    SCALARS,
    max_size=4,
)
POLICY_VALUES = (
    SCALARS
    | st.lists(SCALARS, max_size=2)
    | st.lists(ENTRIES, max_size=2)
    | st.dictionaries(PATTERNS, SCALARS | st.lists(SCALARS, max_size=2), max_size=2)
)
POLICY_KEYS = st.sampled_from(
    [
        *("registries", "moving-tags", "levels", "pin", "deny", "look-alike"),
        *("end-of-life", "end-of-life-soon", "max-lag", "max-age", "bases"),
        *("labels", "accept", "other", "max_age"),
    ]
)
ACCEPTED = {"rule": "too-old", "image": "nginx", "reason": "x", "until": DAY}
DENIED = {"image": "sha256:" + "a" * 64, "reason": "", "since": DAY}
WHOLE_POLICY = {
    "registries": ["quay.io"],
    "moving-tags": True,
    "levels": {"**": "version"},
    "pin": {"quay.io": "digest", "**": "lock"},
    "deny": [DENIED, {"image": "nginx:1"}],
    "look-alike": True,
    "end-of-life": False,
    "end-of-life-soon": "90d",
    "max-lag": "2w",
    "max-age": {"**": "180d", "quay.io": "none"},
    "bases": ["debian", "gcr.io/distroless/**"],
    "labels": {"ghcr.io/acme/**": ["a.label"]},
    "accept": [ACCEPTED],
}


@given(st.dictionaries(POLICY_KEYS, POLICY_VALUES, max_size=3))
@example(WHOLE_POLICY)
@example({"moving-tags": False, "max-age": "1d", "bases": [], "labels": ["a"]})
@example({"moving-tags": ["edge"], "max-age": {}, "bases": {"**": []}, "labels": []})
def test_a_policy_that_is_read_plainly_is_what_the_schema_reads(
    policy: dict[str, Any],
) -> None:
    table = {"policy": policy}
    plain = plain_config(table)
    if plain is not None:
        file = SettingsFile(
            name="imagelock.toml", folder=Path(), border=Path(), text="", table=table
        )
        assert plain == validated([file])


@pytest.mark.parametrize(
    "table",
    [
        {"platforms": ["linux/amd64"]},
        {"policy": WHOLE_POLICY},
        {"include": ["a"], "exclude": ["b"], "embedded": True},
        {"rules": {"drift": "warning"}, "ignore": ["index-drift"]},
        {"ignore-paths": {"a/*": ["drift"]}, "variables": {"TAG": "1"}},
        {
            "update": {
                "title": "deps: {changes}",
                "labels": ["images"],
                "limit": 3,
                "group": [
                    {"name": "acme", "images": ["ghcr.io/acme/*", "!ghcr.io/acme/db"]},
                    {"name": "base", "images": ["debian"], "reviewers": ["alice"]},
                ],
            }
        },
    ],
)
def test_the_usual_form_needs_no_schema(table: dict[str, Any]) -> None:
    assert plain_config(table) is not None


@pytest.mark.parametrize(
    "table",
    [
        {"cooldown": "3d"},
        {"images": {}},
        {"platforms": ["nonsense"]},
        {"platforms": "linux/amd64"},
        {"rules": {"drift": "fatal"}},
        {"rules": ["drift"]},
        {"variables": {"A": 1}},
        {"guesses": 1},
    ],
)
def test_everything_else_is_left_to_the_schema(table: dict[str, Any]) -> None:
    assert plain_config(table) is None
