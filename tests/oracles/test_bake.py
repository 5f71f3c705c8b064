"""Generated Bake files: their targets, and the override, as `buildx bake` reads them."""

from __future__ import annotations

import json
import subprocess
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import pytest

from imagelock.model.source_text import Text
from imagelock.sources.bake.build import tag_names
from imagelock.sources.bake.file import bake_file
from imagelock.sources.bake.matrix import builds_of
from imagelock.sources.context import Context
from tests.oracles.seeds import inputs, seeds
from tests.oracles.written import write
from tests.support.locked import save
from tests.support.programs import need

if TYPE_CHECKING:
    from collections.abc import Iterable
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


def with_matrix(random: Random) -> str:
    """Return a Bake file with a target that is several builds, and one it inherits."""
    numbers = json.dumps(random.sample(["1", "2", "3", 4, 5], random.randint(1, 3)))
    kinds = random.sample(("slim", "full", "tiny"), random.randint(1, 3))
    items = [f'{{ n = "{kind}", v = {len(kind)} }}' for kind in kinds]
    item = random.choice(("M.n", "M.v"))
    lines = [
        f'args = {{ A = V, B = "${{{item}}}", C = W }}',
        f'contexts = {{ x = "docker-image://node:${{V}}-${{{item}}}" }}',
        f'tags = ["acme/app:${{V}}-${{{item}}}"]',
        'dockerfile = "${M.n}.Dockerfile"',
    ]
    chosen = "".join(f"  {line}\n" for line in lines if random.random() < 0.7)
    return f"""\
variable "V" {{ default = "not of the matrix" }}
variable "W" {{ default = "w" }}
target "parent" {{
  args = {{ D = "d-${{W}}" }}
}}
target "app" {{
  name = "app-${{V}}-${{M.n}}"
  matrix = {{ V = {numbers}, M = [{", ".join(items)}] }}
  inherits = ["parent"]
{chosen}}}
"""


def printed(
    buildx: str, root: Path, *options: str, targets: tuple[str, ...] = TARGETS
) -> dict[str, dict[str, Any]]:
    """Return the targets as Bake resolves them."""
    command = [buildx, "bake", *options, "--print", *targets]
    done = subprocess.run(
        command, cwd=root, check=True, capture_output=True, text=True, timeout=60
    )
    resolved: dict[str, dict[str, Any]] = json.loads(done.stdout)["target"]
    return resolved


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


@pytest.mark.parametrize("seed", seeds())
def test_a_matrix_is_the_builds_that_buildx_makes_of_it(
    seed: int, buildx: str, project: Path
) -> None:
    for name, random in inputs(seed, PROJECTS):
        text = with_matrix(random)
        root = write(project, {"docker-bake.hcl": text})
        real = printed(buildx, root, targets=("app",)).values()
        path = PurePosixPath("docker-bake.hcl")
        bake = bake_file(
            path, Text.decode(text.encode()), Context(read=lambda _: None, platforms=())
        )
        app = next(target for target in bake.targets() if target.name == "app")
        found = [
            (
                values(build, "args"),
                values(build, "contexts"),
                str(build.dockerfiles()[0]),
                [tag for tag, _ in tag_names(build)],
            )
            for build in builds_of(app, bake.budget)
        ]
        expected = [
            (
                each.get("args", {}),
                each.get("contexts", {}),
                each["dockerfile"],
                each.get("tags", []),
            )
            for each in real
        ]
        assert written(found) == written(expected), name


def written(builds: Iterable[object]) -> list[str]:
    return sorted(json.dumps(build, sort_keys=True) for build in builds)


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
