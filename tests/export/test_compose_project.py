"""`export compose` follows the project that Compose makes of several files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from tests.conftest import AMD64

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.conftest import Run


@pytest.fixture
def host() -> Iterator[str]:
    registry = MemoryRegistry()
    for name in ("web", "app", "debug", "db"):
        for tag in ("1", "2", "latest"):
            registry.push_image(name, tag, [AMD64], salts=f"{name}:{tag}")
    with serve(registry) as url:
        yield url.removeprefix("http://")


def exported(
    project: Path, imagelock: Run, host: str, files: Mapping[str, str]
) -> dict[str, str]:
    """Return the tag of the image that the override has for each service."""
    for name, text in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text.replace("REG", host))
    lock = imagelock("lock")
    assert lock.exit_code == 0, lock
    result = imagelock("export", "compose")
    assert result.exit_code == 0, result
    assert "@sha256:" in result.out or "services: {}" in result.out
    images: dict[str, str] = {}
    service = ""
    for line in result.out.splitlines():
        key, _, value = line.strip().partition(": ")
        if key == "image":
            images[service] = (
                value.strip('"').partition("@")[0].removeprefix(f"{host}/")
            )
        elif line.startswith("  ") and line.endswith(":"):
            service = line.strip().rstrip(":")
    return images


@pytest.mark.parametrize(
    ("files", "images"),
    [
        pytest.param(
            {
                "compose.yaml": "include:\n  - web/compose.yaml\n",
                ".env": "TAG=2\n",
                "web/compose.yaml": "services: {web: {image: 'REG/web:${TAG:-latest}'}}\n",
            },
            {"web": "web:2"},
            id="a file that only includes another",
        ),
        pytest.param(
            {
                "compose.yaml": """\
services:
  debug: {image: "REG/debug:1"}
  app: {image: "REG/app:1"}
  db: {image: "REG/db:1"}
  web: {image: "REG/web:1"}
""",
                "compose.override.yaml": """\
services:
  debug: !reset null
  app: {build: .}
  db: {image: "REG/db:2"}
""",
            },
            {"db": "db:2", "web": "web:1"},
            id="what an override takes away or builds is left out",
        ),
        pytest.param(
            {
                "compose.yaml": 'services:\n  app: {image: "REG/app:1", build: .}\n',
                "compose.override.yaml": "services:\n"
                '  app: !override {image: "REG/web:2"}\n',
            },
            {"app": "web:2"},
            id="an override that replaces a service",
        ),
    ],
)
def test_each_service_has_the_image_that_compose_runs(
    project: Path,
    imagelock: Run,
    host: str,
    files: dict[str, str],
    images: dict[str, str],
) -> None:
    assert exported(project, imagelock, host, files) == images


def test_what_is_included_is_not_locked_as_if_it_were_alone(
    project: Path, imagelock: Run, host: str
) -> None:
    files = {
        "compose.yaml": "include: [web/compose.yaml]\nservices:\n  z: {build: .}\n",
        ".env": "TAG=1\n",
        "web/compose.yaml": "services:\n  web:\n    image: REG/web:${TAG:-latest}\n",
    }

    exported(project, imagelock, host, files)

    assert "latest" not in (project / "images.lock").read_text()
    assert imagelock("verify", "web/compose.yaml", "--offline").exit_code == 0
