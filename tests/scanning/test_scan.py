"""`imagelock scan --report`, from the command line."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from imagelock.commands.scanning import scan_reports
from imagelock.scanning.reports import report_object
from tests.scanning.conftest import (
    ALP,
    ALP_OLD,
    APP,
    APP_V1,
    EMPTY,
    EMPTY_IMAGE,
    SAMPLES,
    V1_AMD64,
    V1_ARM64,
    V2_AMD64,
    entry,
    lock,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from tests.conftest import Result, Run
    from tests.scanning.conftest import Report

ONLY = ("--severity", "critical")
TIMES = re.compile(r'"database": "20[^"]+"')


def parsed(output: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(output)
    return document


@pytest.mark.parametrize("tool", ["trivy", "grype", "clair"])
def test_what_each_tool_finds(
    shop: Path, imagelock: Run, report: Report, snapshot: SnapshotAssertion, tool: str
) -> None:
    assert (
        imagelock("scan", "--report", report(f"{tool}/app_v1_amd64.json")) == snapshot
    )


def test_what_scout_finds(
    shop: Path, imagelock: Run, report: Report, snapshot: SnapshotAssertion
) -> None:
    """Its reports name no digest, so that the user has to."""
    option = report("scout/app_v1_amd64.sarif.json")

    assert imagelock("scan", "--report", option) == snapshot
    assert imagelock("scan", "--report", f"{option}@{V1_AMD64}") == snapshot


@pytest.mark.parametrize(
    "format_", ["json", "jsonl", "sarif", "markdown", "github", "gitlab", "junit"]
)
def test_formats(
    shop: Path,
    imagelock: Run,
    report: Report,
    snapshot: SnapshotAssertion,
    format_: str,
) -> None:
    result = imagelock(
        *("scan", "--severity", "high", "--format", format_),
        *("--report", report("grype/app_v1_amd64.json")),
    )

    assert result._replace(out=TIMES.sub('"database": "…"', result.out)) == snapshot


def test_the_json_is_the_contract(shop: Path, imagelock: Run, report: Report) -> None:
    option = report("trivy/app_v1_amd64.json")

    document = parsed(imagelock("scan", "--format", "json", "--report", option).out)

    assert document["version"] == 1
    (image,) = document["images"]
    assert {
        key: image[key]
        for key in ("reference", "platform", "digest", "outcome", "scanner")
    } == {
        "reference": APP,
        "platform": "linux/amd64",
        "digest": V1_AMD64,
        "outcome": "vulnerable",
        "scanner": "trivy",
    }
    assert "database" in image
    curl = next(v for v in image["vulnerabilities"] if v["package"] == "curl")
    assert {
        key: curl[key]
        for key in ("id", "severity", "package", "installed", "fixed", "exploited")
    } == {
        "id": "CVE-2023-38545",
        "severity": "critical",
        "package": "curl",
        "installed": "7.88.1-10",
        "fixed": ["7.88.1-10+deb12u4"],
        "exploited": None,
    }


def test_a_report_can_be_written_while_another_is_read(
    shop: Path, imagelock: Run, report: Report
) -> None:
    option = report("trivy/app_v1_amd64.json")

    result = imagelock("scan", "--report", option, "--report", "sarif=out.sarif")

    assert result.exit_code == 1
    (run,) = json.loads((shop / "out.sarif").read_text())["runs"]
    assert len(run["results"]) == 13


def test_sarif_is_valid_and_names_the_lines(
    shop: Path, imagelock: Run, report: Report
) -> None:
    option = report("trivy/app_v1_amd64.json")

    (run,) = parsed(imagelock("scan", "--format", "sarif", "--report", option).out)[
        "runs"
    ]
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    results = run["results"]

    assert [r["ruleId"] for r in results] == [
        run["tool"]["driver"]["rules"][r["ruleIndex"]]["id"] for r in results
    ]
    assert rules["CVE-2023-38545"]["properties"]["security-severity"] == "9.8"
    # CVSS has 10.0, and Debian rates it low.
    assert rules["CVE-2005-2541"]["properties"]["security-severity"] == "2.0"
    for result in results:
        (place,) = result["locations"]
        (other,) = result["relatedLocations"]
        assert place["physicalLocation"]["artifactLocation"]["uri"] == "compose.yaml"
        assert place["physicalLocation"]["region"]["startLine"] == 3
        assert other["physicalLocation"]["region"]["startLine"] == 5
    prints = [r["partialFingerprints"]["imagelock/v1"] for r in results]
    assert len(set(prints)) == len(results) == 13


def test_fingerprints_survive_a_rebuild(
    shop: Path, imagelock: Run, report: Report
) -> None:
    def prints(option: str) -> dict[str, str]:
        run = parsed(imagelock("scan", "--format", "sarif", "--report", option).out)
        results = run["runs"][0]["results"]
        return {r["ruleId"]: r["partialFingerprints"]["imagelock/v1"] for r in results}

    before = prints(report("trivy/app_v1_amd64.json"))
    (shop / "images.lock").write_text(lock(entry(APP, APP_V1, amd64=V2_AMD64)))
    (shop / "compose.yaml").write_text(f"# new\nservices:\n  x:\n    image: {APP}\n")
    after = prints(report("trivy/app_v2_amd64.json"))

    common = before.keys() & after.keys()
    assert len(common) == 5
    assert {name: before[name] for name in common} == {
        name: after[name] for name in common
    }


def test_a_platform_without_a_report_is_not_clean(
    shop: Path, imagelock: Run, report: Report, snapshot: SnapshotAssertion
) -> None:
    platforms = '"linux/amd64", "linux/arm64/v8"'
    (shop / "imagelock.toml").unlink()
    (shop / "images.lock").write_text(
        lock(entry(APP, APP_V1, amd64=V1_AMD64, arm64=V1_ARM64), platforms=platforms)
    )
    amd64, arm64 = report("trivy/app_v1_amd64.json"), report("trivy/app_v1_arm64.json")

    assert imagelock("scan", *ONLY, "--report", amd64) == snapshot
    assert imagelock("scan", *ONLY, "--report", amd64, "--report", arm64) == snapshot


def test_could_not_scan_is_3_if_nothing_worse_was_found(
    shop: Path, imagelock: Run, report: Report
) -> None:
    (shop / "images.lock").write_text(
        lock(entry(APP, APP_V1, amd64=V1_AMD64), entry(EMPTY_IMAGE, EMPTY, amd64=EMPTY))
    )

    nothing = imagelock("scan", "--report", report("trivy/empty_amd64.json"))
    worse = imagelock("scan", "--report", report("trivy/app_v1_amd64.json"))

    assert nothing.exit_code == 3
    assert worse.exit_code == 1


@pytest.mark.parametrize("tool", ["trivy", "grype", "clair"])
def test_an_image_without_packages_is_not_clean(
    project: Path, imagelock: Run, report: Report, tool: str
) -> None:
    (project / "compose.yaml").write_text(
        f"services:\n  e:\n    image: {EMPTY_IMAGE}\n"
    )
    (project / "images.lock").write_text(lock(entry(EMPTY_IMAGE, EMPTY, amd64=EMPTY)))
    option = report(f"{tool}/empty_amd64.json")

    text = imagelock("-v", "scan", "--report", option)
    document = parsed(imagelock("scan", "--format", "json", "--report", option).out)

    assert text.exit_code == 0
    assert "nothing was compared" in text.out
    assert "[nothing-to-scan]" in text.out
    assert document["images"][0]["outcome"] == "nothing-to-scan"


def test_an_image_without_vulnerabilities_is_clean(
    shop: Path, imagelock: Run, report: Report, snapshot: SnapshotAssertion
) -> None:
    def without(document: dict[str, Any]) -> None:
        for result in document["Results"]:
            del result["Vulnerabilities"]

    option = report("trivy/app_v1_amd64.json", without)

    assert imagelock("scan", "--report", option) == snapshot


def test_the_end_of_a_distribution_does_not_look_clean(
    project: Path, imagelock: Run, report: Report, snapshot: SnapshotAssertion
) -> None:
    (project / "compose.yaml").write_text(f"services:\n  a:\n    image: {ALP}\n")
    (project / "images.lock").write_text(lock(entry(ALP, ALP_OLD, amd64=ALP_OLD)))
    option = report("trivy/alp_3.18.2_amd64.json")
    arguments = (
        "scan",
        "--only-exploited",
        "--severity",
        "critical",
        "--report",
        option,
    )

    assert imagelock(*arguments) == snapshot
    (project / "imagelock.toml").write_text("[policy]\nend-of-life = true\n")
    assert imagelock(*arguments) == snapshot


@pytest.mark.parametrize(
    ("options", "code", "names"),
    [
        (("--severity", "critical"), 1, {"CVE-2023-38545"}),
        (("--severity", "high", "--fail-on", "critical"), 1, None),
        (("--only-exploited",), 1, {"CVE-2023-4911"}),
        (("--only-exploited", "--fail-on", "critical"), 0, {"CVE-2023-4911"}),
        (("--ignore-unfixed", "--severity", "low"), 1, None),
    ],
)
def test_what_counts(
    shop: Path,
    imagelock: Run,
    report: Report,
    options: tuple[str, ...],
    code: int,
    names: set[str] | None,
) -> None:
    option = report("grype/app_v1_amd64.json")
    arguments = ("scan", *options, "--report", option)

    document = parsed(imagelock(*arguments, "--format", "json").out)
    found = {v["id"] for v in document["images"][0]["vulnerabilities"]}

    assert imagelock(*arguments).exit_code == code
    assert names is None or found == names
    assert "CVE-2005-2541" not in found  # low and without a fix


def test_what_is_unknown_is_no_no(shop: Path, imagelock: Run, report: Report) -> None:
    """Trivy does not know what is exploited, so that nothing can be left out."""
    option = report("trivy/app_v1_amd64.json")

    result = imagelock(
        "scan", "--only-exploited", "--format", "json", "--report", option
    )

    assert result.exit_code == 1
    assert len(parsed(result.out)["images"][0]["vulnerabilities"]) == 20


def test_settings_are_the_defaults(shop: Path, imagelock: Run, report: Report) -> None:
    (shop / "imagelock.toml").write_text(
        'platforms = ["linux/amd64"]\n[scan]\nseverity = "high"\nfail-on = "critical"\n'
        "ignore-unfixed = true\n"
    )
    option = report("grype/app_v2_amd64.json")

    before = imagelock("scan", "--report", option)
    (shop / "images.lock").write_text(lock(entry(APP, APP_V1, amd64=V2_AMD64)))
    after = imagelock("scan", "--report", option)
    stricter = imagelock("scan", "--fail-on", "high", "--report", option)

    assert before.exit_code == 3
    assert after.exit_code == 0
    assert "warning: " in after.out
    assert "CVE-2023-4863" in after.out
    assert "CVE-2005-2541" not in after.out
    assert stricter.exit_code == 1


def accept(**fields: object) -> str:
    lines = "".join(f"{key} = {value}\n" for key, value in fields.items())
    return f"\n[[scan.accept]]\n{lines}"


def test_vulnerabilities_can_be_accepted(
    shop: Path, imagelock: Run, report: Report, snapshot: SnapshotAssertion
) -> None:
    later, earlier = datetime.now(UTC).date() + timedelta(9), date(2024, 5, 1)
    ghsa = '"GHSA-v845-jxx5-vc9f"'
    (shop / "imagelock.toml").write_text(
        'platforms = ["linux/amd64"]\n[scan]\nseverity = "high"\n'
        + accept(id='"CVE-2023-38545"', reason='"no SOCKS"', until=later)
        + accept(id=ghsa, reason='"only inside"', image='"registry.acme.example/**"')
        + accept(id='"CVE-2023-4911"', reason='"soon"', until=earlier)
        + accept(id='"CVE-2023-5363"', reason='"x"', image='"ghcr.io"')
        + accept(id='"CVE-1999-0001"', reason='"forgotten"')
    )
    option = report("grype/app_v1_amd64.json")

    assert imagelock("-v", "scan", "--report", option) == snapshot


def test_an_acceptance_is_only_stale_if_everything_was_scanned(
    shop: Path, imagelock: Run, report: Report
) -> None:
    (shop / "imagelock.toml").write_text(
        'platforms = ["linux/amd64"]\n' + accept(id='"CVE-1999-0001"', reason='"x"')
    )
    v1, v2 = report("trivy/app_v1_amd64.json"), report("trivy/app_v2_amd64.json")

    assert "[stale-acceptance]" in imagelock("-v", "scan", "--report", v1).out
    assert "[stale-acceptance]" not in imagelock("-v", "scan", "--report", v2).out
    named = imagelock("-v", "scan", APP, "--report", v1)
    assert "[stale-acceptance]" not in named.out


def test_comments_and_rules_of_the_settings(
    shop: Path, imagelock: Run, report: Report
) -> None:
    option = report("trivy/app_v1_amd64.json")
    comment = "# imagelock: ignore[vulnerability]"
    (shop / "compose.yaml").write_text(
        f"services:\n  web:\n    image: {APP} {comment}\n  w:\n    image: {APP}\n"
    )

    elsewhere = imagelock("scan", "--report", option)
    (shop / "compose.yaml").write_text(
        f"services:\n  web:\n    image: {APP} {comment}\n"
    )
    ignored = imagelock("scan", "--report", option)
    (shop / "compose.yaml").write_text(f"services:\n  web:\n    image: {APP}\n")
    (shop / "imagelock.toml").write_text(
        'platforms = ["linux/amd64"]\n[rules]\nvulnerability = "warning"\n'
    )
    warning = imagelock("scan", "--report", option)

    assert elsewhere.exit_code == 1
    assert elsewhere.out.startswith("compose.yaml:5:12: error: ")
    assert ignored.exit_code == 0
    assert warning.exit_code == 0
    assert warning.out.startswith("compose.yaml:3:12: warning: ")


def test_an_image_that_is_not_locked_was_not_scanned(
    shop: Path, imagelock: Run, report: Report, snapshot: SnapshotAssertion
) -> None:
    with (shop / "compose.yaml").open("a") as file:
        file.write("  cache:\n    image: redis:7\n")

    assert (
        imagelock("scan", *ONLY, "--report", report("trivy/app_v1_amd64.json"))
        == snapshot
    )


def test_a_locked_image_that_no_file_uses_is_at_its_entry(
    shop: Path, imagelock: Run, report: Report
) -> None:
    (shop / "compose.yaml").write_text("services: {}\n")
    option = report("trivy/app_v1_amd64.json")

    result = imagelock("scan", "--report", option)

    assert result.out.startswith("images.lock:5:1: error: ")


def test_two_tags_with_the_same_content(
    shop: Path, imagelock: Run, report: Report
) -> None:
    other = APP.replace(":v1", ":stable")
    with (shop / "compose.yaml").open("a") as file:
        file.write(f"  other:\n    image: {other}\n")
    (shop / "images.lock").write_text(
        lock(entry(other, APP_V1, amd64=V1_AMD64), entry(APP, APP_V1, amd64=V1_AMD64))
    )

    result = imagelock("scan", "--report", report("trivy/app_v1_amd64.json"))

    assert result.out.count("[vulnerability]") == 2
    assert "2 images (1 manifest) scanned with trivy" in result.out


def test_two_tools_about_the_same_image(
    shop: Path, imagelock: Run, report: Report
) -> None:
    trivy, grype = report("trivy/app_v1_amd64.json"), report("grype/app_v1_amd64.json")

    result = imagelock("scan", "--report", trivy, "--report", grype)

    assert "1 image (1 manifest) scanned with grype and trivy" in result.out
    assert "13 vulnerabilities" in result.out


def test_nothing_is_locked(project: Path, imagelock: Run, report: Report) -> None:
    (project / "compose.yaml").write_text(f"services:\n  a:\n    image: {APP}\n")

    result = imagelock("scan", "--report", report("trivy/app_v1_amd64.json"))

    assert "nothing was compared: `images.lock` does not exist" in result.out
    assert "nothing was scanned" in result.out


# Bad reports


WHOLE = (SAMPLES / "trivy/app_v1_amd64.json").read_bytes()
FALLBACK = b'{"runs":[{"results":[],"tool":{"driver":{"rules":[]}}}]}'
"""What scripts print in place of a report when the scanner fails."""
BAD: dict[str, tuple[str, bytes]] = {
    "half": ("trivy:report.json", WHOLE[: len(WHOLE) // 2]),
    "empty": ("trivy:report.json", b""),
    "an error in words": ("trivy:report.json", b"FATAL: unable to open the database\n"),
    "old": ("trivy:report.json", re.sub(b'"2026-11-[^"]+"', b'"2024-05-01"', WHOLE)),
    "another tool": ("grype:report.json", WHOLE),
    "fallback": (f"scout:report.json@{V1_AMD64}", FALLBACK),
    "no runs": (f"scout:report.json@{V1_AMD64}", b'{"runs": []}'),
    "escapes": ("trivy:report.json", b"\x1b[2J\n::error::x\n"),
    "of something else": (
        "trivy:report.json",
        WHOLE.replace(b"container_image", b"filesystem"),
    ),
}


def assert_not_clean(result: Result, snapshot: SnapshotAssertion) -> None:
    out = re.sub(r"\d+ days ago", "N days ago", result.out)

    assert result.exit_code == 3
    assert str(result._replace(out=out)) == snapshot


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_no_report_is_not_clean(
    shop: Path, imagelock: Run, snapshot: SnapshotAssertion, name: str
) -> None:
    option, content = BAD[name]
    (shop / "report.json").write_bytes(content)

    assert_not_clean(imagelock("scan", "--report", option), snapshot)


def with_digests(*names: str) -> Callable[[dict[str, Any]], object]:
    return lambda document: document["Metadata"].update(RepoDigests=list(names))


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("trivy/app_v2_amd64.json", with_digests(f"acme/app@{V2_AMD64}")),
        ("trivy/app_v1_amd64.json", with_digests(f"acme/app@{APP_V1}")),
        ("trivy/app_v1_amd64.json", with_digests()),
    ],
    ids=["another", "index", "none"],
)
def test_a_report_about_another_digest_is_not_clean(
    shop: Path,
    imagelock: Run,
    report: Report,
    snapshot: SnapshotAssertion,
    name: str,
    change: Callable[[dict[str, Any]], object],
) -> None:
    option = report(name, change)

    assert_not_clean(imagelock("scan", "--report", option), snapshot)


def test_a_folder_is_no_report(
    shop: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    (shop / "folder").mkdir()
    options = ("--report", "trivy:folder", "--report", "trivy:missing.json")

    assert_not_clean(imagelock("scan", *options), snapshot)


def test_no_more_of_a_gigabyte_is_read_than_is_allowed(
    shop: Path,
    imagelock: Run,
    snapshot: SnapshotAssertion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for module in (scan_reports, report_object):
        monkeypatch.setattr(module, "LARGEST_REPORT", 1000)
    with (shop / "report.json").open("wb") as file:
        file.truncate(2**30)

    assert_not_clean(imagelock("scan", "--report", "trivy:report.json"), snapshot)


def test_a_report_about_another_digest_than_the_user_says(
    shop: Path, imagelock: Run, report: Report
) -> None:
    option = report("trivy/app_v1_amd64.json")

    result = imagelock("scan", "--report", f"{option}@{EMPTY}")

    assert result.exit_code == 3
    assert f"it is about {V1_AMD64}, not {EMPTY}" in result.out


@pytest.mark.parametrize(
    "option",
    ["report.json", "trivy:", "trivvy:x.json", "trivy:x@sha256:12", "nothing=x"],
)
def test_options_that_are_no_report(
    shop: Path, imagelock: Run, snapshot: SnapshotAssertion, option: str
) -> None:
    result = imagelock("scan", "--report", option)

    assert result.exit_code == 2
    assert str(result) == snapshot


@pytest.mark.parametrize("format_", ["text", "json", "sarif", "markdown", "github"])
def test_escapes_of_a_report_are_shown_nowhere(
    shop: Path, imagelock: Run, report: Report, format_: str
) -> None:
    evil = "\x1b[2J\x1b]0;evil\x07\n::error::owned\n##vso[task]\u202e<img src=x>|"

    def attack(document: dict[str, Any]) -> None:
        rows = document["Results"][0]["Vulnerabilities"]
        rows[0] |= dict.fromkeys(
            (
                *("VulnerabilityID", "PkgName", "InstalledVersion", "FixedVersion"),
                *("Title", "PrimaryURL", "Severity", "Status"),
            ),
            evil,
        )
        rows[0]["PkgIdentifier"]["PURL"] = evil
        document["Metadata"]["OS"] = {"Family": evil, "Name": evil, "EOSL": True}

    option = report("trivy/app_v1_amd64.json", attack)
    result = imagelock("-v", "scan", "--format", format_, "--report", option)

    assert result.exit_code == 1
    for text in (result.out, result.err):
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202e]", text)
        assert not re.search("(?m)^::error::owned|##vso", text)
        if format_ == "markdown":
            without_code = re.sub(r"`[^`\n]*`", "", text)
            assert not re.search(r"(?<!\\)<img", without_code)


# Only what changed


def git(folder: Path, *arguments: str) -> None:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


@pytest.fixture
def committed(shop: Path) -> Path:
    git(shop, "init", "-q")
    git(shop, "add", "compose.yaml")
    git(shop, "commit", "-qm", "without a lockfile")
    git(shop, "tag", "before")
    git(shop, "add", ".")
    git(shop, "commit", "-qm", "with a lockfile")
    return shop


def test_only_what_changed_is_scanned(
    committed: Path, imagelock: Run, report: Report, snapshot: SnapshotAssertion
) -> None:
    (committed / "images.lock").write_text(
        lock(entry(ALP, ALP_OLD, amd64=ALP_OLD), entry(APP, APP_V1, amd64=V1_AMD64))
    )
    option = report("trivy/alp_3.18.2_amd64.json")

    since = ("scan", *ONLY, "--changed-since")
    assert imagelock(*since, "HEAD", "--report", option) == snapshot
    assert imagelock(*since, "before", "--report", option).exit_code == 3
    assert imagelock(*since, "nowhere", "--report", option) == snapshot


def test_nothing_changed(committed: Path, imagelock: Run, report: Report) -> None:
    option = report("trivy/app_v1_amd64.json")

    result = imagelock("scan", "--changed-since", "HEAD", "--report", option)

    assert result.exit_code == 0
    assert result.out == "nothing was scanned: no image changed since HEAD\n"


@pytest.mark.parametrize("revision", ["--output=x", "", "HEAD:images.lock", "a b"])
def test_a_revision_is_no_option_of_git(
    committed: Path, imagelock: Run, report: Report, revision: str
) -> None:
    option = report("trivy/app_v1_amd64.json")

    result = imagelock("scan", f"--changed-since={revision}", "--report", option)

    assert result.exit_code == 2
    assert not (committed / "x").exists()
