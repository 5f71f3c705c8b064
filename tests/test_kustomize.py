from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.occurrence import Occurrence, Reason, Skipped
from imagelock.reading import Reader
from imagelock.sources import ko, kustomize
from imagelock.sources.context import Context
from imagelock.text import Text

from .extraction import case_of, cases, check, find

if TYPE_CHECKING:
    from pathlib import Path

    from .extraction import Case

PATH = PurePosixPath("base/kustomization.yaml")
AROUND = Context(read=lambda _: None, platforms=())
WRONG_PLACE = {
    "E146": "its bytes are those of the `v1` in `apiVersion`",
    "E156": "its bytes are those of the `1` in `apiVersion`",
    "E157": "its bytes are those of the `1` in `apiVersion`; chart values are not read",
}


@pytest.mark.parametrize("case", cases("kustomize", without=WRONG_PLACE), ids=str)
def test_the_golden_cases(case: Case) -> None:
    check(case, find(case))


@pytest.mark.parametrize("identity", ["E287", "E306"])
def test_the_golden_cases_of_whole_projects(tmp_path: Path, identity: str) -> None:
    case = case_of(identity)
    for path, data in case.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)

    check(case, Reader(root=tmp_path, platforms=()).read(case.files))


def found(text: str) -> list[tuple[str, str]]:
    return [
        (
            one.place.location,
            str(one.reference) if isinstance(one, Occurrence) else one.reason.slug,
        )
        for one in kustomize.find(PATH, Text(text), AROUND)
    ]


DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (
            "{name: app, newName: ghcr.io/acme/app, newTag: v1}",
            ("newTag", "ghcr.io/acme/app:v1"),
        ),
        (
            f"{{name: a, newTag: '1', digest: '{DIGEST}'}}",
            ("newTag", f"docker.io/library/a:1@{DIGEST}"),
        ),
        ("{name: a, newTag: 1.10}", ("newTag", "docker.io/library/a:1.10")),
        (
            f"{{name: a, newTag: '1@{DIGEST}'}}",
            ("newTag", f"docker.io/library/a:1@{DIGEST}"),
        ),
        ("{name: a, newTag: '1', tagSuffix: -x}", ("tagSuffix", "needs-base")),
        ("{name: a.*, newName: b, newTag: '2'}", ("newTag", "docker.io/library/b:2")),
        ("{name: a, newTag: 't+x'}", ("newTag", "invalid")),
    ],
)
def test_an_entry_is_put_together(entry: str, expected: tuple[str, str]) -> None:
    key, meaning = expected

    assert found(f"images: [{entry}]\n") == [(f"images[0].{key}", meaning)]


@pytest.mark.parametrize("entry", ["{name: a}", "{name: a, newTag: ''}", "a", "{}"])
def test_an_entry_that_replaces_nothing_is_nothing(entry: str) -> None:
    assert found(f"images: [{entry}]\n") == []


def test_a_chart_of_a_registry_is_pulled_at_its_version() -> None:
    text = """\
helmCharts:
- {name: app, repo: oci://ghcr.io/acme/charts/, version: 1.2.3+4}
- {name: other, repo: https://example.com, version: 1.0.0}
"""

    assert found(text) == [
        ("helmCharts[0].version", "ghcr.io/acme/charts/app:1.2.3_4"),
    ]


def test_only_the_manifests_that_are_listed_are_changed() -> None:
    text = "resources: [web.yaml, ../shared/a.json, ../dir]\n"
    images = "images: [{name: web, newTag: '1'}, {name: kept}]\n"

    assert list(kustomize.replacements(PATH, Text(text + images), AROUND)) == [
        (PurePosixPath("base/web.yaml"), "web"),
        (PurePosixPath("shared/a.json"), "web"),
    ]


@given(st.text(max_size=80))
def test_no_text_is_too_strange(text: str) -> None:
    for source in (kustomize, ko):
        for one in source.find(PATH, Text(text), AROUND):
            assert isinstance(one, Occurrence | Skipped)
    list(kustomize.replacements(PATH, Text(text), AROUND))


def test_a_broken_file_is_said_to_be() -> None:
    (one,) = kustomize.find(PATH, Text("images: [\n"), AROUND)

    assert isinstance(one, Skipped)
    assert one.reason is Reason.UNPARSEABLE
