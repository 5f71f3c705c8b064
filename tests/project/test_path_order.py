"""Texts of paths are in the order of the paths."""

from __future__ import annotations

from pathlib import PurePosixPath

from hypothesis import given
from hypothesis import strategies as st

from imagelock.project.path_order import in_order

NAMES = st.text(
    alphabet="aA1-._ \u00e9\udc80\U0001f600", min_size=1, max_size=3
).filter(lambda name: name != ".")
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


@given(paths=st.lists(PATHS, max_size=8))
def test_texts_of_paths_are_in_the_order_of_the_paths(paths: list[str]) -> None:
    normal = [str(PurePosixPath(path)) for path in paths]

    assert sorted(normal, key=in_order) == list(
        map(str, sorted(map(PurePosixPath, normal)))
    )
