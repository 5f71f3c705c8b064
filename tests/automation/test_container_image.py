"""The container image of imagelock: its Dockerfile, read as any project's would be."""

from __future__ import annotations

import json
import re
import shutil
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import pytest

    from tests.conftest import Run

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "integrations" / "container"
DOCKERFILE: Final = (FOLDER / "Dockerfile").read_text(encoding="utf-8")
FINAL_STAGE: Final = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]


def is_sent(path: str) -> bool:
    """Return whether the builder gets *path*, by the file beside the Dockerfile."""
    sent = True
    text = (FOLDER / "Dockerfile.dockerignore").read_text(encoding="utf-8")
    for line in text.splitlines():
        pattern = line.removeprefix("!")
        if fnmatchcase(path, pattern) or path.startswith(f"{pattern}/"):
            sent = line.startswith("!")
    return sent


def test_the_base_is_locked_and_pinned(imagelock: Run) -> None:
    checked = imagelock("--project", str(FOLDER), "verify", "--offline")
    listed = imagelock("--project", str(FOLDER), "list", "--format", "json")

    assert checked.exit_code == 0, checked
    rows = json.loads(listed.out)["images"]
    images = [row for row in rows if row["reference"]]
    assert len(images) == DOCKERFILE.count("\nFROM ")
    for row in images:
        assert row["status"] == "locked"
        assert row["text"].endswith(f"@{row['digest']}")


def test_another_base_is_found(
    project: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(FOLDER, project, dirs_exist_ok=True)
    moved = re.sub("sha256:[0-9a-f]{64}", f"sha256:{'0' * 64}", DOCKERFILE)
    (project / "Dockerfile").write_text(moved)

    result = imagelock("verify", "--offline")

    assert result.exit_code == 1
    assert result.out.count("error:") == moved.count("\nFROM ")


def test_the_packages_are_where_the_python_of_the_base_looks() -> None:
    versions = re.findall(r"^FROM .*python:(\d+\.\d+)", DOCKERFILE, re.MULTILINE)

    assert len(set(versions)) == 1
    assert f" /usr/local/lib/python{versions[0]}/site-packages\n" in FINAL_STAGE


def test_what_is_copied_is_there_and_sent_to_the_builder() -> None:
    copied = re.findall(r"^COPY (?!--from)(\S+) ", DOCKERFILE, re.MULTILINE)

    assert copied == ["integrations/requirements.txt", "src/imagelock"]
    for path in copied:
        assert (ROOT / path).exists()
        assert is_sent(path)
    assert not is_sent(".git")


def test_it_runs_as_nobody_and_imports_nothing_of_the_work_tree() -> None:
    user = re.search(r"^USER (\d+):(\d+)$", FINAL_STAGE, re.MULTILINE)
    command = re.search(r"^ENTRYPOINT (.*)$", FINAL_STAGE, re.MULTILINE)

    assert user
    assert "0" not in user.groups()
    assert command
    assert json.loads(command[1]) == ["python", "-I", "-m", "imagelock"]
    assert "\nRUN " not in FINAL_STAGE
