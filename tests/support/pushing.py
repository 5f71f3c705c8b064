"""Push images to a real registry over HTTP, the way clients do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    import ssl

    from imagelock.demo.images import TinyImage
    from imagelock.model.digest import Digest


def push(
    url: str,
    repository: str,
    tag: str,
    image: TinyImage,
    *,
    verify: ssl.SSLContext | bool = True,
) -> Digest:
    """Push *image* to the registry at *url* and tag it; return its digest."""
    base = f"{url}/v2/{repository}/"
    with httpx.Client(base_url=base, trust_env=False, verify=verify) as client:
        for blob in image.blobs:
            started = client.post("blobs/uploads/").raise_for_status()
            place = client.base_url.join(started.headers["Location"])
            place = place.copy_merge_params({"digest": str(blob.digest)})
            client.put(place, content=blob.body).raise_for_status()
        for child in image.children:
            _put(client, str(child.digest), child.media_type, child.body)
        _put(client, tag, image.top.media_type, image.top.body)
    return image.top.digest


def _put(client: httpx.Client, name: str, media_type: str, body: bytes) -> None:
    headers = {"Content-Type": media_type}
    client.put(f"manifests/{name}", headers=headers, content=body).raise_for_status()
