"""Tags as versions: a table of real tags, and what holds for any."""

from __future__ import annotations

import csv
import re
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.errors import ConfigurationError
from imagelock.model.newer_tags import NewerTags, candidates
from imagelock.model.tag_hints import explain_no_upgrade
from imagelock.model.tag_pattern import TagPattern
from imagelock.model.tag_version import Level, Version

VECTORS = Path(__file__).parents[1] / "vectors" / "tags.tsv"
RANGE = "57"
"""The row whose current "tag" is a range, which a pattern expresses here."""

SPELLED_OUT = {
    "1.27.0-alpine3.23, -alpine3.24": "1.27.0-alpine3.23 1.27.0-alpine3.24",
    "1.25.4-alpine(-arm64,-amd64)": (
        "1.25.4-alpine 1.25.4-alpine-arm64 1.25.4-alpine-amd64"
    ),
    "2.1-sdk 2.2-sdk, latest = 2.1": "2.1-sdk 2.2-sdk latest",
    "2.10.0 2.10.0pre2022…": "2.10.0 2.10.0pre20220101",
    "20231203-230414-gd53f…": "20231203-230414-gd53f0a1b2",
    "3.12.7-, 3.13.0-slim-bookworm 3.14.0rc2-…": (
        "3.12.7-slim-bookworm 3.13.0-slim-bookworm 3.14.0rc2-slim-bookworm"
    ),
    "9.1, 9.0 (same digest)": "9.1 9.0",
    "any": "1.0 2.0 v3.0.0 latest sha-6d1f2c3 sha-7777777 2024.01.01",
}
"""What the shortened cells of the table mean."""


def rows() -> list[dict[str, str]]:
    with VECTORS.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def cell(text: str) -> str | None:
    return None if text in {"\N{EN DASH}", ""} else text


def newest(
    current: str, available: list[str], pattern: TagPattern | None = None
) -> NewerTags:
    """Return the newest of the *available* tags that can replace *current*."""
    by_level = candidates(current, available, pattern)
    return NewerTags(**{level: tags[0] for level, tags in by_level.items()})


@pytest.mark.parametrize("row", rows(), ids=lambda row: str(row["n"]))
def test_every_row_of_the_table(row: dict[str, str]) -> None:
    available = SPELLED_OUT.get(row["available"], row["available"]).split()
    expected = NewerTags(
        patch=cell(row["patch"]), minor=cell(row["minor"]), major=cell(row["major"])
    )
    pattern = None
    current = row["current"].replace("309403913c7f…(40 hex)", "309403913c7f" + "a" * 28)
    if row["n"] == RANGE:
        pattern, current = TagPattern.parse(r"1\.0\.(?<patch>\d+)"), "1.0.0"

    for tag in current.split(", "):
        assert newest(tag, available, pattern) == expected


@pytest.mark.parametrize(
    ("current", "available", "expected"),
    [
        ("19", "20 2025", NewerTags(major="20")),
        ("2024.1", "2025.1 20250101.1", NewerTags(major="2025.1")),
        ("3", "4 20240329", NewerTags(major="4")),
        ("v1.2.3", "1.2.4 v1.2.5", NewerTags(patch="v1.2.5")),
        ("1.0.0-rc.1", "1.0.0-rc.2 1.0.0-rc.10", NewerTags(patch="1.0.0-rc.10")),
        ("1.0.0-rc.1", "1.0.0-rc.2 1.0.0", NewerTags(patch="1.0.0")),
        ("17beta1", "17beta2 17rc1 17-rc1-alpine", NewerTags(patch="17rc1")),
        ("5.0.0-alpha1", "5.0.0.RC1", NewerTags(patch="5.0.0.RC1")),
        ("17.0.1_12", "17.0.1_13 17.0.2", NewerTags(patch="17.0.1_13")),
        ("1.2.3_9", "1.2.3_10", NewerTags(patch="1.2.3_10")),
        (
            "python-alpine3.20",
            "python-alpine3.21",
            NewerTags(minor="python-alpine3.21"),
        ),
        ("8u212-jdk", "8u342-jdk", NewerTags()),
        ("pr-12", "pr-13", NewerTags()),
        ("1234567", "1234568", NewerTags(major="1234568")),
        ("abcdef1", "abcdef2", NewerTags()),
        # Beside commits with letters, digits alone are a commit, too, unless they are a date.
        ("1234567", "9988776 a1b2c3d", NewerTags()),
        ("58467965", "99887766 a1b2c3d4 a1b2c3d", NewerTags()),
        ("58467965", "99887766 a1b2c3d", NewerTags(major="99887766")),
        ("main-1234567", "main-9988776 main-a1b2c3d", NewerTags()),
        ("main-1234567", "main-9988776 dev-a1b2c3d", NewerTags(major="main-9988776")),
        ("1234567-slim", "9988776-slim a1b2c3d-slim", NewerTags()),
        ("20240115", "20240301 58467965 a1b2c3d4", NewerTags(major="20240301")),
        ("20240115", "58467965 20249999", NewerTags()),
        ("202401151230", "202402151230 999999999999", NewerTags(major="202402151230")),
        ("20241399", "20241400", NewerTags(major="20241400")),
        # Leading zeros are another way to count, unless there may be some already.
        ("5.1.4", "20.04.1 5.2.0", NewerTags(minor="5.2.0")),
        ("v5.1", "v20.04", NewerTags()),
        ("9.5-alpine", "9.06-alpine 9.6-alpine", NewerTags(minor="9.6-alpine")),
        ("16.04", "18.04 20.04", NewerTags(major="20.04")),
        ("10.11.4", "20.04.1", NewerTags(major="20.04.1")),
        ("2022.01.1", "2022.04.1", NewerTags(minor="2022.04.1")),
        ("2024-1-5", "2024-01-15", NewerTags(patch="2024-01-15")),
        ("1.2.3", "1.2.4-rc-slim 1.2.4-alpine 1.2.4.1", NewerTags()),
        ("1.2", "", NewerTags()),
        ("1.2", "1.2 1.1 0.9", NewerTags()),
        ("3.12-dev", "3.13 3.13-dev", NewerTags(minor="3.13-dev")),
        # The number of a build is compared, and is no suffix.
        (
            "8.6-990",
            "8.6-903 8.6-1000 8.7 8.7-929 8.7-1085",
            NewerTags(patch="8.6-1000", minor="8.7-1085"),
        ),
        ("1.20-3", "1.20-12 1.20-12.amd64 1.20-abc", NewerTags(patch="1.20-12")),
        (
            "v1.2.3-1",
            "v1.2.3-2 v2.0.0-0 1.2.3-3",
            NewerTags(patch="v1.2.3-2", major="v2.0.0-0"),
        ),
        (
            "9.5-1731604394",
            "9.5-1739804394 9.6-1747219013 9.6-990",
            NewerTags(patch="9.5-1739804394", minor="9.6-1747219013"),
        ),
        (
            "1.2-20240101",
            "1.2-20240301 1.3-202403011200 1.3-7",
            NewerTags(patch="1.2-20240301"),
        ),
        ("8.6-990", "8.7-20240101 8.7-1731604394 8.7-1234567", NewerTags()),
        # A commit that happens to have no letter is no number of a build.
        ("1.2-1234567", "1.2-7654321 1.3-7654321", NewerTags()),
        # These are the version of another part.
        ("16-3", "16-4 17-3 17-4", NewerTags(major="17-3")),
        ("16-3.4", "17-3.4 17-3.5", NewerTags(major="17-3.4")),
        # These are parts of a suffix, as they have letters.
        ("5.1.4-ls209", "5.1.4-ls210 5.2.0-ls209", NewerTags(minor="5.2.0-ls209")),
        ("2.3.0-r12", "2.3.1-r12 2.3.1-r13", NewerTags(patch="2.3.1-r12")),
        (
            "2.3.0-debian-11-r5",
            "2.3.0-debian-11-r6 2.4.0-debian-11-r5",
            NewerTags(minor="2.4.0-debian-11-r5"),
        ),
        ("1.2.3", "1.2.4\n \u0661.2.4 1.2.\u0664", NewerTags()),
    ],
)
def test_other_tags(current: str, available: str, expected: NewerTags) -> None:
    assert newest(current, available.split(" ")) == expected


@pytest.mark.parametrize(
    ("current", "available", "expected"),
    [
        # A number is followed by one that is at most 500 higher.
        ("3", "254", NewerTags(major="254")),
        ("3", "503", NewerTags(major="503")),
        ("3", "504", NewerTags()),
        ("400", "900 901", NewerTags(major="900")),
        ("500", "1000", NewerTags(major="1000")),
        ("500", "1001", NewerTags()),
        # Above 500, a date or year is followed by one of equally many digits.
        ("501", "999 1001 1002", NewerTags(major="1001")),
        ("1501", "9001 10000", NewerTags(major="9001")),
        # What counts builds goes on where it needs another digit.
        ("999", "998 1000 1007", NewerTags(major="1007")),
        ("994", "999 1007 20240115", NewerTags(major="1007")),
        ("9999", "10000 10500", NewerTags(major="10000")),
        ("1999", "9999 10000", NewerTags(major="9999")),
        ("20240101", "20991231 202501010", NewerTags(major="20991231")),
    ],
)
def test_how_far_a_major_version_can_jump(
    current: str, available: str, expected: NewerTags
) -> None:
    assert newest(current, available.split(" ")) == expected


@pytest.mark.parametrize(
    ("current", "available", "expected"),
    [
        # Tags of another scheme, which many repositories keep.
        ("1.4.9", "1.5.0 1.20231001.0", NewerTags(minor="1.5.0")),
        ("v0.6.27", "v0.7.0 v0.2142.1 v0.1661868000.0", NewerTags(minor="v0.7.0")),
        ("1.9", "1.2024", NewerTags()),
        ("1.2.3", "1.2.4 1.2.20240115", NewerTags(patch="1.2.4")),
        ("1.2.3.4", "1.2.3.202401151200", NewerTags()),
        ("1.2.3", "1.2.99999999999999999999", NewerTags()),
        # Numbers of builds are large, too, and dates follow dates.
        ("10.0.999", "10.0.16299", NewerTags(patch="10.0.16299")),
        ("5.14.0.9383", "5.14.0.12001", NewerTags(patch="5.14.0.12001")),
        ("1.501.0", "1.2000.0", NewerTags(minor="1.2000.0")),
        ("3.4.20240701", "3.4.20250101", NewerTags(patch="3.4.20250101")),
        ("1.20231001.0", "1.20240101.0", NewerTags(minor="1.20240101.0")),
    ],
)
def test_how_far_the_other_parts_can_jump(
    current: str, available: str, expected: NewerTags
) -> None:
    assert newest(current, available.split(" ")) == expected


@pytest.mark.parametrize(
    ("current", "available", "expected"),
    [
        (
            "2024-01-15",
            "2024-01-02 2024-01-20 2024-02-15 2025-01-15 2025-03-01 2025.04.01",
            NewerTags(patch="2024-01-20", minor="2024-02-15", major="2025-03-01"),
        ),
        ("v2026-9-01", "v2026-10-03 v2026-12-25", NewerTags(minor="v2026-12-25")),
        ("2026-01-30-2", "2026-01-30-10", NewerTags(patch="2026-01-30-10")),
        ("2024_01_15", "2024_01_16 2024-01-17", NewerTags(patch="2024_01_16")),
        ("2024-01-slim", "2024-11-slim 2024-12", NewerTags(minor="2024-11-slim")),
        (
            "2024-01-15T12-00-00Z",
            "2024-01-15T12-30-00Z 2024-01-16",
            NewerTags(patch="2024-01-15T12-30-00Z"),
        ),
        # No calendar has these.
        ("2024-13-15", "2024-14-15", NewerTags()),
        ("2024-01-45", "2024-01-46", NewerTags()),
        # After a word, a date may be that of anything.
        ("nightly-2024-01-15", "nightly-2025-01-15", NewerTags()),
    ],
)
def test_dates_with_dashes(current: str, available: str, expected: NewerTags) -> None:
    assert newest(current, available.split(" ")) == expected


@pytest.mark.parametrize(
    ("current", "available", "expected"),
    [
        ("amd64-1.2.3", "amd64-1.2.4 arm64-1.2.5 1.2.6", "amd64-1.2.4"),
        ("linux-arm64v8-1.2.3", "linux-arm64v8-1.2.4", "linux-arm64v8-1.2.4"),
        ("x86_64-v1.2.3", "x86_64-v1.2.4 aarch64-v1.2.5", "x86_64-v1.2.4"),
        ("i386-3.18.1", "i386-3.18.2 i686-3.18.3", "i386-3.18.2"),
        ("pg14-v0.2.0", "pg14-v0.2.1 pg15-v0.2.0 pg15-v0.2.9", "pg14-v0.2.1"),
        ("java20-2023.5.1", "java20-2023.5.2 java21-2023.5.1", "java20-2023.5.2"),
        ("ubuntu22.04-1.2.3", "ubuntu22.04-1.2.4 ubuntu24.04-1.2.5", "ubuntu22.04-1.2.4"),
        ("amd64-pg14-v0.2.0", "amd64-pg14-v0.2.1", "amd64-pg14-v0.2.1"),
        # These are the version itself.
        ("python3.11.1-slim", "python3.11.2-slim", "python3.11.2-slim"),
        ("release1.2.3-4.5", "release1.2.4-4.5", "release1.2.4-4.5"),
        ("amd64", "amd65", None),
        ("arm64v8-latest", "arm65v8-latest", None),
        ("main-5d1f2c3", "main-6d1f2c3", None),
        ("main-abcdef1", "main-abcdef2", None),
    ],
)  # fmt: skip
def test_the_number_of_another_part(
    current: str, available: str, expected: str | None
) -> None:
    assert newest(current, available.split(" ")) == NewerTags(patch=expected)


@pytest.mark.parametrize(
    ("current", "available", "expected"),
    [
        ("1.2.3-canary.3", "1.2.3-canary.10", NewerTags(patch="1.2.3-canary.10")),
        ("1.2.3-canary.3", "1.2.3 1.2.3-canary.10", NewerTags(patch="1.2.3")),
        ("2.0.0-nightly20240101", "2.0.0-nightly20240102 2.0.0-rc.1", NewerTags(patch="2.0.0-rc.1")),
        ("2.0.0-nightly", "2.1.0-nightly 2.1.0", NewerTags(minor="2.1.0-nightly")),
        ("1.0.0", "1.0.1-snapshot.4 1.0.1-next.1", NewerTags()),
        # The next prerelease is not for those who wait for this release.
        ("2024.1.0b5", "2024.1.0 2024.2.0b0 2025.1.0b0", NewerTags(patch="2024.1.0")),
        ("2.0.0-rc.1", "2.1.0-beta.1 3.0.0", NewerTags(major="3.0.0")),
        (
            "2.0.0-rc.1", "2.0.0-rc.2 2.1.0-beta.1",
            NewerTags(patch="2.0.0-rc.2", minor="2.1.0-beta.1"),
        ),
    ],
)  # fmt: skip
def test_prereleases(current: str, available: str, expected: NewerTags) -> None:
    assert newest(current, available.split(" ")) == expected


def test_a_pattern_allows_any_jump() -> None:
    pattern = TagPattern.parse(r"(?<version>\d+)")

    assert newest("3", ["504"], pattern) == NewerTags(major="504")


@pytest.mark.parametrize(
    ("pattern", "current", "available", "expected"),
    [
        (
            r"^artful-(?<version>\d{8})$",
            "artful-20170826", "artful-20170916 bionic-20180101",
            NewerTags(major="artful-20170916"),
        ),
        (
            r"^(?<version>8\.\d+)-(?<build>\d+)(?:\.\d+)?$",
            "8.7-923.1669829893", "8.7-1049 8.7",
            NewerTags(patch="8.7-1049"),
        ),
        (r"(?<major>\d+)-ea-(?<build>\d+)", "21-ea-32", "22-ea-7", NewerTags(major="22-ea-7")),
        (
            r"(?P<version>[\d.]+)-0\.(?P<build>\d+)",
            "7.2-0.1", "7.2-0.3 7.2-2f653d4",
            NewerTags(patch="7.2-0.3"),
        ),
        (
            r"v(?<version>[\d.]+-\d+)-g[0-9a-f]+",
            "v3.9.0-177-ged5bcde", "v3.10.0-169-gfe040d3",
            NewerTags(minor="v3.10.0-169-gfe040d3"),
        ),
        (
            r"(?<version>\d+-\d+)-g[0-9a-f]+",
            "20231101-230548-g159857a0b", "20231203-230414-gd53f0",
            NewerTags(major="20231203-230414-gd53f0"),
        ),
        (
            r"v(?<version>[\d.]+)-k3s(?<build>\d+)",
            "v1.30.2-k3s1", "v1.30.2-k3s2 v1.31.0-k3s1",
            NewerTags(patch="v1.30.2-k3s2", minor="v1.31.0-k3s1"),
        ),
        (
            r"^(?<version>\d+\.\d+\.\d+)-(?<compat>debian-\d+)-r(?<build>\d+)$",
            "2.3.0-debian-12-r5",
            "2.3.0-debian-12-r6 2.4.0-debian-12-r0 2.5.0-debian-11-r1",
            NewerTags(patch="2.3.0-debian-12-r6", minor="2.4.0-debian-12-r0"),
        ),
        (
            r"^RELEASE\.(?<version>.+)Z$",
            "RELEASE.2024-01-16T16-07-38Z", "RELEASE.2025-04-22T22-12-26Z",
            NewerTags(major="RELEASE.2025-04-22T22-12-26Z"),
        ),
        (
            r"(?<version>[\d.]+)_(?<build>\d+)-jdk",
            "11.0.16_8-jdk", "11.0.16.1_1-jdk",
            NewerTags(patch="11.0.16.1_1-jdk"),
        ),
        (r"(?<major>\d*[02468])\.04", "16.04", "16.10 17.04 18.04", NewerTags(major="18.04")),
        (
            r"(?<version>[\d.]+)(?<prerelease>-x\d+)?",
            "1.0", "1.1-x1 1.1 1.2-x1",
            NewerTags(minor="1.1"),
        ),
        (r"(?<version>\d+)", "latest", "1 2", NewerTags()),
    ],
)  # fmt: skip
def test_patterns(
    pattern: str, current: str, available: str, expected: NewerTags
) -> None:
    assert newest(current, available.split(), TagPattern.parse(pattern)) == expected


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(?<version>", "is not a regular expression"),
        (r"(?<edition>\d+)", "has an unknown group `edition`"),
        (r"\d+", "has no group to compare"),
        (r"(?<compat>x)", "has no group to compare"),
        (
            r"(?<version>(\d+)+)x",
            "repeats a group that itself repeats or has alternatives",
        ),
        (
            r"(?<version>(a|a)*)",
            "repeats a group that itself repeats or has alternatives",
        ),
        (
            r"(?<version>(a?a?){30})",
            "repeats a group that itself repeats or has alternatives",
        ),
        (
            r"(?<version>((x)(\d+))+)",
            "repeats a group that itself repeats or has alternatives",
        ),
        (r".*.*.*(?<version>.*)x", "more than 3 repeated wildcards"),
        (r"\d+\d+\d+\d+\d+(?<version>\d+)x", "more than 3 repeated wildcards"),
        ("(?<version>" + "(?:aa?)" * 11 + ")b", "more than 10 `?` and `|`"),
        ("(?<version>" + "(?:a|aa)" * 11 + ")b", "more than 10 `?` and `|`"),
        ("(?<version>1)" + "a" * 500, "has more than 500 characters"),
    ],
)
def test_a_bad_pattern_is_refused(pattern: str, words: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(words)):
        TagPattern.parse(pattern)


@given(st.text(alphabet=r"ab1.\d[](){}?<>:=!|*+^$-Pversion", max_size=40))
def test_no_pattern_raises_anything_else(pattern: str) -> None:
    try:
        TagPattern.parse(pattern).version(
            "1.2.3-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        )
    except ConfigurationError as error:
        assert str(error)  # noqa: PT017 - either outcome is fine


def test_a_level_includes_the_nearer_ones() -> None:
    found = NewerTags(patch="1.0.1", major="2.0.0")

    assert found.of(Level.PATCH) == "1.0.1"
    assert found.of(Level.MINOR) == "1.0.1"
    assert found.of(Level.MAJOR) == "2.0.0"


def test_candidates_are_sorted_from_the_newest() -> None:
    found = candidates("1.0.0-rc1", ["1.0.1", "1.0.10", "1.0.9", "1.0.11-rc1", "1.1.0"])

    assert found == {
        Level.PATCH: ["1.0.10", "1.0.9", "1.0.1", "1.0.11-rc1"],
        Level.MINOR: ["1.1.0"],
    }


TAGS = st.from_regex(
    r"(v|img_)?[0-9]{1,4}(\.[0-9]{1,2}){0,3}(-?(rc|beta|b|dev)\.?[0-9]?)?(_[0-9])?"
    r"(-alpine(3\.2[0-3])?|-slim)?",
    fullmatch=True,
)
ANY_TAGS = TAGS | st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}", fullmatch=True)


@given(st.lists(ANY_TAGS, min_size=3, max_size=3))
def test_the_order_is_total_and_transitive(tags: list[str]) -> None:
    versions = [version for version in map(Version.parse, tags) if version]
    for first, second in permutations(versions, 2):
        outcomes = (
            first.order < second.order,
            first.order == second.order,
            first.order > second.order,
        )
        assert sum(outcomes) == 1
    for first, second, third in permutations(versions, 3):
        if first.order <= second.order <= third.order:
            assert first.order <= third.order


@given(ANY_TAGS, st.lists(ANY_TAGS, max_size=12))
def test_what_is_offered_is_newer_and_of_the_same_flavour(
    current: str, available: list[str]
) -> None:
    current_version = Version.parse(current)
    for level, tags in candidates(current, available).items():
        for tag in tags:
            version = Version.parse(tag)
            assert current_version
            assert version
            assert tag in available
            assert version.order > current_version.order
            assert version.flavour == current_version.flavour
            assert len(version.release) == len(current_version.release)
            assert version.is_stable or not current_version.is_stable
            assert current_version.level_of(version) is level


@given(st.text(max_size=200))
def test_no_text_raises(text: str) -> None:
    version = Version.parse(text)

    assert version is None or version.text == text
    assert newest(text, [text]) == NewerTags()
    explain_no_upgrade(text, [text, text + "1"])
