"""The variables of an Ansible role: its defaults, unless the project sets others."""

from __future__ import annotations

import re
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field
from imagelock.model.file_kind import is_yaml_or_json
from imagelock.sources.shared.pipeline_variables import VariableText
from imagelock.sources.shared.plain_numbers import python_text
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.yaml_json.documents import documents
from imagelock.syntax.yaml_json.tree import Mapping

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping as MappingOf

    from imagelock.model.occurrence import VariableAssignment
    from imagelock.sources.context import Context

_OF_ROLE: Final = frozenset({"tasks", "handlers"})
_ELSEWHERE: Final = frozenset(
    {"defaults", "docs", "examples", "files", "molecule", "templates", "test", "tests"}
)
"""Folders in which nothing sets a variable of a role for what is deployed."""

_INVENTORIES: Final = frozenset({"group_vars", "host_vars", "inventory", "inventories"})
_EXPRESSION: Final = re.compile(
    r"\{\{[ \t]*+(?P<name>[A-Za-z_]\w*+)[ \t]*+"
    r"(?:\|[ \t]*+default\([^(){}]*+\)[ \t]*+)?\}\}"
)
_SET: Final = re.compile(
    r"""(?m)^[ \t]*+(?:-[ \t]++)?["']?([A-Za-z_]\w*+)["']?[ \t]*+[:=]"""
)
_REGISTERED: Final = re.compile(r"(?m)\bregister[ \t]*+:[ \t]*+([A-Za-z_]\w*+)")
_DEEPEST: Final = 10
_LONGEST: Final = 1000


@dataclass(slots=True)
class RoleVariables:
    """What the variables in the tasks of one file are.

    A variable is known if the role of the file defines it (`vars/main.yml`, or
    `defaults/main.yml`), and nothing else in the project sets it: neither inventories
    and plays, which come before the defaults, nor tasks.
    """

    path: PurePosixPath
    text: str
    context: Context
    _values: MappingOf[str, VariableText | None] | None = field(default=None)
    _known: dict[str, tuple[str, dict[str, VariableAssignment]]] = field(
        default_factory=dict
    )
    """What each variable has been expanded to, which others can repeat endlessly."""

    @property
    def files(self) -> tuple[PurePosixPath, ...]:
        """The files that run in one play: the tasks of the role, or the file alone."""
        role = _role(self.path)
        below = self.context.files_below
        folders = () if role is None else (role / folder for folder in sorted(_OF_ROLE))
        return (self.path, *(path for folder in folders for path in below(folder)))

    def resolve(self, text: str) -> tuple[str, tuple[VariableAssignment, ...]]:
        """Return *text* with its variables replaced, and where they are set.

        Without any change if one of them is not known, or is computed.
        """
        found: dict[str, VariableAssignment] = {}
        value = self._expanded(text, found, 0) if "{{" in text else None
        return (text, ()) if value is None else (value, tuple(found.values()))

    def _expanded(
        self, text: str, found: dict[str, VariableAssignment], depth: int
    ) -> str | None:
        """Return *text* with its variables replaced, if all of them are known."""
        if "{{" not in text:
            return text if "{%" not in text else None
        parts: list[str] = []
        end = 0
        for match in _EXPRESSION.finditer(text) if depth < _DEEPEST else ():
            value = self._value(match["name"], found, depth + 1)
            if value is None:
                return None
            parts += text[end : match.start()], value
            end = match.end()
        whole = "".join((*parts, text[end:]))
        is_known = "{{" not in whole and "{%" not in whole and len(whole) < _LONGEST
        return whole if is_known else None

    def _value(
        self, name: str, found: dict[str, VariableAssignment], depth: int
    ) -> str | None:
        if self._values is None:
            self._values = _of_role(self.path, self.text, self.context)
        if name not in self._known:
            variable = self._values.get(name)
            if variable is None:
                return None
            assignment = variable.assignment(name)
            inner = {name: assignment} if assignment else {}
            value = self._expanded(variable.text, inner, depth)
            if value is None:
                return None
            self._known[name] = value, inner
        value, assignments = self._known[name]
        for each, assignment in assignments.items():
            found.setdefault(each, assignment)
        return value


def _role(path: PurePosixPath) -> PurePosixPath | None:
    """Return the folder of the role whose tasks or handlers are at *path*."""
    steps = [i for i, part in enumerate(path.parts[:-1]) if part in _OF_ROLE]
    return PurePosixPath(*path.parts[: steps[-1]]) if steps else None


def _of_role(
    path: PurePosixPath, text: str, context: Context
) -> MappingOf[str, VariableText | None]:
    """Return the variables of the role of the file at *path* that nothing else sets."""
    if (role := _role(path)) is None:
        return {}
    own = {path for path in context.files_below(role / "vars") if _is_main(path)}
    setters = context.memory.remember(_setters, partial(_setters, context))
    values = _defined(role, context)
    here = _set_by(text)
    return {
        name: value
        for name, value in values.items()
        if name not in here and setters.get(name, own) <= own
    }


def _defined(role: PurePosixPath, context: Context) -> dict[str, VariableText | None]:
    """Return what the files of *role* define; `vars` come before `defaults`.

    `None` is what no text is, or what several files of a folder define.
    """
    values: dict[str, VariableText | None] = {}
    for folder in ("defaults", "vars"):
        defined: dict[str, VariableText | None] = {}
        for path in context.files_below(role / folder):
            for name, value in _written(path, context) if _is_main(path) else ():
                defined[name] = None if name in defined else value
        values |= defined
    return values


def _is_main(path: PurePosixPath) -> bool:
    """Return whether Ansible reads a file of `defaults` or `vars` by itself."""
    is_main = path.stem == "main" or path.parent.name == "main"
    return is_main and is_yaml_or_json(path)


def _written(
    path: PurePosixPath, context: Context
) -> Iterator[tuple[str, VariableText | None]]:
    """Yield the variables in the file at *path*; `None` is one that is no text."""
    if (text := context.read(path)) is None:
        return
    file = SourceFile(path=path, text=text, format="ansible")
    for document in documents(text):
        if isinstance(document, Mapping):
            for key, node in document.pairs:
                yield key.value, VariableText.of(file, node, python_text)


def _setters(context: Context) -> dict[str, set[PurePosixPath]]:
    """Return which files of the project set a variable, by its name."""
    setters: dict[str, set[PurePosixPath]] = {}
    for path in context.files_below(PurePosixPath()):
        if _may_set(path) and (text := context.read(path)):
            for name in _set_by(text.value):
                setters.setdefault(name, set()).add(path)
    return setters


def _may_set(path: PurePosixPath) -> bool:
    """Return whether the file at *path* may set variables for a role."""
    folders = path.parts[:-1]
    if path.suffix in {"", ".ini"}:
        return not _INVENTORIES.isdisjoint(folders)
    return is_yaml_or_json(path) and _ELSEWHERE.isdisjoint(folders)


def _set_by(text: str) -> frozenset[str]:
    return frozenset((*_SET.findall(text), *_REGISTERED.findall(text)))
