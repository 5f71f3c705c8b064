"""The site of the documentation: every page is on it, and no link of it is dead."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

import build_site
from build_site import DOCS, ROOT, dead_links, sections, settings, staged

if TYPE_CHECKING:
    from pathlib import Path


def test_every_page_is_in_the_navigation_once() -> None:
    start, *folders = sections()
    entries = [
        entry for folder in folders for (part,) in [folder.values()] for entry in part
    ]
    named = [page for entry in entries for page in entry.values()]
    pages = [path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")]

    assert start == {"Start": "README.md"}
    assert sorted([*named, "README.md"]) == sorted(pages)
    assert entries[0] == {"Installing": "guides/install.md"}
    assert all(title and "`" not in title for entry in entries for title in entry)


def test_titles_may_have_any_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_site, "title", lambda page: f'{page}: "a" = [b] # c')

    assert tomllib.loads(settings())["project"]["nav"] == list(sections())


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("pin.md#a", "pin.md#a"),
        ("../reference/rules.md", "../reference/rules.md"),
        ("../reference/images.lock.schema.json", "../reference/images.lock.schema.json"),
        ("#a", "#a"),
        ("#a---b", "#a-b"),
        ("json.md#scan---format-json", "json.md#scan-format-json"),
        ("https://x.y/z.md", "https://x.y/z.md"),
        (
            "../../CHANGELOG.md#x",
            "https://github.com/imagelock/imagelock/blob/main/CHANGELOG.md#x",
        ),
        (
            "../../integrations/container",
            "https://github.com/imagelock/imagelock/tree/main/integrations/container",
        ),
    ],
)  # fmt: skip
def test_what_the_site_has_not_gets_its_address(link: str, expected: str) -> None:
    page = DOCS / "guides" / "page.md"

    assert staged(f"[a]({link})", page) == f"[a]({expected})"


def test_dead_links_are_found(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "index.html").write_text(
        '<h1 id="top"><a href="b/">1</a><a href="b/#x">2</a><a href="#top">3</a>'
        '<a href="b/#y">4</a><a href="c/">5</a><a href="#z">6</a><img src="d.svg">'
        '<a href="https://x.y">7</a>'
    )
    (tmp_path / "b" / "index.html").write_text('<a name="x" href="../#top">8</a>')

    assert list(dead_links(tmp_path)) == [
        "index.html: b/#y",
        "index.html: c/",
        "index.html: #z",
        "index.html: d.svg",
    ]


def test_messages_to_look_for_are_those_that_are_printed() -> None:
    page = (DOCS / "guides" / "troubleshooting.md").read_text(encoding="utf-8")
    texts = [
        path.read_text(encoding="utf-8")
        for pattern in ("src/**/*.py", "tests/**/*.ambr")
        for path in ROOT.glob(pattern)
    ]
    messages = [line[5:-1] for line in page.splitlines() if line.startswith("### `")]

    assert len(messages) > 15
    for message in messages:
        assert any(message in text for text in texts), message


@pytest.mark.slow
@pytest.mark.skipif(
    not find_spec("zensical"), reason="only the tools of developers build the site"
)
def test_the_site_is_built_and_can_be_searched() -> None:
    done = subprocess.run(
        [sys.executable, DOCS / "build_site.py"],
        env={"PATH": os.environ["PATH"]},
        check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr
    index = json.loads((ROOT / "build" / "site" / "search.json").read_text())
    assert "Troubleshooting" in {item["title"] for item in index["items"]}
