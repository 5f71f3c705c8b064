"""Flux and Argo CD change images of folders of the project, as an overlay does."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from imagelock.model.occurrence import Occurrence, Skipped
from imagelock.project.project_reader import ProjectReader
from tests.sources.test_kustomize_projects import APP, BASE, DEPLOYMENT

if TYPE_CHECKING:
    from pathlib import Path

    from imagelock.model.occurrence import Found

FLUX = """\
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: web, namespace: flux-system}
spec:
  sourceRef: {kind: GitRepository, name: flux-system}
  path: ./base
"""
ARGO = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web}
spec:
  source:
    repoURL: https://git.acme.dev/shop
    path: base
"""
IMAGES = "  images: [{name: my-app, newName: ghcr.io/acme/my-app, newTag: '1.0'}]\n"
KEY = ("base/web.yaml", "my-app", "replaced-by-kustomize")
PATCH = """\
  patches:
    - target: {kind: Deployment, name: web}
      patch: |-
        %s
"""
OPERATION = (
    "[{op: replace, path: /spec/template/spec/containers/0/image, value: acme/web:2}]"
)
MERGE = (
    "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {template:"
    " {spec: {containers: [{name: web, image: acme/web:2}]}}}}"
)


def found(root: Path, files: dict[str, str]) -> list[Found]:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    paths = sorted(map(PurePosixPath, files))
    return ProjectReader(root=root, platforms=(), list_files=lambda: paths).read(paths)


def locked(root: Path, files: dict[str, str]) -> set[tuple[str, str]]:
    return {
        (str(each.place.path), each.reference.familiar)
        for each in found(root, files)
        if isinstance(each, Occurrence)
    }


def skipped(root: Path, files: dict[str, str]) -> set[tuple[str, str, str]]:
    return {
        (str(each.place.path), each.place.text, each.reason.slug)
        for each in found(root, files)
        if isinstance(each, Skipped)
    }


def test_images_of_flux_replace_the_names_of_the_folder(tmp_path: Path) -> None:
    files = BASE | {"clusters/prod.yaml": FLUX + IMAGES}

    assert locked(tmp_path, files) == {
        ("clusters/prod.yaml", "ghcr.io/acme/my-app:1.0")
    }
    assert skipped(tmp_path, files) == {KEY}


@pytest.mark.parametrize("path", ["./base", "base/", "/base", "./other/../base"])
def test_a_folder_without_kustomization_has_all_manifests_below(
    tmp_path: Path, path: str
) -> None:
    files = {
        "base/web.yaml": APP,
        "base/deep/er/job.yml": DEPLOYMENT % "my-app:2",
        "base/other/kustomization.yaml": "resources: [db.yaml]\n",
        "base/other/db.yaml": DEPLOYMENT % "my-app:3",
        "base/other/unused.yaml": DEPLOYMENT % "my-app:4",
        "prod.yaml": FLUX.replace("./base", path) + IMAGES,
    }

    assert locked(tmp_path, files) == {
        ("prod.yaml", "ghcr.io/acme/my-app:1.0"),
        ("base/other/unused.yaml", "my-app:4"),
    }


def test_a_cluster_that_keeps_the_name_pulls_it(tmp_path: Path) -> None:
    files = BASE | {
        "clusters/prod.yaml": FLUX + IMAGES,
        "clusters/dev.yaml": FLUX,
    }

    assert ("base/web.yaml", "my-app:latest") in locked(tmp_path, files)


def test_a_base_that_flux_applies_as_it_is_keeps_its_names(tmp_path: Path) -> None:
    overlay = (
        "resources: [../base]\nimages: [{name: my-app, newName: acme/a, newTag: '1'}]"
    )
    files = BASE | {"prod/kustomization.yaml": overlay}
    assert ("base/web.yaml", "my-app:latest") not in locked(tmp_path, files)

    files["clusters/dev.yaml"] = FLUX

    assert ("base/web.yaml", "my-app:latest") in locked(tmp_path, files)


def test_objects_of_one_file_are_uses_of_their_own(tmp_path: Path) -> None:
    files = BASE | {"clusters.yaml": f"{FLUX}{IMAGES}---\n{FLUX}"}

    assert locked(tmp_path, files) == {
        ("clusters.yaml", "ghcr.io/acme/my-app:1.0"),
        ("base/web.yaml", "my-app:latest"),
    }


def test_an_entry_replaces_that_of_the_kustomization(tmp_path: Path) -> None:
    files = BASE | {
        "base/kustomization.yaml": "resources: [web.yaml]\n"
        "images: [{name: my-app, newName: acme/old, newTag: '1'}]\n",
        "prod.yaml": FLUX + "  images: [{name: my-app, newTag: '2'}]\n",
    }

    assert locked(tmp_path, files) == {("prod.yaml", "my-app:2")}


def test_an_entry_of_the_kustomization_comes_behind_the_patches_of_flux(
    tmp_path: Path,
) -> None:
    files = BASE | {
        "base/kustomization.yaml": "resources: [web.yaml]\n"
        "images: [{name: acme/web, newTag: '3'}]\n",
        "prod.yaml": FLUX + PATCH % MERGE,
    }

    assert locked(tmp_path, files) == {("base/kustomization.yaml", "acme/web:3")}


@pytest.mark.parametrize("patch", [OPERATION, MERGE])
def test_patches_of_flux_replace_images(tmp_path: Path, patch: str) -> None:
    files = BASE | {"prod.yaml": FLUX + PATCH % patch}

    assert locked(tmp_path, files) == {("prod.yaml", "acme/web:2")}
    assert skipped(tmp_path, files) == {KEY}


@pytest.mark.parametrize(
    "patches",
    [
        f"  patchesStrategicMerge: [{MERGE}]\n",
        f"  patchesJson6902: [{{target: {{kind: Deployment}}, patch: {OPERATION}}}]\n",
    ],
)
def test_patches_of_old_versions_are_no_texts(tmp_path: Path, patches: str) -> None:
    files = BASE | {
        "prod.yaml": FLUX.replace("/v1", "/v1beta2", 1) + patches,
    }

    assert locked(tmp_path, files) == {("prod.yaml", "acme/web:2")}


def test_components_of_flux_are_included(tmp_path: Path) -> None:
    component = "kind: Component\nimages: [{name: my-app, newTag: '7'}]\n"
    files = BASE | {
        "parts/tag/kustomization.yaml": component,
        "prod.yaml": FLUX + "  components: [../parts/tag]\n",
    }

    assert locked(tmp_path, files) == {("parts/tag/kustomization.yaml", "my-app:7")}


def test_a_new_name_takes_the_tag_of_the_folder(tmp_path: Path) -> None:
    files = {
        "base/web.yaml": DEPLOYMENT % "my-app:1.2",
        "flux.yaml": FLUX + "  images: [{name: my-app, newName: acme/flux}]\n",
        "other/kustomization.yaml": "resources: [web.yaml]\n",
        "other/web.yaml": DEPLOYMENT % "my-app:1.3",
        "argo.yaml": ARGO.replace("path: base", "path: other")
        + "    kustomize: {images: [my-app=acme/argo]}\n",
    }

    assert locked(tmp_path, files) == {
        ("flux.yaml", "acme/flux:1.2"),
        ("argo.yaml", "acme/argo:1.3"),
    }


@pytest.mark.parametrize(
    "image",
    ["my-app=ghcr.io/acme/my-app:1.0", "'my-app=ghcr.io/acme/my-app:1.0'"],
)
def test_images_of_argo_cd_replace_the_names_of_the_folder(
    tmp_path: Path, image: str
) -> None:
    files = BASE | {"app.yaml": ARGO + f"    kustomize:\n      images: [{image}]\n"}

    assert locked(tmp_path, files) == {("app.yaml", "ghcr.io/acme/my-app:1.0")}
    assert skipped(tmp_path, files) == {KEY}


def test_argo_cd_replaces_the_entry_of_the_kustomization(tmp_path: Path) -> None:
    files = BASE | {
        "base/kustomization.yaml": "resources: [web.yaml]\n"
        "images: [{name: my-app, newName: acme/old, newTag: '1'}]\n",
        "app.yaml": ARGO + "    kustomize: {images: ['my-app:2']}\n",
    }

    assert locked(tmp_path, files) == {("app.yaml", "my-app:2")}


def test_patches_of_argo_cd_can_be_files_of_the_folder(tmp_path: Path) -> None:
    patch = "{target: {kind: Deployment}, path: more/patch.yaml}"
    files = BASE | {
        "base/more/patch.yaml": OPERATION,
        "app.yaml": ARGO + f"    kustomize: {{patches: [{patch}]}}\n",
    }

    assert locked(tmp_path, files) == {("base/more/patch.yaml", "acme/web:2")}


def test_every_source_of_an_application_counts(tmp_path: Path) -> None:
    sources = """\
apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
spec:
  template:
    spec:
      sources:
        - {path: base, kustomize: {images: ['my-app=acme/a:1']}}
        - {path: base, kustomize: {images: ['my-app=acme/b:2']}}
"""
    files = BASE | {"set.yaml": sources}

    assert locked(tmp_path, files) == {
        ("set.yaml", "acme/a:1"),
        ("set.yaml", "acme/b:2"),
    }


@pytest.mark.parametrize(
    "source",
    [
        FLUX.replace("GitRepository", "OCIRepository") + IMAGES,
        FLUX.replace("./base", "./elsewhere") + IMAGES,
        FLUX.replace("./base", "../base") + IMAGES,
        FLUX.replace("./base", "${folder}") + IMAGES,
        FLUX.replace("  path: ./base\n", "") + IMAGES,
    ],
)
def test_a_folder_of_another_repository_changes_nothing_here(
    tmp_path: Path, source: str
) -> None:
    files = BASE | {"prod.yaml": source}

    assert locked(tmp_path, files) == {
        ("prod.yaml", "ghcr.io/acme/my-app:1.0"),
        ("base/web.yaml", "my-app:latest"),
    }


def test_an_entry_for_a_name_that_the_folder_lacks_is_not_pulled(
    tmp_path: Path,
) -> None:
    images = "  images: [{name: gone, newTag: '2'}]\n"
    files = BASE | {"prod.yaml": FLUX + images}

    assert locked(tmp_path, files) == {("base/web.yaml", "my-app:latest")}
    assert skipped(tmp_path, files) == {("prod.yaml", "2", "unmatched")}


def test_a_cluster_whose_own_folder_has_the_object(tmp_path: Path) -> None:
    sync = FLUX.replace("./base", "./clusters/prod")
    files = BASE | {
        "clusters/prod/flux-system/kustomization.yaml": "resources: [sync.yaml]\n",
        "clusters/prod/flux-system/sync.yaml": sync,
        "clusters/prod/apps.yaml": FLUX + IMAGES,
    }

    assert locked(tmp_path, files) == {
        ("clusters/prod/apps.yaml", "ghcr.io/acme/my-app:1.0")
    }


def test_patches_of_a_release_are_read(tmp_path: Path) -> None:
    release = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
spec:
  chart: {spec: {chart: web}}
  postRenderers:
    - kustomize:
        images: [{name: my-app, newTag: '5'}]
        patches:
          - target: {kind: Deployment}
            patch: |
              - {op: add, path: /spec/template/spec/containers/-,
                 value: {name: log, image: 'acme/log:1'}}
"""

    assert locked(tmp_path, {"release.yaml": release}) == {
        ("release.yaml", "my-app:5"),
        ("release.yaml", "acme/log:1"),
    }
