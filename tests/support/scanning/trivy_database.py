"""Make a vulnerability database for Trivy: `db/trivy.db` and `db/metadata.json`."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from tests.support.scanning.advisories import ALPINE, DEBIAN, PYTHON, Advisory
from tests.support.scanning.bolt import write_bolt

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.support.scanning.bolt import Bucket

_SEVERITIES: Final = ("UNKNOWN", "LOW", "MEDIUM", "HIGH", "CRITICAL")
_PIP: Final = "pip::GitHub Security Advisory Pip"
_AFFECTED: Final = 2
"""The status of an advisory without a fix (trivy-db, `types/status.go`)."""


def make_trivy_database(
    cache: Path, *, built: datetime | None = None, is_empty: bool = False
) -> None:
    """Make the database in *cache*, the folder for `TRIVY_CACHE_DIR`.

    An empty database is valid; Trivy then finds nothing anywhere.
    """
    folder = cache / "db"
    folder.mkdir(parents=True)
    write_bolt(folder / "trivy.db", {} if is_empty else _buckets())
    now = datetime.now(UTC)
    metadata = {
        "Version": 2,
        "NextUpdate": (now + timedelta(days=1)).isoformat(),
        "UpdatedAt": (built or now).isoformat(),
        "DownloadedAt": now.isoformat(),
    }
    (folder / "metadata.json").write_text(json.dumps(metadata), encoding="utf-8")


def _buckets() -> Bucket:
    return {
        "vulnerability": {
            advisory.cve: _json(_details(advisory))
            for advisory in (*DEBIAN, *ALPINE, *PYTHON)
        },
        "data-source": {
            name: _json({"ID": name.split()[0], "Name": name, "URL": "https://x.test/"})
            for name in ("debian 12", "alpine 3.18", _PIP)
        },
        "debian 12": _by_package(DEBIAN),
        "alpine 3.18": _by_package(ALPINE),
        _PIP: {
            advisory.package: {
                advisory.cve: _json(
                    {
                        "PatchedVersions": [advisory.fixed],
                        "VulnerableVersions": [f"< {advisory.fixed}"],
                        "VendorIDs": [advisory.ghsa],
                    }
                )
            }
            for advisory in PYTHON
        },
    }


def _by_package(advisories: Iterable[Advisory]) -> Bucket:
    packages: dict[str, dict[str, bytes]] = {}
    for advisory in advisories:
        fixed = {"FixedVersion": advisory.fixed} if advisory.fixed else None
        row = _json(fixed or {"Status": _AFFECTED})
        packages.setdefault(advisory.package, {})[advisory.cve] = row
    return packages


def _details(advisory: Advisory) -> dict[str, object]:
    return {
        "Title": advisory.title,
        "Severity": advisory.severity,
        "VendorSeverity": {"nvd": _SEVERITIES.index(advisory.severity)},
        "CVSS": {"nvd": {"V3Score": advisory.score}},
        "References": [f"https://nvd.nist.gov/vuln/detail/{advisory.cve}"],
    }


def _json(value: object) -> bytes:
    return json.dumps(value).encode()
