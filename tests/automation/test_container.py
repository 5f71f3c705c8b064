"""The container image: its base is locked, and it runs what is tested."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from imagelock.lockfile.reader import read

ROOT = Path(__file__).parents[2]
CONTAINER = ROOT / "integrations" / "container"
DOCKERFILE = (CONTAINER / "Dockerfile").read_text(encoding="utf-8")


def test_its_base_is_what_its_lockfile_says() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "imagelock", "--project", CONTAINER,
         "verify", "--offline", "--format", "json"],
        check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)["findings"] == []
    (image,) = read((CONTAINER / "images.lock").read_text()).images.values()
    written = re.findall(r"^FROM .*@(\S+)", DOCKERFILE, re.MULTILINE)
    assert written == [str(image.digest)] * 2


def test_the_packages_are_those_of_the_python_in_the_base() -> None:
    version = re.findall(r"python:(\d\.\d+)", DOCKERFILE)[0]

    assert f"/usr/local/lib/python{version}/site-packages" in DOCKERFILE


def test_what_is_copied_is_not_ignored() -> None:
    sources = re.findall(r"^COPY (?!--from)(\S+)", DOCKERFILE, re.MULTILINE)
    ignored = (CONTAINER / "Dockerfile.dockerignore").read_text().split()

    assert len(sources) == 2
    assert all(f"!{source}" in ignored for source in sources)
    assert all((ROOT / source).exists() for source in sources)
