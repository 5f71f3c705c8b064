from __future__ import annotations

from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.occurrence import Occurrence, Skipped
from imagelock.model.reference import Reference
from imagelock.model.source_text import Text
from imagelock.sources.context import Context, files_among
from imagelock.sources.helm import values as helm_values
from tests.support.extraction import cases, check, find
from tests.support.recognition import is_read_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.extraction import Case

PATH: Final = PurePosixPath("charts/app/values.yaml")
HEX: Final = "a" * 64
OTHER: Final = "sha256:" + "b" * 64
NOTHING: Final[Mapping[str, str]] = {}


@pytest.mark.parametrize("case", cases("helm-values"), ids=str)
def test_the_golden_cases(case: Case) -> None:
    check(case, find(case))


def found(
    text: str, files: Mapping[str, str] = NOTHING, path: PurePosixPath = PATH
) -> list[Occurrence | Skipped]:
    texts = {PurePosixPath(name): Text(value) for name, value in files.items()}
    context = Context(
        read=texts.get,
        platforms=(),
        files_below=partial(files_among, sorted(texts)),
    )
    return list(helm_values.find(path, Text(text), context))


def meanings(text: str, files: Mapping[str, str] = NOTHING) -> list[tuple[str, str]]:
    return [
        (
            finding.place.location,
            finding.reference.familiar
            if isinstance(finding, Occurrence)
            else finding.reason.slug,
        )
        for finding in found(text, files)
    ]


def pinned(text: str) -> str:
    """Return *text* with a digest for each image in it, as `pin` would write it."""
    data = text.encode()
    for finding in reversed(found(text)):
        assert isinstance(finding, Occurrence)
        if finding.unpinnable_reason:
            continue
        end = finding.place.span.end
        start, new = end, f"@sha256:{HEX}"
        if finding.slot:
            start, end = finding.slot.span.start, finding.slot.span.end
            new = finding.slot.template.format(digest=f"sha256:{HEX}", hex=HEX)
        data = data[:start] + new.encode() + data[end:]
    return data.decode()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Bitnami
        (
            "image: {registry: docker.io, repository: bitnami/redis, tag: 8.0.1-r0}",
            [("image.tag", "bitnami/redis:8.0.1-r0")],
        ),
        (
            ("global: {imageRegistry: my.io}\n"
            "image: {registry: docker.io, repository: bitnami/redis, tag: 8}"),
            [("image.tag", "my.io/bitnami/redis:8")],
        ),
        (
            ("global: {imageRegistry: ''}\n"
            "image: {registry: quay.io, repository: a/redis, tag: 8}"),
            [("image.tag", "quay.io/a/redis:8")],
        ),
        # kube-prometheus-stack
        (
            "image: {registry: quay.io, repository: p/p, tag: v3, sha: '" + HEX + "'}",
            [("image.tag", f"quay.io/p/p:v3@sha256:{HEX}")],
        ),
        (
            "image: {repository: a, tag: '1', sha256: '" + HEX + "'}",
            [("image.tag", f"a:1@sha256:{HEX}")],
        ),
        (
            "image: {repository: a, tag: '1', digest: '" + HEX + "'}",
            [("image.tag", f"a:1@sha256:{HEX}")],
        ),
        (
            "image: {repository: a, tag: '1', sha256: 'sha256:" + HEX + "'}",
            [("image.tag", f"a:1@sha256:{HEX}")],
        ),
        # ingress-nginx
        (
            ("controller:\n  image:\n    registry: registry.k8s.io\n"
            "    image: ingress-nginx/controller\n    tag: v1.12\n"),
            [("controller.image.tag", "registry.k8s.io/ingress-nginx/controller:v1.12")],
        ),
        (
            ("global: {image: {registry: registry.k8s.io}}\n"
            "x: {image: {image: ingress-nginx/controller, tag: v1}}\n"),
            [("x.image.tag", "registry.k8s.io/ingress-nginx/controller:v1")],
        ),
        (
            ("global: {imageRegistry: my.io}\n"
            "image: {repository: quay.io/a/b, tag: v1}\n"),
            [("image.tag", "quay.io/a/b:v1")],
        ),
        # A registry that the name has already
        (
            "image: {registry: ghcr.io, repository: ghcr.io/a/b, tag: v1}",
            [("image.tag", "ghcr.io/a/b:v1")],
        ),
        (
            "image: {registry: 'r.io:5000/', repository: 'r.io:5000/a', tag: v1}",
            [("image.tag", "r.io:5000/a:v1")],
        ),
        (
            "image: {registry: ghcr.io, repository: ghcr.io.acme.dev/a, tag: v1}",
            [("image.tag", "ghcr.io/ghcr.io.acme.dev/a:v1")],
        ),
        # cilium
        (
            (f"image: {{repository: quay.io/c/c, tag: v1, digest: '{OTHER}',"
            " useDigest: false}"),
            [("image.tag", "quay.io/c/c:v1")],
        ),
        # JupyterHub
        (
            "hub: {image: {name: quay.io/j/hub, tag: '4', pullPolicy: x}}",
            [("hub.image.tag", "quay.io/j/hub:4")],
        ),
        # imgproxy
        (
            "image: {repo: ghcr.io/imgproxy/imgproxy, tag: v3}",
            [("image.tag", "ghcr.io/imgproxy/imgproxy:v3")],
        ),
        (
            "initImage: {registry: ghcr.io, repo: a/b, tag: v3, pullPolicy: Always}",
            [("initImage.tag", "ghcr.io/a/b:v3")],
        ),
        (
            f"image: {{repo: a/b, digest: '{OTHER}'}}",
            [("image.digest", f"a/b@{OTHER}")],
        ),
        ("source: {repo: a/b, tag: v3}", []),
        # Airflow, Longhorn: below `images` or `image`, at any depth
        (
            "images: {statsd: {repository: quay.io/p/s, tag: v0}, app: {tag: ~}}",
            [("images.statsd.tag", "quay.io/p/s:v0")],
        ),
        (
            "image: {longhorn: {engine: {repository: l/e, tag: v1}}}",
            [("image.longhorn.engine.tag", "l/e:v1")],
        ),
        # Rook: nothing says `image`
        (
            "csi: {cephcsi: {repository: quay.io/cephcsi/cephcsi, tag: v3}}",
            [("csi.cephcsi.tag", "quay.io/cephcsi/cephcsi:v3")],
        ),
        # Elastic
        (
            "image: docker.elastic.co/es/es\nimageTag: 8.5.1\n",
            [("imageTag", "docker.elastic.co/es/es:8.5.1")],
        ),
        ("initImage: a/b\ninitImageTag: '2'\n", [("initImageTag", "a/b:2")]),
        # Istio
        ("global: {hub: docker.io/istio, tag: 1, proxy: {image: proxyv2}}",
         [("global.proxy.image", "needs-base")]),
        # home-ops
        (
            f"image: {{repository: ghcr.io/a/b, tag: 18.19.0@{OTHER}}}",
            [("image.tag", f"ghcr.io/a/b:18.19.0@{OTHER}")],
        ),
        # Strimzi
        (
            ("defaultImageRegistry: quay.io\ndefaultImageRepository: strimzi\n"
            "defaultImageTag: '1.0'\n"
            "image: {registry: '', repository: '', name: operator, tag: ''}\n"),
            [("image.name", "quay.io/strimzi/operator:1.0")],
        ),
        (
            "image: {registry: '', repository: '', name: operator, tag: '1'}\n",
            [("image.tag", "needs-base")],
        ),
        (
            "image: {registry: my.io, repository: owner/app, name: app, tag: '1'}\n",
            [("image.tag", "my.io/owner/app:1")],
        ),
        # As it is written, although Helm reads a number
        ("image: {repository: a, tag: 1.11}", [("image.tag", "a:1.11")]),
        ("image: {repository: a, tag: 16}", [("image.tag", "a:16")]),
        ("image: {repository: a, version: v2}", [("image.version", "a:v2")]),
        ("image: {repository: a, digest: '" + OTHER + "'}",
         [("image.digest", f"a@{OTHER}")]),
        ("image: {repository: a:1}", [("image.repository", "a:1")]),
        ("image: {repository: a, tag: '1', tag: '2'}",
         [("image.tag", "duplicate-key")]),
        ("image: {tag: v2}", [("image.tag", "needs-base")]),
        ("image: {repository: a, tag: '{{ .Chart.AppVersion }}'}",
         [("image.tag", "template")]),
        ("image: {repository: a, tag: '${VERSION}'}", [("image.tag", "variable")]),
        ("image: $(REGISTRY)/a:1", [("image", "variable")]),
        ("image: {repository: a, tag: not a tag}", [("image.tag", "invalid")]),
        # Texts
        ("image: redis", [("image", "redis:latest")]),
        ("sidecarImage: a/b:1", [("sidecarImage", "a/b:1")]),
        ("job_image: a/b:1", [("job_image", "a/b:1")]),
        ("images: [a/b:1, other]", [("images[0]", "a/b:1")]),
        ("images: {web: a/b:1, pullPolicy: Always}", [("images.web", "a/b:1")]),
        ("image: Acme/b:1", [("image", "invalid")]),
        ("x: &i a/b:1\nimage: *i\ny: {image: *i}", [("image", "a/b:1")]),
        # What is none
        ("git: {repository: acme/config, tag: main}", []),
        ("repository: https://charts.example.com\ntag: x\n", []),
        ("backend: {repository: github.com/a/b, tag: v1}", []),
        ("source: {repository: a/b, tag: v1, path: x}", []),
        ("image: true\nbackgroundImage: a/b.png\nvmImage: ubuntu-22.04\n", []),
        ("image: {}\nfooImage: ''\nimages: []\n", []),
        ("image: https://example.com/a:1", []),
        ("image: A nice picture", []),
        ("labels: {image: a/b:1}", []),
        ("image: {pullPolicy: Always, repository: '', tag: ''}", []),
    ],
)  # fmt: skip
def test_what_values_name(text: str, expected: list[tuple[str, str]]) -> None:
    assert meanings(text) == expected


CHART = "charts/app/Chart.yaml"
POD = "charts/app/templates/pod.yaml"
EMPTY = "image: {repository: quay.io/a/b, tag: ''}"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({}, "chart-default"),
        ({CHART: "appVersion: 1.2.3"}, "quay.io/a/b:1.2.3"),
        ({CHART: "appVersion: 1.2.3+4"}, "quay.io/a/b:1.2.3_4"),
        ({CHART: "version: 1.2.3"}, "chart-default"),
        ({CHART: "{"}, "chart-default"),
        (
            {
                CHART: "appVersion: 1.2.3",
                POD: "image: {{ .Values.image.repository }}:v{{ .Chart.AppVersion }}",
            },
            "quay.io/a/b:v1.2.3",
        ),
        (
            {
                CHART: "appVersion: 1.2.3",
                POD: "app.kubernetes.io/version: v{{ .Chart.AppVersion }}\n"
                    "image: {{ .Values.image.repository }}:{{ .Chart.AppVersion }}",
            },
            "quay.io/a/b:1.2.3",
        ),
        (
            {
                CHART: "appVersion: 1.2.3",
                POD: """image: '{{ .Values.image.repository }}:{{ .Values.image.tag
                    | default (printf "v%s" .Chart.AppVersion) }}'""",
            },
            "quay.io/a/b:v1.2.3",
        ),
    ],
)  # fmt: skip
def test_without_a_tag_the_version_of_the_chart_counts(
    files: dict[str, str], expected: str
) -> None:
    assert meanings(EMPTY, files) == [("image.repository", expected)]


def test_the_tag_of_the_chart_is_not_pinned_and_its_v_is_named() -> None:
    (finding,) = found(EMPTY, {CHART: "appVersion: 1.2.3"})

    assert isinstance(finding, Occurrence)
    assert finding.unpinnable_reason is not None
    assert "`v`" in finding.unpinnable_reason


def test_values_of_another_chart_do_not_take_this_version() -> None:
    chart = "appVersion: '1'\ndependencies: [{name: redis}, {name: x, alias: db}]\n"
    text = f"redis: {{{EMPTY}}}\ndb: {{{EMPTY}}}\nown: {{{EMPTY}}}\n"

    assert meanings(text, {CHART: chart}) == [
        ("redis.image.repository", "chart-default"),
        ("db.image.repository", "chart-default"),
        ("own.image.repository", "quay.io/a/b:1"),
    ]


def test_the_values_of_tests_belong_to_the_chart_above() -> None:
    path = PurePosixPath("charts/app/ci/x-values.yaml")

    (finding,) = found(EMPTY, {CHART: "appVersion: '1'"}, path)

    assert isinstance(finding, Occurrence)
    assert finding.reference.tag == "1"


D = f"sha256:{HEX}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{repository: a, tag: "1", digest: ""}',
         f'{{repository: a, tag: "1", digest: "{D}"}}'),
        ("{repository: a, tag: '1', sha: ''}",
         f"{{repository: a, tag: '1', sha: '{HEX}'}}"),
        ("{repository: a, tag: '1', sha256: ''}",
         f"{{repository: a, tag: '1', sha256: '{HEX}'}}"),
        ("{repository: a, tag: '1', digest: }",
         f"{{repository: a, tag: '1', digest: {D}}}"),
        ("\n  repository: a\n  digest: # none\n  tag: 1\n",
         f"\n  repository: a\n  digest: {D} # none\n  tag: 1\n"),
        ("\n  repository: a\n  digest: ~\n  tag: 1\n",
         f"\n  repository: a\n  digest: ~\n  tag: 1@{D}\n"),
        ("\n  repository: a\n  digest: !!str\n  tag: 1\n",
         f"\n  repository: a\n  digest: !!str\n  tag: 1@{D}\n"),
        ("{repository: a, tag: '1', digest: " + OTHER + "}",
         f"{{repository: a, tag: '1', digest: {D}}}"),
        ("{repository: a, tag: '1', sha: " + OTHER[7:] + "}",
         f"{{repository: a, tag: '1', sha: {HEX}}}"),
        ("{repository: a, tag: '1', sha: '" + OTHER + "'}",
         f"{{repository: a, tag: '1', sha: '{D}'}}"),
        ("{repository: a, digest: " + OTHER + "}",
         f"{{repository: a, digest: {D}}}"),
        ("{repository: a, tag: 1.11}", f"{{repository: a, tag: 1.11@{D}}}"),
        ('{repository: a, tag: "1"}', f'{{repository: a, tag: "1@{D}"}}'),
        ("a/b:1 # web", f"a/b:1@{D} # web"),
    ],
)  # fmt: skip
def test_where_the_digest_goes(text: str, expected: str) -> None:
    assert pinned(f"image: {text}") == f"image: {expected}"
    (finding,) = found(f"image: {expected}")
    assert isinstance(finding, Occurrence)
    assert str(finding.reference.digest) == D


def test_one_tag_of_two_images_is_not_pinned() -> None:
    text = (
        "a: {image: {repository: a, tag: &t '1'}}\n"
        "b: {image: {repository: b, tag: *t}}\n"
    )

    assert pinned(text) == text


def test_a_digest_behind_an_anchor_belongs_to_where_it_is_written() -> None:
    text = "x: &d ''\nimage: {repository: a, tag: '1', digest: *d}\n"

    assert pinned(text) == text.replace("'1'", f"'1@{D}'")


@pytest.mark.parametrize(
    "name",
    [
        "values.yaml",
        "values.yml",
        "values-prod.yaml",
        "values.prod.yaml",
        "prod-values.yaml",
        "prod.values.yaml",
    ],
)
def test_values_are_known_by_their_names(name: str) -> None:
    assert is_read_by("helm-values", f"ci/{name}", "image: x")


@pytest.mark.parametrize(
    "name",
    ["values.schema.json", "values.schema.yaml", "evalues.yaml", "values.yaml.bak"],
)
def test_other_names_are_not_those_of_values(name: str) -> None:
    assert not is_read_by("helm-values", f"ci/{name}", "image: x")


def test_a_manifest_is_none_whatever_its_name() -> None:
    assert not helm_values.matches(PATH, "apiVersion: v1\nkind: Pod\n")


NAMES = st.sampled_from(["a", "acme/b", "quay.io/c/d", "localhost:5000/e"])
TAGS = st.sampled_from(["1", "1.10", "v2.0-rc1", "latest"])


@given(st.lists(st.tuples(NAMES, TAGS, st.sampled_from(["", "digest", "sha"]))))
def test_only_that_image_changes(images: list[tuple[str, str, str]]) -> None:
    lines = [
        f"- image:\n    repository: {name}\n    tag: '{tag}'\n"
        + (f"    {key}: ''\n" if key else "")
        for name, tag, key in images
    ]
    text = "all:\n" + "".join(lines) if lines else "{}"

    after = found(pinned(text))

    assert [
        str(finding.reference) for finding in after if isinstance(finding, Occurrence)
    ] == [f"{Reference.parse(f'{name}:{tag}')}@{D}" for name, tag, _ in images]


@given(
    st.text(max_size=60),
    st.sampled_from(["", "image:\n  ", "image: {repository: ", "global: "]),
)
def test_no_text_is_too_strange(text: str, before: str) -> None:
    for finding in found(before + text, {CHART: text}):
        assert isinstance(finding, Occurrence | Skipped)
