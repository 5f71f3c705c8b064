"""Advisories (real, shortened) from which the databases of scanners are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Advisory:
    """A vulnerability of a source package of a distribution, or of a Python package.

    `fixed` is the first version without it, or `None` if there is none. `ghsa` is the
    name of a Python advisory, which GitHub publishes under a name of its own.
    """

    cve: str
    severity: str
    score: float
    title: str
    package: str
    fixed: str | None
    ghsa: str = ""
    exploited: bool = False
    epss: float = 0.01


DEBIAN: Final = (
    Advisory(
        cve="CVE-2023-38545",
        severity="CRITICAL",
        score=9.8,
        title="curl: heap based buffer overflow in the SOCKS5 proxy handshake",
        package="curl",
        fixed="7.88.1-10+deb12u4",
        epss=0.26,
    ),
    Advisory(
        cve="CVE-2023-5363",
        severity="HIGH",
        score=7.5,
        title="openssl: incorrect cipher key and IV length processing",
        package="openssl",
        fixed="3.0.11-1~deb12u2",
    ),
    Advisory(
        cve="CVE-2023-4911",
        severity="HIGH",
        score=7.8,
        title="glibc: buffer overflow in ld.so leading to privilege escalation",
        package="glibc",
        fixed="2.36-9+deb12u3",
        exploited=True,
        epss=0.7,
    ),
    Advisory(
        cve="CVE-2005-2541",
        severity="LOW",
        score=3.1,
        title="tar: does not warn when setuid files are extracted",
        package="tar",
        fixed=None,
    ),
)
"""Of Debian 12, by source package."""

ALPINE: Final = (
    Advisory(
        cve="CVE-2023-5363",
        severity="HIGH",
        score=7.5,
        title="openssl: incorrect cipher key and IV length processing",
        package="openssl",
        fixed="3.1.4-r0",
    ),
)
"""Of Alpine Linux 3.18."""

PYTHON: Final = (
    Advisory(
        cve="CVE-2023-43804",
        severity="HIGH",
        score=8.1,
        title="urllib3: the header `Cookie` is not stripped during redirects",
        package="urllib3",
        fixed="1.26.17",
        ghsa="GHSA-v845-jxx5-vc9f",
    ),
)
"""Of Python packages; the canary that imagelock scans is affected by one of them."""
