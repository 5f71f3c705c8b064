"""An application that is locked for two platforms, and reports of scanners about it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from tests.scanning.conftest import (
    APP,
    APP_V1,
    SAMPLES,
    V1_AMD64,
    V1_ARM64,
    entry,
    lock,
    recent,
)

if TYPE_CHECKING:
    from pathlib import Path

APP_LOCKFILE: Final = lock(entry(APP, APP_V1, amd64=V1_AMD64, arm64=V1_ARM64))


def write_report(file: Path, sample: str = "trivy/app_v1_amd64.json") -> None:
    """Write the report *sample* to *file*, as if the scanner had just run."""
    document = recent(json.loads((SAMPLES / sample).read_bytes()))
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(document))
