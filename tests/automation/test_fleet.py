"""The pipelines of `integrations/fleet`: from the list of repositories to pushed branches."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.automation.test_automation import program
from tests.automation.test_hooks import git
from tests.conftest import AMD64, ARM64
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from imagelock.demo.registry import MemoryRegistry

__all__ = ["program"]
pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
FLEET = ROOT / "integrations" / "fleet"
BRANCH = "refs/heads/imagelock/update"
REPOSITORIES = int(os.environ.get("IMAGELOCK_TEST_REPOSITORIES", "2"))
"""How many of a fleet are behind."""


@pytest.mark.parametrize(
    ("schema", "names"),
    [
        ("vendor.github-workflows", ["github.yml"]),
        ("vendor.gitlab-ci", ["gitlab.yml", "gitlab-update.yml"]),
        ("vendor.buildkite", ["buildkite.yml"]),
    ],
)
def test_the_pipelines_are_valid(schema: str, names: list[str]) -> None:
    transform = ["--data-transform", "gitlab-ci"] if "gitlab" in schema else []
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema,
         *transform, *(str(FLEET / name) for name in names)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout


def scripts(value: object) -> list[str]:
    """Return the scripts in a pipeline, wherever they are."""
    if isinstance(value, list):
        return [text for item in value for text in scripts(item)]
    if not isinstance(value, dict):
        return []
    found = [text for item in value.values() for text in scripts(item)]
    for key in ("run", "script", "command"):
        text = value.get(key, ())
        found.append("\n".join([text] if isinstance(text, str) else text))
    return found


@pytest.mark.parametrize("path", sorted(FLEET.glob("*.y*ml")), ids=lambda p: p.name)
def test_scripts_name_files_that_exist_and_have_no_expressions(path: Path) -> None:
    documents: list[Any] = [*yaml.safe_load_all(path.read_text())]
    text = "\n".join(scripts(documents))

    named = re.findall(r"integrations/([\w./-]+)", text)
    assert named or path.name == "gitlab.yml"
    assert all((ROOT / "integrations" / name).is_file() for name in named)
    assert "{{" not in text
    for action in re.findall(r"uses: (\S+)", path.read_text()):
        assert re.search("@[0-9a-f]{40}$", action)


class Pipeline:
    """Runs what the pipelines run, over bare repositories in a folder."""

    def __init__(self, top: Path, program: Path) -> None:
        self.top = top
        self.programs = program / "imagelock-program-checkout" / "bin"
        self.environment = {
            **os.environ,
            "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "IMAGELOCK_CLONE_URL": f"file://{top}/forge/{{repository}}.git",
        }

    def add(self, name: str, address: str, like: str | None = None) -> None:
        """Make a bare repository whose `images.lock` is up to date, or that of *like*."""
        checkouts = self.top / "checkouts"
        checkout = checkouts / name
        checkout.mkdir(parents=True)
        (checkout / "compose.yaml").write_text("services: {a: {image: nginx:1.27}}\n")
        configure(checkout, address)
        if like:
            shutil.copy(checkouts / like / "images.lock", checkout)
        else:
            command = [str(self.programs / "imagelock"), "lock"]
            subprocess.run(command, cwd=checkout, check=True, capture_output=True)
        git(checkout, "init", "-q", "-b", "main")
        git(checkout, "add", "-A")
        git(checkout, "commit", "-q", "-m", "start")
        bare = self.top / f"forge/{name}.git"
        git(checkout, "clone", "-q", "--bare", ".", str(bare))
        git(bare, "config", "receive.advertisePushOptions", "true")
        git(bare, "config", "uploadpack.allowFilter", "true")
        with (self.top / "repositories.txt").open("a") as file:
            file.write(f"{name}\tforge/{name}.git\n")

    def resolve(self, *arguments: str) -> int:
        command = ["bash", FLEET / "resolve.sh", "repositories.txt", "fleet"]
        return self.run([*command, *arguments])[0]

    def collect_parts(self, count: int) -> None:
        """Collect in *count* jobs, whose databases `resolve` finds."""
        (self.top / "fleet/parts").mkdir()
        for number in range(1, count + 1):
            shard = ("--shard", f"{number}/{count}")
            part = ("-o", f"fleet/parts/{number}.sqlite")
            collect = ("fleet", "collect", "repositories.txt", *shard, *part)
            assert self.run([self.programs / "imagelock", *collect])[0] == 0

    def behind(self) -> list[str]:
        """Return the repositories in the matrix of `resolve`."""
        matrix = json.loads((self.top / "fleet/matrix.json").read_text())
        return [name for job in matrix["include"] for name in job["repositories"]]

    def update(self, **variables: str) -> tuple[int, str]:
        command: list[Any] = [
            *(sys.executable, "-I", FLEET / "update_repositories.py"),
            *(self.programs / "imagelock", FLEET.parent / "gitlab/publish.sh"),
            *("--answers", self.top / "fleet/answers.json", "--max-age", "6h"),
            *("--details", "none"),
        ]
        return self.run(command, **variables)

    def run(self, command: list[Any], **variables: str) -> tuple[int, str]:
        done = subprocess.run(
            command, cwd=self.top, env={**self.environment, **variables},
            check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        return done.returncode, done.stdout

    def tips(self) -> dict[str, str]:
        """Return the commits of the branches of updates by their repositories."""
        form = "--format=%(objectname)"
        found = {
            str(bare.relative_to(self.top / "forge")): git(
                bare, "for-each-ref", form, BRANCH
            )
            for bare in (self.top / "forge").rglob("*.git")
        }
        return {name: tip for name, tip in found.items() if tip}


@pytest.mark.timeout(120 + 30 * REPOSITORIES)
def test_a_fleet_is_updated_once(
    project: Path, address: str, hub: MemoryRegistry, program: Path
) -> None:
    pipeline = Pipeline(project, program)
    configure(project, address)
    old = sorted(f"shop/app{number}" for number in range(REPOSITORIES))
    for number, name in enumerate(old):
        pipeline.add(name, address, like=old[0] if number else None)
    hub.push_image("library/nginx", "1.27", [AMD64, ARM64], salts="tuesday")
    pipeline.add("shop/new", address)
    behind = {"IMAGELOCK_BEHIND": "fleet/behind.json"}

    assert pipeline.resolve() == 0
    asked = len(hub.log)
    parts = [pipeline.update(IMAGELOCK_SHARD=f"{n}/2", **behind) for n in (1, 2)]

    assert [code for code, _ in parts] == [0, 0], parts
    assert len(hub.log) == asked
    first = pipeline.tips()
    assert sorted(first) == [f"{name}.git" for name in old]
    assert "imagelock/update: created" in parts[0][1]

    pipeline.collect_parts(3)
    assert pipeline.resolve() == 0
    again = pipeline.behind()
    assert again == old
    code, log = pipeline.update(
        IMAGELOCK_REPOSITORIES=json.dumps(
            ["../../etc", again[0], "gone/away", *again[1:]]
        )
    )

    assert code == 2
    assert log.count("imagelock/update: unchanged") == REPOSITORIES
    assert "'../../etc' is not the name of a repository" in log
    assert re.search("fatal: .*gone/away.git", log)
    assert pipeline.tips() == first


@pytest.mark.parametrize(
    "name",
    [
        *("-oProxyCommand=x", "a/../b", "..", "/etc", "a b", "a\nb", "$(id)", "a/", ""),
        *("ext::sh", "user:password@host/a", "a?b#c"),
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(project: Path, name: str) -> None:
    environment = {**os.environ, "IMAGELOCK_REPOSITORIES": json.dumps([name])}
    worker = str(FLEET / "update_repositories.py")
    command = [sys.executable, "-I", worker, "false", "false"]

    done = subprocess.run(
        command, cwd=project, env=environment, check=False, capture_output=True
    )

    assert done.returncode == 2
    assert b"is not the name of a repository" in done.stderr
