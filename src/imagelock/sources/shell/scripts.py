"""The parts of a file that a shell runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.sources.shell import PROGRAMS
from imagelock.sources.shell.kind import Kind
from imagelock.sources.shell.pipelines import PIPELINES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

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
_ACTION_VARIABLE: Final = re.compile(r"\$\{\{[ \t]*+env\.(?P<name>\w++)[ \t]*+\}\}")
_MAKE_ASSIGNMENT: Final = re.compile(
    r"(?m)^ *+(?P<target>[^\s:#=][^:#=\n]*+:[ \t]*+(?!=|:=|::=))?"
    r"(?:(?:export|override|private)[ \t]++)*+(?P<name>[\w.-]++)[ \t]*+"
    r"(?::{1,3}|\?)?(?P<operator>[+!])?=[ \t]*+(?P<value>(?:\\\r?\n|[^\n#])*+)"
)
_MAKE_DEFINITION: Final = re.compile(
    r"(?m)^ *+(?:(?:export|override)[ \t]++)*+define[ \t]++"
    r"(?P<name>[\w.-]++)(?P<value>(?!))?"
)
_JUST_ASSIGNMENT: Final = re.compile(
    r"(?m)^(?:export[ \t]++)?(?P<name>[\w-]++)[ \t]*+:=[ \t]*+"
    r"(?:[\"'](?P<value>[^\"'\s]*+)[\"'][ \t]*+\r?(?:#[^\n]*+)?$)?"
)
_NAME: Final = re.compile(r"[A-Za-z_][\w-]*+")
_JUST_PARAMETERS: Final = re.compile(
    r"(?m)^@?[A-Za-z_][\w-]*+[ \t](?P<names>[^:\n]*+):(?!=)"
)
_MAKE_SHELL: Final = re.compile(
    r"(?m)\$\(shell[ \t]++(?P<line>(?:[^()\n]|\([^()\n]*+\))++)\)"
)
MENTION: Final = re.compile(rf"\b(?:{'|'.join(PROGRAMS)})\b")
"""What every script with an image has."""


_SHELL: Final = Kind()
_MAKE: Final = Kind(
    lines=(_RECIPE, _MAKE_SHELL),
    variable=_MAKE_VARIABLE,
    assignments=(_MAKE_ASSIGNMENT, _MAKE_DEFINITION),
)
_JUST: Final = Kind(
    lines=(_INDENTED,),
    variable=_JUST_VARIABLE,
    assignments=(_JUST_ASSIGNMENT,),
    parameters=_JUST_PARAMETERS,
)
_DOCKERFILE: Final = Kind(lines=(_RUN,), is_inside=True)
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
    variables_at=(
        "vars.*",
        "tasks.*.vars.*",
        "tasks.*.cmds[].vars.*",
        "tasks.*.deps[].vars.*",
    ),
    folder_key="dir",
)
_WORKFLOW: Final = Kind(
    values=("jobs.*.steps[].run", "runs.steps[].run"),
    variable=_ACTION_VARIABLE,
    variables_at=(
        "env.*",
        "jobs.*.env.*",
        "jobs.*.steps[].env.*",
        "runs.steps[].env.*",
    ),
    exports=True,
    at_root=True,
    folder_key="working-directory",
)


_KINDS: Final = tuple(
    (re.compile(rf"(?:.*/)?{name}"), kind)
    for name, kind in (
        *PIPELINES,
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
    if not kind.lines:
        yield 0, len(text)
        return
    for pattern in kind.lines:
        for match in pattern.finditer(text):
            start = text.rfind("\n", 0, match.start("line")) + 1
            if not text[start : match.start()].lstrip().startswith("#"):
                yield match.span("line")


def parameters(kind: Kind, text: str) -> Iterator[str]:
    """Yield the names of variables that callers set."""
    for match in kind.parameters.finditer(text) if kind.parameters else ():
        yield from _NAME.findall(match["names"])
