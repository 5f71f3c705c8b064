"""The targets of Bake files, merged and with what they inherit."""

from __future__ import annotations

from collections import defaultdict
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field, replace
from imagelock.sources.context import path_below
from imagelock.sources.dockerfile.stages import context_name
from imagelock.sources.shared.work_budget import WorkBudget
from imagelock.syntax.hcl.strings import literal
from imagelock.syntax.hcl.tree import Items, Object, is_null

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagelock.sources.shared.hcl_file import HclFile
    from imagelock.syntax.hcl.tree import Expression

_MOST_PARENTS: Final = 50
"""How many bodies a target may have, with those it inherits; more are left out."""

_WORKING_DIRECTORY: Final = "cwd://"

Setting = tuple["HclFile", "Expression"]
"""A value, and the file that it is in."""


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """A block of a target, and the file that it is in."""

    file: HclFile
    content: Object


@dataclass(frozen=True, slots=True, kw_only=True)
class BakeTarget:
    """A target with its own bodies, and all with those of the targets it inherits.

    The last body of each target comes first, as it counts most. `ancestors` are the
    names of the targets in the same order, its own first. The scopes of the files have
    the values of the variables; those of its matrix are unknown (`builds_of`).
    `contexts` are the names that its build replaces. With `is_template`, it is only
    there for others to inherit, and `contexts` has those that each of them replaces,
    too.
    """

    name: str
    own: tuple[Body, ...]
    bodies: tuple[Body, ...]
    ancestors: tuple[str, ...]
    contexts: frozenset[str] = frozenset()
    is_template: bool = False

    @property
    def use(self) -> str:
        """The path of the target in its files."""
        return f"target.{self.name}"

    @property
    def has_matrix(self) -> bool:
        """Whether it is several targets, each with a name of its own."""
        return any(body.content.get("matrix") is not None for body in self.own)

    def setting(self, name: str) -> Setting | None:
        """Return the value of the attribute *name* that counts and is not `null`."""
        return _first(self.bodies, name)

    def own_setting(self, name: str) -> Setting | None:
        """Return the value of *name* as `setting` does, but nothing inherited."""
        return _first(self.own, name)

    def entries(self, name: str) -> dict[str, Setting]:
        """Return the entries of a map such as `args`, merged from all bodies."""
        return _merged(self.bodies, name)

    def own_entries(self, name: str) -> dict[str, Setting]:
        """Return the entries of a map as `entries` does, but nothing inherited."""
        return _merged(self.own, name)

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
        starts = (self.own[0].file.path.parent, PurePosixPath())
        folders = [path_below(start, context) for start in starts]
        paths = [path_below(folder, name) for folder in folders if folder]
        return tuple(dict.fromkeys(path for path in paths if path))

    def _text(self, name: str, default: str) -> str | None:
        setting = self.setting(name)
        if setting is None:
            return default
        file, value = setting
        return file.scope.meaning(value).known_text


@dataclass(slots=True)
class Targets:
    """The targets of the files that Bake loads together, by their names.

    Bake merges the blocks of a target in the order of the files: maps by their keys,
    `inherits` one behind the other, and of all else the last one counts (`Merge` in
    buildx's `bake.go`). `budget` bounds the work that they cause.
    """

    budget: WorkBudget = field(default_factory=WorkBudget)
    _bodies: dict[str, list[Body]] = field(default_factory=lambda: defaultdict(list))

    def add(self, name: str, body: Body) -> None:
        """Add the next block of the target *name*."""
        self._bodies[name].append(body)

    def all(self) -> list[BakeTarget]:
        """Return the targets.

        Raises:
            TooMuchError: they inherit more than any real file has.
        """
        return [self._target(name) for name in list(self._bodies)]

    def _target(self, name: str) -> BakeTarget:
        lineage: dict[str, list[Body]] = {}
        self._inherit(name, lineage)
        hidden = frozenset(
            pair.name
            for body in lineage[name]
            if isinstance(matrix := body.content.get("matrix"), Object)
            for pair in matrix.pairs
        )
        own = _hiding(lineage.pop(name), hidden)
        inherited = [body for bodies in lineage.values() for body in bodies]
        names = _merged((*own, *inherited), "contexts")
        self.budget.charge(len(names))
        # BuildKit looks for the familiar name, and Bake passes names as they are
        # (`toNamedContexts` in `bake/bake.go`): `library/golang` replaces nothing.
        contexts = frozenset(name for name in names if context_name(name) == name)
        return BakeTarget(
            name=name,
            own=own,
            bodies=(*own, *_hiding(inherited, hidden)),
            ancestors=(name, *lineage),
            contexts=contexts,
        )

    def _inherit(self, name: str, into: dict[str, list[Body]]) -> None:
        """Add the bodies of the target *name*, and those it inherits, the last first."""
        if name in into or sum(map(len, into.values())) >= _MOST_PARENTS:
            return
        into[name] = self._bodies[name][: -_MOST_PARENTS - 1 : -1]
        for body in into[name]:
            self.budget.charge(len(body.content.pairs))
            inherits = body.content.get("inherits")
            for item in reversed(inherits.items if isinstance(inherits, Items) else ()):
                self.budget.charge(1)
                parent = literal(item) or ""
                if parent in self._bodies:
                    self._inherit(parent, into)


def _hiding(bodies: Iterable[Body], hidden: frozenset[str]) -> tuple[Body, ...]:
    """Return *bodies*, in which the names in *hidden* have no value."""
    if not hidden:
        return tuple(bodies)
    return tuple(
        Body(replace(body.file, scope=body.file.scope.hiding(hidden)), body.content)
        for body in bodies
    )


def _first(bodies: Iterable[Body], name: str) -> Setting | None:
    values = ((body.file, body.content.get(name)) for body in bodies)
    found = ((f, value) for f, value in values if value is not None)
    return next(((f, value) for f, value in found if not is_null(value)), None)


def _merged(bodies: Iterable[Body], name: str) -> dict[str, Setting]:
    merged: dict[str, Setting] = {}
    for body in reversed(tuple(bodies)):
        value = body.content.get(name)
        for pair in value.pairs if isinstance(value, Object) else ():
            # In Bake, a `null` leaves what was set before.
            if not is_null(pair.value):
                merged[pair.name] = body.file, pair.value
    return merged
