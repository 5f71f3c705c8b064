"""What a project wants to be read besides: its places, texts in texts, and guesses."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.config import load
from imagelock.config.match_schema import MatchConfig
from imagelock.errors import ConfigurationError
from imagelock.model.occurrence import Occurrence, Skipped
from imagelock.model.source_text import Text
from imagelock.project.optional_sources import OptionalSources
from imagelock.project.project_reader import ProjectReader
from imagelock.sources import embedded_manifests, guesses, match_rules
from imagelock.sources.match_rules import MatchRule
from tests.sources import test_pattern_rules
from tests.support.extraction import case_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imagelock.model.occurrence import Found

PATH = PurePosixPath("a.yaml")
HEX = "a" * 64


def summary(findings: Iterable[Found]) -> list[tuple[int, str, str]]:
    """Return where each thing begins, what is written there, and what it is."""
    found = list(findings)
    rows = zip(found, test_pattern_rules.summary(found), strict=True)
    return [(each.place.span.start, *row) for each, row in rows]


@pytest.mark.parametrize(
    ("match", "text", "expected"),
    [
        (MatchRule(where="img"), "img: redis:7", [(5, "redis:7", "redis:7")]),
        (MatchRule(where="img"), "a: [{img: 'redis:7'}]", [(11, "redis:7", "redis:7")]),
        (MatchRule(where="img"), "é: {img: redis}", [(10, "redis", "redis:latest")]),
        (MatchRule(where="img"), "a: img\nb: redis:7\nimg: ~\nIMG: a:1", []),
        (MatchRule(where="img"), "img: [redis:7]\nc: {img: ''}", []),
        (MatchRule(where="img"), "img: NO", [(5, "NO", "(invalid)")]),
        (
            MatchRule(where="*_IMAGE"),
            "A_IMAGE: a:1\n_IMAGE: b:1\nA_IMAGES: c:1\n",
            [(9, "a:1", "a:1"), (21, "b:1", "b:1")],
        ),
        (MatchRule(where="img"), '{"img": "redis:7"}', [(9, "redis:7", "redis:7")]),
        (MatchRule(where="img"), "img: a:1\n---\nimg: b:1", [(5, "a:1", "a:1"), (18, "b:1", "b:1")]),
        (
            MatchRule(where="img"),
            "img: a:1\n---\nx: [\n---\nimg: b:1",
            [(5, "a:1", "a:1"), (13, "x: [", "(unparseable)"), (27, "b:1", "b:1")],
        ),
        (MatchRule(where="img"), "img: a:1\nimg: b:1", [(5, "a:1", "(duplicate-key)"), (14, "b:1", "(duplicate-key)")]),
        (
            MatchRule(where="spec.images[].*.name", is_path=True),
            "name: x:1\nspec: {images: [{a: {name: a:1}, name: b:1}], name: c:1}",
            [(37, "a:1", "a:1")],
        ),
        (MatchRule(where="a.b", is_path=True), "c: {a: {b: a:1}}", []),
        (
            MatchRule(where="name", tag_key="tag"),
            "i: {name: ghcr.io/a/b, tag: '1.2'}",
            [(10, "ghcr.io/a/b", "ghcr.io/a/b:1.2")],
        ),
        (MatchRule(where="name", tag_key="tag"), "{name: a, tag: ''}", [(7, "a", "a:latest")]),
        (
            MatchRule(where="conf", value="json"),
            'conf: |\n  {"x": {"image": "redis:7"}}\n',
            [(27, "redis:7", "redis:7")],
        ),
        (
            MatchRule(where="conf", value="yaml", inside="job.container[]"),
            'conf: "job: {container: [a:1]}\\ncontainer: [b:1]"\n',
            [(25, "a:1", "a:1")],
        ),
        (
            MatchRule(where="conf", value="yaml", inside="*_name", tag_key="t"),
            "conf: '{a_name: a, t: 1}'\n",
            [(16, "a", "a:1")],
        ),
        (
            MatchRule(where="conf", value="yaml"),
            "conf: '[image'\n",
            [(7, "[image", "(unparseable)")],
        ),
    ],
)  # fmt: skip
def test_a_match_finds_what_it_names(
    match: MatchRule, text: str, expected: list[tuple[int, str, str]]
) -> None:
    findings = list(match_rules.find(PATH, Text(text), match))

    assert summary(findings) == expected
    for finding in findings:
        span = finding.place.span
        assert text.encode()[span.start : span.end].decode() == finding.place.text
        assert finding.place.format == "match"


@pytest.mark.parametrize(
    ("text", "pinned"),
    [
        ("{name: a, tag: '1'}", "{name: a, tag: '1@<D>'}"),
        ("{name: a, tag: 1}", "{name: a, tag: 1@<D>}"),
        (
            f"{{name: a, tag: '1@sha256:{HEX}'}}",
            "{name: a, tag: '1@<D>'}",
        ),
    ],
)
def test_the_digest_of_a_split_form_is_written_behind_the_tag(
    text: str, pinned: str
) -> None:
    match = MatchRule(where="name", tag_key="tag")

    (finding,) = match_rules.find(PATH, Text(text), match)

    assert isinstance(finding, Occurrence)
    assert finding.slot is not None
    assert finding.tag is not None
    written = finding.slot.template.format(digest="<D>")
    span = finding.slot.span
    assert text[: span.start] + written + text[span.end :] == pinned
    assert text[finding.tag.start : finding.tag.end] == "1"


@pytest.mark.parametrize("identity", ["E128"])
def test_the_golden_cases_of_texts_in_manifests(identity: str) -> None:
    case = case_of(identity)
    ((path, data),) = case.files.items()

    findings = embedded_manifests.find(path, Text.decode(data))

    assert [_where(finding) for finding in findings] == [
        (e.start, e.end, e.line, e.column, str(e.reference))
        for e in case.expectations
        if e.optional
    ]


@pytest.mark.parametrize("identity", ["E127", "E260", "E293", "E294", "E307", "E308"])
def test_the_golden_cases_of_guesses(identity: str) -> None:
    case = case_of(identity)
    ((path, data),) = case.files.items()

    findings = find_guesses(path, Text.decode(data))

    assert sorted(_where(finding) for finding in findings) == sorted(
        (e.start, e.end, e.line, e.column, str(e.reference))
        for e in case.expectations
        if e.optional
    )


def _where(finding: Found) -> tuple[int, int, int, int, str]:
    assert isinstance(finding, Occurrence)
    span = finding.place.span
    return span.start, span.end, span.line, span.column, str(finding.reference)


def find_guesses(path: PurePosixPath, text: Text) -> Iterator[Found]:
    if guesses.is_assignments(path):
        return guesses.of_assignments(path, text)
    return guesses.of_tree(path, text)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.yaml", "A_IMAGE: redis:7", ["redis:7"]),
        ("a.yaml", "IMAGES: [redis:7, b/c]", ["redis:7", "b/c"]),
        ("a.yaml", "env: [{name: RELATED_IMAGE_X, value: 'a/b'}]", ["a/b"]),
        ("a.yaml", "env: [{name: OTHER, value: 'a/b'}]", []),
        ("a.yaml", "environment: [A_IMAGE=redis:7, B=redis:7]", ["redis:7"]),
        ("a.yaml", "args: [--x-image=a:1, -image=b:1, --images=c:1]", ["a:1", "b:1"]),
        ("a.yaml", "args: [-x-image, a:1, b:1, --image]", ["a:1"]),
        ("a.yaml", "x: 'docker://a:1 and docker://b'", ["a:1"]),
        ("a.yaml", "with: {image: 'a:1', node_image: 'b:1', imagery: 'c:1'}", ["a:1", "b:1"]),
        (
            "a.yaml",
            "kind: ConfigMap\ndata: {pooler_image: 'r.io/a:1', docker_image: 'a/b:2', image: c:3}",
            ["r.io/a:1", "a/b:2", "c:3"],
        ),
        (
            "a.yaml",
            "kind: ConfigMap\ndata: {plugin: 'r.io/a/b:1', x: 'r.io:5000/a:1', y: 'a/b:1'}",
            ["r.io/a/b:1", "r.io:5000/a:1"],
        ),
        ("a.json", '{"kind": "ConfigMap", "data": {"a-image": "a:1"}}', ["a:1"]),
        ("a.yaml", "steps: [{agents: {image: 'a/b:1'}}, {agents: {image: c/d}}]", ["a/b:1"]),
        (
            "a.yaml",
            "with: {driver-opts: 'network=host,image=a/b:1'}\nother: {driver-opts: image=a/b:2}",
            ["a/b:1"],
        ),
        ("a.yaml", "with:\n  driver-opts: |\n    image=a/b:1\n    x=image=c:1\n", ["a/b:1"]),
        ("a.yaml", "with: {driver-opts: 'image=a/b:${{ x }},image=$X'}", []),
        # What only looks like an image.
        (
            "a.yaml",
            "kind: ConfigMap\ndata: {image: a/b, a_image: 'true', x: 'https://r.io/a:1'}",
            [],
        ),
        (
            "a.yaml",
            "kind: ConfigMap\ndata: {y: r.io/a, z: 'r.io/a:1 b', imagery: 'a:1', image_tag: 'a:1'}",
            [],
        ),
        ("a.yaml", "image: redis:7\nlastTriggeredImage: redis:7", []),
        ("a.yaml", "A_IMAGE: 192.168.178.0/24\nB_IMAGE: 'true'\nIMAGE: 8081", []),
        ("a.yaml", "HERO_IMAGE: images/logo.png\nIMAGE: https://a/b\nC_IMAGE: $X", []),
        ("a.yaml", "IMAGE_NAME: a/b\nIMAGE_TAG: a:1\nIMAGE_SHA: sha256:" + HEX, []),
        ("a.yaml", "IMAGE: sha256:" + HEX, []),
        ("a.yaml", "IMAGE: [", []),
        (".env", "export A_IMAGE='a:1' # why\nB_IMAGE=\"b:1\"\nC_IMAGE='c:1\n", ["a:1", "b:1"]),
        (".env", "BASE=a:1\n#A_IMAGE=b:1\nA_IMAGE=c:1 d\n", []),
        ("prod.env", "A_IMAGE = a:1\r\n", ["a:1"]),
        ("Makefile", "A_IMAGE ?= a:1\nB_BASE:=b:1\n\tC_IMAGE = c:1\nD=d:1", ["a:1", "b:1", "c:1"]),
        ("x.mk", "IMAGE ::= a:1\n", ["a:1"]),
    ],
)  # fmt: skip
def test_a_guess_is_named_like_an_image_and_is_one(
    name: str, text: str, expected: list[str]
) -> None:
    findings = find_guesses(PurePosixPath(name), Text(text))

    assert [finding.place.text for finding in findings] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("data: {a.yaml: 'image: a/b:1'}", [(39, "a/b:1", "a/b:1")]),
        ("data: {a: 'image: just prose'}", []),
        ("data: {a: 'image: [broken'}", []),
        ("data: {a.yml: 'image: [broken'}", [(38, "[broken", "(unparseable)")]),
        ("data: {a: 'containers: [{image: a}]'}", [(48, "a", "a:latest")]),
        ("other: {a.yaml: 'image: a/b:1'}", []),
        ("manifests: ['image: a/b:1']", [(36, "a/b:1", "a/b:1")]),
        (
            "---\nitems: [{kind: ConfigMap, data: {a: 'image: a/b:1'}}, {data: {a: 'image: c/d'}}]",
            [(64, "a/b:1", "a/b:1")],
        ),
        ('spec: {manifest: \'{"image": "a/b:1"}\'}', [(45, "a/b:1", "a/b:1")]),
    ],
)
def test_texts_in_a_config_map(text: str, expected: list[tuple[int, str, str]]) -> None:
    source = Text("kind: ConfigMap\n" + text)

    assert summary(embedded_manifests.find(PATH, source)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("runtimeConfig: |\n  image: a/b:1\n", [(26, "a/b:1", "a/b:1")]),
        ("a: {b: 'image: a/b:1'}", []),
        ("a: |\n  image is prose\n", []),
        ("a: |\n  - {image: 'a/b:1'}\n  - image: {{ x }}\n", [
            (18, "a/b:1", "a/b:1"), (37, "{{ x }}", "(template)"),
        ]),
    ],
)  # fmt: skip
def test_texts_in_the_values_of_a_chart(
    text: str, expected: list[tuple[int, str, str]]
) -> None:
    found = embedded_manifests.find(PATH, Text(text), "helm-values")

    assert summary(found) == expected


def read(root: Path, settings: str, files: dict[str, str]) -> list[tuple[str, ...]]:
    (root / "imagelock.toml").write_text(settings)
    for name, text in files.items():
        (root / name).write_text(text)
    config = load(root)
    optional_sources = OptionalSources.of(
        config.match, embedded=config.embedded, guesses=config.guesses
    )
    findings = ProjectReader(
        root=root, platforms=(), optional_sources=optional_sources
    ).read([PurePosixPath(name) for name in sorted(files)])
    return [
        (
            str(finding.place.path),
            finding.place.format,
            finding.reason.slug
            if isinstance(finding, Skipped)
            else finding.reference.familiar,
        )
        for finding in findings
    ]


FILES = {
    "compose.yaml": "services: {a: {image: redis:7, environment: {X_IMAGE: a:1}}}",
    "own.yaml": "img: b:1\n",
    "map.yaml": "apiVersion: v1\nkind: ConfigMap\ndata: {p.yaml: 'image: c/d:1'}\n",
    ".env": "Y_IMAGE=e:1\n",
    "text.txt": "img: b:1",
}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ("", []),
        ('[[match]]\nkey = "img"', [("own.yaml", "match", "b:1")]),
        ('[[match]]\nkey = "img"\npaths = ["text.*"]', [("text.txt", "match", "b:1")]),
        ('[[match]]\nkey = "X_IMAGE"', [("compose.yaml", "match", "a:1")]),
        # The same thing twice is one thing, and what a format says of it counts.
        ('[[match]]\nkey = "image"', []),
        (
            '[[match]]\nkey = "p.yaml"\nvalue = "yaml"',
            [("map.yaml", "match", "c/d:1")],
        ),
        ("embedded = true", [("map.yaml", "kubernetes", "c/d:1")]),
        (
            "guesses = true",
            [(".env", "guess", "e:1"), ("compose.yaml", "guess", "a:1")],
        ),
    ],
)
def test_settings_add_to_what_is_read(
    tmp_path: Path, settings: str, expected: list[tuple[str, ...]]
) -> None:
    always = [("compose.yaml", "compose", "redis:7")]

    assert sorted(read(tmp_path, settings, FILES)) == sorted(always + expected)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            "[[match]]",
            "a match has either a `key`, a `path`, a `pattern` or a `preset`",
        ),
        (
            "[[match]]\nkey = 'a'\npath = 'b'",
            "a match has either a `key`, a `path`, a `pattern` or a `preset`",
        ),
        ("[[match]]\nkey = 'a'\ninside = 'b'", "`inside` needs"),
        ("[[match]]\nkye = 'a'", "unknown key `match[0].kye`"),
        ("[[match]]\nkey = 'a'\nvalue = 'toml'", "use image, yaml or json"),
        ("[images.NO]\nhold = true", "`NO` is not an image reference"),
    ],
)
def test_wrong_settings_are_errors(tmp_path: Path, settings: str, message: str) -> None:
    (tmp_path / "imagelock.toml").write_text(settings)

    with pytest.raises(ConfigurationError) as refused:
        load(tmp_path)

    assert message in str(refused.value)


SOUP = st.lists(
    st.sampled_from([*"aé:1/@ \n\"'|-[]{},&*=#\t\\", "IMAGE", "image: ", "docker://",
                     "X_IMAGE=", "--x-image", "kind: ConfigMap\n", "data:\n", "  p: |\n",
                     "manifest: ", "redis:7", "&x ", "*x", "<<: "])
).map("".join)  # fmt: skip
MATCHES = (
    MatchRule(where="*"),
    MatchRule(where="*", tag_key="a"),
    MatchRule(where="*", value="yaml", inside="*"),
    MatchRule(where="[].*", is_path=True, value="json"),
)


@given(SOUP)
def test_no_text_raises_and_spans_are_what_is_written(text: str) -> None:
    source = Text(text)
    data = text.encode()
    findings = [*embedded_manifests.find(PATH, source), *guesses.of_tree(PATH, source)]
    findings += guesses.of_assignments(PurePosixPath(".env"), source)
    for match in MATCHES:
        findings += match_rules.find(PATH, source, match)
    for finding in findings:
        span = finding.place.span
        assert data[span.start : span.end].decode() == finding.place.text


@given(st.lists(st.sampled_from(["a:1", "b/c:2", "d@sha256:" + HEX]), min_size=1))
def test_another_reference_at_its_span_changes_only_that(names: list[str]) -> None:
    lines = [f"K{n}_IMAGE: &a{n} '{name}' # c" for n, name in enumerate(names)]
    data = "\n".join(lines).encode()
    for index in range(len(names)):
        findings = list(guesses.of_tree(PATH, Text.decode(data)))
        assert [finding.place.text for finding in findings] == names
        span = findings[index].place.span
        changed = data[: span.start] + b"other/image:9" + data[span.end :]
        again = [o.place.text for o in guesses.of_tree(PATH, Text.decode(changed))]
        assert again == [*names[:index], "other/image:9", *names[index + 1 :]]


def test_without_settings_nothing_more_is_loaded_or_read() -> None:
    optional_sources = OptionalSources.of([], embedded=False, guesses=False)

    assert not optional_sources.wants(PurePosixPath(".env"))
    assert [
        *optional_sources.embedded_and_guesses(PATH, Text("X_IMAGE: a:1"), "compose")
    ] == []
    assert MatchConfig(key="a").paths == ["*.yaml", "*.yml", "*.json"]


def test_aliases_without_end_take_no_time() -> None:
    bomb = "a0: &a0 [x_IMAGE]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
    )

    assert [*match_rules.find(PATH, Text(bomb), MatchRule(where="no"))] == []
    assert [*guesses.of_tree(PATH, Text(bomb))] == []


def test_texts_in_values_are_read_wherever_these_are(tmp_path: Path) -> None:
    release = (
        "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nspec:\n  values:\n"
        "    a: |\n      - image: a/b:1\n"
    )
    application = (
        "apiVersion: argoproj.io/v1alpha1\nkind: Application\nspec:\n  source:\n"
        "    helm:\n      values: |\n        a: |\n          - image: c/d:1\n"
    )
    helmfile = "releases:\n- values:\n  - a: |\n      - image: e/f:1\n  - other.yaml\n"
    files = {"a.yaml": release, "b.yaml": application, "helmfile.yaml": helmfile}

    assert read(tmp_path, "", files) == []
    assert read(tmp_path, "embedded = true", files) == [
        ("a.yaml", "kubernetes", "a/b:1"),
        ("b.yaml", "kubernetes", "c/d:1"),
        ("helmfile.yaml", "helmfile", "e/f:1"),
    ]
