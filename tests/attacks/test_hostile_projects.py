"""What a pull request can commit, through the real command line."""

from __future__ import annotations

import json
import re
import sys
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from subprocess import run
from typing import TYPE_CHECKING, Final

import pytest

from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from imagelock.lockfile.reader import read
from imagelock.report.formats import FORMATS
from tests.automation.test_hooks import git
from tests.conftest import AMD64, ARM64
from tests.support.locked import save
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run

NAMES: Final = (
    "::error::owned",
    "a\n::set-output name=x::y",
    "\x1b]0;title\x07",
    "\x1b[2Jclear",
    "\u202egnp",
    "\u2066isolate\u2069",
    "<script>alert(1)<",
    "[link](javascript:alert(1))",
    "`code`",
    '"quoted" & <b>',
    "%0A::warning::x",
    "a|b|c",
    "]]>",
    "##[add-mask]x",
    "###[add-mask]x",
    "##vso[task.setvariable variable=PATH]x",
    "##teamcity[testStarted name='x']",
    " ::stop-commands::x",
)
CODE_SPAN: Final = re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)")
CONTROLS: Final = {*map(chr, range(32)), "\x7f", "\u202e", "\u2066", "\u2069"} - {"\n"}
CYCLES: Final = {
    "include": {
        "compose.yaml": "include: [b.yaml]\n",
        "b.yaml": "include: [compose.yaml]\n",
    },
    "extends": {
        "compose.yaml": "services:\n  a: {extends: {service: b}}\n"
        "  b: {extends: {service: a}}\n  c: {image: 'x:1'}\n"
    },
    "inherits": {
        "docker-bake.hcl": 'target "a" { inherits = ["b"] }\n'
        'target "b" { inherits = ["a"] }\n'
    },
    "kustomize": {
        "a/kustomization.yaml": "resources: [../b]\nimages: [{name: x, newTag: '1'}]\n",
        "b/kustomization.yaml": "resources: [../a]\nimages: [{name: x, newTag: '2'}]\n",
    },
    "env": {"compose.yaml": "services: {a: {image: 'x:$A'}}\n", ".env": "A=$B\nB=$A\n"},
    "gitlab": {
        ".gitlab-ci.yml": "include: [{local: /b.yml}]\na: {extends: c, script: [x]}\n",
        "b.yml": "include: [{local: /.gitlab-ci.yml}]\nc: {extends: a}\n",
    },
    "links": {"compose.yaml": "services: {a: {image: 'x:1'}}\n"},
}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")
@pytest.mark.parametrize("format_", ["text", *FORMATS])
def test_names_of_files_are_text_in_every_format(
    project: Path, imagelock: Run, format_: str
) -> None:
    for name in NAMES:
        (project / f"{name}.yaml".replace("/", "")).write_text(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n"
            "spec: {containers: [{name: a, image: 'x:1'}]}\n"
        )

    result = imagelock("verify", "--offline", "--format", format_)

    assert result.exit_code == 1
    assert not CONTROLS & {*result.out}, result.out
    if format_ == "markdown":
        outside = CODE_SPAN.sub("", result.out)
        assert "javascript:" not in outside
        assert "<script" not in outside
    assert not re.search(r"##[a-z]*\[", result.out)
    starts = ("::error::owned", "::set-", "::stop-")
    lines = map(str.strip, result.out.splitlines())
    assert not [line for line in lines if line.startswith(starts)]
    if format_ in {"json", "sarif", "gitlab"}:
        json.loads(result.out)
    if format_ == "junit":
        ET.fromstring(result.out)  # noqa: S314 - it is our own


@pytest.mark.parametrize("kind", CYCLES)
def test_files_that_refer_to_each_other_end(
    project: Path, imagelock: Run, kind: str
) -> None:
    for name, text in CYCLES[kind].items():
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text(text)
    if kind == "links":
        (project / "loop").symlink_to(project)

    assert imagelock("verify", "--offline").exit_code in {0, 1}
    assert imagelock("list").exit_code == 0


def test_a_file_that_is_named_like_a_revision_is_not_compared_in_its_place(
    project: Path, imagelock: Run
) -> None:
    git(project, "init", "-q", "-b", "main")
    save(project, "nginx:1")
    git(project, "add", "-A")
    git(project, "commit", "-q", "-m", "start")
    save(project, "nginx:1", "evil:1")
    (project / "main").write_bytes((project / "images.lock").read_bytes())
    (project / "old").write_bytes((project / "images.lock").read_bytes())

    result = imagelock("diff", "main")

    assert result.exit_code == 2
    assert "error: `main` is a file and a revision" in result.err
    assert "evil:1" in imagelock("diff", "main^0").out
    assert "evil:1" not in imagelock("diff", "./main").out
    assert imagelock("diff", "old").exit_code == 0


def test_settings_of_other_programs_in_the_tree_are_not_read(
    project: Path, imagelock: Run
) -> None:
    git(project, "init", "-q")
    evil = MemoryRegistry()
    good = MemoryRegistry()
    good.push_image("library/nginx", "1", [AMD64, ARM64])
    with serve(evil) as evil_address, serve(good) as address:
        host = evil_address.removeprefix("http://")
        for folder in (
            ".",
            "etc/containers",
            ".config/containers",
            "certs.d/docker.io",
        ):
            (project / folder).mkdir(parents=True, exist_ok=True)
            (project / folder / "registries.conf").write_text(
                f'[[registry]]\nprefix = "docker.io"\nlocation = "{host}"\n'
                "insecure = true\n"
            )
            (project / folder / "hosts.toml").write_text(
                f'server = "{evil_address}"\n[host."{evil_address}"]\n'
            )
        (project / ".docker").mkdir()
        (project / ".docker" / "config.json").write_text(
            '{"credsStore": "evil", "auths": {"docker.io": {"auth": "YTpi"}}}'
        )
        configure(project, address)
        (project / "compose.yaml").write_text("services: {a: {image: nginx:1}}\n")
        result = imagelock("lock")

    assert result.exit_code == 0, result
    assert evil.log == []


@pytest.mark.slow
def test_eight_runs_at_once_write_the_right_lockfile(
    project: Path, imagelock: Run
) -> None:
    registry = MemoryRegistry()
    for number in range(60):
        registry.push_image(
            f"library/a{number}", "1", [AMD64, ARM64], salts=str(number)
        )
    services = "".join(f"  s{n}: {{image: 'a{n}:1'}}\n" for n in range(60))
    (project / "compose.yaml").write_text(f"services:\n{services}")
    command = [sys.executable, "-m", "imagelock", "lock"]
    with serve(registry) as address, ThreadPoolExecutor(8) as threads:
        configure(project, address)
        runs = [
            threads.submit(run, command, check=False, capture_output=True)
            for _ in range(8)
        ]
        codes = [done.result().returncode for done in runs]
        assert imagelock("verify").exit_code == 0

    assert codes == [0] * 8
    assert len(read((project / "images.lock").read_text()).images) == 60
