"""A run of `imagelock demo`: the tour, and then a registry to experiment with."""

from __future__ import annotations

import shlex
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from imagelock.demo.server import serve
from imagelock.demo.shop import (
    is_shop,
    move_shop,
    push_build,
    push_until_locked,
    release,
    shop_registry,
)
from imagelock.demo.tour import comment, demo_folder, print_line, this_program, tour
from imagelock.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.demo.registry import MemoryRegistry
    from imagelock.report.style import Style


def run_demo(style: Style, folder: Path | None, *, keep: bool, stay: bool) -> bool:
    """Run the demo in *folder*, or in a temporary folder that *keep* leaves in place.

    With *stay*, the registry answers until Ctrl-C; the project of an earlier demo
    then needs no tour. Returns whether every command ended as expected.

    Raises:
        UsageError: *folder* has other files.
    """
    is_known = folder is not None and is_shop(folder)
    if is_known and not stay:
        raise UsageError(
            f"`{folder}` has the project of an earlier demo",
            hint="`--serve` starts its registry again",
        )
    registry = shop_registry()
    with serve(registry) as address, demo_folder(folder, keep=keep) as place:
        if is_known:
            move_shop(place, address)
            last, is_as_expected = push_until_locked(registry, place), True
        else:
            last, is_as_expected = 1, tour(style, registry, place, address)
        if stay and is_as_expected:
            _serve_until_interrupted(style, registry, place, last)
    if keep or folder:
        comment(style, f"The project is in {place}, and its registry has stopped.")
        comment(
            style, "`list` and `verify --offline` work without it; to start it again:"
        )
        _suggest(style, f"{_program()} demo --serve {shlex.quote(str(place))}")
    return is_as_expected


def _serve_until_interrupted(
    style: Style, registry: MemoryRegistry, folder: Path, last: int
) -> None:
    """Push a build for every line on stdin, until Ctrl-C; *last* is there already."""
    program = _program()
    comment(style, "The registry keeps running until you press Ctrl-C.")
    comment(style, "In a second terminal, go to the project and look around:")
    _suggest(style, f"cd {shlex.quote(str(folder))}")
    _suggest(style, f"{program} list")
    _suggest(style, f"{program} verify")
    comment(style, "Press Enter here to push new content to `v1`, and there try:")
    _suggest(style, f"{program} verify      # reports the tag that moved")
    _suggest(style, f"{program} update      # shows the difference, and locks it")
    _suggest(style, f"{program} pin --diff  # the digests, written into the files")
    try:
        for number in _numbers(last + 1):
            digest = push_build(registry, number)
            comment(style, f"Pushed {release(number)} to `v1`: {digest.abbreviated}")
    except KeyboardInterrupt:
        print_line("")


def _numbers(first: int) -> Iterator[int]:
    """Yield a number for each line on stdin; wait forever at its end."""
    for number, _ in enumerate(sys.stdin, start=first):
        yield number
    while True:
        time.sleep(3600)


def _suggest(style: Style, command: str) -> None:
    print_line(f"  {style.dim('$')} {style.bold(command)}")


def _program() -> str:
    """Return how a shell calls the program that is running, from any folder."""
    script = Path(sys.argv[0])
    if script.stem != "imagelock" or script.suffix == ".pyz":
        return shlex.join(this_program())
    return "imagelock" if shutil.which("imagelock") else str(script.absolute())
