"""Signatures by keys of every algorithm of cosign, and payloads that sign nothing."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from imagelock.errors import ConfigurationError
from imagelock.model.digest import Digest
from imagelock.signatures.keys import (
    SIGNATURE_ANNOTATION,
    TrustedKey,
    read_key,
    verify_with_keys,
)
from imagelock.signatures.payload import check_envelope, envelope_of, parse_object
from imagelock.signatures.signature import (
    InvalidSignatureError,
    NoSignatureError,
    Signature,
    SignatureForm,
)
from imagelock.signatures.verifier import SignedImage
from tests.support.small_sigstore import IN_TOTO, simple_signing, statement

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DIGEST = Digest.of(b"image")
OTHER = Digest.of(b"another image")


def curve(kind: ec.EllipticCurve, used: hashes.HashAlgorithm) -> tuple[Any, Any]:
    key = ec.generate_private_key(kind)
    return key, lambda data: key.sign(data, ec.ECDSA(used))


def rsa_key() -> tuple[Any, Any]:
    key = rsa.generate_private_key(65537, 2048)
    return key, lambda data: key.sign(data, padding.PKCS1v15(), hashes.SHA256())


def edwards() -> tuple[Any, Any]:
    key = ed25519.Ed25519PrivateKey.generate()
    return key, key.sign


def signature(sign: Callable[[bytes], bytes], digest: Digest = DIGEST) -> Signature:
    body = simple_signing(digest)
    text = base64.b64encode(sign(body)).decode()
    return Signature(
        form=SignatureForm.SIMPLE_SIGNING,
        body=body,
        media_type="application/vnd.dev.cosign.simplesigning.v1+json",
        annotations={SIGNATURE_ANNOTATION: text},
    )


def image(digest: Digest = DIGEST) -> SignedImage:
    from imagelock.model.reference import Reference

    return SignedImage(Reference.parse("ghcr.io/acme/app:v1"), digest)


@pytest.mark.parametrize(
    "pair",
    [
        curve(ec.SECP256R1(), hashes.SHA256()),
        curve(ec.SECP384R1(), hashes.SHA256()),
        curve(ec.SECP384R1(), hashes.SHA384()),
        curve(ec.SECP521R1(), hashes.SHA512()),
        rsa_key(),
        edwards(),
    ],
    ids=["P-256", "P-384 by SHA-256", "P-384", "P-521", "RSA", "Ed25519"],
)
def test_a_key_of_each_algorithm_signs(pair: tuple[Any, Any], tmp_path: Path) -> None:
    private, sign = pair
    others = [rsa_key()[0], edwards()[0], curve(ec.SECP256R1(), hashes.SHA256())[0]]
    path = tmp_path / "key.pub"
    pem = private.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    path.write_bytes(pem)
    trusted = read_key(path)
    foreign = [TrustedKey(key.public_key(), "sha256:other") for key in others]

    signer = verify_with_keys(signature(sign), image(), [*foreign, trusted])

    assert signer.fingerprint == trusted.fingerprint
    with pytest.raises(InvalidSignatureError, match="not in `keys`"):
        verify_with_keys(signature(sign), image(), foreign)
    with pytest.raises(InvalidSignatureError, match="another image"):
        verify_with_keys(signature(sign, OTHER), image(), [trusted])


def test_a_key_of_another_kind_is_no_signer() -> None:
    key = ed448.Ed448PrivateKey.generate()
    trusted = TrustedKey(key.public_key(), "sha256:other")

    with pytest.raises(InvalidSignatureError, match="not in `keys`"):
        verify_with_keys(signature(key.sign), image(), [trusted])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no key\n",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    ],
)
def test_a_file_without_a_public_key_is_an_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "key.pub"
    path.write_text(text)

    with pytest.raises(ConfigurationError, match=r"key\.pub"):
        read_key(path)


def envelope(document: object, kind: object = IN_TOTO) -> dict[str, Any]:
    payload = base64.b64encode(json.dumps(document).encode()).decode()
    signed = {"payloadType": kind, "payload": payload, "signatures": [{"sig": "AA=="}]}
    return {"dsseEnvelope": signed}


@pytest.mark.parametrize(
    ("bundle", "problem"),
    [
        (envelope(statement(OTHER)), "another image"),
        (envelope({**statement(DIGEST), "subject": None}), "another image"),
        (envelope({**statement(DIGEST), "subject": [{}, 1]}), "another image"),
        (envelope({**statement(DIGEST), "_type": "x"}), "unknown kind of statement"),
        (envelope([]), "not a JSON object"),
        (envelope(statement(DIGEST), "text/\x1b[2Jplain"), "not a statement"),
        (envelope(statement(DIGEST), 5), "envelope is malformed"),
        ({"dsseEnvelope": {"payloadType": "x", "payload": "x"}}, "malformed"),
        (
            {
                "dsseEnvelope": {
                    "payloadType": IN_TOTO,
                    "payload": "%",
                    "signatures": [],
                }
            },
            "not Base64",
        ),
    ],
)
def test_a_bundle_that_signs_something_else_is_refused(
    bundle: dict[str, Any], problem: str
) -> None:
    with pytest.raises(InvalidSignatureError, match=problem) as error:
        check_envelope(envelope_of(bundle), DIGEST)
    assert "\x1b" not in str(error.value)


def test_what_attests_or_signs_a_file_is_no_signature() -> None:
    with pytest.raises(NoSignatureError):
        envelope_of({})
    provenance = statement(DIGEST, "https://slsa.dev/provenance/v1")
    with pytest.raises(NoSignatureError):
        check_envelope(envelope_of(envelope(provenance)), DIGEST)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda d: d["critical"].update(type="x"), "something other than an image"),
        (lambda d: d.update(critical=None), "payload is malformed"),
        (lambda d: d["critical"].update(image=[]), "payload is malformed"),
    ],
)
def test_a_payload_that_signs_something_else_is_refused(
    change: Callable[[Any], None], problem: str
) -> None:
    document = json.loads(simple_signing(DIGEST))
    change(document)
    body = json.dumps(document).encode()
    malformed = Signature(form=SignatureForm.SIMPLE_SIGNING, body=body, media_type="x")

    with pytest.raises(InvalidSignatureError, match=problem):
        verify_with_keys(malformed, image(), [])


@pytest.mark.parametrize("body", [b"", b"{", b'{"a": 1, "a": 2}', b"\xff", b"[" * 9999])
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidSignatureError):
        parse_object(body)


@pytest.mark.parametrize(
    ("hint", "shown"),
    [
        (base64.b64encode(bytes(32)).decode(), f"`sha256:{'0' * 64}`"),
        ("%", "a key that is not in `keys`"),
        ("AA==", "a key that is not in `keys`"),
        (5, "a key that is not in `keys`"),
    ],
)
def test_the_key_that_a_bundle_claims_is_named(hint: object, shown: str) -> None:
    bundle = {
        **envelope(statement(DIGEST)),
        "verificationMaterial": {"publicKey": {"hint": hint}},
    }
    unknown = Signature(
        form=SignatureForm.BUNDLE, body=json.dumps(bundle).encode(), media_type="x"
    )

    with pytest.raises(InvalidSignatureError, match="not in `keys`") as error:
        verify_with_keys(unknown, image(), [])
    assert shown in str(error.value)
