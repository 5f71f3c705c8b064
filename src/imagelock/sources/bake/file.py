"""The targets of a Bake file, and what they take from one another."""

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
"""How many targets one may inherit from; more are left out."""

_HERE: Final = "cwd://"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A target: what it says, and what it inherits, the strongest body first.

    `file` knows what the names in it are worth; those of its matrix are unknown.
    """

    file: HclFile
    use: str
    body: Object
    bodies: tuple[Object, ...]

    def setting(self, name: str) -> Expression | None:
        """Return the value of an attribute that counts, `null` left out."""
        values = (body.get(name) for body in self.bodies)
        return next((v for v in values if v is not None and not is_null(v)), None)

    def entries(self, name: str) -> dict[str, Expression]:
        """Return the keys of a map that counts together, such as `args`."""
        merged: dict[str, Expression] = {}
        for body in reversed(self.bodies):
            value = body.get(name)
            for pair in value.pairs if isinstance(value, Object) else ():
                merged[pair.name] = pair.value
        return {name: value for name, value in merged.items() if not is_null(value)}

    def dockerfiles(self) -> tuple[PurePosixPath, ...]:
        """Return where the Dockerfile can be, from the root of the project.

        The paths of Bake count from the folder it is started in: that of the file,
        most likely, or else the root. Nothing if it is not in the project.
        """
        context = self._text("context", ".")
        name = self._text("dockerfile", "Dockerfile")
        if context is None or name is None:
            return ()
        starts = (self.file.path.parent, PurePosixPath())
        folders = [path_below(s, context.removeprefix(_HERE) or ".") for s in starts]
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
    """A Bake file; `budget` bounds what its targets may cause."""

    file: HclFile
    root: Object
    problems: list[Problem]
    budget: WorkBudget = field(default_factory=WorkBudget)

    def targets(self) -> list[Target]:
        """Return the targets.

        Raises:
            TooMuchError: they inherit more than anybody writes.
        """
        found = [(name, body) for body, name in blocks(self.root, "target", 1)]
        bodies = dict(found)
        return [self._target(name, body, bodies) for name, body in found]

    def _target(self, name: str, body: Object, bodies: dict[str, Object]) -> Target:
        lineage: list[Object] = []
        self._inherit(body, bodies, lineage)
        file = self.file
        if isinstance(matrix := body.get("matrix"), Object):
            hidden = frozenset(pair.name for pair in matrix.pairs)
            outer = file.scope
            scope = Scope(outer.text, outer.given, outer.own, hidden=hidden)
            file = replace(file, scope=scope)
        use = f"target.{name}"
        return Target(file=file, use=use, body=body, bodies=tuple(lineage))

    def _inherit(
        self, body: Object, bodies: dict[str, Object], into: list[Object]
    ) -> None:
        """Add *body*, and then what it inherits, the last one first."""
        if len(into) >= _MOST_PARENTS or any(one is body for one in into):
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
    """Return the Bake file at *path*; nothing is raised."""
    root, problems = parse(path, text.value)
    own: dict[str, Expression] = {
        pair.name: pair.value for pair in root.pairs if pair.labels is None
    }
    for body, name in blocks(root, "variable", 1):
        default = body.get("default")
        own.pop(name, None)
        if default is not None and not is_null(default):
            own[name] = default

    def given(name: str) -> str | None:
        outside = context.environment.get(name)
        return outside if outside is not None else context.variables.get(name)

    scope = Scope(text=text.value, given=given, own=own)
    file = HclFile(path=path, text=text, format="bake", scope=scope)
    return BakeFile(file, root, problems)
