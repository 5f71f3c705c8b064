"""Comments in files that say what not to report: `# imagelock: ignore`.

    image: nginx:1  # imagelock: ignore              not locked at all
    image: nginx:1  # imagelock: ignore[drift]       only these rules, here
    # imagelock: ignore[drift, tag-gone]             the same for the next line
    image: nginx:1

The sign of the comment is that of the file: `#`, `//` in HCL and JSONC, `;` in
units of systemd. What stands behind `ignore` is free for the reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from imagelock.model.finding import Finding, Rule
from imagelock.model.occurrence import Judgement, Occurrence, Reason, Skipped

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found, Place
    from imagelock.model.reference import Reference
    from imagelock.model.source_text import Text
    from imagelock.model.span import Span

_MARK: Final = "imagelock:"
_COMMENT: Final = re.compile(
    rf"(?m)(?<![^\s])(?P<sign>\#|//|;)[ \t]*+{_MARK}[ \t]*+(?P<order>[^\r\n]*+)"
)
_IGNORE: Final = re.compile(r"ignore(?:\[(?P<rules>[^\]]*+)\])?(?=[\s,.;:]|\Z)")
_ONLY_COMMENT: Final = re.compile(r"[ \t]*+(?:(?:\#|//|;)[^\n]*+)?(?:\n|\Z)")
_NO_HASH: Final = frozenset({".json", ".jsonc"})
_SLASHES: Final = frozenset({".json", ".jsonc", ".hcl", ".nomad", ".tf", ".tofu"})
_SEMICOLONS: Final = frozenset(
    {
        ".artifact",
        ".build",
        ".container",
        ".image",
        ".kube",
        ".pod",
        ".service",
        ".volume",
    }
)
_OF_IMAGES: Final = frozenset(
    {
        Rule.COULD_NOT_CHECK,
        Rule.DIGEST_GONE,
        Rule.DRIFT,
        Rule.INDEX_DRIFT,
        Rule.KIND_CHANGED,
        Rule.PLATFORM_MISSING,
        Rule.TAG_GONE,
    }
)
"""What is reported once for an image, at its first use."""
_RULES: Final = tuple(rule.slug for rule in Rule)


@dataclass(frozen=True, slots=True)
class Mark:
    """What a comment ignores: the *rules*, or everything if there are none.

    It counts for what stands in the *line*, from 1, and ends before the byte
    `end` of the file, if there is such a bound.
    """

    line: int
    rules: frozenset[str]
    end: int | None


@dataclass(frozen=True, slots=True)
class Comments:
    """The marks of a file by their lines, and what is wrong with its comments."""

    marks: dict[int, list[Mark]]
    problems: tuple[Finding, ...]

    def applied(self, found: Found) -> Found:
        """Return *found* as the comments beside it leave it."""
        place = found.place
        marks = [
            mark
            for mark in self.marks.get(place.span.line, ())
            if mark.end is None or place.span.end <= mark.end
        ]
        unreadable = (
            isinstance(found, Skipped)
            and found.reason.judgement is Judgement.UNREADABLE
        )
        # What cannot be read may name images, whatever a comment in it says.
        if not unreadable and any(not mark.rules for mark in marks):
            detail = f"`{place.text}`: a comment says so"
            return Skipped(place=place, reason=Reason.IGNORED, detail=detail)
        rules = place.ignores.union(*(mark.rules for mark in marks))
        return replace(found, place=replace(place, ignores=rules)) if marks else found


def comments(path: PurePosixPath, text: Text) -> Comments:
    """Return what the comments of the file at *path* ignore."""
    marks: dict[int, list[Mark]] = {}
    problems: list[Finding] = []
    if _MARK not in text.value:
        return Comments(marks, ())
    lines = _Lines(text)
    for match in _COMMENT.finditer(text.value):
        if not _is_sign(match["sign"], path.suffix.lower()):
            continue
        span = text.span(match.start(), match.end())
        order = _IGNORE.match(match["order"])
        if order is None:
            message = f"`{_MARK} {match['order'].strip()}` is no comment for imagelock"
            hint = "write `imagelock: ignore`, or `imagelock: ignore[RULE]`"
            problems.append(_problem(path, span, message, hint))
            continue
        named = order["rules"]
        rules = frozenset(part.strip() for part in (named or "").split(",")) - {""}
        problems += _unknown(path, span, rules)
        if named is None or rules:
            mark = lines.mark(match, span, rules)
            marks.setdefault(mark.line, []).append(mark)
    return Comments(marks, tuple(problems))


def left(findings: Iterable[Finding], found: Sequence[Found]) -> Iterator[Finding]:
    """Yield those of *findings* that no comment ignores.

    What concerns an image as a whole is told of its first use that does not
    ignore it.
    """
    at = {(one.place.path, one.place.span): one.place for one in found}
    uses: dict[Reference, list[Place]] = {}
    for one in found:
        if isinstance(one, Occurrence):
            uses.setdefault(one.reference.key, []).append(one.place)
    for finding in findings:
        slug = finding.rule.slug
        place = at.get((finding.path, finding.span)) if finding.span else None
        if place is None or slug not in place.ignores:
            yield finding
        elif finding.reference is not None and finding.rule in _OF_IMAGES:
            others = uses.get(finding.reference.key, ())
            for other in others:
                if slug not in other.ignores:
                    yield replace(finding, path=other.path, span=other.span)
                    break


def _is_sign(sign: str, suffix: str) -> bool:
    """Tell whether a comment in a file with such a *suffix* begins with *sign*."""
    if sign == "#":
        return suffix not in _NO_HASH
    return suffix in (_SLASHES if sign == "//" else _SEMICOLONS)


@dataclass(slots=True)
class _Lines:
    """Knows for which line a comment counts; a block of them is walked once."""

    text: Text
    _end: int = -1
    _line: int = 0

    def mark(self, match: re.Match[str], span: Span, rules: frozenset[str]) -> Mark:
        """Return the mark of a comment, which is for the next line if it is alone."""
        source = self.text.value
        start = source.rfind("\n", 0, match.start()) + 1
        if source[start : match.start()].strip():
            return Mark(span.line, rules, span.start)
        if start >= self._end:
            self._line, self._end = span.line, start
            while self._end < len(source) and (
                blank := _ONLY_COMMENT.match(source, self._end)
            ):
                self._end = blank.end()
                self._line += 1
        return Mark(self._line, rules, None)


def _unknown(
    path: PurePosixPath, span: Span, rules: frozenset[str]
) -> Iterator[Finding]:
    for name in sorted(rules.difference(_RULES)):
        near = get_close_matches(name, _RULES, 1)
        yield _problem(
            path,
            span,
            f"there is no rule `{name}`",
            f"did you mean `{near[0]}`?" if near else None,
        )


def _problem(
    path: PurePosixPath, span: Span, message: str, hint: str | None
) -> Finding:
    rule = Rule.UNKNOWN_COMMENT
    return Finding(
        rule=rule,
        severity=rule.severity,
        message=message,
        path=path,
        span=span,
        hint=hint,
    )
