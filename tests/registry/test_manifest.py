"""Manifests: which are refused, and with which message."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.digest import Digest
from imagelock.model.image import DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST
from imagelock.registry.http.failure import Failure
from imagelock.registry.manifest import parse_manifest, platform_of

DIGEST = str(Digest.of(b"a blob"))
LAYER = {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": DIGEST}
CONFIG = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": DIGEST}
INDEX: dict[str, Any] = {"schemaVersion": 2, "manifests": []}
MANIFEST: dict[str, Any] = {"schemaVersion": 2, "config": CONFIG, "layers": [LAYER]}


def encoded(document: object) -> bytes:
    return json.dumps(document).encode()


@pytest.mark.parametrize("kind", [OCI_INDEX, DOCKER_LIST])
def test_an_index_is_read(kind: str) -> None:
    assert parse_manifest(kind, encoded(INDEX)).media_type == kind
    assert parse_manifest(kind, encoded({**INDEX, "mediaType": kind})).children == ()


@pytest.mark.parametrize("kind", [OCI_MANIFEST, DOCKER_MANIFEST])
def test_a_manifest_is_read(kind: str) -> None:
    manifest = parse_manifest(kind, encoded(MANIFEST))

    assert manifest.media_type == kind
    assert manifest.config == Digest.parse(DIGEST)


def test_parameters_and_case_of_the_content_type_do_not_matter() -> None:
    kind = "Application/vnd.OCI.image.index.v1+JSON; charset=utf-8"

    assert parse_manifest(kind, encoded(INDEX)).media_type == OCI_INDEX


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("text/html; charset=utf-8", "its answer is `text/html`, not"),
        ("application/xml", "its answer is `application/xml`, not"),
        ("application/vnd.oci.image.config.v1+json", "not an image manifest"),
        ("*/*", "not an image manifest"),
        ("a\x1b[2J/b", r"`a\\x1b\[2j/b`"),
        ("application/vnd.docker.distribution.manifest.v1+json", "schema 1"),
        ("application/vnd.docker.distribution.manifest.v1+prettyjws", "schema 1"),
    ],
)
def test_other_types_are_refused_by_name(kind: str, message: str) -> None:
    with pytest.raises(Failure, match=message):
        parse_manifest(kind, encoded(INDEX))


def test_a_login_page_is_recognised() -> None:
    with pytest.raises(Failure) as caught:
        parse_manifest("text/html", b"<html>")

    assert caught.value.hint == (
        "is this a registry? It looks like a login page, of a proxy perhaps"
    )


UNSPECIFIC = [
    "",
    "application/json",
    "Application/JSON; charset=utf-8",
    "application/octet-stream",
    "binary/octet-stream",
    "text/plain; charset=utf-8",
]
"""Types that servers send for any file."""


@pytest.mark.parametrize("sent", UNSPECIFIC)
@pytest.mark.parametrize(
    "kind", [OCI_INDEX, DOCKER_LIST, OCI_MANIFEST, DOCKER_MANIFEST]
)
def test_a_manifest_without_a_type_in_its_header_says_what_it_is(
    sent: str, kind: str
) -> None:
    shape = INDEX if kind in {OCI_INDEX, DOCKER_LIST} else MANIFEST

    assert (
        parse_manifest(sent, encoded({**shape, "mediaType": kind})).media_type == kind
    )


@pytest.mark.parametrize("sent", UNSPECIFIC)
def test_without_any_type_the_shape_decides(sent: str) -> None:
    assert parse_manifest(sent, encoded(INDEX)).media_type == OCI_INDEX
    assert parse_manifest(sent, encoded(MANIFEST)).config == Digest.parse(DIGEST)


@pytest.mark.parametrize("sent", UNSPECIFIC)
@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<!DOCTYPE html><title>Log in</title>", "not an image manifest"),
        (b"please log in", "not an image manifest"),
        (b"", "not an image manifest"),
        (encoded([INDEX]), "not an image manifest"),
        (encoded({}), "not an image manifest"),
        (encoded({"errors": [{"code": "UNAUTHORIZED"}]}), "not an image manifest"),
        (encoded({"manifests": []}), "not an image manifest"),
        (encoded({"schemaVersion": 2, "config": CONFIG}), "not an image manifest"),
        (encoded({**INDEX, "mediaType": "application/json"}), "not an image manifest"),
        (encoded({**INDEX, "mediaType": None}), "not an image manifest"),
        (encoded({**INDEX, "mediaType": [OCI_INDEX]}), "not an image manifest"),
        (
            encoded({**INDEX, "mediaType": OCI_MANIFEST}),
            "both an index and|no list|no `c",
        ),
        (encoded({**INDEX, **MANIFEST}), "both an index and a manifest"),
        (encoded({**INDEX, "fsLayers": []}), "both an index and a manifest"),
        (encoded({**INDEX, "schemaVersion": 1}), "schema 1"),
        (encoded(INDEX)[:-1] + b', "manifests": []}', "not an image manifest"),
    ],
)
def test_what_does_not_say_what_it_is_stays_refused(
    sent: str, body: bytes, message: str
) -> None:
    with pytest.raises(Failure, match=message):
        parse_manifest(sent, body)


@pytest.mark.parametrize("sent", UNSPECIFIC)
def test_a_login_page_is_recognised_whatever_its_header_says(sent: str) -> None:
    with pytest.raises(Failure) as caught:
        parse_manifest(sent, b"\n <html><form>")

    assert "login page" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("kind", "body", "message"),
    [
        (OCI_INDEX, {**INDEX, "schemaVersion": 1}, "schema 1"),
        (OCI_INDEX, {**INDEX, "mediaType": OCI_MANIFEST}, "its `mediaType` is not"),
        (OCI_INDEX, {**INDEX, "mediaType": 7}, "its `mediaType` is not"),
        (OCI_INDEX, {**INDEX, "layers": []}, "is both an index and a manifest"),
        (OCI_INDEX, {**INDEX, "config": None}, "is both an index and a manifest"),
        (OCI_INDEX, {**INDEX, "fsLayers": []}, "is both an index and a manifest"),
        (
            OCI_MANIFEST,
            {**MANIFEST, "manifests": []},
            "is both an index and a manifest",
        ),
        (OCI_INDEX, MANIFEST, "no list of `manifests`"),
        (OCI_MANIFEST, INDEX, "no list of `layers`|no `config`"),
        (OCI_MANIFEST, {"layers": []}, "no `config`"),
        (OCI_INDEX, {"manifests": {}}, "no list of `manifests`"),
        (OCI_INDEX, {"manifests": None}, "no list of `manifests`"),
        (OCI_MANIFEST, {**MANIFEST, "layers": 1}, "no list of `layers`"),
        (OCI_INDEX, {"manifests": [7]}, "is not an object"),
        (OCI_INDEX, {"manifests": [{}]}, "is not a digest"),
        (OCI_INDEX, {"manifests": [{"digest": "../../x"}]}, "is not a digest"),
        (OCI_INDEX, {"manifests": [LAYER] * 4097}, "lists more than 4096"),
        (OCI_MANIFEST, {**MANIFEST, "config": {"digest": "md5:0"}}, "not a digest"),
        (OCI_INDEX, [], "not a JSON object"),
        (OCI_INDEX, None, "not a JSON object"),
    ],
)
def test_what_is_ambiguous_or_broken_is_refused(
    kind: str, body: object, message: str
) -> None:
    with pytest.raises(Failure, match=message):
        parse_manifest(kind, encoded(body))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "not strict JSON"),
        (b"{", "not strict JSON"),
        (b"\xff\xfe{\0}\0", "not UTF-8"),
        (b'{"manifests": [], "manifests": []}', "duplicate key"),
        (b'{"manifests": [{"digest": 1, "digest": 2}]}', "duplicate key"),
        (b'{"manifests": [NaN]}', "NaN is not JSON"),
        (b'{"manifests": ' + b"[" * 100_000, "nested too deeply|not JSON"),
        (b'{"manifests": ' + b"9" * 10_000 + b"}", "not strict JSON"),
    ],
)
def test_json_with_two_readings_is_refused(body: bytes, message: str) -> None:
    with pytest.raises(Failure, match=message):
        parse_manifest(OCI_INDEX, body)


def test_a_configuration_without_a_platform_has_none() -> None:
    assert platform_of(b"{}") is None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "manifests",
                    "platform",
                    "digest",
                    "config",
                    "layers",
                    "annotations",
                    "os",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(values, st.sampled_from([OCI_INDEX, OCI_MANIFEST]))
def test_nothing_but_a_failure_comes_of_any_json(value: object, kind: str) -> None:
    with suppress(Failure):
        assert parse_manifest(kind, encoded(value)).media_type == kind
    with suppress(Failure):
        assert platform_of(encoded(value)) is None
