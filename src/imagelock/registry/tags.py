"""Lists of tags, page by page: OCI distribution-spec, "Listing Tags"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import httpx

from imagelock.registry.http import strict_json
from imagelock.registry.http.failure import Failure
from imagelock.registry.http.pages import next_page
from imagelock.registry.http.untrusted_text import escape_for_terminal, server_message

if TYPE_CHECKING:
    from collections.abc import Callable

    from imagelock.model.reference import Reference
    from imagelock.registry.endpoints.endpoint import Endpoint
    from imagelock.registry.fetch import Fetcher

PAGE: Final = 1000
"""Tags to request per page: ECR refuses a larger number."""

_MOST_PAGES: Final = 500
_MOST_TAGS: Final = 200_000
_MOST_FRUITLESS: Final = 5
"""Pages one after another without a new tag, after which a list is at its end."""
_TAG: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


def list_tags(
    fetcher: Fetcher, endpoint: Endpoint, reference: Reference, *, only_first_page: bool
) -> list[str]:
    """Return the tags of the repository of *reference* at *endpoint*.

    Raises:
        Failure: its list is not a list, leads to another server, or never ends.
    """
    repository = endpoint.repository(reference.repository)
    url = endpoint.url(repository, "tags", "list")
    collect = first_tags if only_first_page else collect_tags
    return collect(url, lambda page: fetcher.page(endpoint, page, repository))


def collect_tags(
    url: httpx.URL, get: Callable[[httpx.URL], httpx.Response]
) -> list[str]:
    """Return every tag in the list at *url*, in its order and without duplicates.

    *get* returns the successful response at a URL. Entries that are not tags are
    left out: some servers list digests, or empty names for deleted tags. So a page
    may have none, and yet not be the last.

    Raises:
        Failure: a page is not a list, or an error, leads to another server, or never ends.
        httpx.InvalidURL: the link to the next page is not a URL.
    """
    tags: dict[str, None] = {}
    query = httpx.QueryParams(n=PAGE)
    asked = {query}
    fruitless = 0
    for _ in range(_MOST_PAGES):
        response = get(url.copy_merge_params(query))
        entries = _entries(response)
        before = len(tags)
        tags.update(dict.fromkeys(e for e in entries if _TAG.fullmatch(e)))
        fruitless = fruitless + 1 if len(tags) == before else 0
        following = _next_query(url, response, entries)
        if following is None or following in asked or fruitless == _MOST_FRUITLESS:
            return list(tags)
        if len(tags) > _MOST_TAGS:
            break
        query = following
        asked.add(query)
    raise Failure(f"it lists more than {len(tags)} tags, without an end")


def first_tags(url: httpx.URL, get: Callable[[httpx.URL], httpx.Response]) -> list[str]:
    """Return the tags on the first page of the list at *url*, with one request.

    *get* is as for `collect_tags`.

    Raises:
        Failure: the page is not a list.
    """
    response = get(url.copy_merge_params({"n": str(PAGE)}))
    return [entry for entry in _entries(response) if _TAG.fullmatch(entry)]


def _entries(response: httpx.Response) -> list[str]:
    """Return the texts in the list of tags *response*; none for `null`."""
    try:
        document = strict_json.loads(response.content)
    except ValueError as error:
        detail = escape_for_terminal(str(error))
        raise Failure(f"its list of tags is not JSON: {detail}") from error
    if isinstance(document, dict) and document.get("errors"):
        message = server_message(response)
        raise Failure(f"it sent an error in place of its list of tags ({message})")
    entries = document.get("tags") if isinstance(document, dict) else document
    if entries is None:
        return []
    if not isinstance(entries, list):
        raise Failure("its list of tags is not a list")
    return [entry for entry in entries if isinstance(entry, str)]


def _next_query(
    url: httpx.URL, response: httpx.Response, entries: list[str]
) -> httpx.QueryParams | None:
    """Return the query of the next page, if there is one.

    Some servers send no `Link`: then a full page may have another after it.
    """
    query = next_page(url, response, "list of tags")
    if query is None and len(entries) == PAGE:
        return httpx.QueryParams(n=PAGE, last=entries[-1])
    return query
