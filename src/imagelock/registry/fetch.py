"""Fetch manifests, configurations and lists of tags from one server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import httpx

from imagelock.errors import InvalidReferenceError
from imagelock.model.digest import Digest
from imagelock.registry import manifest as manifests
from imagelock.registry.http.failure import Failure

if TYPE_CHECKING:
    from imagelock.model.reference import Reference
    from imagelock.registry.endpoints.endpoint import Endpoint
    from imagelock.registry.manifest import Manifest
    from imagelock.registry.session import Session

_NO_HEAD: Final = frozenset({400, 403, 405, 406, 415, 501})
"""What servers answer that know no HEAD, or not for manifests: GET may work."""


@dataclass(frozen=True, slots=True)
class Fetcher:
    """The documents of registries, each checked to be what was asked for.

    Every method asks one server, *where*, and raises `Failure` if it refuses, or
    if its answer cannot be used.
    """

    session: Session

    def named(self, where: Endpoint, reference: Reference, item: str) -> Digest | None:
        """Return the digest in the answer to HEAD, if it can be relied on."""
        response = self._ask("HEAD", where, reference, item)
        if response.status_code in _NO_HEAD:
            return None
        if response.status_code != httpx.codes.OK:
            raise self.session.refusal(where, response)
        # Without a manifest's type, this may be the login page of a proxy.
        known = manifests.is_manifest(response.headers.get("Content-Type", ""))
        return _header(response) if known else None

    def hashed(self, where: Endpoint, reference: Reference, item: str) -> Digest:
        """Return the digest of what *item* is, having fetched it."""
        response = self._get(where, reference, item)
        named = _header(response)
        manifests.parse(response.headers.get("Content-Type", ""), response.content)
        actual = Digest.of(response.content, named.algorithm if named else "sha256")
        if named and named != actual:
            raise Failure(f"it sent `{actual}` and called it `{named}`")
        return actual

    def manifest(
        self, where: Endpoint, reference: Reference, digest: Digest
    ) -> Manifest:
        """Return the manifest at *digest*, whose bytes have been checked."""
        response = self._get(where, reference, str(digest))
        content_type = response.headers.get("Content-Type", "")
        manifests.media_type(content_type)  # a better word on a login page
        _compare(response, digest)
        return manifests.parse(content_type, response.content)

    def _get(self, where: Endpoint, reference: Reference, item: str) -> httpx.Response:
        response = self._ask("GET", where, reference, item)
        if response.status_code != httpx.codes.OK:
            raise self.session.refusal(where, response)
        return response

    def _ask(
        self,
        method: str,
        where: Endpoint,
        reference: Reference,
        item: str,
        kind: str = "manifests",
    ) -> httpx.Response:
        """Return what *where* has under *item*, in its name for the repository."""
        repository = where.repository(reference.repository)
        accept = manifests.ACCEPT if kind == "manifests" else "*/*"
        url = where.url(repository, kind, item)
        return self.session.ask(method, where, url, accept, repository)

    def page(self, where: Endpoint, url: httpx.URL, repository: str) -> httpx.Response:
        """Return one page of the list of tags in *repository*."""
        accept = "application/json"
        response = self.session.ask("GET", where, url, accept, repository)
        if response.status_code != httpx.codes.OK:
            raise self.session.refusal(where, response)
        return response

    def blob(self, where: Endpoint, reference: Reference, config: Digest) -> bytes:
        """Return the configuration at *config*, whose bytes have been checked."""
        response = self._ask("GET", where, reference, str(config), "blobs")
        if response.status_code == httpx.codes.NOT_FOUND:
            # The image is there and broken, so this is no `Missing`.
            raise Failure(f"its configuration `{config}` is missing")
        if response.status_code != httpx.codes.OK:
            raise self.session.refusal(where, response)
        _compare(response, config)
        return response.content


def _compare(response: httpx.Response, digest: Digest) -> None:
    actual = Digest.of(response.content, digest.algorithm)
    if actual != digest:
        raise Failure(f"it sent `{actual}` when asked for `{digest}`")


def _header(response: httpx.Response) -> Digest | None:
    try:
        return Digest.parse(response.headers.get("Docker-Content-Digest", ""))
    except InvalidReferenceError:
        return None
