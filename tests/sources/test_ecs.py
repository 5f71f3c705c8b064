from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.occurrence import Occurrence, Skipped
from imagelock.model.source_text import Text
from imagelock.sources import ecs
from imagelock.sources.context import Context
from tests.support.extraction import cases, check, find
from tests.support.recognition import is_read_by
from tests.support.splicing import check_splicing, meanings

if TYPE_CHECKING:
    from tests.support.extraction import Case

PATH = PurePosixPath("template.yaml")
AROUND = Context(read=lambda _: None, platforms=())


@pytest.mark.parametrize("case", cases("ecs"), ids=str)
def test_the_golden_cases(case: Case) -> None:
    check(case, find(case))


def read_images(text: str) -> list[str]:
    return meanings(list(ecs.find(PATH, Text(text), AROUND)))


@pytest.mark.parametrize(
    ("path", "text", "is_ours"),
    [
        ("taskdef.json", '{"containerDefinitions": []}', True),
        ("web.template", "ContainerDefinitions:\n- Image: a\n", True),
        ("Dockerrun.aws.json", '{"AWSEBDockerrunVersion": "1"}', True),
        ("template.yml", "Type: AWS::Lambda::Function\n", True),
        ("template.yml", "Type: AWS::S3::Bucket\n", False),
        ("notes.md", "containerDefinitions:\n", False),
        ("x.yaml", "apiVersion: ecs/v1\nkind: T\ncontainerDefinitions:\n", False),
        ("x.yaml", "about: containerDefinitions of ECS\n", False),
    ],
)
def test_the_content_tells_whose_a_file_is(
    path: str, text: str, *, is_ours: bool
) -> None:
    assert is_read_by("ecs", path, text) is is_ours


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("nginx:1", ["docker.io/library/nginx:1"]),
        ('!Sub "nginx:1"', ["docker.io/library/nginx:1"]),
        ("!Sub nginx:1", ["docker.io/library/nginx:1"]),
        ("{'Fn::Sub': 'nginx:1'}", ["docker.io/library/nginx:1"]),
        ("!Sub 'nginx:${Tag}'", ["expression"]),
        ("{'Fn::Sub': 'nginx:${Tag}'}", ["expression"]),
        ("{'Fn::Sub': ['nginx:${T}', {T: 1}]}", ["expression"]),
        ("!Ref image", ["expression"]),
        ("{Ref: image}", ["expression"]),
        ("!Join [':', [nginx, 1]]", ["expression"]),
        ("!FindInMap [Images, a, b]", ["expression"]),
        ("{'Fn::ImportValue': image}", ["expression"]),
        ("'{{resolve:ssm:/image}}'", ["template"]),
        ("<IMAGE1_NAME>", ["placeholder"]),
        ("''", []),
        ("null", []),
    ],
)
def test_what_functions_leave_known(image: str, expected: list[str]) -> None:
    assert read_images(f"ContainerDefinitions:\n- Image: {image}\n") == expected


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("{Type: 'AWS::Lambda::Function', Properties: {Code: {ImageUri: 'a/b:1'}}}",
         ["docker.io/a/b:1"]),
        ("{Type: 'AWS::Serverless::Function', Properties: {ImageUri: 'a/b:1'}}",
         ["docker.io/a/b:1"]),
        (("{Type: 'AWS::Batch::JobDefinition', Properties: {ContainerProperties: "
          "{Image: 'a/b:1'}}}"), ["docker.io/a/b:1"]),
        ("{Type: 'AWS::EC2::Instance', Properties: {Image: 'a/b:1'}}", []),
        (("{Type: 'AWS::CodeBuild::Project', Properties: {Environment: "
          "{Image: 'aws/codebuild/standard:7.0'}}}"), ["local"]),
    ],
)  # fmt: skip
def test_resources_that_run_an_image(resource: str, expected: list[str]) -> None:
    assert read_images(f"Resources:\n  R: {resource}\n") == expected


def test_json_in_other_forms() -> None:
    task = '{"taskDefinition": {"containerDefinitions": [{"image": "a/b:1"}]}}'
    old = '{"AWSEBDockerrunVersion": "1", "Image": {"Name": "a/b:1", "Update": "x"}}'

    assert read_images(task) == ["docker.io/a/b:1"]
    assert read_images(old) == ["docker.io/a/b:1"]
    assert read_images('{"Image": {"Name": "a/b:1"}}') == []
    assert read_images('{"containerDefinitions": "none"}') == []


def test_an_anchor_is_found_once() -> None:
    text = "ContainerDefinitions: [&a {Image: 'a/b:1'}, *a]\n"

    assert read_images(text) == ["docker.io/a/b:1"]


def test_another_reference_changes_one_place() -> None:
    text = """\
ContainerDefinitions:  # é
- {Image: "a/b:1"}
- Image: !Sub 'c/d:2'
- Image: !Ref e
Resources: {F: {Type: AWS::Serverless::Function, Properties: {ImageUri: f/g:3}}}
"""
    check_splicing(ecs, PATH, text, AROUND)


@given(st.text(max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    for finding in ecs.find(
        PATH, Text(f"ContainerDefinitions: [{{Image: {text}"), AROUND
    ):
        assert isinstance(finding, Occurrence | Skipped)


def test_aliases_that_multiply_do_no_harm() -> None:
    images = ", ".join(f"{{image: 'a/b:{number}'}}" for number in range(300))
    text = f"x: &a [{images}]\ny:\n" + "- containerDefinitions: *a\n" * 3000

    assert len(read_images(text)) == 300
