"""Compose projects in memory, and what is found in them in a few words."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from imagelock.model.occurrence import Found, Occurrence
from imagelock.model.platform import Platform
from imagelock.model.source_text import Text
from imagelock.sources.compose import compose
from imagelock.sources.context import Context

if TYPE_CHECKING:
    from collections.abc import Mapping

MAIN = PurePosixPath("compose.yaml")


def texts(files: Mapping[str, str]) -> dict[PurePosixPath, Text]:
    return {PurePosixPath(p): Text.decode(t.encode()) for p, t in files.items()}


def context(
    files: Mapping[str, str],
    *,
    variables: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Context:
    return Context(
        read=texts(files).get,
        platforms=(Platform.parse("linux/amd64"), Platform.parse("linux/arm64")),
        variables=variables or {},
        environment=environment or {},
    )


def find(
    main: str,
    others: Mapping[str, str] | None = None,
    *,
    path: PurePosixPath = MAIN,
    variables: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> list[Found]:
    """Return what is found in *main*, and assert that each place is exact."""
    files = {**(others or {}), str(path): main}
    around = context(files, variables=variables, environment=environment)
    found = list(compose.find(path, Text.decode(main.encode()), around))
    for entry in found:
        place = entry.place
        data = files[str(place.path)].encode()
        assert data[place.span.start : place.span.end].decode() == place.text
        assert data[: place.span.start].count(b"\n") + 1 == place.span.line
    return found


def summary(found: list[Found]) -> list[tuple[str, str]]:
    """Return the text of each place with the reference, or the reason in brackets."""
    return [
        (
            entry.place.text,
            entry.reference.familiar
            if isinstance(entry, Occurrence)
            else f"({entry.reason.slug})",
        )
        for entry in found
    ]


def services(
    body: str, others: Mapping[str, str] | None = None
) -> list[tuple[str, str]]:
    """Return the summary of services in flow style, a line each."""
    lines = "".join(f"  {line.strip()}\n" for line in body.strip().splitlines())
    return summary(find(f"services:\n{lines}", others))
