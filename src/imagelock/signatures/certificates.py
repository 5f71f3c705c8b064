"""Who a certificate of Sigstore was issued to: Fulcio, "OID Information"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.model.signer import SigstoreSigner, bare_identity
from imagelock.signatures.signature import InvalidSignatureError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_FULCIO: Final = "1.3.6.1.4.1.57264.1"
_ISSUER, _OLD_ISSUER, _SOURCE, _OLD_REPOSITORY = 8, 1, 12, 5
_OTHER_NAME: Final = f"{_FULCIO}.7"
_GITHUB: Final = "https://token.actions.githubusercontent.com"
_UTF8_STRING: Final = 0x0C


@dataclass(frozen=True, slots=True)
class CertificateIdentity:
    """The identity in a certificate, with its ref, and the OIDC provider."""

    identity: str
    issuer: str
    source: str

    @property
    def signer(self) -> SigstoreSigner:
        """The signer, whose identity is without the ref."""
        return SigstoreSigner(bare_identity(self.identity), self.issuer, self.source)


def identity_in(certificate: Certificate) -> CertificateIdentity:
    """Return who *certificate* was issued to; nothing in it is verified.

    Raises:
        InvalidSignatureError: it does not say so.
    """
    identity = _subject(certificate)
    issuer = _claim(certificate, _ISSUER) or _claim(certificate, _OLD_ISSUER)
    source = _claim(certificate, _SOURCE)
    if not source and issuer == _GITHUB:
        repository = _claim(certificate, _OLD_REPOSITORY)
        source = f"https://github.com/{repository}" if repository else ""
    if not identity or not issuer:
        raise InvalidSignatureError("its certificate names no identity")
    return CertificateIdentity(identity, issuer, source)


def _subject(certificate: Certificate) -> str:
    """Return the only subject alternative name."""
    from cryptography import x509

    try:
        names = certificate.extensions.get_extension_for_class(
            x509.SubjectAlternativeName
        ).value
    except (x509.ExtensionNotFound, ValueError):
        return ""
    match list(names):
        case [x509.UniformResourceIdentifier(value=str(text))]:
            return text
        case [x509.RFC822Name(value=str(text))]:
            return text
        case [x509.OtherName(type_id=kind, value=data)]:
            return _utf8(data) if kind.dotted_string == _OTHER_NAME else ""
        case _:
            return ""


def _claim(certificate: Certificate, number: int) -> str:
    """Return the text in the extension *number* of Fulcio, or `""`."""
    from cryptography import x509

    oid = x509.ObjectIdentifier(f"{_FULCIO}.{number}")
    try:
        extension = certificate.extensions.get_extension_for_oid(oid).value
    except (x509.ExtensionNotFound, ValueError):
        return ""
    if not isinstance(extension, x509.UnrecognizedExtension):
        return ""
    if number < _OTHER_NUMBER:
        return extension.value.decode("utf-8", "replace")
    return _utf8(extension.value)


_OTHER_NUMBER: Final = 7
"""The first extension whose value is DER; those before are texts as they are."""


def _utf8(data: bytes) -> str:
    """Return the `UTF8String` in *data*, DER; `""` if it is something else."""
    short, long_form = 0x80, {0x81: 1, 0x82: 2}
    if len(data) < 2 or data[0] != _UTF8_STRING:  # noqa: PLR2004 - a tag and a length
        return ""
    size, start = data[1], 2
    if size >= short:
        width = long_form.get(size, 0)
        size, start = int.from_bytes(data[2 : 2 + width]), 2 + width
    text = data[start:]
    return text.decode("utf-8", "replace") if len(text) == size else ""
