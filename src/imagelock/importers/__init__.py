"""Digests that another tool has locked: one format a module."""

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
"""Every format of another tool; the first whose `matches` agrees reads a file."""
