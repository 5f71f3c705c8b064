"""The guided tour: a tag moves, and imagelock tells."""

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
    """Tell the story with the real commands; return the exit code.

    Everything happens in a temporary folder, which *keep* leaves in place, and
    on a registry in this process, on the loopback address.
    """
    registry = MemoryRegistry()
    monday = registry.push_image(
        _REPOSITORY, "v1", [AMD64, ARM64], annotations=_release("1.0.4", "4d1c09b")
    )
    registry.push_image("library/redis", "7", [AMD64, ARM64])
    registry.push_image("library/python", "3.12-slim", [AMD64, ARM64])
    with serve(registry) as address, _folder(keep=keep) as folder:
        _write_project(folder, address)
        told = _tell(_Stage(folder, style), registry, address, monday)
    if keep:
        _say(style, f"The project is in {folder}")
    return 0 if told else 1


@dataclass(frozen=True, slots=True)
class _Stage:
    """Where the story is told."""

    folder: Path
    style: Style

    def run(self, command: str, *, expect: int) -> bool:
        """Show *command* and what it prints; tell whether it ended as expected."""
        _print(f"{self.style.dim('$')} {self.style.bold(command)}")
        program = [sys.executable, "-m", *shlex.split(command)]
        color = "always" if self.style.color else "never"
        environment = {k: v for k, v in os.environ.items() if "PROXY" not in k.upper()}
        done = subprocess.run(  # noqa: S603 - this very program
            [*program, "--color", color], cwd=self.folder, check=False, env=environment
        )
        _print(self.style.dim(f"exit code {done.returncode}\n"))
        return done.returncode == expect


def _tell(
    stage: _Stage, registry: MemoryRegistry, address: str, monday: Digest
) -> bool:
    style = stage.style
    _say(style, "Monday. Three files name images by their tags. Lock what they are:")
    ended = [stage.run("imagelock lock", expect=0)]
    _say(style, "From now on every commit checks files and lock, without a network:")
    ended.append(stage.run("imagelock verify --offline", expect=0))
    _say(style, "Tuesday. Somebody builds an experiment and pushes it as `v1`, too.")
    registry.push_image(
        _REPOSITORY,
        "v1",
        [AMD64, ARM64],
        salts={AMD64: "experiment"},
        annotations=_release("1.1.0-experiment", "b7e23aa"),
    )
    _say(style, "No file changed. But the tag did, and the nightly check says so:")
    ended.append(stage.run("imagelock verify", expect=1))
    _say(style, "The shop scales up. Who pulls the tag gets the experiment;")
    _say(style, "who deploys from the lock still gets Monday's bytes:")
    ended.append(_scale_up(stage, address, monday))
    _say(style, "Whoever wants the new image looks at the difference and takes it:")
    ended.append(stage.run("imagelock update", expect=0))
    ended.append(stage.run("imagelock verify", expect=0))
    return all(ended)


def _scale_up(stage: _Stage, address: str, monday: Digest) -> bool:
    data = tomllib.loads((stage.folder / "images.lock").read_text(encoding="utf-8"))
    (locked,) = (e["digest"] for e in data["image"] if _REPOSITORY in e["reference"])
    by_tag = _pulled(f"{address}/v2/{_REPOSITORY}/manifests/v1")
    by_digest = _pulled(f"{address}/v2/{_REPOSITORY}/manifests/{locked}")
    style = stage.style
    _print(f"  by tag   v1                   {style.red(by_tag)}")
    _print(f"  by lock  {locked[:19]}  {style.green(by_digest)}\n")
    return by_digest == str(monday)[:19] and by_tag != by_digest


def _pulled(url: str) -> str:
    """Return the start of the digest of what a pull of *url* gets."""
    request = urllib.request.Request(url, headers={"Accept": OCI_INDEX})  # noqa: S310
    # Without proxies: the registry is in this very process.
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


def _say(style: Style, text: str) -> None:
    _print(style.cyan(f"# {text}"))


def _print(line: str) -> None:
    """Write at once: the commands between the lines write by themselves."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
