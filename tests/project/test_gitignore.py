"""Patterns of gitignore: what git matches, in a number of steps that does not explode."""

from __future__ import annotations

import random
import re
import subprocess
from pathlib import Path, PurePosixPath

import pytest

from imagelock.project.discovery import FileSelection, discover
from imagelock.project.gitignore import compile_patterns
from tests.automation.test_hooks import git

PIECES = (
    "a",
    "b",
    "ab",
    "*",
    "**",
    "?",
    "[ab]",
    "[!a]",
    "/",
    "/",
    "**/",
    "/**/",
    "\\*",
)
NAMES = ("a", "b", "ab", "ba", "aab", "abab", "*", "a*b")


def matched_by_git(root: Path, pattern: str, paths: list[str]) -> set[str]:
    (root / ".gitignore").write_text(f"{pattern}\n")
    done = subprocess.run(
        ["git", "check-ignore", "--no-index", "--stdin", "-z"],
        input="\0".join(paths), cwd=root, check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode in {0, 1}, done.stderr
    return set(filter(None, done.stdout.split("\0")))


@pytest.mark.parametrize("seed", range(4))
def test_a_pattern_matches_what_git_matches(project: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    git(project, "init", "-q")
    paths = sorted(
        {"/".join(chance.choices(NAMES, k=chance.randint(1, 5))) for _ in range(150)}
    )
    some = 0
    for _ in range(120):
        pattern = "".join(chance.choices(PIECES, k=chance.randint(1, 7)))
        if re.search(r"[^/*]\*\*|\*\*[^/*]", pattern):
            continue  # gitignore(5) calls these "invalid"; versions of git differ
        expected = matched_by_git(project, pattern, paths)
        spec = compile_patterns([pattern])
        assert {path for path in paths if spec.match_file(path)} == expected, pattern
        some += bool(expected)
    assert some > 10


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 40 + "*b", "a" * 250),
        ("*?" * 40 + "b", "a" * 250),
        ("*[ab]" * 40 + "*c", "ab" * 125),
        ("**/a/" * 20 + "b", "/".join("a" * 500)),
        ("**/*a*/" * 20 + "**/b", "/".join(["aaa"] * 500)),
        ("x/" + "**/*a*a*a/" * 10 + "*b*b", "x/" + "/".join(["aaaa"] * 200)),
        ("*a" * 40 + "*/b", "a" * 250 + "/" + "a" * 250),
    ],
    ids=range(7),
)
def test_many_stars_end(tmp_path: Path, pattern: str, path: str) -> None:
    """With backtracking each of these takes more than 10^20 steps."""
    assert not compile_patterns([pattern]).match_file(path)
    assert not compile_patterns([f"!{pattern}", pattern]).match_file(path)
    assert compile_patterns(["*", f"!{pattern}"]).match_file(path)


def test_settings_and_a_gitignore_may_have_many_stars(tmp_path: Path) -> None:
    stars = "*a" * 40
    (tmp_path / ".gitignore").write_text(f"{stars}*b\n{stars}*c\n")
    for name in ("a" * 200, "a" * 200 + "b", "a" * 200 + "d"):
        (tmp_path / name).touch()

    selection = FileSelection(exclude=(f"{stars}*e", f"{stars}*d"))
    found = discover(tmp_path, selection).files
    assert found == [PurePosixPath(".gitignore"), PurePosixPath("a" * 200)]
