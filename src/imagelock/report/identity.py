"""Stable identity of findings: fingerprints, and the help page of a rule."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.model.finding import Finding

DOCS: Final = "https://github.com/imagelock/imagelock"
"""The repository with the documentation."""


def with_fingerprints(findings: Sequence[Finding]) -> list[tuple[Finding, str]]:
    """Return a finding and its fingerprint for each place of each of *findings*."""
    placed = [place for finding in findings for place in finding.at_each_place()]
    return list(zip(placed, _fingerprints(placed), strict=True))


def _fingerprints(findings: Sequence[Finding]) -> list[str]:
    """Return 64 hex digits for each of *findings*, all different.

    They depend on the rule, the file and the image, but not on lines or digests: a
    finding keeps its fingerprint when its line moves or the tag drifts further.
    Findings that share all three are numbered in order.
    """
    counts: Counter[tuple[str, str, str]] = Counter()
    digests = []
    for finding in findings:
        subject = finding.reference.key if finding.reference else finding.message
        key = finding.rule.slug, str(finding.path), str(subject)
        words = "\0".join([*key, str(counts[key])])
        counts[key] += 1
        # A path can hold bytes that are not Unicode.
        data = words.encode("utf-8", "surrogatepass")
        digests.append(hashlib.sha256(data).hexdigest())
    return digests


def page_url(page: str) -> str:
    """Return the URL of a *page* of the documentation, named as below `docs/`."""
    return f"{DOCS}/blob/main/docs/{page}.md"


def help_url(rule: str) -> str:
    """Return the URL of the documentation of *rule*."""
    return f"{page_url('reference/rules')}#{rule}"
