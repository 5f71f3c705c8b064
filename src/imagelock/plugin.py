"""The module that plug-ins import: sources, reports, exports, importers and scanners.

A plug-in is a module (or an object) with the attributes of a protocol below, offered as
an entry point. `docs/development/plugins.md` has an example of each kind.

Names in `__all__` keep their meaning within an `API_VERSION`.
"""

from __future__ import annotations

from typing import Final

from imagelock.commands.verify import Verdict
from imagelock.errors import ConfigurationError, ImagelockError, UnreadableFileError
from imagelock.export.target import Exported, ExportTarget, Request, pinned
from imagelock.importers.imported_digest import (
    ImportedDigest,
    Importer,
    parse_entry,
)
from imagelock.model.change import Change, ChangeKind
from imagelock.model.digest import Digest
from imagelock.model.finding import Finding, Rule, Severity
from imagelock.model.image import Image
from imagelock.model.occurrence import (
    DigestSlot,
    Found,
    Occurrence,
    Place,
    Reason,
    Skipped,
)
from imagelock.model.reference import Reference
from imagelock.model.source_text import Text
from imagelock.model.span import Span
from imagelock.report.changes import Changes
from imagelock.report.formats import Report
from imagelock.scanning.scan_report import OperatingSystem, ReportError, ScanReport
from imagelock.scanning.scanner import (
    RunScanner,
    ScanCommand,
    Scanner,
    ScannerSettings,
    ScannerState,
    ScannerUnusableError,
    ScanTarget,
)
from imagelock.scanning.vulnerability import (
    FixState,
    Vulnerability,
    VulnerabilitySeverity,
)
from imagelock.sources.context import Context
from imagelock.sources.protocol import About, Changing, Relating, Source
from imagelock.sources.relations import BuiltImage, ManifestImage, Usage
from imagelock.sources.shared.classify import classify
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, select

API_VERSION: Final = 1
"""Raised when a name goes, or changes its meaning. Added names do not raise it."""

__all__ = [
    "API_VERSION",
    "About",
    "Broken",
    "BuiltImage",
    "Change",
    "ChangeKind",
    "Changes",
    "Changing",
    "ConfigurationError",
    "Context",
    "Digest",
    "DigestSlot",
    "ExportTarget",
    "Exported",
    "Finding",
    "FixState",
    "Found",
    "Image",
    "ImagelockError",
    "ImportedDigest",
    "Importer",
    "ManifestImage",
    "NodeRef",
    "Occurrence",
    "OperatingSystem",
    "Place",
    "Reason",
    "Reference",
    "Relating",
    "Report",
    "ReportError",
    "Request",
    "Rule",
    "RunScanner",
    "ScanCommand",
    "ScanReport",
    "ScanTarget",
    "Scanner",
    "ScannerSettings",
    "ScannerState",
    "ScannerUnusableError",
    "Severity",
    "Skipped",
    "Source",
    "Span",
    "Text",
    "UnreadableFileError",
    "Usage",
    "Verdict",
    "VisitLimit",
    "Vulnerability",
    "VulnerabilitySeverity",
    "classify",
    "documents",
    "parse_entry",
    "pinned",
    "select",
]
