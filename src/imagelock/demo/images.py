"""Build tiny images, byte-identical on every machine."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING, Any, Final

from imagelock.dataclass import dataclass
from imagelock.model.digest import Digest
from imagelock.model.image import DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelock.model.platform import Platform

OCI_CONFIG: Final = "application/vnd.oci.image.config.v1+json"
DOCKER_CONFIG: Final = "application/vnd.docker.container.image.v1+json"
_OCI_LAYER: Final = "application/vnd.oci.image.layer.v1.tar"
_DOCKER_LAYER: Final = "application/vnd.docker.image.rootfs.diff.tar"


@dataclass(frozen=True, slots=True)
class Content:
    """A manifest or blob: bytes and their media type."""

    media_type: str
    body: bytes

    @property
    def digest(self) -> Digest:
        """The SHA-256 of the bytes."""
        return Digest.of(self.body)

    def descriptor(self, **fields: object) -> dict[str, object]:
        """Return the descriptor of this content, with additional *fields*."""
        return {
            "mediaType": self.media_type,
            "digest": str(self.digest),
            "size": len(self.body),
            **fields,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TinyImage:
    """An image to push: `blobs`, then `children`, then `top`, which gets tagged."""

    blobs: tuple[Content, ...]
    children: tuple[Content, ...] = ()
    top: Content


def make_image(
    platforms: Sequence[Platform],
    *,
    salts: Mapping[Platform, str] | str = "",
    annotations: Mapping[str, str] | None = None,
    docker: bool = False,
    attested: bool = False,
) -> TinyImage:
    """Return an index with a manifest for each of *platforms*.

    A different salt gives different content, for a platform or for all.
    *annotations* are those of the index. *attested* adds an attestation manifest,
    as BuildKit does. *docker* uses Docker's media types, which have no annotations.
    """
    if isinstance(salts, str):
        salts = dict.fromkeys(platforms, salts)
    images = [
        make_manifest(platform, salt=salts.get(platform, ""), docker=docker)
        for platform in platforms
    ]
    manifests = [
        image.top.descriptor(platform=_fields(platform))
        for image, platform in zip(images, platforms, strict=True)
    ]
    if attested:
        attestation = _attestation(images[0].top)
        images.append(attestation)
        manifests.append(_attestation_descriptor(attestation.top, images[0].top))
    index: dict[str, Any] = {"manifests": manifests}
    if annotations:
        index["annotations"] = dict(annotations)
    return TinyImage(
        blobs=tuple(blob for image in images for blob in image.blobs),
        children=tuple(image.top for image in images),
        top=_document(DOCKER_LIST if docker else OCI_INDEX, index),
    )


def make_manifest(
    platform: Platform,
    *,
    salt: str = "",
    annotations: Mapping[str, str] | None = None,
    docker: bool = False,
) -> TinyImage:
    """Return an image for a single *platform*: a manifest without an index."""
    layer = _layer(f"{platform} {salt}\n", docker=docker)
    config = _config(platform, layer, docker=docker)
    manifest: dict[str, Any] = {
        "config": config.descriptor(),
        "layers": [layer.descriptor()],
    }
    if annotations:
        manifest["annotations"] = dict(annotations)
    top = _document(DOCKER_MANIFEST if docker else OCI_MANIFEST, manifest)
    return TinyImage(blobs=(config, layer), top=top)


def _attestation(subject: Content) -> TinyImage:
    statement = {"subject": str(subject.digest)}
    layer = Content("application/vnd.in-toto+json", json.dumps(statement).encode())
    config = Content(OCI_CONFIG, b'{"architecture":"unknown","os":"unknown"}')
    manifest = {"config": config.descriptor(), "layers": [layer.descriptor()]}
    return TinyImage(blobs=(config, layer), top=_document(OCI_MANIFEST, manifest))


def _attestation_descriptor(
    attestation: Content, subject: Content
) -> dict[str, object]:
    return attestation.descriptor(
        platform={"architecture": "unknown", "os": "unknown"},
        annotations={
            "vnd.docker.reference.digest": str(subject.digest),
            "vnd.docker.reference.type": "attestation-manifest",
        },
    )


def _document(media_type: str, fields: Mapping[str, object]) -> Content:
    document = {"schemaVersion": 2, "mediaType": media_type, **fields}
    return Content(media_type, json.dumps(document, indent=2).encode())


def _config(platform: Platform, layer: Content, *, docker: bool) -> Content:
    rootfs = {"type": "layers", "diff_ids": [str(layer.digest)]}
    document = {**_fields(platform), "config": {}, "rootfs": rootfs}
    kind = DOCKER_CONFIG if docker else OCI_CONFIG
    return Content(kind, json.dumps(document).encode())


def _fields(platform: Platform) -> dict[str, str]:
    """Return *platform* as the fields of an index or image configuration."""
    fields = {
        "architecture": platform.architecture,
        "os": platform.os,
        "variant": platform.variant,
        "os.version": platform.os_version,
    }
    return {name: value for name, value in fields.items() if value}


def _layer(text: str, *, docker: bool) -> Content:
    """Return an uncompressed layer with a file: compressed bytes depend on zlib."""
    data = io.BytesIO()
    member = tarfile.TarInfo("hello")
    member.size = len(text.encode())
    with tarfile.open(fileobj=data, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        archive.addfile(member, io.BytesIO(text.encode()))
    return Content(_DOCKER_LAYER if docker else _OCI_LAYER, data.getvalue())
