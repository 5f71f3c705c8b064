"""The schema of `[scan]`."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field

from imagelock.config.policy_schema import Pattern
from imagelock.config.scan import (
    MAX_DATABASE_AGE,
    SCAN_TIMEOUT,
    SCANNER_NAMES,
    AcceptedVulnerability,
    ScanSettings,
)
from imagelock.config.schema_tables import (
    STRICT,
    DurationText,
    SeverityWord,
    known_name,
)
from imagelock.entry_points import SCANNER, installed
from imagelock.errors import InvalidReferenceError
from imagelock.model.reference import Reference
from imagelock.model.reference_pattern import ReferencePattern


def _scanner(name: str) -> str:
    return known_name(name, (*SCANNER_NAMES, *installed(SCANNER)), "scanner")


def _path(text: str) -> str:
    if text.startswith("/") or "\\" in text or ".." in text.split("/"):
        message = f"`{text}` is not a path below the root of the project"
        raise ValueError(message)
    return text


def _canary(text: str) -> str:
    try:
        reference = Reference.parse(text)
    except InvalidReferenceError as error:
        raise ValueError(str(error)) from None
    if reference.digest is None:
        message = f"`{text}` has no digest: write the image as `NAME@sha256:…`"
        raise ValueError(message)
    return text


class AcceptedVulnerabilityConfig(BaseModel):
    """A vulnerability that is accepted: `[[scan.accept]]`."""

    model_config = STRICT

    id: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9.:_-]*$",
            description="The CVE, or another name.",
        ),
    ]
    image: Annotated[
        Pattern | None, Field(description="A pattern of the images; unset, all.")
    ] = None
    reason: Annotated[str, Field(min_length=1, description="Why it is accepted.")]
    until: Annotated[
        date | None,
        Field(description="The last day on which it is accepted; unset, forever."),
    ] = None


class ScanConfig(BaseModel):
    """How images are scanned: `[scan]`."""

    model_config = STRICT

    scanner: Annotated[
        Annotated[str, AfterValidator(_scanner)] | None,
        Field(description="The scanner; unset, the first that is installed."),
    ] = None
    severity: Annotated[
        SeverityWord, Field(description="The lowest severity that is reported.")
    ] = "unknown"
    fail_on: Annotated[
        SeverityWord, Field(description="The lowest severity that makes `scan` fail.")
    ] = "unknown"
    ignore_unfixed: Annotated[
        bool, Field(description="Only report what a newer version fixes.")
    ] = False
    max_database_age: Annotated[
        DurationText, Field(description="How old the database of the scanner may be.")
    ] = MAX_DATABASE_AGE
    timeout: Annotated[
        float, Field(gt=0, le=86400, description="Seconds for the scan of an image.")
    ] = SCAN_TIMEOUT
    vex: Annotated[
        list[Annotated[str, Field(min_length=1), AfterValidator(_path)]],
        Field(
            description="VEX documents for the scanner: paths from the root of the"
            " project."
        ),
    ] = []
    canary: Annotated[
        Annotated[str, AfterValidator(_canary)] | None,
        Field(
            description="An image with a known vulnerability, by the digest of a platform:"
            " a Clair server must find it before its other results count."
        ),
    ] = None
    updates: Annotated[
        bool, Field(description="Let `update` scan what it changes, as with `--scan`.")
    ] = False
    accept: Annotated[
        list[AcceptedVulnerabilityConfig],
        Field(description="Vulnerabilities that are accepted."),
    ] = []

    def settings(self) -> ScanSettings:
        """Return the table as the value that travels inside."""
        return ScanSettings(
            scanner=self.scanner,
            severity=self.severity,
            fail_on=self.fail_on,
            ignore_unfixed=self.ignore_unfixed,
            max_database_age=self.max_database_age,
            timeout=self.timeout,
            vex=tuple(self.vex),
            canary=Reference.parse(self.canary) if self.canary else None,
            updates=self.updates,
            accepted=tuple(map(_accepted, self.accept)),
        )


def _accepted(entry: AcceptedVulnerabilityConfig) -> AcceptedVulnerability:
    pattern = ReferencePattern.parse(entry.image) if entry.image else None
    return AcceptedVulnerability(entry.id, entry.reason, pattern, entry.until)
