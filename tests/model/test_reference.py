from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.errors import ImagelockError, InvalidReferenceError
from imagelock.model.digest import Digest
from imagelock.model.reference import Reference

VECTORS = Path(__file__).parents[1] / "vectors" / "references.json"
CASES = json.loads(VECTORS.read_text(encoding="utf-8"))

STRICTER: dict[str, tuple[str | None, str]] = {
    "DOCKER.IO/ubuntu": ("docker.io/library/ubuntu", "a host is lower case"),
    "LOCALHOST/foo": ("localhost/foo", "a host is lower case"),
    "EXAMPLE.com/foo": ("example.com/foo", "a host is lower case"),
    "index.docker.io:443/ubuntu": ("docker.io/library/ubuntu", "an alias of the Hub"),
    "myhost:99999999/foo": (None, "there is no such port"),
    "foo_bar.com/baz": (None, "the domain would be empty"),
}
"""Where a lock wants one name an image, and Docker's parser leaves several."""


def _outcome(text: str) -> dict[str, str] | None:
    try:
        reference = Reference.parse(text)
    except InvalidReferenceError:
        return None
    tag_is_implied = reference.tag == "latest" and not text.endswith(":latest")
    return {
        "domain": reference.registry,
        "path": reference.repository,
        "tag": "" if tag_is_implied else reference.tag or "",
        "digest": str(reference.digest or ""),
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: repr(case["input"])[:60])
def test_it_reads_what_docker_reads(case: dict[str, Any]) -> None:
    if case["input"] in STRICTER:
        name, _ = STRICTER[case["input"]]
        outcome = _outcome(case["input"])
        assert outcome != case["expect"]
        assert name == (outcome and f"{outcome['domain']}/{outcome['path']}")
    else:
        assert _outcome(case["input"]) == case["expect"]


COMPONENT = st.from_regex(r"[a-z0-9]{1,8}([._-][a-z0-9]{1,4}){0,2}", fullmatch=True)
REGISTRY = st.sampled_from(
    ["docker.io", "localhost", "ghcr.io", "localhost:5000", "[::1]:80", "a.b-c.example"]
)
DIGEST = st.binary(max_size=3).map(Digest.of)
TAG = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", fullmatch=True)


@st.composite
def references(draw: st.DrawFn) -> Reference:
    registry = draw(REGISTRY)
    parts = draw(st.lists(COMPONENT, min_size=1, max_size=3))
    if registry == "docker.io" and len(parts) == 1:
        parts.insert(0, "library")
    digest = draw(st.none() | DIGEST)
    tag = draw(TAG if digest is None else st.none() | TAG)
    repository = "/".join(parts)
    return Reference(registry=registry, repository=repository, tag=tag, digest=digest)


@given(references())
def test_what_is_written_reads_back(reference: Reference) -> None:
    assert Reference.parse(str(reference)) == reference


@given(references())
def test_a_key_that_was_read_before_is_the_same_object(reference: Reference) -> None:
    key = Reference.parse_key(str(reference))

    assert key == reference
    assert Reference.parse_key(str(reference)) is key


@given(references())
def test_the_familiar_form_means_the_same(reference: Reference) -> None:
    assert Reference.parse(reference.familiar) == reference


@given(st.text(max_size=80))
def test_text_is_a_reference_or_an_error_with_words(text: str) -> None:
    try:
        reference = Reference.parse(text)
    except ImagelockError as error:
        assert str(error)  # noqa: PT017 - either outcome is right
    else:
        assert Reference.parse(str(reference)) == reference


@pytest.mark.parametrize(
    "text",
    [
        "nginx",
        "library/nginx",
        "docker.io/nginx",
        "index.docker.io/library/nginx:latest",
        "registry-1.docker.io/library/nginx",
        "docker.io:443/nginx",
    ],
)
def test_every_spelling_of_a_hub_image_is_one_image(text: str) -> None:
    assert str(Reference.parse(text)) == "docker.io/library/nginx:latest"


def test_the_key_of_a_tag_with_a_digest_is_the_tag() -> None:
    digest = Digest.of(b"")
    tagged = Reference.parse(f"nginx:1@{digest}")
    bare = Reference.parse(f"nginx@{digest}")

    assert str(tagged.key) == "docker.io/library/nginx:1"
    assert bare.key == bare


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ghcr.io/Owner/img", "lowercase: `owner/img`"),
        ("Foo/bar", "lowercase"),
        ("foo:t+x", "letters, digits"),
        ("foo@sha256:abc", "64 hexadecimal digits"),
        ("foo@md5:ffffffffffffffffffffffffffffffff", "64 lower-case"),
        ("f" * 64, "use a name and a tag"),
    ],
)
def test_the_hint_says_what_to_write(text: str, words: str) -> None:
    with pytest.raises(InvalidReferenceError) as refused:
        Reference.parse(text)

    assert words in (refused.value.hint or "")


@pytest.mark.parametrize("port", ["65536", "100000", "9" * 5000])
def test_no_registry_has_a_port_that_high(port: str) -> None:
    with pytest.raises(InvalidReferenceError, match="above 65535"):
        Reference.parse(f"registry.example:{port}/image")


@pytest.mark.parametrize("port", ["0", "65535", "0" * 5000 + "5000"])
def test_a_port_may_have_zeros_before_it(port: str) -> None:
    assert Reference.parse(f"r.example:{port}/image").registry == f"r.example:{port}"
