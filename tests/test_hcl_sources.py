"""Bake, Nomad and Terraform: what their files name, to the byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imagelock.reading import Reader

from .extraction import case_of, cases, check, find

if TYPE_CHECKING:
    from pathlib import Path

    from .extraction import Case


@pytest.mark.parametrize(
    "case", [*cases("bake"), *cases("nomad"), *cases("terraform")], ids=str
)
def test_the_golden_cases(case: Case) -> None:
    check(case, find(case))


def test_the_golden_case_of_a_whole_project(tmp_path: Path) -> None:
    case = case_of("E242")
    for path, data in case.files.items():
        (tmp_path / path).write_bytes(data)

    check(case, Reader(root=tmp_path, platforms=()).read(case.files))
