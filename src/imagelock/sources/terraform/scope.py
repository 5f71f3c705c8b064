"""Values of Terraform variables and locals, from the files of a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import VariableAssignment
from imagelock.sources.shared.hcl_file import defined_values
from imagelock.syntax.hcl import parser as hcl_parser
from imagelock.syntax.hcl.strings import literal
from imagelock.syntax.hcl.values import Known, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import PurePosixPath

    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.syntax.hcl.tree import Expression, Object

_SIBLINGS: Final = ("variables.tf", "locals.tf", "main.tf")
_VALUES: Final = "terraform.tfvars"
_LARGEST: Final = 256 * 1024
"""In characters. The siblings are read again for each file of a folder."""


def scope_of(path: PurePosixPath, root: Object, text: Text, context: Context) -> Scope:
    """Return the scope of the file at *path*, with the body *root*.

    The configuration overrides `terraform.tfvars`, which overrides the environment
    and then the defaults. `variables.tf`, `locals.tf` and `main.tf` beside the file
    have further names; they are read when such a name is looked up.
    """
    folder = _Folder(path, context)
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

    def __init__(self, path: PurePosixPath, context: Context) -> None:
        self._path = path
        self._context = context
        self._values: dict[str, str] | None = None
        self._scope: Scope | None = None

    def given(self, name: str) -> str | None:
        """Return the value of a variable, unless only its default is known."""
        kind, _, variable = name.partition(".")
        if kind != "var":
            return None
        if (value := self._context.variables.get(variable)) is not None:
            return value
        if self._values is None:
            self._values = self._assigned()
        outer = self._context.environment.get(f"TF_VAR_{variable}")
        return self._values.get(variable, outer)

    def value(self, name: str, definitions: Mapping[str, Expression]) -> Known | None:
        """Return the value of *name* in the other files.

        The *definitions* of the file itself do not have it, but may be used by it.
        """
        if self._scope is None:
            others: dict[str, Expression] = {}
            for sibling in _SIBLINGS:
                if sibling != self._path.name and (root := self._read(sibling)):
                    others = {**defined_values(root), **others}
            own = {**others, **definitions}
            self._scope = Scope(text="", given=self.given, own=own)
        if self._scope.definition(name) is None:
            return None
        value = self._scope.value(name)
        return value if isinstance(value, Known) else None

    def assigned(self, name: str) -> VariableAssignment | None:
        """Return where `terraform.tfvars` or another file beside it sets *name*."""
        kind, _, variable = name.partition(".")
        if kind == "var" and variable in self._context.variables:
            return None
        in_values = self._written(_VALUES, name) if kind == "var" else None
        if in_values or self.given(name) is not None:
            return in_values
        others = (other for other in _SIBLINGS if other != self._path.name)
        found = (self._written(other, name) for other in others)
        return next((assignment for assignment in found if assignment), None)

    def _written(self, file: str, name: str) -> VariableAssignment | None:
        """Return the value that the *file* beside it gives *name*."""
        path = self._path.parent / file
        text, root = self._context.read(path), self._read(file)
        if text is None or root is None:
            return None
        own = defined_values(root)
        if file == _VALUES:
            own = {f"var.{pair.name}": pair.value for pair in root.pairs}
        scope = Scope(text=text.value, given=lambda _: None, own=own)
        if (characters := scope.written(name)) is None:
            return None
        written = text.value[slice(*characters)]
        return VariableAssignment(name, path, text.span(*characters), written)

    def _assigned(self) -> dict[str, str]:
        root = self._read(_VALUES)
        pairs = root.pairs if root else ()
        values = {pair.name: literal(pair.value) for pair in pairs}
        return {name: value for name, value in values.items() if value is not None}

    def _read(self, name: str) -> Object | None:
        text = self._context.read(self._path.parent / name)
        if text is None or len(text.value) > _LARGEST:
            return None
        return hcl_parser.parse(text.value)[0]
