"""`imagelock scan` with each scanner and each outcome: exit codes and messages."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from imagelock.model.digest import Digest
from tests.conftest import started
from tests.scanning.conftest import ALP, ALP_OLD, APP, APP_V1, V1_AMD64, entry, lock
from tests.support.scanning.fake_scanner import PROGRAMS, FakeScanner, is_running

if TYPE_CHECKING:
    from tests.conftest import Run

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the program is a script with a `#!` line"
)

IMAGE: Final = Digest.parse(V1_AMD64)
CANARY: Final = Digest.of(b"canary")
EXIT_CODES: Final = {
    "clean": 0,
    "vulnerable": 1,
    "nothing": 0,
    "wrong-digest": 3,
    "crash": 3,
    "hang": 3,
    "half": 3,
    "clean-but-failed": 3,
}


@pytest.fixture(params=sorted(PROGRAMS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def fake(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeScanner:
    fake = FakeScanner.install(name, tmp_path / "bin", monkeypatch)
    fake.behave({CANARY: "vulnerable"})
    return fake


def choose(shop: Path, scanner: str, timeout: int = 30) -> None:
    (shop / "imagelock.toml").write_text(
        f'platforms = ["linux/amd64"]\n[scan]\nscanner = "{scanner}"\n'
        f'timeout = {timeout}\ncanary = "registry.test/bad@{CANARY}"\n'
    )


@pytest.mark.parametrize("how", EXIT_CODES)
def test_the_exit_code_says_what_became_of_it(
    shop: Path, imagelock: Run, name: str, fake: FakeScanner, how: str
) -> None:
    if name == "scout" and how == "wrong-digest":
        pytest.skip("reports of Docker Scout name no image")
    fake.behave({IMAGE: how})
    choose(shop, name, timeout=3 if how == "hang" else 30)
    result = imagelock("scan")
    assert result.exit_code == EXIT_CODES[how], result


def test_a_scanner_that_is_absent_is_a_usage_error(
    shop: Path, imagelock: Run, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    choose(shop, name)
    result = imagelock("scan")
    assert result.exit_code == 2
    assert f"`{PROGRAMS[name]}` is not on the `PATH`" in result.err
    assert f"imagelock scan --report {name}:FILE" in result.err


@pytest.mark.parametrize("name", ["grype"])
def test_one_failure_does_not_stop_the_others(
    shop: Path, imagelock: Run, fake: FakeScanner
) -> None:
    (shop / "app.yaml").write_text(f"services: {{app: {{image: '{ALP}'}}}}\n")
    (shop / "compose.yaml").write_text(
        f"services:\n  web:\n    image: {APP}\n  alp:\n    image: {ALP}\n"
    )
    alpine = entry(ALP, f"sha256:{'a' * 64}", amd64=ALP_OLD)
    (shop / "images.lock").write_text(lock(alpine, entry(APP, APP_V1, amd64=V1_AMD64)))
    fake.behave({IMAGE: "crash", Digest.parse(ALP_OLD): "vulnerable"})
    result = imagelock("scan", "--format", "json")
    outcomes = {i["digest"]: i["outcome"] for i in json.loads(result.out)["images"]}
    assert outcomes == {V1_AMD64: "could-not-scan", ALP_OLD: "vulnerable"}
    assert result.exit_code == 1


@pytest.mark.parametrize("name", ["trivy"])
def test_offline_uses_earlier_results_alone(
    shop: Path, imagelock: Run, fake: FakeScanner
) -> None:
    fake.behave({IMAGE: "vulnerable"})
    assert imagelock("scan", "--offline").exit_code == 3
    assert imagelock("scan").exit_code == 1
    assert imagelock("scan", "--offline").exit_code == 1
    assert len(fake.calls(V1_AMD64)) == 1
    assert len(fake.calls("--download-db-only")) == 1
    # The lockfile has no results.
    assert "CVE" not in (shop / "images.lock").read_text()


def test_a_scanner_in_the_checkout_is_not_run(
    shop: Path,
    imagelock: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    FakeScanner.install("trivy", shop, monkeypatch)
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.pathsep}{tmp_path}")
    assert imagelock("scan").exit_code == 2
    assert not (shop / "calls.jsonl").exists()


@pytest.mark.parametrize("name", ["trivy"])
def test_an_interruption_ends_the_scanner(shop: Path, fake: FakeScanner) -> None:
    fake.behave({IMAGE: "hang"})
    choose(shop, "trivy", timeout=600)
    with started([sys.executable, "-m", "imagelock", "scan"]) as process:
        children = fake.folder / "children"
        while not children.exists() or not children.read_text():
            assert process.poll() is None, process.communicate()
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    (call,) = fake.calls(V1_AMD64)
    assert not Path(call["folder"]).exists()
    while is_running(int(children.read_text())):
        time.sleep(0.05)
