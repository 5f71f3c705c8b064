"""Names for what is in a registry besides container images, by artifact type."""

from __future__ import annotations

from typing import Final

_KINDS: Final = (
    ("application/vnd.cncf.helm.config.", "chart"),
    ("application/vnd.cncf.flux.config.", "Flux artifact"),
    ("application/vnd.cncf.model.", "model"),
    ("application/vnd.docker.ai.model.", "model"),
    ("application/vnd.docker.compose.project", "Compose project"),
    ("application/vnd.devcontainers.collection.", "dev container collection"),
    ("application/vnd.devcontainers", "dev container feature"),
    ("application/vnd.timoni.", "Timoni module"),
    ("application/vnd.wasm.", "WASM module"),
    ("application/vnd.module.wasm.", "WASM module"),
    ("application/vnd.oci.empty.", "artifact"),
    ("application/vnd.unknown.", "artifact"),
)


def artifact_kind(artifact_type: str) -> str:
    """Return a name for people for *artifact_type*, a media type; itself if unknown."""
    names = (name for start, name in _KINDS if artifact_type.startswith(start))
    return next(names, artifact_type)
