"""Which repositories ship a vulnerability: `fleet where CVE-…`."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.fleet.locked_places import COLUMNS, LockedPlace, select
from imagelock.scanning.vulnerability import VulnerabilitySeverity

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

_VULNERABILITY: Final = re.compile(
    r"[A-Z]{2,}[A-Z0-9]*-[A-Za-z0-9.:_-]+"
    r"|(?i:cve-[0-9]{4}-[0-9]{4,}|ghsa(-[a-z0-9]{4}){3})"
)
"""`CVE-2024-3094` and names like it, which no reference has: those are in lower case."""

_JOIN: Final = """
    JOIN manifest ON manifest.image_id = image.id
    JOIN scan ON scan.digest = manifest.digest
    JOIN result ON result.scan_id = scan.id
    JOIN vulnerability ON vulnerability.id = result.vulnerability_id
    JOIN vulnerability_name
        ON vulnerability_name.vulnerability_id = vulnerability.id
"""
_FOUND: Final = (
    ", vulnerability.severity, vulnerability.package, vulnerability.installed,"
    " vulnerability.fixed"
)


def is_vulnerability(question: str) -> bool:
    """Return whether *question* is the name of a vulnerability, not of an image."""
    return _VULNERABILITY.fullmatch(question) is not None


def vulnerable_places(
    connection: sqlite3.Connection, name: str
) -> Iterator[LockedPlace]:
    """Yield the places of manifests in which a scanner found the vulnerability *name*.

    Upper and lower case are the same, and so is every name that scanners have for it.
    """
    query = select(
        "vulnerability_name.name = ?",
        platform="manifest.platform",
        join=_JOIN,
        more=_FOUND,
    )
    rows = sorted(connection.execute(query, (name,)), key=_names)
    for _, group in groupby(rows, key=_names):
        members = list(group)
        found = [row[COLUMNS:] for row in members]
        packages = dict.fromkeys(_package(*row[1:]) for row in found)
        yield replace(
            LockedPlace.of(members[0]),
            severity=max(VulnerabilitySeverity.of(row[0]) for row in found).word,
            packages=tuple(sorted(packages)),
        )


def _names(row: tuple[str, ...]) -> tuple[str, ...]:
    """Return what tells places apart: all but what may be `NULL`."""
    return row[:5]


def _package(name: str, installed: str, fixed: str) -> str:
    words = f"{name} {installed}".strip()
    return f"{words}, fixed in {fixed}" if fixed else words
