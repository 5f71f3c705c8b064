"""Run lock, verify and update over real repositories, on a real registry.

    .venv/bin/python benchmarks/corpus.py FOLDER [--expected references.jsonl]

Copies FOLDER, starts `docker-registry` on the loopback address, pushes a tiny
image of two platforms for every reference that `imagelock list` finds, and
mirrors every registry there. Then: `lock` must succeed, `verify` agree, a second
`lock` touch nothing; one tag moves, `verify` must name it, and `update` change
one entry. With --expected, every reference in that file (JSON lines with `repo`,
`file`, `format`, `location`, `class`, `value`) must be found, and what is
missing is printed. Ends with 1 if anything is not so.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx

from imagelock.demo.images import make_image
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PLATFORMS = [Platform.parse("linux/amd64"), Platform.parse("linux/arm64")]
WANTED = {"tag", "notag", "latest"}
NO_IMAGES = (
    "FROM stage", "COPY --from=stage", "COPY --from=index", "FROM scratch",
    "services.*.image+build", "other image: Pod:spec.volumes.rbd.image",
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--expected", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, docker_registry(Path(name)) as address:
        project = Path(name) / arguments.folder.name
        shutil.copytree(arguments.folder, project)
        failed = list(story(project, address))
        if arguments.expected:
            failed += missing(project, arguments.expected, arguments.folder.name)
    for line in failed:
        print(f"FAILED {line}")
    return 1 if failed else 0


def story(project: Path, address: str) -> Iterator[str]:
    """Yield what did not go as it must."""
    names = {i["reference"] for i in listed(project) if i["reference"]}
    references = sorted((Reference.parse(name) for name in names), key=str)
    for reference in references:
        push(address, reference, "monday")
    hosts = {reference.registry for reference in references}
    (project / "imagelock.toml").write_text("".join(mirror(h, address) for h in hosts))
    yield from locks(project, len(references))
    moved = next(r for r in references if not r.digest)
    push(address, moved, "tuesday")
    yield from moves(project, str(moved))


def locks(project: Path, count: int) -> Iterator[str]:
    """Yield what goes wrong while nothing moves."""
    lock, seconds = timed(project, "lock")
    print(f"{count} references, lock {seconds:.2f} s")
    if lock.returncode != 0:
        yield f"lock: {lock.returncode}\n{lock.stderr}"
    verify, seconds = timed(project, "verify")
    print(f"verify {seconds:.2f} s: {verify.stdout.strip()}")
    if verify.returncode != 0:
        yield f"verify: {verify.returncode}\n{verify.stdout}{verify.stderr}"
    lockfile = project / "images.lock"
    before = lockfile.stat().st_mtime_ns
    if run(project, "lock").returncode or before != lockfile.stat().st_mtime_ns:
        yield "a second lock changed the lockfile"


def moves(project: Path, moved: str) -> Iterator[str]:
    """Yield what goes wrong after the tag *moved*."""
    data = (project / "images.lock").read_bytes()
    verify = run(project, "verify", "--format", "json")
    findings = json.loads(verify.stdout)["findings"]
    found = {f["reference"] for f in findings if f["rule"] == "drift"}
    if verify.returncode != 1 or found != {moved}:
        yield f"verify after `{moved}` moved: {verify.returncode}, {found}"
    if run(project, "update").returncode:
        yield "update"
    old, new = (
        entries(text) for text in (data, (project / "images.lock").read_bytes())
    )
    if [k for k in old if old[k] != new[k]] != [moved]:
        yield "update changed something else"


def missing(project: Path, expected: Path, repository: str) -> Iterator[str]:
    """Yield what is expected and not locked, and print how many are."""
    found = {
        (i["file"], i["text"]) for i in listed(project) if i["status"] == "locked"
    } | {
        (i["file"], i["reference"]) for i in listed(project) if i["status"] == "locked"
    }
    rows = [json.loads(line) for line in expected.read_text().splitlines()]
    wanted = [
        row for row in rows
        if row["repo"] == repository and row["class"] in WANTED
        and row["location"] not in NO_IMAGES
    ]  # fmt: skip
    lost = [row for row in wanted if not is_found(row, found)]
    print(f"{len(wanted) - len(lost)} of {len(wanted)} expected references are locked")
    for row in lost:
        yield f"{row['file']}:{row['line']}: {row['location']} {row['value']}"


def is_found(row: dict[str, Any], found: set[tuple[str, str]]) -> bool:
    """Tell whether a row is locked as it is written, or as it is resolved."""
    if (row["file"], row["value"]) in found:
        return True
    try:
        name = str(Reference.parse(row["value"]))
    except Exception:  # noqa: BLE001 - what is no reference was resolved from one
        return False
    return (row["file"], name) in found


def run(project: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "imagelock", *arguments],
        cwd=project, check=False, capture_output=True, text=True,
        env={k: v for k, v in os.environ.items() if "PROXY" not in k.upper()},
    )  # fmt: skip


def timed(
    project: Path, *arguments: str
) -> tuple[subprocess.CompletedProcess[str], float]:
    begin = time.perf_counter()
    return run(project, *arguments), time.perf_counter() - begin


def listed(project: Path) -> list[dict[str, Any]]:
    images = json.loads(run(project, "list", "--format", "json").stdout)["images"]
    return list(images)


def entries(data: bytes) -> dict[str, Any]:
    return {e["reference"]: e for e in tomllib.loads(data.decode())["image"]}


def mirror(host: str, address: str) -> str:
    path = "" if host == "docker.io" else f"/{host.replace(':', '-')}"
    return (
        f'[registries."{host}"]\nmirror = "{address}{path}"\n'
        "resolve-from-mirror = true\n"
    )


def push(address: str, reference: Reference, salt: str) -> None:
    """Push a tiny image of two platforms under the tag of *reference*."""
    prefix = "" if reference.registry == "docker.io" else f"{reference.registry}/"
    repository = f"{prefix.replace(':', '-')}{reference.repository}"
    image = make_image(PLATFORMS, salts=f"{reference} {salt}")
    with httpx.Client(base_url=address, trust_env=False) as client:
        for blob in image.blobs:
            place = client.post(f"/v2/{repository}/blobs/uploads/")
            url = httpx.URL(place.headers["Location"])
            url = url.copy_merge_params({"digest": str(blob.digest)})
            client.put(url, content=blob.body).raise_for_status()
        tag = reference.tag or str(image.top.digest)
        for name, manifest in [
            *((str(child.digest), child) for child in image.children),
            (tag, image.top),
        ]:
            path = f"/v2/{repository}/manifests/{name}"
            headers = {"Content-Type": manifest.media_type}
            client.put(path, content=manifest.body, headers=headers).raise_for_status()


@contextmanager
def docker_registry(folder: Path) -> Iterator[str]:
    """Run Debian's registry on a free port; yield its address."""

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = folder / "registry.yml"
    settings.write_text(
        "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
        f"storage: {{filesystem: {{rootdirectory: {folder}/data}}}}\n"
        f"http: {{addr: 127.0.0.1:{port}}}\n"
    )
    command = ["docker-registry", "serve", str(settings)]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=quiet, stderr=quiet) as server:
        try:
            yield wait(f"http://127.0.0.1:{port}")
        finally:
            server.terminate()


def wait(address: str, attempts: Iterable[int] = range(100)) -> str:
    for _ in attempts:
        try:
            httpx.get(f"{address}/v2/", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return address
    message = "docker-registry did not start"
    raise SystemExit(message)


if __name__ == "__main__":
    sys.exit(main())
