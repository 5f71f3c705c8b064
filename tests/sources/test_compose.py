from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.source_text import Text
from imagelock.sources.compose import compose
from imagelock.sources.relations import Usage
from tests.support.compose_project import MAIN, context, find, services, summary
from tests.support.extraction import Case, case_of, cases, check
from tests.support.extraction import find as find_case


@pytest.mark.parametrize(
    "case", [*cases("compose"), case_of("E303"), case_of("E304")], ids=str
)
def test_golden(case: Case) -> None:
    check(case, find_case(case))


def test_styles_of_writing_an_image() -> None:
    text = """\
services:
  a: {"image": 'a:1'}
  b:
    image: >-

      b:1   # no comment
  c:
    image: >-
      c:1
  d:
    image: |
        d:1

  e: {image: "  e:1 "}
  f: {image: !!str f:1}
  g: {image: "g\\u003a1"}
  h:
    image: &h
      h:1
  i: {"image": *h}
"""

    assert summary(find(text)) == [
        ("a:1", "a:1"),
        ("b:1   # no comment", "(invalid)"),
        ("c:1", "c:1"),
        ("d:1", "d:1"),
        ("e:1", "e:1"),
        ("f:1", "f:1"),
        ("g\\u003a1", "g:1"),
        ("h:1", "h:1"),
    ]
    assert find(text)[-1].place.uses == ("services.h.image", "services.i.image")


def test_a_service_without_an_image_does_not_hide_the_others() -> None:
    assert services("""
        a: {image: }
        b: {image: ""}
        c: {image: ~, command: x}
        d:
        e: {}
        f: [image, b]
        g: {image: !reset null}
        h: {image: !reset h:1}
        i: !reset {image: i:1}
        j: {image: [j]}
        k: {image: k:1}
    """) == [("[j]", "(invalid)"), ("k:1", "k:1")]


def test_what_is_built_is_not_pulled_wherever_its_name_stands() -> None:
    assert services("""
        a: {image: acme/app, build: .}
        b: {image: "docker.io/acme/app:latest"}
        c: {image: c, build: {context: ., tags: [d:1, "?"]}, pull_policy: build}
        d: {image: d:1, pre_start: [{image: c}], volumes: [{type: image, source: "d:1"}]}
        e: {image: e, build: ~}
        f: {image: f, build: !reset null}
        g: {image: "G", build: .}
    """) == [
        ("acme/app", "(build-output)"),
        ("docker.io/acme/app:latest", "(build-output)"),
        ("c", "(build-output)"),
        ("d:1", "(build-output)"),
        ("c", "(build-output)"),
        ("d:1", "(build-output)"),
        ("e", "e:latest"),
        ("f", "f:latest"),
        ("G", "(build-output)"),
    ]


def test_what_is_built_only_when_it_cannot_be_pulled_is_a_reference() -> None:
    assert services("""
        a: {image: acme/app, build: {context: ., tags: ["acme/app:2"]}, pull_policy: always}
        b: {image: "acme/app:2"}
    """) == [("acme/app", "acme/app:latest"), ("acme/app:2", "(build-output)")]


def test_a_build_is_inherited_and_an_image_stands_where_it_is_written() -> None:
    assert services("""
        base: {build: .}
        middle: {extends: {service: base}}
        a: {image: a, extends: middle}
        b: {image: b, extends: {service: base}, build: !reset null}
        c: {image: c, extends: nobody}
        d: {image: d, extends: d}
        e: {image: e, extends: [base]}
        f: {image: f, extends: {file: x}}
    """) == [
        ("a", "(build-output)"),
        ("b", "b:latest"),
        ("c", "c:latest"),
        ("d", "d:latest"),
        ("e", "e:latest"),
        ("f", "f:latest"),
        ("x", "(needs-base)"),
    ]


def test_documents_of_one_file_are_merged() -> None:
    text = "services: {a: {image: a}}\n---\nservices: {a: {build: .}}\n"

    assert summary(find(text)) == [("a", "(build-output)")]


def test_hooks_and_volumes_name_images() -> None:
    text = """\
services:
  a:
    image: a:1
    pre_start: [{image: b:1}, {command: x}, x]
    post_start: [{image: c:1}]
    pre_stop: {image: no:1}
    volumes:
      - b:/b
      - {type: volume, source: no:1}
      - {type: image, source: "d:${V:-1}"}
      - {type: image}
      - {type: image, source: a}
      - type: ${TYPE:-image}
        source: "a"
"""

    assert summary(find(text)) == [
        ("a:1", "a:1"),
        ("b:1", "b:1"),
        ("c:1", "c:1"),
        ("d:${V:-1}", "d:1"),
        ("source: a", "(service-ref)"),
        ('source: "a', "(service-ref)"),
    ]
    assert [finding.place.location for finding in find(text)[1:4]] == [
        "services.a.pre_start[0].image",
        "services.a.post_start[0].image",
        "services.a.volumes[2].source",
    ]


def test_every_image_of_a_doubled_key_is_reported() -> None:
    text = """\
services:
  a: {image: a:1}
  a: {image: a:2}
services:
  b: {image: b:1}
  c: {image: c:1, image: , image: c:2}
"""

    assert {reason for _, reason in summary(find(text))} == {"(duplicate-key)"}
    assert [text for text, _ in summary(find(text))] == [
        "a:1",
        "a:2",
        "b:1",
        "c:1",
        "c:2",
    ]


def test_extensions_count_where_they_are_used() -> None:
    text = """\
x-a: &a
  image: a:1
  more: [{image: deep:1}, {image: {image: deeper:1}}]
x-b: &b {image: b:1, image2: no}
x-c: {image: , b: {image: ""}, c: *a}
services:
  <<: {merged: {image: m:1}}
  s: {<<: [*a, *b], image: own:1}
  t: *b
  u: {<<: *b}
"""
    found = find(text)

    assert summary(found) == [
        ("a:1", "(unused-extension)"),
        ("deep:1", "(unused-extension)"),
        ("deeper:1", "(unused-extension)"),
        ("b:1", "b:1"),
        ("m:1", "m:1"),
        ("own:1", "own:1"),
    ]
    assert found[3].place.uses == ("services.t.image", "services.u.image")
    assert found[1].place.location == "x-a.more[0].image"


def test_broken_documents_do_not_hide_the_others() -> None:
    text = """\
services: {a: {image: a:1}}
---
b: [
---
services: {c: {image: c:1}}
---
{% if x %}
services: [
"""

    assert [reason for _, reason in summary(find(text))] == [
        "a:1",
        "(unparseable)",
        "c:1",
        "(template)",
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("version: '2'\nx-y: {z: 1}\na: {image: a}\nb: {build: .}\n", ["a"]),
        ("a: {image: a}\nb: {ports: []}\n", []),
        ("a: {image: a}\nnetworks: {}\n", []),
        ("- a\n", []),
        ("", []),
    ],
)
def test_a_file_without_services_is_of_version_one(text: str, found: list[str]) -> None:
    assert [place for place, _ in summary(find(text))] == found


WORDS = [
    *("services:", "include:", "extends:", "image:", "build:", "args:", "volumes:"),
    *("dockerfile_inline:", "additional_contexts:", "type:", "source:", "x-a:", "<<"),
    *("a:", "b:", "&a", "*a", "!reset", "null", "docker-image://a", "service:b"),
    *("compose.yaml", "FROM\\n", "${A:-", "$A", ":", "-", "|", ">", "'", '"'),
    *("[", "]", "{", "}", ",", " ", "\n", "\n  ", "\n    "),
]


@given(st.lists(st.sampled_from(WORDS), max_size=40).map("".join))
def test_no_file_stops_the_program(text: str) -> None:
    around = context({"compose.yaml": text, ".env": text, "Dockerfile": text})

    for finding in compose.find(MAIN, Text(text), around):
        assert (
            finding.place.text
            == text[finding.place.span.start : finding.place.span.end]
        )
    list(compose.relations(MAIN, Text(text), around))


@pytest.mark.slow
def test_a_small_file_that_means_too_much_is_given_up() -> None:
    volumes = "{type: image, source: x}, " * 1000
    text = f"services:\n  s: &s {{volumes: [{volumes}]}}\n"
    text += "".join(f"  s{number}: *s\n" for number in range(1000))

    assert "(unparseable)" in [reason for _, reason in summary(find(text))]


@pytest.mark.slow
def test_contexts_of_a_file_that_means_too_much_are_given_up() -> None:
    text = (
        f"services:\n  s: &s {{build: {{additional_contexts: [{'x=y, ' * 2000}]}}}}\n"
    )
    text += "".join(f"  s{number}: *s\n" for number in range(1000))

    usages = compose.relations(MAIN, Text(text), context({}))

    assert sum(len(u.replaced) for u in usages if isinstance(u, Usage)) < 1000 * 2000
