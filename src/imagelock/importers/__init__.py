"""Digests from the lockfiles of other tools: one module per format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

from imagelock.entry_points import IMPORTER, guarded, load
from imagelock.importers import docker_lock, imgpin, imgpkg
from imagelock.importers.imported_digest import GuardedImporter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelock.importers.imported_digest import ImportedDigest, Importer
    from imagelock.model.source_text import Text

IMPORTERS: Final[Mapping[str, Importer]] = {
    "docker-lock": docker_lock,
    "imgpin": imgpin,
    "imgpkg": imgpkg,
}
"""Every format of another tool; the first whose `matches` agrees reads a file."""


def load_importers(plugins: Sequence[str] = ()) -> dict[str, Importer]:
    """Return the importers by name: those of *plugins*, then the built-in ones.

    Raises:
        ConfigurationError: a plug-in cannot be used.
    """
    loaded = {name: _load_plugin(name) for name in plugins}
    return {**loaded, **IMPORTERS}


def _load_plugin(name: str) -> Importer:
    plugin = cast("Importer", load(IMPORTER, name))

    def read(text: Text) -> list[ImportedDigest]:
        # Consumed here, so that an error on the way is one of the plug-in, too.
        return list(plugin.read(text))

    return GuardedImporter(
        guarded(IMPORTER, name, plugin.matches), guarded(IMPORTER, name, read)
    )
