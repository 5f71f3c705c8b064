"""Every scanner with every outcome: only a whole report about the image counts."""

from __future__ import annotations

import os
import sys
import time
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from imagelock.model.digest import Digest
from imagelock.registry.auth.credentials.model import Credential, StoredCredential
from imagelock.registry.settings import ClientSettings
from imagelock.scanning.outcome import Outcome
from imagelock.scanning.readiness import RunOptions
from imagelock.scanning.registry_access import RegistryAccess
from imagelock.scanning.runner import ScanRun, run_scanner
from imagelock.scanning.scanner import ScannerMissingError, ScannerSettings, ScanTarget
from imagelock.scanning.scanners import SCANNERS, installed_scanner
from tests.support.scanning.fake_scanner import PROGRAMS, FakeScanner, is_running

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the program is a script with a `#!` line"
)

CANARY: Final = ScanTarget("registry.test/canary", Digest.of(b"canary"))
A, B, C = (
    ScanTarget("registry.test/app", Digest.of(name)) for name in (b"a", b"b", b"c")
)


class Keychain:
    """Credentials for two registries."""

    def credential(self, registry: str, repository: str) -> StoredCredential | None:
        assert repository
        if registry in {"registry.test", "other.test"}:
            return StoredCredential(Credential("anna", f"secret-of-{registry}"), "test")
        return None


ACCESS: Final = RegistryAccess(ClientSettings(), Keychain())


@pytest.fixture(params=sorted(PROGRAMS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def fake(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeScanner:
    fake = FakeScanner.install(name, tmp_path / "bin", monkeypatch)
    fake.behave({CANARY.digest: "vulnerable"})
    return fake


def run(
    name: str,
    targets: Sequence[ScanTarget],
    settings: ScannerSettings | None = None,
    options: RunOptions | None = None,
) -> ScanRun:
    settings = settings or ScannerSettings(canary=CANARY, timeout=30)
    return run_scanner(
        SCANNERS[name](settings),
        targets,
        options=options or RunOptions(timeout=30),
        access=ACCESS,
    )


def outcomes(scan: ScanRun) -> list[Outcome]:
    return [result.outcome for result in scan.results]


def test_outcomes_are_in_the_order_of_the_images(name: str, fake: FakeScanner) -> None:
    fake.behave({A.digest: "vulnerable", B.digest: "clean", C.digest: "crash"})
    scan = run(name, [C, A, B])
    assert outcomes(scan) == [Outcome.COULD_NOT_SCAN, Outcome.VULNERABLE, Outcome.CLEAN]
    report = scan.results[1].report
    assert report
    assert [v.id for v in report.vulnerabilities] == ["CVE-2023-38545"]
    assert report.tool_version
    assert "panic" not in scan.results[0].problem  # the last line says more
    assert "goroutine 1" in scan.results[0].problem
    if name in {"trivy", "grype"}:
        assert scan.state
        assert report.database == scan.state.database != ""


FAILURES: Final = {
    "wrong-digest": f"the report is about `sha256:{'f' * 64}`",
    "crash": "failed with exit code 2",
    "killed": "was ended by signal 9",
    "half": "not whole JSON",
    "text": "not whole JSON",
    "gigabyte": "printed more than 64 MB",
    "clean-but-failed": "failed with exit code 1: FATAL\\trun error: \\x1b]0;title\\x07",
}


@pytest.mark.parametrize("how", FAILURES)
def test_what_is_no_report_is_never_clean(
    name: str, fake: FakeScanner, how: str
) -> None:
    if name == "scout" and how == "wrong-digest":
        pytest.skip("reports of Docker Scout name no image")
    fake.behave({A.digest: how, B.digest: "vulnerable"})
    scan = run(name, [A, B])
    assert outcomes(scan) == [Outcome.COULD_NOT_SCAN, Outcome.VULNERABLE]
    problem = scan.results[0].problem
    assert FAILURES[how] in problem
    assert "\x1b" not in problem
    assert "\x07" not in problem


def test_no_packages_are_nothing_to_scan(name: str, fake: FakeScanner) -> None:
    fake.behave({A.digest: "nothing"})
    expected = Outcome.CLEAN if name == "scout" else Outcome.NOTHING_TO_SCAN
    assert outcomes(run(name, [A])) == [expected]


def test_escapes_do_not_reach_the_terminal(name: str, fake: FakeScanner) -> None:
    fake.behave({A.digest: "escapes"})
    (result,) = run(name, [A]).results
    assert result.report
    (vulnerability,) = result.report.vulnerabilities
    assert "\x1b" not in vulnerability.title


def test_a_scanner_that_hangs_is_killed_with_what_it_started(
    name: str, fake: FakeScanner
) -> None:
    fake.behave({A.digest: "hang"})
    scan = run(name, [A, B], options=RunOptions(timeout=3))
    assert outcomes(scan) == [Outcome.COULD_NOT_SCAN, Outcome.CLEAN]
    assert "took longer than 3 seconds" in scan.results[0].problem
    child = int((fake.folder / "children").read_text(encoding="utf-8"))
    while is_running(child):  # until it has received the signal
        time.sleep(0.05)


def test_a_scanner_that_is_absent_says_how_to_get_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A folder of its name, or a file that is not a program, is no scanner either; and
    # a program in the current folder is one of the pull request.
    (tmp_path / "bin" / PROGRAMS[name]).mkdir(parents=True)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}.{os.pathsep}")
    monkeypatch.chdir(tmp_path)
    FakeScanner.install(name, tmp_path / "elsewhere", monkeypatch)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}elsewhere")
    with pytest.raises(ScannerMissingError) as caught:
        run(name, [A])
    assert caught.value.exit_code == 2
    assert "https://" in str(caught.value.hint)


def test_a_canary_that_is_not_found_is_a_failure_for_all(
    name: str, fake: FakeScanner
) -> None:
    fake.behave({A.digest: "vulnerable", CANARY.digest: "clean"}, canary="clean")
    scan = run(name, [A, B])
    assert outcomes(scan) == [Outcome.COULD_NOT_SCAN] * 2
    assert all("empty or damaged" in result.problem for result in scan.results)
    assert not fake.calls(str(A.digest))


@pytest.mark.parametrize("built", ["2020-01-01T00:00:00Z", None, "yesterday"])
@pytest.mark.parametrize("name", ["trivy", "grype"])
def test_a_database_of_old_or_unknown_age_is_a_failure_for_all(
    name: str, fake: FakeScanner, built: str | None
) -> None:
    fake.behave({}, built=built)
    scan = run(name, [A])
    assert outcomes(scan) == [Outcome.COULD_NOT_SCAN]
    assert "database" in scan.results[0].problem


@pytest.mark.parametrize("name", ["trivy", "grype"])
def test_the_database_is_updated_once_before_anything(
    name: str, fake: FakeScanner
) -> None:
    run(name, [A, B, C])
    calls = [call["arguments"] for call in fake.calls()]
    updates = [c for c in calls if "--download-db-only" in c or "update" in c]
    assert updates == [calls[0]]
    canaries = [call for call in calls if "canary" in " ".join(call)]
    assert len(canaries) == 1


@pytest.mark.parametrize("name", ["trivy", "grype"])
def test_a_failed_update_is_a_notice_while_the_database_is_new(
    name: str, fake: FakeScanner
) -> None:
    fake.behave({}, update="fails")
    scan = run(name, [A])
    assert outcomes(scan) == [Outcome.CLEAN]
    assert "no route to host" in scan.notices[0]
    old = (datetime.now(UTC) - timedelta(days=6)).isoformat()
    fake.behave({}, built=old)
    scan = run(name, [A])
    assert outcomes(scan) == [Outcome.COULD_NOT_SCAN]
    assert "no route to host" in scan.results[0].problem
    longer = RunOptions(timeout=30, max_database_age=timedelta(days=30))
    assert outcomes(run(name, [A], options=longer)) == [Outcome.CLEAN]


@pytest.mark.parametrize("name", ["trivy"])
def test_what_images_need_is_downloaded_once(name: str, fake: FakeScanner) -> None:
    fake.behave(dict.fromkeys([A.digest, B.digest, C.digest], "needs-java"))
    assert outcomes(run(name, [A, B, C])) == [Outcome.VULNERABLE] * 3
    assert len(fake.calls("--download-java-db-only")) == 1


def test_an_offline_run_knows_only_earlier_results(
    name: str, fake: FakeScanner, tmp_path: Path
) -> None:
    fake.behave({A.digest: "vulnerable"})
    options = RunOptions(timeout=30, results=tmp_path / "scans")
    online = run(name, [A], options=options)
    scans = len(fake.calls(str(A.digest)))
    offline = run(name, [A, B], options=replace(options, offline=True))
    assert len(fake.calls(str(A.digest))) == scans == 1
    if name in {"trivy", "grype"}:
        assert outcomes(offline) == [Outcome.VULNERABLE, Outcome.COULD_NOT_SCAN]
        assert offline.results[0] == online.results[0]
        assert not fake.calls(str(B.digest))
    else:
        assert outcomes(offline) == [Outcome.COULD_NOT_SCAN] * 2
        assert "offline" in offline.results[0].problem


def test_results_are_kept_by_database(
    name: str, fake: FakeScanner, tmp_path: Path
) -> None:
    options = RunOptions(timeout=30, results=tmp_path / "scans")
    fake.behave({A.digest: "clean"})
    assert outcomes(run(name, [A], options=options)) == [Outcome.CLEAN]
    # A failure is not kept, and what was kept is not asked again.
    fake.behave({A.digest: "vulnerable", B.digest: "crash"})
    again = run(name, [A, B], options=options)
    keeps = name in {"trivy", "grype"}
    expected = Outcome.CLEAN if keeps else Outcome.VULNERABLE
    assert outcomes(again) == [expected, Outcome.COULD_NOT_SCAN]
    fake.behave({B.digest: "clean"}, built=datetime.now(UTC).isoformat())
    newest = run(name, [A, B], options=options)
    assert outcomes(newest) == [Outcome.VULNERABLE, Outcome.CLEAN]


def test_the_program_gets_one_login_and_no_other(
    name: str, fake: FakeScanner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_AUTH_CONFIG", '{"auths": {}}')
    run(name, [A, replace(B, repository="open.test/app")])
    (call,) = fake.calls(str(A.digest))
    pair = b64encode(b"anna:secret-of-registry.test").decode()
    assert call["docker"]["auths"] == {"registry.test": {"auth": pair}}
    assert call["mode"] == "0o600"
    assert "secret" not in str((call["arguments"], call["environment"]))
    assert "DOCKER_AUTH_CONFIG" not in call["environment"]
    # The folder with it is gone, and was no folder of the project.
    assert not Path(call["folder"]).exists()
    assert not Path(call["folder"]).is_relative_to(tmp_path)
    (call,) = fake.calls(str(B.digest))
    assert call["docker"]["auths"] == {}


def test_the_environment_of_the_user_does_not_change_the_answer(
    name: str, fake: FakeScanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = {
        "TRIVY_SEVERITY": "LOW",
        "TRIVY_IGNORE_UNFIXED": "true",
        "TRIVY_CONFIG": "/tmp/trivy.yaml",  # noqa: S108 - only a value
        "GRYPE_ONLY_FIXED": "true",
        "GRYPE_CONFIG": "/tmp/grype.yaml",  # noqa: S108 - only a value
        "CLAIR_DEBUG": "1",
        "DOCKER_SCOUT_OFFLINE": "1",
    }
    for variable, value in hostile.items():
        monkeypatch.setenv(variable, value)
    own = {"trivy": "TRIVY_", "grype": "GRYPE_", "clair": "CLAIR_"}
    prefix = own.get(name, "DOCKER_SCOUT_")
    run(name, [A])
    (call,) = fake.calls(str(A.digest))
    assert not {v for v in call["environment"] if v in hostile and v.startswith(prefix)}


def test_only_the_digest_of_the_platform_is_given(name: str, fake: FakeScanner) -> None:
    run(name, [A])
    (call,) = fake.calls(str(A.digest))
    image = call["arguments"][-1] if name != "grype" else call["arguments"][-3]
    assert image.rpartition("//")[2].removeprefix("registry:") == str(A)
    assert "--platform" not in call["arguments"]


def test_the_first_installed_scanner_is_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ScannerMissingError):
        installed_scanner()
    FakeScanner.install("scout", tmp_path / "docker", monkeypatch)
    with pytest.raises(ScannerMissingError):
        installed_scanner()
    FakeScanner.install("grype", tmp_path / "grype", monkeypatch)
    assert installed_scanner() == "grype"
    FakeScanner.install("trivy", tmp_path / "trivy", monkeypatch)
    assert installed_scanner() == "trivy"
