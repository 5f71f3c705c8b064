"""Builds in commands: their arguments, and the Dockerfile that they build.

    docker build --build-arg TAG=3.20 -f tools/Dockerfile .

A path is one from the folder in which the script runs. That is known if no command
leaves it, and otherwise only if there is a single one that names a folder plainly.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.sources.shell.options import BUILD, split
from imagelock.sources.shell.programs import BUILDS, ENGINES, engine_command
from imagelock.syntax.yaml_json.paths import text_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from imagelock.sources.shell.kind import Kind
    from imagelock.sources.shell.words import Command, ShellWord
    from imagelock.syntax.yaml_json.paths import NodeRef

ARGUMENT: Final = "--build-arg"
_FILES: Final = frozenset({"-f", "--file"})
_NAME: Final = re.compile(r"[A-Za-z_]\w*+")
_LEAVING: Final = frozenset({"cd", "pushd"})
_LEAVES: Final = re.compile(rf"\b(?:{'|'.join(sorted(_LEAVING))})\b")
_TO_ITSELF: Final = re.compile(r"dirname|BASH_SOURCE|--show-toplevel|\$0|\$\{0")
"""How scripts go to their own folder, or to the root: both are looked at anyway."""

_ELSEWHERE: Final = ("/", "~", "-")
_ADDRESS: Final = "://"
_COMPUTED: Final = re.compile(r"\$|\{\{")
_DEFAULTS: Final = re.compile(r"(?m)^[ \t]*+defaults[ \t]*+:")


@dataclass(frozen=True, slots=True)
class DockerBuild:
    """A build with the values of its `arguments`, by their names.

    `file` is what names the Dockerfile, and `folder` the context, which has one.
    `target` is the stage to build.
    """

    arguments: tuple[tuple[str, ShellWord], ...]
    file: ShellWord | None
    folder: ShellWord | None
    target: ShellWord | None = None

    def dockerfiles(
        self, starts: Iterable[PurePosixPath], expand: Callable[[ShellWord], str | None]
    ) -> Iterator[PurePosixPath]:
        """Yield where the Dockerfile is if the script runs in one of *starts*.

        *expand* returns what a word is, if that is known.
        """
        word = self.file or self.folder
        named = expand(word) if word else None
        if not named or named.startswith(_ELSEWHERE) or _ADDRESS in named:
            return
        if self.file is None:
            named = f"{named}/Dockerfile"
        for start in starts:
            path = posixpath.normpath(str(start / named))
            if not path.startswith(".."):
                yield PurePosixPath(path)


def build_of(program: str, words: Sequence[ShellWord]) -> DockerBuild | None:
    """Return the build with arguments that *program* runs, with *words* behind it."""
    name = program.rpartition("/")[2]
    command = engine_command(words) if name in ENGINES else None
    if command is None or command[0] not in BUILDS:
        return None
    found = split(command[1], BUILD)
    arguments: dict[str, ShellWord] = {}
    file = target = None
    for option, value in found.values:
        if option in _FILES:
            file = value
        elif option == "--target":
            target = value
        elif option == ARGUMENT and (argument := _argument(value)):
            arguments[argument[0]] = argument[1]
    if not arguments or (found.problem and file is None):
        return None
    folder = found.others[-1] if found.others else None
    return DockerBuild(tuple(arguments.items()), file, folder, target)


def starts_of(
    kind: Kind, path: PurePosixPath, text: str, script: NodeRef | None = None
) -> tuple[PurePosixPath, ...]:
    """Return the folders in which a script of *kind* begins, if they are known.

    The *script* is a value in the file at *path* with this *text*, or all of it.
    """
    if kind.is_inside or (kind.shares_shell and _LEAVES.search(text)):
        return ()
    root = PurePosixPath()
    starts = (root,) if kind.at_root else tuple(dict.fromkeys((path.parent, root)))
    key = kind.folder_key
    if not key or script is None or f"{key}:" not in text:
        return starts
    if own := text_at(script.parent, key):
        is_plain = not own.startswith(_ELSEWHERE) and not _COMPUTED.search(own)
        return tuple(start / own for start in starts) if is_plain else ()
    # Defaults hold for steps that have none of their own.
    is_own_alone = kind.at_root and not _DEFAULTS.search(text)
    return starts if is_own_alone else ()


def folders(
    starts: Sequence[PurePosixPath],
    commands: Iterable[Command],
    text: str,
    expand: Callable[[ShellWord], str | None],
) -> list[PurePosixPath]:
    """Return the folders in which *commands*, of a script that begins in *starts*, run.

    None are known if the commands in *text* leave it more than once, or to a folder
    that *expand* does not know.
    """
    left: list[str | None] = []
    for command in commands:
        if not command.words or command.words[0].text not in _LEAVING:
            continue
        target = command.words[1] if len(command.words) > 1 else None
        if target is None or not _TO_ITSELF.search(text[slice(*target.extent(text))]):
            left.append(expand(target) if target else None)
    if not left:
        return list(starts)
    folder = left[0] if len(left) == 1 else None
    if not folder or folder.startswith(_ELSEWHERE):
        return []
    return [start / folder for start in starts]


def _argument(word: ShellWord) -> tuple[str, ShellWord] | None:
    """Return the name and the value of `NAME=value`."""
    name, equals, _ = word.beginning.partition("=")
    value = word.behind(f"{name}=") if equals and _NAME.fullmatch(name) else None
    return (name, value) if value else None
