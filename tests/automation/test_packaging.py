"""What a user installs first: the demo, and the page on PyPI."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from hatch_build import absolute

from imagelock.version import __version__

ROOT = Path(__file__).parents[2]
TAG = f"v{__version__}"


def pypi_page() -> str:
    return subprocess.run(
        [sys.executable, "-m", "hatchling", "metadata", "readme"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip


def test_the_page_on_pypi_has_no_dead_link() -> None:
    page = pypi_page()
    targets = re.findall(r'\]\(([^)\s]+)\)|src(?:set)?="([^"]+)"', page)
    urls = ["".join(pair) for pair in targets]
    ours = [url for url in urls if "/imagelock/imagelock/" in url]

    assert all(url.startswith("https://") for url in urls)
    assert len([url for url in ours if url.endswith(".svg")]) == 4
    for url in ours:
        path = url.split(f"/{TAG}/")[1].partition("#")[0]
        assert (ROOT / path).exists(), url


def test_only_relative_links_get_an_address() -> None:
    text = '[a](docs/a.md#b) [b](https://x.y/z) [c](#d) <img src="e.svg"> f(g)'

    assert absolute(text, "v1") == (
        "[a](https://github.com/imagelock/imagelock/blob/v1/docs/a.md#b)"
        " [b](https://x.y/z) [c](#d)"
        ' <img src="https://raw.githubusercontent.com/imagelock/imagelock/v1/e.svg"> f(g)'
    )


def test_the_demo_installs_no_tools_of_developers() -> None:
    plan = subprocess.run(
        ["make", "--dry-run", "--always-make", "demo"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip

    script = "tools/install_demo.sh"
    commands = f"{plan}{(ROOT / script).read_text()}"
    assert script in plan
    assert "--no-dev" in commands
    assert "-r integrations/requirements.txt" in commands
    assert "requirements-dev" not in commands
    assert plan.rstrip().endswith("-m imagelock demo")
