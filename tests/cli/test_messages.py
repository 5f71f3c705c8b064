"""What is said once, and where a user is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from imagelock.report.style import Style
from tests.conftest import AMD64, ARM64
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from pathlib import Path

    from imagelock.demo.registry import MemoryRegistry
    from tests.conftest import Run

DEAD = "127.0.0.1:1"


def compose(folder: Path, *images: str) -> None:
    services = "".join(
        f"  s{i}: {{image: '{name}'}}\n" for i, name in enumerate(images)
    )
    (folder / "compose.yaml").write_text(f"services:\n{services}")


def test_without_a_lockfile_nothing_is_locked_and_that_is_said_once(
    project: Path, imagelock: Run
) -> None:
    compose(project, "nginx:1", "redis:7", "redis:8", "bad image")
    (project / "Dockerfile").write_text("FROM nginx:1\n")

    result = imagelock("verify", "--offline")

    assert result.exit_code == 1
    first, second, *rest = result.out.splitlines()
    assert first == (
        "images.lock:1:1: error: nothing was compared: `images.lock` does not exist,"
        " so that 4 references in 2 files are not locked [not-locked]"
    )
    assert "[invalid-reference]" in second
    assert "hint: run `imagelock lock`" in rest
    assert rest[-1] == ("nothing was compared: 5 errors, 1 warning (`-v` shows them)")
    assert imagelock("verify", "--offline", "-v").out.count("[not-locked]") == 4


def test_a_single_image_that_is_not_locked_keeps_its_place(
    project: Path, imagelock: Run
) -> None:
    compose(project, "nginx:1")

    assert "compose.yaml:2:16: error: `nginx:1`" in imagelock("verify", "--offline").out


def test_a_registry_that_cannot_be_reached_is_one_line(
    project: Path, imagelock: Run
) -> None:
    compose(project, *(f"{DEAD}/app:{number}" for number in range(5)))

    for arguments in (["lock"], ["update"]):
        result = imagelock(*arguments)
        assert result.exit_code == 3
        (line,) = [e for e in result.err.splitlines() if e.startswith("error")]
        assert line.startswith(f"error: `{DEAD}`: ")
        assert line.endswith(" (5 images)")
        assert result.out.endswith("; 5 of 5 images could not be resolved\n")
    assert imagelock("lock", "-v").err.count(f"error: cannot get `{DEAD}/app:") == 5


def test_verify_groups_what_could_not_be_checked(project: Path, imagelock: Run) -> None:
    compose(project, *(f"{DEAD}/app:{number}" for number in range(5)))
    (project / "images.lock").write_text(
        'version = 1\nplatforms = ["linux/amd64", "linux/arm64/v8"]\n'
        + "".join(
            f'\n[[image]]\nreference = "{DEAD}/app:{number}"\n'
            f'digest = "sha256:{"1" * 64}"\n'
            for number in range(5)
        )
    )

    result = imagelock("verify")

    assert result.exit_code == 3
    assert result.out.count("[could-not-check]") == 1
    assert "(5 images) [could-not-check]" in result.out
    assert imagelock("verify", "-v").out.count("[could-not-check]") == 5


def test_the_project_is_named_in_its_folders(
    project: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose(project, "nginx:1")
    (project / "images.lock").write_text("version = 1\nplatforms = []\n")
    folder = project / "deploy"
    folder.mkdir()
    note = f"note: the project is `{project}`\n"

    assert imagelock("list").err == ""
    monkeypatch.chdir(folder)
    assert imagelock("list").err == note
    assert imagelock("list", "--quiet").err == ""
    assert imagelock("list", "--project", str(project)).err == ""


@pytest.mark.parametrize(
    ("variables", "is_colored"),
    [
        ({"TERM": "xterm"}, True),
        ({"TERM": "dumb"}, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, False),
    ],
)
def test_a_dumb_terminal_has_no_colors(
    project: Path,
    imagelock: Run,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    is_colored: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    compose(project, "nginx:1")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)

    assert ("\x1b" in imagelock("list").out) is is_colored


def test_a_dry_run_and_a_check_have_the_same_names_everywhere(
    project: Path, address: str, imagelock: Run
) -> None:
    configure(project, address)
    compose(project, "nginx:1.27")

    dry = imagelock("lock", "--dry-run")
    assert (dry.exit_code, dry.out[:12]) == (0, "+ nginx:1.27")
    assert not (project / "images.lock").exists()
    assert imagelock("lock", "--check").exit_code == 1
    assert imagelock("lock").exit_code == 0
    assert imagelock("update", "--check").exit_code == 0
    assert imagelock("pin", "--dry-run") == imagelock("pin", "--diff")

    lockfile = project / "images.lock"
    before = lockfile.read_text()
    old = before.replace(before.split('digest = "sha256:')[1][:8], "0" * 8)
    lockfile.write_text(old)
    result = imagelock("update", "--check")
    assert result.exit_code == 1
    assert result.err.endswith("hint: run `imagelock update`\n")
    assert lockfile.read_text() == old
    assert imagelock("update", "--dry-run").exit_code == 0


@pytest.mark.parametrize(
    ("pattern", "meant"),
    [
        ("grafana", "grafana/grafana:10"),
        ("grafna:10", "grafana/grafana:10"),
        ("ngnix", "nginx:1"),
        ("nginx:2", "nginx:1"),
    ],
)
def test_similar_images_are_suggested(
    project: Path, imagelock: Run, pattern: str, meant: str
) -> None:
    compose(project, "grafana/grafana:10", "nginx:1")

    for command in ("update", "list"):
        hint = f"hint: did you mean `{meant}`?\n"
        assert imagelock(command, pattern).err.endswith(hint)
    assert "`imagelock list` shows them all" in imagelock("update", "zzz").err


def test_errors_have_colors_of_their_own_stream(
    project: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    compose(project, f"{DEAD}/app:1")

    assert "\x1b" not in imagelock("lock").err
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    monkeypatch.setenv("CI", "1")  # no progress bar
    result = imagelock("lock")
    assert result.err.startswith("\x1b[31merror\x1b[0m: cannot get")
    assert "\x1b[1mhint\x1b[0m: " in result.err
    assert "\x1b" not in result.out
    for arguments in (["lock", "--zzz"], ["lcok"], ["--project", "nowhere", "list"]):
        assert imagelock(*arguments).err.startswith("\x1b[31merror\x1b[0m: ")
        plain = imagelock("--color", "never", *arguments).err
        assert plain == imagelock("--color=never", *arguments).err
        assert plain.startswith("error: ")
    monkeypatch.setenv("IMAGELOCK_COLOR", "never")
    assert imagelock("lcok").err.startswith("error: ")


def test_no_color_is_unreadable_on_a_light_or_a_dark_background() -> None:
    methods = {name for name in vars(Style) if not name.startswith("_")}
    codes = {
        getattr(Style(color=True), name)("x")
        for name in methods - {"color", "width", "wrap", "labeled"}
    }

    assert {re.findall(r"\x1b\[(\d+)m", code)[0] for code in codes} == {
        *("1", "2"),  # bold, dim: the color of the terminal
        *("31", "32", "35"),  # red, green, magenta
    }


def messages(text: str) -> str:
    """Return *text* without lines of files, on one line."""
    return " ".join(re.sub(r"(?m)^.* \| .*$", "", text).split())


@pytest.mark.parametrize("columns", [40, 80, 140])
def test_a_terminal_gets_lines_that_fit(
    project: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    compose(project, "nginx:1", "not an image, by any means that there are", "b@c")
    whole = imagelock("verify", "--offline").out
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)

    result = imagelock("verify", "--offline")

    assert max(map(len, result.out.splitlines())) <= columns
    assert messages(result.out) == messages(whole)


def test_a_lockfile_that_was_healed_has_to_be_added(
    project: Path, address: str, imagelock: Run
) -> None:
    configure(project, address)
    compose(project, "nginx:1.27")
    assert imagelock("lock").exit_code == 0
    lockfile = project / "images.lock"
    text = lockfile.read_text()
    lockfile.write_text(f"<<<<<<< a\n{text}=======\n{text}>>>>>>> b\n")

    assert "git add" not in imagelock("lock", "--check").err
    assert imagelock("lock").err == (
        "hint: the merge conflict is resolved: `git add images.lock`\n"
    )
    assert imagelock("lock").err == ""


def test_nothing_is_asked_offline(
    project: Path, address: str, hub: MemoryRegistry, imagelock: Run
) -> None:
    configure(project, address)
    compose(project, "nginx:1.27", "redis:7")
    assert imagelock("lock").exit_code == 0
    hub.log.clear()

    assert imagelock("lock", "--offline").out == "2 images locked, nothing changed\n"
    assert imagelock("--offline", "verify").exit_code == 0
    compose(project, "nginx:1.27", "python:3.12-slim", "acme/side:v2")
    result = imagelock("--offline", "lock")
    assert result.exit_code == 3
    assert result.err == (
        "error: no registry is asked for what is not locked (2 images)\n"
        "hint: run it without `--offline`\n\n"
    )
    assert result.out.startswith("- redis:7")
    assert result.out.endswith(
        "\n1 image locked, 1 change; 2 of 2 images could not be resolved\n"
    )
    for command in ("update", "outdated", "doctor"):
        result = imagelock(command, "--offline")
        assert (result.exit_code, result.out) == (3, "")
        assert result.err == (
            f"error: `{command}` asks registries, and this run is offline\n\n"
            "hint: run it without `--offline` and `IMAGELOCK_OFFLINE`\n"
        )
    for command in ("list", "pin", "config", "diff"):
        assert imagelock(command, "--offline").err == imagelock(command).err
    assert hub.log == []


def test_a_variable_makes_a_whole_job_offline(
    project: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose(project, f"{DEAD}/app:1")
    monkeypatch.setenv("IMAGELOCK_OFFLINE", "1")

    assert "no registry is asked for" in imagelock("lock").err
    assert "the files: " not in imagelock("verify").out


def test_check_writes_nothing_and_fails_on_a_change(
    project: Path, address: str, hub: MemoryRegistry, imagelock: Run
) -> None:
    configure(project, address)
    compose(project, "nginx:1.27")
    pinned = f"services: {{a: {{image: nginx:1.27@sha256:{'1' * 64}}}}}\n"
    (project / "pinned.yaml").write_text(pinned)

    result = imagelock("import", "pinned.yaml", "--check")
    assert result.exit_code == 1
    assert result.out.endswith("would import 1 digest\n")
    assert result.err.endswith("hint: run `imagelock import`\n")
    assert not (project / "images.lock").exists()
    (project / "pinned.yaml").unlink()
    assert imagelock("lock").exit_code == 0

    export = ("export", "compose", "-o", "compose.lock.yaml")
    assert imagelock(*export, "--check").exit_code == 1
    assert not (project / "compose.lock.yaml").exists()
    assert imagelock(*export).exit_code == 0
    assert imagelock(*export, "--check") == (0, "", "")
    (project / "compose.lock.yaml").write_text("services: {}\n")
    result = imagelock(*export, "--check")
    assert result.err.startswith("error: `compose.lock.yaml` would change, but")
    assert (project / "compose.lock.yaml").read_text() == "services: {}\n"
    assert imagelock("export", "compose", "--check").err == (
        "error: `--check` needs `--output`\n\n"
        "hint: name the file: `imagelock export TARGET --output FILE --check`\n"
    )

    assert imagelock("outdated", "--check").exit_code == 0
    hub.push_image("library/nginx", "1.28", [AMD64, ARM64])
    assert imagelock("outdated").exit_code == 0
    assert imagelock("outdated", "--check").exit_code == 1
