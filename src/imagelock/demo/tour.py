"""The guided demo: a tag moves, and imagelock reports it."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass
from imagelock.demo.deployed import image_in_lock, pull
from imagelock.demo.shop import TAG, push_build, write_shop
from imagelock.model.digest import Digest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.demo.registry import MemoryRegistry
    from imagelock.report.style import Style


def this_program() -> list[str]:
    """Return the command that runs the program that is running."""
    script = os.path.abspath(sys.argv[0])
    is_single_file = script.endswith(".pyz")
    return [sys.executable, *([script] if is_single_file else ["-m", "imagelock"])]


@contextmanager
def demo_folder(folder: Path | None, *, keep: bool) -> Iterator[Path]:
    """Yield *folder*, or without one a temporary folder, which *keep* leaves in place."""
    if folder is not None:
        yield folder.absolute()
        return
    temporary = Path(tempfile.mkdtemp(prefix="imagelock-demo-"))
    try:
        yield temporary
    finally:
        if not keep:
            shutil.rmtree(temporary, ignore_errors=True)


def tour(style: Style, registry: MemoryRegistry, folder: Path, address: str) -> bool:
    """Run the demo with the real commands; return whether each ended as expected.

    *registry* is served at *address*; the project is written to *folder*.

    Raises:
        UsageError: *folder* has files already.
    """
    monday = push_build(registry, 0)
    write_shop(folder, address)
    return _run_demo(_Shell(folder, style), registry, address, monday)


@dataclass(frozen=True, slots=True)
class _Shell:
    """Runs the commands of the demo in the folder of its project."""

    folder: Path
    style: Style

    def run(self, command: str, *, expect: int) -> bool:
        """Run *command* and print it; return whether its exit code is *expect*.

        Its notes are left out unless it fails: they are about the demo's own mirror.
        """
        print_line(f"{self.style.dim('$')} {self.style.bold(command)}")
        program = [*this_program(), *shlex.split(command)[1:]]
        color = "always" if self.style.color else "never"
        process = subprocess.run(  # noqa: S603 - this very program
            [*program, "--color", color, "--no-cache"],
            cwd=self.folder,
            check=False,
            env=clean_environment(),
            stderr=subprocess.PIPE,
        )
        if process.returncode != expect:
            sys.stderr.buffer.write(process.stderr)
        print_line(self.style.dim(f"exit code {process.returncode}\n"))
        return process.returncode == expect


def clean_environment() -> dict[str, str]:
    """Return the environment without settings of imagelock, and without proxies."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("IMAGELOCK_") and "PROXY" not in name.upper()
    }


def _run_demo(
    shell: _Shell, registry: MemoryRegistry, address: str, monday: Digest
) -> bool:
    style = shell.style
    comment(style, "Monday. Three files use images by tag. Lock their digests:")
    checks = [shell.run("imagelock lock", expect=0)]
    comment(
        style,
        "From now on, every commit checks the files against the lockfile, offline:",
    )
    checks.append(shell.run("imagelock verify --offline", expect=0))
    comment(
        style,
        "Tuesday. Someone builds an experiment and pushes it to the same tag, `v1`.",
    )
    push_build(registry, 1)
    comment(style, "No file changed, but the tag did. The nightly check reports it:")
    checks.append(shell.run("imagelock verify", expect=1))
    comment(style, "The shop scales up. Pulling the tag gets the experiment;")
    comment(style, "deploying from the lockfile still gets Monday's image:")
    checks.append(_scale_up(shell, address, monday))
    comment(
        style, "To use the new image, review the difference and update the lockfile:"
    )
    checks.append(shell.run("imagelock update", expect=0))
    checks.append(shell.run("imagelock verify", expect=0))
    return all(checks)


def _scale_up(shell: _Shell, address: str, monday: Digest) -> bool:
    locked = image_in_lock(shell.folder)
    if locked is None or locked.digest is None:
        return False
    by_tag = Digest.of(pull(address, TAG)).abbreviated
    by_digest = Digest.of(pull(address, str(locked.digest))).abbreviated
    style = shell.style
    print_line(f"  by tag   v1                   {style.red(by_tag)}")
    print_line(f"  by lock  {locked.digest.abbreviated}  {style.green(by_digest)}\n")
    return by_digest == monday.abbreviated and by_tag != by_digest


def comment(style: Style, text: str) -> None:
    """Print a remark."""
    print_line(style.bold(f"# {text}"))


def print_line(line: str) -> None:
    """Print and flush *line*: the commands write to the same stream."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
