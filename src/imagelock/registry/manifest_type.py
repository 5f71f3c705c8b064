"""The type of a manifest: by the header that it was sent with, or by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.model.image import INDEX_TYPES, MANIFEST_TYPES, OCI_INDEX, OCI_MANIFEST
from imagelock.registry.http import strict_json
from imagelock.registry.http.failure import Failure
from imagelock.registry.http.headers import media_type
from imagelock.registry.http.untrusted_text import escape_for_terminal

if TYPE_CHECKING:
    from typing import Any

_SUPPORTED: Final = INDEX_TYPES | MANIFEST_TYPES
_SCHEMA1: Final = frozenset(
    {
        "application/vnd.docker.distribution.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
    }
)
_UNSPECIFIC: Final = frozenset(
    {
        "",
        "application/json",
        "application/octet-stream",
        "binary/octet-stream",
        "text/json",
        "text/plain",
    }
)
"""What servers of static files, and old registries, send for any document.

`binary/octet-stream` is that of Amazon S3.
"""


def is_manifest(content_type: str) -> bool:
    """Return whether a `Content-Type` header names a supported type."""
    return media_type(content_type) in _SUPPORTED


def check_type(content_type: str) -> None:
    """Check that what is sent as *content_type* can be a manifest.

    Raises:
        Failure: the header names another type, such as that of a web page.
    """
    kind = media_type(content_type)
    if kind in _SCHEMA1:
        raise schema1()
    if kind not in _SUPPORTED | _UNSPECIFIC:
        raise _no_manifest(kind, is_page=kind == "text/html")


def typed_document(content_type: str, body: bytes) -> tuple[str, dict[str, Any]]:
    """Return the type of the manifest *body*, and what is in it.

    The header *content_type* decides. If it says nothing, the document does: by its
    `mediaType`, or else by its shape, which is OCI's, since Docker's types require
    `mediaType` (OCI image-spec, manifest.md and image-index.md).

    Raises:
        Failure: it is no manifest, or has a type that is not supported, or is not
            what its header says.
    """
    check_type(content_type)
    kind = media_type(content_type)
    is_specific = kind in _SUPPORTED
    try:
        document = strict_json.loads(body)
    except ValueError as error:
        if is_specific:
            raise malformed(f"it is not strict JSON ({error})") from error
        is_page = body.lstrip()[:1] == b"<"
        raise _no_manifest(kind, is_page=is_page) from error
    if not isinstance(document, dict):
        if is_specific:
            raise malformed("it is not a JSON object")
        raise _no_manifest(kind)
    if document.get("schemaVersion") == 1:
        raise schema1()
    own = document.get("mediaType", kind if is_specific else _shape(document))
    if not is_specific:
        kind = _own_type(own, kind)
    elif own != kind:
        raise malformed(
            "its `mediaType` is not the `Content-Type` that it was sent with"
        )
    return kind, document


def malformed(detail: str) -> Failure:
    """Return the failure for a manifest that breaks the specification."""
    return Failure(f"its manifest is malformed: {detail}")


def schema1() -> Failure:
    """Return the failure for a manifest of Docker's old schema 1."""
    hint = (
        "if the image is old, push it again with a current tool; if it is not, its"
        " registry converts it for old clients: ask its administrator"
    )
    return Failure(
        "its manifest is Docker's old schema 1, which is not supported", hint=hint
    )


def _own_type(own: object, sent: str) -> str:
    """Return *own*, the type that a document has by itself, if it is supported."""
    if isinstance(own, str) and own in _SCHEMA1:
        raise schema1()
    if not isinstance(own, str) or own not in _SUPPORTED:
        raise _no_manifest(sent)
    return own


def _shape(document: dict[str, Any]) -> str | None:
    """Return the type of a document without `mediaType`, or `None` if it is neither.

    One that could be both is refused by its parser.
    """
    if document.get("schemaVersion") != 2:  # noqa: PLR2004 - the only version
        return None
    if isinstance(document.get("manifests"), list):
        return OCI_INDEX
    is_image = isinstance(document.get("config"), dict) and "layers" in document
    return OCI_MANIFEST if is_image else None


def _no_manifest(kind: str, *, is_page: bool = False) -> Failure:
    what = "its answer has no type"
    if kind:
        what = f"its answer is `{escape_for_terminal(kind)}`"
    hint = "is this a registry?"
    if is_page:
        hint = f"{hint} It looks like a login page, of a proxy perhaps"
    return Failure(f"{what}, not an image manifest", hint=hint)
