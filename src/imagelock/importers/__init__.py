"""Digests from the lockfiles of other tools: one module per format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.importers import docker_lock, imgpin, imgpkg

if TYPE_CHECKING:
    from collections.abc import Mapping

    from imagelock.importers.imported_digest import Importer

IMPORTERS: Final[Mapping[str, Importer]] = {
    "docker-lock": docker_lock,
    "imgpin": imgpin,
    "imgpkg": imgpkg,
}
"""The importers by format; the first that matches a file reads it."""
