"""The hooks, as users get them: by pre-commit, from a git clone of this repository."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from imagelock.sources import SOURCES
from tests.cli.test_commands import COMPOSE
from tests.conftest import AMD64, ARM64
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from imagelock.demo.registry import MemoryRegistry

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PRE_COMMIT = [sys.executable, "-m", "pre_commit"]


def git(folder: Path, *arguments: str) -> str:
    author = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    done = subprocess.run(
        ["git", *author, *arguments],
        cwd=folder, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with what would be published: the files of this work tree."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout, so it is unknown which files are published")
    folder = tmp_path_factory.mktemp("published")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        source, target = ROOT / name, folder / name
        if not source.exists() and not source.is_symlink():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_symlink():
            target.symlink_to(source.readlink())
        else:
            target.write_bytes(source.read_bytes())
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "publish")
    return folder


@pytest.fixture
def shop(
    project: Path, address: str, published: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    revision = git(published, "rev-parse", "HEAD")
    (project / "compose.yaml").write_text(COMPOSE)
    configure(project, address)
    names = ("imagelock-verify", "imagelock-drift", "imagelock-lock")
    config = {
        "repos": [
            {
                "repo": str(published),
                "rev": revision,
                "hooks": [{"id": n, "stages": ["manual"]} for n in names[1:]]
                + [{"id": names[0]}],
            }
        ]
    }
    (project / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    monkeypatch.setenv("PRE_COMMIT_HOME", str(published.parent / "pre-commit-home"))
    git(project, "init", "-q")
    git(project, "add", "-A")
    return project


def hook(name: str, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [*PRE_COMMIT, "run", name, *arguments],
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_the_hooks_do_what_they_say(shop: Path, hub: MemoryRegistry) -> None:
    online = ("--hook-stage", "manual", "--all-files")

    code, text = hook("imagelock-verify", "--all-files")
    assert code == 1, text
    assert "not-locked" in text

    # A new file is not a change to pre-commit; the next commit would want it.
    code, text = hook("imagelock-lock", *online)
    assert code == 0, text
    git(shop, "add", "images.lock")

    code, text = hook("imagelock-verify", "--all-files")
    assert code == 0, text
    code, text = hook("imagelock-drift", *online)
    assert code == 0, text

    hub.push_image("library/nginx", "1.27", [AMD64, ARM64], salts="moved")
    code, text = hook("imagelock-verify", "--all-files")
    assert code == 0, text
    code, text = hook("imagelock-drift", *online)
    assert code == 1, text
    assert "[drift]" in text

    (shop / "compose.yaml").write_text(COMPOSE.replace("redis:7", "redis:8"))
    git(shop, "add", "compose.yaml")
    code, text = hook("imagelock-verify")
    assert code == 1, text
    hub.push_image("library/redis", "8", [AMD64, ARM64])
    code, text = hook("imagelock-lock", *online)
    assert code == 1, text
    assert "files were modified by this hook" in text


MATCHING = [
    "images.lock",
    "sub/images.lock",
    "compose.yaml",
    "deploy/web.yml",
    "k8s/pod.json",
    "Dockerfile",
    "docker/api.dockerfile",
    "Containerfile.dev",
    ".env",
    "prod.env",
    "imagelock.toml",
    "pyproject.toml",
    "units/web.container",
    "units/web.container.d/image.conf",
    "airgap/images.txt",
    "stack.template",
    "chart/templates/_image.tpl",
    "infrastructure/main.tf",
    "infrastructure/production.tfvars",
    "overlay/kustomization",
]
OTHERS = ["README.md", "src/main.py", "yarn.lock", "environment.txt", "nginx.conf"]


@pytest.mark.parametrize("name", MATCHING + OTHERS)
def test_the_hook_runs_on_the_files_that_matter(name: str) -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    (verify,) = [h for h in hooks if h["id"] == "imagelock-verify"]

    assert bool(re.search(verify["files"], name)) == (name in MATCHING)


@pytest.mark.parametrize("source", sorted(SOURCES))
def test_the_hook_runs_on_what_any_source_reads(source: str) -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    names = [
        pattern.pattern.replace("**/", "x/y/").replace("*", "x")
        for pattern in SOURCES[source].patterns
    ]
    assert names

    for hook in hooks:
        if "files" in hook:
            assert [n for n in names if not re.search(hook["files"], n)] == []


def test_the_name_that_pre_commit_wants_is_the_real_file() -> None:
    link = ROOT / "pre-commit-hooks.yaml"

    assert link.is_symlink()
    assert link.resolve() == ROOT / ".pre-commit-hooks.yaml"
