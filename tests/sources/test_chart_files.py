"""Manifests beside the templates of a chart, which the templates may change."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from imagelock.model.occurrence import Occurrence
from imagelock.project.project_reader import ProjectReader

if TYPE_CHECKING:
    from pathlib import Path

POD = (
    "apiVersion: v1\nkind: Pod\nspec: {containers: [{name: a, image: 'acme/app:1'}]}\n"
)
CHART = "apiVersion: v2\nname: app\nversion: 1.0.0\n"


def meaning(root: Path, template: str, path: str = "chart/files/base/pod.yaml") -> str:
    files = {
        "chart/Chart.yaml": CHART,
        "chart/templates/all.yaml": template,
        path: POD,
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    paths = [PurePosixPath(name) for name in sorted(files)]
    reader = ProjectReader(root=root, platforms=(), list_files=lambda: paths)
    (found,) = [each for each in reader.read(paths) if "app:1" in each.place.text]
    return "image" if isinstance(found, Occurrence) else found.reason.slug


@pytest.mark.parametrize(
    "template",
    [
        '{{ merge .Values.p (.Files.Get "files/base/pod.yaml" | fromYaml) | toYaml }}',
        '{{ .Files.Get "files/base/pod.yaml" | replace ":1" ":2" }}',
        '{{ range $path, $_ := .Files.Glob "files/**.yaml" }}{{ replace $_ }}{{ end }}',
        '{{ .Files.Get (printf "files/base/%s.yaml" .Values.kind) | fromYaml }}',
        '{{ .Files.Get (printf "%s/pod.yaml" "files/base") | fromYaml | toYaml }}',
        "{{ tpl (.Files.Get `files/base/pod.yaml` | regexReplaceAll `a` `b`) . }}",
    ],
)
def test_an_image_that_a_template_may_change_is_not_locked(
    tmp_path: Path, template: str
) -> None:
    assert meaning(tmp_path, template) == "chart-default"


@pytest.mark.parametrize(
    "template",
    [
        '{{ .Files.Get "files/base/pod.yaml" }}',
        '{{ tpl (.Files.Get "files/base/pod.yaml") . }}',
        '{{ .Files.Get "files/dashboard.json" | fromJson | toJson }}',
        '{{ toYaml .Values.files | replace "a" "b" }}',
    ],
)
def test_a_file_that_is_written_out_has_its_images(
    tmp_path: Path, template: str
) -> None:
    assert meaning(tmp_path, template) == "image"


def test_other_files_of_the_project_have_their_images(tmp_path: Path) -> None:
    template = '{{ .Files.Get "files/base/pod.yaml" | fromYaml | toYaml }}'

    for path in ("files/base/pod.yaml", "chart/crds/pod.yaml", "pod.yaml"):
        assert meaning(tmp_path / path[:5], template, path) == "image"
