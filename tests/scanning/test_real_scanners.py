"""Real Trivy and Grype find the known vulnerabilities in images made for them."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import pytest

from imagelock.config.registries import HostSettings
from imagelock.demo.access import AuthScheme
from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import LoopbackServer, running, serve
from imagelock.model.digest import Digest
from imagelock.registry.auth.credentials.model import Credential, StoredCredential
from imagelock.registry.settings import ClientSettings
from imagelock.scanning.outcome import Outcome
from imagelock.scanning.readiness import RunOptions
from imagelock.scanning.registry_access import RegistryAccess
from imagelock.scanning.runner import ScanRun, run_scanner
from imagelock.scanning.scanner import ScannerSettings, ScanTarget
from imagelock.scanning.scanners import SCANNERS
from tests.conftest import AMD64, ARM64
from tests.support.certificates import Authority
from tests.support.real_tools import real_tool
from tests.support.scanning.grype_database import make_grype_database
from tests.support.scanning.package_images import (
    NEW_DEBIAN,
    OLD_ALPINE,
    OLD_DEBIAN,
    alpine_files,
    debian_files,
    image_of,
    python_files,
)
from tests.support.scanning.trivy_database import make_trivy_database

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from imagelock.demo.images import TinyImage
    from imagelock.model.platform import Platform
    from tests.support.scanning.package_images import Files

pytestmark = [pytest.mark.real_tools, pytest.mark.timeout(300)]

USER, PASSWORD = "anna", "correct horse"
OLD: Final[Mapping[Platform, Files]] = {
    AMD64: {
        **debian_files(OLD_DEBIAN, "amd64"),
        **python_files("urllib3", "1.26.5"),
    },
    # Another platform has fewer packages, so that its report is another one.
    ARM64: debian_files(OLD_DEBIAN[:1], "arm64"),
}
IMAGES: Final[Mapping[str, Mapping[Platform, Files]]] = {
    "old": OLD,
    "new": {AMD64: debian_files(NEW_DEBIAN, "amd64")},
    "alpine": {AMD64: alpine_files(OLD_ALPINE, "x86_64")},
    "nothing": {AMD64: {"hello": "nothing is installed here"}},
}
CURL: Final = {("CVE-2023-38545", "curl")}
OLD_FINDINGS: Final = CURL | {
    ("CVE-2023-38545", "libcurl4"),
    ("CVE-2023-5363", "libssl3"),
    ("CVE-2023-4911", "libc6"),
    ("CVE-2005-2541", "tar"),
    ("CVE-2023-43804", "urllib3"),
}


class Keychain:
    """The login of the registry of the test."""

    def credential(self, registry: str, repository: str) -> StoredCredential | None:
        assert registry
        assert repository
        return StoredCredential(Credential(USER, PASSWORD), "test")


@dataclass(frozen=True)
class Images:
    """The images in a registry at *address*, by name."""

    address: str
    images: dict[str, TinyImage]

    def target(self, name: str, child: int = 0) -> ScanTarget:
        digest = self.images[name].children[child].digest
        platform = (AMD64, ARM64)[child]
        return ScanTarget(f"{self.address}/acme/{name}", digest, platform)


@pytest.fixture(scope="module")
def images() -> Iterator[Images]:
    registry = MemoryRegistry(authentication=AuthScheme.BASIC, users={USER: PASSWORD})
    made = {name: image_of(files) for name, files in IMAGES.items()}
    for name, image in made.items():
        registry.push(f"acme/{name}", "1", image)
    with serve(registry) as address:
        yield Images(address.removeprefix("http://"), made)


@pytest.fixture(params=["trivy", "grype"])
def scanner(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """The name of a scanner that is on the `PATH`, with a place for its database."""
    name = str(request.param)
    monkeypatch.setenv("PATH", f"{real_tool(name).parent}{os.pathsep}/usr/bin")
    monkeypatch.setenv("TRIVY_CACHE_DIR", str(tmp_path / "trivy"))
    monkeypatch.setenv("GRYPE_DB_CACHE_DIR", str(tmp_path / "grype"))
    # Updates fail at once.
    monkeypatch.setenv("TRIVY_DB_REPOSITORY", "127.0.0.1:9/trivy-db")
    monkeypatch.setenv("GRYPE_DB_UPDATE_URL", "http://127.0.0.1:9/")
    return name


def make_database(
    scanner: str, folder: Path, *, built: datetime | None = None, is_empty: bool = False
) -> None:
    if scanner == "trivy":
        make_trivy_database(folder / "trivy", built=built, is_empty=is_empty)
        return
    file = folder / "made.db"
    make_grype_database(file, built=built, is_empty=is_empty)
    environment = {**os.environ, "GRYPE_DB_VALIDATE_AGE": "false"}
    command = ["grype", "db", "import", str(file)]
    subprocess.run(command, check=True, capture_output=True, env=environment)


def run(
    scanner: str,
    targets: Sequence[ScanTarget],
    *,
    settings: ScannerSettings | None = None,
    options: RunOptions | None = None,
    keychain: Keychain | None = None,
    registries: ClientSettings | None = None,
) -> ScanRun:
    return run_scanner(
        SCANNERS[scanner](settings or ScannerSettings()),
        targets,
        options=options or RunOptions(),
        access=RegistryAccess(registries or ClientSettings(), keychain or Keychain()),
    )


def findings(scan: ScanRun, index: int = 0) -> set[tuple[str, str]]:
    result = scan.results[index]
    assert result.report, result.problem
    return {(v.id, v.package) for v in result.report.vulnerabilities}


def test_known_vulnerabilities_are_found_on_each_platform(
    scanner: str, tmp_path: Path, images: Images
) -> None:
    make_database(scanner, tmp_path)
    targets = [
        images.target("old"),
        images.target("old", 1),
        images.target("new"),
        images.target("alpine"),
        images.target("nothing"),
    ]
    scan = run(scanner, targets)
    assert findings(scan, 0) == OLD_FINDINGS
    assert findings(scan, 1) == CURL
    assert findings(scan, 2) == set()
    assert findings(scan, 3) == {("CVE-2023-5363", "libcrypto3")}
    assert [result.outcome for result in scan.results] == [
        Outcome.VULNERABLE,
        Outcome.VULNERABLE,
        Outcome.CLEAN,
        Outcome.VULNERABLE,
        Outcome.NOTHING_TO_SCAN,
    ]
    for target, result in zip(targets, scan.results, strict=True):
        assert result.report
        assert result.report.names(target.digest)
    if scanner == "trivy":
        # It asks for no update before the time that the database names.
        assert scan.notices == ()
    else:
        assert "could not be updated" in scan.notices[0]


def test_the_report_of_another_platform_is_refused(
    scanner: str, tmp_path: Path, images: Images
) -> None:
    make_database(scanner, tmp_path)
    index = images.images["old"].top.digest
    # Both scanners take an index, and choose a platform by themselves.
    (result,) = run(
        scanner, [ScanTarget(images.target("old").repository, index)]
    ).results
    if result.report:
        assert not result.report.names(images.target("old", 1).digest)
    absent = ScanTarget(images.target("old").repository, Digest.of(b"absent"))
    (result,) = run(scanner, [absent]).results
    assert result.outcome is Outcome.COULD_NOT_SCAN
    assert "failed with exit code 1" in result.problem


def test_an_empty_database_is_found_out_by_the_canary(
    scanner: str, tmp_path: Path, images: Images
) -> None:
    make_database(scanner, tmp_path, is_empty=True)
    (result,) = run(scanner, [images.target("old")]).results
    assert result.outcome is Outcome.COULD_NOT_SCAN
    assert "empty or damaged" in result.problem


def test_an_old_database_is_refused(
    scanner: str, tmp_path: Path, images: Images
) -> None:
    built = datetime.now(UTC) - timedelta(days=400)
    make_database(scanner, tmp_path, built=built)
    (result,) = run(scanner, [images.target("old")]).results
    assert result.outcome is Outcome.COULD_NOT_SCAN
    assert f"is from {built:%Y-%m-%d}" in result.problem
    options = RunOptions(max_database_age=timedelta(days=500), offline=False)
    assert findings(run(scanner, [images.target("old")], options=options))


def test_no_database_is_a_failure(scanner: str, images: Images) -> None:
    (result,) = run(scanner, [images.target("old")]).results
    assert result.outcome is Outcome.COULD_NOT_SCAN
    assert "could not be updated" in result.problem


def test_the_environment_and_files_of_a_project_change_nothing(
    scanner: str, tmp_path: Path, images: Images, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_database(scanner, tmp_path)
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    (project / "trivy.yaml").write_text(
        "severity: [LOW]\nformat: table\nexit-code: 1\n"
    )
    (project / ".trivyignore").write_text("CVE-2023-38545\n")
    (project / ".grype.yaml").write_text("only-fixed: true\nfail-on-severity: low\n")
    (tmp_path / "home.yaml").write_text("only-fixed: true\n")
    monkeypatch.setenv("TRIVY_SEVERITY", "LOW")
    monkeypatch.setenv("TRIVY_IGNORE_UNFIXED", "true")
    monkeypatch.setenv("GRYPE_ONLY_FIXED", "true")
    monkeypatch.setenv("GRYPE_CONFIG", str(tmp_path / "home.yaml"))
    assert findings(run(scanner, [images.target("old")])) == OLD_FINDINGS


IGNORED: Final = {
    "trivy": {".trivyignore": b"CVE-2023-38545\n"},
    "grype": {
        ".grype.yaml": b"ignore: [{vulnerability: CVE-2023-38545}]\nonly-fixed: true\n"
    },
}


def test_what_ignore_files_suppress_is_counted(
    scanner: str, tmp_path: Path, images: Images
) -> None:
    make_database(scanner, tmp_path)
    settings = ScannerSettings(files=IGNORED[scanner])
    scan = run(scanner, [images.target("old")], settings=settings)
    assert findings(scan) == {f for f in OLD_FINDINGS if f[0] != "CVE-2023-38545"}
    assert scan.results[0].report
    assert scan.results[0].report.suppressed == 2


def test_vex_documents_are_honoured_and_counted(
    scanner: str, tmp_path: Path, images: Images
) -> None:
    make_database(scanner, tmp_path)
    target = images.target("old")
    digest = str(target.digest).replace(":", "%3A")
    product = f"pkg:oci/old@{digest}?repository_url={target.repository}"
    subcomponent = "pkg:deb/debian/tar@1.34%2Bdfsg-1.2"
    statement = {
        "vulnerability": {"name": "CVE-2005-2541"},
        "products": [
            {
                "@id": product,
                "subcomponents": [
                    {"@id": subcomponent},
                    {"@id": f"{subcomponent}?arch=amd64&distro=debian-12"},
                ],
            }
        ],
        "status": "not_affected",
        "justification": "vulnerable_code_not_in_execute_path",
    }
    document = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://imagelock.invalid/vex",
        "author": "test",
        "timestamp": "2024-01-01T00:00:00Z",
        "version": 1,
        "statements": [statement],
    }
    settings = ScannerSettings(vex={"a.json": json.dumps(document).encode()})
    scan = run(scanner, [target], settings=settings)
    assert findings(scan) == {f for f in OLD_FINDINGS if f[1] != "tar"}
    assert scan.results[0].report
    assert scan.results[0].report.suppressed == 1


def test_without_credentials_the_image_cannot_be_scanned(
    scanner: str, tmp_path: Path, images: Images
) -> None:
    make_database(scanner, tmp_path)

    class Nothing(Keychain):
        def credential(self, registry: str, repository: str) -> None:
            del registry, repository

    (result,) = run(scanner, [images.target("old")], keychain=Nothing()).results
    assert result.outcome is Outcome.COULD_NOT_SCAN
    assert PASSWORD not in result.problem


def test_a_registry_is_trusted_by_its_own_authority(
    scanner: str, tmp_path: Path
) -> None:
    make_database(scanner, tmp_path)
    authority = Authority.make(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.issue("server"))
    registry = MemoryRegistry()
    image = image_of(OLD)
    registry.push("acme/old", "1", image)
    server = LoopbackServer(registry)
    server.socket = context.wrap_socket(server.socket, server_side=True)

    with running(server) as url:
        address = url.removeprefix("http://")
        target = ScanTarget(f"{address}/acme/old", image.children[0].digest, AMD64)
        trusting = HostSettings(authorities=(authority.certificate,))
        (trusted,) = run(
            scanner, [target], registries=ClientSettings(hosts={address: trusting})
        ).results
        strict = HostSettings(plain_http=False)
        (refused,) = run(
            scanner, [target], registries=ClientSettings(hosts={address: strict})
        ).results

    assert trusted.outcome is Outcome.VULNERABLE, trusted.problem
    assert refused.outcome is Outcome.COULD_NOT_SCAN
    assert "certificate" in refused.problem


def test_an_earlier_result_serves_an_offline_run(
    scanner: str, tmp_path: Path, images: Images
) -> None:
    make_database(scanner, tmp_path)
    options = RunOptions(results=tmp_path / "results")
    online = run(scanner, [images.target("old")], options=options)
    offline = RunOptions(results=tmp_path / "results", offline=True)
    scan = run(scanner, [images.target("old"), images.target("new")], options=offline)
    assert scan.results[0] == online.results[0]
    assert scan.results[1].outcome is Outcome.COULD_NOT_SCAN
