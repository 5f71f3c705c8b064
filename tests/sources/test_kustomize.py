from __future__ import annotations

import json
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.model.source_text import Text
from imagelock.project.project_reader import ProjectReader
from imagelock.sources import SOURCES
from imagelock.sources.context import Context
from imagelock.sources.kustomize import kustomize
from tests.support.extraction import case_of, cases, check, find

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.extraction import Case

PATH = PurePosixPath("base/kustomization.yaml")
AROUND = Context(read=lambda _: None, platforms=())


@pytest.mark.parametrize("case", cases("kustomize"), ids=str)
def test_the_golden_cases(case: Case) -> None:
    check(case, find(case))


def test_patches_are_read() -> None:
    case = case_of("E155")
    wanted = tuple(replace(finding, optional=False) for finding in case.expectations)

    check(replace(case, expectations=wanted), find(case))


@pytest.mark.parametrize("identity", ["E287", "E306"])
def test_the_golden_cases_of_whole_projects(tmp_path: Path, identity: str) -> None:
    case = case_of(identity)
    for path, data in case.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)

    check(case, ProjectReader(root=tmp_path, platforms=()).read(case.files))


def found(text: str) -> list[tuple[str, str]]:
    return [
        (
            finding.place.location,
            str(finding.reference)
            if isinstance(finding, Occurrence)
            else finding.reason.slug,
        )
        for finding in sorted(
            kustomize.find(PATH, Text(text), AROUND), key=lambda each: each.place.span
        )
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
        ("{name: a, newTag: '1.10'}", ("newTag", "docker.io/library/a:1.10")),
        ("{name: a, newTag: !!str 1.10}", ("newTag", "docker.io/library/a:1.10")),
        ("{name: a, newTag: 1.10.2}", ("newTag", "docker.io/library/a:1.10.2")),
        (
            f"{{name: a, newTag: '1@{DIGEST}'}}",
            ("newTag", f"docker.io/library/a:1@{DIGEST}"),
        ),
        ("{name: a, tagSuffix: -x}", ("tagSuffix", "needs-base")),
        ("{name: a, newTag: '1', tagSuffix: -x}", ("newTag", "docker.io/library/a:1")),
        ("{name: a.*, newName: b, newTag: '2'}", ("newTag", "docker.io/library/b:2")),
        ("{name: a, newTag: 't+x'}", ("newTag", "invalid")),
        *(
            (f"{{name: a, newTag: {number}}}", ("newTag", "invalid"))
            for number in [
                "1.10",
                "9.0",
                "16",
                "0362525",
                "08",
                "1e3",
                "1_000",
                "0x1F",
                "true",
                "on",
                "y",
                ".inf",
            ]
        ),
        *(
            (f"{{name: a, newTag: {tag}}}", ("newTag", f"docker.io/library/a:{tag}"))
            for tag in ["1.5e", "2024-01-01", "1.10rc", "0x", "v1", "yess", "nul"]
        ),
        ("{name: a, newName: 12, newTag: v1}", ("newName", "invalid")),
        ("{name: a, newTag: '${TAG}'}", ("newTag", "variable")),
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


def test_files_and_folders_are_used() -> None:
    text = "resources: [web.yaml, ../shared/a.json, ../dir, https://x.y/z.yaml]\n"
    texts = {PurePosixPath("dir/kustomization.yml"): Text("resources: [x.yaml]")}
    around = Context(read=texts.get, platforms=())

    uses = list(kustomize.relations(PATH, Text(text), around))

    assert [str(use.path) for use in uses] == [
        "base/web.yaml",
        "shared/a.json",
        "dir/kustomization.yml",
    ]


def test_a_chart_in_a_range_of_versions_is_not_locked() -> None:
    text = "helmCharts: [{name: a, repo: 'oci://g.io', version: '>=1.0.0'}]\n"

    assert found(text) == [("helmCharts[0].version", "constraint")]


def test_kustomize_takes_no_digest_for_a_chart() -> None:
    text = "helmCharts: [{name: a, repo: 'oci://g.io', version: 1.0.0}]\n"

    (finding,) = kustomize.find(PATH, Text(text), AROUND)

    assert isinstance(finding, Occurrence)
    assert finding.unpinnable_reason


def test_the_values_of_a_chart_are_read() -> None:
    text = """\
helmCharts:
- name: app
  valuesInline:
    image: {repository: acme/m, tag: "1"}
"""

    assert found(text) == [
        ("helmCharts[0].valuesInline.image.tag", "docker.io/acme/m:1")
    ]


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        (
            "{op: replace, path: /spec/template/spec/containers/0/image, value: a:1}",
            [("[0].value", "docker.io/library/a:1")],
        ),
        (
            "{op: add, path: /spec/containers/-, value: {name: x, image: a}}",
            [("[0].value.image", "docker.io/library/a:latest")],
        ),
        (
            "{op: add, path: /spec/initContainers, value: [{image: a}, {image: b}]}",
            [
                ("[0].value[0].image", "docker.io/library/a:latest"),
                ("[0].value[1].image", "docker.io/library/b:latest"),
            ],
        ),
        (
            "{op: add, path: /spec, value: {containers: [{image: a}]}}",
            [("[0].value.containers[0].image", "docker.io/library/a:latest")],
        ),
        (
            "{op: test, path: /spec/containers/0/image, value: a:1}",
            [("[0].value", "pattern")],
        ),
        (
            "{op: add, path: /spec/containers/0/image, value: gone:1}",
            [("[0].value", "replaced-by-kustomize")],
        ),
        (
            "{op: add, path: /spec/image, value: gone:1}",
            [("[0].value", "docker.io/library/gone:1")],
        ),
        ("{op: replace, path: /spec/replicas, value: 3}", []),
        ("{op: remove, path: /spec/containers/0/image}", []),
        ("{value: a:1}", []),
        ("text", []),
    ],
)
def test_operations_put_images_in(patch: str, expected: list[tuple[str, str]]) -> None:
    images = "images: [{name: gone, newName: b}]\n"
    keys = ("patches", "patchesJson6902")
    for key in keys:
        text = f"{key}:\n- patch: |-\n    - {patch}\n"

        assert found(text + images)[:-1] == [
            (f"{key}[0].patch{use}", matches_image) for use, matches_image in expected
        ]


def test_objects_are_merged_and_files_are_not_read() -> None:
    text = """\
patchesStrategicMerge:
- patch.yaml
- |-
  apiVersion: v1
  kind: Pod
  spec: {containers: [{image: a}, {image: 'gone:1'}]}
- "spec: {initContainers: [{image: b}]}"
- "image: {"
images: [{name: gone, newTag: "2"}]
"""
    use = "patchesStrategicMerge"

    assert found(text)[:-1] == [
        (f"{use}[1].spec.containers[0].image", "docker.io/library/a:latest"),
        (f"{use}[1].spec.containers[1].image", "replaced-by-kustomize"),
        (f"{use}[2].spec.initContainers[0].image", "docker.io/library/b:latest"),
        (f"{use}[3].document", "unparseable"),
    ]


@pytest.mark.parametrize(
    ("entry", "written"),
    [
        ("{name: a, newTag: '1'}", None),
        ("{name: a, newTag: '1', digest: ''}", ""),
        ("{name: a, newTag: '1', digest: ~}", None),
        (f"{{name: a, newTag: '1', digest: {DIGEST}}}", DIGEST),
        (f"{{name: a, digest: {DIGEST}}}", DIGEST),
        (f"{{name: a, newTag: 1@{DIGEST}}}", None),
    ],
)
def test_the_digest_goes_to_its_key(entry: str, written: str | None) -> None:
    text = f"images: [{entry}]\n"

    (finding,) = kustomize.find(PATH, Text(text), AROUND)

    assert isinstance(finding, Occurrence)
    assert finding.unpinnable_reason is None
    slot = finding.slot
    assert (slot and text[slot.span.start : slot.span.end]) == written
    assert slot is None or slot.template == "{digest}"


def test_one_tag_of_two_images_is_not_pinned() -> None:
    text = "images: [{name: a, newTag: &t '1'}, {name: b, newTag: *t}]\n"

    for finding in kustomize.find(PATH, Text(text), AROUND):
        assert isinstance(finding, Occurrence)
        assert finding.unpinnable_reason


def test_a_digest_behind_an_anchor_has_no_place_here() -> None:
    text = f"x: &d {DIGEST}\nimages: [{{name: a, digest: *d}}]\n"

    (finding,) = kustomize.find(PATH, Text(text), AROUND)

    assert isinstance(finding, Occurrence)
    assert finding.unpinnable_reason


ENTRY = st.tuples(
    st.sampled_from(["a", "acme/b", "quay.io/c/d"]),
    st.sampled_from(["newTag: '1'", "newTag: 1.10.2", "newTag: v2, digest: ''"]),
)
PATCH = st.sampled_from(["a:1", "acme/b:2", "quay.io/c/d:v3"])


@given(st.lists(ENTRY, max_size=4), st.lists(PATCH, max_size=4), st.data())
def test_only_that_image_changes(
    entries: list[tuple[str, str]], patches: list[str], data: st.DataObject
) -> None:
    text = (
        "images:\n"
        + "".join(f"- {{name: x, newName: {name}, {tag}}}\n" for name, tag in entries)
        + "patches:\n"
        + "".join(
            f"- patch: |\n    - {{op: add, path: /a/image, value: '{image}'}}\n"
            for image in patches
        )
    )
    before = occurrences(text)
    assert len(before) == len(entries) + len(patches)
    if not before:
        return
    finding = data.draw(st.sampled_from(before))
    start, new = finding.place.span.end, f"@{DIGEST}"
    if finding.slot:
        start, new = (
            finding.slot.span.start,
            finding.slot.template.format(digest=DIGEST),
        )

    after = occurrences(text[:start] + new + text[start:])

    assert [str(o.reference) for o in after] == [
        f"{o.reference}@{DIGEST}" if o is finding else str(o.reference) for o in before
    ]


def occurrences(text: str) -> list[Occurrence]:
    found = kustomize.find(PATH, Text(text), AROUND)
    return [finding for finding in found if isinstance(finding, Occurrence)]


@given(st.text(max_size=60))
def test_no_patch_is_too_strange(patch: str) -> None:
    for text in (
        f"patches:\n- patch: |\n    {patch}",
        json.dumps({"patches": [{"patch": patch}]}),
    ):
        for finding in kustomize.find(PATH, Text(text), AROUND):
            assert isinstance(finding, Occurrence | Skipped)


@given(st.text(max_size=80))
def test_no_text_is_too_strange(text: str) -> None:
    for source in (kustomize, SOURCES["ko"]):
        for finding in source.find(PATH, Text(text), AROUND):
            assert isinstance(finding, Occurrence | Skipped)
    list(kustomize.relations(PATH, Text(text), AROUND))


@pytest.mark.parametrize("text", ["patches: []", "helmCharts: []", "images: []"])
def test_a_kustomization_needs_no_kind(text: str) -> None:
    assert SOURCES["kustomize"].matches(PATH, text)


def test_a_broken_file_is_said_to_be() -> None:
    (finding,) = kustomize.find(PATH, Text("images: [\n"), AROUND)

    assert isinstance(finding, Skipped)
    assert finding.reason is Reason.UNPARSEABLE
