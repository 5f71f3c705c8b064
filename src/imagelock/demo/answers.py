"""The answers of the registry in memory."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from imagelock.demo.images import Content

BYTES: Final = "application/octet-stream"
"""The type of a blob, of which the registry knows no better."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: to HEAD it has the body, too, which is not to be sent."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def content(content: Content, digest: str | None = None) -> Answer:
    """Serve *content*, under *digest* where that is not its SHA-256."""
    digest = digest or str(content.digest)
    headers = {
        "Content-Type": content.media_type,
        "Docker-Content-Digest": digest,
        "ETag": f'"{digest}"',
    }
    return Answer(HTTPStatus.OK, headers, content.body)


def created(location: str, digest: str) -> Answer:
    """Tell where what was pushed lies now."""
    headers = {"Location": location, "Docker-Content-Digest": digest}
    return Answer(HTTPStatus.CREATED, headers)


def upload(status: int, repository: str, number: str, size: int) -> Answer:
    """Tell where to send the next bytes; *size* have arrived."""
    location = f"/v2/{repository}/blobs/uploads/{number}"
    headers = {"Location": location, "Range": f"0-{max(size - 1, 0)}"}
    return Answer(status, headers)


def no_upload() -> Answer:
    """Refuse an upload that was never started, or has ended."""
    return error(HTTPStatus.NOT_FOUND, "BLOB_UPLOAD_UNKNOWN", "no such upload")


def no_page() -> Answer:
    """Answer what is not the API, as distribution does."""
    kind = {"Content-Type": "text/plain; charset=utf-8"}
    return Answer(HTTPStatus.NOT_FOUND, kind, b"404 page not found\n")


def refused(challenge: str) -> Answer:
    """Refuse for lack of the credentials that *challenge* asks for."""
    answer = error(HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED", "authentication required")
    answer.headers["WWW-Authenticate"] = challenge
    return answer


def error(status: HTTPStatus, code: str, message: str) -> Answer:
    """Return an error as OCI distribution-spec, "Error Codes", writes it."""
    errors = {"errors": [{"code": code, "message": message, "detail": None}]}
    return document(json.dumps(errors).encode(), status)


def document(body: bytes, status: HTTPStatus = HTTPStatus.OK) -> Answer:
    """Return the JSON *body*."""
    return Answer(status, {"Content-Type": "application/json"}, body)
