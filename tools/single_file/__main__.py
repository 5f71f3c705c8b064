"""The start of the single file: unpack what is in it, once, and run it from there.

Compiled modules cannot be imported from an archive, and other modules load faster from
files. The folder is named after the content, so that another release has another one.
"""

from __future__ import annotations

import atexit
import json
import os
import platform
import shutil
import sys
import tempfile
import zipfile
from pathlib import Path

COMMON = "common"


def main() -> None:
    """Unpack the archive unless an earlier run did, and run imagelock."""
    archive = Path(__file__).parent
    tag = f"cp{sys.version_info.major}{sys.version_info.minor}"
    with zipfile.ZipFile(archive) as file:
        about = json.loads(file.read("about.json"))
        check(about, tag)
        folder = cache() / f"{about['build']}-{tag}"
        if not folder.is_dir():
            unpack(file, (COMMON, tag), folder)
    sys.path[0:1] = [str(folder / COMMON), str(folder / tag)]

    from imagelock.cli import run

    run()


def check(about: dict[str, str], tag: str) -> None:
    """Exit if the file is not for this machine, or not for this Python."""
    machine = f"{sys.platform} {platform.machine().lower()}"
    if tag not in about["pythons"].split() or machine != about["machine"]:
        message = f"error: this file is for {about['machine']} and {about['pythons']}"
        sys.exit(f"{message}, not for {machine} and {tag}")


def cache() -> Path:
    """Return the folder for what is unpacked, which nobody else may write to.

    Without such a folder, it is a temporary one.
    """
    name = "LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME"
    try:
        base = Path(os.environ.get(name) or Path.home() / ".cache")
        folder = base.absolute() / "imagelock" / "single-file"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if is_private(folder) and os.access(folder, os.W_OK):
            return folder
    except (OSError, RuntimeError):  # no home, or one that cannot be written
        pass
    temporary = Path(tempfile.mkdtemp(prefix="imagelock-"))
    atexit.register(shutil.rmtree, temporary, ignore_errors=True)
    return temporary


def is_private(folder: Path) -> bool:
    """Return whether only this user may write to *folder*."""
    if sys.platform == "win32":  # below the user's own profile
        return True
    state = folder.stat()
    return state.st_uid == os.getuid() and not state.st_mode & 0o022


def unpack(file: zipfile.ZipFile, parts: tuple[str, ...], folder: Path) -> None:
    """Unpack the *parts* of *file* to *folder*, which appears whole or not at all."""
    scratch = Path(tempfile.mkdtemp(dir=folder.parent))
    prefixes = tuple(f"{part}/" for part in parts)
    file.extractall(scratch, [n for n in file.namelist() if n.startswith(prefixes)])
    try:
        scratch.rename(folder)
    except OSError:  # another run was faster
        shutil.rmtree(scratch, ignore_errors=True)
        if not folder.is_dir():
            raise


if __name__ == "__main__":
    main()
