"""How fast each source reads, in this process.

Against libyaml's events of a Compose file, which is what reading YAML costs at
least. And how much longer a character takes in a file that is four times as
large: 1.0 if the work is in proportion, 4.0 if it is quadratic.
"""

from __future__ import annotations

import gc
import json
import statistics
import time
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import yaml

from imagelock.model.source_text import Text
from imagelock.sources import SOURCES
from imagelock.sources.context import Context

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIZE: Final = 200_000
"""Characters of the smaller file."""
RUNS: Final = 3
NAME: Final = "registry.example/acme/app%(n)d:v1"
COMPOSE: Final = ("services:\n", f"  s%(n)d:\n    image: {NAME}\n    ports: [80]\n")
POD: Final = (
    "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n"
    f"  containers:\n  - name: web\n    image: {NAME}\n---\n"
)
BLOCK: Final = f'  image = "{NAME}"\n'
FORMATS: Final = {
    "compose": ("compose.yaml", *COMPOSE),
    "kubernetes": ("pods.yaml", "", POD),
    "helm-values": (
        *("values.yaml", ""),
        "s%(n)d:\n  image:\n    repository: registry.example/acme/app\n    tag: v1\n",
    ),
    "dockerfile": ("Dockerfile", "", f"FROM {NAME} AS s%(n)d\nRUN make\n"),
    "github-actions": (
        *(".github/workflows/ci.yml", "on: push\njobs:\n"),
        f"  s%(n)d:\n    container: {NAME}\n    steps: [{{run: make}}]\n",
    ),
    "gitlab-ci": (
        *(".gitlab-ci.yml", ""),
        f"job%(n)d:\n  image: {NAME}\n  script: [make]\n",
    ),
    "terraform": (
        *("main.tf", ""),
        f'resource "docker_container" "s%(n)d" {{\n{BLOCK}}}\n',
    ),
    "nomad": (
        *("web.nomad", 'job "a" {\n'),
        f'task "s%(n)d" {{\n driver = "docker"\n config {{\n{BLOCK} }}\n}}\n',
    ),
    "quadlet": ("web.container", "[Container]\n", f"Image={NAME}\n"),
}


def report() -> None:
    """Print how fast each source reads."""
    print("## Reading, in one process\n")
    print("| format | MB/s | of libyaml's | growth at 4 times |\n|---|---|---|---|")
    for name, speed, ratio, growth in measured():
        print(f"| {name} | {speed:.2f} | {ratio:.2f} | {growth:.2f} |", flush=True)


def measured() -> Iterator[tuple[str, float, float, float]]:
    """Yield each format with MB/s, that against libyaml, and its growth."""
    plain = text(*COMPOSE, SIZE)
    basis = len(plain) / seconds(lambda: events(plain))
    for name, (path, head, unit) in FORMATS.items():
        small, large = text(head, unit, SIZE), text(head, unit, 4 * SIZE)
        yield rated(name, name, path, (small, large), basis)
    for kind in ("ASCII", "others"):
        pods = tuple(one_line(size, kind) for size in (SIZE, 4 * SIZE))
        yield rated(f"one line, {kind}", "kubernetes", "a.json", pods, basis)
    for source, path in (("terraform", "a.tf"), ("nomad", "a.nomad")):
        broken = tuple("a {\n" * (size // 16) for size in (SIZE, 4 * SIZE))
        yield rated(f"{source}, unclosed", source, path, broken, basis)


def rated(
    name: str, source: str, path: str, texts: tuple[str, ...], basis: float
) -> tuple[str, float, float, float]:
    small, large = (seconds(lambda one=one: read(source, path, one)) for one in texts)  # type: ignore[misc]
    speed = len(texts[0]) / small
    growth = large / small * len(texts[0]) / len(texts[1])
    return name, speed / 1e6, speed / basis, growth


def read(source: str, path: str, value: str) -> None:
    context = Context(read=lambda _: None, platforms=())
    found = SOURCES[source].find(PurePosixPath(path), Text(value), context)
    if not list(found):
        message = f"nothing was found in `{path}`"
        raise SystemExit(message)


def events(value: str) -> None:
    for _ in yaml.parse(value, Loader=yaml.CSafeLoader):
        pass


def seconds(action: Callable[[], None]) -> float:
    """Return the median of some runs, as the program collects garbage."""
    gc.set_threshold(200_000, 20, 100)
    times = []
    for _ in range(RUNS):
        gc.collect()
        begin = time.perf_counter()
        action()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def text(head: str, unit: str, size: int) -> str:
    """Return a file of about *size* characters."""
    return head + "".join(unit % {"n": n} for n in range(size // len(unit)))


def one_line(size: int, kind: str) -> str:
    label = {"ASCII": "e", "others": "é"}[kind]
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": label},
        "spec": {"containers": [{"image": "registry.example/acme/app:v1"}]},
    }
    pods = {"apiVersion": "v1", "kind": "List", "items": [pod] * (size // 130)}
    return json.dumps(pods, ensure_ascii=False)
