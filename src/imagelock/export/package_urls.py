"""Package URLs of images, as in software bills of materials."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from imagelock.model.digest import Digest
    from imagelock.model.image import Image


def package_url(image: Image, digest: Digest | None = None) -> str:
    """Return the package URL of *image* (package-url/purl-spec, type `oci`).

    *digest* is that of one of its manifests, if it is not the whole image.
    """
    reference = image.reference
    name = reference.repository.rpartition("/")[2]
    qualifiers = {"repository_url": reference.name, "tag": reference.tag or ""}
    query = "&".join(
        f"{key}={quote(value, safe='/')}" for key, value in qualifiers.items() if value
    )
    version = quote(str(digest or image.digest), safe=":")
    return f"pkg:oci/{quote(name, safe='')}@{version}?{query}"
