"""The main commands, through the command line and over real connections."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from imagelock.model.digest import Digest
from tests.conftest import AMD64, ARM64, IMAGES, Run
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from imagelock.demo.registry import MemoryRegistry

ROOT = Path(__file__).parents[2]
COMPOSE = """\
services:
  web:
    image: nginx:1.27 # the front
  cache:
    image: "redis:7"
  api:
    build: .
    image: shop/api:dev
"""
DOCKERFILE = """\
ARG TAG=3.12-slim
FROM python:${TAG} AS build
FROM scratch
COPY --from=build /app /app
"""
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: web
          image: docker.io/library/nginx:1.27
        - name: side
          image: ghcr.io/acme/side:v2
"""


@pytest.fixture
def shop(project: Path, address: str) -> Path:
    """A project of three files, whose registries are on this machine."""
    (project / "compose.yaml").write_text(COMPOSE)
    (project / "Dockerfile").write_text(DOCKERFILE)
    (project / "k8s").mkdir()
    (project / "k8s" / "web.yaml").write_text(DEPLOYMENT)
    configure(project, address)
    return project


def output(run: Run, *arguments: str) -> Any:  # noqa: ANN401 - it is JSON
    return json.loads(run(*arguments, "--format", "json").out)


def rules(run: Run, *arguments: str) -> list[str]:
    return [f["rule"] for f in output(run, "verify", *arguments)["findings"]]


def errors(run: Run, *arguments: str) -> list[str]:
    findings = output(run, "verify", *arguments)["findings"]
    return [f["rule"] for f in findings if f["severity"] == "error"]


def masked(text: object, address: str = "") -> str:
    """Return *text* without what differs from run to run."""
    text = str(text).replace(address, "ADDRESS") if address else str(text)
    return re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)


def test_lock_then_verify_agree(
    shop: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    assert masked(imagelock("lock")) == snapshot
    assert (shop / "images.lock").read_text() == snapshot
    assert masked(imagelock("verify")) == snapshot
    assert masked(imagelock("verify", "--offline", "-v")) == snapshot


def test_a_second_lock_asks_nobody_and_changes_nothing(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    imagelock("lock")
    lockfile = shop / "images.lock"
    os.utime(lockfile, ns=(1, 1))
    hub.log.clear()

    again = imagelock("lock")

    assert again.exit_code == 0
    assert "nothing changed" in again.out
    assert hub.log == []
    assert lockfile.stat().st_mtime_ns == 1


def test_lock_asks_once_an_image(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    imagelock("lock")

    methods = [line.split()[0] for line in hub.log]
    assert methods == ["GET"] * 4


def test_a_moved_tag_is_drift_on_its_platform(
    shop: Path, hub: MemoryRegistry, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    imagelock("lock")
    before = (shop / "images.lock").read_text()
    hub.push_image(
        "library/nginx",
        "1.27",
        [AMD64, ARM64],
        salts={AMD64: "tuesday", ARM64: "library/nginx"},
    )

    assert masked(imagelock("verify")) == snapshot(name="verify")
    assert imagelock("verify", "--offline").exit_code == 0
    assert masked(imagelock("update", "--dry-run")) == snapshot(name="dry-run")
    assert (shop / "images.lock").read_text() == before
    assert masked(imagelock("update")) == snapshot(name="update")
    assert imagelock("verify").exit_code == 0

    old, new = (tomllib.loads(t) for t in (before, (shop / "images.lock").read_text()))
    moved = [
        entry["reference"]
        for entry, other in zip(old["image"], new["image"], strict=True)
        if entry != other
    ]
    assert moved == ["docker.io/library/nginx:1.27"]


def test_only_the_index_moved(
    shop: Path, hub: MemoryRegistry, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    imagelock("lock")
    hub.push_image(
        "library/redis",
        "7",
        [AMD64, ARM64],
        salts="library/redis",
        annotations={"built": "again"},
    )

    assert errors(imagelock) == []
    assert masked(imagelock("verify", "-v")) == snapshot(name="verify")
    assert imagelock("verify", "--fail-on", "note").exit_code == 1
    before = (shop / "images.lock").read_text()
    assert masked(imagelock("update", "redis")) == snapshot(name="index-only")
    assert (shop / "images.lock").read_text() == before
    [change] = output(imagelock, "update")["left"]
    assert change["kind"] == "index-only"
    assert masked(imagelock("update", "redis", "--index")) == snapshot(name="update")
    assert "index-drift" not in rules(imagelock)


def test_an_index_that_nobody_could_pull_any_more_is_not_kept(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    imagelock("lock")
    [old] = [
        image["digest"]
        for image in tomllib.loads((shop / "images.lock").read_text())["image"]
        if image["reference"].endswith("redis:7")
    ]
    new = hub.push_image(
        "library/redis",
        "7",
        [AMD64, ARM64],
        salts="library/redis",
        annotations={"built": "again"},
    )
    hub.delete("library/redis", old)

    result = output(imagelock, "update")

    assert result["left"] == []
    assert [change["new"]["digest"] for change in result["changes"]] == [str(new)]
    assert errors(imagelock) == []


def test_a_written_digest_counts_even_if_only_its_index_is_another(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    (shop / "compose.yaml").write_text("services:\n  a:\n    image: redis:7\n")
    imagelock("lock")
    new = hub.push_image(
        "library/redis",
        "7",
        [AMD64, ARM64],
        salts="library/redis",
        annotations={"built": "again"},
    )
    (shop / "compose.yaml").write_text(f"services:\n  a:\n    image: redis:7@{new}\n")

    result = output(imagelock, "update")

    assert result["left"] == []
    assert [change["new"]["digest"] for change in result["changes"]] == [str(new)]
    assert errors(imagelock) == []


def test_history_without_a_lock_that_can_be_read_is_no_history(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    lockfile = shop / "images.lock"
    imagelock("lock")
    first = lockfile.read_text()
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run([*git, "init", "-q"], check=True)
    for text in ("<<<<<<< broken", first):
        lockfile.write_text(text)
        subprocess.run([*git, "add", "-A"], check=True)
        subprocess.run([*git, "commit", "-q", "-m", "lock"], check=True)
    hub.push_image("library/redis", "7", [AMD64, ARM64], salts="tuesday")
    [forth] = output(imagelock, "update")["changes"]
    hub.push_image("library/redis", "7", [AMD64, ARM64], salts="library/redis")

    [back] = output(imagelock, "update")["changes"]

    assert forth["kind"] == "content"
    assert back["kind"] == "rollback"
    assert lockfile.read_text() == first


def test_a_platform_that_is_lost_is_drift(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    imagelock("lock")
    hub.push_image("library/redis", "7", [AMD64], salts="library/redis")

    (finding,) = [
        f for f in output(imagelock, "verify")["findings"] if f["severity"] == "error"
    ]
    assert finding["rule"] == "drift"
    assert "linux/arm64/v8 is gone" in finding["message"]


def test_an_index_that_becomes_one_manifest_changed_its_kind(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    imagelock("lock")
    hub.push_manifest("library/redis", "7", AMD64)

    found = output(imagelock, "verify")["findings"]
    kinds = {f["rule"]: f["severity"] for f in found if f["rule"] != "skipped"}
    assert kinds == {"kind-changed": "warning", "drift": "error"}

    (change,) = output(imagelock, "update")["changes"]
    assert change["kind"] == "kind-changed"


def test_a_tag_that_is_gone(shop: Path, hub: MemoryRegistry, imagelock: Run) -> None:
    imagelock("lock")
    hub.delete("library/redis", "7")

    assert errors(imagelock) == ["tag-gone"]
    update = imagelock("update")
    assert update.exit_code == 1
    assert "compose.yaml:" in update.err
    assert "redis:7" in update.err
    assert "redis:7" in (shop / "images.lock").read_text()


def locked(project: Path, reference: str) -> dict[str, Any]:
    data = tomllib.loads((project / "images.lock").read_text())
    (entry,) = [e for e in data["image"] if e["reference"] == reference]
    return dict(entry)


def test_content_that_is_gone(shop: Path, hub: MemoryRegistry, imagelock: Run) -> None:
    imagelock("lock")
    entry = locked(shop, "docker.io/library/redis:7")
    hub.push_image("library/redis", "7", [AMD64, ARM64], salts="new")
    hub.delete("library/redis", entry["digest"])

    assert errors(imagelock) == ["digest-gone", "drift"]


def test_an_index_that_is_served_without_its_child(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    imagelock("lock")
    entry = locked(shop, "docker.io/library/redis:7")
    hub.delete("library/redis", entry["platforms"][1]["digest"])

    (finding,) = [
        finding
        for finding in output(imagelock, "verify", "--deep")["findings"]
        if finding["severity"] == "error"
    ]
    assert finding["rule"] == "digest-gone"
    assert "linux/arm64/v8" in finding["message"]
    assert imagelock("verify").exit_code == 0


def test_files_that_changed_without_the_lock(
    shop: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    imagelock("lock")
    (shop / "compose.yaml").write_text(
        COMPOSE.replace("redis:7", "redis:8").replace(
            "nginx:1.27", f"nginx:1.27@{Digest.of(b'other')}"
        )
    )

    assert masked(imagelock("verify", "--offline")) == snapshot


def test_lock_drops_what_is_gone_and_keeps_the_rest(
    shop: Path, hub: MemoryRegistry, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    imagelock("lock")
    hub.push_image("library/nginx", "1.27", [AMD64, ARM64], salts="moved")
    (shop / "Dockerfile").unlink()

    assert imagelock("lock", "--check").exit_code == 1
    assert masked(imagelock("lock")) == snapshot
    assert imagelock("verify", "--offline").exit_code == 0


def test_a_written_digest_is_locked_and_does_not_drift(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    digest = hub.push_image("library/redis", "7", [AMD64, ARM64], salts="mine")
    hub.push_image("library/redis", "7", [AMD64, ARM64], salts="later")
    (shop / "compose.yaml").write_text(
        COMPOSE.replace('"redis:7"', f"redis:7@{digest}")
    )
    imagelock("lock")

    assert locked(shop, "docker.io/library/redis:7")["digest"] == str(digest)
    assert errors(imagelock) == []
    assert output(imagelock, "update")["changes"] == []


def test_update_says_which_digest_in_a_file_holds_an_image(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    digest = hub.push_image("library/redis", "7", [AMD64, ARM64], salts="mine")
    (shop / "compose.yaml").write_text(
        COMPOSE.replace('"redis:7"', f"redis:7@{digest}")
    )
    imagelock("lock")
    line = (shop / "compose.yaml").read_text().split(f"redis:7@{digest}")[0].count("\n")
    hub.push_image("library/redis", "7", [AMD64, ARM64], salts="later")

    place = f"compose.yaml:{line + 1}\n"
    expected = f"held: `redis:7` by the digest written at {place}"
    assert expected in imagelock("update").err
    assert expected in imagelock("update", "redis").err
    assert "written at" not in imagelock("update", "nginx").err
    assert "written at" not in imagelock("lock").err
    imagelock("pin")
    pinned = imagelock("update").err
    assert pinned.count("written at") == pinned.count(place) == 1


def test_many_written_digests_are_counted(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    services = ""
    for number in range(12):
        digest = hub.push_image(f"acme/a{number:02}", "1", [AMD64, ARM64])
        services += f"  a{number}: {{image: 'acme/a{number:02}:1@{digest}'}}\n"
    (shop / "compose.yaml").write_text(f"services:\n{services}")

    err = imagelock("update").err

    assert err.count("by the digest written at") == 10
    assert "held: 2 more images by written digests (`-v` shows them)\n" in err
    assert imagelock("-v", "update").err.count("written at") == 12


def test_a_reference_by_digest_alone_is_locked(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    digest = hub.push_image("library/redis", "7", [AMD64, ARM64], salts="mine")
    (shop / "compose.yaml").write_text(COMPOSE.replace("redis:7", f"redis@{digest}"))
    imagelock("lock")

    name = f"docker.io/library/redis@{digest}"
    assert locked(shop, name)["digest"] == str(digest)
    assert errors(imagelock) == []

    hub.delete("library/redis", str(digest))
    assert errors(imagelock) == ["digest-gone"]


def test_a_single_manifest_names_its_platform(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    hub.push_manifest("library/redis", "7", AMD64)
    imagelock("lock")

    entry = locked(shop, "docker.io/library/redis:7")
    assert [p["name"] for p in entry["platforms"]] == ["linux/amd64"]
    assert "platform-missing" in rules(imagelock, "--offline")
    assert errors(imagelock) == []


def test_a_declared_platform_that_is_missing_is_an_error(
    shop: Path, address: str, imagelock: Run
) -> None:
    configure(shop, address, 'platforms = ["linux/amd64", "linux/riscv64"]\n')
    imagelock("lock")

    assert set(errors(imagelock, "--offline")) == {"platform-missing"}


def test_a_lock_made_for_other_platforms_says_so(
    shop: Path, hub: MemoryRegistry, address: str, imagelock: Run
) -> None:
    configure(shop, address, 'platforms = ["linux/amd64"]\n')
    imagelock("lock")
    configure(shop, address, 'platforms = ["linux/amd64", "linux/arm64"]\n')
    assert errors(imagelock, "--offline") == ["platform-missing"]

    hub.log.clear()
    assert imagelock("lock").exit_code == 0
    assert errors(imagelock, "--offline") == []
    assert {line.split()[0] for line in hub.log} == {"GET"}

    configure(shop, address, 'platforms = ["linux/arm64"]\n')
    hub.log.clear()
    assert imagelock("lock").exit_code == 0
    assert hub.log == []
    entry = locked(shop, "docker.io/library/redis:7")
    assert [p["name"] for p in entry["platforms"]] == ["linux/arm64/v8"]


def test_a_platform_that_could_not_be_asked_for_is_asked_for_again(
    shop: Path, address: str, imagelock: Run
) -> None:
    configure(shop, address, 'platforms = ["linux/amd64"]\n')
    imagelock("lock")
    both = 'platforms = ["linux/amd64", "linux/arm64"]\n'
    configure(shop, "http://127.0.0.1:9", both)

    assert imagelock("lock").exit_code == 3
    assert errors(imagelock, "--offline") == ["platform-missing"]
    configure(shop, address, both)
    assert imagelock("lock").exit_code == 0
    assert errors(imagelock, "--offline") == []


def test_a_proxy_is_not_asked_for_this_machine(
    shop: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    assert imagelock("lock").exit_code == 0


def test_check_sees_a_lockfile_that_is_not_as_it_is_written(
    shop: Path, imagelock: Run
) -> None:
    imagelock("lock")
    path = shop / "images.lock"
    lockfile = path.read_text()
    path.write_text(lockfile.replace("\n\n", "\n# by hand\n", 1))

    assert imagelock("verify", "--offline").exit_code == 0
    assert imagelock("lock", "--check").exit_code == 1
    assert imagelock("lock").exit_code == 0
    assert path.read_text() == lockfile


def test_one_dead_registry_does_not_stop_the_others(
    shop: Path, address: str, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    configure(shop, address)
    settings = (shop / "imagelock.toml").read_text().split('[registries."ghcr.io"]')
    dead = '\n[registries."ghcr.io"]\nmirror = "http://127.0.0.1:9"\n'
    (shop / "imagelock.toml").write_text(
        settings[0] + dead + "resolve-from-mirror = true\n"
    )

    lock = imagelock("lock")

    assert lock.exit_code == 3
    assert masked(lock.err) == snapshot(name="lock")
    assert len(tomllib.loads((shop / "images.lock").read_text())["image"]) == 3
    assert errors(imagelock) == ["not-locked"]


def test_a_registry_that_cannot_be_asked_is_neither_clean_nor_drift(
    shop: Path, imagelock: Run
) -> None:
    imagelock("lock")
    configure(shop, "http://127.0.0.1:9")

    verify = imagelock("verify")
    answer = output(imagelock, "verify")

    assert verify.exit_code == 3
    assert "4 could not be checked" in verify.out
    assert answer["checked"] == 0
    assert answer["could_not_check"] == 4
    assert errors(imagelock) == ["could-not-check"] * 4


def test_could_not_check_cannot_be_ignored(
    shop: Path, address: str, imagelock: Run
) -> None:
    imagelock("lock")
    configure(shop, "http://127.0.0.1:9", 'ignore = ["could-not-check"]\n')

    assert imagelock("verify").exit_code == 3


def test_rules_can_be_ignored_and_weighed(
    shop: Path, hub: MemoryRegistry, address: str, imagelock: Run
) -> None:
    imagelock("lock")
    hub.push_image("library/redis", "7", [AMD64, ARM64], salts="moved")

    configure(shop, address, 'rules = { drift = "warning" }\n')
    assert imagelock("verify").exit_code == 0
    assert imagelock("verify", "--fail-on", "warning").exit_code == 1
    configure(shop, address, 'ignore = ["drift"]\n')
    assert "drift" not in rules(imagelock)


def test_named_paths_lock_and_verify_only_them(shop: Path, imagelock: Run) -> None:
    imagelock("lock", "k8s")
    assert len(tomllib.loads((shop / "images.lock").read_text())["image"]) == 2

    assert imagelock("verify", "--offline", "k8s/web.yaml").exit_code == 0
    assert imagelock("verify", "--offline").exit_code == 1
    imagelock("lock", "compose.yaml")
    assert len(tomllib.loads((shop / "images.lock").read_text())["image"]) == 3


def test_list_shows_everything(
    shop: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    imagelock("lock", "compose.yaml")

    assert masked(imagelock("list")) == snapshot(name="text")
    assert masked(imagelock("list", "-v", "Dockerfile")) == snapshot(name="verbose")
    assert imagelock("list", "--format", "json").out == snapshot(name="json")


def test_update_moves_only_what_is_named(
    shop: Path, hub: MemoryRegistry, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    imagelock("lock")
    for repository, tag in IMAGES.items():
        hub.push_image(repository, tag, [AMD64, ARM64], salts="moved")

    def moved(*patterns: str) -> list[str]:
        changes = output(imagelock, "update", "--dry-run", *patterns)["changes"]
        return [change["reference"] for change in changes]

    assert moved("index.docker.io/nginx") == ["docker.io/library/nginx:1.27"]
    assert moved("redis:7") == ["docker.io/library/redis:7"]
    assert moved("ghcr.io/*") == ["ghcr.io/acme/side:v2"]
    assert len(moved()) == 4
    assert masked(imagelock("update", "redis:8")) == snapshot


def test_diff_compares_files_and_revisions(
    shop: Path, hub: MemoryRegistry, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    imagelock("lock")
    (shop / "old.lock").write_bytes((shop / "images.lock").read_bytes())
    hub.push_image("library/nginx", "1.27", [AMD64, ARM64], salts="tuesday")
    imagelock("update")

    assert masked(imagelock("diff", "old.lock")) == snapshot(name="text")
    assert imagelock("diff", "old.lock", "--format", "json").out == snapshot(
        name="json"
    )
    assert masked(imagelock("diff", "old.lock", "old.lock")) == "exit code: 0\n"
    assert imagelock("diff", "no-such-revision").exit_code == 2


def test_a_conflicted_lock_heals(
    shop: Path, hub: MemoryRegistry, imagelock: Run
) -> None:
    imagelock("lock")
    ours = (shop / "images.lock").read_text()
    digest = locked(shop, "docker.io/library/redis:7")["digest"]
    line = f'digest = "{digest}"\n'
    other = f'digest = "{Digest.of(b"theirs")}"\n'
    text = f"<<<<<<< HEAD\n{line}=======\n{other}>>>>>>> topic\n"
    (shop / "images.lock").write_text(ours.replace(line, text))

    verify = imagelock("verify", "--offline")
    assert verify.exit_code == 2
    assert "merge conflict" in verify.err
    hub.log.clear()
    assert imagelock("lock").exit_code == 0
    assert (shop / "images.lock").read_text() == ours
    assert len(hub.log) == 1


def test_a_project_without_images_gets_no_lockfile(
    project: Path, imagelock: Run
) -> None:
    lock = imagelock("lock")
    assert lock.exit_code == 0
    assert "no image references to lock in this project" in lock.out
    assert not (project / "images.lock").exists()
    assert imagelock("verify").exit_code == 0
    assert imagelock("list").out == ""


def test_it_runs_in_a_folder_of_the_project(
    shop: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop / "k8s")

    assert imagelock("lock").exit_code == 0
    assert (shop / "images.lock").exists()
    assert not (shop / "k8s" / "images.lock").exists()


def test_global_options_stand_anywhere(shop: Path, imagelock: Run) -> None:
    imagelock("lock")

    assert imagelock("verify", "--offline", "-q").out == ""
    assert imagelock("-q", "verify", "--offline").out == ""
    colored = imagelock("verify", "--offline", "--color=always").out
    assert "\x1b[" in colored
    assert "\x1b[" not in imagelock("verify", "--offline").out


def test_variables_of_the_environment_set_options(
    shop: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    imagelock("lock")
    monkeypatch.setenv("IMAGELOCK_OFFLINE", "1")
    monkeypatch.setenv("IMAGELOCK_FORMAT", "json")

    assert json.loads(imagelock("verify").out)["checked"] == 4


@pytest.mark.parametrize(
    "command",
    [
        ["lock", "--check"],
        ["update", "--dry-run"],
        ["list"],
        ["outdated"],
        ["pin", "--check"],
        ["unpin"],
        ["doctor"],
    ],
    ids=" ".join,
)
def test_a_format_for_a_whole_job_does_not_stop_commands_without_it(
    shop: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    imagelock("lock")
    text = imagelock(*command)
    monkeypatch.setenv("IMAGELOCK_FORMAT", "github")

    assert imagelock(*command) == text
    refused = imagelock(*command, "--format", "github")
    assert refused.exit_code == 2
    assert "github" in refused.err


def test_a_format_of_the_environment_that_no_command_has_is_an_error(
    shop: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMAGELOCK_FORMAT", "gihtub")

    assert "there is no format `gihtub`" in imagelock("lock").err
    assert "there is no format `gihtub`" in imagelock("verify").err


def test_variables_do_not_choose_what_a_command_does(
    shop: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    imagelock("lock")
    monkeypatch.setenv("IMAGELOCK_IMAGE", "registry.example/app:1")
    monkeypatch.setenv("IMAGELOCK_CHECK", "1")
    monkeypatch.setenv("IMAGELOCK_TO", "registry.example")

    assert "pinned" in imagelock("pin").out


def test_the_shell_decides_only_if_asked(
    shop: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (shop / "compose.yaml").write_text("services: {a: {image: 'redis:${V}'}}\n")
    (shop / ".env").write_text("V=7\n")
    monkeypatch.setenv("V", "8")

    def tags(*arguments: str) -> list[str]:
        images = output(imagelock, "list", "compose.yaml", *arguments)["images"]
        return [image["reference"] for image in images]

    assert tags() == ["docker.io/library/redis:7"]
    assert tags("--environment") == ["docker.io/library/redis:8"]


def test_guesses_that_are_not_allowed_are_counted(
    project: Path, imagelock: Run
) -> None:
    (project / "pod.yaml").write_text(
        "apiVersion: x.io/v1\nkind: Proxy\n"
        "spec: {image: {repository: acme/a, tag: '1'}, env: {X_IMAGE: acme/b:1}}\n"
    )
    note = "note: 2 more references would be found with `guesses = true`\n"

    listed = imagelock("list")

    assert "guess: `acme/a:1`" in listed.out
    assert listed.err == note
    assert output(imagelock, "list")["guesses"] == 2
    assert note in imagelock("lock", "--check").err
    (project / "imagelock.toml").write_text("guesses = true\n")
    assert "guess" not in imagelock("list").err
    statuses = [image["status"] for image in output(imagelock, "list")["images"]]
    assert statuses == ["not-locked", "not-locked"]


def test_a_misspelt_platform_is_suggested(
    shop: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    assert imagelock("lock").exit_code == 0
    settings = shop / "imagelock.toml"
    settings.write_text('platforms = ["linux/amd46"]\n' + settings.read_text())

    before = imagelock("verify", "--offline")
    assert imagelock("lock").exit_code == 0
    after = imagelock("verify", "--offline")

    assert (before.exit_code, after.exit_code) == (1, 1)
    assert str(before) + str(after) == snapshot
