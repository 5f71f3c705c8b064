"""Every format, for a project where five of twelve images have problems."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from imagelock.cli.format_names import CHANGES_FORMATS, FINDINGS_FORMATS
from imagelock.demo.images import make_image
from imagelock.model.change import ChangeKind
from imagelock.report.formats import FORMATS
from imagelock.version import __version__
from tests.cli.test_commands import masked
from tests.conftest import AMD64, ARM64, Run
from tests.support.commits import commit
from tests.support.mirrored import configure
from tests.support.publishing import Build, index

if TYPE_CHECKING:
    from syrupy.assertion import SnapshotAssertion

    from imagelock.demo.registry import MemoryRegistry

FIRST = datetime(2025, 3, 1, 12, tzinfo=UTC)
BOTH = [AMD64, ARM64]
STILL = [f"acme/still-{number}" for number in range(1, 6)]
NEWER = {
    "acme/minor": ("1.4.0", "1.5.1"),
    "acme/patch": ("2.0.1-alpine3.22", "2.0.3-alpine3.22"),
}
"""Images by name: the tag in the files, and a newer tag that is pushed later."""
TROUBLE = [
    "acme/shop",
    "acme/cache",
    "acme/rolled",
    "acme/vanished",
    "quay.io/acme/lost",
]
ROOT = Path(__file__).parents[2]
SCHEMA = Path(__file__).parents[1] / "schemas" / "sarif-schema-2.1.0.json"


def shop(version: str, revision: str, layers: tuple[str, ...]) -> Build:
    name = "org.opencontainers.image"
    words = {
        f"{name}.version": version,
        f"{name}.revision": revision,
        f"{name}.source": "https://github.com/acme/shop",
        f"{name}.created": f"2026-0{version[-1]}-01T00:00:00Z",
        f"{name}.base.name": "docker.io/library/debian:13",
    }
    return Build(layers=layers, annotations=words)


@pytest.fixture
def troubled(project: Path, hub: MemoryRegistry, address: str, imagelock: Run) -> Path:
    """A project with twelve locked images; then the world moves."""
    tags = dict.fromkeys([*STILL, *TROUBLE], "1")
    tags |= {name: old for name, (old, _) in NEWER.items()}
    services = "".join(
        f"  {name.rpartition('/')[2]}:\n    image: {name}:{tag}\n"
        for name, tag in tags.items()
    )
    (project / "compose.yaml").write_text(f"services:\n{services}")
    configure(project, address)
    config = project / "imagelock.toml"
    alive = config.read_text() + '\n[registries."quay.io"]\n'
    config.write_text(f'{alive}mirror = "{address}"\nresolve-from-mirror = true\n')
    for name, tag in tags.items():
        hub.push_image(name.removeprefix("quay.io/"), tag, BOTH, salts=name)
    old = shop("1.0", "a" * 40, ("base", "libraries", "app 1"))
    hub.push("acme/shop", "1", index(BOTH, old))
    imagelock("lock")
    commit(project, {}, FIRST, "lock")
    hub.push_image("acme/rolled", "1", BOTH, salts="a bad idea")
    imagelock("update")
    commit(project, {}, FIRST + timedelta(days=9), "lock")

    new = shop("1.1", "b" * 40, ("base", "libraries", "app 2", "more"))
    hub.push("acme/shop", "1", index(BOTH, new))
    hub.push("acme/cache", "1", make_image(BOTH, salts="acme/cache", attested=True))
    hub.push_image("acme/rolled", "1", BOTH, salts="acme/rolled")
    hub.delete("acme/vanished", "1")
    for name, (_, newer) in NEWER.items():
        hub.push_image(name, newer, BOTH, salts=newer)
    config.write_text(
        f'{alive}mirror = "http://127.0.0.1:9"\nresolve-from-mirror = true\n'
    )
    return project


def masked_output(run: Run, *arguments: str) -> str:
    """Return the output, without the ports that differ from run to run."""
    return masked(run(*arguments).out)


def without_assets(html: str) -> str:
    """Return *html* without the style and the script that every page has.

    The ids of commits are left out, too: the files in them name a port.
    """
    html = re.sub(r"<(style|script)>.*?</\1>", r"<\1></\1>", html, flags=re.DOTALL)
    html = re.sub(r"<code>[0-9a-f]{12}</code>", "<code>COMMIT</code>", html)
    return re.sub(r"sha256-[\w+/]{43}=", "sha256-HASH", html)


@pytest.mark.parametrize("output", FINDINGS_FORMATS)
def test_findings(
    troubled: Path, imagelock: Run, snapshot: SnapshotAssertion, output: str
) -> None:
    result = imagelock("verify", "--format", output)

    assert result.exit_code == 1
    out = without_assets(masked(result.out)).replace(__version__, "VERSION")
    assert out == snapshot


@pytest.mark.parametrize("output", CHANGES_FORMATS)
def test_changes(
    troubled: Path, imagelock: Run, snapshot: SnapshotAssertion, output: str
) -> None:
    before = (troubled / "images.lock").read_bytes()

    result = imagelock("update", "--dry-run", "--format", output)

    assert result.exit_code == 1
    out = without_assets(masked(result.out)).replace(__version__, "VERSION")
    assert out == snapshot
    assert "-" if output == "text" else "acme/shop:1" in result.out
    assert (troubled / "images.lock").read_bytes() == before


def test_newer_tags(
    troubled: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    """Twelve images: what moved, what is newer, what vanished, what cannot be asked."""
    result = imagelock("outdated")

    assert result.exit_code == 3
    assert masked(result) == snapshot
    listed = json.loads(imagelock("outdated", "--format", "json").out)["images"]
    newer = {
        image["reference"]: (image["patch"], image["minor"], image["major"])
        for image in listed
        if image["patch"] or image["minor"] or image["major"]
    }
    assert newer == {
        "docker.io/acme/minor:1.4.0": (None, "1.5.1", None),
        "docker.io/acme/patch:2.0.1-alpine3.22": ("2.0.3-alpine3.22", None, None),
    }


def test_a_pull_request_that_takes_newer_tags(
    troubled: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    body = masked(imagelock("update", "--bump", "minor", "--format", "markdown").out)

    assert "### 2 images moved, 1 newer patch, 1 newer minor\n" in body
    assert body == snapshot
    assert "acme/minor:1.5.1" in (troubled / "compose.yaml").read_text()
    assert "acme/patch:2.0.3-alpine" in (troubled / "compose.yaml").read_text()


def test_a_second_update_changes_nothing(troubled: Path, imagelock: Run) -> None:
    imagelock("update")

    again = imagelock("update", "--format", "markdown").out

    assert "### Nothing changed" in again
    assert "acme/shop" not in again


def test_the_page_shows_real_output(troubled: Path, imagelock: Run) -> None:
    page = (ROOT / "docs/reference/formats.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```console\n\$ imagelock (.*)\n((?:.|\n)*?)```", page)

    assert len(blocks) == 4
    for command, output in blocks:
        assert masked_output(imagelock, *command.split()) == output


def test_every_format_is_documented() -> None:
    page = (ROOT / "docs/reference/formats.md").read_text(encoding="utf-8")

    for name in FORMATS:
        assert f"\n| `{name}` | yes |" in page
    for kind in ChangeKind:
        assert f"`{kind.value}`" in page


def test_every_format_is_offered() -> None:
    names = {"text", *FORMATS}
    with_changes = {name for name, reporter in FORMATS.items() if reporter.changes}

    assert set(FINDINGS_FORMATS) == names
    assert set(CHANGES_FORMATS) == {"text", *with_changes}


def test_sarif_is_valid(troubled: Path, imagelock: Run, tmp_path: Path) -> None:
    log = tmp_path / "log.sarif"
    log.write_text(imagelock("verify", "--format", "sarif").out)

    check = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--schemafile", str(SCHEMA), str(log)],
        check=False, capture_output=True, text=True,
    )  # fmt: skip

    assert check.returncode == 0, check.stdout


def test_sarif_points_at_its_rules(troubled: Path, imagelock: Run) -> None:
    [run] = json.loads(imagelock("verify", "--format", "sarif").out)["runs"]

    rules = run["tool"]["driver"]["rules"]
    assert {rules[r["ruleIndex"]]["id"] == r["ruleId"] for r in run["results"]} == {
        True
    }
    source = (troubled / "compose.yaml").read_bytes()
    for result in run["results"]:
        region = result["locations"][0]["physicalLocation"]["region"]
        start, length = region["byteOffset"], region["byteLength"]
        line = source.splitlines()[region["startLine"] - 1]
        text = source[start : start + length]
        assert line[region["startColumn"] - 1 :] == text
        assert text.endswith(b":1")


@pytest.mark.parametrize("output", ["sarif", "gitlab"])
def test_fingerprints_do_not_move_with_lines(
    troubled: Path, imagelock: Run, output: str
) -> None:
    before = marks(imagelock("verify", "--format", output).out)
    compose = troubled / "compose.yaml"
    compose.write_text(f"# a\n# b\n{compose.read_text()}")

    after = marks(imagelock("verify", "--format", output).out)

    assert before == after
    assert len(set(before)) == len(before) == 5


def marks(out: str) -> list[str]:
    document = json.loads(out)
    if isinstance(document, list):
        return [issue["fingerprint"] for issue in document]
    results = document["runs"][0]["results"]
    return [result["partialFingerprints"]["imagelock/v1"] for result in results]


def test_junit_counts_its_cases(troubled: Path, imagelock: Run) -> None:
    suites = ET.fromstring(imagelock("verify", "--format", "junit").out)  # noqa: S314

    suite = suites[0]
    cases = {case.get("name"): [child.tag for child in case] for case in suite}
    assert suite.attrib == {
        "name": "imagelock",
        "tests": "5",
        "failures": "3",
        "errors": "1",
        "skipped": "1",
    }
    assert cases["drift: acme/shop:1"] == ["failure"]
    assert cases["could-not-check: quay.io/acme/lost:1"] == ["error"]
    assert cases["index-drift: acme/cache:1"] == ["skipped"]


def test_a_lock_that_agrees_is_one_test_that_passes(
    project: Path, address: str, imagelock: Run
) -> None:
    configure(project, address)
    (project / "Dockerfile").write_text("FROM nginx:1.27\n")
    imagelock("lock")

    suites = ET.fromstring(imagelock("verify", "--format", "junit").out)  # noqa: S314

    assert suites[0].get("tests") == "1"
    assert suites[0].get("failures") == "0"
    assert list(suites[0][0]) == []


def test_the_body_of_a_request_names_the_lock(troubled: Path, imagelock: Run) -> None:
    imagelock("update")

    body = imagelock("diff", "HEAD", "--format", "markdown").out

    lockfile = (troubled / "images.lock").read_bytes()
    assert body.startswith(
        f"<!-- imagelock: sha256:{sha256(lockfile).hexdigest()} -->\n"
    )


@pytest.fixture
def twice(
    project: Path, hub: MemoryRegistry, address: str, imagelock: Run
) -> list[tuple[str, int]]:
    """A project that uses an image, which moved, in two files and three places."""
    image = "acme/side:v2"
    (project / "compose.yaml").write_text(
        f"services:\n  a:\n    image: {image}\n  b:\n    image: {image}\n"
    )
    (project / "Dockerfile").write_text(f"FROM {image}\n")
    configure(project, address)
    imagelock("lock")
    hub.push_image("acme/side", "v2", BOTH, salts="other")
    return [("Dockerfile", 1), ("compose.yaml", 3), ("compose.yaml", 5)]


def test_annotations_stand_at_every_use(
    twice: list[tuple[str, int]], imagelock: Run
) -> None:
    github = imagelock("verify", "--format", "github").out
    gitlab = json.loads(imagelock("verify", "--format", "gitlab").out)
    [run] = json.loads(imagelock("verify", "--format", "sarif").out)["runs"]

    annotations = re.findall(r"^::error file=(.*?),line=(\d+),", github, re.MULTILINE)
    assert [(path, int(line)) for path, line in annotations] == twice
    places = [issue["location"] for issue in gitlab]
    assert [(place["path"], place["lines"]["begin"]) for place in places] == twice
    assert len({issue["fingerprint"] for issue in gitlab}) == 3
    physical = [r["locations"][0]["physicalLocation"] for r in run["results"]]
    uses = [(p["artifactLocation"]["uri"], p["region"]["startLine"]) for p in physical]
    assert uses == twice


def test_a_finding_names_its_other_places(
    twice: list[tuple[str, int]], imagelock: Run
) -> None:
    text = imagelock("verify").out
    body = imagelock("verify", "--format", "markdown").out
    [finding] = json.loads(imagelock("verify", "--format", "json").out)["findings"]
    suites = ET.fromstring(imagelock("verify", "--format", "junit").out)  # noqa: S314

    assert text.count("(and 2 other places)") == 1
    assert text.count("[drift]") == 1
    assert body.count("(and 2 other places)") == 1
    assert [(place["file"], place["line"]) for place in finding["also"]] == twice[1:]
    [case] = suites[0]
    assert (case[0].text or "").count("error: `acme/side:v2`") == 3
