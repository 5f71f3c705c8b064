"""Which sources are asked about a file: the same ones, without asking each."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import SupportsIndex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.sources import SOURCES
from imagelock.sources.catalog import CatalogEntry, is_like
from imagelock.sources.endings import SuffixIndex

PATTERNS = sorted({p for source in SOURCES.values() for p in source.files})
PIECES = sorted({piece for p in PATTERNS for piece in p.replace("*", "/").split("/")})
OWN = ("*", "a", "a*", "*a", "a*b", "*.a", "*.a*", "a.*", "*.a.b", "*a/b*", ".a", "*ab")


@given(st.text("ab.", max_size=8), st.text("ab.*", max_size=8))
def test_a_star_is_any_text(name: str, pattern: str) -> None:
    assert is_like(name, pattern) == fnmatchcase(name, pattern)


@given(
    st.lists(
        st.lists(st.sampled_from([*PIECES, "x", ".", "B"]), min_size=1, max_size=4).map(
            "".join
        ),
        min_size=1,
        max_size=3,
    )
)
def test_every_source_that_may_read_a_file_is_asked(names: list[str]) -> None:
    path = PurePosixPath(*names)
    expected = [source for source in SOURCES.values() if source.may_match(path)]

    assert SuffixIndex(tuple(SOURCES.values())).candidates(path) == expected


@given(
    st.lists(st.text("ab.", min_size=1, max_size=5), min_size=1, max_size=2),
    st.lists(st.sampled_from(OWN), min_size=1, max_size=3),
)
def test_it_holds_for_any_patterns(names: list[str], patterns: list[str]) -> None:
    path = PurePosixPath(*names)
    source = CatalogEntry("one", tuple(patterns))
    expected = [source] if source.may_match(path) else []

    assert SuffixIndex([source]).candidates(path) == expected


class Pattern(str):
    """A pattern that counts how often a name is compared with one."""

    __slots__ = ()
    looks = 0

    def split(self, sep: str | None = None, maxsplit: SupportsIndex = -1) -> list[str]:
        Pattern.looks += 1
        return super().split(sep, maxsplit)


@pytest.mark.parametrize("name", ["main.py", "logo.svg", "README.md", "a/b/LICENSE"])
def test_files_of_other_kinds_cost_few_looks(name: str) -> None:
    counted = [
        replace(source, files=tuple(map(Pattern, source.files)))
        for source in SOURCES.values()
    ]
    Pattern.looks = 0

    assert SuffixIndex(counted).candidates(PurePosixPath(name)) == []
    assert 0 < Pattern.looks < len(PATTERNS) / 5
