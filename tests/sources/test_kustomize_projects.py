"""Kustomizations are followed through the files of a project, as Kustomize does."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from imagelock.model.occurrence import Occurrence, Skipped
from imagelock.project.project_reader import ProjectReader

if TYPE_CHECKING:
    from pathlib import Path

    from imagelock.model.occurrence import Found

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - {name: web, image: "%s"}
"""
APP = DEPLOYMENT % "my-app"
BASE = {
    "base/web.yaml": APP,
    "base/kustomization.yaml": "resources: [web.yaml]\n",
}
RELEASE = "{name: my-app, newName: ghcr.io/acme/my-app, newTag: '%s'}"


def found(root: Path, files: dict[str, str]) -> list[Found]:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return ProjectReader(root=root, platforms=()).read(map(PurePosixPath, files))


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


def overlay(images: str, resources: str = "../../base") -> str:
    return f"resources: [{resources}]\nimages: [{images}]\n"


def test_an_overlay_replaces_the_name_of_the_base(tmp_path: Path) -> None:
    files = BASE | {"overlays/prod/kustomization.yaml": overlay(RELEASE % "1.0")}

    assert locked(tmp_path, files) == {
        ("overlays/prod/kustomization.yaml", "ghcr.io/acme/my-app:1.0")
    }
    assert skipped(tmp_path, files) == {
        ("base/web.yaml", "my-app", "replaced-by-kustomize")
    }


def test_a_name_that_one_overlay_keeps_is_locked(tmp_path: Path) -> None:
    files = BASE | {
        "overlays/dev/kustomization.yaml": "resources: [../../base]\n",
        "overlays/prod/kustomization.yaml": overlay(RELEASE % "1.0"),
    }

    assert ("base/web.yaml", "my-app:latest") in locked(tmp_path, files)


@pytest.mark.parametrize("name", ["kustomization.yml", "Kustomization"])
@pytest.mark.parametrize("key", ["resources", "bases"])
def test_each_overlay_has_its_own_image(tmp_path: Path, name: str, key: str) -> None:
    files = {
        "base/web.yaml": APP,
        f"base/{name}": "resources: [web.yaml]\n",
        f"overlays/dev/{name}": f"{key}: [../../base/]\nimages: [{RELEASE % 'dev'}]\n",
        f"overlays/prod/{name}": f"{key}: [../dev]\nimages: [{{name: ghcr.io/acme/my-app, newTag: '1'}}]\n",
        f"overlays/test/{name}": f"{key}: [../../base]\nimages: [{RELEASE % 't'}]\n",
    }

    assert locked(tmp_path, files) == {
        (f"overlays/prod/{name}", "ghcr.io/acme/my-app:1"),
        (f"overlays/test/{name}", "ghcr.io/acme/my-app:t"),
    }


def test_an_overlay_finds_what_the_base_made(tmp_path: Path) -> None:
    """The name of the manifest is gone once the base has given it another."""
    files = {
        "base/web.yaml": APP,
        "base/kustomization.yaml": "resources: [web.yaml]\n"
        "images: [{name: my-app, newName: ghcr.io/acme/my-app}]\n",
        "prod/kustomization.yaml": "resources: [../base]\n"
        "images: [{name: ghcr.io/acme/my-app, newTag: '2'}, {name: my-app, newTag: '3'}]\n",
    }

    assert locked(tmp_path, files) == {
        ("prod/kustomization.yaml", "ghcr.io/acme/my-app:2")
    }
    assert skipped(tmp_path, files) == {
        ("base/web.yaml", "my-app", "replaced-by-kustomize"),
        ("base/kustomization.yaml", "ghcr.io/acme/my-app", "replaced-by-kustomize"),
        ("prod/kustomization.yaml", "3", "unmatched"),
    }


def test_an_entry_without_tag_takes_that_of_the_manifest(tmp_path: Path) -> None:
    files = {
        "base/web.yaml": DEPLOYMENT % "nginx:1.27",
        "base/kustomization.yaml": "resources: [web.yaml]\n",
        "prod/kustomization.yaml": overlay(
            "{name: nginx, newName: mirror.example.com/nginx}", "../base"
        ),
    }

    assert locked(tmp_path, files) == {
        ("prod/kustomization.yaml", "mirror.example.com/nginx:1.27")
    }


@pytest.mark.parametrize(
    "resource", ["https://example.com/x.yaml", "github.com/acme/x?ref=1", "../gone"]
)
def test_an_unknown_resource_may_have_any_name(tmp_path: Path, resource: str) -> None:
    files = BASE | {
        "prod/kustomization.yaml": f"resources: [../base, '{resource}']\n"
        "images: [{name: other, newTag: '1'}, {name: new, newName: x}]\n"
    }

    assert locked(tmp_path, files) == {
        ("base/web.yaml", "my-app:latest"),
        ("prod/kustomization.yaml", "other:1"),
    }
    assert ("prod/kustomization.yaml", "x", "needs-base") in skipped(tmp_path, files)


def test_an_expression_matches_names_of_manifests(tmp_path: Path) -> None:
    files = {
        "web.yaml": DEPLOYMENT % "quay.io/acme/web:1",
        "kustomization.yaml": "resources: [web.yaml]\n"
        "images: [{name: 'quay.io/.*', newTag: '2'}]\n",
    }

    assert locked(tmp_path, files) == {("kustomization.yaml", "quay.io/acme/web:2")}


def test_kustomize_looks_for_names_in_containers_alone(tmp_path: Path) -> None:
    text = """\
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {name: p}
spec:
  image: quay.io/prometheus/prometheus:v3
  containers: [{name: x, image: "quay.io/prometheus/prometheus:v3"}]
"""
    files = {
        "p.yaml": text,
        "kustomization.yaml": "resources: [p.yaml]\n"
        "images: [{name: quay.io/prometheus/prometheus, newTag: v4}]\n",
    }

    assert locked(tmp_path, files) == {
        ("p.yaml", "quay.io/prometheus/prometheus:v3"),
        ("kustomization.yaml", "quay.io/prometheus/prometheus:v4"),
    }


def test_an_image_that_is_none_may_be_a_name_for_kustomize(tmp_path: Path) -> None:
    files = {
        "web.yaml": DEPLOYMENT % "IMAGE",
        "kustomization.yaml": "resources: [web.yaml]\n"
        "images: [{name: IMAGE, newName: ghcr.io/acme/app, newTag: v1}]\n",
    }

    assert locked(tmp_path, files) == {("kustomization.yaml", "ghcr.io/acme/app:v1")}
    assert skipped(tmp_path, files) == {("web.yaml", "IMAGE", "replaced-by-kustomize")}


COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"


def test_components_change_what_includes_them(tmp_path: Path) -> None:
    files = BASE | {
        "mirror/kustomization.yaml": COMPONENT
        + "images: [{name: my-app, newName: mirror.example.com/my-app}]\n",
        "dev/kustomization.yaml": "resources: [../base]\ncomponents: [../mirror]\n",
        "prod/kustomization.yaml": "resources: [../base]\ncomponents: [../mirror]\n"
        "images: [{name: mirror.example.com/my-app, newTag: '1'}]\n",
    }

    assert locked(tmp_path, files) == {
        ("mirror/kustomization.yaml", "mirror.example.com/my-app:latest"),
        ("prod/kustomization.yaml", "mirror.example.com/my-app:1"),
    }


def test_a_component_that_nothing_includes_is_for_others(tmp_path: Path) -> None:
    files = {
        "kustomization.yaml": COMPONENT
        + "images: [{name: a, newTag: '1'}, {name: b, newName: c}]\n"
    }

    assert locked(tmp_path, files) == {("kustomization.yaml", "a:1")}
    assert skipped(tmp_path, files) == {("kustomization.yaml", "c", "needs-base")}


@pytest.mark.parametrize(
    "key", ["patches: [{%s: add.yaml}]", "patchesJson6902: [{%s: add.yaml}]"]
)
@pytest.mark.parametrize(
    "operations",
    [
        (
            "- op: add\n  path: /spec/template/spec/containers/-\n"
            "  value: {name: proxy, image: 'envoyproxy/envoy:v1.31.0'}\n"
        ),
        (
            '[{"op": "add", "path": "/spec/template/spec/containers/-",'
            ' "value": {"name": "proxy", "image": "envoyproxy/envoy:v1.31.0"}}]'
        ),
    ],
)
def test_operations_in_a_file_are_read(
    tmp_path: Path, key: str, operations: str
) -> None:
    files = BASE | {
        "prod/add.yaml": operations,
        "prod/kustomization.yaml": "resources: [../base]\n" + key % "path",
    }

    assert locked(tmp_path, files) == {
        ("base/web.yaml", "my-app:latest"),
        ("prod/add.yaml", "envoyproxy/envoy:v1.31.0"),
    }


def test_a_patch_to_merge_needs_no_kind_in_a_file(tmp_path: Path) -> None:
    files = BASE | {
        "prod/sidecar.json": '{"spec": {"template": {"spec": {"initContainers":'
        ' [{"name": "sysctl", "image": "busybox:1.36"}]}}}}',
        "prod/kustomization.yaml": "resources: [../base]\n"
        "patches: [{path: sidecar.json, target: {kind: Deployment}}]\n",
    }

    assert ("prod/sidecar.json", "busybox:1.36") in locked(tmp_path, files)


def test_a_patch_replaces_the_image_of_a_container(tmp_path: Path) -> None:
    files = BASE | {
        "prod/patch.yaml": DEPLOYMENT % "ghcr.io/acme/web:2",
        "prod/kustomization.yaml": "resources: [../base]\n"
        "patchesStrategicMerge: [patch.yaml]\n",
    }

    assert locked(tmp_path, files) == {("prod/patch.yaml", "ghcr.io/acme/web:2")}


def test_names_in_patches_are_replaced(tmp_path: Path) -> None:
    files = BASE | {
        "prod/patch.yaml": DEPLOYMENT % "web",
        "prod/kustomization.yaml": "resources: [../base]\n"
        "patches: [{path: patch.yaml}]\n"
        "images: [{name: web, newName: ghcr.io/acme/web, newTag: '3'}]\n",
    }

    assert locked(tmp_path, files) == {
        ("prod/kustomization.yaml", "ghcr.io/acme/web:3")
    }


TRANSFORMER = """\
apiVersion: builtin
kind: ImageTagTransformer
metadata: {name: images}
imageTag: {name: my-app, newName: ghcr.io/acme/my-app, newTag: v2}
"""


def test_transformers_replace_names(tmp_path: Path) -> None:
    files = BASE | {
        "base/kustomization.yaml": "resources: [web.yaml]\ntransformers: [tags/t.yaml]\n",
        "base/tags/t.yaml": TRANSFORMER,
    }

    assert locked(tmp_path, files) == {("base/tags/t.yaml", "ghcr.io/acme/my-app:v2")}


def test_transformers_may_be_in_a_folder_or_inline(tmp_path: Path) -> None:
    inline = "".join(f"  {line}\n" for line in TRANSFORMER.splitlines())
    inline = inline.replace("my-app, newTag: v2", "x, newTag: v3").replace(
        "name: my-app", "name: ghcr.io/acme/my-app"
    )
    files = BASE | {
        "base/kustomization.yaml": "resources: [web.yaml]\n"
        f"transformers:\n- tags\n- |-\n{inline}",
        "base/tags/kustomization.yaml": "resources: [t.yaml]\n",
        "base/tags/t.yaml": TRANSFORMER,
    }

    assert locked(tmp_path, files) == {("base/kustomization.yaml", "ghcr.io/acme/x:v3")}


def test_a_transformer_patches_after_the_names(tmp_path: Path) -> None:
    files = BASE | {
        "base/kustomization.yaml": "resources: [web.yaml]\ntransformers: [t.yaml]\n"
        "images: [{name: side, newTag: '9'}]\n",
        "base/t.yaml": "apiVersion: builtin\nkind: PatchTransformer\n"
        "metadata: {name: p}\npath: ops/add.yaml\ntarget: {kind: Deployment}\n",
        "base/ops/add.yaml": "- op: add\n  path: /spec/template/spec/containers/-\n"
        "  value: {name: side, image: side}\n",
    }

    assert ("base/ops/add.yaml", "side:latest") in locked(tmp_path, files)


def test_values_of_charts_have_any_name(tmp_path: Path) -> None:
    files = {
        "kustomization.yaml": "helmCharts:\n"
        "- {name: app, valuesFile: settings.yaml, additionalValuesFiles: [more.yaml]}\n",
        "settings.yaml": "image: {repository: acme/m, tag: '1'}\n",
        "more.yaml": "sidecar: {image: {repository: acme/n, tag: '2'}}\n",
    }

    assert locked(tmp_path, files) == {
        ("settings.yaml", "acme/m:1"),
        ("more.yaml", "acme/n:2"),
    }


def test_values_take_the_version_of_a_chart_in_the_project(tmp_path: Path) -> None:
    files = {
        "kustomization.yaml": "helmGlobals: {chartHome: ../charts}\n".replace("../", "")
        + "helmCharts: [{name: app, valuesInline: {image: {repository: acme/m, tag: ''}}}]\n",
        "charts/app/Chart.yaml": "name: app\nversion: 1.0.0\nappVersion: '4.5'\n",
    }

    assert locked(tmp_path, files) == {("kustomization.yaml", "acme/m:4.5")}


def test_replacements_are_reported(tmp_path: Path) -> None:
    files = BASE | {
        "base/kustomization.yaml": "resources: [web.yaml]\nreplacements:\n"
        "- source: {kind: ConfigMap, fieldPath: data.image}\n"
        "  targets: [{select: {kind: Deployment}, fieldPaths: [spec.template.spec.containers.0.image]}]\n",
    }

    assert {reason for *_, reason in skipped(tmp_path, files)} == {
        "needs-base",
        "replaced-by-kustomize",
    }
    assert locked(tmp_path, files) == set()


def test_kustomizations_that_use_each_other_end(tmp_path: Path) -> None:
    files = {
        "a/kustomization.yaml": overlay("{name: x, newTag: '1'}", "../b, web.yaml"),
        "b/kustomization.yaml": overlay("{name: y, newName: z}", "../a"),
        "a/web.yaml": DEPLOYMENT % "x",
    }

    assert {each.place.text for each in found(tmp_path, files)} == {"x", "1", "z"}


def test_a_part_that_is_asked_for_alone_counts_as_in_its_whole(tmp_path: Path) -> None:
    files = BASE | {
        "prod/add.yaml": "- op: add\n  path: /spec/template/spec/containers/-\n"
        "  value: {name: side, image: 'side:1'}\n",
        "prod/kustomization.yaml": "resources: [../base]\npatches: [{path: add.yaml}]\n",
    }
    found(tmp_path, files)
    reader = ProjectReader(root=tmp_path, platforms=())

    results = reader.read(
        [PurePosixPath("prod/add.yaml")],
        others=[*map(PurePosixPath, ["prod/kustomization.yaml", "base/web.yaml"])],
    )

    assert [each.place.text for each in results] == ["side:1"]
    assert isinstance(results[0], Occurrence)


OPERATIONS = """\
- op: replace
  path: /spec/template/spec/containers/0/image
  value: ghcr.io/acme/web:2
"""


def test_an_operation_replaces_the_image_at_its_index(tmp_path: Path) -> None:
    files = BASE | {
        "prod/ops.yaml": OPERATIONS,
        "prod/kustomization.yaml": "resources: [../base]\n"
        "patches: [{path: ops.yaml, target: {kind: Deployment, name: web}}]\n",
    }

    assert locked(tmp_path, files) == {("prod/ops.yaml", "ghcr.io/acme/web:2")}


def test_a_container_that_is_merged_comes_first(tmp_path: Path) -> None:
    """The operation changes the container of the patch before it."""
    files = BASE | {
        "prod/side.yaml": (DEPLOYMENT % "side:1").replace(
            "name: web, image", "name: s, image"
        ),
        "prod/ops.yaml": OPERATIONS,
        "prod/kustomization.yaml": "resources: [../base]\n"
        "patchesStrategicMerge: [side.yaml]\n"
        "patches: [{path: ops.yaml, target: {kind: Deployment}}]\n",
    }

    assert locked(tmp_path, files) == {
        ("base/web.yaml", "my-app:latest"),
        ("prod/ops.yaml", "ghcr.io/acme/web:2"),
    }


@pytest.mark.parametrize("target", ["labelSelector: 'a=~b'", "name: 'w(?=eb)'"])
def test_objects_that_are_not_known_keep_their_images(
    tmp_path: Path, target: str
) -> None:
    files = BASE | {
        "prod/ops.yaml": OPERATIONS,
        "prod/kustomization.yaml": "resources: [../base]\n"
        f"patches: [{{path: ops.yaml, target: {{kind: Deployment, {target}}}}}]\n",
    }

    assert locked(tmp_path, files) == {
        ("base/web.yaml", "my-app:latest"),
        ("prod/ops.yaml", "ghcr.io/acme/web:2"),
    }


@pytest.mark.parametrize(
    "patch",
    [
        "$patch: delete",
        "spec: {template: {spec: {containers: [{name: web, $patch: delete}]}}}",
        "spec: {template: {spec: {containers: [{$patch: replace}]}}}",
    ],
)
def test_what_a_patch_deletes_is_not_pulled(tmp_path: Path, patch: str) -> None:
    head = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
    files = BASE | {
        "prod/gone.yaml": head + patch,
        "prod/kustomization.yaml": "resources: [../base]\npatches: [{path: gone.yaml}]\n",
    }

    assert locked(tmp_path, files) == set()


def test_a_custom_resource_gets_the_whole_list(tmp_path: Path) -> None:
    rollout = """\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: web}
spec: {template: {spec: {containers: [%s]}}}
"""
    files = {
        "r.yaml": rollout % "{name: a, image: a}, {name: b, image: b}",
        "p.yaml": rollout % "{name: a, image: c}",
        "kustomization.yaml": "resources: [r.yaml]\npatches: [{path: p.yaml}]\n",
    }

    assert locked(tmp_path, files) == {("p.yaml", "c:latest")}


VOLUME = """\
apiVersion: v1
kind: Pod
metadata: {name: p}
spec: {volumes: [{name: v, image: {reference: "my-app:1"}}]}
"""


@pytest.mark.parametrize(
    ("fields", "is_changed"),
    [("", False), ("fieldSpecs: [{path: 'spec/volumes[]/image/reference'}]\n", True)],
)
def test_a_transformer_says_where_it_looks(
    tmp_path: Path, fields: str, *, is_changed: bool
) -> None:
    files = {
        "pod.yaml": VOLUME,
        "t.yaml": TRANSFORMER + fields,
        "kustomization.yaml": "resources: [pod.yaml]\ntransformers: [t.yaml]\n",
    }

    assert ("pod.yaml" in dict(locked(tmp_path, files))) != is_changed


def test_configurations_name_more_fields(tmp_path: Path) -> None:
    files = {
        "base/kustomization.yaml": "resources: [p.yaml]\nconfigurations: [fields.yaml]\n",
        "base/p.yaml": "apiVersion: x.io/v1\nkind: Thing\nmetadata: {name: p}\n"
        "spec: {image: acme/thing}\n",
        "base/fields.yaml": "images: [{path: spec/image, kind: Thing}]\n",
        "prod/kustomization.yaml": "resources: [../base]\n"
        "images: [{name: acme/thing, newTag: '7'}]\n",
    }

    assert locked(tmp_path, files) == {("prod/kustomization.yaml", "acme/thing:7")}


def test_the_scaffold_of_kubebuilder_is_replaced(tmp_path: Path) -> None:
    files = {
        "config/manager/manager.yaml": DEPLOYMENT % "controller:latest",
        "config/manager/kustomization.yaml": "resources: [manager.yaml]\n"
        "images: [{name: controller, newName: quay.io/acme/op, newTag: v1}]\n",
        "config/default/kustomization.yaml": "resources: [../manager]\n",
    }

    assert locked(tmp_path, files) == {
        ("config/manager/kustomization.yaml", "quay.io/acme/op:v1")
    }


def test_the_scaffold_of_kubebuilder_is_a_placeholder(tmp_path: Path) -> None:
    files = {
        "manager/manager.yaml": DEPLOYMENT % "controller:latest",
        "manager/kustomization.yaml": "resources: [manager.yaml]\n"
        "images: [{name: controller, newName: controller, newTag: latest}]\n",
        "other.yaml": DEPLOYMENT % "controller",
    }

    assert skipped(tmp_path, files) == {
        ("manager/manager.yaml", "controller:latest", "replaced-by-kustomize"),
        ("manager/kustomization.yaml", "latest", "placeholder"),
        ("other.yaml", "controller", "placeholder"),
    }
    assert locked(tmp_path, files) == set()


REPLACED = "targets: [{select: {kind: Deployment}, fieldPaths: [spec.image, data.x]}]"


def test_replacements_in_files_are_reported(tmp_path: Path) -> None:
    files = {
        **BASE,
        "base/kustomization.yaml": """\
resources: [web.yaml]
replacements:
  - path: list.yaml
  - path: single.yaml
  - path: broken.yaml
  - path: missing.yaml
transformers: [copy.yaml]
""",
        "base/list.yaml": f"- source: {{kind: ConfigMap}}\n  {REPLACED}\n",
        "base/single.yaml": f"source: {{kind: ConfigMap}}\n{REPLACED}\n",
        "base/broken.yaml": "image: [\n",
        "base/copy.yaml": (
            "apiVersion: builtin\nkind: ReplacementTransformer\n"
            "metadata: {name: copy}\n"
            f"replacements:\n  - source: {{kind: ConfigMap}}\n    {REPLACED}\n"
        ),
    }

    reasons = skipped(tmp_path, files)

    for name in ("list", "single", "copy"):
        assert (f"base/{name}.yaml", "spec.image", "needs-base") in reasons
    assert any(path == "base/broken.yaml" for path, _, _ in reasons)
    assert not any(text == "data.x" for _, text, _ in reasons)


def test_transformers_that_cannot_be_followed_stop_nothing(tmp_path: Path) -> None:
    tag = (
        "apiVersion: builtin\nkind: ImageTagTransformer\nmetadata: {name: t}\n"
        "imageTag: {name: my-app, newName: ghcr.io/acme/my-app, newTag: '1'}\n"
    )
    files = {
        **BASE,
        "base/kustomization.yaml": """\
resources: [web.yaml]
transformers:
  - ../plugins
  - ../plugins
  - missing.yaml
  - broken.yaml
  - other.yaml
  - "apiVersion: builtin\\nkind: [\\n"
""",
        "base/broken.yaml": "image: [\n",
        "base/other.yaml": "apiVersion: example.com/v1\nkind: Other\n",
        "plugins/kustomization.yaml": "resources: [tag.yaml]\n",
        "plugins/tag.yaml": tag,
    }

    assert locked(tmp_path, files) == {("plugins/tag.yaml", "ghcr.io/acme/my-app:1")}


TWO = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - {name: first, image: "first:1"}
        - {name: second, image: "second:1"}
"""
CONTAINERS = "/spec/template/spec/containers"


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        (
            (
                f'[{{"op": "add", "path": "{CONTAINERS}/0",'
                ' "value": {"name": "new", "image": "new:1"}},'
                f' {{"op": "replace", "path": "{CONTAINERS}/1/image", "value": "x:1"}}]'
            ),
            {"new:1", "x:1", "second:1"},
        ),
        (
            (
                f'[{{"op": "remove", "path": "{CONTAINERS}/0"}},'
                f' {{"op": "replace", "path": "{CONTAINERS}/0/image", "value": "x:1"}}]'
            ),
            {"x:1"},
        ),
        (
            (
                f'[{{"op": "add", "path": "{CONTAINERS}/-",'
                ' "value": {"name": "new", "image": "new:1"}}]'
            ),
            {"first:1", "second:1", "new:1"},
        ),
        (
            f'[{{"op": "test", "path": "{CONTAINERS}/0/image", "value": "first:1"}}]',
            {"first:1", "second:1"},
        ),
    ],
)
def test_operations_move_the_containers_behind(
    tmp_path: Path, operations: str, expected: set[str]
) -> None:
    files = {
        "web.yaml": TWO,
        "kustomization.yaml": (
            "resources: [web.yaml]\npatches:\n"
            "  - target: {kind: Deployment}\n    path: patch.json\n"
        ),
        "patch.json": operations,
    }

    assert {image for _, image in locked(tmp_path, files)} == expected


ABSENT = """\
resources: [../base]
patches:
- %s
  patch: |-
    %s
"""
ADDED = "[{op: add, path: /spec/template/spec/containers/-, value: {image: 'log:1'}}]"
MERGED = (
    "{apiVersion: apps/v1, kind: Deployment, metadata: {name: gone},"
    " spec: {template: {spec: {containers: [{name: web, image: 'log:1'}]}}}}"
)
SERVICE = "apiVersion: v1\nkind: Service\nmetadata: {name: web, labels: {a: b}}\n"


@pytest.mark.parametrize(
    ("target", "patch"),
    [
        ("target: {kind: Deployment, name: gone}", ADDED),
        ("target: {kind: StatefulSet}", ADDED),
        ("target: {kind: Deployment, labelSelector: app=gone}", ADDED),
        ("target: {kind: Deployment, name: gone}", MERGED),
        ("options: {}", MERGED),
    ],
)
def test_a_patch_for_an_object_that_is_not_there_is_not_pulled(
    tmp_path: Path, target: str, patch: str
) -> None:
    files = BASE | {"prod/kustomization.yaml": ABSENT % (target, patch)}

    assert locked(tmp_path, files) == {("base/web.yaml", "my-app:latest")}
    assert skipped(tmp_path, files) == {
        ("prod/kustomization.yaml", "log:1", "unmatched")
    }


@pytest.mark.parametrize(
    ("target", "base"),
    [
        # An object without an image, one that is named by a step before, one from
        # elsewhere, and one that a label selects that is added.
        ("{kind: Service, name: web}", "resources: [web.yaml, service.yaml]\n"),
        ("{kind: Service, name: my-web}", "resources: [service.yaml]\nnamePrefix: my-"),
        ("{kind: Job}", "resources: [web.yaml, 'https://acme.dev/job.yaml']\n"),
        (
            "{kind: Service, labelSelector: app=web}",
            "resources: [service.yaml]\ncommonLabels: {app: web}\n",
        ),
    ],
)
def test_a_patch_for_an_object_without_an_image_is_pulled(
    tmp_path: Path, target: str, base: str
) -> None:
    files = BASE | {
        "base/kustomization.yaml": base,
        "base/service.yaml": SERVICE,
        "prod/kustomization.yaml": ABSENT % (f"target: {target}", ADDED),
    }

    assert ("prod/kustomization.yaml", "log:1") in locked(tmp_path, files)
