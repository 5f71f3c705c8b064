"""The parts of a file that a shell runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.sources.shell.lexer import Variable

_MAKE_VARIABLE: Final = re.compile(
    r"\$[({](?P<name>[\w.-]++)[)}]|\$\$?\((?:[^()]|\([^()]*+\))*+\)|\$\$\{[^}]*+\}"
    r"|\$\$?\w++|\$\$?[^\s\w({]"
)
_JUST_VARIABLE: Final = re.compile(r"\{\{\s*+(?P<name>[\w-]++)\s*+\}\}")
_TASK_VARIABLE: Final = re.compile(r"\{\{-?\s*+\.(?P<name>\w++)\s*+-?\}\}")
_RECIPE: Final = re.compile(r"(?m)^\t[@+-]*+(?P<line>(?:\\\r?\n|[^\n])++)")
_INDENTED: Final = re.compile(r"(?m)^[ \t]++[@-]*+(?P<line>(?:\\\r?\n|[^\n])++)")
_RUN: Final = re.compile(
    r"(?mi)^[ \t]*+RUN[ \t]++(?:--\w++=\S++[ \t\\\r\n]++)*+(?P<line>(?:\\\r?\n|[^\n])++)"
)
_MAKE_ASSIGNMENT: Final = re.compile(
    r"(?m)^(?:export[ \t]++)?(?P<name>[\w.-]++)[ \t]*+(?P<operator>:{0,3}|[?+!])="
    r"[ \t]*+(?P<value>(?:[^\s#]++)?)[ \t]*+\r?(?:#[^\n]*+)?$"
)
_JUST_ASSIGNMENT: Final = re.compile(
    r"(?m)^(?:export[ \t]++)?(?P<name>[\w-]++)[ \t]*+(?P<operator>:)=[ \t]*+"
    r"[\"'](?P<value>[^\"'\s]++)[\"'][ \t]*+\r?(?:#[^\n]*+)?$"
)
MENTION: Final = re.compile(
    r"\b(?:docker|podman|nerdctl|finch|kubectl|oc|helm|g?crane|skopeo)\b"
)
"""What every script with an image has."""


class Kind(NamedTuple):
    """How commands are written in a kind of file.

    `lines` finds them in the text, as its group `line`; without, the whole text is a
    script, unless `values` are the places of scripts in YAML or JSON. `variable` are
    the variables of the program that runs the shell, and `assignment` what sets them.
    """

    lines: re.Pattern[str] | None = None
    values: tuple[str, ...] = ()
    variable: Variable | None = None
    assignment: re.Pattern[str] | None = None
    variables_at: str = ""


_SHELL: Final = Kind()
_MAKE: Final = Kind(_RECIPE, (), _MAKE_VARIABLE, _MAKE_ASSIGNMENT)
_JUST: Final = Kind(_INDENTED, (), _JUST_VARIABLE, _JUST_ASSIGNMENT)
_DOCKERFILE: Final = Kind(_RUN)
_PACKAGE: Final = Kind(values=("scripts.*",))
_TASK: Final = Kind(
    values=(
        "tasks.*",
        "tasks.*[]",
        "tasks.*.cmd",
        "tasks.*.cmds[]",
        "tasks.*.cmds[].cmd",
    ),
    variable=_TASK_VARIABLE,
    variables_at="vars.*",
)
_WORKFLOW: Final = Kind(values=("jobs.*.steps[].run", "runs.steps[].run"))


_KINDS: Final = tuple(
    (re.compile(rf"(?:.*/)?{name}"), kind)
    for name, kind in (
        (r"[^/]+\.(?:sh|bash|zsh|ksh)", _SHELL),
        (r"(?:(?:gnu)?makefile|[^/]+\.mk)", _MAKE),
        (r"(?:\.?justfile|[^/]+\.just)", _JUST),
        (r"[^/]*(?:docker|container)file[^/]*", _DOCKERFILE),
        (r"package\.json", _PACKAGE),
        (r"taskfile[^/]*\.ya?ml", _TASK),
        (r"(?:workflows/[^/]+|action)\.ya?ml", _WORKFLOW),
    )
)
"""By the path, in lower case."""


def kind_of(path: PurePosixPath) -> Kind | None:
    """Return how commands are written in the file at *path*, by its name."""
    name = str(path).lower()
    return next((kind for pattern, kind in _KINDS if pattern.fullmatch(name)), None)


def lines(kind: Kind, text: str) -> Iterator[tuple[int, int]]:
    """Yield the ranges of the scripts in *text*, which has no scripts in values."""
    if kind.lines is None:
        yield 0, len(text)
        return
    for match in kind.lines.finditer(text):
        yield match.span("line")
