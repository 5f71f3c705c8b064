from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.occurrence import Occurrence, Skipped
from imagelock.model.source_text import Text
from imagelock.sources.context import Context
from imagelock.sources.kubernetes import kubernetes

PATH = PurePosixPath("deploy/app.yaml")
AROUND = Context(read=lambda _: None, platforms=())
HEX = "a" * 64
D = f"sha256:{HEX}"


def found(text: str) -> list[Occurrence | Skipped]:
    data = text.encode()
    everything = list(kubernetes.find(PATH, Text(text), AROUND))
    for finding in everything:
        span = finding.place.span
        assert data[span.start : span.end].decode() == finding.place.text
    return everything


def meanings(text: str) -> list[tuple[str, str]]:
    return [
        (
            finding.place.location,
            finding.reference.familiar
            if isinstance(finding, Occurrence)
            else finding.reason.slug,
        )
        for finding in found(text)
    ]


def pinned(text: str) -> str:
    """Return *text* with a digest for each image in it, as `pin` would write it."""
    data = text.encode()
    for finding in sorted(
        found(text), key=lambda finding: finding.place.span, reverse=True
    ):
        if isinstance(finding, Skipped) or finding.unpinnable_reason:
            continue
        end = finding.place.span.end
        start, new = end - len(finding.place.text.partition("@")[2]), f"@{D}"
        start -= "@" in finding.place.text
        if finding.slot:
            start, end = finding.slot.span.start, finding.slot.span.end
            new = finding.slot.template.format(digest=D, hex=HEX)
        data = data[:start] + new.encode() + data[end:]
    return data.decode()


FLUX = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec:\n"
K3S = "apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nspec:\n"
ARGO = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            FLUX + "  values:\n    image: {repository: a/b, tag: '1'}\n",
            [("spec.values.image.tag", "a/b:1")],
        ),
        (
            FLUX + "  values: {image: {repository: a/b}, x: {image: c/d:2}}\n",
            [
                ("spec.values.image.repository", "chart-default"),
                ("spec.values.x.image", "c/d:2"),
            ],
        ),
        (
            ("apiVersion: v1\nkind: List\nitems:\n- apiVersion: helm.fluxcd.io/v1\n"
            "  kind: HelmRelease\n  spec: {values: {image: a/b:1}}\n"),
            [("items[0].spec.values.image", "a/b:1")],
        ),
        (
            K3S + "  valuesContent: |-\n    image:\n      repository: a/b\n"
            "      tag: '1'\n    # end\n",
            [("spec.valuesContent.image.tag", "a/b:1")],
        ),
        (
            K3S.replace("Config", "")
            + '  jobImage: r/k:v1\n  valuesContent: "image: \\"a/b:1\\"\\n"\n',
            [("spec.jobImage", "r/k:v1"), ("spec.valuesContent.image", "a/b:1")],
        ),
        (K3S + "  valuesContent: |\n    {{ x\n", [("spec.valuesContent.document",
                                                    "template")]),
        (
            ARGO + "  source:\n    helm:\n      values: |\n        image: a/b:1\n"
            "      valuesObject: {image: c/d:2}\n",
            [
                ("spec.source.helm.valuesObject.image", "c/d:2"),
                ("spec.source.helm.values.image", "a/b:1"),
            ],
        ),
        (
            ARGO + "  sources:\n  - helm:\n      parameters:\n"
            "      - {name: image.repository, value: a/b}\n"
            "      - {name: image.tag, value: '1.10'}\n"
            "      - {name: other.image.tag, value: '2'}\n"
            "      - {name: initImage, value: c/d:3}\n"
            "      - {name: replicas, value: '3'}\n",
            [
                ("spec.sources[0].helm.parameters[1].value", "a/b:1.10"),
                ("spec.sources[0].helm.parameters[2].value", "set-value"),
                ("spec.sources[0].helm.parameters[3].value", "c/d:3"),
            ],
        ),
        # Of another group, and without values
        ("apiVersion: app.k8s.io/v1\nkind: Application\nspec: {x: 1}\n", []),
        (FLUX + "  values:\n", []),
        (FLUX + "  values: text\n", []),
    ],
)  # fmt: skip
def test_values_of_charts_are_read_in_manifests(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert meanings(text) == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            FLUX + "  values: {image: {repository: a, tag: '1', digest: ''}}\n",
            FLUX + f"  values: {{image: {{repository: a, tag: '1', digest: '{D}'}}}}\n",
        ),
        (
            K3S + "  valuesContent: |\n    image: {repository: a, tag: '1'}\n",
            K3S + f"  valuesContent: |\n    image: {{repository: a, tag: '1@{D}'}}\n",
        ),
        (
            K3S + '  valuesContent: "image: {repository: a, tag: 1, digest: \\"\\"}"\n',
            K3S + '  valuesContent: "image: {repository: a, tag: 1,'
            f' digest: \\"{D}\\"}}"\n',
        ),
    ],
)
def test_their_digests_go_where_those_of_values_go(before: str, after: str) -> None:
    assert pinned(before) == after
    assert pinned(after) == after
    assert len(found(after)) == 1


PROMETHEUS = "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\n"
OCI = "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\n"
K0S = "apiVersion: k0s.k0sproject.io/v1beta1\nkind: ClusterConfig\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            PROMETHEUS + "spec:\n  baseImage: p/p\n  version: v2 # new\n  x: 1\n",
            PROMETHEUS
            + f"spec:\n  baseImage: p/p\n  version: v2 # new\n  sha: {HEX}\n  x: 1\n",
        ),
        (
            PROMETHEUS + "spec: {baseImage: p/p, version: 'v2', x: 1}\n",
            PROMETHEUS + f"spec: {{baseImage: p/p, version: 'v2', sha: {HEX}, x: 1}}\n",
        ),
        (
            PROMETHEUS + "spec:\n  baseImage: p/p\n  tag: v2\n  sha: ''\n",
            PROMETHEUS + f"spec:\n  baseImage: p/p\n  tag: v2\n  sha: '{HEX}'\n",
        ),
        (
            OCI + "spec:\r\n  ref:\r\n    tag: 1.2.3\r\n  url: oci://g.io/a/b\r\n",
            OCI + f"spec:\r\n  ref:\r\n    tag: 1.2.3\r\n    digest: {D}\r\n"
            "  url: oci://g.io/a/b\r\n",
        ),
        (
            OCI + "spec:\n  url: oci://g.io/a/b\n  ref:\n    tag: 1.2.3",
            OCI
            + f"spec:\n  url: oci://g.io/a/b\n  ref:\n    tag: 1.2.3\n    digest: {D}",
        ),
        (
            (
                '{"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "OCIRepository",'
                ' "spec": {"url": "oci://g.io/a/b", "ref": {"tag": "1"}}}'
            ),
            (
                '{"apiVersion": "source.toolkit.fluxcd.io/v1", "kind": "OCIRepository",'
                f' "spec": {{"url": "oci://g.io/a/b", "ref": {{"tag": "1", "digest": "{D}"}}}}}}'
            ),
        ),
        (
            K0S + "spec: {images: {coredns: {image: c/c, version: 1.7.0}}}\n",
            K0S
            + f"spec: {{images: {{coredns: {{image: c/c, version: 1.7.0@{D}}}}}}}\n",
        ),
        (
            "apiVersion: x.io/v1\nkind: App\nspec: {image: a/b, tag: v1, digest: ''}\n",
            (
                "apiVersion: x.io/v1\nkind: App\n"
                f"spec: {{image: a/b, tag: v1, digest: '{D}'}}\n"
            ),
        ),
        (
            "apiVersion: x.io/v1\nkind: App\nspec: {image: a/b:1}\n",
            f"apiVersion: x.io/v1\nkind: App\nspec: {{image: a/b:1@{D}}}\n",
        ),
    ],
)
def test_a_split_form_has_its_digest_in_a_key(before: str, after: str) -> None:
    assert pinned(before) == after
    (finding,) = found(after)
    assert isinstance(finding, Occurrence)
    assert str(finding.reference.digest) == D
    assert finding.reference.tag is not None or finding.tag is None
    assert pinned(after.replace(HEX, "b" * 64)) == after or finding.slot is None


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("apiVersion: x.io/v1\nkind: App\nspec: {image: a/b, tag: v1}\n", b"v1"),
        (OCI + "spec: {url: oci://g.io/a/b}\n", None),
        (
            PROMETHEUS + "x: &v v2\nspec:\n  baseImage: p/p\n  version: *v\n",
            b"v2",
        ),
        (PROMETHEUS + "spec:\n  baseImage: p/p\n  version: |\n    v2\n", b"v2"),
    ],
)
def test_what_has_no_place_for_a_digest_says_so(text: str, tag: bytes | None) -> None:
    (finding,) = found(text)

    assert isinstance(finding, Occurrence)
    assert finding.slot is None
    assert finding.unpinnable_reason
    written = finding.tag and text.encode()[finding.tag.start : finding.tag.end]
    assert written == tag


@given(st.text(max_size=60), st.sampled_from([FLUX, K3S, ARGO, PROMETHEUS, OCI]))
def test_no_text_is_too_strange(text: str, before: str) -> None:
    for rest in (f"  values: {text}", f"  valuesContent: |\n    {text}", f"  {text}"):
        for finding in kubernetes.find(PATH, Text(before + rest), AROUND):
            assert isinstance(finding, Occurrence | Skipped)


KUSTOMIZATION = (
    "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nspec:\n"
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            KUSTOMIZATION + "  images:\n  - {name: nginx, newTag: '1.27'}\n"
            "  - {name: app, newName: ghcr.io/acme/app}\n",
            [
                ("spec.images[0].newTag", "nginx:1.27"),
                ("spec.images[1].newName", "needs-base"),
            ],
        ),
        (
            FLUX + "  postRenderers:\n  - kustomize:\n      images:\n"
            f"      - {{name: a, newName: x/a, newTag: v1, digest: '{D}'}}\n",
            [
                (
                    "spec.postRenderers[0].kustomize.images[0].newTag",
                    f"x/a:v1@{D}",
                ),
            ],
        ),
        (
            ARGO + "  source:\n    kustomize:\n      images:\n"
            "      - nginx=nginx:1.27\n      - 'quay.io/a/b:2'\n      - a=b\n"
            '      - "a=\\x62:3"\n      - a=${B}:1\n      - {}\n      - a=\n',
            [
                ("spec.source.kustomize.images[0]", "nginx:1.27"),
                ("spec.source.kustomize.images[1]", "quay.io/a/b:2"),
                ("spec.source.kustomize.images[2]", "needs-base"),
                ("spec.source.kustomize.images[3]", "b:3"),
                ("spec.source.kustomize.images[4]", "variable"),
                ("spec.source.kustomize.images[6]", "invalid"),
            ],
        ),
    ],
)
def test_images_that_a_controller_puts_in(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert meanings(text) == expected


def test_a_digest_goes_behind_what_is_put_in() -> None:
    text = ARGO + "  source: {kustomize: {images: ['nginx=nginx:1.27', a:1]}}\n"

    assert [finding.place.text for finding in found(text)] == ["nginx:1.27", "a:1"]
    assert pinned(text) == text.replace("nginx:1.27", f"nginx:1.27@{D}").replace(
        "a:1]", f"a:1@{D}]"
    )
