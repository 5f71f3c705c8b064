"""Build a single file that runs imagelock with nothing but Python.

    python tools/build_single_file.py PLATFORM OUTPUT [PYTHON ...]

PLATFORM is a key of `PLATFORMS`. The file has the packages of
`integrations/requirements.txt` for each PYTHON, by default all that imagelock supports:
what differs between them in a folder of its own, the rest once. The same input gives
the same bytes.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
START: Final = ROOT / "tools" / "single_file" / "__main__.py"
UV: Final = Path(sysconfig.get_path("scripts")) / "uv"
PYTHONS: Final = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS: Final = {
    "linux-x86_64": ("x86_64-manylinux_2_28", "linux x86_64"),
    "linux-aarch64": ("aarch64-manylinux_2_28", "linux aarch64"),
    "macos-arm64": ("aarch64-apple-darwin", "darwin arm64"),
    "windows-amd64": ("x86_64-pc-windows-msvc", "win32 amd64"),
}
"""The name of the platform for uv, and `sys.platform` and `platform.machine()` there."""


def main(name: str, output: str, *pythons: str) -> int:
    target, machine = PLATFORMS[name]
    with tempfile.TemporaryDirectory() as temporary:
        folders = {
            f"cp{python.replace('.', '')}": install(target, python, Path(temporary))
            for python in pythons or PYTHONS
        }
        files = {**common_first(folders), **package()}
    digest = hashlib.sha256()
    for path, data in sorted(files.items()):
        digest.update(f"{path}\0{len(data)}\0".encode() + data)
    about = {
        "build": digest.hexdigest()[:16],
        "machine": machine,
        "pythons": " ".join(folders),
    }
    files["about.json"] = json.dumps(about).encode()
    files["__main__.py"] = START.read_bytes()
    write(Path(output), files)
    return 0


def install(target: str, python: str, folder: Path) -> dict[str, bytes]:
    """Return the installed files for *python* by their paths; wheels only, by hash."""
    place = folder / python
    command = [str(UV), "pip", "install", "--quiet", "--no-deps"]
    command += ["--target", str(place), "--python-platform", target]
    command += ["--python-version", python, "--python", sys.executable]
    command += ["--require-hashes", "--only-binary", ":all:"]
    command += ["--requirement", str(ROOT / "integrations" / "requirements.txt")]
    subprocess.run(command, check=True)
    return {
        path.relative_to(place).as_posix(): path.read_bytes()
        for path in place.rglob("*")
        if path.is_file() and path.relative_to(place).parts[0] not in {"bin", ".lock"}
    }


def common_first(folders: dict[str, dict[str, bytes]]) -> dict[str, bytes]:
    """Return all files by their place: packages that are the same for all just once."""
    first, *others = folders.values()
    same = {
        name
        for name in packages(first)
        if all(select(first, name) == select(other, name) for other in others)
    }
    files = {f"common/{k}": v for k, v in first.items() if k.split("/")[0] in same}
    for tag, installed in folders.items():
        files |= {
            f"{tag}/{path}": data
            for path, data in installed.items()
            if path.split("/")[0] not in same
        }
    return files


def packages(files: dict[str, bytes]) -> set[str]:
    return {path.split("/")[0] for path in files}


def select(files: dict[str, bytes], name: str) -> dict[str, bytes]:
    return {path: data for path, data in files.items() if path.split("/")[0] == name}


def package() -> dict[str, bytes]:
    """Return the files of imagelock itself."""
    source = ROOT / "src"
    return {
        f"common/{path.relative_to(source).as_posix()}": path.read_bytes()
        for path in (source / "imagelock").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def write(output: Path, files: dict[str, bytes]) -> None:
    """Write an archive that starts Python, with the same bytes on every machine."""
    with output.open("wb") as file:
        file.write(b"#!/usr/bin/env python3\n")
        with zipfile.ZipFile(
            file, "w", zipfile.ZIP_DEFLATED, compresslevel=9
        ) as archive:
            for path, data in sorted(files.items()):
                archive.writestr(zipfile.ZipInfo(path), data, zipfile.ZIP_DEFLATED)
    output.chmod(0o755)


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
