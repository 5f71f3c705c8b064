"""The targets of a Bake file, and their inheritance."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.sources.context import path_below
from imagelock.sources.shared.hcl_file import HclFile, parse
from imagelock.sources.shared.work_budget import WorkBudget
from imagelock.syntax.hcl.strings import literal
from imagelock.syntax.hcl.tree import Items, Object, blocks, is_null
from imagelock.syntax.hcl.values import Scope

if TYPE_CHECKING:
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.syntax.hcl.parser import Problem
    from imagelock.syntax.hcl.tree import Expression

_MOST_PARENTS: Final = 50
"""How many bodies a target may have, with those it inherits; more are left out."""

_WORKING_DIRECTORY: Final = "cwd://"


@dataclass(frozen=True, slots=True, kw_only=True)
class BakeTarget:
    """A target with the bodies that it inherits, in the order of precedence.

    The scope of `file` has the values of the variables; those of its matrix are
    unknown.
    """

    file: HclFile
    use: str
    body: Object
    bodies: tuple[Object, ...]

    def setting(self, name: str) -> Expression | None:
        """Return the value of the attribute *name* that counts and is not `null`."""
        values = (body.get(name) for body in self.bodies)
        return next((v for v in values if v is not None and not is_null(v)), None)

    def entries(self, name: str) -> dict[str, Expression]:
        """Return the entries of a map such as `args`, merged from all bodies."""
        merged: dict[str, Expression] = {}
        for body in reversed(self.bodies):
            value = body.get(name)
            for pair in value.pairs if isinstance(value, Object) else ():
                merged[pair.name] = pair.value
        return {name: value for name, value in merged.items() if not is_null(value)}

    def dockerfiles(self) -> tuple[PurePosixPath, ...]:
        """Return the paths where the Dockerfile can be, from the root of the project.

        Bake resolves paths from the folder it is started in: probably that of the
        file, or else the root. Empty if it is not in the project.
        """
        context = self._text("context", ".")
        name = self._text("dockerfile", "Dockerfile")
        if context is None or name is None:
            return ()
        context = context.removeprefix(_WORKING_DIRECTORY) or "."
        starts = (self.file.path.parent, PurePosixPath())
        folders = [path_below(start, context) for start in starts]
        paths = [path_below(folder, name) for folder in folders if folder]
        return tuple(dict.fromkeys(path for path in paths if path))

    def _text(self, name: str, default: str) -> str | None:
        value = self.setting(name)
        if value is None:
            return default
        meaning = self.file.scope.meaning(value)
        return None if meaning.unknown(0, len(meaning.text)) else meaning.text


@dataclass(slots=True)
class BakeFile:
    """A Bake file; `budget` bounds the work that its targets cause."""

    file: HclFile
    root: Object
    problems: list[Problem]
    budget: WorkBudget = field(default_factory=WorkBudget)

    def targets(self) -> list[BakeTarget]:
        """Return the targets.

        Raises:
            TooMuchError: they inherit more than any real file has.
        """
        targets = [(name, body) for body, name in blocks(self.root, "target", 1)]
        bodies = dict(targets)
        return [self._target(name, body, bodies) for name, body in targets]

    def _target(self, name: str, body: Object, bodies: dict[str, Object]) -> BakeTarget:
        lineage: list[Object] = []
        self._inherit(body, bodies, lineage)
        file = self.file
        if isinstance(matrix := body.get("matrix"), Object):
            hidden = frozenset(pair.name for pair in matrix.pairs)
            outer = file.scope
            scope = Scope(outer.text, outer.given, outer.own, hidden=hidden)
            file = replace(file, scope=scope)
        use = f"target.{name}"
        return BakeTarget(file=file, use=use, body=body, bodies=tuple(lineage))

    def _inherit(
        self, body: Object, bodies: dict[str, Object], into: list[Object]
    ) -> None:
        """Add *body* and the bodies that it inherits, the last one first."""
        if len(into) >= _MOST_PARENTS or any(other is body for other in into):
            return
        into.append(body)
        self.budget.charge(len(body.pairs))
        inherits = body.get("inherits")
        if isinstance(inherits, Items):
            for item in reversed(inherits.items):
                self.budget.charge(1)
                parent = bodies.get(literal(item) or "")
                if parent is not None:
                    self._inherit(parent, bodies, into)


def bake_file(path: PurePosixPath, text: Text, context: Context) -> BakeFile:
    """Return the Bake file at *path*; nothing is raised for its content."""
    root, problems = parse(path, text.value)
    values: dict[str, Expression] = {
        pair.name: pair.value for pair in root.pairs if pair.labels is None
    }
    for body, name in blocks(root, "variable", 1):
        default = body.get("default")
        values.pop(name, None)
        if default is not None and not is_null(default):
            values[name] = default

    def given(name: str) -> str | None:
        value = context.environment.get(name)
        return value if value is not None else context.variables.get(name)

    scope = Scope(text=text.value, given=given, own=values)
    file = HclFile(path=path, text=text, format="bake", scope=scope)
    return BakeFile(file, root, problems)
