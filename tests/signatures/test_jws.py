"""Envelopes of Notation that are not what they should be."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest

from imagelock.model.digest import Digest
from imagelock.signatures.jws import fingerprints_in, signer_of_jws
from imagelock.signatures.signature import InvalidSignatureError
from tests.support.notation_signing import NotationKey

if TYPE_CHECKING:
    from collections.abc import Callable

DIGEST = Digest.of(b"image")


def protected(**header: object) -> str:
    data = json.dumps(header).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@pytest.fixture(scope="module", params=["RSA", "EC"])
def key(request: pytest.FixtureRequest) -> NotationKey:
    return NotationKey(request.param)


def test_who_signed_is_read_from_the_certificate(key: NotationKey) -> None:
    signer = signer_of_jws(key.envelope(DIGEST), DIGEST)

    assert signer.fingerprint == f"sha256:{key.fingerprint}"
    with pytest.raises(InvalidSignatureError, match="another image"):
        signer_of_jws(key.envelope(DIGEST), Digest.of(b"other"))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda e: e.update(signature="AAAA"), "not by its certificate"),
        (lambda e: e.update(signature="\u00e9"), "not Base64"),
        (lambda e: e.update(signature=None), "envelope is malformed"),
        (lambda e: e["header"].update(x5c=[]), "envelope is malformed"),
        (lambda e: e["header"].update(x5c=["AAAA"]), "certificate cannot be read"),
        (lambda e: e["header"].update(x5c=["A"]), "certificate cannot be read"),
        (lambda e: e.update(protected=protected(alg="none")), "not one of Notation"),
        (lambda e: e.update(protected=protected(alg="HS256")), "does not fit"),
        (lambda e: e.update(protected="AAAA"), "not JSON"),
        (lambda e: e.update(payload=protected(a=1)), "not by its certificate"),
    ],
)
def test_an_envelope_that_was_changed_is_refused(
    key: NotationKey, change: Callable[[Any], None], problem: str
) -> None:
    envelope = json.loads(key.envelope(DIGEST))
    change(envelope)

    with pytest.raises(InvalidSignatureError, match=problem):
        signer_of_jws(json.dumps(envelope).encode(), DIGEST)


@pytest.mark.parametrize(
    "inspected", [{}, {"Signatures": [1]}, {"signatures": [{"certificates": []}]}]
)
def test_another_output_of_notation_is_refused(inspected: dict[str, Any]) -> None:
    with pytest.raises(InvalidSignatureError, match="prints another form"):
        fingerprints_in(inspected)
