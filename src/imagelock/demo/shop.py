"""The project of the demo, and the images that its registry has."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from imagelock.demo.registry import MemoryRegistry
from imagelock.errors import UsageError
from imagelock.model.platform import Platform

if TYPE_CHECKING:
    from pathlib import Path

    from imagelock.model.digest import Digest

REPOSITORY: Final = "acme/shop"
TAG: Final = "v1"
IMAGE: Final = f"registry.example/{REPOSITORY}:{TAG}"
_AMD64: Final = Platform.parse("linux/amd64")
PLATFORMS: Final = (_AMD64, Platform.parse("linux/arm64"))
_RELEASES: Final = ("1.0.4", "1.1.0-experiment")
"""The versions of the first builds; the build with the number *n* is `1.n.0`."""
_MAX_BUILDS: Final = 200
_ADDRESS: Final = re.compile(r"http://127\.0\.0\.1:[0-9]+")
_MARKER: Final = "# Written by `imagelock demo`"
_SETTINGS: Final = f"""\
{_MARKER}, whose registry stands in for two others.
# `imagelock demo --serve FOLDER` starts it again.
"""
DEPLOYMENT: Final = "deploy/shop.yaml"
"""The file with the image of the shop's containers."""
_FILES: Final = {
    "compose.yaml": f"""\
services:
  shop:
    image: {IMAGE}
  cache:
    image: redis:7
""",
    DEPLOYMENT: f"""\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: shop}}
spec:
  replicas: 3
  template:
    spec:
      containers:
        - name: shop
          image: {IMAGE}
""",
    "Dockerfile": """\
ARG PYTHON=3.12-slim
FROM python:${PYTHON} AS build
FROM scratch
COPY --from=build /app /app
""",
}


def shop_registry() -> MemoryRegistry:
    """Return a registry with every image of the project but its own."""
    registry = MemoryRegistry()
    for repository, tag in (("library/redis", "7"), ("library/python", "3.12-slim")):
        registry.push_image(repository, tag, PLATFORMS, salts=repository)
    return registry


def release(number: int) -> str:
    """Return the version of the build with *number*, from 0."""
    return _RELEASES[number] if number < len(_RELEASES) else f"1.{number}.0"


def push_build(registry: MemoryRegistry, number: int) -> Digest:
    """Push the build with *number*, from 0, to the tag `v1`; return its digest.

    Build 1 differs from build 0 on `linux/amd64` alone.
    """
    salt = f"{REPOSITORY} {number}"
    salts = dict.fromkeys(PLATFORMS, f"{REPOSITORY} 0" if number == 1 else salt)
    salts[_AMD64] = salt
    annotations = {
        "org.opencontainers.image.version": release(number),
        "org.opencontainers.image.revision": sha256(salt.encode()).hexdigest()[:7],
    }
    return registry.push_image(
        REPOSITORY, TAG, PLATFORMS, salts=salts, annotations=annotations
    )


def push_until_locked(registry: MemoryRegistry, folder: Path) -> int:
    """Push builds until the locked one is there; return the number of the last.

    The first two are always pushed: an earlier demo has locked both.
    """
    path = folder / "images.lock"
    locked = path.read_text(encoding="utf-8") if path.is_file() else ""
    is_there = not locked
    for number in range(_MAX_BUILDS):
        is_there |= str(push_build(registry, number)) in locked
        if number and is_there:
            return number
    return _MAX_BUILDS - 1


def is_shop(folder: Path) -> bool:
    """Return whether *folder* has the project of an earlier demo."""
    return _settings(folder).startswith(_MARKER)


def write_shop(folder: Path, address: str) -> None:
    """Write the project to *folder*; its registry is at *address*.

    Raises:
        UsageError: *folder* has files already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"`{folder}` is not an empty folder")
    write_files(folder)
    tables = [
        f'\n[registries."{host}"]\nmirror = "{address}"\nresolve-from-mirror = true\n'
        for host in ("docker.io", "registry.example")
    ]
    text = "".join((_SETTINGS, *tables))
    (folder / "imagelock.toml").write_text(text, encoding="utf-8")


def write_files(folder: Path) -> None:
    """Write the files that name images, or write them again as they were."""
    for name, content in _FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def move_shop(folder: Path, address: str) -> None:
    """Change the address of the registry in the settings of *folder*."""
    text = _ADDRESS.sub(address, _settings(folder))
    (folder / "imagelock.toml").write_text(text, encoding="utf-8")


def _settings(folder: Path) -> str:
    path = folder / "imagelock.toml"
    return path.read_text(encoding="utf-8") if path.is_file() else ""
