"""The reports of scanners, read from what the real tools printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imagelock.model.digest import Digest
from imagelock.scanning.reports import READERS, grype, trivy
from imagelock.scanning.reports.normalisation import package_of, resolve_aliases
from imagelock.scanning.reports.report_object import LARGEST_REPORT, ReportObject
from imagelock.scanning.scan_report import ReportError, ScanReport
from imagelock.scanning.vulnerability import Vulnerability, VulnerabilitySeverity

if TYPE_CHECKING:
    from collections.abc import Callable

    from syrupy.assertion import SnapshotAssertion

SAMPLES = Path(__file__).parent / "samples"
V1 = Digest.parse(
    "sha256:d62cf87d2359c737ece29650964ab60600c6d6a0deb0d65eb62c36f01b21565e"
)
REPORTS = sorted(
    path
    for tool in READERS
    for path in (SAMPLES / tool).glob("*_a[mr][dm]64*.json")
    if path.name != "app_v1_amd64.sarif.json" or tool == "scout"
)


def sample(name: str) -> bytes:
    return (SAMPLES / name).read_bytes()


def read(name: str) -> ScanReport:
    return READERS[name.partition("/")[0]](sample(name))


def changed(name: str, change: Callable[[dict[str, Any]], object]) -> ScanReport:
    """Return the report *name* after *change* to its JSON."""
    document = json.loads(sample(name))
    change(document)
    return READERS[name.partition("/")[0]](json.dumps(document).encode())


def described(report: ScanReport) -> list[str]:
    """Return everything that a report says, a line for each row."""
    head = (
        f"{report.tool} {report.tool_version} {report.digest}"
        f" database={report.database} built={report.built} {report.platform}"
        f" {report.os} packages={report.packages} suppressed={report.suppressed}"
    )
    return [head, *(repr(row) for row in report.vulnerabilities)]


@pytest.mark.parametrize("path", REPORTS, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_real_reports(path: Path, snapshot: SnapshotAssertion) -> None:
    report = READERS[path.parent.name](path.read_bytes())

    assert described(report) == snapshot


def test_a_report_names_the_image_that_was_scanned() -> None:
    for tool in ("trivy", "grype", "clair"):
        report = read(f"{tool}/app_v1_amd64.json")

        assert report.names(V1)
        assert not report.names(Digest.of(b"another"))


def test_scanners_agree_on_what_was_planted() -> None:
    """Whatever a tool calls them: Grype reports GHSA, Trivy lists all packages."""
    names = {
        tool: {row.id for row in read(f"{tool}/app_v1_amd64.json").vulnerabilities}
        for tool in ("trivy", "grype", "clair")
    }
    debian = {
        *("CVE-2023-38545", "CVE-2023-38546", "CVE-2023-46218", "CVE-2023-5363"),
        *("CVE-2023-3446", "CVE-2023-2975", "CVE-2023-5678", "CVE-2023-4911"),
    }
    python = {"CVE-2023-43804", "CVE-2023-45803", "CVE-2024-37891"}

    assert names["trivy"] == {*debian, *python, "CVE-2023-45853", "CVE-2005-2541"}
    assert names["grype"] == {*debian, *python, "CVE-2005-2541"}
    assert names["clair"] == {*debian, "CVE-2023-45853"}


def test_scanners_agree_on_packages() -> None:
    rows = {
        tool: {
            (row.id, row.package, row.type, row.installed, row.fixed)
            for row in read(f"{tool}/app_v1_amd64.json").vulnerabilities
        }
        for tool in ("trivy", "grype", "clair")
    }
    clair = {row for row in rows["clair"] if row[0] != "CVE-2023-45853"}

    assert rows["grype"] <= rows["trivy"]
    assert clair <= rows["trivy"]


def test_an_advisory_of_a_distribution_is_no_other_name() -> None:
    curl = [
        r
        for r in read("trivy/app_v1_amd64.json").vulnerabilities
        if r.package == "curl"
    ]

    assert {row.id for row in curl} == {
        "CVE-2023-38545",
        "CVE-2023-38546",
        "CVE-2023-46218",
    }
    assert all(row.aliases == () for row in curl)


@pytest.mark.parametrize("tool", ["trivy", "grype", "clair"])
def test_an_image_without_packages_has_none(tool: str) -> None:
    assert read(f"{tool}/empty_amd64.json").packages == 0


def test_suppressed_findings_are_counted() -> None:
    report = trivy.read(sample("trivy/suppressed.json"))

    assert report.suppressed == 1
    assert "CVE-2023-45853" not in {row.id for row in report.vulnerabilities}


def test_the_canary_is_not_an_image() -> None:
    canary = sample("grype/canary.json")

    with pytest.raises(ReportError, match=r"`source\.type` is not `image`"):
        grype.read(canary)
    assert len(grype.vulnerabilities(canary)) == 3


def test_packages_that_are_not_listed_are_not_counted() -> None:
    def drop(report: dict[str, Any]) -> None:
        for result in report["Results"]:
            del result["Packages"]

    report = changed("trivy/app_v1_amd64.json", drop)

    assert report.packages is None


def test_secrets_are_no_packages() -> None:
    """A report of `--scanners secret` looked for no vulnerability."""
    secrets = [{"Target": "/x", "Class": "secret"}]

    report = changed("trivy/app_v1_amd64.json", lambda d: d.update(Results=secrets))

    assert report.packages == 0


def test_it_is_unknown_whether_a_database_without_them_has_no_exploited() -> None:
    def drop(report: dict[str, Any]) -> None:
        del report["descriptor"]["db"]["providers"]["kev"]

    before = read("grype/app_v1_amd64.json").vulnerabilities
    after = changed("grype/app_v1_amd64.json", drop).vulnerabilities

    assert {row.id for row in before if row.exploited} == {"CVE-2023-4911"}
    assert {row.exploited for row in before} == {True, False}
    assert {row.exploited for row in after} == {True, None}


@pytest.mark.parametrize(
    ("name", "output", "message"),
    [
        ("trivy", b"", "the report is empty"),
        ("trivy", b" \n", "the report is empty"),
        ("trivy", b"[]", "this is not a report of trivy: no JSON object"),
        ("trivy", b"{}", "`SchemaVersion` is not 2"),
        ("trivy", b'{"SchemaVersion": 1}', "`SchemaVersion` is not 2"),
        ("grype", b'{"matches": []}', "`descriptor` is not an object"),
        ("clair", b'{"manifest_hash": "x"}', "`manifest_hash` is not a digest"),
        ("scout", b'{"runs": []}', "`runs` does not have exactly one run"),
        (
            "scout",
            b'{"runs":[{"results":[],"tool":{"driver":{"rules":[]}}}]}',
            "`runs[0].tool.driver.name` is not `docker scout`",
        ),
        ("trivy", b'{"a": 1, "a": 2}', "the report is not whole JSON: duplicate key"),
        ("trivy", b"\xff{}", "the report is not whole JSON: not UTF-8"),
        ("trivy", b"[" * 100_000, "the report is not whole JSON: nested too deeply"),
        ("grype", b'{"descriptor": NaN}', "the report is not whole JSON"),
    ],
)
def test_what_is_no_report(name: str, output: bytes, message: str) -> None:
    with pytest.raises(ReportError) as raised:
        READERS[name](output)

    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("scout/truncated.sarif.json", "`runs[0].results` is not a list"),
        ("trivy/app_v1_amd64.sarif.json", "`SchemaVersion` is not 2"),
    ],
)
def test_real_files_that_are_no_report(name: str, message: str) -> None:
    with pytest.raises(ReportError) as raised:
        read(name)

    assert message in str(raised.value)


@pytest.mark.parametrize("reader", READERS.values(), ids=list(READERS))
def test_a_report_of_another_tool_is_none(
    reader: Callable[[bytes], ScanReport],
) -> None:
    for path in REPORTS:
        if READERS[path.parent.name] is not reader:
            with pytest.raises(ReportError):
                reader(path.read_bytes())


def test_a_report_that_is_too_large_is_not_parsed() -> None:
    with pytest.raises(ReportError, match="the report is larger than"):
        trivy.read(bytes(LARGEST_REPORT + 1))


def drop(path: str) -> Callable[[dict[str, Any]], object]:
    """Return a change that removes the key at *path*: `a.0.b`."""

    def change(document: dict[str, Any]) -> None:
        *steps, last = path.split(".")
        node: Any = document
        for step in steps:
            node = node[int(step)] if isinstance(node, list) else node[step]
        del node[last]

    return change


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("trivy/app_v1_amd64.json", "SchemaVersion"),
        ("trivy/app_v1_amd64.json", "ArtifactType"),
        ("trivy/app_v1_amd64.json", "Metadata"),
        ("trivy/app_v1_amd64.json", "Results.0.Vulnerabilities.3.VulnerabilityID"),
        ("trivy/app_v1_amd64.json", "Results.0.Vulnerabilities.3.PkgName"),
        ("grype/app_v1_amd64.json", "matches"),
        ("grype/app_v1_amd64.json", "source"),
        ("grype/app_v1_amd64.json", "descriptor"),
        ("grype/app_v1_amd64.json", "matches.2.vulnerability"),
        ("grype/app_v1_amd64.json", "matches.2.vulnerability.id"),
        ("grype/app_v1_amd64.json", "matches.2.artifact"),
        ("clair/app_v1_amd64.json", "manifest_hash"),
        ("clair/app_v1_amd64.json", "packages"),
        ("clair/app_v1_amd64.json", "vulnerabilities"),
        ("clair/app_v1_amd64.json", "vulnerabilities.8"),
        ("clair/app_v1_amd64.json", "vulnerabilities.8.name"),
        ("scout/app_v1_amd64.sarif.json", "runs.0.results"),
        ("scout/app_v1_amd64.sarif.json", "runs.0.tool.driver.rules"),
        ("scout/app_v1_amd64.sarif.json", "runs.0.tool.driver.rules.0.properties"),
    ],
)
def test_a_finding_that_cannot_be_read_is_not_dropped(name: str, path: str) -> None:
    with pytest.raises(ReportError):
        changed(name, drop(path))


def test_results_and_rules_of_scout_belong_together() -> None:
    with pytest.raises(ReportError, match="`CVE-2023-38545` is not in its rules and"):
        changed(
            "scout/app_v1_amd64.sarif.json",
            lambda document: document["runs"][0]["results"].pop(0),
        )


def test_a_scan_of_scout_that_failed_is_no_report() -> None:
    failed = [{"executionSuccessful": False}]
    with pytest.raises(ReportError, match="a scan that failed"):
        changed(
            "scout/app_v1_amd64.sarif.json",
            lambda document: document["runs"][0].update(invocations=failed),
        )


def test_a_database_of_grype_that_is_not_valid_gives_no_report() -> None:
    with pytest.raises(ReportError, match="not valid"):
        changed(
            "grype/app_v1_amd64.json",
            lambda d: d["descriptor"]["db"]["status"].update(valid=False),
        )


@pytest.mark.parametrize("path", REPORTS, ids=lambda p: f"{p.parent.name}/{p.name}")
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_the_beginning_of_a_report_is_no_report(
    path: Path, data: st.DataObject
) -> None:
    whole = path.read_bytes().rstrip()
    length = data.draw(st.integers(0, len(whole) - 1))

    with pytest.raises(ReportError):
        READERS[path.parent.name](whole[:length])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda child: (
        st.lists(child, max_size=3)
        | st.dictionaries(st.text(max_size=5), child, max_size=3)
    ),
    max_leaves=6,
)


def paths_in(
    node: object, path: tuple[str | int, ...] = ()
) -> list[tuple[str | int, ...]]:
    """Return the path of each value in *node*, of lists that of the first items."""
    if isinstance(node, dict):
        items: list[tuple[str | int, object]] = list(node.items())
    else:
        items = list(enumerate(node[:2])) if isinstance(node, list) else []
    return [
        longer
        for key, value in items
        for longer in ((*path, key), *paths_in(value, (*path, key)))
    ]


@pytest.mark.parametrize(
    "name",
    [
        "trivy/app_v1_amd64.json",
        "grype/alp_3.18.2_amd64.json",
        "clair/app_v2_amd64.json",
        "scout/app_v1_amd64.sarif.json",
    ],
)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_value_anywhere_gives_a_report_or_the_one_error(
    name: str, data: st.DataObject
) -> None:
    document = json.loads(sample(name))
    *steps, last = data.draw(st.sampled_from(paths_in(document)))
    node = document
    for step in steps:
        node = node[step]
    node[last] = data.draw(JSON)

    try:
        report = READERS[name.partition("/")[0]](json.dumps(document).encode())
    except ReportError:
        return
    assert report.tool == name.partition("/")[0]


def test_escapes_in_a_report_are_removed() -> None:
    def attack(report: dict[str, Any]) -> None:
        row = report["Results"][0]["Vulnerabilities"][0]
        row["Title"] = "\x1b[2J\x1b]0;evil\x07 cleared\n::error::x" + "y" * 10_000
        row["PkgName"] = "cu\x1b[31mrl"

    report = changed("trivy/app_v1_amd64.json", attack)
    row = next(row for row in report.vulnerabilities if "[31m" in row.package)

    assert row.title.startswith("[2J]0;evil cleared ::error::xyyy")
    assert row.title.isprintable()
    assert len(row.title) <= 500
    assert row.package == "cu[31mrl"


@pytest.mark.parametrize(
    ("purl", "parts"),
    [
        ("pkg:deb/debian/curl@7.88?arch=amd64", ("deb", "curl", "7.88")),
        ("pkg:maven/org.a/b@1.0", ("maven", "org.a:b", "1.0")),
        ("pkg:npm/%40scope/name@1.0#sub", ("npm", "@scope/name", "1.0")),
        ("pkg:golang/github.com/a/b@v1.0", ("golang", "github.com/a/b", "v1.0")),
        ("pkg:pypi/urllib3", ("pypi", "urllib3", "")),
        ("urllib3@1.0", ("", "", "")),
        ("pkg:pypi", ("", "", "")),
    ],
)
def test_package_urls(purl: str, parts: tuple[str, str, str]) -> None:
    assert package_of(purl) == parts


def row(name: str, *aliases: str) -> Vulnerability:
    return Vulnerability(
        id=name,
        aliases=aliases,
        package="a",
        type="deb",
        installed="1",
        severity=VulnerabilitySeverity.HIGH,
    )


def test_a_row_has_the_cve_that_another_row_knows() -> None:
    rows = resolve_aliases([row("GHSA-1"), row("CVE-1", "GHSA-1")])

    assert [each.id for each in rows] == ["CVE-1", "CVE-1"]


def test_a_name_of_two_cves_is_neither() -> None:
    rows = resolve_aliases([row("CVE-1", "X"), row("CVE-2", "X"), row("X")])

    assert [each.id for each in rows] == ["CVE-1", "CVE-2", "X"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-02T03:04:05+01:00", "2026-01-02T02:04:05+00:00"),
        ("2026-01-02T03:04:05", "2026-01-02T03:04:05+00:00"),
        ("0001-01-01T00:00:00+14:00", "None"),
        ("9999-12-31T23:59:59-14:00", "None"),
        ("soon", "None"),
    ],
)
def test_a_time_beyond_the_calendar_is_none(text: str, expected: str) -> None:
    time = ReportObject("trivy", {"built": text}).time("built")

    assert (time.isoformat() if time else "None") == expected
