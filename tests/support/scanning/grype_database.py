"""Make a vulnerability database for Grype, in the schema 6, for `grype db import`.

The tables are those of `grype/db/v6/models.go`; Grype adds the others when it imports.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from tests.support.scanning.advisories import ALPINE, DEBIAN, PYTHON, Advisory

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_TABLES: Final = """
CREATE TABLE blobs (id integer PRIMARY KEY AUTOINCREMENT, value text NOT NULL);
CREATE TABLE db_metadata (build_timestamp datetime, model integer, revision integer,
    addition integer);
CREATE TABLE providers (id text PRIMARY KEY, version text, processor text,
    date_captured datetime, input_digest text);
CREATE TABLE vulnerability_handles (id integer PRIMARY KEY AUTOINCREMENT, name text,
    status text, published_date datetime, modified_date datetime,
    withdrawn_date datetime, provider_id text, blob_id integer UNIQUE);
CREATE TABLE vulnerability_aliases (name text, alias text, PRIMARY KEY (name, alias));
CREATE TABLE operating_systems (id integer PRIMARY KEY AUTOINCREMENT, name text,
    release_id text, major_version text, minor_version text, label_version text,
    codename text, channel text, eol_date datetime, eoas_date datetime);
CREATE TABLE packages (id integer PRIMARY KEY AUTOINCREMENT, ecosystem text, name text);
CREATE TABLE affected_package_handles (id integer PRIMARY KEY AUTOINCREMENT,
    vulnerability_id integer, operating_system_id integer, package_id integer,
    blob_id integer);
CREATE TABLE unaffected_package_handles (id integer PRIMARY KEY AUTOINCREMENT,
    vulnerability_id integer, operating_system_id integer, package_id integer,
    blob_id integer);
CREATE TABLE known_exploited_vulnerability_handles (
    id integer PRIMARY KEY AUTOINCREMENT, cve text, blob_id integer);
CREATE TABLE epss_metadata (date datetime);
CREATE TABLE epss_handles (id integer PRIMARY KEY AUTOINCREMENT, cve text, epss real,
    percentile real);
CREATE TABLE cwe_handles (id integer PRIMARY KEY AUTOINCREMENT, cve text, cwe text,
    source text, type text);
"""
_FIRST_DAY: Final = "2023-10-18 00:00:00+00:00"


def make_grype_database(
    path: Path, *, built: datetime | None = None, is_empty: bool = False
) -> None:
    """Make the database in the file *path*; its name must end with `.db`."""
    time = f"{built or datetime.now(UTC):%Y-%m-%d %H:%M:%S}+00:00"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(_TABLES)
        connection.execute("INSERT INTO db_metadata VALUES (?, 6, 1, 9)", (time,))
        connection.execute("INSERT INTO epss_metadata VALUES (?)", (time,))
        for name in ("debian", "alpine", "github", "nvd", "epss", "kev"):
            row = (name, "1.0", "imagelock", time, "xxh64:0")
            connection.execute("INSERT INTO providers VALUES (?, ?, ?, ?, ?)", row)
        if not is_empty:
            _Rows(connection).add_all()


class _Rows:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._packages: dict[tuple[str, str], int] = {}

    def add_all(self) -> None:
        debian = self._system("debian", "12", "", "bookworm", "2028-06-30")
        alpine = self._system("alpine", "3", "18", "", "2025-05-09")
        for advisory in DEBIAN:
            self._add(advisory, "debian", "deb", "dpkg", debian)
        for advisory in ALPINE:
            self._add(advisory, "alpine", "apk", "apk", alpine)
        for advisory in PYTHON:
            self._add(advisory, "github", "python", "python", None)
        for advisory in {a.cve: a for a in (*DEBIAN, *ALPINE, *PYTHON)}.values():
            self._describe(advisory)

    def _add(
        self,
        advisory: Advisory,
        provider: str,
        ecosystem: str,
        version_type: str,
        system: int | None,
    ) -> None:
        """Add that *advisory* affects its package, in the name of *provider*."""
        name = advisory.ghsa or advisory.cve
        vulnerability = self._vulnerability(advisory, name, provider)
        if advisory.ghsa:
            alias = {"name": advisory.ghsa, "alias": advisory.cve}
            self._insert("vulnerability_aliases", alias)
        fix = (
            {"version": advisory.fixed, "state": "fixed"}
            if advisory.fixed
            else {"state": "not-fixed"}
        )
        constraint = f"< {advisory.fixed}" if advisory.fixed else ""
        version = {"type": version_type, "constraint": constraint}
        affected = {
            "cves": [advisory.cve],
            "ranges": [{"version": version, "fix": fix}],
        }
        self._insert(
            "affected_package_handles",
            {
                "vulnerability_id": vulnerability,
                "operating_system_id": system,
                "package_id": self._package(ecosystem, advisory.package),
                "blob_id": self._blob(affected),
            },
        )

    def _describe(self, advisory: Advisory) -> None:
        """Add the record of NVD, the probability and the known exploitation."""
        self._vulnerability(advisory, advisory.cve, "nvd")
        epss = {"cve": advisory.cve, "epss": advisory.epss, "percentile": 0.5}
        self._insert("epss_handles", epss)
        if advisory.exploited:
            exploited = {"cve": advisory.cve, "date_added": "2023-11-21T00:00:00Z"}
            self._insert(
                "known_exploited_vulnerability_handles",
                {"cve": advisory.cve, "blob_id": self._blob(exploited)},
            )

    def _vulnerability(self, advisory: Advisory, name: str, provider: str) -> int:
        severity = advisory.severity.lower()
        return self._insert(
            "vulnerability_handles",
            {
                "name": name,
                "status": "active",
                "published_date": _FIRST_DAY,
                "modified_date": _FIRST_DAY,
                "provider_id": provider,
                "blob_id": self._blob(
                    {
                        "id": name,
                        "description": advisory.title,
                        "aliases": [advisory.cve] if advisory.ghsa else [],
                        "severities": [
                            {"scheme": "CHMLN", "value": severity, "rank": 1}
                        ],
                    }
                ),
            },
        )

    def _system(self, *fields: str) -> int:
        name, major, minor, codename, end_of_life = fields
        return self._insert(
            "operating_systems",
            {
                "name": name,
                "release_id": name,
                "major_version": major,
                "minor_version": minor,
                "label_version": "",
                "codename": codename,
                "channel": "",
                "eol_date": f"{end_of_life} 00:00:00+00:00",
            },
        )

    def _package(self, ecosystem: str, name: str) -> int:
        key = ecosystem, name
        if key not in self._packages:
            row = {"ecosystem": ecosystem, "name": name}
            self._packages[key] = self._insert("packages", row)
        return self._packages[key]

    def _blob(self, value: Mapping[str, object]) -> int:
        return self._insert("blobs", {"value": json.dumps(value)})

    def _insert(self, table: str, row: Mapping[str, object]) -> int:
        """Insert *row* into *table* of this module, and return its id."""
        values: Sequence[object] = list(row.values())
        marks = ", ".join("?" * len(values))
        statement = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})"  # noqa: S608 - fixed names
        return self._connection.execute(statement, values).lastrowid or 0
