"""Projects below a project, from the command line."""

from __future__ import annotations

import json
import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.conftest import AMD64, ARM64

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from imagelock.demo.registry import MemoryRegistry
    from tests.conftest import Run

IMAGES = ("library/nginx:1.27", "library/redis:7", "acme/side:v2")


class Workspace:
    """Projects whose images are in a registry on this machine."""

    def __init__(self, root: Path, address: str) -> None:
        self.root = root
        self.host = address.removeprefix("http://")

    def write(self, name: str, text: str = "") -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def compose(self, folder: str, *images: str, lock: bool = True) -> None:
        services = "".join(
            f"  s{number}:\n    image: {self.host}/{image}\n"
            for number, image in enumerate(images)
        )
        self.write(f"{folder}/compose.yaml", f"services:\n{services}")
        if lock:
            self.write(f"{folder}/imagelock.toml")

    def locked(self, folder: str) -> list[str]:
        text = (self.root / folder / "images.lock").read_text()
        images = tomllib.loads(text)["image"]
        return [image["reference"].removeprefix(f"{self.host}/") for image in images]

    def shown(self, result: object) -> str:
        return str(result).replace(self.host, "HOST").replace(str(self.root), "PROJECT")


@pytest.fixture
def workspace(project: Path, address: str) -> Workspace:
    return Workspace(project, address)


@pytest.fixture
def shop(workspace: Workspace) -> Workspace:
    """A project with two below it, of which one has another below."""
    workspace.compose(".", "library/nginx:1.27")
    workspace.compose("services/web", "library/redis:7")
    workspace.compose("services/web/tool", "acme/side:v2")
    workspace.compose("other", "library/nginx:1.27", lock=False)
    return workspace


def test_a_project_does_not_read_those_below_it(
    shop: Workspace, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    assert imagelock("lock").exit_code == 0

    assert shop.locked(".") == ["library/nginx:1.27"]
    assert not (shop.root / "services/web/images.lock").exists()
    assert shop.shown(imagelock("verify", "--offline", "-v")) == snapshot
    assert shop.shown(imagelock("list", "-v")) == snapshot


def test_all_locks_each_project_by_itself(
    shop: Workspace, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    assert shop.shown(imagelock("lock", "--all")) == snapshot

    assert shop.locked(".") == ["library/nginx:1.27"]
    assert shop.locked("services/web") == ["library/redis:7"]
    assert shop.locked("services/web/tool") == ["acme/side:v2"]
    assert shop.shown(imagelock("verify", "--all")) == snapshot
    assert imagelock("lock", "--all", "--check").exit_code == 0


def test_members_need_no_file_of_their_own(
    workspace: Workspace, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    workspace.write(
        "imagelock.toml", '[workspace]\nmembers = ["services/*", "tool/"]\n'
    )
    workspace.compose("services/web", "library/redis:7", lock=False)
    workspace.compose("services/api/deep", "library/nginx:1.27", lock=False)
    workspace.compose("tool", "acme/side:v2", lock=False)
    workspace.compose("tools", "library/nginx:1.27", lock=False)

    assert imagelock("lock", "--all").exit_code == 0
    assert workspace.locked(".") == ["library/nginx:1.27"]
    assert workspace.locked("services/web") == ["library/redis:7"]
    assert workspace.locked("services/api") == ["library/nginx:1.27"]
    assert workspace.locked("tool") == ["acme/side:v2"]
    assert workspace.shown(imagelock("verify", "--all", "--offline", "-v")) == snapshot


def test_the_top_of_a_workspace_needs_no_image(
    workspace: Workspace, imagelock: Run
) -> None:
    workspace.write("imagelock.toml", '[workspace]\nmembers = ["a"]\n')
    workspace.compose("a", "library/redis:7", lock=False)
    assert imagelock("lock", "--all").exit_code == 0

    assert imagelock("verify", "--all", "--offline").exit_code == 0
    alone = imagelock("verify", "--offline")
    assert alone.exit_code == 1
    assert "nothing-found" in alone.out


def test_findings_have_paths_from_the_top(
    shop: Workspace, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    imagelock("lock", "--all")
    shop.compose("services/web", "library/redis:7", "acme/side:v2", "acme/side:v2")

    assert shop.shown(imagelock("verify", "--all", "--offline")) == snapshot
    report = json.loads(imagelock("verify", "--all", "--format", "json").out)
    assert {finding["file"] for finding in report["findings"]} == {
        "services/web/compose.yaml"
    }


def test_what_is_not_locked_is_counted_for_each_project(
    shop: Workspace, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    imagelock("lock", "--all")
    (shop.root / "services/web/images.lock").unlink()
    shop.compose("services/web/tool", "library/redis:7", "library/nginx:1.27")
    shop.compose("services/web", "library/redis:7", "acme/side:v2")

    verified = imagelock("verify", "--all", "--offline")

    assert verified.exit_code == 1
    assert shop.shown(verified) == snapshot


def test_the_file_that_breaks_a_member_is_the_place(
    shop: Workspace, imagelock: Run
) -> None:
    imagelock("lock", "--all")
    shop.write("services/web/imagelock.toml", "platforms = [\n")
    shop.write("services/web/tool/images.lock", "version = 7\n")

    out = imagelock("verify", "--all", "--offline", "--format", "json").out

    places = [finding["file"] for finding in json.loads(out)["findings"]]
    assert places == ["services/web/imagelock.toml", "services/web/tool/images.lock"]


def test_a_broken_member_stops_no_other(
    shop: Workspace, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    shop.write("services/web/imagelock.toml", "platforms = [\n")

    locked = imagelock("lock", "--all")

    assert locked.exit_code == 2
    assert shop.shown(locked) == snapshot
    assert shop.locked("services/web/tool") == ["acme/side:v2"]
    verified = imagelock("verify", "--all", "--offline")
    assert verified.exit_code == 2
    assert shop.shown(verified) == snapshot


def test_update_changes_the_members_that_have_the_image(
    shop: Workspace, hub: MemoryRegistry, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    shop.compose("services/web", "library/redis:7", "library/nginx:1.27")
    first = imagelock("lock", "--all")
    assert first.exit_code == 0, first
    hub.push_image("library/nginx", "1.27", [AMD64, ARM64], salts="new")

    dry = imagelock("update", "--all", "--dry-run", "--format", "markdown")
    result = imagelock("update", "--all", f"{shop.host}/library/nginx:1.27")

    assert "### 1 image moved" in dry.out
    assert shop.shown(result) == snapshot
    assert imagelock("verify", "--all").exit_code == 0


@pytest.mark.parametrize(
    ("named", "expected"),
    [
        (["!{host}/library/nginx"], ["acme/side", "redis"]),
        (["{host}/library/redis", "!{host}/library/nginx"], ["redis"]),
    ],
)
def test_images_are_left_out_of_all_members(
    shop: Workspace,
    hub: MemoryRegistry,
    imagelock: Run,
    named: list[str],
    expected: list[str],
) -> None:
    shop.compose("services/web", "library/redis:7", "library/nginx:1.27")
    shop.compose("services/other", "acme/side:v2")
    imagelock("lock", "--all")
    images = {"library/nginx": "1.27", "library/redis": "7", "acme/side": "v2"}
    for name, tag in images.items():
        hub.push_image(name, tag, [AMD64, ARM64], salts="new")

    patterns = [pattern.format(host=shop.host) for pattern in named]
    result = imagelock("update", "--all", *patterns, "--format", "json")

    changes = json.loads(result.out)["changes"]
    moved = [c["reference"] for c in changes if c["kind"] == "content"]
    assert len(moved) == len(expected)
    assert all(any(name in reference for reference in moved) for name in expected)


def test_the_report_of_all_has_equal_changes_once(
    shop: Workspace, hub: MemoryRegistry, imagelock: Run
) -> None:
    shop.compose("services/web", "library/nginx:1.27")
    imagelock("lock", "--all")
    hub.push_image("library/nginx", "1.27", [AMD64, ARM64], salts="new")

    result = imagelock("update", "--all", "--format", "json", "--report", "json=r.json")

    changes = json.loads(result.out)["changes"]
    assert [change["kind"] for change in changes] == ["content"]
    assert json.loads((shop.root / "r.json").read_text())["changes"] == changes


@pytest.mark.parametrize(
    "arguments",
    [
        ["update", "--all", "mysql"],
        ["verify", "--all", "compose.yaml"],
        ["lock", "--all", "compose.yaml"],
        ["list", "--all", "compose.yaml"],
        ["--config", "imagelock.toml", "verify", "--all"],
    ],
)
def test_what_cannot_go_with_all_is_an_error(
    shop: Workspace, imagelock: Run, snapshot: SnapshotAssertion, arguments: list[str]
) -> None:
    assert shop.shown(imagelock(*arguments)) == snapshot


def test_check_names_what_would_change(shop: Workspace, imagelock: Run) -> None:
    result = imagelock("lock", "--all", "--check")

    assert result.exit_code == 1
    assert not (shop.root / "images.lock").exists()
    assert result.err.count("`images.lock` would change") == 3


def test_a_given_configuration_decides_which_folders_are_projects(
    shop: Workspace, imagelock: Run, tmp_path: Path
) -> None:
    trusted = tmp_path / "trusted.toml"
    trusted.write_text('[workspace]\nmembers = ["services/web/tool"]\n')

    result = imagelock("--config", str(trusted), "list", "--format", "json")

    images = json.loads(result.out)["images"]
    paths = {entry["file"] for entry in images if entry["status"] != "skipped"}
    assert paths == {"compose.yaml", "other/compose.yaml", "services/web/compose.yaml"}


def test_a_named_file_of_another_project_is_a_note(
    shop: Workspace, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    imagelock("lock")
    result = imagelock("verify", "--offline", "-v", "services/web/compose.yaml")

    assert shop.shown(result) == snapshot


def test_what_a_member_builds_is_built_for_the_top_too(
    workspace: Workspace, imagelock: Run
) -> None:
    workspace.write("pod.yaml", POD)
    workspace.write("web/imagelock.toml")
    workspace.write(
        "web/compose.yaml", "services:\n  web:\n    build: .\n    image: our-web\n"
    )

    assert "build-output" in imagelock("list", "-v").out


POD = """\
apiVersion: v1
kind: Pod
spec:
  containers:
    - name: web
      image: our-web
"""


def test_a_file_that_members_include_belongs_to_the_top(
    workspace: Workspace, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    workspace.compose("shared", "library/nginx:${TAG}", lock=False)
    for member, tag in (("a", "1.27"), ("b", "1.27")):
        workspace.write(f"{member}/imagelock.toml")
        workspace.write(f"{member}/.env", f"TAG={tag}\n")
        workspace.write(f"{member}/compose.yaml", "include: [../shared/compose.yaml]\n")

    locked = imagelock("lock", "--all")
    assert locked.exit_code == 1
    assert locked.err.count("[nothing-found]") == 2  # nothing is left to the members
    assert workspace.locked(".") == ["library/nginx:1.27"]
    assert workspace.shown(imagelock("list", "-v")) == snapshot


@pytest.fixture
def dozen(workspace: Workspace) -> Workspace:
    """A workspace with twelve members."""
    workspace.write("imagelock.toml", '[workspace]\nmembers = ["services/*"]\n')
    for number in range(12):
        workspace.compose(f"services/s{number}", IMAGES[number % 3], lock=False)
    return workspace


def test_a_dozen_members(dozen: Workspace, imagelock: Run) -> None:
    workspace = dozen

    assert imagelock("lock", "--all").exit_code == 0
    for number in range(12):
        assert workspace.locked(f"services/s{number}") == [IMAGES[number % 3]]
    result = imagelock("verify", "--all")
    assert result.exit_code == 0
    assert "12 images compared" in result.out


def test_what_a_dozen_members_share_is_shown_once(
    dozen: Workspace, hub: MemoryRegistry, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    imagelock("lock", "--all")
    hub.push_image("library/nginx", "1.27", [AMD64, ARM64], salts="new")
    dozen.write("services/s1/imagelock.toml", "platforms = [\n")
    dozen.write("services/s2/images.lock", "version = 7\n")

    # The members that nothing is new for are counted only.
    assert dozen.shown(imagelock("verify", "--all")) == snapshot
    assert dozen.shown(imagelock("update", "--all", "--dry-run")) == snapshot
    assert dozen.shown(imagelock("list", "--all")) == snapshot
    summary = imagelock("list", "--all", "--summary")
    assert summary.exit_code == 2
    assert "services/s0/compose.yaml and 3 more" in summary.out


def test_each_member_is_printed_with_verbose(dozen: Workspace, imagelock: Run) -> None:
    imagelock("lock", "--all")

    assert imagelock("lock", "--all").out == (
        "13 projects: 12 images locked, nothing changed\n"
    )
    out = imagelock("lock", "--all", "-v").out
    assert out.count("1 image locked, nothing changed") == 12


def test_list_of_all_has_paths_from_the_top(shop: Workspace, imagelock: Run) -> None:
    result = imagelock("list", "--all", "--format", "json", "--status", "not-locked")

    images = json.loads(result.out)["images"]
    assert [image["file"] for image in images] == [
        "compose.yaml",
        "other/compose.yaml",
        "services/web/compose.yaml",
        "services/web/tool/compose.yaml",
    ]


def test_a_scanner_that_is_missing_is_missing_once(
    shop: Workspace, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    imagelock("lock", "--all")
    monkeypatch.setenv("PATH", str(shop.root))

    result = imagelock("scan", "--all")

    assert result.exit_code == 2
    assert result.out.count("no scanner is installed") == 1
    assert "(3 projects) [unreadable-file]" in result.out


def test_settings_that_several_members_extend_are_the_place(
    shop: Workspace, imagelock: Run
) -> None:
    (shop.root / ".git").mkdir()
    imagelock("lock", "--all")
    shop.write("services/base.toml", "platforms = [\n")
    shop.write("services/web/imagelock.toml", 'extends = "../base.toml"\n')
    shop.write("services/web/tool/imagelock.toml", 'extends = "../../base.toml"\n')

    out = imagelock("verify", "--all", "--offline").out

    assert "services/web/imagelock.toml:1:1: error: the project `services/web`" in out
    assert out.count("cannot be checked: services/base.toml:1:14: not TOML") == 2
