"""Manifests of artifacts, such as signatures, and lists of those that refer to an image.

OCI image-spec 1.1, manifest.md and image-index.md: `subject` and `artifactType`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from imagelock.dataclass import dataclass
from imagelock.model.image import INDEX_TYPES
from imagelock.registry.http.failure import Failure
from imagelock.registry.manifest import annotations_in, digest_in
from imagelock.registry.manifest_type import malformed, typed_document

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imagelock.model.digest import Digest

_MOST_LAYERS: Final = 200
_MOST_DESCRIPTORS: Final = 4096


@dataclass(frozen=True, slots=True)
class Referrer:
    """An entry in the list of the artifacts that refer to an image.

    `artifact_type` is what the list says, which may be nothing, or the type of an empty
    configuration. `annotations` are those that the list has.
    """

    digest: Digest
    artifact_type: str
    annotations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ArtifactLayer:
    """A blob of an artifact; its `size` in bytes is what the manifest claims."""

    media_type: str
    digest: Digest
    size: int
    annotations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Artifact:
    """A checked manifest of an artifact.

    `artifact_type` is its own, or else the media type of its configuration; `subject`
    is the digest of the manifest that it refers to, if it says so.
    """

    digest: Digest
    artifact_type: str
    subject: Digest | None
    layers: tuple[ArtifactLayer, ...]


def parse_artifact(digest: Digest, content_type: str, body: bytes) -> Artifact | None:
    """Return the artifact in *body*, which was sent as *content_type*.

    `None` for an index, which has no layers.

    Raises:
        Failure: it is not a manifest.
    """
    kind, document = typed_document(content_type, body)
    if kind in INDEX_TYPES:
        return None
    subject = document.get("subject")
    layers = document.get("layers") or []
    if not isinstance(layers, list):
        raise malformed("it has no list of `layers`")
    if len(layers) > _MOST_LAYERS:
        raise malformed(f"it lists more than {_MOST_LAYERS} `layers`")
    return Artifact(
        digest=digest,
        artifact_type=_text(document, "artifactType") or _config_type(document),
        subject=digest_in(subject) if isinstance(subject, dict) else None,
        layers=tuple(map(_layer, layers)),
    )


def parse_referrers(document: object) -> Iterator[Referrer]:
    """Yield the entries of the index *document*, which lists referrers.

    Raises:
        Failure: it is not an index.
    """
    descriptors = document.get("manifests") if isinstance(document, dict) else None
    if not isinstance(descriptors, list):
        raise Failure("its list of referrers is not an index")
    if len(descriptors) > _MOST_DESCRIPTORS:
        raise Failure(f"its list of referrers has more than {_MOST_DESCRIPTORS}")
    for descriptor in descriptors:
        if not isinstance(descriptor, dict):
            raise Failure("an entry in its list of referrers is not an object")
        yield Referrer(
            digest=digest_in(descriptor),
            artifact_type=_text(descriptor, "artifactType"),
            annotations=annotations_in(descriptor),
        )


def _layer(descriptor: object) -> ArtifactLayer:
    if not isinstance(descriptor, dict):
        raise malformed("an entry of `layers` is not an object")
    size = descriptor.get("size")
    if type(size) is not int or size < 0:  # JSON's booleans are integers, too
        raise malformed("a layer has no valid size")
    return ArtifactLayer(
        media_type=_text(descriptor, "mediaType"),
        digest=digest_in(descriptor),
        size=size,
        annotations=annotations_in(descriptor),
    )


def _config_type(document: dict[str, Any]) -> str:
    config = document.get("config")
    return _text(config, "mediaType") if isinstance(config, dict) else ""


def _text(fields: dict[str, Any], key: str) -> str:
    text = fields.get(key)
    return text if isinstance(text, str) else ""
