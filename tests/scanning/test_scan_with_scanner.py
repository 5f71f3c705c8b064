"""`imagelock scan` with programs that behave like scanners, from the command line."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from imagelock.model.digest import Digest
from tests.scanning.conftest import APP, APP_V1, V1_AMD64, V2_AMD64, entry, lock
from tests.support.scanning.fake_scanner import FakeScanner

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from tests.conftest import Run

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the program is a script with a `#!` line"
)

DIGEST = Digest.parse(V1_AMD64)


@pytest.fixture
def trivy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeScanner:
    return FakeScanner.install("trivy", tmp_path / "trivy", monkeypatch)


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [
        ("clean", 0),
        ("vulnerable", 1),
        ("nothing", 0),
        ("wrong-digest", 3),
        ("half", 3),
        ("text", 3),
        ("crash", 3),
        ("clean-but-failed", 3),
    ],
)
@pytest.mark.parametrize("name", ["trivy", "grype"])
def test_every_outcome(
    shop: Path,
    imagelock: Run,
    snapshot: SnapshotAssertion,
    monkeypatch: pytest.MonkeyPatch,
    *,
    name: str,
    behaviour: str,
    code: int,
) -> None:
    fake = FakeScanner.install(name, shop.parent / "bin", monkeypatch)
    fake.behave({DIGEST: behaviour})

    result = imagelock("-v", "scan", "--scanner", name)
    document = json.loads(imagelock("scan", "--scanner", name, "--format", "json").out)

    assert result.exit_code == code
    assert str(result) == snapshot
    outcomes = {
        0: {"clean", "nothing-to-scan"},
        1: {"vulnerable"},
        3: {"could-not-scan"},
    }
    assert document["images"][0]["outcome"] in outcomes[code]


def test_no_scanner_is_installed(
    shop: Path,
    imagelock: Run,
    snapshot: SnapshotAssertion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", str(shop))

    assert imagelock("scan") == snapshot
    assert imagelock("scan", "--scanner", "trivy") == snapshot
    assert imagelock("scan", "--scanner", "trivvy") == snapshot


def test_it_says_which_scanner_was_taken(
    shop: Path, imagelock: Run, trivy: FakeScanner
) -> None:
    taken = imagelock("scan")
    (shop / "imagelock.toml").write_text(
        'platforms = ["linux/amd64"]\n[scan]\nscanner = "trivy"\n'
    )
    configured = imagelock("scan")

    assert trivy.calls(V1_AMD64)
    assert taken.err == "note: trivy is used: the settings name no scanner\n"
    assert configured.err == ""
    assert (
        configured.out
        == "1 image (1 manifest) scanned with trivy: no vulnerability found\n"
    )


def test_each_manifest_is_scanned_once(
    shop: Path, imagelock: Run, trivy: FakeScanner
) -> None:
    other = APP.replace(":v1", ":stable")
    (shop / "images.lock").write_text(
        lock(entry(other, APP_V1, amd64=V1_AMD64), entry(APP, APP_V1, amd64=V1_AMD64))
    )

    result = imagelock("scan")

    assert "2 images (1 manifest) scanned" in result.out
    assert len(trivy.calls(V1_AMD64)) == 1


def test_a_scanner_without_a_database_is_a_finding_for_all(
    shop: Path, imagelock: Run, trivy: FakeScanner, snapshot: SnapshotAssertion
) -> None:
    other = APP.replace("app:", "other:")
    with (shop / "compose.yaml").open("a") as file:
        file.write(f"  other:\n    image: {other}\n")
    (shop / "images.lock").write_text(
        lock(entry(APP, APP_V1, amd64=V1_AMD64), entry(other, V2_AMD64, amd64=V2_AMD64))
    )
    trivy.behave({}, canary="clean")

    assert imagelock("scan") == snapshot


def trust(shop: Path, authority: str) -> None:
    """Let the settings name *authority* for the registry of the image."""
    host = APP.partition("/")[0]
    with (shop / "imagelock.toml").open("a") as file:
        file.write(f'[registries."{host}"]\nca = "{authority}"\n')


def trusted_folders(trivy: FakeScanner) -> list[str]:
    """Return the folders of certificates that the program got for the image."""
    (call,) = trivy.calls(V1_AMD64)
    value: str = call["environment"].get("SSL_CERT_DIR", "")
    return value.split(os.pathsep) if value else []


def test_authorities_of_the_registry_are_trusted_with_the_usual(
    shop: Path, imagelock: Run, trivy: FakeScanner
) -> None:
    (shop / "ca.pem").write_text("CERTIFICATE\n")
    trust(shop, "ca.pem")

    assert imagelock("scan", "--scanner", "trivy").exit_code == 0

    private, *usual = trusted_folders(trivy)
    assert usual == ["/etc/ssl/certs", "/etc/pki/tls/certs"]
    assert not Path(private).exists()  # it is gone with the run
    others = [call for call in trivy.calls() if V1_AMD64 not in str(call["arguments"])]
    assert others
    assert all("SSL_CERT_DIR" not in call["environment"] for call in others)


def test_folders_that_the_user_trusts_stay(
    shop: Path, imagelock: Run, trivy: FakeScanner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_DIR", "/my/certs")
    imagelock("scan", "--scanner", "trivy")
    assert trusted_folders(trivy) == ["/my/certs"]


def test_an_authority_that_cannot_be_read_is_no_clean_scan(
    shop: Path, imagelock: Run, trivy: FakeScanner
) -> None:
    trust(shop, "absent.pem")

    result = imagelock("scan", "--scanner", "trivy")

    assert result.exit_code == 3
    assert "absent.pem` cannot be read" in result.out
    assert not trivy.calls(V1_AMD64)


def test_a_server_that_scans_is_not_trusted_by_settings(
    shop: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    scout = FakeScanner.install("scout", shop.parent / "scout", monkeypatch)
    (shop / "ca.pem").write_text("CERTIFICATE\n")
    trust(shop, "ca.pem")

    imagelock("scan", "--scanner", "scout")

    assert trusted_folders(scout) == []
