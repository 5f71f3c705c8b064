"""Numbers in values of charts, as Go's `fmt` writes them (`helm template` 3.22)."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.model.source_text import Text
from imagelock.sources import SOURCES
from imagelock.sources.context import Context

PATH = PurePosixPath("values.yaml")


def finding(tag: str) -> Occurrence | Skipped:
    text = Text(f"image:\n  repository: acme/app\n  tag: {tag}\n")
    context = Context(read={PATH: text}.get, platforms=())
    (found,) = SOURCES["helm-values"].find(PATH, text, context)
    return found


@pytest.mark.parametrize(
    ("tag", "rendered"),
    [
        ("1.20", "1.2"),
        ("1.0", "1"),
        ("7.10", "7.1"),
        ("58467965", "5.8467965e+07"),
        ("1000000", "1e+06"),
        ("20240115", "2.0240115e+07"),
        ("72225e2", "7.2225e+06"),
        ("1e3", "1000"),
        ("1_000", "1000"),
        ("0x1F", "31"),
        ("0777", "511"),
        (".5", "0.5"),
        ("0.00001", "1e-05"),
    ],
)
def test_a_number_that_helm_writes_in_another_way_is_skipped(
    tag: str, rendered: str
) -> None:
    found = finding(tag)

    assert isinstance(found, Skipped)
    assert found.reason is Reason.CHART_DEFAULT
    assert f"Helm writes it as `{rendered}`" in found.detail
    assert found.place.text == tag


@pytest.mark.parametrize("tag", ["7", "1.25", "999999", "0.5", "'1.20'", '"58467965"'])
def test_a_number_that_helm_writes_alike_is_a_tag(tag: str) -> None:
    found = finding(tag)

    assert isinstance(found, Occurrence)
    assert found.reference.tag == tag.strip("'\"")


@pytest.mark.parametrize("tag", ["1.25.3", "v1.20", "1.20-alpine", "2024.01.15", "3.x"])
def test_a_text_with_digits_is_a_tag(tag: str) -> None:
    found = finding(tag)

    assert isinstance(found, Occurrence)
    assert found.reference.tag == tag
