"""An in-memory registry: the OCI distribution API as a function of a request.

The demo and the tests use it in place of real registries. It opens no connection:
`imagelock.demo.server` serves it over HTTP.
"""

from __future__ import annotations

import json
import re
import threading
from http import HTTPStatus
from itertools import count
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs, unquote

from imagelock.dataclass import dataclass
from imagelock.demo import answers
from imagelock.demo.access import AccessControl, AuthScheme
from imagelock.demo.answers import Answer
from imagelock.demo.images import Content, TinyImage, make_image, make_manifest
from imagelock.demo.referrers import index_of, referrers, subject_of
from imagelock.errors import InvalidReferenceError
from imagelock.model.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from imagelock.model.platform import Platform

_PATH: Final = re.compile(
    r"/v2/(?P<repository>.+)/"
    r"(?P<kind>manifests|blobs/uploads|blobs|tags|referrers)/(?P<item>[^/]*)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    method: str
    repository: str
    item: str
    query: dict[str, list[str]]
    headers: Mapping[str, str]
    body: bytes


class MemoryRegistry:
    """Repositories with blobs, manifests and tags; thread-safe.

    `log` has every request so far: `HEAD /v2/library/nginx/manifests/1.27`.
    *users* maps names to passwords; with users, every request must authenticate.
    Without *lists_referrers*, it has no API for the artifacts that refer to an image.
    """

    def __init__(
        self,
        *,
        authentication: AuthScheme = AuthScheme.OPEN,
        users: Mapping[str, str] | None = None,
        lists_referrers: bool = True,
    ) -> None:
        self.log: list[str] = []
        self.access = AccessControl(authentication, users or {})
        self._lists_referrers = lists_referrers
        self._content: dict[tuple[str, str], Content] = {}
        self._tags: dict[tuple[str, str], str] = {}
        self._uploads: dict[str, bytes] = {}
        self._numbers = count(1)
        self._lock = threading.RLock()

    def push_image(
        self,
        repository: str,
        tag: str,
        platforms: Sequence[Platform],
        *,
        salts: Mapping[Platform, str] | str = "",
        annotations: Mapping[str, str] | None = None,
    ) -> Digest:
        """Push a tiny image for *platforms* and tag its index; return its digest.

        A different salt gives different content, for a platform or for all; see
        `make_image`.
        """
        image = make_image(platforms, salts=salts, annotations=annotations)
        return self.push(repository, tag, image)

    def push_manifest(
        self, repository: str, tag: str, platform: Platform, *, salt: str = ""
    ) -> Digest:
        """Push and tag a tiny image for a single *platform*, without an index."""
        return self.push(repository, tag, make_manifest(platform, salt=salt))

    def push(self, repository: str, tag: str, image: TinyImage) -> Digest:
        """Push *image* and tag it; return its digest."""
        with self._lock:
            for blob in image.blobs:
                place = repository, str(blob.digest)
                self._content[place] = Content(answers.BYTES, blob.body)
            for manifest in (*image.children, image.top):
                self._content[repository, str(manifest.digest)] = manifest
            self._tags[repository, tag] = str(image.top.digest)
        return image.top.digest

    def delete(self, repository: str, item: str | Digest) -> None:
        """Delete a tag, or the content at a digest and the tags that resolve to it."""
        with self._lock:
            self._tags.pop((repository, str(item)), None)
            if self._content.pop((repository, str(item)), None):
                self._tags = {k: d for k, d in self._tags.items() if d != str(item)}

    def handle(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes = b"",
        *,
        scheme: str = "https",
    ) -> Answer:
        """Answer a request for *target*, a path and perhaps a query.

        *scheme* is the one under which this registry is reached, for the
        address of its token server, which is the registry itself.
        """
        headers = {name.lower(): value for name, value in headers.items()}
        path, _, query = target.partition("?")
        authorization = headers.get("authorization", "")
        with self._lock:
            self.log.append(f"{method} {target}")
        if path == "/token":
            token = self.access.token(authorization, query)
            if token is None:
                return answers.error(
                    HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED", "wrong password"
                )
            return answers.document(token)
        match = _PATH.fullmatch(unquote(path))
        repository = match["repository"] if match else None
        if not self.access.allows(authorization, repository):
            root = f"{scheme}://{headers.get('host', '')}"
            challenge = self.access.challenge(root, repository)
            return answers.refused(challenge)
        if match is None:
            return (
                answers.document(b"{}")
                if path in {"/v2", "/v2/"}
                else answers.no_page()
            )
        request = _Request(
            method=method,
            repository=match["repository"],
            item=match["item"],
            query=parse_qs(query, keep_blank_values=True),
            headers=headers,
            body=body,
        )
        return self._route(match["kind"], request)

    def _route(self, kind: str, request: _Request) -> Answer:
        method = "GET" if request.method == "HEAD" else request.method
        routes: dict[tuple[str, str], Callable[[_Request], Answer]] = {
            ("GET", "tags"): self._list_tags,
            ("GET", "manifests"): self._get_manifest,
            ("PUT", "manifests"): self._put_manifest,
            ("DELETE", "manifests"): self._delete_manifest,
            ("GET", "referrers"): self._list_referrers,
            ("GET", "blobs"): self._get_blob,
            ("POST", "blobs/uploads"): self._start_upload,
            ("PATCH", "blobs/uploads"): self._add_to_upload,
            ("PUT", "blobs/uploads"): self._finish_upload,
        }
        route = routes.get((method, kind))
        if route is None:
            return answers.error(
                HTTPStatus.METHOD_NOT_ALLOWED, "UNSUPPORTED", "unsupported"
            )
        with self._lock:
            return route(request)

    def _get_manifest(self, request: _Request) -> Answer:
        content = self._manifest(request)
        accepted = request.headers.get("accept", "*/*")
        if content is None:
            message = "manifest unknown"
        elif "*/*" in accepted or content.media_type in accepted:
            return answers.content(content)
        else:
            message = f"{content.media_type} found, but it is not accepted"
        return answers.error(HTTPStatus.NOT_FOUND, "MANIFEST_UNKNOWN", message)

    def _manifest(self, request: _Request) -> Content | None:
        place = request.repository, request.item
        digest = self._tags.get(place, request.item)
        content = self._content.get((request.repository, digest))
        return content if content and content.media_type != answers.BYTES else None

    def _put_manifest(self, request: _Request) -> Answer:
        content = Content(request.headers.get("content-type", ""), request.body)
        digest = str(content.digest)
        if ":" not in request.item:
            self._tags[request.repository, request.item] = digest
        elif (digest := _digest_of(request.body, request.item)) != request.item:
            return answers.error(
                HTTPStatus.BAD_REQUEST, "DIGEST_INVALID", "not its digest"
            )
        self._content[request.repository, digest] = content
        answer = answers.created(f"/v2/{request.repository}/manifests/{digest}", digest)
        if self._lists_referrers and (subject := subject_of(content)):
            answer.headers["OCI-Subject"] = subject
        return answer

    def _delete_manifest(self, request: _Request) -> Answer:
        if self._manifest(request) is None:
            return answers.error(
                HTTPStatus.NOT_FOUND, "MANIFEST_UNKNOWN", "manifest unknown"
            )
        self.delete(request.repository, request.item)
        return Answer(HTTPStatus.ACCEPTED)

    def _get_blob(self, request: _Request) -> Answer:
        content = self._content.get((request.repository, request.item))
        if content is None:
            return answers.error(HTTPStatus.NOT_FOUND, "BLOB_UNKNOWN", "blob unknown")
        return answers.content(Content(answers.BYTES, content.body), request.item)

    def _start_upload(self, request: _Request) -> Answer:
        if "digest" in request.query:
            return self._finish_upload(request)
        number = str(next(self._numbers))
        self._uploads[number] = b""
        return answers.upload(HTTPStatus.ACCEPTED, request.repository, number, 0)

    def _add_to_upload(self, request: _Request) -> Answer:
        if request.item not in self._uploads:
            return answers.no_upload()
        self._uploads[request.item] += request.body
        size = len(self._uploads[request.item])
        return answers.upload(
            HTTPStatus.ACCEPTED, request.repository, request.item, size
        )

    def _finish_upload(self, request: _Request) -> Answer:
        if request.item and request.item not in self._uploads:
            return answers.no_upload()
        data = self._uploads.pop(request.item, b"") + request.body
        digest = request.query.get("digest", [""])[0]
        if _digest_of(data, digest) != digest:
            return answers.error(
                HTTPStatus.BAD_REQUEST, "DIGEST_INVALID", "not its digest"
            )
        self._content.setdefault(
            (request.repository, digest), Content(answers.BYTES, data)
        )
        return answers.created(f"/v2/{request.repository}/blobs/{digest}", digest)

    def _list_referrers(self, request: _Request) -> Answer:
        if not self._lists_referrers:
            return answers.no_page()
        manifests = [
            content
            for (repository, _), content in self._content.items()
            if repository == request.repository and content.media_type != answers.BYTES
        ]
        last = request.query.get("last", [""])[0]
        found = referrers(manifests, request.item)
        page = [each for each in found if str(each["digest"]) > last]
        number = request.query.get("n", [""])[0]
        shown = page[: int(number)] if number.isdecimal() else page
        answer = answers.content(index_of(shown))
        if shown and len(shown) < len(page):
            path = f"/v2/{request.repository}/referrers/{request.item}"
            query = f"n={number}&last={shown[-1]['digest']}"
            answer.headers["Link"] = f'<{path}?{query}>; rel="next"'
        return answer

    def _list_tags(self, request: _Request) -> Answer:
        tags = sorted(t for name, t in self._tags if name == request.repository)
        if request.item != "list" or not tags:
            return answers.error(
                HTTPStatus.NOT_FOUND, "NAME_UNKNOWN", "no such repository"
            )
        last = request.query.get("last", [""])[0]
        tags = [tag for tag in tags if tag > last]
        number = request.query.get("n", [""])[0]
        page = tags[: int(number)] if number.isdecimal() else tags
        document = {"name": request.repository, "tags": page}
        answer = answers.document(json.dumps(document).encode())
        if page and len(page) < len(tags):
            path = f"/v2/{request.repository}/tags/list?n={number}&last={page[-1]}"
            answer.headers["Link"] = f'<{path}>; rel="next"'
        return answer


def _digest_of(data: bytes, digest: str) -> str:
    """Return the digest of *data* with the algorithm of *digest*, or `""` if unknown."""
    try:
        return str(Digest.of(data, Digest.parse(digest).algorithm))
    except InvalidReferenceError:
        return ""
