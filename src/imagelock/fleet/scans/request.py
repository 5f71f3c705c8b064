"""What the user asks `fleet scan` for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.commands.scanning.scan_request import ScanRequest
from imagelock.dataclass import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor

    from imagelock.fleet.shard import Shard


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetScanRequest:
    """What to scan, and which vulnerabilities are reported.

    Without `platforms`, all are scanned that are locked. Only the manifests in `shard`
    are; with `only_new`, only those that the scanner has not scanned before. `scan` has
    the images and reports, and says what counts.

    With `executor`, parts of the manifests are scanned there, `jobs` of them at a time,
    with the scanners and credentials that its workers have.
    """

    scan: ScanRequest = field(default_factory=ScanRequest)
    platforms: Sequence[str] = ()
    shard: Shard | None = None
    only_new: bool = False
    executor: Executor | None = None
    jobs: int = 4
