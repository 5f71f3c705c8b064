"""The program `cosign`: it signs, it verifies older signatures, and it has an opinion."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.signatures.conftest import SOURCE, WORKFLOW, Workshop
from tests.support.real_tools import real_tool
from tests.support.small_sigstore import GITHUB, PROVENANCE, SmallSigstore

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from imagelock.model.digest import Digest
    from tests.conftest import Run

IDENTITY = f"{WORKFLOW}@refs/tags/v1"

pytestmark = pytest.mark.real_tools


class Cosign:
    """The real program, with a key of its own."""

    def __init__(self, program: Path, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self.run("generate-key-pair")
        self.run("signing-config", "create", "--out", "offline.json")

    def run(self, *arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [self._program, *arguments],
            check=False, capture_output=True, text=True, cwd=self._folder, timeout=100,
            env={**os.environ, "COSIGN_PASSWORD": ""},
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        return done.stderr

    @property
    def public(self) -> str:
        return (self._folder / "cosign.pub").read_text()

    def sign(self, name: str, *, legacy: bool) -> None:
        options: tuple[str, ...]
        if legacy:
            options = (
                "--use-signing-config=false",
                "--new-bundle-format=false",
                "--tlog-upload=false",
            )
        else:
            options = ("--signing-config", "offline.json")
        self.run("sign", "--key", "cosign.key", *options, "--yes", name)

    def accepts(self, name: str, root: Path) -> bool:
        """Return whether cosign accepts a signature of *name* by the workflow."""
        done = subprocess.run(
            [
                self._program, "verify", "--trusted-root", root,
                "--certificate-identity", IDENTITY,
                "--certificate-oidc-issuer", GITHUB, name,
            ],
            check=False, capture_output=True, text=True, cwd=self._folder, timeout=100,
        )  # fmt: skip
        return done.returncode == 0


@pytest.fixture
def cosign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cosign:
    program = real_tool("cosign")
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    folder = tmp_path / "cosign"
    folder.mkdir()
    return Cosign(program, folder)


@pytest.mark.parametrize("legacy", [False, True], ids=["bundle", "legacy"])
def test_what_cosign_signs_with_a_key_is_locked(
    legacy: bool,  # noqa: FBT001 - a parameter of the test
    workshop: Workshop,
    cosign: Cosign,
    imagelock: Run,
) -> None:
    (workshop.folder / "cosign.pub").write_text(cosign.public)
    workshop.settings(keys='["key.pub", "cosign.pub"]')
    cosign.sign(f"{workshop.address}/acme/app@{workshop.digest}", legacy=legacy)

    assert imagelock("lock").exit_code == 0
    assert 'kind = "key"' in workshop.signer
    locked = workshop.lockfile

    second = workshop.build("second")
    workshop.signatures.push_bundle(second, workshop.key.bundle(second))
    result = imagelock("update")
    assert result.exit_code == 1
    assert "[signer-changed]" in result.err
    assert workshop.lockfile == locked

    cosign.sign(f"{workshop.address}/acme/app@{second}", legacy=legacy)
    assert imagelock("update").exit_code == 0
    assert str(second) in workshop.lockfile


@pytest.mark.parametrize(
    ("case", "accepted"),
    [
        ("good", True),
        ("another root", False),
        ("expired", False),
        ("another image", False),
        ("attestation", None),
    ],
)
def test_cosign_has_the_same_opinion_about_bundles(
    case: str,
    accepted: bool | None,  # noqa: FBT001 - a parameter of the test
    workshop: Workshop,
    cosign: Cosign,
    imagelock: Run,
) -> None:
    """It accepts an attestation as a signature; imagelock does not."""
    digest: Digest = workshop.digest
    sigstore = SmallSigstore() if case == "another root" else workshop.sigstore
    bundle = sigstore.bundle(
        workshop.build("x", tag="2") if case == "another image" else digest,
        IDENTITY,
        source=SOURCE,
        late=timedelta(minutes=20 if case == "expired" else 0),
        **({"predicate": PROVENANCE} if case == "attestation" else {}),
    )
    workshop.signatures.push_bundle(digest, bundle)
    name = f"{workshop.address}/acme/app@{digest}"

    opinion = cosign.accepts(name, workshop.folder / "trusted_root.json")
    imagelock("lock")

    assert opinion is (accepted is not False)
    assert bool(workshop.signer) is bool(accepted)


@pytest.mark.parametrize("form", ["bundle", "legacy"])
def test_cosign_verifies_what_the_settings_let_it(
    form: str, workshop: Workshop, cosign: Cosign, imagelock: Run
) -> None:
    def sign(digest: Digest, identity: str, source: str) -> None:
        if form == "bundle":
            workshop.sign(digest, identity, source=source)
        else:
            signature = workshop.sigstore.legacy(digest, identity, source=source)
            workshop.signatures.push_legacy(digest, signature)

    workshop.settings(verifiers='["cosign"]')
    sign(workshop.digest, IDENTITY, SOURCE)
    assert imagelock("lock").exit_code == 0
    assert f'identity = "{WORKFLOW}"' in workshop.signer
    assert f'source = "{SOURCE}"' in workshop.signer

    second = workshop.build("second")
    sign(second, IDENTITY.replace("acme", "mallory"), "https://github.com/mallory/app")
    assert imagelock("update").exit_code == 1
    assert str(second) not in workshop.lockfile
    assert imagelock("update", "--accept-signer", workshop.image).exit_code == 0
    assert "mallory" in workshop.signer


def test_older_signatures_that_cosign_refuses_do_not_count(
    workshop: Workshop, cosign: Cosign, imagelock: Run
) -> None:
    payload, good = workshop.sigstore.legacy(workshop.digest, IDENTITY)
    _, other = SmallSigstore().legacy(workshop.digest, IDENTITY)
    _, again = workshop.sigstore.legacy(workshop.digest, IDENTITY)
    proof = "dev.sigstore.cosign/bundle"
    workshop.signatures.push_legacy(
        workshop.digest,
        (payload, other),
        (payload, {**good, proof: again[proof]}),
        (payload, {k: v for k, v in good.items() if k != proof}),
        (payload.replace(b"null", b"{}"), good),
    )

    result = imagelock("lock")

    assert "[signature-unverified]" in result.err
    assert workshop.signer == ""


@pytest.mark.skipif(sys.platform == "win32", reason="a script")
def test_without_the_program_it_says_how_to_get_it(
    workshop: Workshop,
    imagelock: Run,
    snapshot: SnapshotAssertion,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    signature = workshop.sigstore.legacy(workshop.digest, IDENTITY, source=SOURCE)
    workshop.signatures.push_legacy(workshop.digest, signature)

    assert workshop.masked(imagelock("lock")) == snapshot
