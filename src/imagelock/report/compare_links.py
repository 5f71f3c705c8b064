"""Links to the source changes between two images, on the forge that hosts them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final
from urllib.parse import quote

_REVISION: Final = re.compile(r"[0-9a-f]{7,64}", re.IGNORECASE)
_REPOSITORY: Final = re.compile(
    r"https://(?P<host>[a-z0-9.-]+(?::[0-9]+)?)/(?P<path>[\w.~-]+(?:/[\w.~-]+)+)",
    re.ASCII | re.IGNORECASE,
)
_INSIDE: Final = re.compile(r"/(?:-/)?(?:tree|blob|src)/.*", re.DOTALL)
_PAGES: Final = {
    "github": ("compare/{old}...{new}", "commit/{new}"),
    "gitlab": ("-/compare/{old}...{new}", "-/commit/{new}"),
    "gitea": ("compare/{old}...{new}", "commit/{new}"),
    "bitbucket": ("branches/compare/{new}%0D{old}", "commits/{new}"),
}
"""The pages that compare two revisions and show one, below a repository's URL."""

_FILES: Final = {
    "github": "blob/{revision}/{path}{line}",
    "gitlab": "-/blob/{revision}/{path}{line}",
    "gitea": "src/commit/{revision}/{path}{line}",
    "bitbucket": "src/{revision}/{path}{line}",
}
"""The page of a file at a revision, below a repository's URL."""

_LINES: Final = {"bitbucket": "#lines-{}"}
"""The fragment of a line where it is not `#L12`."""

_FORGES: Final = {
    "github": "github",
    "gitlab": "gitlab",
    "gitea": "gitea",
    "forgejo": "gitea",
    "codeberg": "gitea",
    "bitbucket": "bitbucket",
}
"""The forge by a label of the host name: anything else would take a request."""

_PUBLIC: Final = (
    "github.com",
    "gitlab.com",
    "gitea.com",
    "codeberg.org",
    "bitbucket.org",
)
"""Names that only their owners may have: `github.com.example.org` imitates one."""


def compare_link(
    old_source: str | None,
    old_revision: str | None,
    source: str | None,
    revision: str | None,
) -> str | None:
    """Return the URL of the source changes, or `None` if the forge is unknown.

    With both revisions of one repository it compares them; with only the new one
    it is that commit. Sources are values of `org.opencontainers.image.source`: a
    web page or a git URL. They are untrusted: the result is always an `https` URL
    without credentials.
    """
    url = repository_url(source or "")
    if url is None or not _is_revision(revision) or old_revision == revision:
        return None
    forge = _forge(url)
    if forge is None:
        return None
    pages = _PAGES[forge]
    is_comparable = repository_url(old_source or "") == url
    page = pages[0] if is_comparable and _is_revision(old_revision) else pages[1]
    return f"{url}/{page.format(old=old_revision, new=revision)}"


def file_link(source: str, revision: str, path: str, line: int) -> str | None:
    """Return the URL of a line, from 1, of a file at a revision; the file for line 0.

    *source* is that of `compare_link`, and *path* relative to the top of the repository.
    `None` if the forge is unknown.
    """
    url = repository_url(source)
    forge = _forge(url) if url and _is_revision(revision) else None
    if forge is None:
        return None
    fragment = _LINES.get(forge, "#L{}").format(line) if line else ""
    quoted = quote(path, errors="surrogateescape")
    page = _FILES[forge].format(revision=revision, path=quoted, line=fragment)
    return f"{url}/{page}"


@lru_cache(maxsize=256)  # the moves of an image have the same few
def repository_url(source: str) -> str | None:
    """Return the web page of the repository that *source* names.

    `git+https://…`, `git@host:path`, `ssh://git@host/path`, `….git`, `…#commit:folder`
    and `…/tree/main/folder` are all accepted.
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


@lru_cache(maxsize=256)
def _forge(url: str) -> str | None:
    host = url.split("/")[2].partition(":")[0]
    if host not in _PUBLIC and any(f".{name}." in f".{host}." for name in _PUBLIC):
        return None
    labels = host.split(".")
    return next((_FORGES[label] for label in labels if label in _FORGES), None)
