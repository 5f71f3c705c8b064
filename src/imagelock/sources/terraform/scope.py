"""What variables and locals of Terraform are worth, as far as their folder says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.syntax.hcl import parser as hcl_parser
from imagelock.syntax.hcl.strings import literal
from imagelock.syntax.hcl.tree import Object, blocks, is_null
from imagelock.syntax.hcl.values import Known, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import PurePosixPath

    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.syntax.hcl.tree import Expression

_SIBLINGS: Final = ("variables.tf", "locals.tf", "main.tf")
_VALUES: Final = "terraform.tfvars"
_LARGEST: Final = 256 * 1024
"""In characters. Each file of a folder asks for its siblings again."""


def scope_of(path: PurePosixPath, root: Object, text: Text, context: Context) -> Scope:
    """Return what the names in *root*, the file at *path*, are worth.

    The configuration beats `terraform.tfvars`, which beats the environment and
    then the defaults. What the file lacks, `variables.tf`, `locals.tf` and
    `main.tf` beside it may have; they are read when a name asks for them.
    """
    folder = _Folder(path, context)
    own = _definitions(root)
    return Scope(
        text=text.value,
        given=folder.given,
        own=own,
        other=lambda name: folder.value(name, own),
    )


class _Folder:
    """The files beside one file."""

    def __init__(self, path: PurePosixPath, context: Context) -> None:
        self._path = path
        self._context = context
        self._values: dict[str, str] | None = None
        self._all: Scope | None = None

    def given(self, name: str) -> str | None:
        """Return the value that a variable is given from outside."""
        kind, _, rest = name.partition(".")
        if kind != "var":
            return None
        if (value := self._context.variables.get(rest)) is not None:
            return value
        if self._values is None:
            self._values = self._assigned()
        outside = self._context.environment.get(f"TF_VAR_{rest}")
        return self._values.get(rest, outside)

    def value(self, name: str, own: Mapping[str, Expression]) -> Known | None:
        """Return what the other files say of *name*, which the file itself lacks."""
        if self._all is None:
            every: dict[str, Expression] = {}
            for sibling in _SIBLINGS:
                if sibling != self._path.name and (root := self._read(sibling)):
                    every = {**_definitions(root), **every}
            self._all = Scope(text="", given=self.given, own={**every, **own})
        if self._all.definition(name) is None:
            return None
        found = self._all.value(name)
        return found if isinstance(found, Known) else None

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


def _definitions(root: Object) -> dict[str, Expression]:
    """Return the values of locals and the defaults of variables."""
    own: dict[str, Expression] = {}
    for body, name in blocks(root, "variable", 1):
        default = body.get("default")
        if default is not None and not is_null(default):
            own[f"var.{name}"] = default
    for body, _ in blocks(root, "locals", 0):
        own |= {f"local.{pair.name}": pair.value for pair in body.pairs}
    return own
