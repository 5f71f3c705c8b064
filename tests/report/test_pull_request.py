"""The body of a pull request: titles, words, pages, places."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from imagelock.model.change import Change, ChangeKind, compare, with_bumps
from imagelock.model.occurrence import Place
from imagelock.model.reference import Reference
from imagelock.model.span import Span
from imagelock.report.changes import Changes
from imagelock.report.image_pages import image_page
from imagelock.report.pull_request import changes, title
from tests.lockfile.test_lockfile import image
from tests.test_docs import ROOT

if TYPE_CHECKING:
    from pathlib import Path

MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


def change(old: str | None, new: str | None, *, releases: str = "") -> Change:
    """Return the change between two references; *releases* are `OLD NEW` versions."""
    before, after = releases.split() if releases else (None, None)
    was = replace(image(old, "monday"), release=before) if old else None
    now = replace(image(new, "tuesday"), release=after) if new else None
    changed = compare(was, now)
    assert changed
    return changed


REBUILT = "rebuilt, `{}` → `{}`".format(
    *(image("a:1", day).digest.short for day in ("monday", "tuesday"))
)


def bump(old: str, new: str) -> Change:
    (changed,) = with_bumps([change(old, None), change(None, new)])
    return changed


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ([change("nginx:1", "nginx:1")], "update nginx:1"),
        ([bump("nginx:1.27", "nginx:1.28")], "update nginx to 1.28"),
        ([bump("x.io:5000/a:1.0", "x.io:5000/a:1.1")], "update x.io:5000/a to 1.1"),
        ([change(None, "nginx:1")], "lock nginx:1"),
        ([change("nginx:1", None)], "drop nginx:1"),
        ([change(None, "a:1"), change(None, "b:1")], "lock 2 images"),
        ([change("a:1", None), change("b:1", None)], "drop 2 images"),
        ([change(None, "a:1"), change("b:1", None)], "update 2 images"),
    ],
)
def test_a_title_says_what_changes(changed: list[Change], expected: str) -> None:
    assert title(changed) == expected


def test_the_scripts_read_the_title(tmp_path: Path) -> None:
    body = tmp_path / "body.md"
    script = f'. "{ROOT}/integrations/message.sh"; title_of "{body}"'

    def read(text: str) -> str:
        body.write_text(text)
        command = ["bash", "-euc", script]
        return subprocess.run(
            command, check=True, capture_output=True, text=True
        ).stdout

    one = changes(Changes(changes=[change("nginx:1", "nginx:1")]))
    none = changes(Changes(changes=[]))

    assert read(one) == "chore(images): update nginx:1\n"
    assert read(none) == "chore(images): update the lockfile\n"
    # Only the second line is a title, whatever a later one pretends.
    assert read(f"{none}<!-- title: x -->\n") == read(none)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (change("a:1", "a:1", releases="1.0.4 1.1.0"), "`1.0.4` → `1.1.0`"),
        (change("a:1", "a:1", releases="1.0.4 1.0.4"), REBUILT),
        (change("a:1", "a:1"), REBUILT),
        (bump("a:1.27", "a:1.28"), "`1.27` → `1.28`, newer minor"),
        (bump("a:1.28", "a:1.27"), "`1.28` → `1.27`, tag changed"),
        (change(None, "a:1"), "added"),
        (change("a:1", None), "removed"),
        (
            replace(
                change("a:1", "a:1", releases="1.1.0 1.0.4"), kind=ChangeKind.ROLLBACK
            ),
            "rolled back to `1.0.4`",
        ),
        (
            replace(change("a:1", "a:1"), kind=ChangeKind.ROLLBACK),
            "rolled back to earlier content, `{}` → `{}`".format(
                *(image("a:1", day).digest.short for day in ("monday", "tuesday"))
            ),
        ),
    ],
)
def test_words_say_what_happened(changed: Change, words: str) -> None:
    assert f"| {words} |" in changes(Changes(changes=[changed]))


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("nginx:1", "https://hub.docker.com/_/nginx"),
        ("acme/shop:1", "https://hub.docker.com/r/acme/shop"),
        ("ghcr.io/acme/shop:1", "https://ghcr.io/acme/shop"),
        ("quay.io/acme/shop:1", "https://quay.io/repository/acme/shop"),
        ("gcr.io/p/a:1", "https://gcr.io/p/a"),
        ("europe-docker.pkg.dev/p/r/a:1", "https://europe-docker.pkg.dev/p/r/a"),
        (
            "mcr.microsoft.com/dotnet/sdk:8.0",
            "https://mcr.microsoft.com/en-us/artifact/mar/dotnet/sdk",
        ),
        ("public.ecr.aws/nginx/nginx:1", "https://gallery.ecr.aws/nginx/nginx"),
        (
            "codeberg.org/forgejo/forgejo/x:1",
            "https://codeberg.org/forgejo/-/packages/container/forgejo%2Fx",
        ),
        ("registry.example/acme/shop:1", None),
        ("docker.io.example/nginx:1", None),
        ("pkg.dev.example/nginx:1", None),
    ],
)
def test_a_page_is_that_of_the_registry(reference: str, url: str | None) -> None:
    assert image_page(Reference.parse(reference)) == url


def test_an_image_of_an_unknown_registry_is_no_link() -> None:
    name = "registry.example/acme/shop:1"

    assert f"| `{name}` | {REBUILT} |" in changes(Changes(changes=[change(name, name)]))


def used(path: str, line: int, location: str = "FROM") -> Place:
    span = Span(0, 1, line, 1)
    return Place(
        path=PurePosixPath(path), span=span, text="a:1", format="x", uses=(location,)
    )


def test_a_few_places_are_in_the_table_and_many_in_the_details() -> None:
    changed = change("a:1", "a:1")
    places = [used(f"{n}/Dockerfile", n) for n in range(1, 41)]

    body = changes(Changes(changes=[changed], places={changed.reference: places}))

    assert "`1/Dockerfile:1`<br>`2/Dockerfile:2`<br>`3/Dockerfile:3`<br>and 37" in body
    assert "- `30/Dockerfile:30`: `FROM`\n- and 10 other places\n" in body


@given(st.text(min_size=1), st.text(min_size=1))
def test_names_of_files_stay_code(path: str, location: str) -> None:
    changed = change("a:1", "a:1")
    place = used(path.replace("\0", "x") or "x", 1, location)

    body = changes(Changes(changes=[changed], places={changed.reference: [place]}))
    html = MARKDOWN.render(body.partition("<details>")[0])

    assert html.count("<td>") + html.count("<th>") == 8
    assert "<a " in html  # the page of the image, and no other link
    assert html.count("<a ") == 1
