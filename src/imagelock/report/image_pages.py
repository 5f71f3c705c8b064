"""The web page of an image, on the site of its registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from imagelock.model.reference import Reference

_PAGES: Final = {
    "docker.io": "https://hub.docker.com/r/{path}",
    "ghcr.io": "https://ghcr.io/{path}",
    "quay.io": "https://quay.io/repository/{path}",
    "gcr.io": "https://gcr.io/{path}",
    "mcr.microsoft.com": "https://mcr.microsoft.com/en-us/artifact/mar/{path}",
    "public.ecr.aws": "https://gallery.ecr.aws/{path}",
    "codeberg.org": "https://codeberg.org/{owner}/-/packages/container/{name}",
}
"""The page by the host of the registry; `ghcr.io` and `gcr.io` forward to theirs."""
_OFFICIAL: Final = "library/"


def image_page(reference: Reference) -> str | None:
    """Return the URL of the page of *reference*, or `None` for an unknown registry.

    A path has only letters, digits and `._-/`, so that it needs no quoting.
    """
    if reference.scheme:
        return None
    host, path = reference.registry, reference.repository
    if host == "docker.io" and path.startswith(_OFFICIAL):
        return f"https://hub.docker.com/_/{path.removeprefix(_OFFICIAL)}"
    if host.endswith(".pkg.dev"):
        return f"https://{host}/{path}"
    owner, _, name = path.partition("/")
    page = _PAGES.get(host)
    return (
        page.format(path=path, owner=owner, name=name.replace("/", "%2F"))
        if page
        else None
    )
