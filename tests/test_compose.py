from __future__ import annotations

import json
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.occurrence import Occurrence
from imagelock.sources import compose
from imagelock.text import Text
from tests.compose_project import MAIN, context, find, services, summary
from tests.extraction import Case, case_of, cases, check
from tests.extraction import find as find_case

SERVICE = "services:\n  a:\n    image: redis:7\n"


@pytest.mark.parametrize(
    "case", [*cases("compose"), case_of("E303"), case_of("E304")], ids=str
)
def test_golden(case: Case) -> None:
    check(case, find_case(case))


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("compose.yaml", True),
        ("compose.prod.yml", True),
        ("compose-dev.YML", True),
        ("a/docker-compose.override.yaml", True),
        ("docker-compose2.yml", True),
        ("dev.compose.yaml", True),
        ("podman-compose.yml", True),
        (".devcontainer/docker-compose.yml", True),
        ("compose.json", True),
        ("composer.yaml", False),
        ("stack.yml", False),
        ("deploy/app.yaml", False),
    ],
)
def test_a_file_is_known_by_its_name_or_by_its_services(
    path: str, *, named: bool
) -> None:
    pure = PurePosixPath(path)

    assert compose.may_match(pure)
    assert compose.matches(pure, "") is named
    assert compose.matches(pure, json.dumps({"services": {}})) is named
    assert pure.suffix == ".json" or compose.matches(pure, SERVICE)


@pytest.mark.parametrize(
    "path",
    [
        "composer.json",
        "app.json",
        "compose.md",
        "docker-compose.yml.j2",
        ".gitlab-ci.yml",
        ".github/workflows/ci.yaml",
        "chart/values.yaml",
        "chart/values-prod.yaml",
        "prod.values.yaml",
    ],
)
def test_hidden_files_and_those_of_others_are_not_opened(path: str) -> None:
    assert not compose.may_match(PurePosixPath(path))
    assert not compose.matches(PurePosixPath(path), SERVICE)


@pytest.mark.parametrize(
    ("text", "is_compose"),
    [
        ("# a\nservices: # b\n\n  # c\n  a: {image: b}\n", True),
        ("services: {a: {build: .}}\n", True),
        ('"services":\r\n    "a":\r\n        "image": b\r\n', True),
        ("x-a: &a {image: b}\nservices:\n  c: *a\n", True),
        ("services: &s\n  a:\n    extends: b\n", True),
        ("services:\n  - docker:dind\njob:\n  image: a\n", False),
        ("services:\n- docker:dind\njob:\n  image: a\n", False),
        ("services:\n  App\\Service:\n    class: x\n", False),
        ("a:\n  services:\n    b: {image: c}\n", False),
        ("apiVersion: v1\nservices:\n  a: {image: b}\n", False),
        ("services:\n  a: {image: b}\n  c:\n    apiVersion: v1\n", True),
        ("", False),
    ],
)
def test_other_names_are_looked_into(text: str, *, is_compose: bool) -> None:
    assert compose.matches(PurePosixPath("app.yaml"), text) is is_compose


def test_a_manifest_of_kubernetes_is_none_of_ours_whatever_its_name() -> None:
    text = "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: a}]}\n"

    assert not compose.matches(PurePosixPath("compose-deployment.yaml"), text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (SERVICE, [("redis:7", "redis:7")]),
        ("services:\n  a:\n    ports: []\nx:\n  image: b\n", []),
        ("services:\n  a:\n    image: {repository: a, tag: b}\n", []),
        ("services:\n  a:\n    image: {{ a }}\n", [("{{ a }}", "(template)")]),
        ("services:\n  a: {image: [\n", [("a: {image: [", "(unparseable)")]),
        ("- image: a\n", []),
    ],
)
def test_a_file_of_another_name_counts_if_something_in_it_is_a_service(
    text: str, found: list[tuple[str, str]]
) -> None:
    assert summary(find(text, path=PurePosixPath("app.yaml"))) == found


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
    assert [one.place.location for one in find(text)[1:4]] == [
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


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        ("$UNSET", "variable-unset"),
        ("${UNSET}redis:7", "variable-unset"),
        ("redis:${A:-$UNSET}", "variable-unset"),
        ("${A:-}", "variable-unset"),
        ("${EMPTY}", "variable-unset"),
        ("redis:${EMPTY}", "invalid"),
        ("${A:?why}", "variable-required"),
        ("${A.B}", "bad-interpolation"),
        ("${{ a }}", "template"),
        ("{{ a }}:$UNSET", "template"),
        ("${A:-{{ b }}}", "template"),
        ("<%= a %>", "placeholder"),
        ("${COMPOSE_PROJECT_NAME:-x}-web", "build-output-guess"),
        ("x" * 2000, "invalid"),
        ("{{" + "x" * 2000, "template"),
    ],
)
def test_a_value_that_is_not_known_has_a_reason(image: str, reason: str) -> None:
    text = f"services:\n  a:\n    image: '{image}'\n"

    assert summary(find(text, {".env": "EMPTY="})) == [(image, f"({reason})")]


def test_a_hint_tells_how_to_give_a_variable_its_value() -> None:
    (found,) = find("services: {a: {image: '$A$B'}}")

    assert not isinstance(found, Occurrence)
    assert found.detail == "`$A$B`: `A`, `B` have no value"
    assert found.hint == "set `A` in `.env`, or in `[variables]` of the configuration"


def test_messages_stay_short() -> None:
    text = 'services: {a: {image: "{{ a\\n  }}"}, b: {image: "{{' + "b" * 900 + '}}$"}}'

    assert all(
        len(one.detail) < 1000 and "\n" not in one.detail
        for one in find(text)
        if not isinstance(one, Occurrence)
    )


def test_the_project_name_counts_where_it_is_known_and_the_registry_is_named() -> None:
    text = (
        "services: {a: {image: '$COMPOSE_PROJECT_NAME/a'},"
        " b: {image: 'ghcr.io/$COMPOSE_PROJECT_NAME'}}"
    )
    known = {".env": "COMPOSE_PROJECT_NAME=shop"}

    reasons = [reason for _, reason in summary(find(text))]
    assert reasons == ["(build-output-guess)"] * 2
    reasons = [reason for _, reason in summary(find(text, known))]
    assert reasons == ["(build-output-guess)", "ghcr.io/shop:latest"]


def test_environment_beats_configuration_beats_dotenv() -> None:
    text = "services: {a: {image: 'a:$A-$B-$C-${D:-d}'}}"

    (found,) = find(
        text,
        {".env": "A=1\nB=1\nC=1"},
        variables={"A": "2", "B": "2"},
        environment={"A": "3"},
    )

    assert isinstance(found, Occurrence)
    assert found.reference.tag == "3-2-1-d"
    assert found.variables == ("A", "B", "C", "D")


def test_the_dotenv_beside_the_file_counts() -> None:
    path = PurePosixPath("deploy/compose.yaml")
    others = {".env": "V=1", "deploy/.env": "V=2"}

    assert summary(find("services: {a: {image: 'a:$V'}}", others, path=path)) == [
        ("a:$V", "a:2")
    ]


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

    for one in compose.find(MAIN, Text(text), around):
        assert one.place.text == text[one.place.span.start : one.place.span.end]
    list(compose.named_contexts(MAIN, Text(text), around))


@pytest.mark.parametrize(
    "text",
    [
        "services:\n  s: &s {volumes: ["
        + "{type: image, source: x}," * 2000
        + "]}\n"
        + "".join(f"  s{number}: *s\n" for number in range(30_000)),
        "---\nservices: {a: {image: x, extends: b}, b: {extends: a}}\n" * 300,
    ],
    ids=["aliases", "extends"],
)
def test_a_small_file_that_means_too_much_is_given_up(text: str) -> None:
    assert "(unparseable)" in [reason for _, reason in summary(find(text))]
