"""The code of others, which package managers put into a project."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from imagelock.project.vendored import without_vendored

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run

COMPOSE = "services: {web: {image: 'nginx:1.27'}}\n"
MARKED = {
    "vendor/modules.txt": "vendor/github.com/acme/tool/compose.yaml",
    "cmd/vendor/modules.txt": "cmd/vendor/acme.example/tool/compose.yaml",
    "vendor/autoload.php": "vendor/acme/tool/compose.yaml",
    "vendor/composer/installed.json": "vendor/acme/tool/compose.yaml",
    "vendor/bundle/ruby/3.4.0/gems/a-1/a.gemspec": (
        "vendor/bundle/ruby/3.4.0/gems/a-1/compose.yaml"
    ),
    "third/vendor/libc/.cargo-checksum.json": "third/vendor/libc/ci/compose.yaml",
    "ios/Pods/Manifest.lock": "ios/Pods/Tool/compose.yaml",
    "node_modules/.package-lock.json": "node_modules/tool/compose.yaml",
    "web/node_modules/tool/package.json": "web/node_modules/tool/compose.yaml",
    "lib/python3.14/site-packages/tool.py": (
        "lib/python3.14/site-packages/tool/compose.yaml"
    ),
}
OWN = (
    "vendor/acme/compose.yaml",
    "vendor/bundle/compose.yaml",
    "src/vendor.yaml",
    "pods/Manifest.lock",
    "deploy/vendored/modules.txt",
    "my-node_modules/compose.yaml",
    "modules.txt",
)


def write(project: Path, *names: str) -> None:
    for name in names:
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(COMPOSE if name.endswith("compose.yaml") else "")


def listed(imagelock: Run, *arguments: str) -> list[tuple[str, str | None]]:
    """Return the files of what is listed, each with the reason if it is not locked."""
    rows = json.loads(imagelock("list", *arguments, "--format", "json").out)["images"]
    return [(row["file"], row["reason"]) for row in rows]


@pytest.mark.parametrize("marker", MARKED)
def test_it_is_not_read_and_said_so(project: Path, imagelock: Run, marker: str) -> None:
    write(project, "compose.yaml", marker, MARKED[marker])

    rows = listed(imagelock)

    assert rows.pop(0 if rows[0][0] == "compose.yaml" else 1) == ("compose.yaml", None)
    [(file, reason)] = rows
    assert file in (marker, MARKED[marker])
    assert reason == "vendored"
    assert imagelock("list").out.count("has the code of others") == 1


@pytest.mark.parametrize("name", OWN)
def test_what_no_package_manager_wrote_is_the_projects_own(name: str) -> None:
    paths = [PurePosixPath(name)]
    assert without_vendored(paths) == (paths, [])


def test_folders_inside_of_such_a_folder_are_not_told_apart() -> None:
    paths = [
        PurePosixPath("node_modules/a/node_modules/b/package.json"),
        PurePosixPath("node_modules/a/vendor/modules.txt"),
        PurePosixPath("package.json"),
    ]
    own, skipped = without_vendored(paths)
    assert own == paths[2:]
    assert [each.place.path for each in skipped] == [paths[0]]


@pytest.mark.parametrize(
    "arguments",
    [["vendor"], ["vendor/a"], ["vendor/a/compose.yaml"], ["--config", "empty.toml"]],
)
def test_it_is_read_if_it_is_named_or_the_settings_are_given(
    project: Path, imagelock: Run, arguments: list[str]
) -> None:
    write(project, "vendor/modules.txt", "vendor/a/compose.yaml", "empty.toml")
    assert ("vendor/a/compose.yaml", None) in listed(imagelock, *arguments)


def test_a_setting_reads_it(project: Path, imagelock: Run) -> None:
    write(project, "vendor/modules.txt", "vendor/a/compose.yaml")
    (project / "imagelock.toml").write_text("vendored = true\n")
    assert listed(imagelock) == [("vendor/a/compose.yaml", None)]


def test_what_is_excluded_is_not_mentioned(project: Path, imagelock: Run) -> None:
    write(project, "vendor/modules.txt", "vendor/a/compose.yaml", "compose.yaml")
    (project / "imagelock.toml").write_text("exclude = ['/vendor/']\n")
    assert listed(imagelock) == [("compose.yaml", None)]


def test_the_folder_above_is_no_name_of_it(project: Path, imagelock: Run) -> None:
    write(project, "app/vendor/modules.txt", "app/vendor/a/compose.yaml")
    assert listed(imagelock, "app") == [("app/vendor/modules.txt", "vendored")]
