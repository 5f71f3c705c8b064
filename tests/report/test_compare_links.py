from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.report.compare_links import compare_link, repository_url

OLD = "a" * 40
NEW = "b" * 40


@pytest.mark.parametrize(
    "source",
    [
        "https://github.com/acme/shop",
        "https://github.com/acme/shop.git",
        "https://github.com/acme/shop/",
        "git+https://github.com/acme/shop.git",
        "git@github.com:acme/shop.git",
        "ssh://git@github.com/acme/shop.git",
        f"https://github.com/acme/shop.git#{OLD}:8.3",
        "https://github.com/acme/shop/tree/main/8.3",
        "https://github.com/acme/shop/blob/main/Dockerfile",
    ],
)
def test_every_spelling_names_the_repository(source: str) -> None:
    assert repository_url(source) == "https://github.com/acme/shop"


@pytest.mark.parametrize(
    ("source", "page"),
    [
        ("https://github.com/a/b", f"https://github.com/a/b/compare/{OLD}...{NEW}"),
        (
            "https://gitlab.com/a/group/b",
            f"https://gitlab.com/a/group/b/-/compare/{OLD}...{NEW}",
        ),
        (
            "https://gitlab.example.com:8443/a/b/-/tree/main",
            f"https://gitlab.example.com:8443/a/b/-/compare/{OLD}...{NEW}",
        ),
        (
            "https://codeberg.org/a/b/src/branch/main",
            f"https://codeberg.org/a/b/compare/{OLD}...{NEW}",
        ),
        (
            "https://gitea.example.com/a/b",
            f"https://gitea.example.com/a/b/compare/{OLD}...{NEW}",
        ),
        (
            "https://bitbucket.org/a/b",
            f"https://bitbucket.org/a/b/branches/compare/{NEW}%0D{OLD}",
        ),
    ],
)
def test_each_host_has_its_page(source: str, page: str) -> None:
    assert compare_link(source, OLD, source, NEW) == page


@pytest.mark.parametrize(
    ("old_source", "old", "source", "new"),
    [
        ("https://github.com/a/b", OLD, "https://github.com/a/b", OLD),
        ("https://github.com/a/b", OLD, "https://github.com/a/b", "main"),
        ("https://github.com/a/b", OLD, "https://github.com/a/b", None),
        ("https://github.com/a/b", OLD, None, NEW),
        ("https://example.com/a/b", OLD, "https://example.com/a/b", NEW),
        ("https://github.com/a", OLD, "https://github.com/a", NEW),
        (None, None, "https://github.com.evil.example/a/b", NEW),
        (None, None, "https://www.gitlab.com.evil.example:443/a/b", NEW),
        (None, None, "https://evil.example.codeberg.org/a/b", NEW),
        (None, None, "https://me:secret@github.com/a/b", NEW),
        (None, None, "https://github.com/a/../../b", NEW),
        (None, None, "javascript://github.com/a/b", NEW),
        (None, None, "https://github.com/a/b c", NEW),
    ],
)
def test_what_cannot_be_compared_has_no_page(
    old_source: str | None, old: str | None, source: str | None, new: str | None
) -> None:
    assert compare_link(old_source, old, source, new) is None


@pytest.mark.parametrize(
    ("old_source", "old"),
    [
        (None, None),
        ("https://github.com/a/other", OLD),
        ("https://github.com/a/b", "v1"),
    ],
)
def test_the_new_revision_alone_is_a_commit(
    old_source: str | None, old: str | None
) -> None:
    page = compare_link(old_source, old, "https://github.com/a/b", NEW)

    assert page == f"https://github.com/a/b/commit/{NEW}"


@given(st.text() | st.from_regex(r"(https|git\+ssh|ssh)://[ -~]*github\.com/[ -~]*"))
def test_whatever_is_written_the_page_is_a_safe_address(source: str) -> None:
    page = compare_link(source, OLD, source, NEW)

    if page is not None:
        assert page.startswith("https://")
        assert not set(page) & set("<>\"'`()[] \n\r@|\\")
