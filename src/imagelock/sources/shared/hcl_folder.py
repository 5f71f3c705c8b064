"""Values of variables and locals in HCL, from the files of a folder."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.model.occurrence import VariableAssignment
from imagelock.sources.shared.hcl_file import defined_values, parse
from imagelock.syntax.hcl.values import Known, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import PurePosixPath

    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.syntax.hcl.tree import Expression, Object

_LARGEST: Final = 256 * 1024
"""In characters. Files with values are read again for each file of a folder."""


@dataclass(frozen=True, slots=True)
class Siblings:
    """The files beside a file that give names their values.

    `values` assign variables, the last of them first. `definitions` have further
    blocks of variables and locals, the first of them first. `named` assign variables
    only if they are named when the tool runs: they count for a variable without any
    other value, if they do not disagree.
    """

    values: Sequence[PurePosixPath]
    definitions: Sequence[PurePosixPath]
    named: Sequence[PurePosixPath] = ()


def scope_in_folder(
    root: Object,
    text: Text,
    context: Context,
    prefix: str,
    siblings: Callable[[], Siblings],
) -> Scope:
    """Return the scope of a file with the body *root*.

    The configuration overrides the files with values, which override variables of the
    environment that begin with *prefix*, and then the defaults. *siblings* are read
    when a name is looked up.
    """
    folder = _Folder(context, prefix, siblings)
    definitions = defined_values(root)
    return Scope(
        text=text.value,
        given=folder.given,
        own=definitions,
        other=lambda name: folder.value(name, definitions),
        assigned=folder.assigned,
    )


class _Folder:
    """The files beside a file."""

    def __init__(
        self, context: Context, prefix: str, siblings: Callable[[], Siblings]
    ) -> None:
        self._context = context
        self._prefix = prefix
        self._find_siblings = siblings
        self._scope: Scope | None = None

    def given(self, name: str) -> str | None:
        """Return the value of a variable, unless only its default is known."""
        kind, _, variable = name.partition(".")
        if kind != "var":
            return None
        if (value := self._context.variables.get(variable)) is not None:
            return value
        for assigned in self._values:
            if variable in assigned:
                return assigned[variable]
        return self._context.environment.get(f"{self._prefix}{variable}")

    def value(self, name: str, definitions: Mapping[str, Expression]) -> Known | None:
        """Return the value of *name* in the other files.

        The *definitions* of the file itself do not have it, but may be used by it.
        """
        if self._scope is None:
            others: dict[str, Expression] = {}
            for sibling in self._siblings.definitions:
                others = {**self._definitions(sibling), **others}
            own = {**others, **definitions}
            self._scope = Scope(text="", given=self.given, own=own, other=self._named)
        if self._scope.definition(name) is None:
            return self._named(name)
        value = self._scope.value(name)
        return value if isinstance(value, Known) else None

    def assigned(self, name: str) -> VariableAssignment | None:
        """Return where a file beside it sets *name*."""
        kind, _, variable = name.partition(".")
        siblings = self._siblings
        if kind == "var" and variable in self._context.variables:
            return None
        in_values = kind == "var" and self._first(siblings.values, name)
        if in_values or self.given(name) is not None:
            return in_values or None
        defined = self._first(siblings.definitions, name)
        if defined or self._named(name) is None:
            return defined
        return self._first(siblings.named, name)

    @cached_property
    def _siblings(self) -> Siblings:
        return self._find_siblings()

    @cached_property
    def _values(self) -> list[dict[str, str]]:
        return [self._assignments(path) for path in self._siblings.values]

    def _named(self, name: str) -> Known | None:
        """Return the value that the named files give a variable without another."""
        kind, _, variable = name.partition(".")
        if kind != "var":
            return None
        files = map(self._assignments, self._siblings.named)
        values = {each[variable] for each in files if variable in each}
        return Known(values.pop(), (variable,)) if len(values) == 1 else None

    def _first(
        self, files: Sequence[PurePosixPath], name: str
    ) -> VariableAssignment | None:
        found = (self._written(file, name) for file in files)
        return next((assignment for assignment in found if assignment), None)

    def _written(self, path: PurePosixPath, name: str) -> VariableAssignment | None:
        """Return the value that the file at *path* gives *name*."""
        text, root = self._context.read(path), self._read(path)
        if text is None or root is None:
            return None
        is_definition = path in self._siblings.definitions
        own = defined_values(root) if is_definition else _assigned(root)
        scope = Scope(text=text.value, given=lambda _: None, own=own)
        if (characters := scope.written(name)) is None:
            return None
        written = text.value[slice(*characters)]
        return VariableAssignment(name, path, text.span(*characters), written)

    def _assignments(self, path: PurePosixPath) -> dict[str, str]:
        """Return the values of variables in the file at *path*."""
        if (root := self._read(path)) is None:
            return {}
        scope = Scope(text="", given=lambda _: None, own=_assigned(root))
        values = {pair.name: scope.value(f"var.{pair.name}") for pair in root.pairs}
        return {name: v.text for name, v in values.items() if isinstance(v, Known)}

    def _definitions(self, path: PurePosixPath) -> Mapping[str, Expression]:
        """Return the variables and locals of the file at *path*, which is read once."""

        def read() -> Mapping[str, Expression]:
            root = self._read(path)
            return defined_values(root) if root else {}

        return self._context.memory.remember((_Folder, path), read)

    def _read(self, path: PurePosixPath) -> Object | None:
        text = self._context.read(path)
        if text is None or len(text.value) > _LARGEST:
            return None
        return parse(path, text.value)[0]


def _assigned(root: Object) -> dict[str, Expression]:
    return {f"var.{pair.name}": pair.value for pair in root.pairs}
