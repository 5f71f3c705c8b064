"""The architecture: imports point down, and there are no circles anywhere.

The rooms and everything in them are discovered from the code. The only thing
written here is the order of the rooms.
"""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import imagelock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PACKAGE = Path(imagelock.__file__).parent
ORDER = (
    "version",
    "light_typing",
    "light_signal",
    "light_json",
    "dataclass",
    "blake2",
    "source_line",
    "errors",
    "text_file",
    "work_tree",
    "program_path",
    "child_process",
    "user_cache",
    "file_lock",
    "cache_storage",
    "entry_points",
    "model",
    "syntax",
    "sources",
    "config",
    "importers",
    "lockfile",
    "registry",
    "scanning",
    "signatures",
    "policies",
    "project",
    "commands",
    "fleet",
    "report",
    "export",
    "plugin",
    "testing",
    "api",
    "lsp",
    "demo",
    "cli",
)
"""From the bottom to the top: a room imports only rooms before it."""

ENTRIES = {"__init__", "__main__"}
"""What a package starts with: it may import anything, and nothing imports it."""

Imports = dict[Path, set[Path]]
"""Each file, and those of the same package that it imports."""


def imports_of(package: Path) -> Imports:
    return {path: set(_imported(path, package)) for path in package.rglob("*.py")}


@cache
def real_imports() -> Imports:
    return imports_of(PACKAGE)


def _imported(path: Path, package: Path) -> Iterator[Path]:
    """Yield what *path* imports, wherever in it: `TYPE_CHECKING` and functions, too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            if (file := _file_of(name, package)) and file != path:
                yield file


def _file_of(name: str, package: Path) -> Path | None:
    """Return the file of the module *name*, or of the module that has this name."""
    head, *parts = name.split(".")
    if head != package.name:
        return None
    for some in (parts, parts[:-1]):
        base = package.joinpath(*some)
        for file in (base.with_suffix(".py"), base / "__init__.py"):
            if some and file.is_file():
                return file
    return package / "__init__.py"


def rooms_of(imports: Imports, package: Path) -> dict[str, set[str]]:
    """Return each room with the rooms that it imports."""
    return _children(imports, package)


def _children(imports: Imports, folder: Path) -> dict[str, set[str]]:
    """Return what is directly in *folder*, each with its imports among the others."""

    def child(file: Path) -> str:
        return file.relative_to(folder).with_suffix("").parts[0]

    inside = [file for file in imports if file.is_relative_to(folder)]
    graph: dict[str, set[str]] = {child(file): set() for file in inside}
    for file in inside:
        below = {child(f) for f in imports[file] if f.is_relative_to(folder)}
        graph[child(file)] |= below - {child(file)}
    return graph


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """Return the names of a circle in *graph*; none if there is no circle."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def upward(imports: Imports, package: Path) -> set[tuple[str, str]]:
    """Return the pairs of rooms of which the first imports the second from below."""
    rooms = rooms_of(imports, package)
    return {
        (room, other)
        for room, others in rooms.items()
        for other in others - ENTRIES
        if room not in ENTRIES and ORDER.index(other) >= ORDER.index(room)
    }


def test_every_room_has_its_place_in_the_order() -> None:
    rooms = set(rooms_of(real_imports(), PACKAGE)) - ENTRIES

    assert rooms == set(ORDER)


def test_no_import_points_up() -> None:
    assert upward(real_imports(), PACKAGE) == set()


@pytest.mark.parametrize(
    "folder",
    sorted({file.parent for file in PACKAGE.rglob("*.py")}),
    ids=lambda folder: str(folder.relative_to(PACKAGE)),
)
def test_no_circle_of_files_or_folders(folder: Path) -> None:
    assert circle(_children(real_imports(), folder)) == []


def test_no_circle_of_single_files_across_folders() -> None:
    graph = {
        str(f): {str(other) for other in others} for f, others in real_imports().items()
    }

    assert circle(graph) == []


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A package of two rooms with nothing wrong in it."""
    package = tmp_path / "house"
    files = {
        "__init__.py": "",
        "model/__init__.py": "",
        "model/digest.py": "",
        "cli/__init__.py": "",
        "cli/app.py": "from house.model.digest import Digest\n",
        "cli/options.py": "",
    }
    for name, text in files.items():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        (package / name).write_text(text)
    return package


def test_the_house_without_a_violation_passes(house: Path) -> None:
    imports = imports_of(house)

    assert upward(imports, house) == set()
    assert circle(_children(imports, house / "cli")) == []


@pytest.mark.parametrize(
    "line",
    [
        "from house.cli.app import main\n",
        "from house.cli import app\n",
        "import house.cli.app\n",
        "if TYPE_CHECKING:\n    from house.cli.app import main\n",
        "def f():\n    from house.cli import app\n",
    ],
)
def test_an_import_that_points_up_is_found(house: Path, line: str) -> None:
    (house / "model/digest.py").write_text(line)

    assert upward(imports_of(house), house) == {("model", "cli")}


def test_a_circle_of_files_is_found(house: Path) -> None:
    (house / "cli/options.py").write_text("from house.cli import app\n")
    (house / "cli/app.py").write_text("from house.cli.options import Option\n")

    assert circle(_children(imports_of(house), house / "cli")) != []


def test_a_circle_of_folders_is_found(house: Path) -> None:
    for name, other in (("one", "two"), ("two", "one")):
        (house / "cli" / name).mkdir()
        (house / "cli" / name / "a.py").write_text(f"import house.cli.{other}.b\n")
        (house / "cli" / name / "b.py").write_text("")

    assert circle(_children(imports_of(house), house / "cli")) != []


def test_only_the_registry_imports_the_http_client() -> None:
    users = {
        path.relative_to(PACKAGE).parts[0]
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import) and any(n.name == "httpx" for n in node.names)
    }

    assert users == {"registry"}


def test_no_two_classes_have_the_same_name() -> None:
    names = Counter(
        node.name
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    )

    assert [name for name, count in names.items() if count > 1] == []
