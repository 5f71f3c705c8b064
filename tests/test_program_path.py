"""Programs come from the `PATH`, and never from a checkout."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest

from imagelock.program_path import find_program
from imagelock.project import git
from imagelock.registry.auth.credentials.helper import CredentialHelpers
from imagelock.registry.http.failure import Failure
from imagelock.signatures.programs import Program
from imagelock.signatures.signature import NoVerifierError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="scripts of sh")
RELATIVE = (".", "", "bin", "./bin")


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A checkout as the current folder, with programs that leave a file `ran`."""
    for folder in (tmp_path, tmp_path / "bin"):
        folder.mkdir(exist_ok=True)
        for name in ("git", "cosign", "notation", "docker-credential-fake"):
            (folder / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
            (folder / name).chmod(0o755)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("folder", RELATIVE)
def test_a_committed_git_is_not_run(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, folder: str
) -> None:
    monkeypatch.setenv("PATH", folder)

    assert git.files(checkout) is None


@pytest.mark.parametrize("folder", RELATIVE)
@pytest.mark.parametrize("name", ["cosign", "notation"])
def test_a_committed_verifier_is_not_run(
    checkout: Path, name: str, folder: str
) -> None:
    program = Program(name, "install it", {"PATH": folder})

    with pytest.raises(NoVerifierError, match="is not installed"):
        program.run(["version"], checkout)


@pytest.mark.parametrize("folder", RELATIVE)
@pytest.mark.usefixtures("checkout")
def test_a_committed_credential_helper_is_not_run(folder: str) -> None:
    with pytest.raises(Failure, match="is not on the `PATH`"):
        CredentialHelpers({"PATH": folder}).secret("fake", "quay.io")


def test_a_program_behind_relative_folders_is_found(checkout: Path) -> None:
    elsewhere = checkout / "usr"
    shutil.copytree(checkout / "bin", elsewhere)
    path = os.pathsep.join((*RELATIVE, str(elsewhere)))

    assert find_program("git", {"PATH": path}) == str(elsewhere / "git")
    assert find_program("unknown", {"PATH": path}) is None
    (elsewhere / "git").chmod(0o644)
    assert find_program("git", {"PATH": path}) is None
    assert find_program("sh", {})
