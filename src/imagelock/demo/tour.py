"""The guided demo: a tag moves, and imagelock reports it."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from imagelock.model.image import OCI_INDEX
from imagelock.model.platform import Platform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.digest import Digest
    from imagelock.report.style import Style

AMD64: Final = Platform.parse("linux/amd64")
ARM64: Final = Platform.parse("linux/arm64")
_REPOSITORY: Final = "acme/shop"
_FILES: Final = {
    "compose.yaml": """\
services:
  shop:
    image: registry.example/acme/shop:v1
  cache:
    image: redis:7
""",
    "deploy/shop.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: shop}
spec:
  replicas: 3
  template:
    spec:
      containers:
        - name: shop
          image: registry.example/acme/shop:v1
""",
    "Dockerfile": """\
ARG PYTHON=3.12-slim
FROM python:${PYTHON} AS build
FROM scratch
COPY --from=build /app /app
""",
}


def tour(style: Style, *, keep: bool) -> int:
    """Run the demo with the real commands; return the exit code.

    Everything happens in a temporary folder, which *keep* leaves in place, and
    against an in-memory registry on the loopback address.
    """
    registry = MemoryRegistry()
    monday = registry.push_image(
        _REPOSITORY, "v1", [AMD64, ARM64], annotations=_release("1.0.4", "4d1c09b")
    )
    registry.push_image("library/redis", "7", [AMD64, ARM64])
    registry.push_image("library/python", "3.12-slim", [AMD64, ARM64])
    with serve(registry) as address, _folder(keep=keep) as folder:
        _write_project(folder, address)
        is_as_expected = _run_demo(_Shell(folder, style), registry, address, monday)
    if keep:
        _comment(style, f"The project is in {folder}")
    return 0 if is_as_expected else 1


@dataclass(frozen=True, slots=True)
class _Shell:
    """Runs the commands of the demo in the folder of its project."""

    folder: Path
    style: Style

    def run(self, command: str, *, expect: int) -> bool:
        """Run *command* and print it; return whether its exit code is *expect*.

        Its notes are left out unless it fails: they are about the demo's own mirror.
        """
        _print(f"{self.style.dim('$')} {self.style.bold(command)}")
        program = [sys.executable, "-m", *shlex.split(command)]
        color = "always" if self.style.color else "never"
        environment = {k: v for k, v in os.environ.items() if "PROXY" not in k.upper()}
        process = subprocess.run(  # noqa: S603 - this very program
            [*program, "--color", color],
            cwd=self.folder,
            check=False,
            env=environment,
            stderr=subprocess.PIPE,
        )
        if process.returncode != expect:
            sys.stderr.buffer.write(process.stderr)
        _print(self.style.dim(f"exit code {process.returncode}\n"))
        return process.returncode == expect


def _run_demo(
    shell: _Shell, registry: MemoryRegistry, address: str, monday: Digest
) -> bool:
    style = shell.style
    _comment(style, "Monday. Three files use images by tag. Lock their digests:")
    checks = [shell.run("imagelock lock", expect=0)]
    _comment(
        style,
        "From now on, every commit checks the files against the lockfile, offline:",
    )
    checks.append(shell.run("imagelock verify --offline", expect=0))
    _comment(
        style,
        "Tuesday. Someone builds an experiment and pushes it to the same tag, `v1`.",
    )
    registry.push_image(
        _REPOSITORY,
        "v1",
        [AMD64, ARM64],
        salts={AMD64: "experiment"},
        annotations=_release("1.1.0-experiment", "b7e23aa"),
    )
    _comment(style, "No file changed, but the tag did. The nightly check reports it:")
    checks.append(shell.run("imagelock verify", expect=1))
    _comment(style, "The shop scales up. Pulling the tag gets the experiment;")
    _comment(style, "deploying from the lockfile still gets Monday's image:")
    checks.append(_scale_up(shell, address, monday))
    _comment(
        style, "To use the new image, review the difference and update the lockfile:"
    )
    checks.append(shell.run("imagelock update", expect=0))
    checks.append(shell.run("imagelock verify", expect=0))
    return all(checks)


def _scale_up(shell: _Shell, address: str, monday: Digest) -> bool:
    data = tomllib.loads((shell.folder / "images.lock").read_text(encoding="utf-8"))
    (locked,) = (e["digest"] for e in data["image"] if _REPOSITORY in e["reference"])
    by_tag = _pulled(f"{address}/v2/{_REPOSITORY}/manifests/v1")
    by_digest = _pulled(f"{address}/v2/{_REPOSITORY}/manifests/{locked}")
    style = shell.style
    _print(f"  by tag   v1                   {style.red(by_tag)}")
    _print(f"  by lock  {locked[:19]}  {style.green(by_digest)}\n")
    return by_digest == str(monday)[:19] and by_tag != by_digest


def _pulled(url: str) -> str:
    """Return the shortened digest of the manifest at *url*."""
    request = urllib.request.Request(url, headers={"Accept": OCI_INDEX})  # noqa: S310
    # Without proxies: the registry is in this process.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request) as answer:
        return f"sha256:{hashlib.sha256(answer.read()).hexdigest()}"[:19]


def _release(version: str, revision: str) -> dict[str, str]:
    return {
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.revision": revision,
    }


def _write_project(folder: Path, address: str) -> None:
    for name, content in _FILES.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    tables = [
        f'[registries."{host}"]\nmirror = "{address}"\nresolve-from-mirror = true\n'
        for host in ("docker.io", "registry.example")
    ]
    (folder / "imagelock.toml").write_text("\n".join(tables), encoding="utf-8")


@contextmanager
def _folder(*, keep: bool) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="imagelock-demo-"))
    try:
        yield folder
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def _comment(style: Style, text: str) -> None:
    _print(style.cyan(f"# {text}"))


def _print(line: str) -> None:
    """Print and flush *line*: the commands write to the same stream."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
