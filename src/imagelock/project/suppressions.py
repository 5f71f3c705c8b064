"""Suppressions: comments such as `# imagelock: ignore`, and rules by path.

    image: nginx:1  # imagelock: ignore              not locked at all
    image: nginx:1  # imagelock: ignore[drift]       only these rules, here
    # imagelock: ignore[drift, tag-gone]             the same for the next line
    image: nginx:1

A comment begins as the format of the file requires: `#`, `//` in HCL, JSONC and most
code, `;` in systemd units, `--` in SQL, `<!--` in XML. The text after `ignore` is free
for the reason.
"""

from __future__ import annotations

import re

from imagelock.dataclass import dataclass, replace
from imagelock.errors import did_you_mean
from imagelock.light_typing import TYPE_CHECKING, Final, Self
from imagelock.model.finding import Finding, Rule
from imagelock.model.occurrence import Judgement, Occurrence, Reason, Skipped
from imagelock.project.gitignore import compile_patterns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import PurePosixPath

    from pathspec import GitIgnoreSpec

    from imagelock.model.occurrence import Found, Place
    from imagelock.model.reference import Reference
    from imagelock.model.source_text import Text
    from imagelock.model.span import Span

_MARK: Final = "imagelock:"
_IGNORE: Final = r"ignore(?:\[(?P<rules>[^\]]*+)\])?(?=[\s,.;:]|\Z)"
_IMAGE: Final = r"image(?=[\s,.;:]|\Z)"
"""The comment that marks an image, which `sources/marked_values.py` reads."""
_OF_IMAGES: Final = frozenset(
    {
        Rule.AGE_UNKNOWN,
        Rule.BASE_NOT_ALLOWED,
        Rule.BASE_UNKNOWN,
        Rule.COULD_NOT_CHECK,
        Rule.DIGEST_GONE,
        Rule.DRIFT,
        Rule.INDEX_DRIFT,
        Rule.KIND_CHANGED,
        Rule.LABEL_MISSING,
        Rule.NOTHING_TO_SCAN,
        Rule.PLATFORM_MISSING,
        Rule.TAG_GONE,
        Rule.TOO_OLD,
        Rule.VULNERABILITY,
        Rule.VULNERABILITY_ADDED,
    }
)
"""Rules that are reported once for each image, at its first use."""
_RULES: Final = tuple(rule.slug for rule in Rule)


@dataclass(frozen=True, slots=True)
class Mark:
    """A suppression comment: it ignores its *rules*, or everything if it has none.

    It applies to the places in *line*, from 1, that end before the byte offset
    `end`, if there is such a bound.
    """

    line: int
    rules: frozenset[str]
    end: int | None


@dataclass(frozen=True, slots=True)
class SuppressionComments:
    """The suppression comments of a file by line, and findings about invalid ones."""

    marks: dict[int, list[Mark]]
    problems: tuple[Finding, ...]

    def apply(self, found: Found) -> Found:
        """Return *found* with the suppressions that apply to its place."""
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
        # Text that cannot be read may name images, whatever a comment in it says.
        if not unreadable and any(not mark.rules for mark in marks):
            detail = f"`{place.text}`: a comment says so"
            return Skipped(place=place, reason=Reason.IGNORED, detail=detail)
        rules = place.ignores.union(*(mark.rules for mark in marks))
        return replace(found, place=replace(place, ignores=rules)) if marks else found


def suppression_comments(path: PurePosixPath, text: Text) -> SuppressionComments:
    """Return the suppression comments of the file at *path*."""
    marks: dict[int, list[Mark]] = {}
    problems: list[Finding] = []
    if _MARK not in text.value:
        return SuppressionComments(marks, ())
    from imagelock.sources.shared import comments  # few files have some

    lines = comments.CommentedLines(text)
    comment = rf"{comments.OPENING}[ \t]*+{_MARK}[ \t]*+(?P<directive>[^\r\n]*+)"
    for match in re.finditer(comment, text.value):
        is_comment = comments.is_comment(match["opening"], path.suffix.lower())
        if not is_comment or re.match(_IMAGE, match["directive"]):
            continue
        span = text.span(match.start(), match.end())
        directive = re.match(_IGNORE, match["directive"])
        if directive is None:
            message = (
                f"`{_MARK} {match['directive'].strip()}` is not an imagelock comment"
            )
            hint = (
                "write `imagelock: ignore`, `imagelock: ignore[RULE]` or"
                " `imagelock: image`"
            )
            problems.append(_problem(path, span, message, hint))
            continue
        names = directive["rules"]
        rules = frozenset(name.strip() for name in (names or "").split(",")) - {""}
        problems += _unknown(path, span, rules)
        if names is None or rules:
            line = text.position(lines.subject(match.start())[0])[0]
            end = span.start if line == span.line else None
            mark = Mark(line, rules, end)
            marks.setdefault(mark.line, []).append(mark)
    return SuppressionComments(marks, tuple(problems))


@dataclass(frozen=True, slots=True)
class PathIgnores:
    """Patterns of files, and the names of the rules that are ignored there."""

    entries: tuple[tuple[GitIgnoreSpec, frozenset[str]], ...]

    @classmethod
    def of(cls, settings: Mapping[str, Sequence[str]]) -> Self:
        """Return those of the settings: rules by gitignore pattern."""
        return cls(
            tuple(
                (compile_patterns([pattern]), frozenset(rules))
                for pattern, rules in settings.items()
            )
        )

    def at(self, path: PurePosixPath) -> frozenset[str]:
        """Return the names of the rules that are ignored in the file at *path*."""
        return frozenset().union(
            *(rules for spec, rules in self.entries if spec.match_file(path))
        )

    def apply(self, found: Found) -> Found:
        """Return *found* with the rules that are ignored in its file."""
        if not self.entries or not (rules := self.at(found.place.path)):
            return found
        place = replace(found.place, ignores=found.place.ignores | rules)
        return replace(found, place=place)


def filter_findings(
    findings: Iterable[Finding], everything: Sequence[Found]
) -> Iterator[Finding]:
    """Return the *findings* that are not ignored where they are.

    *everything* is what the files name. A finding about an image as a whole moves
    to the first use of the image that does not ignore it.
    """
    place_at = {
        (found.place.path, found.place.span): found.place
        for found in everything
        if found.place.ignores
    }
    # Few places have comments.
    return _left(findings, everything, place_at) if place_at else iter(findings)


def _left(
    findings: Iterable[Finding],
    everything: Sequence[Found],
    place_at: Mapping[tuple[PurePosixPath, Span], Place],
) -> Iterator[Finding]:
    """Yield the *findings* that the comments at these places leave."""
    uses: dict[Reference, list[Place]] = {}
    for found in everything:
        if isinstance(found, Occurrence):
            uses.setdefault(found.reference.key, []).append(found.place)
    for finding in findings:
        slug = finding.rule.slug
        place = place_at.get((finding.path, finding.span)) if finding.span else None
        if place is None or slug not in place.ignores:
            yield finding
        elif finding.reference is not None and finding.rule in _OF_IMAGES:
            for other in uses.get(finding.reference.key, ()):
                if slug not in other.ignores:
                    yield replace(finding, path=other.path, span=other.span)
                    break


def comment_above(path: PurePosixPath, rule: Rule, reason: str) -> str:
    """Return the line that ignores *rule* in the next line of the file at *path*."""
    from imagelock.sources.shared.comments import is_comment  # few runs write any

    opening = "#" if is_comment("#", path.suffix.lower()) else "//"
    return f"{opening} {_MARK} ignore[{rule.slug}] {reason}"


def _unknown(
    path: PurePosixPath, span: Span, rules: frozenset[str]
) -> Iterator[Finding]:
    for name in sorted(rules.difference(_RULES)):
        message = f"there is no rule `{name}`"
        yield _problem(path, span, message, did_you_mean(name, _RULES))


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
