"""Generated Bake files: their targets, and the override, as `buildx bake` reads them."""

from __future__ import annotations

import json
import subprocess
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from imagelock.model.source_text import Text
from imagelock.sources.bake.file import bake_file
from imagelock.sources.context import Context
from tests.oracles.seeds import inputs, seeds
from tests.oracles.written import write
from tests.support.locked import save
from tests.support.programs import need

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from imagelock.sources.bake.targets import BakeTarget
    from tests.conftest import Run

pytestmark = pytest.mark.integration

PROJECTS = 15
TARGETS = ("a", "b", "c", "d")
IMAGES = ("nginx", "alpine:3.20", "node:20", "busybox:1.36")
FILES = ("docker-bake.hcl", "docker-bake.hcl", "docker-bake.override.hcl")


def block(random: Random, number: int) -> str:
    """Return a block of one of the targets; each inherits only from later ones."""
    target = random.choice(TARGETS)
    parents = [name for name in TARGETS if name > target and random.random() < 0.4]
    values = [random.choice(("null", f'"{n}"', "V")) for n in range(2)]
    image = random.choice(IMAGES)
    lines = [
        f"inherits = {json.dumps(parents)}",
        f"args = {{ A = {values[0]}, B{number % 2} = {values[1]} }}",
        f'contexts = {{ {random.choice("xy")} = "docker-image://{image}" }}',
        f'dockerfile = "{random.choice("12")}.Dockerfile"',
    ]
    chosen = [line for line in lines if random.random() < 0.6]
    return f'target "{target}" {{\n' + "".join(f"  {s}\n" for s in chosen) + "}\n"


def generate(random: Random) -> dict[str, str]:
    """Return the files of a project."""
    files = dict.fromkeys(FILES, 'variable "V" { default = "v" }\n')
    files["docker-bake.override.hcl"] = 'variable "V" { default = "w" }\n'
    files["docker-bake.hcl"] += "".join(f'target "{name}" {{}}\n' for name in TARGETS)
    for number in range(8):
        files[random.choice(FILES)] += block(random, number)
    for name in "12":
        image, other = random.sample(IMAGES, 2)
        stage = random.choice(("nginx", "build"))
        text = f"FROM {image} AS {stage}\nFROM {other}\nCOPY --from=x / /\n"
        files[f"{name}.Dockerfile"] = text
    files["Dockerfile"] = "FROM scratch\n"
    return files


@pytest.fixture
def buildx() -> str:
    return need("buildx")


def printed(buildx: str, root: Path, *options: str) -> dict[str, dict[str, Any]]:
    """Return the targets as Bake resolves them."""
    command = [buildx, "bake", *options, "--print", *TARGETS]
    done = subprocess.run(
        command, cwd=root, check=True, capture_output=True, text=True, timeout=60
    )
    targets: dict[str, dict[str, Any]] = json.loads(done.stdout)["target"]
    return targets


@pytest.mark.parametrize("seed", seeds())
def test_targets_are_merged_as_buildx_merges_them(
    seed: int, buildx: str, project: Path, imagelock: Run
) -> None:
    save(project, *IMAGES)
    for name, random in inputs(seed, PROJECTS):
        files = generate(random)
        root = write(project, files)
        before = printed(buildx, root)
        texts = {PurePosixPath(n): Text.decode(t.encode()) for n, t in files.items()}
        path = PurePosixPath("docker-bake.hcl")
        context = Context(read=texts.get, platforms=())
        for target in bake_file(path, texts[path], context).targets():
            real = before[target.name]
            assert values(target, "args") == real.get("args", {}), name
            assert values(target, "contexts") == real.get("contexts", {}), name
            assert str(target.dockerfiles()[0]) == real["dockerfile"], name
        imagelock("export", "bake", "--allow-unlocked", "-o", "images.json")
        options = [f"-f{file}" for file in (*dict.fromkeys(FILES), "images.json")]
        after = printed(buildx, root, *options)
        (root / "images.json").unlink()
        for target_name, real in before.items():
            check(files, real, after[target_name])


def values(target: BakeTarget, name: str) -> dict[str, str | None]:
    return {
        key: file.scope.meaning(value).known_text
        for key, (file, value) in target.entries(name).items()
    }


def check(files: dict[str, str], before: dict[str, Any], after: dict[str, Any]) -> None:
    """Check that the override of a target pins images, and changes nothing else."""
    old, new = before.pop("contexts", {}), after.pop("contexts", {})
    assert after == before
    dockerfile = files[before["dockerfile"]]
    for name, image in new.items():
        source = old.get(name, f"docker-image://{name}").removeprefix("docker-image://")
        tagged = source if ":" in source else f"{source}:latest"
        assert f"/{tagged}@sha256:" in image
        assert name in old or f" AS {name}\n" not in dockerfile
    assert old.keys() <= new.keys()
