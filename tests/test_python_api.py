"""The Python API: its page runs, its types hold, and it loads what it needs."""

from __future__ import annotations

import ast
import json
import logging
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import imagelock
from imagelock import Fleet, ImagelockError, Lockfile, Project, Reference, Severity
from imagelock.cli.command_help import ALL_COMMANDS, SUBCOMMANDS
from tests.conftest import AMD64, ARM64
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from imagelock.demo.registry import MemoryRegistry

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "python-api.md"
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
CONSUMER = """\
from imagelock import Lockfile, Occurrence, Project, Reference, Severity

project: Project = Project.open("shop")
lockfile: Lockfile | None = project.lockfile()
reference: Reference = Reference.parse("nginx:1.27")
digests: dict[str, str] = {
    str(key): str(image.digest)
    for key, image in (lockfile.images if lockfile else {}).items()
}
names: list[str] = [
    status.found.reference.familiar
    for status in project.references()
    if isinstance(status.found, Occurrence)
]
failed: bool = project.verify(offline=True).exit_code(Severity.WARNING) != 0
moved: list[str] = [str(c.reference) for c in project.update().result.changes]
sizes: list[int] = [len(data) for data in project.pin(write=False).new.values()]
text: str = project.export("compose").text
"""


@pytest.fixture
def shop(project: Path, hub: MemoryRegistry, address: str) -> Path:
    """A project in the folder `shop`, whose images are on a registry."""
    hub.push_image("library/nginx", "1.28", [AMD64, ARM64], salts="1.28")
    folder = project / "shop"
    folder.mkdir()
    configure(folder, address)
    (folder / "compose.yaml").write_text("services: {web: {image: nginx:1.27}}\n")
    return folder


def test_the_examples_of_the_page_run(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.parent)

    exec(compile("\n".join(BLOCKS), str(PAGE), "exec"), {})  # noqa: S102 - our own page

    assert "nginx:1.28" in (shop / "images.lock").read_text()


def test_the_page_has_every_method() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for cls in (Project, Fleet):
        methods = {name for name in dir(cls) if not name.startswith("_")}

        assert {name for name in methods if f"`{name}" not in page} == {"open"}
        assert f"{cls.__name__}.open(" in page


def test_every_command_that_concerns_a_project_can_be_called() -> None:
    page = PAGE.read_text(encoding="utf-8")
    no_project = {"demo", "init", "lsp", "merge-driver", "rule", *SUBCOMMANDS}

    assert {c for c in ALL_COMMANDS if f"| `{c}` |" not in page} == no_project


def test_every_public_name_is_there() -> None:
    for name in imagelock.__all__:
        assert getattr(imagelock, name) is not None
    assert set(imagelock.__all__) <= set(dir(imagelock))
    with pytest.raises(AttributeError, match="no attribute `Projet`"):
        imagelock.Projet  # type: ignore[attr-defined]  # noqa: B018


def test_the_names_for_type_checkers_are_those_that_are_loaded() -> None:
    tree = ast.parse(Path(imagelock.__file__).read_text(encoding="utf-8"))
    (block,) = [
        node
        for node in tree.body
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name)
    ]
    typed = {
        alias.name: node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }

    homes = vars(imagelock)["_HOMES"]
    assert typed == {name: f"imagelock.{home}" for name, home in homes.items()}


def test_the_import_loads_hardly_anything() -> None:
    script = (
        "import sys; before = set(sys.modules); import imagelock;"
        "print(*sorted(set(sys.modules) - before))"
    )

    output = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    ).stdout

    loaded = {name for name in output.split() if not name.startswith("importlib")}
    assert loaded <= {"__future__", "warnings", "imagelock", "imagelock.version"}


@pytest.mark.parametrize("name", ["typer", "httpx", "pydantic", "rich"])
def test_verifying_offline_loads_no(name: str, shop: Path) -> None:
    Project.open(shop).lock()
    (shop / "imagelock.toml").unlink()
    script = (
        "import sys; from imagelock import Project;"
        f"Project.open({str(shop)!r}).verify(offline=True);"
        f"sys.exit({name!r} in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_consumer_is_typed(tmp_path: Path) -> None:
    (tmp_path / "consumer.py").write_text(CONSUMER)

    check = subprocess.run(
        [
            sys.executable,
            "-m",
            "mypy",
            "--strict",
            "--cache-dir",
            tmp_path,
            "consumer.py",
        ],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )

    assert (check.stdout, check.returncode) == (
        "Success: no issues found in 1 source file\n",
        0,
    )


def test_results_are_those_of_the_commands(shop: Path, hub: MemoryRegistry) -> None:
    project = Project.open(shop)
    assert project.lockfile() is None
    assert project.verify(offline=True).exit_code() == 1

    run = project.lock()
    assert run.changed
    assert [str(change.reference.tag) for change in run.result.changes] == ["1.27"]
    assert isinstance(project.lockfile(), Lockfile)

    assert project.verify().exit_code() == 0
    hub.push_image("library/nginx", "1.27", [AMD64, ARM64], salts="moved")
    moved = project.verify()
    assert [finding.rule.slug for finding in moved.findings] == ["drift"]
    assert moved.exit_code() == moved.exit_code(Severity.WARNING) == 1

    assert project.diff("images.lock").changes == ()
    assert [status.digest_moved for status in project.outdated().statuses] == [True]
    assert [diagnosis.registry for diagnosis in project.doctor()] == ["docker.io"]


def test_pins_and_exports(shop: Path) -> None:
    project = Project.open(shop)
    project.lock()
    before = (shop / "compose.yaml").read_bytes()

    assert project.pin(write=False).new
    assert (shop / "compose.yaml").read_bytes() == before
    project.pin()
    digest = project.lockfile().images[Reference.parse("nginx:1.27")].digest  # type: ignore[union-attr]
    assert str(digest).encode() in (shop / "compose.yaml").read_bytes()
    project.unpin()
    assert (shop / "compose.yaml").read_bytes() == before

    assert str(digest) in project.export("compose").text
    assert [explanation.key.tag for explanation in project.explain("nginx")] == ["1.27"]
    pod = b"apiVersion: v1\nkind: Pod\nspec: {containers: [{image: nginx:1.27}]}\n"
    assert str(digest).encode() in project.render(pod).data
    pods = json.dumps({"Name": "web", "Config": {"Image": f"nginx@{digest}"}})
    assert project.verify_running(pods, offline=True).exit_code() == 0


def test_an_import_needs_no_registry(shop: Path) -> None:
    (shop / "imagelock.toml").unlink()
    (shop / "imgpin.lock").write_text(
        json.dumps({"entries": {"nginx:1.27": {"digest": f"sha256:{'a' * 64}"}}})
    )

    result = Project.open(shop).import_digests(shop / "imgpin.lock")

    assert [str(image.digest) for image in result.added] == [f"sha256:{'a' * 64}"]


def test_paths_restrict_what_is_read(shop: Path) -> None:
    (shop / "other.yaml").write_text("services: {db: {image: redis:7}}\n")
    project = Project.open(shop)

    statuses = project.references(shop / "other.yaml")

    assert {str(status.found.place.path) for status in statuses} == {"other.yaml"}


def test_settings_and_variables_can_be_given(shop: Path, tmp_path: Path) -> None:
    (shop / "compose.yaml").write_text('services: {web: {image: "nginx:$TAG"}}\n')
    settings = tmp_path / "other.toml"
    settings.write_text('platforms = ["linux/s390x"]\n')

    project = Project.open(shop, config_file=settings, environment={"TAG": "1.28"})

    assert list(map(str, project.platforms)) == ["linux/s390x"]
    assert [s.found.reference.tag for s in project.references()] == ["1.28"]  # type: ignore[union-attr]
    with pytest.raises(ImagelockError, match="no image of this project"):
        project.update("redis")


def test_notices_are_logged(shop: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "imagelock")

    Project.open(shop).lock()

    assert any("GET" in record.message for record in caplog.records)


def test_settings_and_projects_are_those_of_the_command_line(shop: Path) -> None:
    (shop / "base.toml").write_text('cooldown = "3d"\n')
    settings = shop / "imagelock.toml"
    settings.write_text('extends = "base.toml"\n' + settings.read_text())
    (shop / "web").mkdir()
    (shop / "web" / "imagelock.toml").touch()

    project = Project.open(shop)

    assert project.settings().origins["cooldown",] == ("base.toml",)
    assert [each.root for each in project.projects()] == [shop, shop / "web"]
