"""The HTTP responses of the in-memory registry."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field

if TYPE_CHECKING:
    from imagelock.demo.images import Content

BYTES: Final = "application/octet-stream"
"""The media type of a blob: a registry does not know a more specific one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response; the answer to HEAD has a body, too, which is not sent."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def content(content: Content, digest: str | None = None) -> Answer:
    """Return *content*; *digest* replaces its SHA-256."""
    digest = digest or str(content.digest)
    headers = {
        "Content-Type": content.media_type,
        "Docker-Content-Digest": digest,
        "ETag": f'"{digest}"',
    }
    return Answer(HTTPStatus.OK, headers, content.body)


def created(location: str, digest: str) -> Answer:
    """Return the location of pushed content."""
    headers = {"Location": location, "Docker-Content-Digest": digest}
    return Answer(HTTPStatus.CREATED, headers)


def upload(status: int, repository: str, number: str, size: int) -> Answer:
    """Return the location of an upload of which *size* bytes have arrived."""
    location = f"/v2/{repository}/blobs/uploads/{number}"
    headers = {"Location": location, "Range": f"0-{max(size - 1, 0)}"}
    return Answer(status, headers)


def no_upload() -> Answer:
    """Return the error for an unknown upload."""
    return error(HTTPStatus.NOT_FOUND, "BLOB_UPLOAD_UNKNOWN", "no such upload")


def no_page() -> Answer:
    """Return the plain 404 that distribution sends for paths outside of the API."""
    kind = {"Content-Type": "text/plain; charset=utf-8"}
    return Answer(HTTPStatus.NOT_FOUND, kind, b"404 page not found\n")


def refused(challenge: str) -> Answer:
    """Return a 401 with *challenge* as `WWW-Authenticate`."""
    answer = error(HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED", "authentication required")
    answer.headers["WWW-Authenticate"] = challenge
    return answer


def error(status: HTTPStatus, code: str, message: str) -> Answer:
    """Return an error document (OCI distribution-spec, "Error Codes")."""
    errors = {"errors": [{"code": code, "message": message, "detail": None}]}
    return document(json.dumps(errors).encode(), status)


def document(body: bytes, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    """Return *body* as JSON."""
    return Answer(status, {"Content-Type": "application/json"}, body)
