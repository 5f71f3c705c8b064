"""Update the images of a project, and publish the changes as requests.

    update_requests.py IMAGELOCK PUBLISH [ARGUMENT...]

Runs `IMAGELOCK update ARGUMENT...` in a clean checkout of the base branch: once, or if
there is an `[[update.group]]`, for each group and for the images in none. After each run
it calls `PUBLISH BODY-FILE EXIT-CODE`, which publishes what changed in the work tree, and
then restores the work tree. PUBLISH gets these variables:

    IMAGELOCK_BRANCH     the branch; groups have BRANCH-group/NAME
    IMAGELOCK_TITLE      the title, with `{changes}` for `update 3 images`
    IMAGELOCK_LABELS     labels, separated by commas
    IMAGELOCK_REVIEWERS  reviewers, separated by commas
    IMAGELOCK_LIMIT      how many requests may be open

They are taken from `[update]`, but those that are set already take precedence. The branch
of a group that is gone is deleted. What `cooldown` has to remember is kept in
BRANCH-seen, see `sightings.sh`.

The exit code is the worst of all: 2, 1, 3, 0. Needs only Python's standard library.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HERE = Path(__file__).parent
OTHERS = "others"
TITLE = "chore(images): {changes}"
WORST_FIRST = (2, 1, 3, 0)
LONGEST_SUMMARY = 1_000_000
"""In bytes; GitHub discards a longer one."""


def main(program: str, publish: str, *arguments: str) -> int:
    """Update and publish; return the worst exit code."""
    if git("status", "--porcelain", "--untracked-files=no"):
        print("error: the checkout has changes already", file=sys.stderr)
        return 2
    settings = read_settings(program)
    branch = os.environ.get("IMAGELOCK_BRANCH") or "imagelock/update"
    groups = [*settings.get("group", ()), {"name": OTHERS}]
    remove_gone(branch, {group["name"] for group in groups})
    codes = set()
    run(HERE / "sightings.sh", "restore", f"{branch}-seen")
    for group in groups:
        chosen = ["--group", group["name"]] if len(groups) > 1 else []
        variables = request(settings, group, branch)
        codes.add(update(program, publish, [*chosen, *arguments], variables))
    run(HERE / "sightings.sh", "save", f"{branch}-seen")
    return next(code for code in WORST_FIRST if code in codes)


def read_settings(program: str) -> dict[str, Any]:
    """Return the table `[update]` of the settings."""
    done = subprocess.run(
        [program, "config", "--format", "json"], check=False, stdout=subprocess.PIPE
    )
    if done.returncode:
        raise SystemExit(done.returncode)
    settings = json.loads(done.stdout)["settings"]
    return {
        setting["key"][1]: setting["value"]
        for setting in settings
        if setting["key"][0] == "update" and len(setting["key"]) > 1
    }


def request(
    settings: Mapping[str, Any], group: Mapping[str, Any], branch: str
) -> dict[str, str]:
    """Return the variables for the request of *group*."""
    title = settings.get("title") or TITLE
    name = group["name"]
    if name != OTHERS:
        branch = f"{branch}-group/{name}"
        title = group.get("title") or f"{title} ({name})"
    both = {**settings, **group}
    variables = {
        "IMAGELOCK_TITLE": title,
        "IMAGELOCK_LABELS": ",".join(both.get("labels") or ()),
        "IMAGELOCK_REVIEWERS": ",".join(both.get("reviewers") or ()),
        "IMAGELOCK_LIMIT": str(settings.get("limit") or ""),
    }
    given = {key: os.environ.get(key) or value for key, value in variables.items()}
    return {**given, "IMAGELOCK_BRANCH": branch}


def update(
    program: str, publish: str, arguments: Iterable[str], variables: Mapping[str, str]
) -> int:
    """Update and publish a request; return the exit code."""
    untracked = others()
    with tempfile.TemporaryDirectory() as folder:
        body = Path(folder) / "body.md"
        command = [program, "update", *arguments, "--report", f"markdown={body}"]
        done = subprocess.run(
            command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        show(command[1:-2], done.stdout)
        code = done.returncode
        if code in {0, 1, 3}:
            summarize(body)
            environment = {**os.environ, **variables}
            if run(publish, body, str(code), environment=environment):
                code = 1
    git("checkout", "--quiet", "HEAD", "--", ".")
    for path in others() - untracked:
        if not path.endswith(".imagelock/seen.toml"):
            (top() / path).unlink()
    return code


def remove_gone(branch: str, names: set[str]) -> None:
    """Delete the branches of groups other than *names*; forges close their requests."""
    remote = os.environ.get("IMAGELOCK_REMOTE", "origin")
    above = f"refs/heads/{branch}-group/"
    for line in git("ls-remote", remote, f"{above}*").splitlines():
        commit, _, reference = line.partition("\t")
        if reference.removeprefix(above) not in names:
            lease = f"--force-with-lease={reference}:{commit}"
            git("push", "--quiet", lease, remote, f":{reference}")
            print(f"{reference.removeprefix('refs/heads/')}: deleted", flush=True)


def show(command: Iterable[str], output: bytes) -> None:
    """Print *output*, in which GitHub must not take a line for a command."""
    token = f"imagelock-{secrets.token_hex(8)}"
    is_github = "GITHUB_ACTIONS" in os.environ or "GITHUB_OUTPUT" in os.environ
    if is_github:
        print(f"::stop-commands::{token}")
    print("$ imagelock", *command, flush=True)
    sys.stdout.buffer.write(output)
    sys.stdout.buffer.flush()
    if is_github:
        print(f"\n::{token}::", flush=True)


def summarize(body: Path) -> None:
    """Add the report to the summary of the job, where there is one."""
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path or not body.exists():
        return
    with Path(path).open("ab") as summary:
        room = LONGEST_SUMMARY - summary.tell()
        summary.write(b"%s\n" % body.read_bytes()[: max(room, 0)])


def others() -> set[str]:
    """Return the files that git neither tracks nor ignores."""
    return set(git("ls-files", "-z", "--others", "--exclude-standard").split("\0")[:-1])


def git(*arguments: str) -> str:
    """Return the output of git at the top of the work tree.

    Raises:
        CalledProcessError: git failed, and said why.
    """
    done = subprocess.run(
        ["git", *arguments], cwd=top(), check=True, stdout=subprocess.PIPE
    )
    return done.stdout.decode("utf-8", "surrogateescape")


@cache
def top() -> Path:
    """Return the top of the work tree around the current folder."""
    command = ["git", "rev-parse", "--show-toplevel"]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    return Path(os.fsdecode(done.stdout).rstrip("\n"))


def run(
    script: Path | str,
    *arguments: Path | str,
    environment: Mapping[str, str] | None = None,
) -> int:
    """Run a script of bash, and return its exit code."""
    command = ["bash", script, *arguments]
    return subprocess.run(command, check=False, env=environment).returncode


if __name__ == "__main__":
    try:
        code = main(*sys.argv[1:])
    except subprocess.CalledProcessError:
        code = 1  # git has said why
    raise SystemExit(code)
