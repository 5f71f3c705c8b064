"""Links to what changed in the source of an image."""

from __future__ import annotations

import re
from typing import Final

_REVISION: Final = re.compile(r"[0-9a-f]{7,64}", re.IGNORECASE)
_REPOSITORY: Final = re.compile(
    r"https://(?P<host>[a-z0-9.-]+(?::[0-9]+)?)/(?P<path>[\w.~-]+(?:/[\w.~-]+)+)",
    re.ASCII | re.IGNORECASE,
)
_INSIDE: Final = re.compile(r"/(?:-/)?(?:tree|blob|src)/.*", re.DOTALL)
_FORMS: Final = {
    "github": ("compare/{old}...{new}", "commit/{new}"),
    "gitlab": ("-/compare/{old}...{new}", "-/commit/{new}"),
    "gitea": ("compare/{old}...{new}", "commit/{new}"),
    "bitbucket": ("branches/compare/{new}%0D{old}", "commits/{new}"),
}
"""The pages of two revisions and of one, below the address of a repository."""

_WORDS: Final = {
    "github": "github",
    "gitlab": "gitlab",
    "gitea": "gitea",
    "forgejo": "gitea",
    "codeberg": "gitea",
    "bitbucket": "bitbucket",
}
"""What a host is called, and what it runs: nothing else tells without asking it."""


def link(
    old_source: str | None,
    old_revision: str | None,
    source: str | None,
    revision: str | None,
) -> str | None:
    """Return the page that shows what changed in the source, if there is one.

    With both revisions of one repository it compares them; with the new one alone
    it is that commit. Sources are what `org.opencontainers.image.source` holds: a
    page, or an address that git takes. The words are a stranger's: the result is
    always an `https` address without credentials.
    """
    place = repository(source or "")
    if place is None or not _is_revision(revision) or old_revision == revision:
        return None
    forms = _forms(place)
    if forms is None:
        return None
    same = repository(old_source or "") == place
    form = forms[0] if same and _is_revision(old_revision) else forms[1]
    return f"{place}/{form.format(old=old_revision, new=revision)}"


def repository(source: str) -> str | None:
    """Return the address of the repository that *source* names, for a browser.

    `git+https://…`, `git@host:path`, `ssh://git@host/path`, `….git`, `…#commit:folder`
    and `…/tree/main/folder` all name one.
    """
    address = source.removeprefix("git+").partition("#")[0]
    address = address.partition("?")[0]
    if scp := re.fullmatch(r"git@([^:/@]+):(.+)", address):
        address = f"https://{scp[1]}/{scp[2]}"
    address = re.sub(r"^(?:ssh://git@|git://|http://)", "https://", address)
    address = _INSIDE.sub("", address).rstrip("/").removesuffix(".git")
    match = _REPOSITORY.fullmatch(address)
    if match is None or ".." in match["path"]:
        return None
    return f"https://{match['host'].lower()}/{match['path']}"


def _is_revision(text: str | None) -> bool:
    return bool(text and _REVISION.fullmatch(text))


def _forms(place: str) -> tuple[str, str] | None:
    labels = place.split("/")[2].partition(":")[0].split(".")
    return next((_FORMS[_WORDS[one]] for one in labels if one in _WORDS), None)
