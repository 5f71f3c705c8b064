"""What an update fixes and adds, from the reports of real tools."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.scanning.difference import Difference, difference
from imagelock.scanning.reports import READERS
from imagelock.scanning.vulnerability import Vulnerability, VulnerabilitySeverity
from tests.scanning.conftest import SAMPLES


def rows_of(name: str) -> tuple[Vulnerability, ...]:
    return READERS[name.partition("/")[0]](
        (SAMPLES / name).read_bytes()
    ).vulnerabilities


def names(rows: tuple[Vulnerability, ...]) -> set[str]:
    return {row.id for row in rows}


@pytest.mark.parametrize(
    ("tool", "words"),
    [
        (
            "trivy",
            "fixes 8 (1 critical, 3 high) · adds 1 (high, CVE-2023-4863 in libwebp7) · 5 remain",
        ),
        (
            "grype",
            "fixes 8 (1 critical, 3 high) · adds 1 (high, CVE-2023-4863 in libwebp7, exploited) · 4 remain",
        ),
    ],
)
def test_tools_agree_on_an_update(tool: str, words: str) -> None:
    """The rows are 20 and 8 of Trivy, and 19 and 7 of Grype."""
    before, after = (
        rows_of(f"{tool}/app_v1_amd64.json"),
        rows_of(f"{tool}/app_v2_amd64.json"),
    )

    assert difference(before, after).words == words


def test_clair_finds_the_same_fixes_in_debian() -> None:
    before, after = (
        rows_of("clair/app_v1_amd64.json"),
        rows_of("clair/app_v2_amd64.json"),
    )
    expected = difference(
        rows_of("trivy/app_v1_amd64.json"), rows_of("trivy/app_v2_amd64.json")
    )

    found = difference(before, after)

    assert names(found.fixed) == {row.id for row in expected.fixed if row.type == "deb"}


def test_everything_is_fixed() -> None:
    before, after = (
        rows_of("trivy/alp_3.18.2_amd64.json"),
        rows_of("trivy/alp_3.18.5_amd64.json"),
    )

    assert difference(before, after).words == "fixes 4 (1 high) · adds 0 · 0 remain"


MEDIUM = VulnerabilitySeverity.MEDIUM


def row(
    name: str,
    package: str = "a",
    *,
    severity: VulnerabilitySeverity = MEDIUM,
    installed: str = "1",
    aliases: tuple[str, ...] = (),
    fixed: tuple[str, ...] = (),
) -> Vulnerability:
    return Vulnerability(
        id=name,
        package=package,
        type="deb",
        installed=installed,
        severity=severity,
        aliases=aliases,
        fixed=fixed,
    )


def test_another_name_is_the_same_vulnerability() -> None:
    found = difference([row("GHSA-1")], [row("CVE-1", aliases=("GHSA-1",))])

    assert found.words == "fixes 0 · adds 0 · 1 remains"


def test_a_new_severity_or_version_is_nothing_new() -> None:
    """Were rows below a severity left out before, the new one would look added."""
    high = VulnerabilitySeverity.HIGH
    found = difference([row("CVE-1")], [row("CVE-1", installed="2", severity=high)])

    assert found.words == "fixes 0 · adds 0 · 1 remains"
    (changed,) = found.changed
    assert (changed.before.severity.word, changed.after.severity.word) == (
        "medium",
        "high",
    )
    only = found.only(lambda row: row.severity >= high)
    assert only.words == "fixes 0 · adds 0 · 1 remains"


def test_a_fix_that_exists_now_is_a_change() -> None:
    found = difference([row("CVE-1")], [row("CVE-1", fixed=("2",))])

    assert [each.after.fixed for each in found.changed] == [("2",)]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        # The same package elsewhere, and another package besides.
        (["a"], ["a", "a"], "fixes 0 · adds 0 · 1 remains"),
        (["a"], ["a", "b"], "fixes 0 · adds 1 (medium, CVE-1 in b) · 1 remains"),
        # A package of several is fixed, or replaced.
        (["a", "b"], ["b"], "fixes 0 · adds 0 · 1 remains"),
        (["a"], ["b"], "fixes 0 · adds 0 · 1 remains"),
        (["a", "b"], [], "fixes 1 · adds 0 · 0 remain"),
        ([], ["a", "b"], "fixes 0 · adds 1 (medium, CVE-1 in a, b) · 0 remain"),
        ([], [], "fixes 0 · adds 0 · 0 remain"),
    ],
)
def test_packages(old: list[str], new: list[str], words: str) -> None:
    found = difference([row("CVE-1", p) for p in old], [row("CVE-1", p) for p in new])

    assert found.words == words


ROWS = st.lists(
    st.builds(
        row,
        st.sampled_from(["CVE-1", "CVE-2", "CVE-3"]),
        st.sampled_from("abc"),
        severity=st.sampled_from(VulnerabilitySeverity),
    ),
    max_size=6,
)


@given(ROWS, ROWS)
def test_every_row_has_its_place(
    old: list[Vulnerability], new: list[Vulnerability]
) -> None:
    found = difference(old, new)

    assert sorted([*found.added, *found.remaining], key=repr) == sorted(new, key=repr)
    assert names(found.fixed) == {r.id for r in old} - {r.id for r in new}
    assert {r.id for r in new} - {r.id for r in old} <= names(found.added)


@given(ROWS)
def test_nothing_differs_from_itself(rows: list[Vulnerability]) -> None:
    found = difference(rows, rows)

    assert found.fixed == found.added == ()
    assert isinstance(found, Difference)
