"""Images with the package databases of real distributions, for scanners to read."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from typing import TYPE_CHECKING, Final, NamedTuple

from imagelock.demo.images import OCI_CONFIG, Content, TinyImage
from imagelock.model.image import OCI_INDEX, OCI_MANIFEST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelock.model.platform import Platform

    Files = Mapping[str, str]

_LAYER: Final = "application/vnd.oci.image.layer.v1.tar+gzip"
_DEBIAN_RELEASE: Final = """\
PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION_CODENAME=bookworm
ID=debian
"""


class Package(NamedTuple):
    """An installed package, and the source package from which it was built."""

    name: str
    version: str
    source: str


OLD_DEBIAN: Final = (
    Package("curl", "7.88.1-10", "curl"),
    Package("libcurl4", "7.88.1-10", "curl"),
    Package("libssl3", "3.0.9-1", "openssl"),
    Package("libc6", "2.36-9", "glibc"),
    Package("tar", "1.34+dfsg-1.2", "tar"),
)
NEW_DEBIAN: Final = (
    Package("curl", "7.88.1-10+deb12u4", "curl"),
    Package("libcurl4", "7.88.1-10+deb12u4", "curl"),
    Package("libssl3", "3.0.11-1~deb12u2", "openssl"),
    Package("libc6", "2.36-9+deb12u3", "glibc"),
)
OLD_ALPINE: Final = (
    Package("musl", "1.2.4-r0", "musl"),
    Package("libcrypto3", "3.1.1-r1", "openssl"),
)


def debian_files(packages: Sequence[Package], architecture: str) -> Files:
    """Return the files by which scanners know Debian 12 and its *packages*."""
    status = "\n".join(
        f"Package: {package.name}\n"
        "Status: install ok installed\n"
        "Maintainer: Debian <debian@x.test>\n"
        f"Architecture: {architecture}\n"
        f"Source: {package.source}\n"
        f"Version: {package.version}\n"
        f"Description: {package.name}\n"
        for package in packages
    )
    lists = {f"var/lib/dpkg/info/{package.name}.list": "/\n" for package in packages}
    return {
        "etc/os-release": _DEBIAN_RELEASE,
        "etc/debian_version": "12.1\n",
        "var/lib/dpkg/status": status,
        **lists,
    }


def alpine_files(packages: Sequence[Package], architecture: str) -> Files:
    """Return the files by which scanners know Alpine Linux 3.18 and its *packages*."""
    installed = "\n".join(
        f"P:{package.name}\nV:{package.version}\nA:{architecture}\nS:1000\nI:2000\n"
        f"T:{package.name}\nL:MIT\no:{package.source}\n"
        for package in packages
    )
    release = 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.18.2\n'
    return {
        "etc/os-release": release,
        "etc/alpine-release": "3.18.2\n",
        "lib/apk/db/installed": installed + "\n",
    }


def python_files(name: str, version: str) -> Files:
    """Return the metadata of an installed Python package."""
    folder = f"usr/lib/python3/dist-packages/{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    return {f"{folder}/METADATA": metadata, f"{folder}/RECORD": ""}


def image_of(files: Mapping[Platform, Files]) -> TinyImage:
    """Return an image with the *files* of each platform in a single layer."""
    manifests = {platform: _manifest(platform, files[platform]) for platform in files}
    listed = [
        image.top.descriptor(platform=_fields(platform))
        for platform, image in manifests.items()
    ]
    return TinyImage(
        blobs=tuple(blob for image in manifests.values() for blob in image.blobs),
        children=tuple(image.top for image in manifests.values()),
        top=_document(OCI_INDEX, {"manifests": listed}),
    )


def _manifest(platform: Platform, files: Files) -> TinyImage:
    archive = _archive(files)
    layer = Content(_LAYER, gzip.compress(archive, mtime=0))
    diff = str(Content("", archive).digest)
    settings = {
        **_fields(platform),
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [diff]},
    }
    config = Content(OCI_CONFIG, json.dumps(settings).encode())
    fields = {"config": config.descriptor(), "layers": [layer.descriptor()]}
    return TinyImage(blobs=(config, layer), top=_document(OCI_MANIFEST, fields))


def _archive(files: Files) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, text in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


def _fields(platform: Platform) -> dict[str, str]:
    fields = {"os": platform.os, "architecture": platform.architecture}
    return fields | ({"variant": platform.variant} if platform.variant else {})


def _document(media_type: str, fields: Mapping[str, object]) -> Content:
    document = {"schemaVersion": 2, "mediaType": media_type, **fields}
    return Content(media_type, json.dumps(document).encode())
