"""Check that the files of requirements are what `uv.lock` says.

    python tools/check_locks.py            check
    python tools/check_locks.py --write    write them

`requirements-dev.txt` is for `make` without uv, `integrations/requirements.txt` is what
the automation installs, and `.github/requirements.txt` is uv itself, for the workflows.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
UV: Final = Path(sysconfig.get_path("scripts")) / "uv"
EXPORTS: Final = {
    ".github/requirements.txt": ["--only-group", "uv"],
    "requirements-dev.txt": ["--group", "dev"],
    "integrations/requirements.txt": ["--no-dev"],
}


def main() -> int:
    write = "--write" in sys.argv[1:]
    stale = []
    if not write and run("lock", "--check", "--quiet").returncode:
        stale.append("uv.lock")
    for name, options in EXPORTS.items():
        path = ROOT / name
        export = run("export", "--frozen", "--no-emit-project", "--no-header", *options)
        if export.returncode:
            sys.stderr.write(export.stderr)
            return 1
        if write:
            path.write_text(export.stdout, encoding="utf-8")
        elif path.read_text(encoding="utf-8") != export.stdout:
            stale.append(name)
    for name in stale:
        sys.stderr.write(f"{name} is not what pyproject.toml and uv.lock say\n")
    if stale:
        sys.stderr.write("hint: run `uv lock`, then `tools/check_locks.py --write`\n")
    return 1 if stale else 0


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [UV, *arguments], cwd=ROOT, check=False, capture_output=True, text=True
    )


if __name__ == "__main__":
    raise SystemExit(main())
