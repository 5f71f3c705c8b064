from __future__ import annotations

from pathlib import PurePosixPath

from tests.support.compose_project import find, summary

SERVICE = "services: {s: {image: 's:${V:-none}'}}"


def places(main: str, others: dict[str, str]) -> list[tuple[str, str]]:
    found = find(main, others)
    pairs = zip(found, summary(found), strict=True)
    return [(str(finding.place.path), meaning) for finding, (_, meaning) in pairs]


def test_included_files_are_read_in_all_forms() -> None:
    main = """\
include:
  - a.yaml
  - {path: b.yaml}
  - {path: [c.yaml, c.override.yaml]}
  - path: ${D:-d}.yaml
services: {m: {image: m}}
"""
    names = ["a.yaml", "b.yaml", "c.override.yaml", "c.yaml", "d.yaml"]
    meanings = dict.fromkeys(names, "s:none") | {"c.yaml": "(overridden)"}

    assert places(main, dict.fromkeys(names, SERVICE)) == [
        ("compose.yaml", "m:latest"),
        *meanings.items(),
    ]


def test_an_include_may_be_a_single_text() -> None:
    assert places("include: a.yaml", {"a.yaml": SERVICE}) == [("a.yaml", "s:none")]


def test_an_included_file_has_variables_of_its_own() -> None:
    main = """\
include:
  - a/compose.yaml
  - {path: b/compose.yaml, env_file: one.env}
  - {path: c/compose.yaml, env_file: [one.env, ./two.env]}
  - {path: d/compose.yaml, project_directory: e}
  - {path: f/compose.yaml, env_file: /dev/null}
"""
    files = {f"{folder}/compose.yaml": SERVICE for folder in "abcdf"}
    files |= {f"{folder}/.env": f"V={folder}" for folder in "abcdef"}
    files |= {"one.env": "V=1", "two.env": "V=${V}2"}

    assert places(main, files) == [
        ("a/compose.yaml", "s:a"),
        ("b/compose.yaml", "s:1"),
        ("c/compose.yaml", "s:12"),
        ("d/compose.yaml", "s:e"),
        ("f/compose.yaml", "s:none"),
    ]


def test_the_variables_of_the_including_file_win() -> None:
    files = {".env": "V=main", "a/.env": "V=a", "a/compose.yaml": SERVICE}

    assert places("include: [a/compose.yaml]", files) == [("a/compose.yaml", "s:main")]


def test_a_file_that_is_included_twice_can_mean_two_things() -> None:
    main = """\
include:
  - {path: s.yaml, env_file: one.env}
  - {path: s.yaml, env_file: two.env}
  - {path: s.yaml, env_file: one.env}
"""
    files = {"s.yaml": SERVICE, "one.env": "V=1", "two.env": "V=2"}

    assert places(main, files) == [("s.yaml", "s:1"), ("s.yaml", "s:2")]


def test_paths_in_an_included_file_count_from_its_folder() -> None:
    files = {
        "a/compose.yaml": "include: [b/compose.yaml]",
        "a/b/compose.yaml": "services: {s: {build: {context: x, args: [A=b]}}}",
        "a/b/x/Dockerfile": "ARG A\nFROM $A",
    }

    assert places("include: [a/compose.yaml]", files) == [
        ("a/b/compose.yaml", "b:latest")
    ]


def test_files_that_include_each_other_are_read_once() -> None:
    files = {
        "a/compose.yaml": "include: [../compose.yaml, compose.yaml, ../b.yaml]",
        "b.yaml": f"include: [a/compose.yaml]\n{SERVICE}",
    }

    assert places(f"include: [a/compose.yaml]\n{SERVICE}", files) == [
        ("compose.yaml", "s:none"),
        ("b.yaml", "s:none"),
    ]


def test_a_long_way_of_includes_ends() -> None:
    files = {f"{n}.yaml": f"include: [{n + 1}.yaml]\n{SERVICE}" for n in range(99)}

    assert 10 < len(places("include: [0.yaml]", files)) < 30


def test_a_file_that_cannot_be_included_is_reported_and_hides_nothing() -> None:
    main = """\
include:
  - oci://docker.io/acme/app
  - https://github.com/acme/app.git
  - ../outside.yaml
  - missing.yaml
  - ${UNSET}
  - ${BAD
  - {path: [{x: y}]}
  - {path: [a.yaml, "${OTHER}"]}
  - {path: , env_file: x}
  - {path: []}
  - [x]
  - ~
  - {path: a.yaml, project_directory: /outside, env_file: {x: y}}
"""

    assert summary(find(main, {"a.yaml": SERVICE})) == [
        ("docker.io/acme/app", "acme/app:latest"),
        ("https://github.com/acme/app.git", "(needs-base)"),
        ("../outside.yaml", "(needs-base)"),
        ("missing.yaml", "(needs-base)"),
        ("${UNSET}", "(variable-unset)"),
        ("${BAD", "(bad-interpolation)"),
        ("{x: y}", "(invalid)"),
        ("${OTHER}", "(variable-unset)"),
        ("x", "(needs-base)"),
        ("s:${V:-none}", "s:none"),
    ]


def test_what_is_extended_in_another_file_is_read_there() -> None:
    main = """\
services:
  a: {extends: {file: lib/base.txt, service: s}}
  b: {extends: {file: lib/base.txt, service: s}, image: b:1}
  c: {extends: {file: lib/base.txt, service: nobody}}
  d: {extends: {file: compose.yaml, service: b}}
  e: {extends: {file: missing.yaml, service: s}}
  f: {extends: {file: missing.yaml, service: s}}
  g: {extends: {file: "$UNSET", service: s}}
"""
    files = {
        ".env": "V=main",
        "lib/base.txt": """\
services:
  s: {image: "s:${V:-none}", extends: t}
  t: {image: t:1, extends: {file: deep.txt, service: u}}
  unused: {image: no}
""",
        "lib/deep.txt": "services: {u: {image: u:1, extends: {file: deep.txt, service: u}}}",
    }
    found = find(main, files)

    assert summary(found) == [
        ("b:1", "b:1"),
        ("missing.yaml", "(needs-base)"),
        ("$UNSET", "(needs-base)"),
        ("s:${V:-none}", "s:main"),
        ("t:1", "t:1"),
        ("u:1", "u:1"),
    ]
    assert found[3].place.path == PurePosixPath("lib/base.txt")


def test_a_build_is_inherited_from_another_file() -> None:
    main = "services: {a: {image: a, extends: {file: base.txt, service: s}}}"

    assert summary(find(main, {"base.txt": "services: {s: {build: .}}"})) == [
        ("a", "(build-output)")
    ]


def test_a_service_of_an_included_file_is_no_image() -> None:
    main = (
        "include: [a.yaml]\n"
        "services: {a: {image: a:1, volumes: [{type: image, source: s}]}}"
    )

    assert summary(find(main, {"a.yaml": SERVICE}))[1] == (
        "source: s",
        "(service-ref)",
    )


def test_what_is_broken_in_an_included_file_stands_there() -> None:
    assert places("include: [a.yaml]", {"a.yaml": "services: ["}) == [
        ("a.yaml", "(unparseable)")
    ]


def test_one_name_in_thousands_of_documents_is_found_in_each() -> None:
    text = "services: {a: {image: 'redis:7'}}\n---\n" * 5_000

    assert len(find(text)) == 5_000
