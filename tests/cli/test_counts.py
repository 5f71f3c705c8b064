"""What a run opens and loads, counted: seconds depend on the machine, counts do not.

Requests are counted in `test_requests.py`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING

import pytest

from tests.support.locked import save

if TYPE_CHECKING:
    from collections.abc import Sequence

FILES = 30
SETTLED = 0.2
"""Seconds after which a file that was written may be taken for unchanged."""
MOST_MODULES = 320
"""Those of Python's library included, which differ between its versions."""
MOST_OF_A_POLICY = 40
"""More modules for the rules of `[policy]`, whose settings load none of pydantic."""
OBSERVED = """
import json, os, sys
before = {*sys.modules}
opened = []
def observe(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        opened.append(os.path.abspath(os.fsdecode(arguments[0])))
sys.addaudithook(observe)
from imagelock.cli import main
try:
    main(sys.argv[1:])
except SystemExit as end:
    modules = [name for name in sys.modules if name not in before]
    json.dump({"opened": opened, "modules": modules, "code": end.code}, sys.stderr)
"""


@dataclass(frozen=True)
class Observed:
    """How often a run opened each file of the project, and what it loaded."""

    opened: Counter[str]
    modules: set[str]

    @property
    def sources(self) -> dict[str, int]:
        """The files below the folders of the project."""
        return {path: count for path, count in self.opened.items() if "/" in path}


@pytest.fixture
def many(project: Path) -> Path:
    """A project in git with a third each of Compose files, Dockerfiles and pods."""
    names = [f"registry.example/acme/app{number}:v1" for number in range(FILES)]
    for number, name in enumerate(names):
        folder = project / f"part{number}"
        folder.mkdir()
        pod = {"apiVersion": "v1", "kind": "Pod", "spec": {"containers": []}}
        pod["spec"] = {"containers": [{"image": name}]}
        path, text = (
            ("compose.yaml", f"services:\n  web:\n    image: {name}\n"),
            ("Dockerfile", f"FROM {name}\n"),
            ("pod.yaml", json.dumps(pod)),
        )[number % 3]
        (folder / path).write_text(text)
    save(project, *names)
    subprocess.run(["git", "init", "--quiet"], check=True)
    subprocess.run(["git", "add", "."], check=True)
    return project


def observed(*arguments: str) -> Observed:
    """Run imagelock in a process of its own, and return what it did."""
    done = subprocess.run(
        [sys.executable, "-c", OBSERVED, *arguments],
        check=False,
        capture_output=True,
        text=True,
    )
    record = json.loads(done.stderr)
    assert record["code"] == 0, done.stdout
    folder = Path.cwd()
    paths = [Path(path) for path in record["opened"]]
    return Observed(
        Counter(
            path.relative_to(folder).as_posix()
            for path in paths
            if path.is_relative_to(folder) and ".git" not in path.parts
        ),
        set(record["modules"]),
    )


@pytest.mark.parametrize(
    "command", [("verify", "--offline"), ("list",), ("lock",), ("lock", "--check")]
)
def test_each_file_is_opened_once_and_then_only_if_it_changed(
    many: Path, command: Sequence[str]
) -> None:
    sleep(SETTLED)
    first = observed(*command).sources
    second = observed(*command).sources
    with (many / "part1/Dockerfile").open("a") as file:
        file.write("RUN make\n")
    third = observed(*command).sources

    assert len(first) == FILES
    assert set(first.values()) == {1}
    assert second == {}
    assert set(third) == {"part1/Dockerfile"}


@pytest.mark.parametrize(
    "command", [("verify", "--offline"), ("list",), ("lock", "--check")]
)
def test_without_a_cache_each_file_is_opened_once(
    many: Path, command: Sequence[str]
) -> None:
    for _ in range(2):
        sources = observed("--no-cache", *command).sources

        assert len(sources) == FILES
        assert set(sources.values()) == {1}


@pytest.mark.parametrize("command", [("verify", "--offline"), ("list",), ("lock",)])
def test_few_modules_are_loaded(many: Path, command: Sequence[str]) -> None:
    modules = observed(*command).modules

    assert len(modules) <= MOST_MODULES
    assert modules.isdisjoint(
        {
            *("asyncio", "concurrent.futures", "httpx", "pydantic", "rich", "ssl"),
            *("tomlkit", "typer"),
        }
    )


@pytest.mark.parametrize("command", [("verify", "--offline"), ("list",)])
def test_a_second_run_loads_little_of_the_standard_library(
    many: Path, command: Sequence[str]
) -> None:
    observed(*command)

    modules = observed(*command).modules

    assert modules.isdisjoint(
        {"dataclasses", "signal", "subprocess", "threading", "typing", "yaml"}
    )


def test_a_policy_costs_few_modules(many: Path) -> None:
    without = observed("verify", "--offline").modules
    (many / "imagelock.toml").write_text(
        '[policy]\nregistries = ["registry.example/**", "ghcr.io/acme/**"]\n'
        "moving-tags = true\nlook-alike = true\nend-of-life = true\n"
    )

    modules = observed("verify", "--offline").modules

    assert "imagelock.policies.check" in modules
    assert len(modules) <= MOST_MODULES
    assert len(modules - without) <= MOST_OF_A_POLICY
    assert modules.isdisjoint({"httpx", "pydantic", "ssl", "tomlkit", "typer"})
