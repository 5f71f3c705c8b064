from __future__ import annotations

import subprocess
from pathlib import Path, PurePosixPath

import pytest

from imagelock.errors import ConfigurationError
from imagelock.project.discovery import FileSelection, discover

FILES = {
    "compose.yaml": "",
    "a/Dockerfile": "",
    "a/ignored/compose.yaml": "",
    "a/.gitignore": "ignored/\n*.log\n!keep.log\n",
    "a/x.log": "",
    "a/keep.log": "",
    "b/ignored/compose.yaml": "",
    ".gitignore": "/dist\n",
    "dist/compose.yaml": "",
}
NOT_IGNORED = {
    ".gitignore",
    "a/.gitignore",
    "a/Dockerfile",
    "a/keep.log",
    "b/ignored/compose.yaml",
    "compose.yaml",
}


@pytest.fixture(params=["git", "walk"])
def tree(request: pytest.FixtureRequest, project: Path) -> Path:
    for name, content in FILES.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    if request.param == "git":
        subprocess.run(["git", "init", "-q"], check=True, cwd=project)
    return project


def names(root: Path, **selection: tuple[str, ...]) -> set[str]:
    paths = tuple(PurePosixPath(p) for p in selection.pop("paths", ()))
    found = discover(root, FileSelection(paths=paths, **selection)).files
    assert found == sorted(found)
    return {str(path) for path in found}


def test_what_git_ignores_is_ignored(tree: Path) -> None:
    assert names(tree) == NOT_IGNORED


def test_include_and_exclude_are_patterns_of_gitignore(tree: Path) -> None:
    assert names(tree, include=("compose.yaml",)) == {
        "b/ignored/compose.yaml",
        "compose.yaml",
    }
    assert names(tree, include=("*.yaml",), exclude=("b/",)) == {"compose.yaml"}
    assert names(tree, exclude=("*", "!/compose.yaml")) == {"compose.yaml"}


@pytest.mark.parametrize("wrong", ["[z-a]", "!", "a/[b-a]*"])
def test_what_is_no_pattern_is_refused_but_nothing_in_a_gitignore(
    tmp_path: Path, wrong: str
) -> None:
    (tmp_path / ".gitignore").write_text(f"{wrong}\nout.yaml\n[[:space:]]\n")
    (tmp_path / "out.yaml").touch()
    (tmp_path / "in.yaml").touch()

    assert names(tmp_path) == {".gitignore", "in.yaml"}
    with pytest.raises(ConfigurationError) as refused:
        names(tmp_path, exclude=("*.yaml", wrong))
    assert f"`{wrong}` is not a gitignore pattern" in str(refused.value)


def test_stars_without_end_take_no_time(tmp_path: Path) -> None:
    stars = "*" * 5000
    (tmp_path / ".gitignore").write_text(rf"{stars}b" + f"\n\\{stars}c\n")
    for name in ("a" * 200, "ab", "*ac"):
        (tmp_path / name).touch()

    assert names(tmp_path) == {".gitignore", "a" * 200}


def test_what_is_named_counts_whatever_the_rules_say(tree: Path) -> None:
    named = names(tree, paths=("dist/compose.yaml",), exclude=("*",))

    assert named == {"dist/compose.yaml"}


def test_a_named_folder_means_its_files(tree: Path) -> None:
    assert names(tree, paths=("b",)) == {"b/ignored/compose.yaml"}
    assert names(tree, paths=("dist",)) == {"dist/compose.yaml"}


def test_a_deleted_file_that_git_still_tracks_is_not_there(project: Path) -> None:
    (project / "compose.yaml").write_text("")
    subprocess.run(["git", "init", "-q"], check=True)
    subprocess.run(["git", "add", "compose.yaml"], check=True)
    (project / "compose.yaml").unlink()

    assert discover(project, FileSelection()).files == []


def test_a_link_to_a_folder_is_not_followed(project: Path) -> None:
    (project / "compose.yaml").write_text("")
    (project / "loop").symlink_to(project)

    assert names(project) == {"compose.yaml"}
