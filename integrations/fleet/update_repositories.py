"""Update repositories of a fleet, and publish what changed: the worker of a pipeline.

    update_repositories.py IMAGELOCK PUBLISH [ARGUMENT...]

Clones each repository, and runs `update_requests.py IMAGELOCK PUBLISH ARGUMENT...` in it.
A repository that fails does not stop the others. Variables:

    IMAGELOCK_REPOSITORIES  a list in JSON, such as a job of `fleet behind` has
    IMAGELOCK_BEHIND        in its place, a file of `fleet behind --format json`
    IMAGELOCK_SHARD         only part 3 of 10 of that file: `3/10`
    IMAGELOCK_CLONE_URL     `https://{repository}.git` by default

git finds the credentials. The exit code is the worst of all: 2, 1, 3, 0. Needs only
Python's standard library, and git.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

UPDATE = Path(__file__).parents[1] / "update_requests.py"
WORST_FIRST = (2, 1, 3, 0)
NAME = re.compile(
    r"(?!.*(?:^|/)\.{1,2}(?:/|$))\w[\w.+~-]*(?::[0-9]+)?(?:/[\w.+~-]+)*", re.ASCII
)
"""A path without `.` and `..`, whose first part may be a host with a port."""
SHARD = re.compile(r"([1-9][0-9]{0,5})/([1-9][0-9]{0,5})")


def main(program: str, publish: str, *arguments: str) -> int:
    """Update all repositories; return the worst exit code."""
    try:
        names = repositories()
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"error: it is not known which repositories: {error}", file=sys.stderr)
        return 2
    codes = {0}
    for name in names:
        print(f"repository {name!r}", flush=True)
        codes.add(update(name, [program, publish, *arguments]))
    return next(code for code in WORST_FIRST if code in codes)


def repositories() -> list[str]:
    """Return the names of the repositories, in order.

    Raises:
        ValueError: a variable has another form.
    """
    if text := os.environ.get("IMAGELOCK_REPOSITORIES"):
        return [str(name) for name in json.loads(text)]
    behind = json.loads(Path(os.environ["IMAGELOCK_BEHIND"]).read_bytes())
    names = [each["repository"] for each in behind["repositories"] if not each["left"]]
    shard = SHARD.fullmatch(os.environ.get("IMAGELOCK_SHARD", "1/1"))
    if shard is None or int(shard[1]) > int(shard[2]):
        raise ValueError("IMAGELOCK_SHARD is not a part such as 3/10")
    return names[int(shard[1]) - 1 :: int(shard[2])]


def update(name: str, arguments: list[str]) -> int:
    """Update a repository in a clone of its default branch; return the exit code."""
    if not NAME.fullmatch(name):
        print(f"error: {name!r} is not the name of a repository", file=sys.stderr)
        return 2
    template = os.environ.get("IMAGELOCK_CLONE_URL", "https://{repository}.git")
    with tempfile.TemporaryDirectory() as folder:
        url = template.replace("{repository}", name)
        # Earlier lockfiles show whether a change is a rollback; other blobs are not needed.
        clone = ["git", "clone", "--quiet", "--filter=blob:none", "--", url, folder]
        if subprocess.run(clone, check=False).returncode:
            return 1
        command = ["git", "symbolic-ref", "--short", "HEAD"]
        branch = subprocess.run(
            command, cwd=folder, check=False, capture_output=True, text=True
        ).stdout.strip()
        environment = {
            **os.environ,
            "GITHUB_REPOSITORY": "/".join(name.split("/")[-2:]),
            "IMAGELOCK_BASE": branch,
            "CI_DEFAULT_BRANCH": branch,
        }
        return subprocess.run(
            [sys.executable, "-I", UPDATE, *arguments],
            cwd=folder, check=False, env=environment,
        ).returncode  # fmt: skip


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
