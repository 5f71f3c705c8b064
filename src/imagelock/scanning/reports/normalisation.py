"""Bring the findings of any scanner into one form: a row for each CVE and package."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from imagelock.dataclass import replace
from imagelock.scanning.vulnerability import (
    FixState,
    Vulnerability,
    VulnerabilitySeverity,
    canonical_id,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

_SEVERITIES: Final = {
    **{severity.word: severity for severity in VulnerabilitySeverity},
    "moderate": VulnerabilitySeverity.MEDIUM,
    "important": VulnerabilitySeverity.HIGH,
    "none": VulnerabilitySeverity.NEGLIGIBLE,
}
_ALIASES: Final = (
    *("CVE-", "GHSA-", "GO-", "GMS-", "OSV-", "PYSEC-", "RUSTSEC-", "MAL-"),
    *("BIT-", "EUVD-"),
)
"""How names start that are those of single vulnerabilities.

Advisories of distributions, such as `DSA-5523-1`, are about several of them."""
_DISTRIBUTIONS: Final = frozenset({"alpm", "apk", "deb", "rpm"})
"""Types of package URLs whose namespace is the distribution."""


def severity_of(word: str) -> VulnerabilitySeverity:
    """Return the severity that *word* means; an unfamiliar word is `UNKNOWN`."""
    return _SEVERITIES.get(word.lower(), VulnerabilitySeverity.UNKNOWN)


def aliases_in(names: Iterable[str]) -> tuple[str, ...]:
    """Return those of *names* that name a single vulnerability."""
    return tuple(name for name in names if name.startswith(_ALIASES))


def package_of(purl: str) -> tuple[str, str, str]:
    """Return the type, name and version in a package URL; empty if it is none.

    package-url/purl-spec: `pkg:type/namespace/name@version?qualifiers#subpath`. The
    namespace belongs to the name, except where it is a distribution.
    """
    scheme, _, rest = purl.partition(":")
    path = rest.partition("#")[0].partition("?")[0].strip("/")
    kind, _, name = path.partition("/")
    if scheme != "pkg" or not name:
        return "", "", ""
    start, _, version = name.rpartition("@")
    name = start or version
    if kind in _DISTRIBUTIONS:
        name = name.rpartition("/")[2]
    elif kind == "maven":
        name = name.replace("/", ":")
    return kind.lower(), unquote(name), unquote(version) if start else ""


def normalised(rows: Iterable[Vulnerability]) -> tuple[Vulnerability, ...]:
    """Return *rows* under their CVEs, each package once, the most severe first."""
    merged: dict[tuple[str, ...], Vulnerability] = {}
    for row in resolve_aliases(rows):
        key = *row.identity, row.installed
        earlier = merged.get(key)
        merged[key] = _merged(earlier, row) if earlier else row
    return tuple(sorted(merged.values(), key=_order))


def resolve_aliases(rows: Iterable[Vulnerability]) -> list[Vulnerability]:
    """Return *rows*, each under the CVE of which any row says that it is the same.

    A name that several CVEs share is none of them.
    """
    rows = list(rows)
    cves: dict[str, set[str]] = {}
    for row in rows:
        if row.id.startswith("CVE-"):
            for alias in row.aliases:
                cves.setdefault(alias, set()).add(row.id)
    return [_renamed(row, cves) for row in rows]


def _renamed(row: Vulnerability, cves: dict[str, set[str]]) -> Vulnerability:
    if row.id.startswith("CVE-"):
        return row
    names = (row.id, *row.aliases)
    known = set().union(*(cves.get(name, ()) for name in names))
    if len(known) != 1:
        return row
    chosen, aliases = canonical_id([*known, *names])
    return replace(row, id=chosen, aliases=aliases)


def _merged(first: Vulnerability, second: Vulnerability) -> Vulnerability:
    """Return two rows about one package as one; what is worse counts."""
    worse, other = sorted((first, second), key=lambda row: row.severity)[::-1]
    known = [row.exploited for row in (first, second) if row.exploited is not None]
    states = {first.state, second.state}
    return replace(
        worse,
        aliases=tuple(dict.fromkeys((*first.aliases, *second.aliases))),
        fixed=tuple(dict.fromkeys((*worse.fixed, *other.fixed))),
        state=next((state for state in FixState if state in states), worse.state),
        score=max(
            (s for s in (first.score, second.score) if s is not None), default=None
        ),
        exploited=any(known) if known else None,
        epss=max((e for e in (first.epss, second.epss) if e is not None), default=None),
        purl=worse.purl or other.purl,
        url=worse.url or other.url,
        title=worse.title or other.title,
    )


def _order(row: Vulnerability) -> tuple[object, ...]:
    return -row.severity, row.id, row.package, row.type, row.installed
