"""What users see: the commonest messages on terminals of 80 and of 140 columns.

Both streams are one screen, as in a terminal, in the order in which they are written.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from http import HTTPStatus
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from imagelock.cli import main
from imagelock.demo import answers
from imagelock.demo.server import serve
from imagelock.project import exclusive_run as module
from imagelock.project.exclusive_run import exclusive_run
from tests.conftest import AMD64, ARM64, IMAGES
from tests.support.changed_answers import ChangedAnswers
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from syrupy.assertion import SnapshotAssertion

    from imagelock.demo.answers import Answer
    from tests.support.changed_answers import Exchange

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="paths of POSIX")
COMPOSE: Final = """\
services:
  web:
    image: nginx:1.27
  cache:
    image: redis:7
"""
DEAD: Final = "127.0.0.1:1"


class Hub(ChangedAnswers):
    """A registry that refuses everything if it is told to."""

    refusal: Answer | None = None

    def change(self, exchange: Exchange) -> Answer:
        return self.refusal or exchange.answer


class Screen(StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


class Shop:
    """A project whose path always has the same length, and its registry."""

    def __init__(
        self, root: Path, hub: Hub, address: str, patch: pytest.MonkeyPatch
    ) -> None:
        self.root = root
        self.hub = hub
        self.address = address
        self.patch = patch
        self.write("compose.yaml", COMPOSE)
        self.settings("")

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def settings(self, text: str) -> None:
        configure(self.root, self.address, text)

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.root / name).read_text()
        assert old in text
        self.write(name, text.replace(old, new, 1))

    def lock(self) -> None:
        self.screen("lock")
        assert (self.root / "images.lock").is_file()

    def screen(self, *arguments: str) -> str:
        """Run a command, and return what the screen shows."""
        screen = Screen()
        self.patch.setattr(sys, "stdout", screen)
        self.patch.setattr(sys, "stderr", screen)
        with pytest.raises(SystemExit) as end:
            main(arguments)
        text = screen.getvalue().replace(str(self.root), "/home/ann/imagelock-shop")
        text = text.replace(self.address.removeprefix("http://"), "127.0.0.1:PORT0")
        return f"$ imagelock {' '.join(arguments)}\n{text}exit code: {end.value.code}\n"


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    hub = Hub()
    for repository, tag in IMAGES.items():
        hub.push_image(repository, tag, [AMD64, ARM64], salts=repository)
    root = Path(tempfile.mkdtemp(prefix="imagelock-", dir="/tmp"))
    monkeypatch.chdir(root)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("CI", "1")  # no progress bar
    with serve(hub) as address:
        yield Shop(root, hub, address, monkeypatch)
    shutil.rmtree(root)


def nothing_locked(shop: Shop) -> list[str]:
    return ["verify"]


def new_reference(shop: Shop) -> list[str]:
    shop.lock()
    shop.edit("compose.yaml", "redis:7", "acme/side:v2")
    return ["verify", "--offline"]


def many_findings(shop: Shop) -> list[str]:
    shop.lock()
    lines = "".join(f"FROM acme/app{number}:1\n" for number in range(11))
    shop.write("Dockerfile", lines)
    return ["verify", "--offline"]


def drift(shop: Shop) -> list[str]:
    shop.lock()
    shop.hub.push_image("library/nginx", "1.27", [AMD64, ARM64], salts="moved")
    return ["verify"]


def update(shop: Shop) -> list[str]:
    return ["update", *drift(shop)[1:]]


def digest_mismatch(shop: Shop) -> list[str]:
    shop.lock()
    shop.edit("compose.yaml", "nginx:1.27", f"nginx:1.27@sha256:{'1' * 64}")
    return ["verify", "--offline"]


def digest_gone(shop: Shop) -> list[str]:
    digest = shop.hub.push_image("library/redis", "7", [AMD64, ARM64], salts="old")
    shop.lock()
    shop.hub.push_image("library/redis", "7", [AMD64, ARM64], salts="new")
    shop.hub.delete("library/redis", digest)
    return ["verify"]


def missing_tag(shop: Shop) -> list[str]:
    shop.edit("compose.yaml", "1.27", "1.72")
    return ["lock"]


def missing_repository(shop: Shop) -> list[str]:
    shop.edit("compose.yaml", "redis:7", "rediss:7")
    return ["lock"]


def dead_registry(shop: Shop) -> list[str]:
    images = "".join(f"FROM {DEAD}/team/app:{number}\n" for number in range(5))
    shop.write("Dockerfile", images)
    return ["lock"]


def credentials_refused(shop: Shop) -> list[str]:
    shop.hub.refusal = answers.error(
        HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED", "authentication required"
    )
    return ["lock"]


def rate_limit(shop: Shop) -> list[str]:
    shop.hub.refusal = answers.error(
        HTTPStatus.TOO_MANY_REQUESTS, "TOOMANYREQUESTS", "too many requests"
    )
    shop.hub.refusal.headers["Retry-After"] = "3600"
    return ["lock"]


def invalid_reference(shop: Shop) -> list[str]:
    shop.edit("compose.yaml", "redis:7", "ghcr.io/Acme/Shop:1")
    return ["verify", "--offline"]


def tab_in_yaml(shop: Shop) -> list[str]:
    shop.edit("compose.yaml", "    image: redis", "\timage: redis")
    return ["verify", "--offline"]


def broken_settings(shop: Shop) -> list[str]:
    shop.settings("platforms = linux/amd64\n")
    return ["verify"]


def unknown_setting(shop: Shop) -> list[str]:
    shop.settings('plattforms = ["linux/amd64"]\n')
    return ["verify"]


def wrong_setting(shop: Shop) -> list[str]:
    shop.settings('platforms = "linux/amd64"\n')
    return ["verify"]


def unknown_option(shop: Shop) -> list[str]:
    return ["verify", "--ofline"]


def unknown_command(shop: Shop) -> list[str]:
    return ["lcok"]


def unknown_image(shop: Shop) -> list[str]:
    return ["update", "ngnix"]


def merge_conflict(shop: Shop) -> list[str]:
    shop.lock()
    text = (shop.root / "images.lock").read_text()
    shop.write("images.lock", f"<<<<<<< HEAD\n{text}=======\n{text}>>>>>>> theirs\n")
    return ["verify", "--offline"]


def healed_conflict(shop: Shop) -> list[str]:
    merge_conflict(shop)
    return ["lock"]


def newer_lockfile(shop: Shop) -> list[str]:
    shop.lock()
    shop.edit("images.lock", "version = 1", "version = 2")
    return ["verify"]


def damaged_lockfile(shop: Shop) -> list[str]:
    shop.lock()
    shop.edit("images.lock", 'digest = "sha256:', 'digest = "sha257:')
    return ["verify"]


def no_files(shop: Shop) -> list[str]:
    shop.settings('include = ["deploy/*.yml"]\n')
    return ["verify"]


def outside_link(shop: Shop) -> list[str]:
    (shop.root / "Dockerfile").symlink_to("/etc/passwd")
    shop.lock()
    return ["verify", "--offline"]


def missing_platform(shop: Shop) -> list[str]:
    shop.lock()
    shop.settings('platforms = ["linux/amd64", "windows/amd64"]\n')
    return ["verify", "--offline"]


def misspelt_platform(shop: Shop) -> list[str]:
    shop.settings('platforms = ["linux/amd46"]\n')
    return ["lock", "--dry-run"]


def policy(shop: Shop) -> list[str]:
    shop.edit("compose.yaml", "nginx:1.27", "quay.io/acme/queue:latest")
    shop.settings(
        '[policy]\nregistries = ["docker.io/library/**"]\nmoving-tags = true\n\n'
    )
    return ["verify", "--offline"]


def invalid_comment(shop: Shop) -> list[str]:
    shop.lock()
    shop.edit("compose.yaml", "nginx:1.27", "nginx:1.27 # imagelock: ignore[drfit]")
    return ["verify", "--offline"]


def broken_member(shop: Shop) -> list[str]:
    shop.lock()
    shop.write("services/web/imagelock.toml", "platforms = [\n")
    shop.write("services/web/Dockerfile", "FROM nginx:1.27\n")
    return ["verify", "--offline", "--all"]


def subfolder(shop: Shop) -> list[str]:
    shop.lock()
    (shop.root / "deploy").mkdir()
    shop.patch.chdir(shop.root / "deploy")
    return ["lock"]


def offline(shop: Shop) -> list[str]:
    return ["lock", "--offline"]


def check(shop: Shop) -> list[str]:
    return ["lock", "--check"]


def pin_unlocked(shop: Shop) -> list[str]:
    return ["pin"]


CASES: Final = (
    *(nothing_locked, new_reference, many_findings, drift, update, digest_mismatch),
    *(digest_gone, missing_tag, missing_repository, dead_registry),
    *(credentials_refused, rate_limit, invalid_reference, tab_in_yaml),
    *(broken_settings, unknown_setting, wrong_setting, unknown_option),
    *(unknown_command, unknown_image, merge_conflict, healed_conflict),
    *(newer_lockfile, damaged_lockfile, no_files, outside_link),
    *(missing_platform, misspelt_platform, policy, invalid_comment, broken_member),
    *(subfolder, offline, check, pin_unlocked),
)


@pytest.mark.parametrize("columns", [80, 140])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_a_message(
    shop: Shop,
    snapshot: SnapshotAssertion,
    case: Callable[[Shop], list[str]],
    columns: int,
) -> None:
    os.environ["COLUMNS"] = str(columns)  # the fixture restores it

    text = shop.screen(*case(shop))

    assert text == snapshot
    assert "\x1b" not in text
    assert "Traceback" not in text
    # Only words that are longer than a line make it longer.
    for line in text.splitlines():
        assert len(line) <= columns or len(max(line.split(), key=len)) > columns - 10


def test_two_runs_at_once(shop: Shop, snapshot: SnapshotAssertion) -> None:
    shop.patch.setattr(module, "LONGEST_WAIT", 2.0)
    shop.patch.setattr(module, "_QUIET_WAIT", 0.0)
    with exclusive_run(shop.root, lambda _: None):
        assert shop.screen("lock") == snapshot
