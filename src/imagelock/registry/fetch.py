"""Fetch manifests, configurations and lists of tags from one server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx

from imagelock.dataclass import dataclass
from imagelock.errors import InvalidReferenceError
from imagelock.model.digest import Digest
from imagelock.model.image import OCI_INDEX
from imagelock.registry import manifest as manifests
from imagelock.registry.artifact import parse_artifact
from imagelock.registry.http.failure import Failure
from imagelock.registry.http.headers import media_type_of
from imagelock.registry.manifest_type import check_type, is_manifest, typed_document

if TYPE_CHECKING:
    from imagelock.model.reference import Reference
    from imagelock.registry.artifact import Artifact
    from imagelock.registry.endpoints.endpoint import Endpoint
    from imagelock.registry.manifest import Manifest
    from imagelock.registry.session import RegistrySession

_NO_HEAD: Final = frozenset({400, 403, 405, 406, 415, 501})
"""Answers of servers without HEAD, or without HEAD for manifests: GET may work."""

_NO_REFERRERS: Final = frozenset({400, 404, 405, 406, 501})
"""Answers of servers that have no list of referrers."""


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches documents and checks each against the digest that was requested.

    Every method asks one server, *endpoint*, and raises `Failure` if it refuses, or
    if its answer cannot be used.
    """

    session: RegistrySession

    def head_digest(
        self, endpoint: Endpoint, reference: Reference, item: str
    ) -> Digest | None:
        """Return the digest in the answer to HEAD, or `None` if it is not reliable.

        *item* is a tag or a digest.
        """
        response = self._ask("HEAD", endpoint, reference, item)
        if response.status_code in _NO_HEAD or _is_no_answer(response):
            return None
        if response.status_code != httpx.codes.OK:
            raise self.session.refusal(endpoint, response)
        # Without a manifest's type, this may be the login page of a proxy.
        content_type = response.headers.get("Content-Type", "")
        return _digest_header(response) if is_manifest(content_type) else None

    def tagged_manifest(
        self, endpoint: Endpoint, reference: Reference, tag: str
    ) -> tuple[Digest, Manifest]:
        """Return the digest of the manifest that *tag* stands for, and the manifest."""
        response = self._get(endpoint, reference, tag)
        stated = _digest_header(response)
        manifest = manifests.parse_manifest(
            response.headers.get("Content-Type", ""), response.content
        )
        actual = Digest.of(response.content, stated.algorithm if stated else "sha256")
        if stated and stated != actual:
            raise Failure(f"it sent `{actual}`, but declared it as `{stated}`")
        return actual, manifest

    def manifest(
        self, endpoint: Endpoint, reference: Reference, digest: Digest
    ) -> Manifest:
        """Return the manifest at *digest*, whose bytes match it."""
        return self.manifest_with_bytes(endpoint, reference, digest)[0]

    def manifest_with_bytes(
        self, endpoint: Endpoint, reference: Reference, digest: Digest
    ) -> tuple[Manifest, bytes]:
        """Return the manifest at *digest*, and its bytes, which match it."""
        response = self._get(endpoint, reference, str(digest))
        content_type = response.headers.get("Content-Type", "")
        check_type(content_type)  # the better message for a login page
        _check_digest(response, digest)
        manifest = manifests.parse_manifest(content_type, response.content)
        return manifest, response.content

    def page(
        self, endpoint: Endpoint, url: httpx.URL, repository: str
    ) -> httpx.Response:
        """Return one page of the list of tags in *repository*."""
        accept = "application/json"
        response = self.session.ask("GET", endpoint, url, accept, repository)
        if response.status_code != httpx.codes.OK:
            raise self.session.refusal(endpoint, response)
        return response

    def referrers_page(
        self, endpoint: Endpoint, url: httpx.URL, repository: str
    ) -> httpx.Response | None:
        """Return one page of a list of referrers, or `None` without such an API."""
        response = self.session.ask("GET", endpoint, url, OCI_INDEX, repository)
        if response.status_code in _NO_REFERRERS:
            return None
        if response.status_code != httpx.codes.OK:
            raise self.session.refusal(endpoint, response)
        return response

    def tagged_document(
        self, endpoint: Endpoint, reference: Reference, tag: str
    ) -> dict[str, object] | None:
        """Return the index or manifest at *tag*, or `None` if there is no such tag."""
        response = self._tagged(endpoint, reference, tag)
        if response is None:
            return None
        content_type = response.headers.get("Content-Type", "")
        return typed_document(content_type, response.content)[1]

    def artifact(
        self, endpoint: Endpoint, reference: Reference, digest: Digest
    ) -> Artifact | None:
        """Return the artifact at *digest*, whose bytes match it; `None` for an index."""
        response = self._get(endpoint, reference, str(digest))
        content_type = response.headers.get("Content-Type", "")
        check_type(content_type)
        _check_digest(response, digest)
        return parse_artifact(digest, content_type, response.content)

    def tagged_artifact(
        self, endpoint: Endpoint, reference: Reference, tag: str
    ) -> Artifact | None:
        """Return the artifact at *tag*, or `None` if there is no such tag."""
        response = self._tagged(endpoint, reference, tag)
        if response is None:
            return None
        content_type = response.headers.get("Content-Type", "")
        digest = Digest.of(response.content)
        return parse_artifact(digest, content_type, response.content)

    def blob(
        self,
        endpoint: Endpoint,
        reference: Reference,
        digest: Digest,
        what: str = "configuration",
    ) -> bytes:
        """Return the blob at *digest*, whose bytes match it; *what* is its noun."""
        response = self._ask("GET", endpoint, reference, str(digest), "blobs")
        if response.status_code == httpx.codes.NOT_FOUND:
            # The image exists but is broken, so this is not `Missing`.
            raise Failure(f"its {what} `{digest}` is missing")
        if response.status_code != httpx.codes.OK:
            raise self.session.refusal(endpoint, response)
        _check_digest(response, digest)
        return response.content

    def _tagged(
        self, endpoint: Endpoint, reference: Reference, tag: str
    ) -> httpx.Response | None:
        """Return the manifest that *tag* stands for, if there is such a tag."""
        response = self._ask("GET", endpoint, reference, tag)
        if response.status_code == httpx.codes.NOT_FOUND:
            return None
        if response.status_code != httpx.codes.OK:
            raise self.session.refusal(endpoint, response)
        stated = _digest_header(response)
        if stated:
            _check_digest(response, stated)
        return response

    def _get(
        self, endpoint: Endpoint, reference: Reference, item: str
    ) -> httpx.Response:
        response = self._ask("GET", endpoint, reference, item)
        if response.status_code != httpx.codes.OK:
            raise self.session.refusal(endpoint, response)
        return response

    def _ask(
        self,
        method: str,
        endpoint: Endpoint,
        reference: Reference,
        item: str,
        kind: str = "manifests",
    ) -> httpx.Response:
        """Request *item* under the name that *endpoint* has for the repository."""
        repository = endpoint.repository(reference.repository)
        accept = manifests.ACCEPT if kind == "manifests" else "*/*"
        url = endpoint.url(repository, kind, item)
        return self.session.ask(method, endpoint, url, accept, repository)


def _check_digest(response: httpx.Response, digest: Digest) -> None:
    actual = Digest.of(response.content, digest.algorithm)
    if actual != digest:
        raise Failure(f"it sent `{actual}` when asked for `{digest}`")


def _is_no_answer(response: httpx.Response) -> bool:
    """Return whether the `404` *response* to HEAD may be about the path, not the image.

    Registries send their errors as JSON (OCI distribution-spec, "Error Codes"). Proxies
    do not, nor do servers that route only GET to manifests. Where it is an answer,
    GET is spared: it counts as a pull.
    """
    is_missing = response.status_code == httpx.codes.NOT_FOUND
    return is_missing and media_type_of(response) != "application/json"


def _digest_header(response: httpx.Response) -> Digest | None:
    try:
        return Digest.parse(response.headers.get("Docker-Content-Digest", ""))
    except InvalidReferenceError:
        return None
