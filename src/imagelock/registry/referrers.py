"""The artifacts that refer to an image: OCI distribution-spec 1.1, "Listing Referrers"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx

from imagelock.registry.artifact import parse_referrers
from imagelock.registry.http import strict_json
from imagelock.registry.http.failure import Failure
from imagelock.registry.http.headers import media_type_of
from imagelock.registry.http.pages import next_page

if TYPE_CHECKING:
    from imagelock.model.digest import Digest
    from imagelock.model.reference import Reference
    from imagelock.registry.artifact import Referrer
    from imagelock.registry.endpoints.endpoint import Endpoint
    from imagelock.registry.fetch import Fetcher

MOST_REFERRERS: Final = 200
"""For an image with more, it is not known which of them matter."""

_MOST_PAGES: Final = 20
_LONGEST_HEX: Final = 64


def list_referrers(
    fetcher: Fetcher, endpoint: Endpoint, reference: Reference, digest: Digest
) -> tuple[Referrer, ...]:
    """Return what refers to *digest* in the repository of *reference*, each once.

    A registry without the API has the list at a tag, `sha256-…`, if anybody wrote it.

    Raises:
        Failure: the list cannot be read, does not end, or is too long.
    """
    repository = endpoint.repository(reference.repository)
    url = endpoint.url(repository, "referrers", str(digest))
    referrers: dict[Digest, Referrer] = {}
    query = httpx.QueryParams()
    for number in range(_MOST_PAGES):
        response = fetcher.referrers_page(
            endpoint, url.copy_merge_params(query), repository
        )
        document = None if response is None else _document(response)
        if response is None or document is None:
            if number:
                raise Failure("its list of referrers breaks off")
            return _tagged(fetcher, endpoint, reference, digest)
        before = len(referrers)
        _add(referrers, document)
        following = next_page(url, response, "list of referrers")
        if following is None or len(referrers) == before:
            return tuple(referrers.values())
        query = following
    raise _too_many()


def fallback_tag(digest: Digest) -> str:
    """Return the tag of the list of what refers to *digest* ("Referrers Tag Schema")."""
    return f"{digest.algorithm}-{digest.encoded[:_LONGEST_HEX]}"


def _tagged(
    fetcher: Fetcher, endpoint: Endpoint, reference: Reference, digest: Digest
) -> tuple[Referrer, ...]:
    """Return the list at the fallback tag of *digest*."""
    found = fetcher.tagged_document(endpoint, reference, fallback_tag(digest))
    if found is None:
        return ()
    referrers: dict[Digest, Referrer] = {}
    _add(referrers, found)
    return tuple(referrers.values())


def _add(referrers: dict[Digest, Referrer], document: object) -> None:
    for referrer in parse_referrers(document):
        referrers.setdefault(referrer.digest, referrer)
    if len(referrers) > MOST_REFERRERS:
        raise _too_many()


def _too_many() -> Failure:
    return Failure(f"more than {MOST_REFERRERS} artifacts refer to it")


def _document(response: httpx.Response) -> object | None:
    """Return the index in *response*, or `None` if it is another kind of page.

    Servers that do not know the API may answer with any page.
    """
    if media_type_of(response) == "text/html":
        return None
    try:
        return strict_json.loads(response.content)
    except ValueError as error:
        raise Failure("its list of referrers is not JSON") from error
