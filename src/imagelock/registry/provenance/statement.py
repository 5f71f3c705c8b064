"""Read a provenance statement: in-toto, with a SLSA predicate of version 0.2 or 1.

in-toto/attestation, spec/v1/statement.md; slsa.dev/spec/v0.2/provenance and
slsa.dev/spec/v1.1/provenance; what BuildKit puts into their fields is in its
docs/attestations/slsa-definitions.md. Everything is untrusted, and may be missing: a
value of another type counts as absent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from imagelock.dataclass import dataclass
from imagelock.errors import ImagelockError, InvalidReferenceError
from imagelock.model.digest import Digest
from imagelock.model.provenance import Provenance
from imagelock.model.reference import Reference
from imagelock.registry.http.failure import Failure
from imagelock.registry.http.untrusted_text import printable_prefix
from imagelock.registry.provenance.build_steps import (
    SCRATCH,
    UnknownBaseError,
    base_of_steps,
)
from imagelock.registry.provenance.package_url import PackageImage, image_of_package

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagelock.model.platform import Platform

PREDICATE: Final = "https://slsa.dev/provenance/"
"""How the predicate type of provenance begins."""

_LONGEST: Final = 512
_MOST: Final = 256
"""At most this many materials are read."""
_TOOLS: Final = frozenset(
    {
        "docker.io/docker/buildkit-syft-scanner",
        "docker.io/docker/dockerfile",
        "docker.io/docker/dockerfile-upstream",
    }
)
"""Images that a build runs as its own tools, and that nothing is built on."""
_BUILDKIT: Final = frozenset(
    {
        "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md",
        "https://mobyproject.org/buildkit@v1",
    }
)
"""The types of builds whose materials are all images that the build used.

Other builders list the images of their own steps, or none at all.
"""
_OLD_METADATA: Final = "https://mobyproject.org/buildkit@v1#metadata"


def read_statement(
    statement: dict[str, Any], subject: Digest, platform: Platform
) -> Provenance:
    """Return the provenance of the manifest *subject*, which is for *platform*.

    Raises:
        Failure: *statement* is about other content, or is no provenance.
    """
    kind = _text(statement.get("predicateType"))
    if not kind.startswith(PREDICATE):
        raise Failure("its attestation is no provenance")
    if subject not in _subjects(statement):
        raise Failure("its provenance is about other content")
    build = _build(_object(statement.get("predicate")))
    images = tuple(_images(build, platform))
    base, is_from_scratch = _base(build, images)
    repository, revision = _source(build)
    return Provenance(
        images=images,
        base=base,
        is_from_scratch=is_from_scratch,
        source=repository or None,
        revision=revision or None,
        builder=_text(_object(build.builder).get("id")) or None,
        started=_text(build.started) or None,
        finished=_text(build.finished) or None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Build:
    """The parts of a predicate, of either version, as they were parsed."""

    kind: str
    materials: object
    steps: object
    configuration_source: object
    arguments: object
    builder: object
    vcs: object
    started: object
    finished: object


def _build(predicate: dict[str, Any]) -> _Build:
    definition = predicate.get("buildDefinition")
    if isinstance(definition, dict):
        return _version_1(definition, _object(predicate.get("runDetails")))
    invocation = _object(predicate.get("invocation"))
    metadata = _object(predicate.get("metadata"))
    return _Build(
        kind=_text(predicate.get("buildType")),
        materials=predicate.get("materials"),
        steps=_object(predicate.get("buildConfig")).get("llbDefinition"),
        configuration_source=invocation.get("configSource"),
        arguments=_object(invocation.get("parameters")).get("args"),
        builder=predicate.get("builder"),
        vcs=_object(metadata.get(_OLD_METADATA)).get("vcs"),
        started=metadata.get("buildStartedOn"),
        finished=metadata.get("buildFinishedOn"),
    )


def _version_1(definition: dict[str, Any], run: dict[str, Any]) -> _Build:
    external = _object(definition.get("externalParameters"))
    internal = _object(definition.get("internalParameters"))
    metadata = _object(run.get("metadata"))
    return _Build(
        kind=_text(definition.get("buildType")),
        materials=definition.get("resolvedDependencies"),
        steps=_object(internal.get("buildConfig")).get("llbDefinition"),
        configuration_source=external.get("configSource"),
        arguments=_object(external.get("request")).get("args"),
        builder=run.get("builder"),
        vcs=_object(metadata.get("buildkit_metadata")).get("vcs"),
        started=metadata.get("startedOn"),
        finished=metadata.get("finishedOn"),
    )


def _images(build: _Build, platform: Platform) -> Iterator[Reference]:
    """Yield the images in the materials that may be the base for *platform*."""
    used: set[Reference] = set()
    for image in _packages(build):
        is_other = image.platform is not None and image.platform != platform
        if not is_other and image.reference not in used:
            used.add(image.reference)
            yield image.reference


def _packages(build: _Build) -> Iterator[PackageImage]:
    """Yield the images in the materials without the tools of the build."""
    if build.kind not in _BUILDKIT or not isinstance(build.materials, list):
        return
    frontend = _frontend(build)
    for material in build.materials[:_MOST]:
        fields = _object(material)
        digest = _digest(fields.get("digest"))
        image = image_of_package(_text(fields.get("uri")), digest)
        if image is None or image.reference.name in _TOOLS:
            continue
        if image.reference.key != frontend:
            yield image


def _frontend(build: _Build) -> Reference | None:
    """Return the image that a `# syntax=` line of the Dockerfile names."""
    arguments = _object(build.arguments)
    name = _text(arguments.get("source") or arguments.get("cmdline"))
    return _reference(name.partition(" ")[0])


def _base(build: _Build, images: Sequence[Reference]) -> tuple[Reference | None, bool]:
    """Return the base, and whether there is none.

    The steps of the build say it. Without them, the only image that was used is it: a
    build can also use images that it only copies files from.
    """
    if build.kind not in _BUILDKIT or not isinstance(build.materials, list):
        return None, False
    try:
        name = base_of_steps(build.steps)
    except UnknownBaseError:
        base = images[0] if len(images) == 1 else None
        return base, next(_packages(build), None) is None
    if name == SCRATCH:
        return None, True
    return _with_digest(_reference(name), images), False


def _with_digest(
    base: Reference | None, images: Sequence[Reference]
) -> Reference | None:
    """Return *base* as it is in *images*, where its digest is if it has none."""
    if base is None or base.digest:
        return base
    return next((image for image in images if image.key == base), base)


def _source(build: _Build) -> tuple[str, str]:
    """Return the git repository and the commit; each is empty if it is unknown."""
    configured = _object(build.configuration_source)
    repository = _text(configured.get("uri"))
    commit = _text(_object(configured.get("digest")).get("sha1"))
    if repository and commit:
        return repository, commit
    vcs = _object(build.vcs)
    return _text(vcs.get("source")), _text(vcs.get("revision"))


def _subjects(statement: dict[str, Any]) -> Iterator[Digest]:
    subjects = statement.get("subject")
    for subject in subjects if isinstance(subjects, list) else []:
        digest = _digest(_object(subject).get("digest"))
        if digest is not None:
            yield digest


def _digest(value: object) -> Digest | None:
    """Return the digest in a set of digests: `{"sha256": "…"}`."""
    digests = _object(value)
    for algorithm in ("sha256", "sha512"):
        try:
            return Digest.parse(f"{algorithm}:{_text(digests.get(algorithm))}")
        except InvalidReferenceError:
            continue
    return None


def _reference(text: str) -> Reference | None:
    try:
        return Reference.parse(text)
    except ImagelockError:
        return None


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return printable_prefix(value, _LONGEST) if isinstance(value, str) else ""
