"""What files say about one another decides what they mean."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, cast

import pytest

from imagelock.errors import ConfigurationError
from imagelock.model.occurrence import Occurrence, Place, Skipped
from imagelock.model.reference import Reference
from imagelock.model.source_text import Text
from imagelock.model.span import Span
from imagelock.project.project_reader import ProjectReader
from imagelock.project.related_files import RelatedFiles
from imagelock.sources import SOURCES
from imagelock.sources.context import Context
from imagelock.sources.plugins import _Guarded
from imagelock.sources.protocol import is_relating
from imagelock.sources.relations import BuiltImage, ManifestImage, Usage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from imagelock.model.occurrence import Found
    from imagelock.sources.protocol import Source
    from imagelock.sources.relations import RemainingImages

DOCKERFILE = PurePosixPath("Dockerfile")
BUILT = """\
services:
  a:
    build:
      context: .
      additional_contexts: {"golang:1.22": "docker-image://golang:1.23"}
  b: {build: .}
"""


def related(*uses: tuple[str, str, set[str]], is_part: bool = False) -> RelatedFiles:
    files = RelatedFiles()
    for user, used, names in uses:
        path = PurePosixPath(used)
        usage = Usage(path=path, replaced=frozenset(names), is_part=is_part)
        files.add(PurePosixPath(user), [usage])
    return files


def replaced(files: RelatedFiles, path: str) -> set[str]:
    return set(files.replaced(PurePosixPath(path)))


def test_a_name_is_replaced_where_every_use_replaces_it() -> None:
    files = related(("a", "x", {"web", "db"}), ("b", "x", {"web"}))

    assert replaced(files, "x") == {"web"}


def test_a_file_that_nothing_uses_keeps_its_names() -> None:
    assert replaced(related(("a", "x", {"web"})), "y") == set()


def test_what_outer_files_replace_counts_inside() -> None:
    files = related(
        ("prod", "base", {"web"}),
        ("dev", "base", {"web", "db"}),
        ("base", "manifest", {"cache"}),
    )

    assert replaced(files, "manifest") == {"cache", "web"}
    assert replaced(files, "base") == {"web"}


def test_uses_in_a_circle_end() -> None:
    files = related(("a", "b", {"x"}), ("b", "a", {"y"}), ("b", "c", set()))

    assert replaced(files, "c") <= {"x", "y"}


def test_a_file_does_not_use_itself() -> None:
    assert replaced(related(("a", "a", {"x"})), "a") == set()


def test_parts_belong_to_what_includes_them_through_others() -> None:
    files = related(("top", "middle", set()), ("middle", "inner", set()), is_part=True)

    assert [*map(str, files.wholes(PurePosixPath("inner")))] == ["middle", "top"]


def test_what_a_whole_says_counts_instead_of_its_parts_alone() -> None:
    files = related(("top", "middle", set()), ("middle", "inner", set()), is_part=True)
    readings = [
        (PurePosixPath(path), _occurrence(place))
        for path, place in (
            ("top", "inner"),
            ("middle", "inner"),
            ("inner", "inner"),
            ("middle", "middle"),
        )
    ]

    assert files.drop_parts_alone(readings) == [readings[0][1], readings[3][1]]


def test_files_that_include_each_other_are_all_read() -> None:
    files = related(("a", "b", set()), ("b", "a", set()), is_part=True)
    readings = [
        (PurePosixPath(path), _occurrence(place))
        for path, place in (("a", "b"), ("b", "b"), ("b", "a"), ("a", "a"))
    ]

    assert len(files.drop_parts_alone(readings)) == len(readings)


def built(
    name: str, **scope: frozenset[PurePosixPath] | frozenset[str] | bool
) -> RelatedFiles:
    place = Place(
        path=PurePosixPath("app/compose.yaml"),
        span=Span(0, len(name), 1, 1),
        text=name,
        format="compose",
        uses=("services.web.image",),
    )
    files = RelatedFiles()
    image = BuiltImage(reference=Reference.parse(name), place=place, **scope)  # type: ignore[arg-type]
    files.add(place.path, [image])
    return files


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        (built("web"), True),
        (built("web:1"), False),
        (built("web:1", has_any_tag=True), True),
        (built("web", files=frozenset({PurePosixPath("y.yaml")})), True),
        (built("web", files=frozenset({PurePosixPath("x.yaml")})), False),
        (built("web", formats=frozenset({"kubernetes"})), True),
        (built("web", formats=frozenset({"dockerfile"})), False),
    ],
)
def test_where_a_name_means_what_is_built(
    files: RelatedFiles, *, expected: bool
) -> None:
    found = files.unless_built(_occurrence("y.yaml"))

    assert isinstance(found, Skipped) is expected
    if isinstance(found, Skipped):
        assert (
            found.detail
            == "`web:latest`: this project builds it, at app/compose.yaml:1:1"
        )


def test_a_context_of_one_build_hides_no_image_of_another(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(BUILT)
    (tmp_path / "Dockerfile").write_text("FROM golang:1.22\n")

    found = read(tmp_path, "compose.yaml", "Dockerfile")

    assert ("Dockerfile", "golang:1.22") in found


def test_files_that_are_not_asked_for_still_count(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(BUILT.replace("  b: {build: .}\n", ""))
    (tmp_path / "Dockerfile").write_text("FROM golang:1.22\n")
    reader = ProjectReader(root=tmp_path, platforms=())

    (found,) = reader.read([DOCKERFILE], others=[PurePosixPath("compose.yaml")])

    assert isinstance(found, Skipped)
    assert found.reason.slug == "named-context"


def test_the_catalog_says_which_sources_relate_files() -> None:
    for entry in SOURCES.values():
        assert entry.is_relating == is_relating(entry.source), entry.name


def read(root: Path, *paths: str) -> set[tuple[str, str]]:
    found = ProjectReader(root=root, platforms=()).read(map(PurePosixPath, paths))
    return {
        (str(each.place.path), each.place.text)
        for each in found
        if not isinstance(each, Skipped)
    }


def _occurrence(path: str) -> Found:
    place = Place(
        path=PurePosixPath(path),
        span=Span(0, 3, 1, 1),
        text="web",
        format="kubernetes",
        uses=("image",),
    )
    return Occurrence(place=place, reference=Reference.parse("web"))


def test_what_terraform_builds_is_not_pulled(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'resource "docker_image" "app" {\n  name = "app-here"\n'
        '  build { context = "." }\n}\n'
    )
    (tmp_path / "compose.yaml").write_text("services: {a: {image: app-here}}\n")

    assert read(tmp_path, "main.tf", "compose.yaml") == set()


def test_a_plugin_that_fails_is_named() -> None:
    class Broken:
        def relations(self, *_: object) -> Iterator[Usage]:
            raise ValueError("no")

        def remaining(self, *_: object) -> RemainingImages:
            raise ValueError("no")

    guarded = _Guarded(cast("Source", Broken()), "broken")
    context = Context(read=lambda _: None, platforms=())

    with pytest.raises(ConfigurationError, match=r"`broken` failed at `x`"):
        list(guarded.relations(PurePosixPath("x"), Text(""), context))
    with pytest.raises(ConfigurationError, match=r"`broken` failed at `x`"):
        guarded.remaining(PurePosixPath("x"), Text(""), context)


def test_what_a_file_makes_of_images_is_asked_once_and_only_if_it_counts() -> None:
    asked: list[str] = []
    web, api, new = (ManifestImage(value=name) for name in ("web", "api", "new"))

    def remaining(path: PurePosixPath) -> RemainingImages:
        asked.append(str(path))
        return {web: (new,), new: ()}

    files = RelatedFiles(remaining)
    base = PurePosixPath("base")
    files.add(PurePosixPath("prod"), [Usage(path=base, changes_images=True)])
    files.add(PurePosixPath("other"), [Usage(path=PurePosixPath("x"))])

    assert web not in files.changed(PurePosixPath("x"))
    assert not asked
    assert web not in files.changed(base)
    assert api not in files.changed(base)
    assert new in files.changed(base)
    assert asked == ["prod"]


def test_a_source_that_only_relates_changes_no_image() -> None:
    context = Context(read=lambda _: None, platforms=())

    path, text = PurePosixPath("x"), Text("")
    bake = SOURCES["bake"]

    assert bake.remaining(path, text, context) == {}
    assert (
        _Guarded(cast("Source", bake.source), "b").remaining(path, text, context) == {}
    )
