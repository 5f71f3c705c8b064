"""The diff of an edited file says what `diff -u` says, and `git apply` takes it."""

from __future__ import annotations

import difflib
import subprocess
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.edit import Edit, apply
from imagelock.report.unified_diff import unified_diff

if TYPE_CHECKING:
    from pathlib import Path

PATH = PurePosixPath("a.yaml")
LINES = st.lists(st.sampled_from(["a\n", "b\n", "\n", "é 𝄞\n"]), max_size=20)
ENDS = st.sampled_from(["", "z"])


@st.composite
def edited(draw: st.DrawFn) -> tuple[bytes, list[Edit]]:
    """Draw the text of a file, and edits of it at the starts of characters."""
    text = "".join(draw(LINES)) + draw(ENDS)
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=8)))
    texts = st.sampled_from(["", "x", "\n", "\nkey: x", "x\ny\n"])
    edits = []
    for start, end in zip(cuts[::2], cuts[1::2], strict=False):
        first, last = (len(text[:at].encode()) for at in (start, end))
        stop = draw(st.sampled_from([first, last]))
        edits.append(Edit(PATH, first, stop, draw(texts).encode()))
    return text.encode(), edits


def patched(old: list[str], diff: str) -> str:
    """Return *old* with the hunks of *diff* applied, each where it says."""
    result: list[str] = []
    at = 0
    lines = diff.replace("\n\\ No newline at end of file", "").split("\n")[2:]
    *hunks, _ = (f"{line}\n" for line in [*lines, ""]) if lines else [""]
    for line in hunks:
        if line.startswith("@@"):
            start, _, count = line.split(" ")[1].removeprefix("-").partition(",")
            first = int(start) - (count != "0")
            result += old[at:first]
            at = first
        elif line.startswith("+"):
            result.append(line[1:])
        elif line != "\n":
            assert old[at].rstrip("\n") == line[1:].rstrip("\n")
            at += 1
            result += [line[1:]] if line.startswith(" ") else []
    return "".join([*result, *old[at:]])


@given(edited())
def test_the_diff_leads_to_the_new_file(case: tuple[bytes, list[Edit]]) -> None:
    old, edits = case
    new = apply(old, edits)

    diff = unified_diff(PATH, old, new, edits)

    assert bool(diff) == (old != new)
    if diff:
        before = old.decode().split("\n")
        lines = [f"{line}\n" for line in before[:-1]] + before[-1:]
        result = patched([line for line in lines if line], diff)
        assert result.removesuffix("\n") == new.decode().removesuffix("\n")


@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize("numbers", [[0], [1, 2], [0, 7], [0, 8], [3, 30], [39]])
def test_it_is_that_of_difflib_and_git_takes_it(
    tmp_path: Path, numbers: list[int], end: str
) -> None:
    lines = [f"line {number}\n" for number in range(40)]
    text = "".join(lines).removesuffix("\n") + end
    edits = [
        Edit(PATH, at, at, f"@{number}".encode())
        for number in numbers
        for at in [len("".join(lines[:number])) + 4]
    ]
    new = apply(text.encode(), edits)

    diff = unified_diff(PATH, text.encode(), new, edits)

    expected = difflib.unified_diff(
        text.splitlines(keepends=True),
        new.decode().splitlines(keepends=True),
        "a/a.yaml",
        "b/a.yaml",
    )
    plain = diff.replace("\n\\ No newline at end of file\n", "")
    assert plain == "".join(
        line.removesuffix("\n") + "\n" * line.endswith("\n") for line in expected
    )
    (tmp_path / "a.yaml").write_text(text)
    subprocess.run(
        ["git", "apply", "-"], input=diff, text=True, cwd=tmp_path, check=True
    )
    assert (tmp_path / "a.yaml").read_bytes() == new


def test_files_of_two_bytes_a_character() -> None:
    old = "a\nb\nc\n".encode("utf-16")
    edits = [Edit(PATH, 2 + 2 * 3, 2 + 2 * 3, "@".encode("utf-16-le"))]

    diff = unified_diff(PATH, old, apply(old, edits), edits)

    assert diff.endswith("@@ -1,3 +1,3 @@\n a\n-b\n+b@\n c\n")


def test_a_line_behind_the_last_one() -> None:
    old = b"a\n"
    edits = [Edit(PATH, 2, 2, b"b\n")]

    diff = unified_diff(PATH, old, apply(old, edits), edits)

    assert diff.endswith("@@ -1 +1,2 @@\n a\n+b\n")
