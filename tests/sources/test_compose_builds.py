from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from imagelock.model.occurrence import Occurrence
from imagelock.model.source_text import Text
from imagelock.sources.compose import compose
from imagelock.sources.relations import Usage
from tests.support.compose_project import MAIN, context, find, services, summary

INLINE = """\
services:
  a:
    build:
      dockerfile_inline: |
        FROM ${REGISTRY:-}alpine:${V:-3.20} AS base

        # é
        FROM base
        COPY --from=busybox:1 /a /b
        RUN echo $$HOME $HOME
        FROM node:${UNSET}
        FROM ${UNSET}
        FROM scratch
        FROM lib
      additional_contexts: {lib: ./lib}
"""


def test_a_dockerfile_in_a_literal_scalar() -> None:
    assert summary(find(INLINE)) == [
        ("${REGISTRY:-}alpine:${V:-3.20}", "alpine:3.20"),
        ("base", "(stage)"),
        ("busybox:1", "busybox:1"),
        ("node:${UNSET}", "(variable-unset)"),
        ("FROM ${UNSET}", "(variable-unset)"),
        ("scratch", "(scratch)"),
        ("lib", "(named-context)"),
    ]


def test_what_arguments_decide_is_found_at_the_arguments() -> None:
    text = (
        "services: {a: {build: {args: {B: c:1},"
        ' dockerfile_inline: "ARG B\\nFROM $$B\\nFROM ${REG:-x}/$$B"}}}'
    )
    found = [finding for finding in find(text) if isinstance(finding, Occurrence)]

    assert [(o.place.text, o.reference.familiar, o.variables) for o in found] == [
        ("c:1", "c:1", ()),
        ("c:1", "x/c:1", ("B",)),
    ]


@pytest.mark.parametrize(
    ("argument", "tag"),
    [
        ("1.20", "1.2"),
        ("20.0", "20"),
        ("'1.20'", "1.20"),
        ("3", "3"),
        ("v1.0", "v1.0"),
        ("1e3", "1000"),
        ("010", "8"),
        ("12345678", "12345678"),
    ],
)
def test_an_argument_that_is_a_number_is_written_as_compose_does(
    argument: str, tag: str
) -> None:
    text = (
        f"services: {{a: {{build: {{args: {{T: {argument}}},"
        ' dockerfile_inline: "ARG T\\nFROM a:$$T"}}}'
    )

    assert [image for _, image in summary(find(text))] == [f"a:{tag}"]


@pytest.mark.parametrize(
    "scalar",
    [
        ">\n        FROM alpine:3 AS é\n\n        COPY --from=busybox:1\n        / /\n",
        "|2-\n\n          FROM alpine:3\n          COPY --from=busybox:1 / /",
        "'FROM alpine:3\n\n        # it''s\n\n        COPY --from=busybox:1 / /'\n",
        '"FROM alpine:3\\n# \\u00e9 \\U0001F600\\nCOPY --from=busybox:1 / /"\n',
        '"FROM alpine:3\\nCOPY \\\n        --from=busybox:1 / /"\n',
    ],
    ids=["folded", "indented", "single-quoted", "double-quoted", "continued"],
)
def test_a_dockerfile_in_other_scalars(scalar: str) -> None:
    text = f"services:\n  a:\n    build:\n      dockerfile_inline: {scalar}"

    assert summary(find(text)) == [
        ("alpine:3", "alpine:3"),
        ("busybox:1", "busybox:1"),
    ]


def test_escapes_inside_of_a_reference_are_part_of_its_place() -> None:
    text = (
        'services: {a: {build: {dockerfile_inline: "FROM alp\\x69ne:3\\nFROM busy\\\n'
        '   box:1\\n"}}}'
    )

    assert summary(find(text)) == [
        ("alp\\x69ne:3", "alpine:3"),
        ("busy\\\n   box:1", "busybox:1"),
    ]


def test_a_dockerfile_in_json() -> None:
    text = '{"services":{"a":{"build":{"dockerfile_inline":"FROM a\\u003a1 AS \\ud83d\\ude00\\nFROM b"}}}}'

    assert summary(find(text)) == [("a\\u003a1", "a:1"), ("b", "b:latest")]


@pytest.mark.parametrize(
    ("dockerfile", "reason"),
    [
        ("${A.B}", "bad-interpolation"),
        ("${A:?b}", "variable-required"),
        ("[x]", "invalid"),
        ("'FROM a b'", "unparseable"),
        ("'FROM \"\"'", "invalid"),
    ],
)
def test_a_dockerfile_that_cannot_be_read(dockerfile: str, reason: str) -> None:
    text = f"services:\n  a:\n    build:\n      dockerfile_inline: {dockerfile}\n"

    assert [found for _, found in summary(find(text))] == [f"({reason})"]


def test_additional_contexts_name_images() -> None:
    assert services(
        """
        a: {build: {additional_contexts: {a: "docker-image://a:${V:-1}", b: ../b}}}
        b: {build: {additional_contexts: {a: "docker-image://${R:-}b:1", b: , c: "$C"}}}
        c: {build: {additional_contexts: [c=docker-image://c:1, s=service:a, x, ~, [y]]}}
        d: {build: {additional_contexts: [c=$UNSET, d=docker-image://$UNSET, "e=${"]}}
        e: {build: {additional_contexts: x}}
        f: {build: [x]}
        """,
        {".env": "C=docker-image://env:1"},
    ) == [
        ("a:${V:-1}", "a:1"),
        ("${R:-}b:1", "b:1"),
        ("$C", "env:1"),
        ("c:1", "c:1"),
        ("service:a", "(service-ref)"),
        ("$UNSET", "(variable-unset)"),
        ("e=${", "(bad-interpolation)"),
    ]


DOCKERFILE = """\
ARG IMAGE=default
ARG TAG=1
ARG OUTSIDE
FROM $IMAGE
FROM alpine:$TAG AS two
FROM $OUTSIDE
COPY --from=$IMAGE / /
"""


def test_arguments_count_where_the_dockerfile_uses_them() -> None:
    files = {
        "Dockerfile": DOCKERFILE,
        "x/Dockerfile.dev": DOCKERFILE,
        ".env": "OUTSIDE=out:1",
    }

    assert services(
        """
        a: {build: {args: {IMAGE: "a:${V:-1}", TAG: "3", OUTSIDE: , OTHER_IMAGE: no}}}
        b: {build: {context: x, dockerfile: "Dockerfile.${V:-dev}", args: [IMAGE=b:1, OUTSIDE, X]}}
        c: {build: {context: ./x/.., args: [IMAGE=$UNSET, "TAG="]}}
        d: {build: {context: x/, dockerfile: ../Dockerfile, args: ["IMAGE=${"]}}
        e: {build: .}
        """,
        files,
    ) == [
        ("a:${V:-1}", "a:1"),
        ("3", "alpine:3"),
        ("OUTSIDE", "out:1"),
        ("b:1", "b:1"),
        ("OUTSIDE", "out:1"),
        ("$UNSET", "(variable-unset)"),
        ("IMAGE=${", "(bad-interpolation)"),
    ]


def test_an_argument_that_is_part_of_a_reference_is_named_with_it() -> None:
    text = "services: {a: {build: {args: {TAG: '${T:-3}'}}}}"

    (found,) = find(text, {"Dockerfile": "ARG TAG\nFROM alpine:$TAG"})

    assert isinstance(found, Occurrence)
    assert found.reference.familiar == "alpine:3"
    assert found.variables == ("T", "TAG")
    assert found.place.uses == ("services.a.build.args.TAG",)


@pytest.mark.parametrize(
    "build",
    [
        "context: missing",
        "context: https://github.com/a/b.git",
        "context: git@github.com:a/b.git",
        "context: ..",
        "context: /",
        "context: $UNSET",
        "context: [x]",
        'context: "a\\0b"',
        "dockerfile: missing",
    ],
)
def test_without_the_dockerfile_the_name_of_an_argument_tells(build: str) -> None:
    text = (
        "services:\n  a:\n    build:\n      args: [IMAGE=a:1, BASE_IMAGE=$UNSET,"
        f" my_image=c:1, IMAGES=d, E_IMAGE, F_IMAGE=, 'G_IMAGE=${{']\n      {build}\n"
    )

    assert summary(find(text, {"Dockerfile": "FROM x"})) == [
        ("a:1", "a:1"),
        ("$UNSET", "(variable-unset)"),
        ("c:1", "c:1"),
        ("G_IMAGE=${", "(bad-interpolation)"),
    ]


def test_the_dockerfile_of_what_is_extended_is_not_mistaken_for_ones_own() -> None:
    text = "services: {a: {extends: b, build: {args: {IMAGE: a:1}}}}"

    assert summary(find(text, {"Dockerfile": "FROM x"})) == [("a:1", "a:1")]


def test_contexts_replace_names_in_a_dockerfile() -> None:
    text = """\
services:
  a: {build: {context: a, additional_contexts: {x: ./x, y: "docker-image://y"}}}
  b: {build: {dockerfile: "${D:-d}/File", additional_contexts: [z=service:a]}}
  c: {build: {dockerfile_inline: FROM x, additional_contexts: [c=x]}}
  d: {build: {context: "https://x/y.git", additional_contexts: [d=x]}}
  e: {build: .}
  f: {image: x}
"""

    assert list(compose.relations(MAIN, Text(text), context({}))) == [
        Usage(path=PurePosixPath("a/Dockerfile"), replaced=frozenset({"x", "y"})),
        Usage(path=PurePosixPath("d/File"), replaced=frozenset({"z"})),
        Usage(path=PurePosixPath("Dockerfile")),
    ]


def test_most_files_replace_nothing() -> None:
    assert not list(compose.relations(MAIN, Text("services: ["), context({})))


@pytest.mark.parametrize(
    ("base", "override", "expected"),
    [
        ("{build: app}", "{build: {args: {BASE: 'a/b:1'}}}", ["a/b:1"]),
        (
            "{build: {context: app, args: {BASE: 'a/b:1'}}}",
            "{build: {args: [BASE=a/b:2]}}",
            ["a/b:2"],
        ),
        # The argument is in one file, and the Dockerfile that uses it in the other.
        ("{build: {args: {BASE: 'a/b:1'}}}", "{build: app}", ["a/b:1"]),
        (
            "{build: {dockerfile: prod.Dockerfile, args: {BASE: 'a/b:1'}}}",
            "{build: {context: app}}",
            [],
        ),
        (
            "{build: {context: app, args: {BASE: 'a/b:1'}}}",
            "{build: !override {context: app, args: {OTHER: x}}}",
            [],
        ),
        ("{build: app}", "!override {build: {args: {BASE: 'a/b:1'}}}", []),
    ],
)
def test_files_have_a_build_together(
    base: str, override: str, expected: list[str]
) -> None:
    files = {
        "compose.yaml": f"services: {{web: {base}}}\n",
        "app/Dockerfile": "ARG BASE=x\nFROM $BASE\n",
        "app/prod.Dockerfile": "FROM scratch\n",
    }
    main = f"services: {{web: {override}}}\n"

    found = find(main, files, path=PurePosixPath("compose.override.yaml"))

    assert [meaning for _, meaning in summary(found)] == expected


def test_a_build_is_that_of_what_is_extended_with_ones_own_arguments() -> None:
    common = "services: {base: {build: {context: app, args: {TAG: '1'}}}}\n"
    files = {
        "other/common.yaml": common,
        "other/app/Dockerfile": "ARG TAG\nARG NAME=x\nFROM r.io/$NAME:$TAG\n",
    }
    extends = "extends: {file: other/common.yaml, service: base}"
    main = f"services: {{web: {{{extends}, build: {{args: {{NAME: y}}}}}}}}\n"

    assert summary(find(main, files)) == [
        ("y", "r.io/y:1"),
        # The service that is extended can be built alone.
        ("1", "r.io/x:1"),
    ]
