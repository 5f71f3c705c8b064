"""Fail where a word stands that a newcomer to the field would stumble on.

    python tools/check_words.py

Checked are the names, comments and texts in `src`, and the prose of the documentation.
"""

from __future__ import annotations

import io
import re
import sys
import tokenize
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parents[1]
WORDS: Final = {
    "anew": "again",
    "brought": "imported",
    "gathered": "collected",
    "harmed": "changed",
    "mend": "fix",
    "mends": "fixes",
    "said": "reported, or the noun",
    "settled": "merged, or resolved",
    "stranger": "untrusted",
    "strangers": "untrusted",
    "told": "reported, or the noun",
    "whom": "another sentence",
    "wish": "options",
    "worth": "another sentence",
}
NAMES: Final = {**WORDS, "one": "the noun: `occurrence`, `image`, `entry`, …"}
"""What may not be a name, or a part of one between underscores."""

PAGES: Final = (
    *("*.md", "docs/*.md", ".github/*.md"),
    *("docs/guides/*.md", "docs/concepts/*.md", "docs/reference/*.md"),
    *("docs/development/*.md", "examples/*.md"),
)
_TEXTS: Final = {
    tokenize.COMMENT,
    tokenize.STRING,
    # Since Python 3.12 an f-string is several tokens.
    getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING),
}
_WORD: Final = re.compile(r"[A-Za-z]+")
_CODE: Final = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def main() -> int:
    problems = [*check_source(), *check_pages()]
    for problem in problems:
        sys.stdout.write(f"{problem}\n")
    return 1 if problems else 0


def check_source() -> Iterator[str]:
    for path in sorted((ROOT / "src").rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            line, _ = token.start
            if token.type == tokenize.NAME:
                yield from _report(path, line, token.string.split("_"), NAMES)
            elif token.type in _TEXTS:
                words = _CODE.sub("", token.string)
                yield from _report(path, line, _WORD.findall(words), WORDS)


def check_pages() -> Iterator[str]:
    for pattern in PAGES:
        for path in sorted(ROOT.glob(pattern)):
            text = path.read_text(encoding="utf-8")
            # Blanked out, so that the lines of the rest keep their numbers.
            prose = _CODE.sub(lambda match: "\n" * match[0].count("\n"), text)
            for number, line in enumerate(prose.splitlines(), start=1):
                yield from _report(path, number, _WORD.findall(line), WORDS)


def _report(
    path: Path, line: int, words: list[str], refused: dict[str, str]
) -> Iterator[str]:
    for word in words:
        if (better := refused.get(word.lower())) is not None:
            yield f"{path.relative_to(ROOT)}:{line}: `{word}`: write {better}"


if __name__ == "__main__":
    raise SystemExit(main())
