"""Who a certificate of Sigstore names, in every form that Fulcio has issued."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ObjectIdentifier

from imagelock.model.signer import SigstoreSigner
from imagelock.signatures.certificates import identity_in
from imagelock.signatures.signature import InvalidSignatureError

if TYPE_CHECKING:
    from collections.abc import Mapping

FULCIO = "1.3.6.1.4.1.57264.1"
GITHUB = "https://token.actions.githubusercontent.com"
GOOGLE = "https://accounts.google.com"
MAIL = x509.RFC822Name("release@example.com")
WORKFLOW = x509.UniformResourceIdentifier("https://github.com/acme/app/w.yml@refs/x")


def der(text: str) -> bytes:
    """Return *text* as a DER `UTF8String` (X.690, 8.1.3)."""
    data = text.encode()
    size = len(data)
    if size < 0x80:
        return b"\x0c" + bytes([size]) + data
    width = 1 if size < 0x100 else 2
    return b"\x0c" + bytes([0x80 + width]) + size.to_bytes(width) + data


def user_name(data: bytes) -> x509.OtherName:
    return x509.OtherName(ObjectIdentifier(f"{FULCIO}.7"), data)


def certificate(
    names: list[x509.GeneralName], claims: Mapping[int, bytes]
) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(x509.Name([]))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(minutes=10))
    )
    if names:
        subject = x509.SubjectAlternativeName(names)
        builder = builder.add_extension(subject, critical=True)
    for number, value in claims.items():
        oid = ObjectIdentifier(f"{FULCIO}.{number}")
        claim = x509.UnrecognizedExtension(oid, value)
        builder = builder.add_extension(claim, critical=False)
    return builder.sign(key, hashes.SHA256())


@pytest.mark.parametrize(
    ("name", "claims", "expected"),
    [
        (MAIL, {8: der(GOOGLE)}, ("release@example.com", GOOGLE, "")),
        # The first extensions are texts without DER.
        (MAIL, {1: GOOGLE.encode()}, ("release@example.com", GOOGLE, "")),
        (
            WORKFLOW,
            {8: der(GITHUB), 12: der("https://github.com/acme/app")},
            (
                "https://github.com/acme/app/w.yml",
                GITHUB,
                "https://github.com/acme/app",
            ),
        ),
        (
            WORKFLOW,
            {1: GITHUB.encode(), 5: b"acme/app"},
            (
                "https://github.com/acme/app/w.yml",
                GITHUB,
                "https://github.com/acme/app",
            ),
        ),
        (user_name(der("ci")), {8: der(GOOGLE)}, ("ci", GOOGLE, "")),
        (user_name(der("c" * 200)), {8: der(GOOGLE)}, ("c" * 200, GOOGLE, "")),
        (user_name(der("c" * 300)), {8: der(GOOGLE)}, ("c" * 300, GOOGLE, "")),
    ],
)
def test_the_identity_is_found(
    name: x509.GeneralName, claims: dict[int, bytes], expected: tuple[str, str, str]
) -> None:
    found = identity_in(certificate([name], claims))

    assert found.signer == SigstoreSigner(*expected)


@pytest.mark.parametrize(
    ("names", "claims"),
    [
        ([], {8: der(GOOGLE)}),
        ([MAIL], {}),
        ([MAIL, MAIL], {8: der(GOOGLE)}),
        ([x509.DNSName("example.com")], {8: der(GOOGLE)}),
        ([user_name(b"\x13\x02ci")], {8: der(GOOGLE)}),
        ([x509.OtherName(ObjectIdentifier("1.2.3"), der("ci"))], {8: der(GOOGLE)}),
        ([MAIL], {8: GOOGLE.encode()}),
        ([MAIL], {8: b"\x0c"}),
        ([MAIL], {8: b"\x0c\x84\x00\x00\x00\x01x"}),
    ],
)
def test_without_an_identity_and_its_issuer_nobody_signed(
    names: list[x509.GeneralName], claims: dict[int, bytes]
) -> None:
    with pytest.raises(InvalidSignatureError, match="names no identity"):
        identity_in(certificate(names, claims))
