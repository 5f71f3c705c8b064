"""A Bake file, with those that Bake loads together with it, and its variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.model.occurrence import VariableAssignment
from imagelock.sources.bake.targets import Body, Targets
from imagelock.sources.bake.templates import marked_templates
from imagelock.sources.shared.hcl_file import HclFile, parse
from imagelock.syntax.hcl.tree import Object, blocks, is_null
from imagelock.syntax.hcl.values import Known, Scope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import PurePosixPath

    from imagelock.model.source_text import Text
    from imagelock.sources.bake.targets import BakeTarget
    from imagelock.sources.context import Context
    from imagelock.sources.shared.work_budget import WorkBudget
    from imagelock.syntax.hcl.parser import Problem
    from imagelock.syntax.hcl.tree import Expression

DEFAULT_FILES: Final = (
    "docker-bake.json",
    "docker-bake.hcl",
    "docker-bake.override.json",
    "docker-bake.override.hcl",
)
"""What Bake loads without `-f`, in this order (`defaultFilenames` of buildx's `bake.go`).

A Compose file beside them, which Bake loads, too, has targets of its own.
"""


@dataclass(slots=True)
class BakeFile:
    """A Bake file. Its targets are merged from all files that are loaded with it."""

    file: HclFile
    problems: list[Problem]
    _targets: Targets
    _groups: list[Object]

    @property
    def budget(self) -> WorkBudget:
        """The bound of the work that its targets cause."""
        return self._targets.budget

    def targets(self) -> list[BakeTarget]:
        """Return the targets of all files that are loaded with it.

        Raises:
            TooMuchError: they inherit more than any real file has.
        """
        return marked_templates(self._targets.all(), self._groups, self.budget)


def bake_file(path: PurePosixPath, text: Text, context: Context) -> BakeFile:
    """Return the Bake file at *path*; nothing is raised for its content."""
    root, problems = parse(path, text.value)
    loaded = [
        (path, text, root) if other == path else _read(other, context)
        for other in _loaded_with(path)
    ]
    files = [file for file in loaded if file is not None]
    scopes = _scopes(files, context)
    targets, groups = Targets(), list[Object]()
    this = HclFile(path=path, text=text, format="bake", scope=scopes[path])
    for other, other_text, other_root in files:
        file = HclFile(path=other, text=other_text, format="bake", scope=scopes[other])
        for body, name in blocks(other_root, "target", 1):
            targets.add(name, Body(file, body))
        groups.extend(body for body, _ in blocks(other_root, "group", 1))
    return BakeFile(this, problems, targets, groups)


_Loaded = tuple["PurePosixPath", "Text", "Object"]


def _loaded_with(path: PurePosixPath) -> list[PurePosixPath]:
    if path.name not in DEFAULT_FILES:
        return [path]
    return [path.parent / name for name in DEFAULT_FILES]


def _read(path: PurePosixPath, context: Context) -> _Loaded | None:
    text = context.read(path)
    return None if text is None else (path, text, parse(path, text.value)[0])


def _scopes(files: list[_Loaded], context: Context) -> dict[PurePosixPath, Scope]:
    """Return the scope of each file, whose own names are those that count.

    A later file overrides a variable of an earlier one.
    """
    values: dict[str, Expression] = {}
    homes: dict[str, _Loaded] = {}
    for file in files:
        for name, value in _definitions(file[2]).items():
            homes[name] = file
            values.pop(name, None)
            if value is not None:
                values[name] = value

    def given(name: str) -> str | None:
        value = context.environment.get(name)
        return value if value is not None else context.variables.get(name)

    scopes: dict[PurePosixPath, Scope] = {}
    everywhere = Scope(text="", given=given, own=values)

    def other(name: str) -> Known | None:
        if everywhere.definition(name) is None:
            return None
        value = everywhere.value(name)
        return value if isinstance(value, Known) else None

    assigned = _assigned(homes, scopes)
    for file in files:
        path, text, _ = file
        own = {name: value for name, value in values.items() if homes[name] is file}
        scopes[path] = Scope(
            text=text.value, given=given, own=own, other=other, assigned=assigned
        )
    return scopes


def _assigned(
    homes: Mapping[str, _Loaded], scopes: Mapping[PurePosixPath, Scope]
) -> Callable[[str], VariableAssignment | None]:
    """Return a function that finds where the file of a name gives it its value."""

    def assigned(name: str) -> VariableAssignment | None:
        home = homes.get(name)
        written = scopes[home[0]].written(name) if home else None
        if home is None or written is None:
            return None
        path, text, _ = home
        span = text.span(*written)
        return VariableAssignment(name, path, span, text.value[slice(*written)])

    return assigned


def _definitions(root: Object) -> dict[str, Expression | None]:
    """Return the attributes of a file, and its variables with their defaults."""
    values: dict[str, Expression | None] = {
        pair.name: pair.value for pair in root.pairs if pair.labels is None
    }
    for body, name in blocks(root, "variable", 1):
        default = body.get("default")
        values[name] = None if is_null(default) else default
    return values
