"""A badge that says whether tags have drifted, as an SVG image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape, quoteattr

from imagelock.model.finding import Rule, Severity
from imagelock.report.style import plural

if TYPE_CHECKING:
    from imagelock.commands.verify import Verdict

_LABEL: Final = "images"
_GOOD: Final = "#116329"
_BAD: Final = "#b3261e"
_UNKNOWN: Final = "#59636e"
"""Each has a contrast of at least 4.5 to white text (WCAG 2.2, 1.4.3)."""
_CHARACTER: Final = 6.6
_PADDING: Final = 8
_HEIGHT: Final = 20


def drift_badge(verdict: Verdict) -> str:
    """Return a badge of what *verdict* says: `all agree`, `2 drifted`, `not checked`."""
    message, color = _message(verdict)
    left, right = (
        round(len(text) * _CHARACTER + 2 * _PADDING) for text in (_LABEL, message)
    )
    title = f"{_LABEL}: {message}"
    # The length of the text is fixed, as no font is on every machine.
    texts = "".join(
        f'<text x="{start + width / 2:g}" y="14" textLength="{width - 2 * _PADDING}">'
        f"{escape(text)}</text>\n"
        for start, width, text in ((0, left, _LABEL), (left, right, message))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}"'
        f' height="{_HEIGHT}" role="img" aria-label={quoteattr(title)}>\n'
        f"<title>{escape(title)}</title>\n"
        f'<clipPath id="r"><rect width="{left + right}" height="{_HEIGHT}" rx="3"/>'
        f'</clipPath>\n<g clip-path="url(#r)">'
        f'<rect width="{left}" height="{_HEIGHT}" fill="#3d444d"/>'
        f'<rect x="{left}" width="{right}" height="{_HEIGHT}" fill="{color}"/></g>\n'
        '<g fill="#fff" text-anchor="middle"'
        ' font-family="Verdana, DejaVu Sans, sans-serif" font-size="11">\n'
        f"{texts}</g>\n</svg>\n"
    )


def _message(verdict: Verdict) -> tuple[str, str]:
    """Return what the badge says, and its color: never good if anything is unknown."""
    drifted = {
        finding.reference for finding in verdict.findings if finding.rule in _DRIFT
    }
    others = sum(
        finding.severity is Severity.ERROR
        and finding.rule not in _DRIFT
        and finding.rule is not Rule.COULD_NOT_CHECK
        for finding in verdict.findings
    )
    if drifted:
        return f"{len(drifted)} drifted", _BAD
    if others:
        return plural(others, "error"), _BAD
    is_asked = verdict.online and verdict.checked and not verdict.could_not_check
    if not is_asked or verdict.rules_off & _DRIFT:
        return "not checked", _UNKNOWN
    return "all agree", _GOOD


_DRIFT: Final = frozenset({Rule.DRIFT, Rule.TAG_GONE})
"""The rules of tags that stand for something other than what is locked, or for nothing."""
