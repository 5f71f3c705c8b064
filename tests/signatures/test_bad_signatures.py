"""Signatures that do not count: none of them is a signature, and none is "unsigned"."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from imagelock.demo.answers import Answer
from imagelock.demo.images import Content
from imagelock.model.digest import Digest
from tests.signatures.conftest import SOURCE, WORKFLOW, Workshop
from tests.support.signing import NOTATION, SigningKey
from tests.support.small_sigstore import BUNDLE, PROVENANCE, SIGNATURE, SmallSigstore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from syrupy.assertion import SnapshotAssertion

    from tests.conftest import Run

IDENTITY = f"{WORKFLOW}@refs/tags/v1"
OTHER = Digest.of(b"another image")


def by_identity(
    workshop: Workshop,
    digest: Digest,
    predicate: str = SIGNATURE,
    late: timedelta = timedelta(),
) -> None:
    bundle = workshop.sigstore.bundle(
        digest, IDENTITY, source=SOURCE, predicate=predicate, late=late
    )
    workshop.signatures.push_bundle(workshop.digest, bundle)


def expired(workshop: Workshop) -> None:
    by_identity(workshop, workshop.digest, late=timedelta(minutes=20))


def of_another_image(workshop: Workshop) -> None:
    by_identity(workshop, OTHER)


def attestation(workshop: Workshop) -> None:
    bundle = workshop.sigstore.bundle(workshop.digest, IDENTITY, predicate=PROVENANCE)
    workshop.signatures.push_bundle(workshop.digest, bundle, predicate=PROVENANCE)


def attestation_in_disguise(workshop: Workshop) -> None:
    by_identity(workshop, workshop.digest, predicate=PROVENANCE)


def attestation_by_key(workshop: Workshop) -> None:
    bundle = workshop.key.bundle(workshop.digest, PROVENANCE)
    workshop.signatures.push_bundle(workshop.digest, bundle)


def with_another_payload(workshop: Workshop) -> None:
    bundle = workshop.sigstore.bundle(workshop.digest, IDENTITY, source=SOURCE)
    payload = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    payload["predicate"] = {"more": True}
    text = base64.b64encode(json.dumps(payload).encode()).decode()
    bundle["dsseEnvelope"]["payload"] = text
    workshop.signatures.push_bundle(workshop.digest, bundle)


def by_another_sigstore(workshop: Workshop) -> None:
    bundle = SmallSigstore().bundle(workshop.digest, IDENTITY, source=SOURCE)
    workshop.signatures.push_bundle(workshop.digest, bundle)


def by_unknown_key(workshop: Workshop) -> None:
    key = SigningKey()
    workshop.signatures.push_legacy(workshop.digest, key.legacy(workshop.digest))


def key_of_another_image(workshop: Workshop) -> None:
    workshop.signatures.push_legacy(workshop.digest, workshop.key.legacy(OTHER))


def no_json(workshop: Workshop) -> None:
    blob = Content(BUNDLE, b"{")
    workshop.signatures.push_referrer(workshop.digest, BUNDLE, [blob])


def empty_bundle(workshop: Workshop) -> None:
    workshop.signatures.push_bundle(workshop.digest, {})


def nonsense(workshop: Workshop) -> None:
    bundle = {
        "mediaType": BUNDLE,
        "verificationMaterial": {
            "certificate": {"rawBytes": "AAAA"},
            "tlogEntries": [],
        },
        "dsseEnvelope": workshop.key.bundle(workshop.digest)["dsseEnvelope"],
    }
    workshop.signatures.push_bundle(workshop.digest, bundle)


def escapes(workshop: Workshop) -> None:
    bundle = workshop.key.bundle(workshop.digest)
    bundle["dsseEnvelope"]["payloadType"] = "\x1b[31mred\x1b[0m\n::error::x"
    workshop.signatures.push_bundle(workshop.digest, bundle)


def notation_nonsense(workshop: Workshop) -> None:
    blob = Content("application/jose+json", b'{"payload": "e30"}')
    workshop.signatures.push_referrer(workshop.digest, NOTATION, [blob])


BAD: list[Callable[[Workshop], None]] = [
    expired,
    of_another_image,
    with_another_payload,
    by_another_sigstore,
    by_unknown_key,
    key_of_another_image,
    no_json,
    nonsense,
    escapes,
    notation_nonsense,
]
NO_SIGNATURE: list[Callable[[Workshop], None]] = [
    attestation,
    attestation_in_disguise,
    attestation_by_key,
    empty_bundle,
]


@pytest.mark.parametrize("push", BAD, ids=lambda push: push.__name__)
def test_a_bad_signature_is_a_warning_and_nobody_is_recorded(
    push: Callable[[Workshop], None],
    workshop: Workshop,
    imagelock: Run,
    snapshot: SnapshotAssertion,
) -> None:
    push(workshop)

    result = imagelock("lock")

    assert result.exit_code == 0
    assert "[signature-unverified]" in result.err
    assert workshop.signer == ""
    if push is not by_unknown_key:
        assert workshop.masked(result.err) == snapshot
    assert "\x1b" not in result.err


@pytest.mark.parametrize("push", NO_SIGNATURE, ids=lambda push: push.__name__)
def test_an_attestation_is_no_signature(
    push: Callable[[Workshop], None], workshop: Workshop, imagelock: Run
) -> None:
    push(workshop)

    result = imagelock("lock")

    assert (result.exit_code, result.err) == (0, "")
    assert workshop.signer == ""


@pytest.mark.parametrize("push", [*BAD, *NO_SIGNATURE], ids=lambda push: push.__name__)
def test_where_a_signature_was_a_bad_one_is_an_error(
    push: Callable[[Workshop], None], workshop: Workshop, imagelock: Run
) -> None:
    workshop.sign(workshop.digest)
    imagelock("lock")
    locked = workshop.lockfile
    workshop.digest = workshop.build("second")
    push(workshop)

    result = imagelock("update")

    assert result.exit_code == 1
    assert "[signature-missing]" in result.err
    assert workshop.lockfile == locked


def test_a_good_signature_among_bad_ones_counts(
    workshop: Workshop, imagelock: Run
) -> None:
    for push in (*BAD, *NO_SIGNATURE):
        push(workshop)
    workshop.sign(workshop.digest)

    result = imagelock("lock")

    assert (result.exit_code, result.err) == (0, "")
    assert WORKFLOW in workshop.signer


def test_a_signature_among_two_hundred_referrers_is_found(
    workshop: Workshop, imagelock: Run
) -> None:
    for number in range(199):
        blob = Content("application/spdx+json", str(number).encode())
        workshop.signatures.push_referrer(workshop.digest, blob.media_type, [blob])
    workshop.sign(workshop.digest)
    before = len(workshop.registry.log)

    assert imagelock("lock").exit_code == 0
    assert WORKFLOW in workshop.signer
    assert len(workshop.registry.log) - before == 4

    blob = Content("application/spdx+json", b"more")
    workshop.signatures.push_referrer(workshop.digest, blob.media_type, [blob])
    (workshop.folder / "images.lock").unlink()
    result = imagelock("lock")

    assert result.exit_code == 3
    assert "more than 200 artifacts refer to it" in result.err


def test_a_signature_that_the_list_calls_something_else_is_found(
    workshop: Workshop, imagelock: Run
) -> None:
    bundle = workshop.sigstore.bundle(workshop.digest, IDENTITY, source=SOURCE)
    blob = Content(BUNDLE, json.dumps(bundle).encode())
    workshop.signatures.push_referrer(workshop.digest, "text/plain", [blob])

    assert imagelock("lock").exit_code == 0
    assert WORKFLOW in workshop.signer


def test_a_referrer_of_a_referrer_is_no_loop(
    workshop: Workshop, imagelock: Run
) -> None:
    first = workshop.signatures.push_referrer(
        workshop.digest, "text/plain", [Content("text/plain", b"a")]
    )
    second = workshop.signatures.push_referrer(
        first.digest, "text/plain", [Content("text/plain", b"b")]
    )
    # A list at a tag says what it likes.
    for digest in (workshop.digest, first.digest, second.digest):
        workshop.signatures.push_list(digest, first, second)

    result = imagelock("lock")

    assert (result.exit_code, result.err.count("refers to another")) == (0, 0)
    assert workshop.signer == ""


@pytest.mark.parametrize("part", ["referrers", "manifests/sha256:", "blobs/", ".sig"])
def test_a_registry_that_fails_in_the_middle_is_no_answer(
    part: str, workshop: Workshop, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    imagelock("lock")
    locked = workshop.lockfile
    workshop.digest = workshop.build("second")
    if part != ".sig":
        workshop.sign(workshop.digest)
    handle = workshop.registry.handle
    signatures = f"{workshop.digest}"

    def failing(
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        *,
        scheme: str = "https",
    ) -> Answer:
        is_image = target.endswith(signatures) and "manifests" in target
        if part in target and not is_image:
            return Answer(502)
        return handle(method, target, headers, body, scheme=scheme)

    monkeypatch.setattr(workshop.registry, "handle", failing)
    result = imagelock("update", "--details", "none", "--timeout", "8")

    assert result.exit_code == 3, result
    assert "cannot look for signatures" in result.err
    assert workshop.lockfile == locked


def test_a_predicate_that_the_list_invents_hides_nothing_that_is_expected(
    workshop: Workshop, imagelock: Run
) -> None:
    """A registry can hide a signature: then it is missing, and the image stays."""
    workshop.sign(workshop.digest)
    imagelock("lock")
    second = workshop.build("second")
    bundle = workshop.sigstore.bundle(second, IDENTITY, source=SOURCE)
    workshop.signatures.push_bundle(second, bundle, predicate=f"{SIGNATURE}/x")

    assert imagelock("update").exit_code == 1
