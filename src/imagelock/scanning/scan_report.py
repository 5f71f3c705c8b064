"""What a scanner found in an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from imagelock.dataclass import dataclass
from imagelock.errors import ImagelockError

if TYPE_CHECKING:
    from datetime import datetime

    from imagelock.model.digest import Digest
    from imagelock.model.platform import Platform
    from imagelock.scanning.vulnerability import Vulnerability


class ReportError(ImagelockError):
    """Output of a scanner that is not a whole report: the image was not scanned."""

    exit_code: ClassVar[int] = 3


@dataclass(frozen=True, slots=True)
class OperatingSystem:
    """The distribution of an image: `debian`, `12.1`.

    `is_end_of_life` is `None` where the scanner does not know.
    """

    name: str
    version: str = ""
    is_end_of_life: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanReport:
    """The report of a scanner about the image of a platform.

    `digest` is that of the manifest which the report names; it is `None` for tools
    that never name it. `other_digests` are further names of the image. `database`
    identifies the vulnerability database, if the report does; `built` is when that was
    made, or at the latest was. `packages` is the number of packages that were found, or `None` if the
    tool does not count them. `suppressed` is the number of findings that the scanner's
    own ignore files removed.
    """

    tool: str
    digest: Digest | None
    tool_version: str = ""
    other_digests: tuple[Digest, ...] = ()
    database: str = ""
    built: datetime | None = None
    platform: Platform | None = None
    os: OperatingSystem | None = None
    packages: int | None = None
    vulnerabilities: tuple[Vulnerability, ...] = ()
    suppressed: int = 0

    def names(self, digest: Digest) -> bool:
        """Return whether the report is about the manifest *digest*."""
        return digest == self.digest or digest in self.other_digests
