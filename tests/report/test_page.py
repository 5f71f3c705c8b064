"""`report`: a page in a single file, in which nothing of what it shows can run."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from imagelock.model.digest import Digest
from tests.commands.test_history import (
    AMD64,
    ARM64,
    DAY,
    START,
    image,
    lock,
    make_history,
)
from tests.support.commits import commit, git
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from pathlib import Path

    from imagelock.demo.registry import MemoryRegistry
    from tests.conftest import Run

HOSTILE = "</style></script><script>alert(1)</script><img src=x onerror=alert(1)>\u202e"
VOID = {"meta", "input", "br"}
IMPLIED = {"li", "p", "dt", "dd", "tr", "td", "th", "thead", "tbody", "option", "html"}


class Page(HTMLParser):
    """The elements of a page, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.contents: dict[str, str] = {}
        self.text = ""
        self._open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID | IMPLIED:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in IMPLIED:
            assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        inside = self._open[-1] if self._open else ""
        if inside in {"script", "style"}:
            self.contents[inside] = self.contents.get(inside, "") + data
        else:
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def report(run: Run, project: Path, *arguments: str) -> Page:
    result = run("report", "--offline", *arguments)
    assert result.exit_code == 0, result.err
    return Page((project / "report.html").read_text(encoding="utf-8"))


def write_compose(project: Path, *images: str) -> None:
    services = "".join(
        f"  s{n}: {{image: '{name}'}}\n" for n, name in enumerate(images)
    )
    (project / "compose.yaml").write_text(f"services:\n{services}")


def test_every_image_is_on_the_page(project: Path, imagelock: Run) -> None:
    make_history(project)
    write_compose(project, "nginx:1.27", "postgres:16")
    page = report(imagelock, project)
    rows = {row["data-name"]: row for row in page.all("details")}
    assert {name: row["data-status"] for name, row in rows.items()} == {
        "nginx:1.27": "locked",
        "postgres:16": "not-locked",
    }
    assert rows["postgres:16"]["data-rule"] == "not-locked"
    assert rows["nginx:1.27"]["data-moved"] == "2026-10-21"
    assert str(Digest.of(b"single")) in page.text
    assert len(page.all("svg")) == 1
    assert "Registries were not asked" in page.text


def test_lines_link_to_the_commit_on_the_forge(project: Path, imagelock: Run) -> None:
    write_compose(project, "nginx:1.27")
    text = lock(image("nginx:1.27", "a"))
    revision = commit(project, {"images.lock": text}, START, "Lock")
    git(
        project, "remote", "add", "origin", "https://me:secret@github.com/acme/shop.git"
    )
    page = report(imagelock, project)
    links = {link["href"] for link in page.all("a")}
    base = "https://github.com/acme/shop"
    assert f"{base}/blob/{revision}/compose.yaml#L2" in links
    assert f"{base}/commit/{revision}" in links
    assert "secret" not in (project / "report.html").read_text()


def test_nothing_but_its_own_script_may_run(project: Path, imagelock: Run) -> None:
    make_history(project)
    page = report(imagelock, project)
    [policy] = [
        meta["content"] or ""
        for meta in page.all("meta")
        if meta.get("http-equiv") == "Content-Security-Policy"
    ]
    for tag in ("script", "style"):
        digest = hashlib.sha256(page.contents[tag].encode()).digest()
        assert f"{tag}-src 'sha256-{base64.b64encode(digest).decode()}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert len(page.all("script")) == len(page.all("style")) == 1
    for _, attributes in page.elements:
        assert not {"src", "style", "srcset", "action"} & attributes.keys()
        assert not any(name.startswith("on") for name in attributes)


def test_hostile_text_is_text(project: Path, imagelock: Run) -> None:
    folder = project / "a<b>\"'"
    folder.mkdir()
    (folder / "compose.yaml").write_text("services: {a: {image: nginx:1.27}}\n")
    hostile = replace(
        image("nginx:1.27", "a", release=HOSTILE, revision="javascript:alert(1)"),
        source="javascript:alert(1)//github.com/a/b",
    )
    moved = image("nginx:1.27", "b", release="9" * 10_000)
    commit(project, {"images.lock": lock(hostile)}, START, HOSTILE)
    commit(project, {"images.lock": lock(moved)}, START + DAY, HOSTILE * 100)
    git(project, "remote", "add", "origin", 'https://github.com/a/b"><script>')
    page = report(imagelock, project)
    assert len(page.all("script")) == 1
    assert not page.all("img")
    assert all((link["href"] or "").startswith("https://") for link in page.all("a"))
    assert "\u202e" not in page.text
    assert "<script>alert(1)</script>" in page.text


def test_values_of_variables_are_not_on_the_page(project: Path, imagelock: Run) -> None:
    write_compose(project, "${REGISTRY}/app:v1")
    (project / ".env").write_text("REGISTRY=hidden.example.com\n")
    report(imagelock, project)
    text = (project / "report.html").read_text()
    assert "${REGISTRY}/app:v1" in text
    assert "hidden.example.com" not in text


def test_without_git_there_is_no_history(project: Path, imagelock: Run) -> None:
    write_compose(project, "nginx:1.27")
    (project / "images.lock").write_text(lock(image("nginx:1.27", "a")))
    page = report(imagelock, project)
    assert "There is no history" in page.text
    assert not page.all("svg")


def test_an_image_takes_less_than_a_kilobyte(project: Path, imagelock: Run) -> None:
    """So that the page of 5,000 images has less than 5 MB."""
    names = [
        f"registry.example.com/team{n % 50}/service-{n}:v1.{n}" for n in range(300)
    ]
    write_compose(project, *names)
    images = [image(name, "a", release=f"1.{n}") for n, name in enumerate(names)]
    commit(project, {"images.lock": lock(*images)}, START, "Lock")
    git(project, "remote", "add", "origin", "https://github.com/acme/shop")
    page = report(imagelock, project)
    assert len(page.all("details")) == 300
    own = len(page.contents["style"]) + len(page.contents["script"])
    assert (project / "report.html").stat().st_size - own < 300 * 1000


def test_a_tag_that_moved_is_on_the_page(
    project: Path, imagelock: Run, hub: MemoryRegistry, address: str
) -> None:
    configure(project, address)
    write_compose(project, "nginx:1.27")
    assert imagelock("lock").exit_code == 0
    hub.push_image("library/nginx", "1.27", [AMD64, ARM64], salts="new")
    result = imagelock("report", "-o", "out.html")
    assert result.exit_code == 0
    assert result.out == "out.html: 1 image, 1 finding\n"
    assert 'data-rule="drift"' in (project / "out.html").read_text()


def test_a_registry_that_does_not_answer_is_not_taken_for_agreement(
    project: Path, imagelock: Run
) -> None:
    write_compose(project, "127.0.0.1:1/app:v1")
    (project / "images.lock").write_text(lock(image("127.0.0.1:1/app:v1", "a")))
    result = imagelock("report", "--timeout", "2")
    assert result.exit_code == 3
    assert "1 image could not be checked" in (project / "report.html").read_text()


def test_no_link_leads_out_of_the_project(
    project: Path, imagelock: Run, tmp_path: Path
) -> None:
    write_compose(project, "nginx:1.27")
    (project / "report.html").symlink_to(tmp_path / "out.html")
    assert imagelock("report", "--offline").exit_code == 2
    assert not (tmp_path / "out.html").exists()
