"""`init`: creates a configuration, and loses nothing of existing files."""

from __future__ import annotations

import json
import subprocess
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import yaml

from imagelock import config
from imagelock.commands.init_extras import Extra, suggested

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from tests.conftest import Run

ROOT: Final = Path(__file__).parents[2]
PYPROJECT: Final = """\
# The shop.
[project]
name = "shop" # not "store"

[tool.ruff]
line-length = 88

[tool.ruff.lint]
select = ["E"]
"""


def test_the_first_settings(
    project: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    assert str(imagelock("init")) == snapshot
    assert (project / "imagelock.toml").read_text() == snapshot
    assert config.load(project).platforms == ["linux/amd64", "linux/arm64/v8"]


def test_images_in_commands_are_counted(project: Path, imagelock: Run) -> None:
    note = "would be found with `[sources.shell]`"
    assert note not in imagelock("init").err
    (project / "imagelock.toml").unlink()
    (project / "deploy.sh").write_text(
        'docker run redis:7\ndocker run redis:7\ndocker run "$UNKNOWN"\n'
    )
    (project / "Dockerfile").write_text("FROM nginx\nRUN docker pull busybox:1\n")
    (project / "vendor").mkdir()

    result = imagelock("init")
    assert f"note: 3 more references {note}\n" in result.err
    assert "[sources.shell]" not in (project / "imagelock.toml").read_text()


def test_platforms_can_be_named(project: Path, imagelock: Run) -> None:
    result = imagelock("init", "--platform", "linux/s390x", "--platform", "linux/arm")

    assert result.exit_code == 0
    assert config.load(project).platforms == ["linux/s390x", "linux/arm/v7"]


def test_a_pyproject_keeps_all_that_it_has(project: Path, imagelock: Run) -> None:
    path = project / "pyproject.toml"
    path.write_text(PYPROJECT)

    assert imagelock("init", "--pyproject", "--platform", "linux/amd64").exit_code == 0
    text = path.read_text()
    assert all(line in text.splitlines() for line in PYPROJECT.splitlines())
    tables = tomllib.loads(text)
    assert tables["tool"].pop("imagelock") == {"platforms": ["linux/amd64"]}
    assert tables == tomllib.loads(PYPROJECT)
    assert config.load(project).platforms == ["linux/amd64"]


def test_a_pyproject_without_tools_gets_one(project: Path, imagelock: Run) -> None:
    (project / "pyproject.toml").write_text('[project]\nname = "a"\n')

    assert imagelock("init", "--pyproject").exit_code == 0
    assert config.load(project).platforms == ["linux/amd64", "linux/arm64/v8"]


@pytest.mark.parametrize(
    ("files", "arguments", "message"),
    [
        ({"imagelock.toml": ""}, [], "has settings of imagelock already"),
        (
            {"pyproject.toml": "[tool.imagelock]\n"},
            ["--pyproject"],
            "has settings of imagelock already",
        ),
        ({"pyproject.toml": "[tool"}, ["--pyproject"], "is not TOML"),
        ({"pyproject.toml": "tool = 1"}, ["--pyproject"], "is not a table"),
        ({}, ["--pyproject"], "cannot be read"),
        ({}, ["--platform", "linux"], "linux"),
    ],
)
def test_what_is_in_the_way_is_an_error(
    project: Path,
    imagelock: Run,
    files: dict[str, str],
    arguments: list[str],
    message: str,
) -> None:
    for name, text in files.items():
        (project / name).write_text(text)

    result = imagelock("init", *arguments)
    assert result.exit_code == 2
    assert message in result.err
    assert {p.name: p.read_text() for p in project.iterdir()} == files


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("vendor/modules.txt", ["/vendor/"]),
        ("app/vendor/composer/installed.json", ["/app/vendor/"]),
        ("vendor/bundle/ruby/3.3.0/gems/a/compose.yaml", ["/vendor/bundle/"]),
        ("vendor/acme/compose.yaml", []),
        ("src/vendor.py", []),
    ],
)
@pytest.mark.parametrize("pyproject", [False, True])
def test_the_code_of_others_is_excluded(
    project: Path, imagelock: Run, file: str, expected: list[str], *, pyproject: bool
) -> None:
    path = project / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    (project / "pyproject.toml").write_text(PYPROJECT)

    result = imagelock("init", *(["--pyproject"] if pyproject else []))

    assert result.exit_code == 0
    assert ("without /" in result.out) == bool(expected)
    assert config.load(project).exclude == expected


def test_a_policy_for_production_allows_what_is_used(
    project: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    (project / "Dockerfile").write_text(
        "FROM ghcr.io/acme/base/app:1\nFROM python:3.13\nFROM localhost:5000/tool:2\n"
    )

    assert imagelock("init", "--policy", "production").exit_code == 0

    assert (project / "imagelock.toml").read_text() == snapshot
    result = imagelock("verify", "--offline", "--format", "json")
    assert {finding["rule"] for finding in json.loads(result.out)["findings"]} == {
        "not-locked",
        "nothing-found",
    }


def test_a_policy_without_an_image_lists_no_registry(
    project: Path, imagelock: Run
) -> None:
    assert imagelock("init", "--policy", "production").exit_code == 0

    policy = config.load(project).policy
    assert not policy.registries
    assert policy.look_alike


def repository(project: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)


def test_more_is_set_up_if_it_is_asked_for(project: Path, imagelock: Run) -> None:
    repository(project)
    extras = [f"--with={extra}" for extra in Extra]

    result = imagelock("init", *extras)

    assert result.exit_code == 0, result.err
    hooks = yaml.safe_load((project / ".pre-commit-config.yaml").read_text())
    assert hooks["repos"][0]["hooks"] == [{"id": "imagelock-verify"}]
    for forge in ("github", "gitea", "forgejo"):
        for name in ("verify", "drift", "update"):
            path = project / f".{forge}" / "workflows" / f"imagelock-{name}.yml"
            kind = "github" if forge == "github" else "gitea"
            shown = ROOT / "integrations" / kind / f"{name}.yml"
            assert path.read_text() == shown.read_text()
            assert f"wrote .{forge}/workflows/imagelock-{name}.yml\n" in result.out
    jobs = ".gitlab/imagelock.yml"
    shown = ROOT / "integrations" / "gitlab" / "imagelock.yml"
    assert (project / jobs).read_text() == shown.read_text()
    pipeline = yaml.safe_load((project / ".gitlab-ci.yml").read_text())
    assert pipeline == {"include": [{"local": jobs}]}
    assert (project / ".gitattributes").read_text() == "images.lock merge=imagelock\n"
    first = (project / "imagelock.toml").read_text().splitlines()[0]
    assert first.startswith("#:schema https://")
    assert (ROOT / first.split("/main/")[1]).is_file()


def test_files_that_are_there_are_not_changed(project: Path, imagelock: Run) -> None:
    repository(project)
    hooks = project / ".pre-commit-config.yaml"
    hooks.write_text("repos: []\n")
    workflow = project / ".github" / "workflows" / "imagelock-update.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text("mine\n")

    out = imagelock("init", "--with", "pre-commit", "--with", "github").out

    assert "add this to `.pre-commit-config.yaml`, below `repos:`\n\n  - repo:" in out
    assert "imagelock-update" not in out
    assert (hooks.read_text(), workflow.read_text()) == ("repos: []\n", "mine\n")
    hooks.write_text("repos: [{repo: https://github.com/imagelock/imagelock}]\n")
    (project / "imagelock.toml").unlink()
    assert "has the hook already" in imagelock("init", "--with", "pre-commit").out


def test_a_pipeline_that_is_there_is_not_changed(project: Path, imagelock: Run) -> None:
    repository(project)
    pipeline = project / ".gitlab-ci.yml"
    pipeline.write_text("build: {script: make}\n")

    out = imagelock("init", "--with", "gitlab").out

    assert "wrote .gitlab/imagelock.yml\n" in out
    include = "  - local: .gitlab/imagelock.yml\n"
    assert f"add this to `.gitlab-ci.yml`, below `include:`\n\n{include}" in out
    assert pipeline.read_text() == "build: {script: make}\n"
    pipeline.write_text(f"include:\n{include}")
    (project / "imagelock.toml").unlink()
    assert "includes the jobs already" in imagelock("init", "--with", "gitlab").out


@pytest.mark.parametrize("is_repository", [True, False])
def test_more_belongs_to_the_top_of_a_repository(
    project: Path,
    imagelock: Run,
    is_repository: bool,  # noqa: FBT001 - a parameter
) -> None:
    if is_repository:
        repository(project)
    (project / "part").mkdir()

    result = imagelock("--project", "part", "init", "--with", "github")

    assert result.exit_code == 2
    assert "belong to the top of a repository" in result.err
    assert ("git init" in result.err) is not is_repository
    assert list((project / "part").iterdir()) == []


def test_a_workflow_that_cannot_be_written_is_told(
    project: Path, imagelock: Run
) -> None:
    repository(project)
    (project / ".github").write_text("a file")

    result = imagelock("init", "--with", "github")

    assert result.exit_code == 2
    assert "`.github/workflows/imagelock-verify.yml` cannot be written" in result.err


def test_a_terminal_is_asked_what_else_to_set_up(
    project: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository(project)
    (project / ".github").mkdir()
    answers = iter([True, False, True])
    asked: list[str] = []

    def confirm(question: str, **_options: object) -> bool:
        asked.append(question)
        return next(answers)

    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("typer.prompt", lambda *_words, **_options: "linux/amd64")
    monkeypatch.setattr("typer.confirm", confirm)
    result = imagelock("init")

    assert result.exit_code == 0, result.err
    assert [question.split()[0] for question in asked] == ["Check", "Add", "Let"]
    assert (project / ".pre-commit-config.yaml").exists()
    assert not (project / ".github" / "workflows").exists()
    assert (project / ".gitattributes").exists()


def test_a_terminal_is_asked_nothing_more_outside_of_a_repository(
    project: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("typer.prompt", lambda *_words, **_options: "linux/amd64")
    monkeypatch.delattr("typer.confirm")

    assert imagelock("init").exit_code == 0


def test_a_hook_that_is_there_is_not_suggested(project: Path) -> None:
    repository(project)
    (project / ".pre-commit-config.yaml").write_text("repos: [imagelock]\n")

    assert list(suggested(project)) == [Extra.MERGE_DRIVER]


@pytest.mark.parametrize(
    ("name", "similar"),
    [
        ("linux/amd46", "linux/amd64"),
        ("linux/arm46", "linux/arm64"),
        ("lin/amd64", "linux/amd64"),
        ("windows/x86_64", None),
        ("linux/riscv64", None),
        ("plan10/zzz", None),
    ],
)
def test_a_platform_that_is_nearly_a_known_one_is_a_warning(
    project: Path, imagelock: Run, name: str, similar: str | None
) -> None:
    result = imagelock("init", "--platform", name)

    assert result.exit_code == 0
    assert ("did you mean" in result.err) == (similar is not None)
    assert similar is None or f"did you mean `{similar}`?" in result.err
