"""Which source reads a file, by what the project says and what is installed."""

from __future__ import annotations

import sys
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from imagelock.config import load
from imagelock.entry_points import SOURCE, installed
from imagelock.errors import ConfigurationError
from imagelock.model.occurrence import Reason, Skipped
from imagelock.project.project_reader import ProjectReader
from imagelock.project.source_selection import SourceSelection
from imagelock.sources import SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Run

COMPOSE = "services: {a: {image: redis:7}}\n"
POD = """\
apiVersion: v1
kind: Pod
spec: {containers: [{image: "redis:7"}]}
"""
ACME = '''\
"""Images in Acme files, a line each: `pull NAME`."""

import re

from imagelock.model.occurrence import Place
from imagelock.sources.shared.classify import classify
from imagelock.sources.protocol import About

ABOUT = About(
    recognised="`*.acme`",
    read="`pull NAME`",
    not_read="all else",
    pinned="behind the tag",
)


def may_match(path):
    return path.suffix == ".acme"


def matches(path, text):
    return "pull" in text


def find(path, text, context):
    for match in re.finditer(r"(?m)^pull (\\S+)$", text.value):
        place = Place(
            path=path,
            span=text.span(*match.span(1)),
            text=match[1],
            format="acme",
            uses=("pull",),
        )
        yield classify(match[1], place)
    if "break" in text.value:
        raise OSError("the disk is on fire")
'''


def read(root: Path, settings: str, files: dict[str, str]) -> list[tuple[str, ...]]:
    """Return the file, the format and the text of all that is found."""
    (root / "imagelock.toml").write_text(settings)
    for name, text in files.items():
        (root / name).write_text(text)
    source_selection = SourceSelection.of(load(root).sources)
    found = ProjectReader(
        root=root, platforms=(), source_selection=source_selection
    ).read([PurePosixPath(name) for name in sorted(files)])
    return [(str(o.place.path), o.place.format, o.place.text) for o in found]


def test_without_settings_the_first_source_that_knows_a_file_reads_it(
    tmp_path: Path,
) -> None:
    files = {"compose.yaml": COMPOSE, "pod.yaml": POD, "other.tpl": COMPOSE}

    assert read(tmp_path, "", files) == [
        ("compose.yaml", "compose", "redis:7"),
        ("pod.yaml", "kubernetes", "redis:7"),
    ]


def test_paths_are_read_by_the_source_that_they_are_given_to(tmp_path: Path) -> None:
    settings = '[sources.compose]\npaths = ["*.tpl", "!not.tpl"]\n'
    files = {"pod.tpl": POD, "not.tpl": COMPOSE, "other.tpl": COMPOSE}

    assert read(tmp_path, settings, files) == [("other.tpl", "compose", "redis:7")]


def test_given_paths_beat_the_order_of_the_sources(tmp_path: Path) -> None:
    settings = '[sources.kubernetes]\npaths = ["/compose.yaml"]\n'
    pods = f"services: {{}}\n---\n{POD}"

    assert read(tmp_path, settings, {"compose.yaml": pods}) == [
        ("compose.yaml", "kubernetes", "redis:7")
    ]


def test_what_a_disabled_source_knows_nobody_reads(tmp_path: Path) -> None:
    files = {".ko.yaml": POD, "pod.yaml": POD}

    assert read(tmp_path, "[sources.ko]\nenabled = false\n", files) == [
        ("pod.yaml", "kubernetes", "redis:7")
    ]


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_every_source_can_be_switched_off_and_given_files(
    tmp_path: Path, name: str
) -> None:
    text = f'[sources.{name}]\npaths = ["x.y"]\nenabled = true\n'
    (tmp_path / "imagelock.toml").write_text(text)

    source_selection = SourceSelection.of(load(tmp_path).sources)

    assert source_selection.candidates(PurePosixPath("x.y")) == [SOURCES[name]]
    assert source_selection.choose(PurePosixPath("x.y"), "", []) is SOURCES[name]


@pytest.fixture
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An installed package with the sources `acme`, `broken` and `lacking`."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "acme_images.py").write_text(ACME)
    (folder / "acme_broken.py").write_text("import a_module_that_there_is_not\n")
    (folder / "acme_lacking.py").write_text("def find(): ...\n")
    info = folder / "acme_images-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: acme-images\nVersion: 1.0\n"
    )
    (info / "entry_points.txt").write_text(
        "[imagelock.sources]\nacme = acme_images\nbroken = acme_broken\n"
        "lacking = acme_lacking\ncompose = acme_broken\n"
    )
    sys.path.insert(0, str(folder))
    yield "acme"
    sys.path.remove(str(folder))
    for name in ("acme_images", "acme_broken", "acme_lacking"):
        sys.modules.pop(name, None)


def test_a_source_of_another_package_is_used_if_it_is_named(
    tmp_path: Path, acme: str
) -> None:
    files = {"a.acme": "pull redis:7\npull no such\n", "compose.yaml": COMPOSE}

    assert acme in installed(SOURCE)
    assert read(tmp_path, "", files) == [("compose.yaml", "compose", "redis:7")]
    assert "acme_images" not in sys.modules
    assert read(tmp_path, "[sources.acme]\n", files) == [
        ("a.acme", "acme", "redis:7"),
        ("compose.yaml", "compose", "redis:7"),
    ]


def test_a_name_of_a_built_in_source_means_that(tmp_path: Path, acme: str) -> None:
    files = {"compose.yaml": COMPOSE}

    assert read(tmp_path, "[sources.compose]\n", files) == [
        ("compose.yaml", "compose", "redis:7")
    ]


def test_what_such_a_source_raises_is_a_finding(tmp_path: Path, acme: str) -> None:
    (tmp_path / "a.acme").write_text("pull redis:7\nbreak\n")
    (tmp_path / "imagelock.toml").write_text("[sources.acme]\n")
    source_selection = SourceSelection.of(load(tmp_path).sources)

    found = ProjectReader(
        root=tmp_path, platforms=(), source_selection=source_selection
    ).read([PurePosixPath("a.acme")])

    failed, redis = found
    assert isinstance(failed, Skipped)
    assert failed.reason is Reason.UNPARSEABLE
    assert failed.detail == (
        "the source `acme` failed at `a.acme`: OSError: the disk is on fire"
    )
    assert redis.place.text == "redis:7"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("broken", "`broken` (`acme_broken` of `acme-images`) cannot be imported:"),
        ("lacking", "of `acme-images`) lacks `ABOUT`, `may_match`, `matches`"),
    ],
)
def test_a_source_that_cannot_be_used_is_an_error(
    tmp_path: Path, acme: str, name: str, message: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read(tmp_path, f"[sources.{name}]\n", {})

    assert message in str(refused.value)


def test_a_name_that_nobody_offers_is_an_error_with_a_suggestion(
    tmp_path: Path, acme: str
) -> None:
    for wrong, right in {"kubernets": "kubernetes", "acne": "acme"}.items():
        with pytest.raises(ConfigurationError, match=f"did you mean `{right}`"):
            read(tmp_path, f"[sources.{wrong}]\n", {})


def test_two_packages_with_one_name_are_an_error(
    tmp_path: Path, acme: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    info = tmp_path_factory.mktemp("more") / "other-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[imagelock.sources]\nacme = acme_images\n")
    sys.path.insert(0, str(info.parent))
    try:
        with pytest.raises(ConfigurationError, match="but `acme-images`, `other` do"):
            read(tmp_path, "[sources.acme]\n", {})
    finally:
        sys.path.remove(str(info.parent))


def test_the_command_line_uses_it(project: Path, imagelock: Run, acme: str) -> None:
    (project / "imagelock.toml").write_text("[sources.acme]\n")
    (project / "images.acme").write_text("pull redis:7\n")

    assert "docker.io/library/redis:7" in imagelock("list", "--format", "json").out
