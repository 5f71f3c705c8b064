"""Settings that redirect a project's registries to a single local one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def configure(
    project: Path,
    address: str,
    more: str = "",
    hosts: tuple[str, ...] = ("docker.io", "ghcr.io"),
) -> None:
    """Write `imagelock.toml`: *more*, then *address* as the mirror of *hosts*."""
    tables = [
        f'[registries."{host}"]\nmirror = "{address}"\nresolve-from-mirror = true\n'
        for host in hosts
    ]
    (project / "imagelock.toml").write_text(more + "\n".join(tables), encoding="utf-8")
