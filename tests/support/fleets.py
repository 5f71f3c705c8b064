"""Repositories of a fleet, on disk."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.commands.test_history import image, lock
from tests.support.commits import commit, git

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from imagelock.model.image import Image

DAY = datetime(2026, 9, 1, 12, tzinfo=UTC)
NGINX_OLD = image("nginx:1.27", "old", release="1.27.2")
NGINX = image("nginx:1.27", "new", release="1.27.3")
REDIS = image("redis:7", "a")
SIDE = image("ghcr.io/acme/side:v2", "a")


def repository(folder: Path, *images: Image, path: str = "images.lock") -> None:
    """Commit a lockfile with *images* in the repository in *folder*."""
    committed(folder, {path: lock(*images)})


def committed(folder: Path, files: Mapping[str, str | bytes | None]) -> None:
    """Commit *files* in the repository in *folder*, which is made if need be."""
    folder.mkdir(parents=True, exist_ok=True)
    commit(folder, files, DAY, "Change files")


def bare(folder: Path, *images: Image) -> None:
    """Make a bare repository whose only commit has a lockfile with *images*."""
    checkout = folder.with_suffix(".checkout")
    repository(checkout, *images)
    git(checkout, "clone", "--quiet", "--bare", ".", str(folder))
    shutil.rmtree(checkout)


def small_fleet(top: Path) -> None:
    """Make repositories of every kind that can be read."""
    repository(top / "shop/web", NGINX, REDIS)
    repository(top / "shop/api", NGINX_OLD, SIDE)
    repository(top / "shop/api", REDIS, path="worker/images.lock")
    bare(top / "infra/base.git", NGINX, SIDE)
    committed(top / "site", {"README.md": "Nothing to lock\n"})
    repository(top / "tools", NGINX)
    shutil.rmtree(top / "tools/.git")
