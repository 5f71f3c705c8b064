"""`export`: the lockfile as files of other tools, through the command line."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from imagelock.config import Config
from imagelock.export import EXPORTS
from imagelock.export.target import Request, to_json, yaml_string
from imagelock.lockfile.model import LOCKFILE
from imagelock.lockfile.writer import write
from imagelock.model.digest import Digest
from imagelock.model.image import PlatformManifest
from imagelock.model.occurrence import Occurrence
from imagelock.project.project_files import ProjectFiles
from imagelock.version import __version__
from tests.support.extraction import all_cases, cases
from tests.support.locked import PLATFORMS, digest_of, locked, save
from tests.support.programs import need

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from tests.conftest import Run
    from tests.support.extraction import Case

COMPOSE: Final = """\
services:
  web.front:
    image: nginx:1.27
    volumes:
      - ./data:/data
      - type: image
        source: acme/files:2
        target: /srv
        read_only: true
        image: {subpath: "1"}
  "1":
    image: redis
  built:
    build:
      context: .
      additional_contexts:
        image: docker-image://alpine:3
"""
DOCKERFILE: Final = "FROM golang:1.22 AS build\nFROM busybox\n"
MANIFESTS: Final = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  initContainers:
    - {name: a, image: "docker.io/library/alpine:3"}
  containers:
    - {name: b, image: localhost:5000/team/app:v1}
    - {name: c, image: nginx:1.27}
  ephemeralContainers:
    - {name: d, image: busybox}
  volumes:
    - name: e
      image: {reference: acme/files:2}
"""
VALUES: Final = """\
image:
  repository: nginx
  tag: "1.27"
sidecar:
  registry: quay.io
  repository: acme/side
  tag: v2
  digest: ""
whole:
  image: redis:latest
extra:
  - image: alpine:3
"""
BAKE: Final = """\
group "default" { targets = ["app", "tools"] }
target "app" { contexts = { base = "docker-image://alpine:3" } }
target "tools" { dockerfile = "Dockerfile" }
target "many" {
  matrix = { version = ["1", "2"] }
  name = "many-${version}"
}
"""
NAMES: Final = (
    *("nginx:1.27", "redis", "alpine:3", "acme/files:2", "golang:1.22", "busybox"),
    *("localhost:5000/team/app:v1", "quay.io/acme/side:v2"),
)


def save_with_platforms(root: Path, *names: str) -> None:
    """Write a lockfile of *names*, each with a manifest for each platform."""
    lockfile = locked(names)
    images = {
        key: replace(
            image,
            platforms=tuple(
                PlatformManifest(p, Digest.of(f"{key} {p}".encode())) for p in PLATFORMS
            ),
        )
        for key, image in lockfile.images.items()
    }
    text = write(replace(lockfile, images=images))
    (root / LOCKFILE).write_text(text, encoding="utf-8")


@pytest.fixture
def shop(project: Path) -> Path:
    (project / "k8s").mkdir()
    (project / "chart").mkdir()
    (project / "compose.yaml").write_text(COMPOSE)
    (project / "Dockerfile").write_text(DOCKERFILE)
    (project / "k8s/web.yaml").write_text(MANIFESTS)
    (project / "chart/values.yaml").write_text(VALUES)
    (project / "docker-bake.hcl").write_text(BAKE)
    save_with_platforms(project, *NAMES)
    return project


def parsed(text: str) -> Any:  # noqa: ANN401 - what YAML holds
    return yaml.safe_load(text)


SCRIPTS: Final = {"list", "regctl", "skopeo-copy"}
"""The targets whose files are not of YAML or JSON."""


def without_version(result: object) -> str:
    """Return *result* as it stays with the next release."""
    text = re.sub(r"(spdx/|urn:uuid:)[0-9a-f-]+", r"\1NUMBER", str(result))
    return text.replace(__version__, "VERSION")


@pytest.fixture(autouse=True)
def time_of_release(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")


@pytest.mark.parametrize("target", sorted(EXPORTS))
def test_every_target(
    shop: Path, imagelock: Run, snapshot: SnapshotAssertion, target: str
) -> None:
    assert without_version(imagelock("export", target)) == snapshot
    assert imagelock("export", target, "-o", "there").out == ""
    assert (shop / "there").read_text() == imagelock("export", target).out


@pytest.mark.parametrize(
    "target", ["list", "regctl", "regsync", "skopeo", "skopeo-copy"]
)
@pytest.mark.usefixtures("shop")
def test_declared_platforms_and_a_destination(
    imagelock: Run, snapshot: SnapshotAssertion, target: str
) -> None:
    options = ("--declared-platforms", "--to", "mirror.example.com:5000/all/")

    assert str(imagelock("export", target, "compose.yaml", *options)) == snapshot


@pytest.mark.parametrize("target", sorted(EXPORTS))
def test_a_project_without_images_exports_a_valid_file(
    project: Path, imagelock: Run, snapshot: SnapshotAssertion, target: str
) -> None:
    save(project)
    settings = project / "imagelock.toml"
    settings.write_text('ignore = ["nothing-found"]\n', encoding="utf-8")

    result = imagelock("export", target)
    assert without_version(result) == snapshot
    if target not in SCRIPTS:
        assert [*yaml.safe_load_all(result.out)]


def test_an_image_that_is_not_locked_stops_everything_unless_allowed(
    shop: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    save(shop, "nginx:1.27")

    assert str(imagelock("export", "list")) == snapshot
    allowed = imagelock("export", "list", "--allow-unlocked")
    assert allowed.out == f"docker.io/library/nginx:1.27@{digest_of('nginx:1.27')}\n"
    assert allowed.exit_code == 0


@pytest.mark.usefixtures("shop")
def test_a_file_that_cannot_be_written_is_an_error(imagelock: Run) -> None:
    result = imagelock("export", "list", "-o", "missing/there")

    assert result.exit_code == 2
    assert "`missing/there` cannot be written" in result.err


# Compose


@pytest.mark.usefixtures("shop")
def test_compose_names_each_service_and_repeats_volumes_whole(imagelock: Run) -> None:
    override = parsed(imagelock("export", "compose").out)

    files = f"docker.io/acme/files:2@{digest_of('acme/files:2')}"
    assert override["services"] == {
        "1": {"image": f"docker.io/library/redis:latest@{digest_of('redis')}"},
        "web.front": {
            "image": f"docker.io/library/nginx:1.27@{digest_of('nginx:1.27')}",
            "volumes": [
                {
                    "type": "image",
                    "source": files,
                    "target": "/srv",
                    "read_only": True,
                    "image": {"subpath": "1"},
                }
            ],
        },
    }


def test_compose_says_what_it_cannot_pin(shop: Path, imagelock: Run) -> None:
    warnings = imagelock("export", "compose").err

    assert "`services.built.build.additional_contexts.image`" in warnings
    assert "Dockerfile:1:6: an override cannot pin images of a Dockerfile" in warnings
    (shop / "other").mkdir()
    (shop / "other/compose.yaml").write_text("services: {web.front: {image: redis}}")
    warnings = imagelock("export", "compose").err
    assert "other/compose.yaml:1:31: another file has a service `web.front`" in warnings


def test_compose_pins_what_extends_a_service(project: Path, imagelock: Run) -> None:
    (project / "compose.yaml").write_text(
        "services:\n"
        "  base: {image: nginx:1.27}\n"
        "  near: {extends: base}\n"
        "  nearer: {extends: {service: near}}\n"
        "  own: {extends: base, image: redis}\n"
        "  far: {extends: {file: ./parts/common.compose.yaml, service: template}}\n"
        "  outside: {extends: {file: ../../x.yaml, service: template}}\n"
        "  wrong: {extends: [base]}\n"
    )
    (project / "parts").mkdir()
    (project / "parts/common.compose.yaml").write_text(
        "services: {template: {image: alpine:3}}"
    )
    save(project, "nginx:1.27", "redis", "alpine:3")

    services = parsed(imagelock("export", "compose").out)["services"]
    short = {
        name: service["image"].partition("@")[0].rpartition("/")[2]
        for name, service in services.items()
    }
    assert short == {
        "base": "nginx:1.27",
        "near": "nginx:1.27",
        "nearer": "nginx:1.27",
        "own": "redis:latest",
        "far": "alpine:3",
    }


def test_compose_pins_the_volumes_of_what_extends_a_service(
    project: Path, imagelock: Run
) -> None:
    volume = "{type: image, source: 'acme/files:2', target: /srv}"
    (project / "compose.yaml").write_text(
        "services:\n"
        f"  base: {{image: redis, volumes: [{volume}]}}\n"
        "  own: {extends: base, image: nginx:1.27, volumes: ['./a:/a']}\n"
    )
    save(project, "nginx:1.27", "redis", "acme/files:2")

    services = parsed(imagelock("export", "compose").out)["services"]
    assert services["own"]["volumes"] == services["base"]["volumes"]
    assert services["own"]["image"].startswith("docker.io/library/nginx:1.27@")


@pytest.mark.slow
def test_compose_reads_a_large_file_once(project: Path, imagelock: Run) -> None:
    services = "".join(f"  a{n}: {{extends: a}}\n" for n in range(1000))
    more = "".join(f"  b{n}: {{image: redis}}\n" for n in range(1000))
    (project / "compose.yaml").write_text(
        f"services:\n  a: {{image: nginx:1.27}}\n{services}{more}"
    )
    save(project, "nginx:1.27", "redis")

    start = time.perf_counter()
    exported = parsed(imagelock("export", "compose").out)
    assert len(exported["services"]) == 2001
    # Reading it again for each service would take minutes.
    assert time.perf_counter() - start < 30


def test_compose_keeps_variables_for_compose(project: Path, imagelock: Run) -> None:
    (project / "compose.yaml").write_text(
        "x-v: &v {type: image, source: 'acme/files:${V:-2}', target: '${T}'}\n"
        "services: {a: {volumes: [*v, &w {<<: *v, target: /w}]}}\n"
    )
    save(project, "acme/files:2")

    result = imagelock("export", "compose")
    volumes = parsed(result.out)["services"]["a"]["volumes"]
    assert [volume["target"] for volume in volumes] == ["${T}", "/w"]
    assert all(
        volume["source"].endswith(str(digest_of("acme/files:2"))) for volume in volumes
    )


# Kustomize


def kustomized(value: str, images: list[dict[str, str]]) -> str:
    """Return what Kustomize makes of an image (`api/filters/imagetag/updater.go`)."""
    for image in images:
        suffix = r"(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?"
        if re.fullmatch(f"{image['name']}{suffix}", value):
            name = re.split(r"@|:(?=[^/]*$)", value)[0]
            value = f"{name}:{image['newTag']}@{image['digest']}"
    return value


@pytest.mark.usefixtures("shop")
def test_kustomize_finds_every_name_of_the_manifests(imagelock: Run) -> None:
    result = imagelock("export", "kustomize")
    images = parsed(result.out)["images"]

    for name in (
        *("docker.io/library/alpine:3", "localhost:5000/team/app:v1"),
        *("nginx:1.27", "acme/files:2"),
    ):
        assert kustomized(name, images) == f"{name}@{digest_of(name)}"
    assert "Kustomize does not change `spec.ephemeralContainers[0].image`" in result.err


def manifest(*images: str) -> str:
    containers = "".join(
        f"  - {{name: a{n}, image: '{i}'}}\n" for n, i in enumerate(images)
    )
    head = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n"
    return head + containers


def test_kustomize_cannot_tell_two_tags_apart(project: Path, imagelock: Run) -> None:
    (project / "pod.yaml").write_text(manifest("nginx:1.27", "nginx", "redis:7"))
    save(project, "nginx:1.27", "nginx", "redis:7")

    result = imagelock("export", "kustomize")
    assert [image["name"] for image in parsed(result.out)["images"]] == ["redis"]
    assert "`nginx` is used with several tags (1.27, latest)" in result.err


def test_a_tag_and_a_digest_of_one_name_are_two_for_kustomize(
    project: Path, imagelock: Run
) -> None:
    digest = "sha256:" + "ab" * 32
    (project / "pod.yaml").write_text(manifest("nginx:1.27", f"nginx@{digest}"))
    save(project, "nginx:1.27", f"nginx@{digest}")

    result = imagelock("export", "kustomize")
    assert parsed(result.out)["images"] == []
    assert "`nginx` is used with several tags (1.27, abababababab)" in result.err


def test_a_name_of_kustomize_is_a_regular_expression(
    project: Path, imagelock: Run
) -> None:
    names = "acme/a.b:1", "acme/a-b:2"
    (project / "pod.yaml").write_text(manifest(*names))
    save(project, *names)

    images = parsed(imagelock("export", "kustomize").out)["images"]
    for name in names:
        assert kustomized(name, images) == f"{name}@{digest_of(name)}"


def test_what_a_kustomization_sets_itself_is_not_for_a_component(
    project: Path, imagelock: Run
) -> None:
    (project / "pod.yaml").write_text(manifest("nginx:1.27", "app"))
    (project / "kustomization.yaml").write_text(
        "resources: [pod.yaml]\nimages:\n- {name: app, newName: acme/app, newTag: v1}\n"
    )
    save(project, "nginx:1.27", "acme/app:v1")

    result = imagelock("export", "kustomize")
    assert "kustomization.yaml:3:42: a kustomization applies this after" in result.err
    assert [image["name"] for image in parsed(result.out)["images"]] == ["nginx"]


def test_kustomize_takes_the_component(shop: Path, imagelock: Run) -> None:
    kustomize = need("kustomize")
    overlay, component = shop / "overlay", shop / "overlay/images"
    component.mkdir(parents=True)
    imagelock("export", "kustomize", "-o", str(component / "kustomization.yaml"))
    shutil.copy(shop / "k8s/web.yaml", overlay)
    (overlay / "kustomization.yaml").write_text(
        "resources: [web.yaml]\ncomponents: [images]\n"
    )

    built = subprocess.run(
        [kustomize, "build", str(overlay)], check=True, capture_output=True
    )
    spec = yaml.safe_load(built.stdout)["spec"]
    assert [container["image"] for container in spec["containers"]] == [
        f"{name}@{digest_of(name)}"
        for name in ("localhost:5000/team/app:v1", "nginx:1.27")
    ]
    name = "docker.io/library/alpine:3"
    assert spec["initContainers"][0]["image"] == f"{name}@{digest_of(name)}"
    files = f"acme/files:2@{digest_of('acme/files:2')}"
    assert spec["volumes"][0]["image"]["reference"] == files


# Builds


@pytest.mark.usefixtures("shop")
def test_buildkit_converts_each_tag(imagelock: Run) -> None:
    """The names are those of `sourcepolicy/pb` in BuildKit."""
    policy = json.loads(imagelock("export", "buildkit", "Dockerfile").out)

    assert policy == {
        "rules": [
            {
                "action": "CONVERT",
                "selector": {"identifier": f"docker-image://{name}"},
                "updates": {"identifier": f"docker-image://{name}@{digest_of(name)}"},
            }
            for name in (
                "docker.io/library/busybox:latest",
                "docker.io/library/golang:1.22",
            )
        ]
    }


def test_an_override_in_the_project_holds_chosen_digests_unless_excluded(
    shop: Path, imagelock: Run
) -> None:
    """The guide says so: such a file has to be excluded."""
    imagelock("export", "compose", "-o", "compose.images.yaml")
    new = "sha256:" + "1" * 64
    lock = shop / LOCKFILE
    lock.write_text(lock.read_text().replace(str(digest_of("nginx:1.27")), new))

    assert "compose.images.yaml" in imagelock("verify", "--offline").out
    (shop / "imagelock.toml").write_text('exclude = ["compose.images.yaml"]\n')
    assert "compose.images.yaml" not in imagelock("verify", "--offline").out


# Helm


def merged(values: Any, overlay: Any) -> Any:  # noqa: ANN401 - what YAML holds
    """Return what Helm makes of values and of those of a later `-f`."""
    if not isinstance(values, dict) or not isinstance(overlay, dict):
        return overlay
    both = {key: merged(values[key], overlay[key]) for key in values.keys() & overlay}
    return {**values, **overlay, **both}


@pytest.mark.usefixtures("shop")
def test_helm_values_pin_every_form(imagelock: Run) -> None:
    result = imagelock("export", "helm-values")
    overlay = parsed(result.out)

    assert json.loads(result.out) == overlay
    assert merged(parsed(VALUES), overlay) == {
        "image": {
            "repository": "nginx",
            "tag": f"1.27@{digest_of('nginx:1.27')}",
        },
        "sidecar": {
            "registry": "quay.io",
            "repository": "acme/side",
            "tag": "v2",
            "digest": str(digest_of("quay.io/acme/side:v2")),
        },
        "whole": {"image": f"redis:latest@{digest_of('redis')}"},
        "extra": [{"image": "alpine:3"}],
    }
    assert "chart/values.yaml: `extra.0.image` is in a list" in result.err


def test_helm_values_of_several_charts_must_agree(shop: Path, imagelock: Run) -> None:
    (shop / "second").mkdir()
    second = shop / "second/values.yaml"
    second.write_text(
        "image: {repository: redis, tag: latest}\nwhole: {image: {repository: redis, tag: latest}}\n"
    )
    save(shop, *NAMES)

    result = imagelock("export", "helm-values")
    assert result.exit_code == 0
    for key in ("image.tag", "whole.image.tag"):
        assert f"second/values.yaml: `{key}` has another value in another" in result.err
    first = imagelock("export", "helm-values", "chart")
    assert parsed(result.out) == parsed(first.out)
    other = parsed(imagelock("export", "helm-values", "second").out)
    assert other["image"]["tag"] == f"latest@{digest_of('redis')}"


@pytest.mark.parametrize(
    ("values", "image", "expected"),
    [
        # The chart's own version is the tag
        ("image: {repository: redis, tag: ''}",
         ("{{ .Values.image.repository }}:{{ .Values.image.tag | default "
         ".Chart.AppVersion }}"), {"image": {"tag": "7.4@D"}}),
        # with a `v` that the chart writes before any tag
        ("image: {repository: acme/web, tag: ''}",
         ("{{ .Values.image.repository }}:v{{ .Values.image.tag | default "
         ".Chart.AppVersion }}"), {"image": {"tag": "7.4@D"}}),
        # or only before its own version
        ("image: {repository: acme/web, tag: ''}",
         ("{{ .Values.image.repository }}:{{ .Values.image.tag | default "
         '(print "v" .Chart.AppVersion) }}'), {"image": {"tag": "v7.4@D"}}),
        # Something follows the tag, or the tag is also a label
        ("image: {repository: acme/web, tag: ''}",
         ("{{ .Values.image.repository }}:{{ .Values.image.tag | default "
         ".Chart.AppVersion }}-x"), {}),
        ("image: {repository: acme/web, tag: ''}",
         ("{{ .Values.image.repository }}:{{ .Values.image.tag | default "
         ".Chart.AppVersion }}\nversion: {{ .Values.image.tag }}"), {}),
        # The chart writes the algorithm
        ("image: {repository: redis, tag: '7.4', digest: ''}",
         ("{{ .Values.image.repository }}{{ if .Values.image.digest }}@sha256:"
         "{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag }}{{ end }}"),
         {"image": {"digest": "HEX"}}),
        # The tag is a literal of the chart
        ("image: {repository: redis, tag: ''}", "{{ .Values.image.repository }}:7.4", {}),
    ],
)  # fmt: skip
def test_helm_values_follow_the_templates_of_the_chart(
    project: Path, imagelock: Run, values: str, image: str, expected: dict[str, Any]
) -> None:
    names = ("redis:7.4", "acme/web:7.4", "acme/web:v7.4", "acme/web:7.4-x")
    (project / "templates").mkdir()
    (project / "templates/pod.yaml").write_text(f"image: {image}\n")
    (project / "Chart.yaml").write_text(
        "name: web\nversion: 1.0.0\nappVersion: '7.4'\n"
    )
    (project / "values.yaml").write_text(values)
    save(project, *names)

    text = imagelock("export", "helm-values").out
    for name in names:
        digest = digest_of(name)
        text = text.replace(str(digest), "D").replace(digest.encoded, "HEX")
    assert json.loads(text) == expected


def test_helm_values_that_aliases_repeat_are_all_pinned(
    project: Path, imagelock: Run
) -> None:
    (project / "values.yaml").write_text(
        'a: {image: &i {repository: nginx, tag: "1.27"}}\nb: {image: *i}\n'
    )
    save(project, "nginx:1.27")

    tag = f"1.27@{digest_of('nginx:1.27')}"
    overlay = parsed(imagelock("export", "helm-values").out)
    assert overlay == {"a": {"image": {"tag": tag}}, "b": {"image": {"tag": tag}}}


# Copies, and the way back


def test_imgpkg_and_back(shop: Path, imagelock: Run) -> None:
    before = json.loads(imagelock("export", "json").out)["images"]
    imagelock("export", "imgpkg", "-o", "images.yml")
    (shop / LOCKFILE).unlink()

    result = imagelock("import", "images.yml")
    assert result.exit_code == 0, result
    after = json.loads(imagelock("export", "json").out)["images"]
    assert {i["reference"]: i["digest"] for i in after} == {
        i["reference"]: i["digest"] for i in before
    }


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("quay.io/acme/side@{digest}", "quay.io/acme/side@{digest}"),
        ("nginx@{digest}", "nginx@{digest}"),
        ("docker.io/library/nginx@{digest}", "docker.io/library/nginx@{digest}"),
        ("nginx:1.27@{digest}", "nginx:1.27"),
    ],
)
def test_imgpkg_gives_every_image_the_id_that_kbld_looks_up(
    project: Path, imagelock: Run, written: str, expected: str
) -> None:
    digest = Digest.of(b"any")
    name = written.format(digest=digest)
    (project / "pod.yaml").write_text(
        f"apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: {name}\n"
    )
    save(project, name)

    images = parsed(imagelock("export", "imgpkg").out)["images"]
    ids = [image["annotations"]["kbld.carvel.dev/id"] for image in images]
    assert ids == [expected.format(digest=digest)]
    assert images[0]["image"].count("@") == 1


@pytest.mark.usefixtures("shop")
def test_a_compose_override_and_back(imagelock: Run, shop: Path) -> None:
    imagelock("export", "compose", "-o", "override.yaml")
    (shop / LOCKFILE).unlink()

    assert imagelock("import", "override.yaml").exit_code == 0
    listed = imagelock("export", "list", "--allow-unlocked").out
    for name in ("nginx:1.27", "redis", "acme/files:2"):
        assert str(digest_of(name)) in listed


@pytest.mark.usefixtures("shop")
def test_lists_for_copies_name_every_digest(imagelock: Run) -> None:
    digests = {str(digest_of(name)) for name in NAMES}
    sync = parsed(imagelock("export", "skopeo").out)

    assert sync["localhost:5000"] == {
        "tls-verify": False,
        "images": {"team/app": [str(digest_of("localhost:5000/team/app:v1"))]},
    }
    assert {
        digest
        for registry in sync.values()
        for listed in registry["images"].values()
        for digest in listed
    } == digests
    steps = parsed(imagelock("export", "regsync", "--to", "r.example.com").out)["sync"]
    assert {step["source"].partition("@")[2] for step in steps} == digests
    assert "r.example.com/team/app:v1" in {step["target"] for step in steps}


@pytest.mark.parametrize("target", ["regsync", "skopeo-copy"])
def test_copies_of_two_registries_may_get_one_name(
    project: Path, imagelock: Run, target: str
) -> None:
    (project / "pod.yaml").write_text(manifest("acme/a:1", "quay.io/acme/a:1"))
    save(project, "acme/a:1", "quay.io/acme/a:1")

    warnings = imagelock("export", target, "--to", "mirror.example.com").err
    assert (
        "`docker.io/acme/a:1` and `quay.io/acme/a:1` would get the same name"
        in warnings
    )


@pytest.mark.parametrize(
    ("registry", "settings", "is_insecure"),
    [
        ("localhost:5000", "", True),
        ("127.0.0.1", "", True),
        ("[::1]:5000", "", True),
        ("localhost:5000", "plain-http = false", False),
        ("localhost:5000", "ca = 'ca.pem'", False),
        ("r.example.com:5000", "", False),
        ("r.example.com", "plain-http = true", True),
        ("r.example.com", "skip-verify = true", True),
    ],
)
def test_skopeo_is_told_where_there_is_no_tls(
    project: Path, imagelock: Run, registry: str, settings: str, *, is_insecure: bool
) -> None:
    name = f"{registry}/acme/a:1"
    (project / "compose.yaml").write_text(f"services: {{a: {{image: '{name}'}}}}")
    (project / "imagelock.toml").write_text(f'[registries."{registry}"]\n{settings}\n')
    save(project, name)

    listed = parsed(imagelock("export", "skopeo").out)[registry]
    assert listed.get("tls-verify", True) is not is_insecure
    script = imagelock("export", "skopeo-copy", "--to", "r").out
    assert ("--src-tls-verify=false" in script) is is_insecure


# Names


@given(st.text(max_size=20))
def test_every_text_stays_the_same_text_in_yaml_and_json(text: str) -> None:
    assert yaml.safe_load(yaml_string(text)) == text
    assert yaml.safe_load(f"{{{to_json(text)}: [{yaml_string(text)}]}}") == {
        text: [text]
    }
    assert json.loads(to_json(text)) == text


@pytest.mark.parametrize("name", ["1", ".5", "1e3", "_1", "null", "Yes", "n", "-"])
def test_services_of_any_name(project: Path, imagelock: Run, name: str) -> None:
    (project / "compose.yaml").write_text(
        f'services: {{"{name}": {{image: nginx:1.27}}}}'
    )
    save(project, "nginx:1.27")

    services = parsed(imagelock("export", "compose").out)["services"]
    assert list(services) == [name]


# Every golden case

NOT_OVERLAID: Final = {
    "E160": "the chart decides the tag",
    "E165": "it is no image",
    "E167": "it is no image",
    "E168": "Helm replaces a list whole",
    "E400": "the digest is another",
    "E404": "the chart writes text behind the tags",
    "E406": "several overlays have the same key",
    "E407": "other values complete the names",
    "E409": "a prefix has no digest",
    "E411": "it has the values of two charts",
    "E415": "several overlays have the same key",
    "E951": "what was a number becomes a text",
    "E3061": "what was a Boolean becomes a text",
    "E952": "several overlays have the same key",
    "E3051": "what is in a template has no digest",
    "E1974": "each file of values has its own name",
    "E2670": "the tag is a label, too, which takes no digest",
    "E3095": "the reading of the values makes texts of what is none",
}


def requested(case: Case, root: Path) -> Request:
    """Write the files of *case* below *root*, and request all that they name."""
    for path, data in case.files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    project = ProjectFiles(root=root, config=Config(), environment=case.environment)
    found = project.found()
    return Request(
        lockfile=locked(o.reference for o in found if isinstance(o, Occurrence)),
        found=found,
        files=project.files(),
        content=project.content,
        is_insecure=lambda _: False,
    )


@pytest.mark.parametrize("case", all_cases(), ids=str)
def test_no_case_breaks_a_target(case: Case, tmp_path: Path) -> None:
    request = requested(case, tmp_path)

    for name, target in EXPORTS.items():
        text = target.export(request).text
        if name in {"bake", "buildkit", "helm-values", "json"}:
            assert isinstance(json.loads(text), dict)
        if name not in SCRIPTS:
            assert all(isinstance(each, dict) for each in yaml.safe_load_all(text))


@pytest.mark.parametrize("case", cases("helm-values", without=NOT_OVERLAID), ids=str)
def test_values_with_the_overlay_name_the_same_images(
    case: Case, tmp_path: Path
) -> None:
    request = requested(case, tmp_path)
    overlay = parsed(EXPORTS["helm-values"].export(request).text)
    path = next(path for path in request.files if path.name.startswith("values"))
    values = yaml.load(request.content(path), yaml.BaseLoader)  # noqa: S506 - no types
    (tmp_path / path).write_text(json.dumps(merged(values, overlay)))

    after = ProjectFiles(root=tmp_path, config=Config()).found()
    before, now = (
        [o.reference for o in found if isinstance(o, Occurrence)]
        for found in (request.found, after)
    )
    assert {reference.key for reference in now} == {old.key for old in before}
    assert any(
        reference.digest == request.lockfile.images[reference.key].digest
        for reference in now
    )


TAKEN_AWAY = {"E639": "an override takes an image away"}


@pytest.mark.parametrize("case", cases("compose", without=TAKEN_AWAY), ids=str)
def test_an_override_has_every_service_with_an_image(
    case: Case, tmp_path: Path
) -> None:
    request = requested(case, tmp_path)
    exported = EXPORTS["compose"].export(request)
    services = parsed(exported.text)["services"]

    for occurrence, image in request.used("compose"):
        where = f"{occurrence.place.label}: "
        is_warned = any(warning.startswith(where) for warning in exported.warnings)
        for use in occurrence.place.uses:
            match = re.fullmatch(r"services\.([\w-]+)\.image", use)
            if match and not is_warned and match[1] in services:
                pinned = f"{image.reference}@{image.digest}"
                pinned = pinned if image.reference.tag else str(image.reference)
                assert services[match[1]]["image"] == pinned
            else:
                assert is_warned or "volumes" in use, use
