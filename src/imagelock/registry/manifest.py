"""Parse manifests, refusing those that two parsers may understand differently."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from imagelock.dataclass import dataclass
from imagelock.errors import InvalidPlatformError, InvalidReferenceError
from imagelock.model.digest import Digest
from imagelock.model.image import (
    DOCKER_LIST,
    DOCKER_MANIFEST,
    INDEX_TYPES,
    OCI_INDEX,
    OCI_MANIFEST,
)
from imagelock.model.image_details import Layer
from imagelock.model.platform import Platform
from imagelock.registry.attestations import (
    REFERENCE_TYPE,
    AttestationDescriptor,
    StatementDescriptor,
    attestations_of,
    statements_of,
    subject_of,
)
from imagelock.registry.http.failure import Failure
from imagelock.registry.http.untrusted_text import escape_for_terminal
from imagelock.registry.image_config import parse_config_object
from imagelock.registry.manifest_type import malformed, typed_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ACCEPT: Final = f"{OCI_INDEX}, {OCI_MANIFEST}, {DOCKER_LIST}, {DOCKER_MANIFEST}"
"""All supported types: a registry may convert a type that is not accepted."""

_CONFIG_TYPES: Final = frozenset(
    {
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
    }
)
_MEDIA_TYPE: Final = re.compile(r"[a-zA-Z0-9][\w.+^!#$&-]{0,126}/[\w.+^!#$&-]{1,127}")
_MANIFEST_KEYS: Final = frozenset({"config", "layers", "fsLayers"})
_MOST_DESCRIPTORS: Final = 4096
_LARGEST_LAYER: Final = 2**50
"""Bytes; a layer that claims to be larger has no valid size."""


@dataclass(frozen=True, slots=True)
class ManifestDescriptor:
    """A manifest in an index, with its annotations.

    `platform` is `None` if only its configuration states that. With `is_index`, it is
    another index.
    """

    platform: Platform | None
    digest: Digest
    annotations: Mapping[str, str]
    is_index: bool = False


@dataclass(frozen=True, slots=True)
class Manifest:
    """A checked index or manifest.

    `children` are the manifests of an index in its order, one per platform, and
    `unplaced` those for which it names no platform; see `index_levels`. `config` is the
    digest of an image's configuration; artifacts and indexes have none.
    `layers` are those of a manifest in its order, or `None` if any lacks a valid
    digest or size. `attestations` are those of an index, and `statements` what is in
    the attestation of the manifest `subject`. `artifact_type` is what it is if it is no
    container image.
    """

    media_type: str
    annotations: Mapping[str, str]
    children: tuple[ManifestDescriptor, ...] = ()
    unplaced: tuple[ManifestDescriptor, ...] = ()
    config: Digest | None = None
    layers: tuple[Layer, ...] | None = None
    attestations: tuple[AttestationDescriptor, ...] = ()
    statements: tuple[StatementDescriptor, ...] = ()
    subject: Digest | None = None
    artifact_type: str | None = None

    @property
    def is_index(self) -> bool:
        """Whether it lists other manifests."""
        return self.media_type in INDEX_TYPES


def parse_manifest(content_type: str, body: bytes) -> Manifest:
    """Parse the manifest *body*, which was sent as *content_type*.

    OCI image-spec, image-index.md and manifest.md; Docker's manifest v2,
    schema 2. A body that could be both an index and a manifest is refused
    (CVE-2021-41190).

    Raises:
        Failure: the type is not supported, or the body is not a manifest of it.
    """
    kind, document = typed_document(content_type, body)
    _check(kind, document)
    annotations = annotations_in(document)
    if kind in INDEX_TYPES:
        children = list(_children(document))
        return Manifest(
            kind,
            annotations,
            tuple(_first_of_each_platform(children)),
            tuple(child for child in children if child.platform is None),
            attestations=tuple(attestations_of(document)),
            artifact_type=_media_type(document.get("artifactType")),
        )
    return Manifest(
        kind,
        annotations,
        config=_config(document),
        layers=_layers(document),
        statements=tuple(statements_of(document)),
        subject=subject_of(document),
        artifact_type=_artifact_type(document),
    )


def platform_of(config: bytes) -> Platform | None:
    """Return the platform in the image configuration *config*, if there is one.

    Raises:
        Failure: *config* is not a JSON object.
    """
    return _platform(parse_config_object(config))


def _check(kind: str, document: dict[str, Any]) -> None:
    if "manifests" in document and _MANIFEST_KEYS & document.keys():
        raise malformed("it is both an index and a manifest")
    key = "manifests" if kind in INDEX_TYPES else "layers"
    descriptors = document.get(key)
    if descriptors is None and key == "layers":
        return  # some tools write an artifact without layers like this
    if not isinstance(descriptors, list):
        raise malformed(f"it has no list of `{key}`")
    if len(descriptors) > _MOST_DESCRIPTORS:
        raise malformed(f"it lists more than {_MOST_DESCRIPTORS} `{key}`")


def _children(document: dict[str, Any]) -> Iterator[ManifestDescriptor]:
    """Yield the descriptors in an index that are, or may be, for a platform."""
    for descriptor in document["manifests"]:
        if not isinstance(descriptor, dict):
            raise malformed("an entry of `manifests` is not an object")
        digest = digest_in(descriptor)
        annotations = annotations_in(descriptor)
        platform = _platform(descriptor.get("platform"))
        is_stated = descriptor.get("platform") is not None
        is_artifact = any("artifactType" in each for each in (document, descriptor))
        if REFERENCE_TYPE in annotations or not (
            platform if is_stated else not is_artifact
        ):
            continue
        is_index = _media_type(descriptor.get("mediaType")) in INDEX_TYPES
        yield ManifestDescriptor(platform, digest, annotations, is_index)


def _first_of_each_platform(
    children: Iterable[ManifestDescriptor],
) -> Iterator[ManifestDescriptor]:
    """Yield the first of *children* for each platform, which is the one that runs."""
    seen: set[Platform] = set()
    for child in children:
        if child.platform and child.platform not in seen:
            seen.add(child.platform)
            yield child


def _config(document: dict[str, Any]) -> Digest | None:
    descriptor = document.get("config")
    if not isinstance(descriptor, dict):
        raise malformed("it has no `config`")
    digest = digest_in(descriptor)
    kind = descriptor.get("mediaType")
    return digest if isinstance(kind, str) and kind in _CONFIG_TYPES else None


def _artifact_type(document: dict[str, Any]) -> str | None:
    """Return what a manifest without the configuration of an image is.

    OCI image-spec 1.1, manifest.md, "Guidelines for Artifact Usage".
    """
    kind = _media_type(document["config"].get("mediaType"))
    if kind in _CONFIG_TYPES:
        return None
    return _media_type(document.get("artifactType")) or kind


def _media_type(value: object) -> str | None:
    """Return *value* if it is a media type (RFC 6838, 4.2)."""
    is_valid = isinstance(value, str) and _MEDIA_TYPE.fullmatch(value)
    return str(value) if is_valid else None


def _layers(document: dict[str, Any]) -> tuple[Layer, ...] | None:
    """Return the layers; since they are only displayed, an invalid one is no error."""
    layers = []
    for descriptor in document.get("layers") or []:
        size = descriptor.get("size") if isinstance(descriptor, dict) else None
        # In Python, JSON's booleans are integers, too.
        if type(size) is not int or size < 0 or size > _LARGEST_LAYER:
            return None
        try:
            layers.append(Layer(digest_in(descriptor), size))
        except Failure:
            return None
    return tuple(layers)


def digest_in(descriptor: Mapping[str, Any]) -> Digest:
    """Return the digest in *descriptor*.

    Raises:
        Failure: it has none that is valid.
    """
    text = descriptor.get("digest")
    try:
        return Digest.parse(text if isinstance(text, str) else "")
    except InvalidReferenceError as error:
        raise malformed(
            f"`{escape_for_terminal(str(text))}` is not a digest"
        ) from error


def _platform(document: object) -> Platform | None:
    """Return the platform in *document*, if it is a valid one.

    BuildKit writes `unknown/unknown` for manifests that are not for a platform.
    """
    fields = document if isinstance(document, dict) else {}
    names = ("os", "architecture", "variant", "os.version")
    parts = [fields.get(name) or "" for name in names]
    if not all(isinstance(part, str) for part in parts) or parts[0] == "unknown":
        return None
    platform = Platform.normalised(*parts)
    try:
        # It must survive being written to the lockfile and read from it.
        return platform if Platform.parse(str(platform)) == platform else None
    except InvalidPlatformError:
        return None


def annotations_in(document: Mapping[str, Any]) -> dict[str, str]:
    """Return the annotations of *document*, a manifest or descriptor, that are texts."""
    annotations = document.get("annotations")
    fields = annotations if isinstance(annotations, dict) else {}
    return {name: text for name, text in fields.items() if isinstance(text, str)}
