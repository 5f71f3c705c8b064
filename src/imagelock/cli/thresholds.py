"""Severities of vulnerabilities as values of options."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Threshold(StrEnum):
    """A severity of vulnerabilities, from the lowest to the highest."""

    UNKNOWN = "unknown"
    NEGLIGIBLE = "negligible"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


THRESHOLD: Final = f"SEVERITY[{'|'.join(Threshold)}]"
