"""Signatures of the Notary Project, with what `notation` 1.3.2 prints.

The program itself is refused by the Go proxy: it is a script here, which prints what the
real one was recorded to print.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from imagelock.model.digest import Digest
from tests.support.notation_signing import NotationKey

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from tests.conftest import Run
    from tests.signatures.conftest import Workshop

VERIFIED = "Successfully verified signature for {name}"
SKIPPED = "Trust policy is configured to skip signature verification for {name}"
LOGGED = 'Warning: expiry was set to "log" and failed with error: it expired'
REFUSED = (
    "Error: signature verification failed: signature is not produced by a trusted"
    " signer"
)
DOWN = "Error: failed to get manifest descriptor: dial tcp: connect: connection refused"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a script")


class Program:
    """A `notation` that says what it is told."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir()
        self.says(VERIFIED)

    def says(self, out: str, err: str = "", code: int = 0) -> None:
        """Let `verify` end like this, and `inspect` list no signature."""
        self._answer("verify", out, err, code)

    def lists(self, *keys: NotationKey) -> None:
        """Let `inspect` list a signature by each of *keys*."""
        document = {"Signatures": [key.inspected() for key in keys]}
        self._answer("inspect", json.dumps(document), "", 0)

    @property
    def runs(self) -> list[list[str]]:
        """The arguments of each run."""
        log = self._folder / "log"
        return [json.loads(line) for line in log.read_text().splitlines()]

    def _answer(self, command: str, out: str, err: str, code: int) -> None:
        (self._folder / command).write_text(json.dumps([out, err, code]))
        program = self._folder / "notation"
        program.write_text(
            f"#!{sys.executable}\n"
            "import json, pathlib, sys\n"
            "folder = pathlib.Path(__file__).parent\n"
            "with (folder / 'log').open('a') as log:\n"
            "    print(json.dumps(sys.argv[1:]), file=log)\n"
            "out, err, code = json.loads((folder / sys.argv[1]).read_text())\n"
            "print(out.replace('{name}', sys.argv[-1]))\n"
            "print(err + '\\n\\n', file=sys.stderr)\n"
            "sys.exit(code)\n"
        )
        program.chmod(0o755)


@pytest.fixture
def notation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    program = Program(tmp_path / "bin")
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    monkeypatch.setenv("PATH", path)
    return program


def sign(workshop: Workshop, digest: Digest, key: NotationKey) -> None:
    manifest, envelope = key.manifest(digest)
    workshop.signatures.push(manifest, envelope)


@pytest.mark.parametrize("kind", ["RSA", "EC"])
def test_the_certificate_is_recorded_and_compared(
    kind: str, workshop: Workshop, notation: Program, imagelock: Run
) -> None:
    key, other = NotationKey(kind), NotationKey(kind)
    sign(workshop, workshop.digest, key)
    notation.lists(key)

    assert imagelock("lock").exit_code == 0
    assert workshop.signer == (
        'signer = { kind = "notation", subject = "CN=acme.test",'
        f' fingerprint = "sha256:{key.fingerprint}" }}'
    )
    name = f"{workshop.address}/acme/app@{workshop.digest}"
    assert notation.runs == [["verify", name], ["inspect", "-o", "json", name]]
    locked = workshop.lockfile

    second = workshop.build("second")
    sign(workshop, second, other)
    notation.lists(other)
    result = imagelock("update")
    assert result.exit_code == 1
    assert "[signer-changed]" in result.err
    assert workshop.lockfile == locked
    assert imagelock("update", "--accept-signer", workshop.image).exit_code == 0
    assert other.fingerprint in workshop.signer


@pytest.mark.parametrize(
    "answer",
    [
        (SKIPPED, "", 0),
        (VERIFIED, LOGGED, 0),
        ("", REFUSED, 1),
        ("", DOWN, 1),
        ("", "", 0),
    ],
    ids=["skipped", "logged", "refused", "down", "silent"],
)
def test_what_the_program_does_not_enforce_is_not_recorded(
    answer: tuple[str, str, int],
    workshop: Workshop,
    notation: Program,
    imagelock: Run,
    snapshot: SnapshotAssertion,
) -> None:
    key = NotationKey()
    sign(workshop, workshop.digest, key)
    notation.lists(key)
    notation.says(*answer)

    assert workshop.masked(imagelock("lock")) == snapshot
    assert workshop.signer == ""


def test_signatures_by_several_certificates_are_not_told_apart(
    workshop: Workshop, notation: Program, imagelock: Run
) -> None:
    key, other = NotationKey(), NotationKey()
    sign(workshop, workshop.digest, key)
    notation.lists(key, other)

    assert "several certificates" in imagelock("lock").err
    assert workshop.signer == ""


def test_an_envelope_for_another_image_is_refused_without_the_program(
    workshop: Workshop, notation: Program, imagelock: Run
) -> None:
    key = NotationKey()
    manifest, envelope = key.manifest(Digest.of(b"another"))
    text = manifest.body.decode().replace(
        str(Digest.of(b"another")), str(workshop.digest)
    )
    workshop.signatures.push(
        type(manifest)(manifest.media_type, text.encode()), envelope
    )

    assert "it signs another image" in imagelock("lock").err
    assert workshop.signer == ""


def test_without_the_program_it_says_how_to_get_it(
    workshop: Workshop, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    sign(workshop, workshop.digest, NotationKey())

    assert workshop.masked(imagelock("lock")) == snapshot
    workshop.settings(verifiers='["sigstore"]')
    (workshop.folder / "images.lock").unlink()
    result = imagelock("lock")
    assert (result.exit_code, result.err) == (0, "")
