"""When the support of versions of official images ends, as their projects announced.

From the release pages of the projects, as of November 2025. A version that is not here
is not known, which is no finding. For Debian, it is the end of its long-term support,
and for Ubuntu that of its standard support.
"""

from __future__ import annotations

from datetime import date
from typing import Final


def _dates(text: str) -> dict[str, date]:
    pairs = (pair.split("=") for pair in text.split())
    return {version: date.fromisoformat(day) for version, day in pairs}


DATES: Final = {
    "alpine": _dates(
        "3.12=2022-05-01 3.13=2022-11-01 3.14=2023-05-01 3.15=2023-11-01"
        " 3.16=2024-05-23 3.17=2024-11-22 3.18=2025-05-09 3.19=2025-11-01"
        " 3.20=2026-04-01 3.21=2026-11-01 3.22=2027-05-01"
    ),
    "centos": _dates("6=2020-11-30 7=2024-06-30 8=2021-12-31"),
    "debian": _dates(
        "8=2020-06-30 9=2022-06-30 10=2024-06-30 11=2026-08-31 12=2028-06-30"
        " 13=2030-06-30"
    ),
    "golang": _dates(
        "1.18=2023-02-01 1.19=2023-08-08 1.20=2024-02-06 1.21=2024-08-13"
        " 1.22=2025-02-11 1.23=2025-08-12"
    ),
    "mariadb": _dates(
        "10.3=2023-05-25 10.4=2024-06-18 10.5=2025-06-24 10.6=2026-07-06"
        " 10.11=2028-02-16 11.4=2029-05-29"
    ),
    "mongo": _dates(
        "4.0=2022-04-30 4.2=2023-04-30 4.4=2024-02-29 5.0=2024-10-31 6.0=2025-07-31"
    ),
    "mysql": _dates("5.6=2021-02-28 5.7=2023-10-31 8.0=2026-04-30 8.4=2032-04-30"),
    "node": _dates(
        "8=2019-12-31 10=2021-04-30 12=2022-04-30 14=2023-04-30 16=2023-09-11"
        " 17=2022-06-01 18=2025-04-30 19=2023-06-01 20=2026-04-30 21=2024-06-01"
        " 22=2027-04-30 23=2025-06-01 24=2028-04-30"
    ),
    "php": _dates(
        "5=2018-12-31 7.0=2019-01-10 7.1=2019-12-01 7.2=2020-11-30 7.3=2021-12-06"
        " 7.4=2022-11-28 8.0=2023-11-26 8.1=2025-12-31 8.2=2026-12-31"
        " 8.3=2027-12-31 8.4=2028-12-31"
    ),
    "postgres": _dates(
        "9=2021-11-11 10=2022-11-10 11=2023-11-09 12=2024-11-21 13=2025-11-13"
        " 14=2026-11-12 15=2027-11-11 16=2028-11-09 17=2029-11-08"
    ),
    "python": _dates(
        "2=2020-01-01 3.5=2020-09-30 3.6=2021-12-23 3.7=2023-06-27 3.8=2024-10-07"
        " 3.9=2025-10-31 3.10=2026-10-31 3.11=2027-10-31 3.12=2028-10-31"
        " 3.13=2029-10-31 3.14=2030-10-31"
    ),
    "ruby": _dates(
        "2.5=2021-04-05 2.6=2022-04-12 2.7=2023-03-31 3.0=2024-04-23 3.1=2025-03-26"
        " 3.2=2026-03-31 3.3=2027-03-31 3.4=2028-03-31"
    ),
    "ubuntu": _dates(
        "14.04=2019-04-25 16.04=2021-04-30 18.04=2023-05-31 20.04=2025-05-31"
        " 23.10=2024-07-11 24.10=2025-07-10 22.04=2027-04-01 24.04=2029-05-31"
    ),
}
"""By the name of the image, and by its version, as far as it decides."""

CODENAMES: Final = {
    "jessie": ("debian", "8"),
    "stretch": ("debian", "9"),
    "buster": ("debian", "10"),
    "bullseye": ("debian", "11"),
    "bookworm": ("debian", "12"),
    "trixie": ("debian", "13"),
    "trusty": ("ubuntu", "14.04"),
    "xenial": ("ubuntu", "16.04"),
    "bionic": ("ubuntu", "18.04"),
    "focal": ("ubuntu", "20.04"),
    "jammy": ("ubuntu", "22.04"),
    "noble": ("ubuntu", "24.04"),
}
"""Distributions and their versions by the names that tags have."""
