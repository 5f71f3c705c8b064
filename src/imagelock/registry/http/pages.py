"""The next page of a list, by the `Link` header (RFC 8288)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.registry.http.address import join_url
from imagelock.registry.http.failure import Failure
from imagelock.registry.http.untrusted_text import escape_for_terminal

if TYPE_CHECKING:
    import httpx


def next_page(
    url: httpx.URL, response: httpx.Response, what: str
) -> httpx.QueryParams | None:
    """Return the query of the page after *response*, an answer at *url*, if any.

    Of the header only the query is used, so that no answer decides where credentials
    are sent, nor for which repository. *what* names the list in messages.

    Raises:
        Failure: the list continues on another server.
        httpx.InvalidURL: the link is not a URL.
    """
    link = next(filter(_leads_on, response.links.values()), None)
    if link is None:
        return None
    target = join_url(url, link["url"])
    if target.netloc != url.netloc or target.userinfo:
        host = escape_for_terminal(target.host)
        hint = "it may not know its own address behind a proxy: tell its administrator"
        raise Failure(f"its {what} continues on another server, `{host}`", hint=hint)
    return target.params


def _leads_on(link: dict[str, str]) -> bool:
    """Return whether *link* has the relation `next`, perhaps beside others.

    Names and relations may be in upper case (RFC 8288, 3).
    """
    relations = [v for name, v in link.items() if name.lower() == "rel"]
    return any("next" in relation.lower().split() for relation in relations)
