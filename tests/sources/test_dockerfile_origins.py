"""Where the ARGs were set that decide a FROM."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from imagelock.model.occurrence import Occurrence
from imagelock.model.source_text import Text
from imagelock.sources.context import Context
from imagelock.sources.dockerfile import dockerfile


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ARG V=1\nFROM a:$V\n", {"V": "api/Dockerfile:1"}),
        ("# ARG V=0\n\n arg V=1\nFROM a:$V\n", {"V": "api/Dockerfile:3"}),
        ("ARG V=1\nARG V=2\nFROM a:$V\n", {"V": "api/Dockerfile:2"}),
        ("ARG U=1 V=2\nFROM a:$V-$U\n", {"U": "api/Dockerfile:1", "V": "api/Dockerfile:1"}),
        ("ARG V\nFROM a:${V:-1}\n", {}),
        ("ARG G=1\nFROM a:$G\n", {"G": "[variables] in the configuration"}),
        ("FROM a:${V:-1}\nARG V=2\n", {}),
        ("ARG V=1\nFROM a:2\n", {}),
    ],
)  # fmt: skip
def test_the_line_of_the_arg_is_known(text: str, expected: dict[str, str]) -> None:
    context = Context(read=lambda _: None, platforms=(), variables={"G": "3"})

    (found,) = dockerfile.find(PurePosixPath("api/Dockerfile"), Text(text), context)

    assert isinstance(found, Occurrence)
    assert dict(found.origins) == expected
