"""Commits with fixed dates and authors, so that their ids never change."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

_AUTHOR = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "a"), ("EMAIL", "a@example.com"))
}


def git(folder: Path, *arguments: str, date: datetime | None = None) -> str:
    """Run git in *folder*, at the time *date*, and return what it prints."""
    dates = {f"GIT_{who}_DATE": str(date) for who in ("AUTHOR", "COMMITTER") if date}
    done = subprocess.run(
        ["git", "-C", folder, *arguments],
        env={**os.environ, **_AUTHOR, **dates},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def shallow_clone(project: Path, folder: Path, depth: int) -> Path:
    """Return a new clone of *project* in *folder*, with the last *depth* commits."""
    clone = folder / "clone"
    git(folder, "clone", "--quiet", f"--depth={depth}", project.as_uri(), str(clone))
    return clone


def commit(
    folder: Path, files: Mapping[str, str | bytes | None], date: datetime, subject: str
) -> str:
    """Commit *files*, those that are `None` without them, and return the id."""
    if not (folder / ".git").exists():
        git(folder, "init", "--quiet", "--initial-branch=main")
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content.encode() if isinstance(content, str) else content)
    git(folder, "add", "--all", ".")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", subject, date=date)
    return git(folder, "rev-parse", "HEAD")
