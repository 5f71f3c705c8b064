"""Words before a command that do not change which command it is, and inner scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagelock.sources.shell.words import Command, ShellWord

_RESERVED: Final = frozenset(
    ["!", "{", "if", "then", "elif", "else", "while", "until", "do", "time"]
)
_PROGRAMS: Final = {
    "builtin": "",
    "command": "",
    "env": "-u --unset -C --chdir",
    "exec": "-a",
    "nice": "-n --adjustment",
    "nohup": "",
    "stdbuf": "-i -o -e",
    "sudo": "-u --user -g --group -h --host -p --prompt -C -D -R -T",
    "doas": "-u -C",
    "timeout": "-k --kill-after -s --signal",
    "xargs": "-n --max-args -I -P --max-procs -L -s -d --delimiter -a --arg-file -E",
}
"""Programs that run another one, with their options that have a value."""
_SHELLS: Final = frozenset({"ash", "bash", "dash", "ksh", "sh", "zsh"})


def without_wrappers(words: Sequence[ShellWord]) -> Sequence[ShellWord]:
    """Return *words* from the program on that is run in the end."""
    at = 0
    while at < len(words):
        text = words[at].text or ""
        name = text.rpartition("/")[2]
        if text in _RESERVED:
            at += 1
        elif name in _PROGRAMS:
            at = _behind_options(words, at + 1, name)
        else:
            break
    return words[at:]


def _behind_options(words: Sequence[ShellWord], at: int, name: str) -> int:
    """Return the index of the command behind the options of the program *name*."""
    values = _PROGRAMS[name].split()
    while at < len(words):
        text = words[at].beginning
        if name == "env" and "=" in text and not text.startswith("-"):
            at += 1
        elif not text.startswith("-") or text == "-":
            break
        else:
            at += 2 if words[at].text in values else 1
    return at + (name == "timeout")


def nested_scripts(command: Command, text: str) -> Iterator[tuple[int, int]]:
    """Yield the ranges of *text* that are scripts which *command* runs as written.

    They are the argument of `sh -c` and of `eval`, and a text behind `<<` for a shell.
    """
    words = without_wrappers(command.words)
    if not words:
        return
    name = (words[0].text or "").rpartition("/")[2]
    if name in _SHELLS or name == "ssh":
        yield from command.inputs
    argument = None
    if name in _SHELLS:
        argument = _behind_c(words)
    elif name == "eval" and len(words) == 2:  # noqa: PLR2004 - eval and its argument
        argument = words[1]
    if argument is not None:
        start, end = argument.extent
        if argument.text == text[start:end]:
            yield start, end


def _behind_c(words: Sequence[ShellWord]) -> ShellWord | None:
    """Return the script of `sh -c SCRIPT`."""
    for at, word in enumerate(words[1:-1], start=1):
        option = word.text or ""
        if not option.startswith("-"):
            return None
        if not option.startswith("--") and option.endswith("c"):
            return words[at + 1]
    return None
