"""What makes a finding the same one tomorrow."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.model.finding import Finding

DOCS: Final = "https://github.com/imagelock/imagelock"
"""Where the documents are."""


def marked(findings: Sequence[Finding]) -> list[tuple[Finding, str]]:
    """Return *findings*, each once for every place of it, with their fingerprints."""
    each = [one for finding in findings for one in finding.at_each_place()]
    return list(zip(each, fingerprints(each), strict=True))


def fingerprints(findings: Sequence[Finding]) -> list[str]:
    """Return 64 hex digits for each of *findings*, all of them different.

    They depend on the rule, the file and the image, and neither on the line nor on
    digests: a finding that moves with its line, or drifts on, stays the same one.
    Of several that share all three, the place in the order counts.
    """
    seen: Counter[tuple[str, str, str]] = Counter()
    found = []
    for finding in findings:
        subject = finding.reference.key if finding.reference else finding.message
        key = finding.rule.slug, str(finding.path), str(subject)
        words = "\0".join([*key, str(seen[key])])
        seen[key] += 1
        # A path can hold what is not Unicode.
        data = words.encode("utf-8", "surrogatepass")
        found.append(hashlib.sha256(data).hexdigest())
    return found


def help_address(finding_rule: str) -> str:
    """Return where the rule of that name is explained."""
    return f"{DOCS}/blob/main/docs/reference/rules.md#{finding_rule}"
