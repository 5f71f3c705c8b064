from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.occurrence import Occurrence, Skipped
from imagelock.model.source_text import Text
from imagelock.sources import image_list
from imagelock.sources.context import Context
from tests.support.extraction import case_of, cases, check, find
from tests.support.recognition import is_read_by
from tests.support.splicing import check_splicing, meanings

if TYPE_CHECKING:
    from tests.support.extraction import Case

PATH = PurePosixPath("images.txt")
AROUND = Context(read=lambda _: None, platforms=())


@pytest.mark.parametrize("case", cases("image-list"), ids=str)
def test_the_golden_cases(case: Case) -> None:
    check(case, find(case))


@pytest.mark.parametrize(
    "case",
    [
        case_of(identity)
        for identity in (*("E293", "E294", "E295", "E297", "E298", "E299", "E302"),)
    ],
    ids=str,
)
def test_in_code_and_prose_nothing_is_found(case: Case) -> None:
    assert find(case) == []


@pytest.mark.parametrize(
    ("path", "text", "is_ours"),
    [
        ("images.txt", "a/b:1\n", True),
        ("rancher-images.txt", "a/b:1\n\n# c\n", True),
        ("k3s-images-arm64.txt", "a/b:1\n", True),
        ("image-list.txt", "a/b:1\n", True),
        ("images.txt", "a/b:1\na/c\na/d\na/e\nnginx\n", True),
        ("images.txt", "a/b:1\na/c\na/d\nnginx\n", False),
        ("images.txt", "The images are in registry.example.com/app\n", False),
        ("images.txt", "# a/b:1\n", False),
        ("images.txt", "", False),
        ("images.csv", "a/b:1\n", False),
        ("tags.txt", "a/b:1\n", False),
    ],
)
def test_nearly_every_line_is_a_reference(
    path: str, text: str, *, is_ours: bool
) -> None:
    assert is_read_by("image-list", path, text) is is_ours


def test_lines() -> None:
    text = "  a/b:1\t\r\n# c/d\r\nnginx # the web\r\nA/b\r\n{{ registry }}/e\r\n"

    images = list(image_list.find(PATH, Text(text), AROUND))

    assert meanings(images) == [
        "docker.io/a/b:1", "docker.io/library/nginx:latest", "invalid", "template",
    ]  # fmt: skip
    assert [finding.place.text for finding in images] == [
        "a/b:1", "nginx", "A/b", "{{ registry }}/e",
    ]  # fmt: skip


def test_another_reference_changes_one_place() -> None:
    check_splicing(image_list, PATH, "# é\na/b:1\n  c/d # x\ne", AROUND)


@given(st.text(max_size=60))
def test_no_text_is_too_strange(text: str) -> None:
    image_list.matches(PATH, text)
    for finding in image_list.find(PATH, Text(text), AROUND):
        assert isinstance(finding, Occurrence | Skipped)
