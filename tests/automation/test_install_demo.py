"""How the environment of the demo is made, with stand-ins for Python, pip and uv."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.test_docs import ROOT

if TYPE_CHECKING:
    from pathlib import Path

UV = """\
#!/bin/sh
echo "uv $UV_PROJECT_ENVIRONMENT $*" >>"$LOG"
exit $UV_CODE
"""
PYTHON = """\
#!/bin/sh
echo "python $*" >>"$LOG"
case "$*" in
*"config get"*) exit $NO_INDEX ;;
*"--python"*"--version"*) exit $OLD_PIP ;;
*"--target"*)
	folder=$(echo "$*" | sed 's/.*--target //; s/ .*//')
	mkdir -p "$folder/bin" && cp "$UV" "$folder/bin/uv" ;;
*" venv "*)
	for folder; do :; done
	mkdir -p "$folder/bin" && cp "$0" "$folder/bin/python" ;;
esac
"""


@pytest.mark.parametrize(
    ("setup", "expected"),
    [
        ({}, "uv venv sync"),
        ({"UV_CODE": "2"}, "pip --python venv/bin/python install"),
        ({"NO_INDEX": "0"}, "pip --python venv/bin/python install"),
        ({"PIP_INDEX_URL": "https://x.y"}, "pip --python venv/bin/python install"),
        ({"NO_INDEX": "0", "OLD_PIP": "2"}, "python -m pip install"),
    ],
)
def test_what_is_there_installs_the_rest(
    tmp_path: Path, setup: dict[str, str], expected: str
) -> None:
    for name, text in (("uv-stand-in", UV), ("python3", PYTHON)):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}:/usr/bin:/bin",
        "LOG": str(tmp_path / "log"),
        "UV": str(tmp_path / "uv-stand-in"),
        "TMPDIR": str(tmp_path),
        "UV_CODE": "0",
        "NO_INDEX": "1",
        "OLD_PIP": "0",
    }
    venv = tmp_path / "venv"

    subprocess.run(
        ["sh", ROOT / "tools/install_demo.sh", "python3", venv],
        check=True,
        env=environment | setup,
    )

    log = (tmp_path / "log").read_text().replace(f"{tmp_path}{os.sep}", "")
    *_, last = log.splitlines()
    assert expected in last
    assert ("integrations/requirements.txt" in last) == (not last.startswith("uv"))
    # The uv that pip installed is gone.
    left = {path.name for path in tmp_path.iterdir()}
    assert left <= {"uv-stand-in", "python3", "log", "venv"}
