from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.occurrence import Found, Occurrence, Reason, Skipped
from imagelock.model.platform import Platform
from imagelock.model.source_text import Text
from imagelock.sources.context import Context
from imagelock.sources.kubernetes import kubernetes
from tests.support.extraction import Case, case_of, cases, check, find
from tests.support.recognition import is_read_by

PATH = PurePosixPath("deploy.yaml")
CONTEXT = Context(read=lambda _: None, platforms=(Platform.parse("linux/amd64"),))
HEX = "a" * 64


def found_in(manifest: str) -> list[Found]:
    return list(kubernetes.find(PATH, Text(manifest), CONTEXT))


def references_in(manifest: str) -> list[str]:
    found = found_in(manifest)
    return [
        finding.reference.familiar
        for finding in found
        if isinstance(finding, Occurrence)
    ]


def reasons_in(manifest: str) -> list[Reason]:
    return [
        finding.reason for finding in found_in(manifest) if isinstance(finding, Skipped)
    ]


def custom(spec: str, *, kind: str = "Widget", group: str = "acme.example/v1") -> str:
    return f"apiVersion: {group}\nkind: {kind}\nspec: {spec}\n"


@pytest.mark.parametrize("case", cases("kubernetes"), ids=str)
def test_the_golden_cases(case: Case) -> None:
    check(case, find(case))


def test_a_kind_cluster() -> None:
    case = case_of("E286")

    check(case, find(case))


def test_every_use_of_an_anchor_is_listed_once() -> None:
    manifest = custom("{containers: &c [{image: a:1}], initContainers: *c}")

    [found] = found_in(manifest)

    assert found.place.uses == (
        "spec.containers[0].image",
        "spec.initContainers[0].image",
    )


def test_locations_inside_of_a_list() -> None:
    manifest = """\
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: Pod
  spec: {containers: [{name: a, image: a:1}]}
- apiVersion: v1
  kind: ConfigMap
  data: {image: "b/b:1"}
"""
    [found] = found_in(manifest)

    assert found.place.location == "items[0].spec.containers[0].image"


def test_merge_keys_count() -> None:
    manifest = """\
apiVersion: v1
kind: Pod
spec:
  containers:
  - &first {name: a, image: a:1}
  - {<<: *first, name: b}
"""
    [found] = found_in(manifest)

    assert found.place.uses == ("spec.containers[0].image", "spec.containers[1].image")


@pytest.mark.parametrize(
    "spec",
    [
        "{containers: [{image: a:1, image: b:2}]}",
        "{containers: [{image: a:1}], containers: [{image: b:2}]}",
        "{volumes: [{image: {reference: a:1, reference: b:2}}]}",
        "{image: x/a:1, image: x/b:2}",
    ],
)
def test_both_values_of_a_doubled_key_are_refused(spec: str) -> None:
    assert reasons_in(custom(spec)) == [Reason.DUPLICATE_KEY] * 2
    assert references_in(custom(spec)) == []


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        # Carvel: imgpkgBundle of packages and apps, images of vendir
        ("{fetch: [{imgpkgBundle: {image: r.io/a/b:1}}]}", ["r.io/a/b:1"]),
        ("{fetch: [{image: {url: 'r.io/a/b:1'}}]}", ["r.io/a/b:1"]),
        ("{fetch: {image: {url: 'r.io:5000/a'}}}", ["r.io:5000/a:latest"]),
        ("{fetch: {imgpkgBundle: {image: r.io/a/b, tagSelection: {semver: {}}}}}", []),
        ("{fetch: {image: {url: r.io/a/b, tagSelection: {semver: {}}}}}", []),
        ("{image: {url: 'https://r.io/a.img'}}", []),
        ("{image: {url: images/logo}}", []),
        ("{image: {url: ./a/b}}", []),
        ("{image: {url: a.b/disk.img}}", []),
    ],
)
def test_images_by_a_url_and_tags_that_are_selected(
    spec: str, expected: list[str]
) -> None:
    manifest = custom(spec)

    assert references_in(manifest) == expected
    is_selected = "tagSelection" in spec
    assert reasons_in(manifest) == [Reason.PATTERN] * is_selected


def test_a_doubled_key_that_decides_no_image_is_no_matter() -> None:
    manifest = "apiVersion: v1\nkind: Pod\nmetadata: {a: 1, a: 2}\n"
    manifest += "spec: {containers: [{image: a:1}], x: 1, x: 2}\n"

    assert references_in(manifest) == ["a:1"]


class TestUnknownKinds:
    @pytest.mark.parametrize(
        "image", ["ghcr.io/acme/a", "acme/a", "redis:7", f"redis@sha256:{HEX}"]
    )
    def test_what_looks_like_a_reference_is_one(self, image: str) -> None:
        assert len(references_in(custom(f'{{engine: {{image: "{image}"}}}}'))) == 1

    @pytest.mark.parametrize(
        "image",
        [
            "debian",
            "Ubuntu 22.04",
            "https://acme.example/logo",
            "assets/logo.png",
            "disks/fedora.qcow2",
            "projects/debian-cloud/global/images/family/debian-12",
            "/subscriptions/1/images/x",
            "ami-0123456789",
            "a picture: of a cat",
        ],
    )
    def test_what_does_not_is_silence(self, image: str) -> None:
        assert found_in(custom(f'{{engine: {{image: "{image}"}}}}')) == []

    def test_a_tag_beside_the_image_belongs_to_it(self) -> None:
        manifest = custom("{image: acme/a, tag: 3.20, other: {image: x/b:1, tag: 7}}")

        assert references_in(manifest) == ["acme/a:3.20", "x/b:1"]

    def test_a_map_of_repository_and_tag_is_a_guess(self) -> None:
        [guess] = found_in(custom("{image: {repository: acme/a, tag: 1}}"))

        assert isinstance(guess, Skipped)
        assert guess.reason is Reason.GUESS
        assert guess.guess
        assert str(guess.guess.reference) == "docker.io/acme/a:1"

    def test_a_known_kind_may_use_a_bare_name(self) -> None:
        manifest = custom("{image: redis}", kind="StepAction", group="tekton.dev/v1")

        assert references_in(manifest) == ["redis:latest"]


@pytest.mark.parametrize(
    ("group", "kind"),
    [
        ("skaffold/v4beta6", "Config"),
        ("kustomize.config.k8s.io/v1alpha1", "Component"),
        ("kustomize.config.k8s.io/v1beta1", "Kustomization"),
        ("kustomize.toolkit.fluxcd.io/v1", "Kustomization"),
        ("image.toolkit.fluxcd.io/v1beta2", "ImageRepository"),
        ("kops.k8s.io/v1alpha2", "InstanceGroup"),
        ("compute.gcp.upbound.io/v1beta1", "Instance"),
        ("v1", "Secret"),
    ],
)
def test_some_kinds_pull_nothing(group: str, kind: str) -> None:
    assert found_in(custom("{image: acme/a:1}", kind=kind, group=group)) == []


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("$(params.image)", Reason.PARAMETER),
        ("x/$(tasks.build.results.name):1", Reason.PARAMETER),
        ("{{inputs.parameters.image}}", Reason.PARAMETER),
        ("{{ .Values.image }}", Reason.TEMPLATE),
        ("{{ $image }}", Reason.TEMPLATE),
        ("${REGISTRY}/a:1", Reason.VARIABLE),
        ("$REGISTRY/a:1", Reason.VARIABLE),
        ("ko://acme.example/cmd", Reason.BUILD_OUTPUT),
        ("<YOUR-IMAGE>", Reason.PLACEHOLDER),
        ("__REPLACE_IMAGE_VALUE__", Reason.PLACEHOLDER),
        ("CONTAINER_IMAGES_REGISTRY/redis", Reason.PLACEHOLDER),
        ("not an image", Reason.INVALID),
        ("ghcr.io/Acme/a:1", Reason.INVALID),
        (f"sha256:{HEX}", Reason.IMAGE_ID),
    ],
)
def test_why_a_container_has_no_image_to_lock(value: str, reason: Reason) -> None:
    manifest = custom(f'{{containers: [{{image: "{value}"}}]}}')

    [found] = found_in(manifest)

    assert isinstance(found, Skipped)
    assert found.reason is reason
    assert found.place.text == value


def test_an_unquoted_template_that_happens_to_be_yaml() -> None:
    [found] = found_in(custom("\n  containers:\n  - image: {{ image }}"))

    assert isinstance(found, Skipped)
    assert found.reason is Reason.TEMPLATE
    assert found.place.text == "{{ image }}"


def test_a_template_that_is_no_yaml_is_told_apart_from_a_mistake() -> None:
    template = custom("\n  {{- if .x }}\n  containers: [{image: {{ .image }}:1}]")
    mistake = custom("[image")
    good = custom("{containers: [{image: a:1}]}")

    found = found_in(f"{template}---\n{good}---\n{mistake}")

    assert [type(finding) for finding in found] == [Skipped, Occurrence, Skipped]
    assert reasons_in(f"{template}---\n{good}---\n{mistake}") == [
        Reason.TEMPLATE,
        Reason.UNPARSEABLE,
    ]


def test_a_document_without_a_word_for_images_is_no_error() -> None:
    service = custom("{addresses: [1.2.3.4, ", kind="ServiceEntry")

    assert reasons_in(service) == [Reason.UNPARSEABLE_WITHOUT_IMAGE]


def test_what_go_reads_is_read() -> None:
    pod = "{addresses: [1.2.3.4, 001:db8::], containers: [{image: a:1, x: b:}]}"

    assert references_in(custom(pod)) == ["a:1"]


@pytest.mark.parametrize(
    "kind", ["CustomResourceDefinition", "'CustomResourceDefinition' # v1"]
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_definitions_are_passed_over_unread(kind: str, newline: str) -> None:
    pod = "---\n" + custom("{containers: [{image: a:1}]}")
    definition = f"---\napiVersion: v1\nkind: {kind}\nspec: {{image: 'gone:1', [\n"
    text = (pod + definition + pod + definition).replace("\n", newline)

    found = found_in(text)

    assert [finding.place.text for finding in found] == ["a:1", "a:1"]
    assert [finding.place.span.start for finding in found] == [
        text.index("a:1"),
        text.rindex("a:1"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: CustomResourceDefinition\nkind: Pod\n{}\n",
        'apiVersion: v1\nkind: CustomResourceDefinition\n"kind": Pod\n{}\n',
        'apiVersion: v1\nkind: CustomResourceDefinition\n"k\\x69nd": Pod\n{}\n',
        'x: "\nkind: CustomResourceDefinition\n "\napiVersion: v1\n"kind": Pod\n{}\n',
        '  x: "\nkind: CustomResourceDefinition\n  "\n  apiVersion: v1\n  kind: Pod\n  {}\n',
    ],
)
def test_what_only_looks_like_a_definition_is_read(text: str) -> None:
    pod = text.replace("{}", "spec: {containers: [{image: 'a:1'}]}")

    assert references_in(pod) == ["a:1"]


def test_the_words_of_the_parser_are_one_line() -> None:
    [found] = found_in(custom("[a: [b"))

    assert isinstance(found, Skipped)
    assert "expected" in found.detail
    assert "\n" not in found.detail
    assert not found.detail.endswith(".")


class TestSplitForms:
    def test_prometheus_prefers_its_digest(self) -> None:
        manifest = custom(
            f"{{baseImage: quay.io/p/p, version: v2, tag: v3, sha: {HEX}}}",
            kind="Prometheus",
            group="monitoring.coreos.com/v1",
        )

        assert references_in(manifest) == [f"quay.io/p/p:v3@sha256:{HEX}"]

    def test_a_chart_by_digest(self) -> None:
        manifest = custom(
            f'{{url: "oci://ghcr.io/a/c", ref: {{digest: "sha256:{HEX}"}}}}',
            kind="OCIRepository",
        )

        assert references_in(manifest) == [f"ghcr.io/a/c@sha256:{HEX}"]

    @pytest.mark.parametrize("tag", ["", "tag: 1.2.3, ", "semver: '>=1', "])
    def test_the_hex_digits_of_a_digest_are_none_to_flux(self, tag: str) -> None:
        manifest = custom(
            f'{{url: "oci://ghcr.io/a/c", ref: {{{tag}digest: {HEX}}}}}',
            kind="OCIRepository",
        )

        assert reasons_in(manifest) == [Reason.INVALID]

    @pytest.mark.parametrize("tag", ["", "tag: 1.2.3, ", "semver: '>=1', "])
    @pytest.mark.parametrize(
        ("digest", "reason"),
        [
            ("'###ZARF_VAR_DIGEST###'", Reason.PLACEHOLDER),
            ("'${DIGEST}'", Reason.VARIABLE),
            ("'{{ digest }}'", Reason.TEMPLATE),
            ("sha256:abc", Reason.INVALID),
            ("none", Reason.INVALID),
        ],
    )
    def test_a_tag_does_not_count_beside_a_digest_that_is_not_known(
        self, tag: str, digest: str, reason: Reason
    ) -> None:
        chart = custom(
            f'{{url: "oci://ghcr.io/a/c", ref: {{{tag}digest: {digest}}}}}',
            kind="OCIRepository",
        )
        prometheus = custom(
            f"{{baseImage: quay.io/p/p, version: v2, sha: {digest}}}",
            kind="Prometheus",
            group="monitoring.coreos.com/v1",
        )

        assert reasons_in(chart) == [reason]
        assert reasons_in(prometheus) == [reason]

    @pytest.mark.parametrize(
        ("kind", "group", "spec"),
        [
            ("Prometheus", "monitoring.coreos.com/v1", "{baseImage: quay.io/p/p}"),
            (
                "Prometheus",
                "monitoring.coreos.com/v1",
                "{thanos: {baseImage: quay.io/p/p, version: ''}}",
            ),
            ("AWX", "awx.ansible.com/v1beta1", "{image: quay.io/p/p}"),
            ("ArgoCD", "argoproj.io/v1beta1", "{redis: {image: quay.io/p/p}}"),
            (
                "SolrCloud",
                "solr.apache.org/v1",
                "{solrImage: {repository: quay.io/p/p}}",
            ),
            (
                "VMSingle",
                "operator.victoriametrics.com/v1beta1",
                "{image: {repository: quay.io/p/p, pullPolicy: Always}}",
            ),
            (
                "ClusterConfig",
                "k0s.k0sproject.io/v1beta1",
                "{images: {coredns: {image: quay.io/p/p}}}",
            ),
        ],
    )
    def test_the_version_of_an_operator_is_not_latest(
        self, kind: str, group: str, spec: str
    ) -> None:
        assert reasons_in(custom(spec, kind=kind, group=group)) == [Reason.NEEDS_BASE]
        tagged = custom(spec.replace("p/p", "p/p:v1"), kind=kind, group=group)
        assert references_in(tagged) == ["quay.io/p/p:v1"]

    def test_a_chart_without_a_version_is_the_latest_for_flux(self) -> None:
        manifest = custom("{url: 'oci://ghcr.io/a/c'}", kind="OCIRepository")

        assert references_in(manifest) == ["ghcr.io/a/c:latest"]

    def test_the_hex_digits_of_a_digest_are_enough_elsewhere(self) -> None:
        manifest = custom(f"{{image: ghcr.io/a/b, tag: v1, digest: {HEX}}}")

        assert references_in(manifest) == [f"ghcr.io/a/b:v1@sha256:{HEX}"]

    def test_a_chart_by_a_range_of_versions(self) -> None:
        manifest = custom(
            '{url: "oci://ghcr.io/a/c", ref: {semver: ">=1"}}', kind="OCIRepository"
        )

        assert reasons_in(manifest) == [Reason.PATTERN]

    def test_k0s_images(self) -> None:
        manifest = custom(
            "{images: {coredns: {image: quay.io/k0sproject/coredns, version: 1.11.3}}}",
            kind="ClusterConfig",
            group="k0s.k0sproject.io/v1beta1",
        )

        assert references_in(manifest) == ["quay.io/k0sproject/coredns:1.11.3"]


@pytest.mark.parametrize(
    ("kind", "manifest"),
    [
        ("ZarfPackageConfig", "components: [{images: [a/b:1, a/c:1]}]"),
        (
            "ImageSetConfiguration",
            "mirror: {additionalImages: [{name: a/b:1}, {name: a/c:1}]}",
        ),
        ("Cluster", "nodes: [{image: a/b:1}, {image: a/c:1}]"),
        (
            "Cluster",
            "spec: {k0s: {config: {spec: {images: {n: {m: {image: a/b, version: 1}}, o: {image: a/c, version: 1}}}}}}",
        ),
        ("Vault", "spec: {bankVaultsImage: 'a/b:1', statsdImage: 'a/c:1'}"),
        (
            "OperatorConfiguration",
            (
                "configuration: {pooler: {connection_pooler_image: 'a/b:1'},"
                " backup: {logical_backup_docker_image: 'a/c:1'}}"
            ),
        ),
        (
            "CassandraDatacenter",
            "spec: {configBuilderImage: 'a/b:1', systemLoggerImage: 'a/c:1'}",
        ),
        (
            "AWX",
            "spec: {image: a/b, image_version: 1, control_plane_ee_image: 'a/c:1'}",
        ),
        (
            "AWX",
            (
                "spec: {redis_image: a/b, redis_image_version: 1,"
                " ee_images: [{image: 'a/c:1'}]}"
            ),
        ),
        (
            "ArgoCD",
            "spec: {image: a/b, version: 1, dex: {image: a/c, version: 1}}",
        ),
        (
            "VMCluster",
            (
                "spec: {vmselect: {image: {repository: a/b, tag: 1}},"
                " vmstorage: {image: {repository: a/c, tag: 1}}}"
            ),
        ),
        (
            "VMAgent",
            "spec: {image: {repository: a/b, tag: 1}, initContainers: [{image: 'a/c:1'}]}",
        ),
    ],
)
def test_rules_for_kinds_reach_into_lists(kind: str, manifest: str) -> None:
    manifest = f"apiVersion: acme.example/v1\nkind: {kind}\n{manifest}\n"

    assert references_in(manifest) == ["a/b:1", "a/c:1"]


def test_an_alias_counts_as_the_surest_of_its_uses() -> None:
    manifest = custom("{image: &i redis, containers: [{image: *i}]}")

    [found] = found_in(manifest)

    assert isinstance(found, Occurrence)
    assert found.place.uses == ("spec.image", "spec.containers[0].image")


def test_documents_of_another_kind_of_file_are_silence() -> None:
    manifest = custom("{containers: [{image: a:1}]}")

    assert references_in(f"image: x/y:1\n---\n[z]\n---\n{manifest}") == ["a:1"]


def test_a_policy_compares_and_pulls_nothing() -> None:
    spec = "{imageReferences: [a/b:1], containers: [{image: a/c:1}]}"

    policy = custom(spec, kind="ClusterPolicy", group="kyverno.io/v1")

    assert reasons_in(policy) == [Reason.PATTERN] * 2
    assert references_in(policy) == []
    assert references_in(custom(spec)) == ["a/c:1"]


def test_parameters_without_a_resolver_of_bundles_are_silence() -> None:
    assert found_in(custom("{params: [{name: bundle, value: a/b:1}]}")) == []
    assert (
        found_in(custom("{resolver: bundles, params: [{name: n, value: a/b}]}")) == []
    )


def test_a_disk_from_another_place_than_a_registry_is_silence() -> None:
    manifest = custom("{source: {registry: {url: https://acme.example/x}}}")

    assert found_in(manifest) == []


def test_openshift_names_images_in_from_and_outputs_in_to() -> None:
    manifest = custom(
        "{strategy: {from: {kind: DockerImage, name: a/b:1}},"
        " output: {to: {kind: DockerImage, name: a/c:1}},"
        " triggers: [{from: {kind: ImageStreamTag, name: 'x:1'}}]}",
        kind="BuildConfig",
    )

    assert references_in(manifest) == ["a/b:1"]
    assert reasons_in(manifest) == [Reason.BUILD_OUTPUT]


def test_a_tekton_bundle_in_the_old_form() -> None:
    manifest = custom("{taskRef: {name: t, bundle: a/b:1}, bundle: x/y:1}")

    assert references_in(manifest) == ["a/b:1"]


def test_a_bundle_resolver_without_a_list_of_parameters_is_silence() -> None:
    assert found_in(custom("{resolver: bundles, params: {bundle: a/b:1}}")) == []
    assert found_in(custom("{resolver: git, params: [{name: bundle, value: a}]}")) == []


def test_padding_and_anchors_are_outside_of_the_place() -> None:
    manifest = custom("{containers: [{image: &i !!str ' a:1 '}]}")

    [found] = found_in(manifest)

    assert found.place.text == "a:1"
    assert manifest[found.place.span.start : found.place.span.end] == "a:1"


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\n",
        "apiVersion: v1\n",
        "# apiVersion v1, kind Pod\n",
        "my.apiVersion: v1\nmykind: x\n",
    ],
)
def test_other_files_do_not_match(text: str) -> None:
    assert not kubernetes.matches(PATH, text)


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: v1\nkind: Pod\n",
        '{"kind":"Pod","apiVersion" : "v1"}',
        "- {kind: Pod, 'apiVersion': v1}\n",
    ],
)
def test_manifests_match(text: str) -> None:
    assert is_read_by("kubernetes", PATH, text)
    assert not is_read_by("kubernetes", "notes.md", text)


def test_aliases_that_multiply_do_no_harm() -> None:
    anchors = "".join(
        f"  l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 40)
    )
    bomb = f"\n  l0: &l0 {{image: acme/a:1}}\n{anchors}"

    assert references_in(custom(bomb)) == ["acme/a:1"]


def test_what_comes_after_many_aliases_is_still_found() -> None:
    aliases = "".join(f"  k{n}: *l\n" for n in range(20_000))
    manifest = custom(f"\n  l: &l {{image: acme/a:1}}\n{aliases}  image: acme/b:1")

    assert references_in(manifest) == ["acme/a:1", "acme/b:1"]


def test_rules_over_aliases_that_multiply_end() -> None:
    entries = "".join(f"  k{n}: {{other: 1}}\n" for n in range(2000))
    aliases = "".join(f"    k{n}: *a\n" for n in range(2000))
    manifest = (
        "apiVersion: k0s.k0sproject.io/v1beta1\nkind: ClusterConfig\n"
        f"a: &a\n{entries}spec:\n  images:\n{aliases}"
        "    last: {image: a/b, version: 1}\n"
    )

    assert references_in(manifest) == ["a/b:1"]


def test_a_thousand_uses_are_not_all_listed() -> None:
    aliases = "- image: *i\n" * 1000
    manifest = f"apiVersion: v1\nkind: X\nl:\n- image: &i a/b:1\n{aliases}"

    [found] = found_in(manifest)

    assert 10 < len(found.place.uses) < 1000


@given(st.text(alphabet="apiVersonkd:{}[]-&*!<|>'\"\n\t #$@%.,/1", max_size=200))
def test_no_text_raises(text: str) -> None:
    manifest = f"apiVersion: v1\nkind: Pod\n{text}"

    for finding in found_in(manifest):
        span = finding.place.span
        assert manifest.encode()[span.start : span.end].decode() == finding.place.text


@given(st.binary(max_size=200).filter(lambda data: b"\0" not in data))
def test_no_bytes_raise(data: bytes) -> None:
    manifest = Text.decode(b"apiVersion: v1\nkind: Pod\nimage: " + data)

    for finding in kubernetes.find(PATH, manifest, CONTEXT):
        assert finding.place.format == "kubernetes"


REFERENCES = st.from_regex(
    r"(ghcr\.io/)?[a-z]{1,8}(/[a-z]{1,8})?:[0-9]{1,3}(\.[0-9])?", fullmatch=True
)
STYLES = {
    "plain": " {}",
    "single": " '{}'",
    "double": ' "{}"',
    "anchor": " &a {}",
    "tag": " !!str {}",
    "tag and anchor": " !!str &a # why\n      '{}'",
    "comment": " {} # {{ not a template }}",
    "next line": "\n      {}",
    "folded": " >-\n      {}\n\n",
    "literal": " |  # why\n      {}\n",
    "indented literal": " &a |2-\n      {}\n",
    "padded": " {}  \t",
}


@given(
    REFERENCES,
    st.sampled_from(sorted(STYLES)),
    st.sampled_from(["# é ✓ 😀\n", "", "\ufeff", "# x\u2028\n", "note: 'é'\n"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_the_slice_at_the_place_is_the_reference(
    reference: str, style: str, before: str, line_end: str
) -> None:
    value = STYLES[style].replace("{}", reference)
    manifest = (
        f"{before}apiVersion: v1\nkind: Pod\nspec:\n  containers:\n"
        f"  - name: é\n    image:{value}\n    tty: true\n"
    ).replace("\n", line_end)
    data = manifest.encode()

    [found] = kubernetes.find(PATH, Text.decode(data), CONTEXT)

    assert isinstance(found, Occurrence)
    assert data[found.place.span.start : found.place.span.end].decode() == reference
    assert found.place.text == reference
    lines = data.decode("utf-8-sig").split("\n")
    line = lines[found.place.span.line - 1]
    assert line[found.place.span.column - 1 :].startswith(reference)


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("auto", "placeholder"),
        ('"auto"', "placeholder"),
        ("auto:1", None),
        ("acme/auto", None),
    ],
)
def test_the_image_that_istio_injects_is_a_placeholder(
    image: str, expected: str | None
) -> None:
    path = PurePosixPath("gateway.yaml")
    text = Text(
        "apiVersion: apps/v1\nkind: Deployment\n"
        f"spec: {{template: {{spec: {{containers: [{{image: {image}}}]}}}}}}\n"
    )
    context = Context(read=lambda _: None, platforms=())

    (found,) = kubernetes.find(path, text, context)

    assert (found.reason.slug if isinstance(found, Skipped) else None) == expected


@pytest.mark.parametrize(
    ("path", "is_read"),
    [
        ("tests/01-assert.yaml", False),
        ("tests/cluster-assert.yml", False),
        ("assert.yaml", False),
        ("tests/01-install.yaml", True),
        ("assertions.yaml", True),
    ],
)
def test_what_tests_assert_is_not_applied(path: str, *, is_read: bool) -> None:
    text = "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: acme/web:1}]}\n"

    assert is_read_by("kubernetes", path, text) is is_read


@pytest.mark.parametrize("group", ["kops", "kops.k8s.io"])
def test_the_image_of_a_machine_is_none_of_a_container(group: str) -> None:
    text = Text(
        f"apiVersion: {group}/v1alpha2\nkind: InstanceGroup\n"
        "spec: {image: ubuntu/images/hvm-ssd/ubuntu-24.04-amd64-server}\n"
    )
    context = Context(read=lambda _: None, platforms=())

    assert not list(kubernetes.find(PurePosixPath("nodes.yaml"), text, context))
