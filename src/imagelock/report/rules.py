"""The explanations of rules as text: the page `rules.md` beside this file.

`docs/generate.py` copies it to the reference.
"""

from __future__ import annotations

import re
from importlib.resources import files
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from imagelock.model.finding import Rule
from imagelock.report.identity import help_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.report.style import Style

_LINK: Final = re.compile(r"\[(?P<text>[^\]]*)\]\([^)]*\)")
_BLOCK: Final = re.compile(r"```\w*\n(?P<code>.*?)\n```", re.DOTALL)


def rules_page() -> str:
    """Return the page with a section for each rule, Markdown."""
    return files(__package__).joinpath("rules.md").read_text(encoding="utf-8")


def format_rule(rule: Rule, *, style: Style, width: int) -> str:
    """Return the explanation of *rule*, with examples, in lines of *width* columns."""
    section = rules_page().split(f"\n## {rule.slug}\n")[1].split("\n## ")[0]
    title = f"{style.bold(rule.slug)} ({rule.severity.word}): {rule.summary}"
    blocks = "\n\n".join([title, *_blocks(section, width), help_url(rule.slug)])
    return f"{blocks}\n"


def format_rules(*, style: Style) -> str:
    """Return a line for each rule."""
    width = max(len(rule.slug) for rule in Rule)
    return "".join(
        f"{style.bold(f'{rule.slug:{width}}')}  {rule.severity.word:7}  {rule.summary}\n"
        for rule in Rule
    )


def _blocks(section: str, width: int) -> Iterator[str]:
    """Yield the paragraphs and examples in *section* as text."""
    text = _LINK.sub(r"\g<text>", section).strip()
    for part in re.split(r"\n\n(?=\S)", text):
        if code := _BLOCK.fullmatch(part):
            yield "\n".join(f"    {line}".rstrip() for line in code["code"].split("\n"))
        else:
            yield "\n".join(
                line for each in part.split("\n") for line in _wrapped(each, width)
            )


def _wrapped(line: str, width: int) -> list[str]:
    indent = "  " if line.startswith("- ") else ""
    return wrap(line, width, subsequent_indent=indent, break_on_hyphens=False)
