"""Build the request that a target gets from a project."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from imagelock.config.registries import HostSettings
from imagelock.export.target import Request
from imagelock.lockfile.model import Lockfile
from imagelock.registry.http.address import Reach, reach_of

if TYPE_CHECKING:
    from imagelock.config import Config
    from imagelock.project.project_files import ProjectFiles


def build_request(
    project: ProjectFiles, *, destination: str = "", per_platform: bool = False
) -> Request:
    """Return the lock and the references of *project* for a target.

    *destination* is the registry that copies go to, with a path or without. With
    *per_platform*, manifests of the declared platforms replace indexes.
    """
    return Request(
        lockfile=project.lockfile() or Lockfile(),
        found=project.found(),
        files=project.files(),
        content=cache(project.content),
        is_insecure=partial(_is_insecure, project.config),
        public_keys=_public_keys(project.config),
        variables={**project.config.variables, **project.environment},
        destination=destination.strip("/"),
        per_platform=per_platform,
    )


def _public_keys(config: Config) -> dict[str, str]:
    """Return the keys of the settings by their fingerprints.

    Raises:
        ConfigurationError: a key cannot be read.
    """
    if config.signatures is None:
        return {}
    from imagelock.signatures.pem import read_public_key  # few projects have keys

    keys = map(read_public_key, config.signatures.keys)
    return {key.fingerprint: key.pem for key in keys}


def _is_insecure(config: Config, registry: str) -> bool:
    """Return whether *registry* is reached without verified TLS."""
    host, _, port = registry.rpartition(":")
    is_local = reach_of(host if port.isdecimal() else registry) is Reach.LOOPBACK
    settings = config.registries.get(registry, HostSettings())
    return settings.skip_verify or settings.is_plain(is_local=is_local)
