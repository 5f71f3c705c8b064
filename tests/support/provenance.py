"""Provenance attestations, in the forms that BuildKit writes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from imagelock.demo.images import OCI_CONFIG, Content, TinyImage
from imagelock.model.image import OCI_MANIFEST
from tests.support import publishing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from imagelock.model.platform import Platform
    from tests.support.publishing import Build

    Statement = Callable[[Content], Mapping[str, Any]]

V1 = "https://slsa.dev/provenance/v1"
V02 = "https://slsa.dev/provenance/v0.2"
SBOM = "https://spdx.dev/Document"
ARTIFACT = "application/vnd.docker.attestation.manifest.v1+json"


@dataclass(frozen=True, kw_only=True)
class Made:
    """How an image was built; `materials` are digests of SHA-256 by their URIs."""

    materials: Mapping[str, str] = field(default_factory=dict)
    steps: Sequence[Any] | None = None
    source: str = "https://github.com/acme/shop.git#refs/heads/main"
    commit: str = "c" * 40
    builder: str = "https://github.com/acme/shop/actions/runs/123/attempts/1"
    finished: str = "2026-02-03T04:05:06.123456789Z"
    syntax: str = ""

    @property
    def dependencies(self) -> list[dict[str, Any]]:
        return [
            {"uri": uri, "digest": {"sha256": digest}}
            for uri, digest in self.materials.items()
        ]

    @property
    def configuration(self) -> dict[str, Any]:
        return {"uri": self.source, "digest": {"sha1": self.commit}}

    @property
    def arguments(self) -> dict[str, Any]:
        return {"source": self.syntax} if self.syntax else {}


def version_1(made: Made) -> Statement:
    def statement(subject: Content) -> dict[str, Any]:
        definition = {
            "buildType": "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md",
            "externalParameters": {
                "configSource": made.configuration,
                "request": {"frontend": "gateway.v0", "args": made.arguments},
            },
            "internalParameters": {
                "builderPlatform": "linux/amd64",
                "buildConfig": {"llbDefinition": made.steps},
            },
            "resolvedDependencies": made.dependencies,
        }
        run = {
            "builder": {"id": made.builder},
            "metadata": {
                "startedOn": "2026-02-03T04:00:00Z",
                "finishedOn": made.finished,
            },
        }
        predicate = {"buildDefinition": definition, "runDetails": run}
        return _statement(V1, subject, predicate)

    return statement


def version_02(made: Made) -> Statement:
    def statement(subject: Content) -> dict[str, Any]:
        predicate = {
            "builder": {"id": made.builder},
            "buildType": "https://mobyproject.org/buildkit@v1",
            "materials": made.dependencies,
            "invocation": {
                "configSource": {"entryPoint": "Dockerfile"},
                "parameters": {"args": made.arguments},
            },
            "buildConfig": {"llbDefinition": made.steps},
            "metadata": {
                "buildStartedOn": "2026-02-03T04:00:00Z",
                "buildFinishedOn": made.finished,
                "https://mobyproject.org/buildkit@v1#metadata": {
                    "vcs": {"source": made.source, "revision": made.commit}
                },
            },
        }
        return _statement(V02, subject, predicate)

    return statement


def _statement(
    kind: str, subject: Content, predicate: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": kind,
        "subject": [{"name": "_", "digest": {"sha256": subject.digest.encoded}}],
        "predicate": predicate,
    }


def attested(
    platforms: Sequence[Platform],
    build: Build,
    statement: Statement,
    *,
    artifact: bool = False,
) -> TinyImage:
    """Return an index with *build* and an attestation for each of *platforms*.

    With *artifact*, the attestations are artifacts with a subject.
    """
    image = publishing.index(platforms, build)
    index = json.loads(image.top.body)
    blobs, children = list(image.blobs), list(image.children)
    for child in image.children:
        body = json.dumps(statement(child)).encode()
        extra = _attestation(child, body, artifact=artifact)
        blobs += extra.blobs
        children.append(extra.top)
        index["manifests"].append(_listed(extra.top, child, artifact=artifact))
    top = Content(image.top.media_type, json.dumps(index).encode())
    return TinyImage(blobs=tuple(blobs), children=tuple(children), top=top)


def _attestation(subject: Content, body: bytes, *, artifact: bool) -> TinyImage:
    provenance = Content("application/vnd.in-toto+json", body)
    kind = json.loads(body).get("predicateType") or V1
    sbom = Content("application/vnd.in-toto+json", b'{"predicateType": "sbom"}')
    config = Content(OCI_CONFIG, b'{"architecture":"unknown","os":"unknown"}')
    manifest: dict[str, Any] = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": config.descriptor(),
        "layers": [
            sbom.descriptor(annotations={"in-toto.io/predicate-type": SBOM}),
            provenance.descriptor(annotations={"in-toto.io/predicate-type": kind}),
        ],
    }
    if artifact:
        manifest |= {"artifactType": ARTIFACT, "subject": subject.descriptor()}
    top = Content(OCI_MANIFEST, json.dumps(manifest).encode())
    return TinyImage(blobs=(config, sbom, provenance), top=top)


def _listed(top: Content, subject: Content, *, artifact: bool) -> dict[str, object]:
    if artifact:
        return top.descriptor(artifactType=ARTIFACT)
    return top.descriptor(
        platform={"architecture": "unknown", "os": "unknown"},
        annotations={
            "vnd.docker.reference.digest": str(subject.digest),
            "vnd.docker.reference.type": "attestation-manifest",
        },
    )


def source_step(number: int, image: str) -> dict[str, Any]:
    operation = {"source": {"identifier": f"docker-image://{image}"}}
    return {"id": f"step{number}", "op": {"Op": operation}}


def copy_step(number: int, base: int | None, other: int) -> dict[str, Any]:
    """Return a step that copies from the step *other* onto *base*, or onto nothing."""
    inputs = [f"step{other}:0"] if base is None else [f"step{base}:0", f"step{other}:0"]
    places = (-1, 0) if base is None else (0, 1)
    action = {"input": places[0], "secondaryInput": places[1], "output": 0}
    operation = {"file": {"actions": [{**action, "Action": {"copy": {}}}]}}
    return {"id": f"step{number}", "op": {"Op": operation}, "inputs": inputs}


def run_step(number: int, base: int) -> dict[str, Any]:
    operation = {"exec": {"mounts": [{"dest": "/", "input": 0, "output": 0}]}}
    return {
        "id": f"step{number}",
        "op": {"Op": operation},
        "inputs": [f"step{base}:0"],
    }


def result_step(number: int, base: int) -> dict[str, Any]:
    return {"id": f"step{number}", "op": {"Op": None}, "inputs": [f"step{base}:0"]}
