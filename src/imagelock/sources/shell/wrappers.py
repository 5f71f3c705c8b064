"""Words before a command that do not change which command it is, and inner scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from imagelock.sources.shell.words import Command, ShellWord

    GetText = Callable[[ShellWord], str | None]
    """Returns what a word is, with its variables, if it is known."""

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


def without_wrappers(
    words: Sequence[ShellWord], get_text: GetText, programs: Collection[str]
) -> Sequence[ShellWord]:
    """Return *words* from the program on that is run in the end.

    *programs* are those to look for behind what is not known to run another program,
    but must: a variable that is not known, or something that tries again.
    """
    at = 0
    while at < len(words):
        text = get_text(words[at])
        name = (text or "").rpartition("/")[2]
        if text in _RESERVED:
            at += 1
        elif name in _PROGRAMS:
            at = _behind_options(words, at + 1, name)
        elif behind := _up_to_program(words[at:], get_text, programs):
            at += behind
        else:
            break
    return words[at:]


def _up_to_program(
    words: Sequence[ShellWord], get_text: GetText, programs: Collection[str]
) -> int:
    """Return how many words are before one of *programs*, 0 if none of these is run."""
    text = get_text(words[0])
    if text is None:
        behind = words[1:2] if words[0].may_be_several else ()
    else:
        behind = words[1:] if _repeats(text, words[1:], get_text) else ()
    for number, word in enumerate(behind, start=1):
        if (get_text(word) or "").rpartition("/")[2] in programs:
            return number
    return 0


def _repeats(name: str, words: Sequence[ShellWord], get_text: GetText) -> bool:
    """Return whether the program *name* runs another until it succeeds."""
    if name.rpartition("/")[2] in _SHELLS and words:
        name = get_text(words[0]) or ""
    return "retr" in name.rpartition("/")[2].lower()


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
    words = without_wrappers(command.words, _plain_text, ())
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
        start, end = argument.extent(text)
        if argument.text == text[start:end]:
            yield start, end


def _plain_text(word: ShellWord) -> str | None:
    return word.text


def _behind_c(words: Sequence[ShellWord]) -> ShellWord | None:
    """Return the script of `sh -c SCRIPT`."""
    for at, word in enumerate(words[1:-1], start=1):
        option = word.text or ""
        if not option.startswith("-"):
            return None
        if not option.startswith("--") and option.endswith("c"):
            return words[at + 1]
    return None
