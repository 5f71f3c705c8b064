from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.occurrence import Occurrence, Skipped
from imagelock.model.source_text import Text
from imagelock.sources import devcontainer
from imagelock.sources.context import Context
from imagelock.syntax.yaml_json.documents import Broken, with_comments
from tests.support.extraction import cases, check, find
from tests.support.splicing import check_splicing, meanings

if TYPE_CHECKING:
    from imagelock.model.occurrence import Found
    from tests.support.extraction import Case

PATH = PurePosixPath(".devcontainer/devcontainer.json")


def around(files: dict[str, str]) -> Context:
    texts = {PurePosixPath(path): Text(text) for path, text in files.items()}
    return Context(read=texts.get, platforms=())


AROUND = around({})


@pytest.mark.parametrize("case", cases("devcontainer"), ids=str)
def test_the_golden_cases(case: Case) -> None:
    check(case, find(case))


def read_images(value: object, context: Context = AROUND) -> list[Found]:
    return list(devcontainer.find(PATH, Text(json.dumps(value)), context))


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("ubuntu:24.04", ["docker.io/library/ubuntu:24.04"]),
        ("a/b:${templateOption:variant}", ["template"]),
        ("a/b:${localEnv:TAG}", ["variable"]),
        ("a/b:${localEnv:TAG:7}", ["variable"]),
        ("${devcontainerId}", ["variable"]),
        ("A/b", ["invalid"]),
        ("", []),
        (None, []),
        (["a"], []),
    ],
)
def test_images(image: object, expected: list[str]) -> None:
    assert meanings(read_images({"image": image})) == expected


@pytest.mark.parametrize(
    ("feature", "expected"),
    [
        ("ghcr.io/a/features/go:1", ["ghcr.io/a/features/go:1"]),
        ("localhost:5000/a/go", ["localhost:5000/a/go:latest"]),
        ("./go", ["local"]),
        ("../go", ["local"]),
        ("https://example.com/go.tgz", []),
        ("docker-in-docker", []),
        ("owner/repository/go@v1", []),
    ],
)
def test_features(feature: str, expected: list[str]) -> None:
    assert meanings(read_images({"features": {feature: {}}})) == expected


def test_a_feature_with_a_tag_takes_no_digest() -> None:
    tagged, plain = read_images({"features": {"ghcr.io/a/b:1": {}, "ghcr.io/a/c": {}}})

    assert isinstance(tagged, Occurrence)
    assert isinstance(plain, Occurrence)
    assert tagged.unpinnable_reason
    assert plain.unpinnable_reason is None
    # Not behind `:latest`, which would be a tag.
    assert plain.slot
    assert plain.slot.span.start == plain.slot.span.end == plain.place.span.end


DOCKERFILE = "ARG VARIANT=trixie\nARG BASE=debian\nFROM ${BASE}:${VARIANT}\n"


@pytest.mark.parametrize(
    ("arguments", "expected", "unpinnable_reason"),
    [
        ({"VARIANT": "bookworm"}, ["docker.io/library/debian:bookworm"], False),
        ({"BASE": "ubuntu"}, ["docker.io/library/ubuntu:trixie"], True),
        ({"BASE": "A"}, ["invalid"], False),
        ({"OTHER": "x"}, [], False),
        ({"VARIANT": None}, [], False),
        ({"VARIANT": "${templateOption:v}"}, ["template"], False),
    ],
)
def test_arguments_that_decide_a_base(
    arguments: dict[str, str], expected: list[str], *, unpinnable_reason: bool
) -> None:
    context = around({".devcontainer/Dockerfile": DOCKERFILE})
    build = {"dockerfile": "Dockerfile", "args": arguments}

    images = read_images({"build": build}, context)

    assert meanings(images) == expected
    assert (
        any(
            isinstance(finding, Occurrence) and finding.unpinnable_reason
            for finding in images
        )
        is unpinnable_reason
    )


def test_an_argument_of_several_bases_takes_no_digest() -> None:
    context = around({"D.Dockerfile": "ARG T\nFROM a:$T\nFROM b:$T\n"})

    images = read_images(
        {"dockerFile": "../D.Dockerfile", "build": {"args": {"T": "1"}}}, context
    )

    assert meanings(images) == ["docker.io/library/a:1", "docker.io/library/b:1"]
    assert all(
        isinstance(finding, Occurrence) and finding.unpinnable_reason
        for finding in images
    )


def test_a_dockerfile_of_any_name_is_read() -> None:
    context = around({".devcontainer/base.docker": "FROM alpine:3\n"})

    (finding,) = read_images({"build": {"dockerfile": "base.docker"}}, context)

    assert str(finding.place.path) == ".devcontainer/base.docker"
    assert meanings([finding]) == ["docker.io/library/alpine:3"]


def test_compose_files_count_whatever_their_names_are() -> None:
    services = "services: {app: {image: redis:7}}\n"
    files = {"compose.yaml": services, ".devcontainer/extra.yml": services}

    images = read_images(
        {"dockerComposeFile": ["../compose.yaml", "extra.yml", "missing.yml", None]},
        around(files),
    )

    # The other one is found by its name.
    assert [str(finding.place.path) for finding in images] == [
        ".devcontainer/extra.yml"
    ]
    assert meanings(images) == ["docker.io/library/redis:7"]


@pytest.mark.parametrize(
    "text",
    [
        '// a\n{"image": "a:1"}',
        '{"image": "a:1",}',
        '{"image": /* "b:1" */ "a:1" // "c:1"\n}',
        '/**/{"x": [1, 2,], "y": "// no comment", "image": "a:1",\n}\n/* end */',
    ],
)
def test_comments_and_trailing_commas(text: str) -> None:
    (finding,) = devcontainer.find(PATH, Text(text), AROUND)

    assert finding.place.text == "a:1"
    assert text[finding.place.span.start : finding.place.span.end] == "a:1"


@pytest.mark.parametrize(
    "text",
    ['{"image": "a:1"', '{"image" "a:1"}', "{,}", '{"a": [,]}', "{} /* x", "a: 1"],
)
def test_what_is_no_json_is_reported(text: str) -> None:
    (finding,) = devcontainer.find(PATH, Text(text), AROUND)

    assert meanings([finding]) == ["unparseable"]


def test_another_reference_changes_one_place() -> None:
    text = '{"image": "a/é:1", "features": {"ghcr.io/a/b:1": {},}, // x\n}'
    text = text.replace("é", "e")

    check_splicing(devcontainer, PATH, f"// é\n{text}", AROUND)


@given(st.text(alphabet='{}[]":,/*\n ai\\', max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    for finding in devcontainer.find(PATH, Text(text), AROUND):
        assert isinstance(finding, Occurrence | Skipped)


@given(
    st.recursive(
        st.none() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    )
)
def test_what_json_writes_is_json_with_comments(value: object) -> None:
    text = f"/* x */ {json.dumps([value])} // y"

    assert not any(isinstance(finding, Broken) for finding in with_comments(Text(text)))


def test_comments_without_an_end_take_no_time() -> None:
    (finding,) = devcontainer.find(PATH, Text("{" + "/* " * 100_000), AROUND)

    assert isinstance(finding, Skipped)
