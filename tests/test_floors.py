"""The architecture: imports point down, and the parts of one floor are strangers."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import imagelock

PACKAGE = Path(imagelock.__file__).parent
FLOORS = (
    {"errors", "toml"},
    {"digest", "duration", "gitignore", "platform", "span"},
    {"reference", "tag", "text"},
    {"details", "image", "links", "naming", "occurrence", "tag_pattern"},
    {"change", "diagnosis", "finding", "newest", "seen"},
    {
        "files",
        "git",
        "hidden",
        "initial",
        "ignoring",
        "lockfile",
        "path_ignores",
        "registry",
        "report",
        "rewrite",
        "settings",
        "sources",
    },
    {"choice", "config", "discovery", "extras", "image_settings", "resolve", "wanted"},
    {"reading"},
    {
        *(
            "cooldown",
            "doctor",
            "drift",
            "explain",
            "importing",
            "lock",
            "outdated",
            "pin",
        ),
        *("merging", "project", "proof", "roots", "running", "verify"),
    },
    {"bump", "export", "render", "take_over"},
    {"cli", "demo"},
)
FLOOR = {part: number for number, parts in enumerate(FLOORS) for part in parts}
TOGETHER = {
    ("cli", "demo"),  # the command starts the tour
}


def imported_by(part: str) -> set[str]:
    files = [*PACKAGE.glob(f"{part}.py"), *PACKAGE.glob(f"{part}/**/*.py")]
    nodes = [
        node
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom)
    ]
    parts = set()
    for node in nodes:
        head, _, tail = (node.module or "").partition(".")
        if head == "imagelock":
            parts |= {tail.split(".")[0]} if tail else {a.name for a in node.names}
    return parts - {part, "__version__"}


def test_every_part_has_its_floor() -> None:
    found = {p.stem for p in PACKAGE.iterdir() if p.suffix == ".py" or p.is_dir()}

    assert found - {"__init__", "__main__", "__pycache__"} == set(FLOOR)


@pytest.mark.parametrize("part", sorted(FLOOR))
def test_every_part_is_in_the_document_on_its_floor(part: str) -> None:
    page = PACKAGE.parent.parent / "docs" / "development" / "architecture.md"
    floors = page.read_text(encoding="utf-8").split("\n  floor ")[1:]
    name = f"{part}/" if (PACKAGE / part).is_dir() else f"{part}.py"

    assert name in floors[FLOOR[part]].split("```")[0].split()


@pytest.mark.parametrize("part", sorted(FLOOR))
def test_imports_point_down(part: str) -> None:
    up = {
        other
        for other in imported_by(part)
        if FLOOR[other] >= FLOOR[part] and (part, other) not in TOGETHER
    }

    assert up == set()


def test_only_the_registry_knows_the_http_client() -> None:
    users = {
        path.relative_to(PACKAGE).parts[0]
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import) and any(n.name == "httpx" for n in node.names)
    }

    assert users <= {"registry"}
