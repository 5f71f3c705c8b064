"""Lists of tags, page by page: OCI distribution-spec, "Listing Tags"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import httpx

from imagelock.registry.http import strict_json
from imagelock.registry.http.failure import Failure
from imagelock.registry.http.untrusted_text import shown
from imagelock.registry.http.urls import joined

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE: Final = 1000
"""Tags to ask for at a time: ECR refuses a larger number."""

_MOST_PAGES: Final = 500
_MOST_TAGS: Final = 200_000
_TAG: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


def collect(url: httpx.URL, get: Callable[[httpx.URL], httpx.Response]) -> list[str]:
    """Return every tag that the list at *url* has, in its order, each once.

    *get* returns the successful answer at an address. Entries that are no tags
    are left out: some servers list digests, or nothing where a tag was deleted.

    Raises:
        Failure: an answer is no list, leads to another server, or never ends.
        httpx.InvalidURL: it leads nowhere.
    """
    found: dict[str, None] = {}
    query = httpx.QueryParams(n=PAGE)
    for _ in range(_MOST_PAGES):
        response = get(url.copy_merge_params(query))
        entries = _entries(response)
        known = len(found)
        found.update(dict.fromkeys(e for e in entries if _TAG.fullmatch(e)))
        following = _following(url, response, entries)
        if following is None or len(found) == known:
            return list(found)
        if len(found) > _MOST_TAGS:
            break
        query = following
    raise Failure(f"it lists more than {len(found)} tags, and does not end")


def _entries(response: httpx.Response) -> list[str]:
    """Return the texts in the list that *response* is; none for `null`."""
    try:
        document = strict_json.loads(response.content)
    except ValueError as error:
        raise Failure(f"its list of tags is not JSON: {shown(str(error))}") from error
    listed = document.get("tags") if isinstance(document, dict) else document
    if listed is None:
        return []
    if not isinstance(listed, list):
        raise Failure("its list of tags is no list")
    return [entry for entry in listed if isinstance(entry, str)]


def _following(
    url: httpx.URL, response: httpx.Response, entries: list[str]
) -> httpx.QueryParams | None:
    """Return the query of the next page, if there is one.

    That is what a `Link` says; of that only the query is used, so that no answer
    decides where credentials are sent, nor for which repository. Some servers send none: then a page as long as
    we asked for may have another after it.
    """
    link = response.links.get("next", {}).get("url")
    if link is None:
        if len(entries) == PAGE:
            return httpx.QueryParams(n=PAGE, last=entries[-1])
        return None
    target = joined(url, link)
    if target.netloc != url.netloc or target.userinfo:
        raise Failure(f"its list of tags goes on at `{shown(target.host)}`")
    return target.params
