"""Settings that redirect every registry of a project to one on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def configure(project: Path, address: str, more: str = "") -> None:
    """Write `imagelock.toml`: *more*, then *address* for the registries of tests."""
    tables = [
        f'[registries."{host}"]\nmirror = "{address}"\nresolve-from-mirror = true\n'
        for host in ("docker.io", "ghcr.io")
    ]
    (project / "imagelock.toml").write_text(more + "\n".join(tables), encoding="utf-8")
