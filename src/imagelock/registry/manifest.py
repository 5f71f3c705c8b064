"""Read manifests, and refuse what two readers could understand differently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from imagelock.errors import InvalidPlatformError, InvalidReferenceError
from imagelock.model.digest import Digest
from imagelock.model.image import (
    DOCKER_LIST,
    DOCKER_MANIFEST,
    INDEX_TYPES,
    MANIFEST_TYPES,
    OCI_INDEX,
    OCI_MANIFEST,
)
from imagelock.model.image_details import Layer
from imagelock.model.platform import Platform
from imagelock.registry import image_config
from imagelock.registry.http import strict_json
from imagelock.registry.http.failure import Failure
from imagelock.registry.http.untrusted_text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCEPT: Final = f"{OCI_INDEX}, {OCI_MANIFEST}, {DOCKER_LIST}, {DOCKER_MANIFEST}"
"""Every type that we read: a registry may convert what is not accepted."""

_SCHEMA1: Final = frozenset(
    {
        "application/vnd.docker.distribution.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
    }
)
_CONFIG_TYPES: Final = frozenset(
    {
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
    }
)
_ATTESTATION: Final = "vnd.docker.reference.type"
_PARTS: Final = frozenset({"config", "layers", "fsLayers"})
_MOST_DESCRIPTORS: Final = 4096
_LARGEST: Final = 2**50
"""Bytes of a layer, above which a size is no size."""


@dataclass(frozen=True, slots=True)
class Child:
    """A manifest in an index: who gets it, and what the index says about it."""

    platform: Platform
    digest: Digest
    annotations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Manifest:
    """A checked index or manifest.

    `children` are an index's, in its order, one a platform. `config` is where
    an image's own configuration lies; artifacts and indexes have none. `layers`
    are a manifest's, in its order, if every one has a digest and a size.
    """

    media_type: str
    annotations: Mapping[str, str]
    children: tuple[Child, ...] = ()
    config: Digest | None = None
    layers: tuple[Layer, ...] | None = None


def is_manifest(content_type: str) -> bool:
    """Tell whether a `Content-Type` header names a type that we read."""
    return _bare(content_type) in INDEX_TYPES | MANIFEST_TYPES


def media_type(content_type: str) -> str:
    """Return the manifest type that a `Content-Type` header names.

    Raises:
        Failure: it is not one of the four that we read.
    """
    kind = _bare(content_type)
    if kind in _SCHEMA1:
        raise _schema1()
    if is_manifest(kind):
        return kind
    what = f"its answer is `{shown(kind)}`" if kind else "its answer has no type"
    hint = "is this a registry?"
    if kind == "text/html":
        hint = f"{hint} It looks like a login page, of a proxy perhaps"
    raise Failure(f"{what}, not an image manifest", hint=hint)


def parse(content_type: str, body: bytes) -> Manifest:
    """Read the manifest *body*, which was sent as *content_type*.

    OCI image-spec, image-index.md and manifest.md; Docker's manifest v2,
    schema 2. A body that could be both an index and a manifest is refused
    (CVE-2021-41190).

    Raises:
        Failure: the type is another, or the body is not a manifest of that type.
    """
    kind = media_type(content_type)
    try:
        document = strict_json.loads(body)
    except ValueError as error:
        raise _malformed(f"it is not JSON that can be trusted ({error})") from error
    if not isinstance(document, dict):
        raise _malformed("it is not a JSON object")
    _check(kind, document)
    annotations = _annotations(document)
    if kind in INDEX_TYPES:
        return Manifest(kind, annotations, _children(document))
    return Manifest(
        kind, annotations, config=_config(document), layers=_layers(document)
    )


def platform_of(config: bytes) -> Platform | None:
    """Return the platform that the image configuration *config* names, if it does.

    Raises:
        Failure: it is not a JSON object.
    """
    return _platform(image_config.loads(config))


def _bare(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _check(kind: str, document: dict[str, Any]) -> None:
    if document.get("schemaVersion") == 1:
        raise _schema1()
    if document.get("mediaType", kind) != kind:
        raise _malformed("it calls itself another type than it was sent as")
    if "manifests" in document and _PARTS & document.keys():
        raise _malformed("it is an index and a manifest at the same time")
    wanted = "manifests" if kind in INDEX_TYPES else "layers"
    listed = document.get(wanted)
    if listed is None and wanted == "layers":
        return  # as some tools write an artifact that has none
    if not isinstance(listed, list):
        raise _malformed(f"it has no list of `{wanted}`")
    if len(listed) > _MOST_DESCRIPTORS:
        raise _malformed(f"it lists more than {_MOST_DESCRIPTORS} `{wanted}`")


def _children(document: dict[str, Any]) -> tuple[Child, ...]:
    """Return the first child of each platform, which is the one that it gets."""
    children: dict[Platform, Child] = {}
    for descriptor in document["manifests"]:
        if not isinstance(descriptor, dict):
            raise _malformed("one of its `manifests` is not an object")
        digest = _digest(descriptor)
        annotations = _annotations(descriptor)
        platform = _platform(descriptor.get("platform"))
        if platform and _ATTESTATION not in annotations:
            children.setdefault(platform, Child(platform, digest, annotations))
    return tuple(children.values())


def _config(document: dict[str, Any]) -> Digest | None:
    descriptor = document.get("config")
    if not isinstance(descriptor, dict):
        raise _malformed("it has no `config`")
    digest = _digest(descriptor)
    return digest if descriptor.get("mediaType") in _CONFIG_TYPES else None


def _layers(document: dict[str, Any]) -> tuple[Layer, ...] | None:
    """Return the layers; they are only shown, so that a strange one is no error."""
    layers = []
    for descriptor in document.get("layers") or []:
        size = descriptor.get("size") if isinstance(descriptor, dict) else None
        # JSON's booleans are integers to Python.
        if type(size) is not int or size < 0 or size > _LARGEST:
            return None
        try:
            layers.append(Layer(_digest(descriptor), size))
        except Failure:
            return None
    return tuple(layers)


def _digest(descriptor: dict[str, Any]) -> Digest:
    text = descriptor.get("digest")
    try:
        return Digest.parse(text if isinstance(text, str) else "")
    except InvalidReferenceError as error:
        raise _malformed(f"`{shown(str(text))}` is not a digest") from error


def _platform(document: object) -> Platform | None:
    """Return the platform that *document* names.

    `unknown/unknown` is what BuildKit writes where it has to write something.
    """
    fields = document if isinstance(document, dict) else {}
    names = ("os", "architecture", "variant", "os.version")
    parts = [fields.get(name) or "" for name in names]
    if not all(isinstance(part, str) for part in parts) or parts[0] == "unknown":
        return None
    platform = Platform.normalised(*parts)
    try:
        # What a lockfile could not read back is not a platform.
        return platform if Platform.parse(str(platform)) == platform else None
    except InvalidPlatformError:
        return None


def _annotations(document: dict[str, Any]) -> dict[str, str]:
    found = document.get("annotations")
    fields = found if isinstance(found, dict) else {}
    return {name: text for name, text in fields.items() if isinstance(text, str)}


def _schema1() -> Failure:
    hint = "push it again with a current tool"
    return Failure("its manifest is Docker's old schema 1: not supported", hint=hint)


def _malformed(why: str) -> Failure:
    return Failure(f"its manifest is malformed: {why}")
