from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.reference import Reference
from imagelock.model.reference_pattern import ReferencePattern

DIGEST = f"sha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("pattern", "references"),
    [
        ("nginx", ["nginx", "nginx:1.27", "docker.io/library/nginx:edge"]),
        ("nginx:1.27", ["nginx:1.27", f"nginx:1.27@{DIGEST}"]),
        ("docker.io/library/*", ["nginx", "redis:7"]),
        ("docker.io/library/**", ["nginx", "redis:7"]),
        ("docker.io", ["nginx", "acme/app", "acme/team/app"]),
        ("ghcr.io", ["ghcr.io/acme/app:1"]),
        ("GHCR.io/acme/**", ["ghcr.io/acme/app:1", "ghcr.io/acme/a/b/c"]),
        ("localhost:5000", ["localhost:5000/app"]),
        ("localhost:5000/app:1", ["localhost:5000/app:1"]),
        ("localhost", ["localhost/app"]),
        ("acme/app", ["acme/app:1"]),
        ("ghcr.io/*/app", ["ghcr.io/acme/app"]),
        ("ghcr.io/**/app", ["ghcr.io/app", "ghcr.io/a/app", "ghcr.io/a/b/app"]),
        ("ghcr.io/acme/app:1.*", ["ghcr.io/acme/app:1.2", "ghcr.io/acme/app:1."]),
        ("**", ["nginx", "ghcr.io/a/b/c:1"]),
        ("**:latest", ["nginx", "ghcr.io/a/b:latest"]),
        ("*.acme.example/**", ["registry.acme.example/app", "x.acme.example/a/b"]),
        ("*/acme/app", ["ghcr.io/acme/app", "acme/app"]),
        (DIGEST, [f"nginx@{DIGEST}", f"ghcr.io/x/y:1@{DIGEST}"]),
    ],
)
def test_what_a_pattern_matches(pattern: str, references: list[str]) -> None:
    parsed = ReferencePattern.parse(pattern)

    for reference in references:
        assert parsed.matches(Reference.parse(reference)), reference


@pytest.mark.parametrize(
    ("pattern", "references"),
    [
        ("nginx", ["acme/nginx", "ghcr.io/library/nginx", "nginxx"]),
        ("nginx:1.27", ["nginx:1.2", "nginx:1.27.1"]),
        ("docker.io/library/*", ["acme/nginx", "library.example/nginx"]),
        ("docker.io", ["evil.io/docker.io/nginx", "docker.io.evil.io/nginx"]),
        ("ghcr.io/acme/**", ["ghcr.io/acme-evil/app", "evil.io/ghcr.io/acme/app"]),
        ("ghcr.io/*/app", ["ghcr.io/a/b/app", "ghcr.io/app"]),
        ("ghcr.io/**/app", ["ghcr.io/a/apps", "ghcr.io/xapp"]),
        (
            "ghcr.io/acme/app:1.*",
            ["ghcr.io/acme/app:2.1", f"ghcr.io/acme/app@{DIGEST}"],
        ),
        ("*.acme.example/**", ["acme.example/app", "registry.acme.example.evil/app"]),
        ("localhost:5000", ["localhost:5001/app", "localhost/app"]),
        (DIGEST, ["nginx", f"nginx@sha256:{'b' * 64}"]),
    ],
)
def test_what_a_pattern_does_not_match(pattern: str, references: list[str]) -> None:
    parsed = ReferencePattern.parse(pattern)

    for reference in references:
        assert not parsed.matches(Reference.parse(reference)), reference


@pytest.mark.parametrize(
    "text",
    ["", "/", "ghcr.io//app", "acme/*", "Nginx", "ghcr.io/a b", "ghcr.io/app:-1", "a:"],
)
def test_what_is_no_pattern(text: str) -> None:
    with pytest.raises(ValueError, match=r"pattern|registry|reference"):
        ReferencePattern.parse(text)


@given(
    st.lists(st.sampled_from(["a", "b", "c/d", "*", "**"]), min_size=1, max_size=9),
    st.lists(st.sampled_from("abcd"), min_size=1, max_size=9),
)
def test_steps_match_as_in_a_plain_definition(
    pattern: list[str], name: list[str]
) -> None:
    steps = "/".join(["r.example", *pattern]).split("/")
    reference = Reference.parse("/".join(["r.example", *name]))

    matches = ReferencePattern.parse("/".join(steps)).matches(reference)

    assert matches == plainly_matches(["r.example", *name], steps)


def plainly_matches(name: list[str], steps: list[str]) -> bool:
    if not steps:
        return not name
    if steps[0] == "**":
        return any(plainly_matches(name[n:], steps[1:]) for n in range(len(name) + 1))
    is_like = bool(name) and steps[0] in {"*", name[0]}
    return is_like and plainly_matches(name[1:], steps[1:])


def test_a_hostile_pattern_takes_no_time() -> None:
    pattern = ReferencePattern.parse("r.example/" + "**/a*a*a*a*b/" * 30 + "c")

    assert not pattern.matches(Reference.parse("r.example/" + "a/" * 100 + "aaaaaaaa"))
