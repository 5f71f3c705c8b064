"""What runs cost that ask no registry: start-up, reading, and a large lockfile."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from measure import Command, alternating, forget, imagelock, table
from projects import (
    of_documents,
    of_entries,
    of_files,
    of_operator,
    of_other_files,
    remove,
)

if TYPE_CHECKING:
    from pathlib import Path

TYPER: Final = """
import typer
app = typer.Typer()
@app.command()
def first() -> None: ...
@app.command()
def second() -> None: ...
app()
"""
VERIFY: Final = ("verify", "--offline")


def start_up(folder: Path, runs: int) -> None:
    """Print what a run costs that has next to nothing to do."""
    (folder / "empty.py").write_text(TYPER)
    small = of_files(folder / "small", files=10)
    figures = alternating(
        {
            "empty Typer program": Command(
                (sys.executable, str(folder / "empty.py"), "first")
            ),
            "`python -c pass`": Command((sys.executable, "-c", "pass")),
            "`verify --offline`, 10 files": imagelock(small, *VERIFY),
            "`list`, 10 files": imagelock(small, "list"),
            "`lock`, 10 files, nothing to do": imagelock(small, "lock"),
        },
        3 * runs,
    )
    print("## Start-up\n")
    table(figures, "empty Typer program")
    print("Against `python -c pass`:", end=" ")
    bare = figures["`python -c pass`"].cpu
    print(f"{figures['`verify --offline`, 10 files'].cpu / bare:.1f}\n")


def files(folder: Path, runs: int, *, counts: tuple[int, ...]) -> None:
    """Print what reading many files costs, cold and again."""
    for count in counts:
        project = of_files(folder / f"files{count}", files=count)
        print(f"## {count:,} files, a third each Compose, Dockerfiles and pods\n")
        read(project, runs)


def operator(folder: Path, runs: int) -> None:
    """Print what reading a repository costs that is mostly definitions of resources."""
    print("## An operator: 44 MB of YAML, mostly definitions of resources\n")
    read(of_operator(folder / "operator", megabytes=44), runs)


def read(project: Path, runs: int) -> None:
    """Print `verify --offline` of *project*, which is then deleted."""
    line = "git ls-files -z | xargs -0 grep -lE 'image:|FROM' | wc -l"
    forget()
    figures = alternating(
        {
            "`git ls-files` and `grep`": Command(("sh", "-c", line), project),
            "`verify --offline`, again": imagelock(project, *VERIFY),
        },
        runs,
    )
    figures |= alternating({"cold": imagelock(project, *VERIFY, cold=True)}, runs)
    table(figures, "`git ls-files` and `grep`")
    remove(project)


def entries(folder: Path, runs: int, *, count: int = 50_000) -> None:
    """Print what a large lockfile costs where there is nothing to do."""
    project = of_entries(folder / "entries", entries=count)
    few = of_entries(folder / "few-entries", entries=10)
    print(f"## {count:,} lockfile entries, and as many services in a Compose file\n")
    figures = alternating(
        {
            "10 entries, `verify --offline`": imagelock(few, *VERIFY),
            "`verify --offline`": imagelock(project, *VERIFY),
            "`lock`, nothing to do": imagelock(project, "lock"),
        },
        runs,
    )
    cold = imagelock(project, *VERIFY, cold=True)
    figures |= alternating({"`verify --offline`, cold": cold}, runs)
    table(figures, "10 entries, `verify --offline`")
    remove(project)


def other(folder: Path, runs: int) -> None:
    """Print what it costs to look through files that name no image."""
    nothing = of_other_files(folder / "nothing", files=20_000)
    documents = of_documents(folder / "documents", documents=2_000)
    print("## Other projects\n")
    figures = alternating(
        {
            "`git ls-files`, 20,000 files without an image": Command(
                ("git", "ls-files", "--cached", "--others"), nothing
            ),
            "`list` of the same": imagelock(nothing, "list"),
            "`list`, 2,000 documents in a file": imagelock(documents, "list"),
            "`pin --diff` of the same": imagelock(documents, "pin", "--diff"),
        },
        runs,
    )
    table(figures, "`git ls-files`, 20,000 files without an image")
    remove(nothing)
