"""Build the site of the documentation into `build/site`, and check its links.

    python docs/build_site.py

The pages are those of `docs/`, which are written for the repository: what they link to
outside of `docs/` gets its address on GitHub. The navigation has them by folder, in the
order of `docs/README.md`. Exits with 1 if a link leads nowhere.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urldefrag

import tomlkit

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[1]
DOCS: Final = ROOT / "docs"
STAGED: Final = ROOT / "build" / "site-pages"
SITE: Final = ROOT / "build" / "site"
CONFIG: Final = ROOT / "build" / "zensical.toml"
REPOSITORY: Final = "https://github.com/imagelock/imagelock"
ZENSICAL: Final = Path(sysconfig.get_path("scripts")) / "zensical"
_LINK: Final = re.compile(r"(?<=\]\()(?![a-z]+:)[^)\s]+(?=\))")
_COPIED: Final = {".md", ".json", ".svg"}


def main() -> int:
    """Build the site; return the exit code."""
    shutil.rmtree(STAGED, ignore_errors=True)
    for path in sorted(DOCS.rglob("*")):
        if path.suffix in _COPIED:
            target = STAGED / path.relative_to(DOCS)
            target.parent.mkdir(parents=True, exist_ok=True)
            text = path.read_text(encoding="utf-8")
            target.write_text(
                staged(text, path) if path.suffix == ".md" else text, encoding="utf-8"
            )
    CONFIG.write_text(settings(), encoding="utf-8")
    build = subprocess.run(
        [ZENSICAL, "build", "--clean", "--config-file", CONFIG],
        cwd=ROOT,
        check=False,
        capture_output=True,
    )
    if build.returncode:
        sys.stderr.buffer.write(build.stdout + build.stderr)
        return 1
    dead = sorted(dead_links(SITE))
    sys.stderr.writelines(f"{line}\n" for line in dead)
    pages = len(list(SITE.rglob("index.html")))
    sys.stdout.write(f"{pages} pages in {SITE.relative_to(ROOT)}\n")
    return 1 if dead else 0


def settings() -> str:
    """Return the settings of the site, with its navigation."""
    document = tomlkit.parse((DOCS / "site.toml").read_text(encoding="utf-8"))
    document["project"]["nav"] = list(sections())
    return tomlkit.dumps(document)


def sections() -> Iterator[dict[str, Any]]:
    """Yield the sections of the navigation: a title, and pages by their titles."""
    index = (DOCS / "README.md").read_text(encoding="utf-8")
    lists = index[index.index("\n## ") :]
    linked = re.findall(r"(?<=\]\()[a-z/0-9-]+\.md(?=\))", lists)
    pages = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
    ordered = dict.fromkeys([*linked, *pages])
    yield {"Start": "README.md"}
    for folder in ("guides", "concepts", "reference", "development"):
        yield {
            folder.capitalize(): [
                {title(page): page} for page in ordered if page.startswith(f"{folder}/")
            ]
        }


def title(page: str) -> str:
    """Return the first heading of *page*, or its name if it has none."""
    text = (DOCS / page).read_text(encoding="utf-8")
    heading = re.search(r"^# (.+)$", text, re.MULTILINE)
    return heading[1].replace("`", "") if heading else Path(page).stem


def staged(text: str, page: Path) -> str:
    """Return the Markdown *text* of *page* with addresses for what the site has not."""

    def address(match: re.Match[str]) -> str:
        path, fragment = urldefrag(match[0])
        target = Path(os.path.normpath(page.parent / path)) if path else page
        if target.is_relative_to(DOCS) and target.suffix in _COPIED:
            # GitHub writes a hyphen for each character between words, the site one.
            shorter = re.sub("-{2,}", "-", fragment)
            return f"{path}#{shorter}" if fragment else path
        kind = "tree" if target.is_dir() else "blob"
        url = f"{REPOSITORY}/{kind}/main/{target.relative_to(ROOT).as_posix()}"
        return f"{url}#{fragment}" if fragment else url

    return _LINK.sub(address, text)


class Page(HTMLParser):
    """The links of a page, and what can be linked to in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the addresses and the names of *tag*."""
        del tag  # any element may have them
        values = dict(attrs)
        self.anchors |= {value for key in ("id", "name") if (value := values.get(key))}
        for key in ("href", "src"):
            if value := values.get(key):
                self.links.append(value)


def dead_links(site: Path) -> Iterator[str]:
    """Yield `PAGE: LINK` for each link within *site* that leads nowhere."""
    pages = {
        path: Page(path.read_text(encoding="utf-8"))
        for path in site.rglob("*.html")
        if path.name != "404.html"
    }
    for path, page in pages.items():
        for link in page.links:
            target, fragment = urldefrag(link)
            if re.match(r"[a-z]+:|//", target):
                continue
            file = Path(os.path.normpath(path.parent / unquote(target)))
            file = file / "index.html" if file.is_dir() else file
            file = path if not target else file
            anchors = pages[file].anchors if file in pages else set()
            if not file.exists() or (fragment and unquote(fragment) not in anchors):
                yield f"{path.relative_to(site)}: {link}"


if __name__ == "__main__":
    raise SystemExit(main())
