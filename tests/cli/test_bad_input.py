"""Bad input: a clear message, the right exit code, and no data loss."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from tests.conftest import started
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from tests.conftest import Run

GOOD = "services: {web: {image: 'nginx:1.27'}}\n"
BOMB = "services:\n  a: &a0 {image: 'bomb:1'}\n" + "".join(
    f"x-{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30)
)


@pytest.fixture
def locked(project: Path, address: str, imagelock: Run) -> Path:
    """A project with a good file and its lockfile."""
    (project / "compose.yaml").write_text(GOOD)
    configure(project, address)
    assert imagelock("lock").exit_code == 0
    return project


def files(project: Path, name: str) -> None:
    """Create the bad file described by *name*, beside the good file."""
    bad = project / "bad"
    bad.mkdir()
    contents: dict[str, bytes] = {
        "invalid YAML": b"services:\n  a: [unclosed\n",
        "tab indentation": b"services:\n\ta:\n\t\timage: redis:7\n",
        "template": b"{% if x %}\nservices: {a: {image: {{ x }}}}\n{% endif %}\n",
        "binary": bytes(range(256)) * 8,
        "NUL": b"services: {a: {image: 'redis:7\0'}}\n",
        "damaged UTF-16": b"\xff\xfes\0e",
        "alias bomb": BOMB.encode(),
        "duplicate keys": b"services:\n  a:\n    image: redis:7\n    image: redis:8\n",
        "undefined alias": b"services: {a: {image: *nobody}}\n",
        "deep nesting": b"services: " + b"[" * 100_000,
        "uppercase": b"services: {a: {image: ghcr.io/Acme/App:1}}\n",
        "control characters": b'services: {a: {image: "re\\edis\\a:7"}}\n',
        "sequence": b"- services\n",
        "empty": b"",
    }
    path = bad / "compose.yaml"
    if name in contents:
        path.write_bytes(contents[name])
    elif name == "200 MB":
        with path.open("wb") as file:
            file.truncate(200 * 1024 * 1024)
    elif name == "folder":
        path.mkdir()
    elif name == "pipe" and sys.platform != "win32":
        os.mkfifo(path)
    elif name == "dangling link":
        path.symlink_to("nowhere")


BAD = [
    "invalid YAML",
    "tab indentation",
    "binary",
    "NUL",
    "damaged UTF-16",
    "duplicate keys",
    "undefined alias",
    "deep nesting",
    "uppercase",
    "control characters",
    "200 MB",
    "pipe",
]
HARMLESS = ["template", "alias bomb", "sequence", "empty", "dangling link"]


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_a_finding_and_the_others_are_handled(
    locked: Path, imagelock: Run, name: str, snapshot: SnapshotAssertion
) -> None:
    before = (locked / "images.lock").read_bytes()
    files(locked, name)

    verify = imagelock("verify", "--offline")
    lock = imagelock("lock")

    assert str(verify) == snapshot(name="verify")
    assert verify.exit_code == 1
    assert str(lock) == snapshot(name="lock")
    assert lock.exit_code == 1
    assert (locked / "images.lock").read_bytes() == before


@pytest.mark.parametrize("name", HARMLESS)
def test_a_strange_file_is_no_error(
    locked: Path, imagelock: Run, name: str, snapshot: SnapshotAssertion
) -> None:
    files(locked, name)

    assert str(imagelock("list")) == snapshot


def test_a_folder_in_place_of_a_file_is_a_finding(locked: Path, imagelock: Run) -> None:
    (locked / "compose.yaml").rename(locked / "docker-compose.yml")
    (locked / "compose.yaml").mkdir()

    verify = imagelock("verify", "--offline")

    assert verify.exit_code == 1
    assert "compose.yaml:1:1: error: is a folder" in verify.out


def test_an_empty_folder_in_place_of_a_file_is_found_anywhere(
    locked: Path, imagelock: Run
) -> None:
    manifest = (locked / "compose.yaml").read_text()
    for folder in ("apps/web", "apps/api/deploy"):
        (locked / folder).mkdir(parents=True)
        (locked / folder / "docker-compose.yml").write_text(manifest)
    (locked / "apps/web/compose.yaml").mkdir()
    (locked / "apps/compose.yml").mkdir()

    verify = imagelock("verify", "--offline")

    assert re.findall(r"(?m)^(.*): error: is a folder", verify.out) == [
        "apps/compose.yml:1:1",
        "apps/web/compose.yaml:1:1",
    ]


def test_an_unreadable_file_is_a_finding(locked: Path) -> None:
    files(locked, "empty")
    (locked / "bad" / "compose.yaml").chmod(0)

    done = powerless("verify", "--offline")

    assert done.returncode == 1
    assert "bad/compose.yaml:1:1: error: cannot be read: Permission" in done.stdout


def test_while_a_file_is_unreadable_no_entry_is_dropped(
    locked: Path, imagelock: Run
) -> None:
    before = (locked / "images.lock").read_bytes()
    (locked / "compose.yaml").write_text(GOOD + "  broken: [\n")

    lock = imagelock("lock")

    assert lock.exit_code == 1
    assert (locked / "images.lock").read_bytes() == before
    assert "stale-entry" not in imagelock("verify", "--offline").out


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version = 1", "version = 2"),
        ("sha256:", "sha256:0"),
        ("[[image]]", "[[image"),
        ("version = 1", "<<<<<<< a\n=======\n>>>>>>> b"),
    ],
)
def test_a_bad_lockfile_is_exit_code_two(
    locked: Path, imagelock: Run, old: str, new: str, snapshot: SnapshotAssertion
) -> None:
    path = locked / "images.lock"
    path.write_text(path.read_text().replace(old, new))
    before = path.read_bytes()

    verify = imagelock("verify", "--offline")

    assert verify.exit_code == 2
    assert verify.err == snapshot
    assert path.read_bytes() == before


def test_a_lockfile_that_is_not_utf_8(locked: Path, imagelock: Run) -> None:
    (locked / "images.lock").write_bytes(b"\xff")

    verify = imagelock("verify", "--offline")

    assert verify.exit_code == 2
    assert "not UTF-8" in verify.err


def program(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "imagelock", *arguments]


def test_a_full_disk_leaves_the_old_lockfile(locked: Path) -> None:
    lockfile = locked / "images.lock"
    lockfile.write_text(lockfile.read_text() + "# to be rewritten\n")
    before = (locked / "images.lock").read_bytes()

    resource = pytest.importorskip("resource")

    def no_space() -> None:
        # Python ignores SIGXFSZ: past the limit, writing fails as on a full disk.
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))

    done = subprocess.run(
        program("lock"), check=False, capture_output=True, text=True,
        preexec_fn=no_space,
    )  # fmt: skip

    assert done.returncode == 2
    assert "cannot write `images.lock`" in done.stderr
    assert (locked / "images.lock").read_bytes() == before
    names = {"compose.yaml", "images.lock", "imagelock.toml"}
    assert {p.name for p in locked.iterdir()} == names


def test_an_interruption_leaves_the_old_lockfile(locked: Path) -> None:
    before = (locked / "images.lock").read_bytes()
    arrived, done = threading.Event(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        configure(locked, f"http://127.0.0.1:{silent.getsockname()[1]}")
        (locked / "compose.yaml").write_text(GOOD.replace("1.27", "1.28"))

        def wait() -> None:
            connection, _ = silent.accept()
            arrived.set()
            with connection:
                done.wait(30)

        waiting = threading.Thread(target=wait, daemon=True)
        waiting.start()
        try:
            with started(program("lock")) as running:
                assert arrived.wait(30)
                running.send_signal(signal.SIGINT)
                _, error = running.communicate(timeout=10)
        finally:
            done.set()
        waiting.join()

    assert running.returncode == 130
    assert "interrupted" in error
    assert (locked / "images.lock").read_bytes() == before


def powerless(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run imagelock with file modes enforced, even for root."""
    command = program(*arguments)
    if sys.platform != "win32" and os.geteuid() == 0:
        powers = "-dac_override,-dac_read_search"
        command = ["setpriv", "--bounding-set", powers, "--inh-caps", powers, *command]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_a_folder_that_cannot_be_written(locked: Path) -> None:
    lockfile = locked / "images.lock"
    lockfile.write_text(lockfile.read_text() + "# to be rewritten\n")
    before = (locked / "images.lock").read_bytes()
    locked.chmod(0o555)

    done = powerless("lock")

    locked.chmod(0o755)
    assert done.returncode == 2
    assert "cannot write `images.lock`: Permission denied" in done.stderr
    assert (locked / "images.lock").read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("verify", "--fail-on", "fatal"),
        ("verify", "no-such-file.yaml"),
        ("lock", "--no-such-option"),
        ("no-such-command",),
        ("--project", "no-such-folder", "lock"),
        ("--config", "no-such-file.toml", "lock"),
        ("update", "Nginx"),
        ("update", "unknown"),
        ("diff", "--format", "xml"),
        ("diff", "--", "-x"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_code_two(
    locked: Path, imagelock: Run, arguments: tuple[str, ...]
) -> None:
    wrong = imagelock(*arguments)

    assert wrong.exit_code == 2
    assert wrong.out == ""
    assert wrong.err


def test_a_named_file_of_no_known_format_is_a_note(
    locked: Path, imagelock: Run
) -> None:
    (locked / "notes.txt").write_text("nginx:1.27\n")

    answer = json.loads(
        imagelock("verify", "--offline", "notes.txt", "--format", "json").out
    )

    (found,) = answer["findings"]
    assert (found["rule"], found["severity"]) == ("skipped", "note")
    assert found["message"] == "no source reads this file"
    assert answer["checked"] == 0


def test_offline_opens_no_socket_and_loads_no_http_client(locked: Path) -> None:
    guard = """
import sys
def refuse(event, arguments):
    if event.startswith("socket."):
        raise SystemExit(f"opened a socket: {event}")
sys.addaudithook(refuse)
from imagelock.cli import main
try:
    main(["verify", "--offline"])
except SystemExit as end:
    loaded = {"httpx", "httpcore", "ssl", "asyncio", "rich", "tomlkit"} & set(sys.modules)
    sys.exit(f"loaded {loaded}" if loaded else end.code)
"""
    done = subprocess.run(
        [sys.executable, "-c", guard], check=False, capture_output=True, text=True
    )

    assert done.stderr == ""
    assert done.returncode == 0


@pytest.mark.parametrize("command", [["lock"], ["lock", "--check"]])
def test_nothing_to_ask_loads_no_http_client(locked: Path, command: list[str]) -> None:
    guard = f"""
import sys
from imagelock.cli import main
try:
    main({command})
except SystemExit as end:
    loaded = {{"httpx", "httpcore", "ssl", "asyncio"}} & set(sys.modules)
    sys.exit(f"loaded {{loaded}}" if loaded else end.code)
"""
    done = subprocess.run(
        [sys.executable, "-c", guard], check=False, capture_output=True, text=True
    )

    assert done.stderr == ""
    assert done.returncode == 0


@pytest.fixture
def homeless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user id that nobody has, without `HOME`, as in containers."""

    def unknown(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", unknown)
    monkeypatch.setattr("pwd.getpwnam", unknown)


@pytest.mark.usefixtures("homeless")
@pytest.mark.parametrize("run", [None, "run"], ids=["no session", "session"])
@pytest.mark.parametrize("settings", ["", 'mirrors = "containers"\n'])
def test_no_home_is_no_error(
    project: Path,
    address: str,
    imagelock: Run,
    monkeypatch: pytest.MonkeyPatch,
    run: str | None,
    settings: str,
) -> None:
    if run is None:
        monkeypatch.delenv("XDG_RUNTIME_DIR")
    (project / "compose.yaml").write_text(GOOD)
    configure(project, address, settings)
    with pytest.raises(RuntimeError):
        type(project).home()

    for command in ("lock", "verify", "update", "outdated", "doctor"):
        result = imagelock(command)
        assert result.exit_code == 0, result
        note = f"note: the mirror `{address}` resolved tags of `docker.io`\n"
        assert result.err in {"", note}


@pytest.mark.usefixtures("homeless")
def test_a_path_in_a_home_that_is_not_known_is_a_wrong_setting(
    project: Path, imagelock: Run
) -> None:
    (project / "imagelock.toml").write_text('mirrors-path = "~/mirrors"\n')
    result = imagelock("verify")

    assert result.exit_code == 2
    assert "`~/mirrors`: that home is not known" in result.err
