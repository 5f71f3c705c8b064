"""Variables that a pipeline sets once, to a text.

    def image = 'node:22'
    environment { TAG = '7' }
    env.TAG = '7'

The pipeline is not run. A name that is set twice, is a parameter, or may come from
elsewhere has no known value.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field
from imagelock.model.occurrence import VariableAssignment
from imagelock.syntax.code_groups import (
    CodeGroup,
    is_mark,
    is_word,
    line_arguments,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from imagelock.sources.shared.source_file import SourceFile
    from imagelock.syntax.code_tokens import CodeToken

_REFERENCE: Final = re.compile(
    r"\$(?:\{[ ]*+(?P<braced>[A-Za-z_][\w.]*+)[ ]*+\}|(?P<plain>[A-Za-z_]\w*+(?:\.\w++)*+))"
)
_OPERATORS: Final = frozenset("+-*/%?<>&|^")
_ENVIRONMENT: Final = "env."
_BINDING: Final = frozenset({"for", "catch"})
_NO_TYPES: Final = frozenset({"return", "else", "new", "throw", "assert", "in"})
_LONGEST_NAME: Final = 3
"""Items of `env.NAME`."""

_LONGEST: Final = 1000
"""In characters. Longer values are not parts of image references."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A text that a variable is set to, and whether it is one of the environment."""

    token: CodeToken
    is_environment: bool


@dataclass(slots=True)
class VariablesSetOnce:
    """The variables of a pipeline with a single value."""

    settings: dict[str, Setting]
    _texts: dict[str, str | None] = field(default_factory=dict)

    @classmethod
    def of(cls, program: Iterable[CodeGroup], source: str) -> VariablesSetOnce:
        """Return those in *program*, which is all of *source*."""
        found: dict[str, list[Setting | None]] = {}
        for group in program:
            for name, setting in _settings(group, source):
                found.setdefault(name, []).append(setting)
        single = {name: each[0] for name, each in found.items() if len(each) == 1}
        return cls({name: each for name, each in single.items() if each is not None})

    def named(self, items: Sequence[CodeToken]) -> CodeToken | None:
        """Return the text of the variable that *items* are, if that is known."""
        if len(items) > _LONGEST_NAME or any(each.is_text for each in items):
            return None
        return self._token("".join(each.text for each in items))

    def named_in(self, token: CodeToken) -> CodeToken | None:
        """Return the text of the variable that a text consists of: `"${image}"`."""
        match = _REFERENCE.fullmatch(token.text) if _is_expanded(token) else None
        return self._token(match["braced"] or match["plain"]) if match else None

    def expanded(self, token: CodeToken) -> tuple[str, tuple[str, ...]] | None:
        """Return a text with its variables replaced, and their names.

        Nothing is returned if one of them, or anything else in it, is not known.
        """
        if not _is_expanded(token):
            return None
        parts: list[str] = []
        names: list[str] = []
        end = 0
        for match in _REFERENCE.finditer(token.text):
            name = match["braced"] or match["plain"]
            if (text := self._text(name)) is None:
                return None
            parts += [token.text[end : match.start()], text]
            names.append(name.removeprefix(_ENVIRONMENT))
            end = match.end()
        literal = "".join([*parts[::2], token.text[end:]])
        image = "".join([*parts, token.text[end:]])
        if not names or "$" in literal or "\\" in literal or len(image) > _LONGEST:
            return None
        return image, tuple(dict.fromkeys(names))

    def assignments(
        self, file: SourceFile, names: Iterable[str]
    ) -> tuple[VariableAssignment, ...]:
        """Return where *names* are set."""
        tokens = ((name, self.settings[name].token) for name in names)
        return tuple(
            VariableAssignment(
                name, file.path, file.text.span(token.start, token.end), token.text
            )
            for name, token in tokens
        )

    def _token(self, name: str) -> CodeToken | None:
        setting = self.settings.get(name.removeprefix(_ENVIRONMENT))
        if setting is None or (
            name.startswith(_ENVIRONMENT) and not setting.is_environment
        ):
            return None
        return setting.token

    def _text(self, name: str) -> str | None:
        if name not in self._texts:
            self._texts[name] = None  # It may refer to itself.
            token = self._token(name)
            if token is not None and not re.search(r"[$\\]", token.text):
                self._texts[name] = token.text
            elif token is not None and (expanded := self.expanded(token)):
                self._texts[name] = expanded[0]
        return self._texts[name]


def _is_expanded(token: CodeToken) -> bool:
    return token.quote.startswith('"')


def _settings(group: CodeGroup, source: str) -> Iterator[tuple[str, Setting | None]]:
    """Yield each name that *group* sets, with nothing where its value is not known."""
    yield from ((name, None) for name in _bound(group, source))
    for at, item in enumerate(group.items):
        if item.is_text:
            yield from ((name, None) for name in _given_elsewhere(group, at))
        elif is_word(item) and _is_set(group, at):
            yield item.text, _setting(group, at, source)


def _is_set(group: CodeGroup, at: int) -> bool:
    """Return whether the item at *at* is a variable that gets a value."""
    behind = at + 1
    while (mark := group.item(behind)) and not mark.is_text and mark.text in _OPERATORS:
        behind += 1
    after = group.item(behind + 1)
    is_comparison = is_mark(after, "=") or is_mark(after, "~")
    return is_mark(group.item(behind), "=") and not is_comparison


def _setting(group: CodeGroup, at: int, source: str) -> Setting | None:
    items = line_arguments(group.items, at + 2, source)
    following = group.item(at + 2 + len(items))
    is_plain = (
        is_mark(group.item(at + 1), "=")
        and len(items) == 1
        and items[0].is_text
        and not (is_mark(following, ".") or is_mark(following, "?"))
    )
    is_member = is_mark(group.item(at - 1), ".")
    is_environment = group.name == "environment" or (
        is_member and is_mark(group.item(at - 2), "env")
    )
    if not is_plain or (is_member and not is_environment):
        return None
    return Setting(items[0], is_environment)


def _bound(group: CodeGroup, source: str) -> Iterator[str]:
    """Yield names in *group* that are parameters, or get one value after the other."""
    words = [(at, item.text) for at, item in enumerate(group.items) if is_word(item)]
    if group.text == "(" and (
        _has_parameters(group, source)
        or group.name in _BINDING
        or (group.parent and is_mark(group.parent.item(group.index + 1), "="))
    ):
        yield from (word for _, word in words)
    for at, item in enumerate(group.items if group.text == "{" else ()):
        if is_mark(item, "-") and is_mark(group.item(at + 1), ">"):
            yield from (word for before, word in words if before < at)
            return


def _has_parameters(group: CodeGroup, source: str) -> bool:
    """Return whether a type, or `def`, and the name of a function are before it."""
    if group.parent is None or not group.name or "." in group.name:
        return False
    kind = group.parent.item(group.index - 2) if group.index > 1 else None
    return (
        kind is not None
        and not kind.is_text
        and (is_word(kind) or kind.text in {"]", ">"})
        and kind.text not in _NO_TYPES
        and "\n" not in source[kind.end : group.start]
    )


def _given_elsewhere(group: CodeGroup, at: int) -> Iterator[str]:
    """Yield the name that a text gives a value: `withEnv(['A=1'])`, `name: 'A'`."""
    text = group.items[at].text
    name, equals, _ = text.partition("=")
    if equals and name.isidentifier():
        yield name
    if is_mark(group.item(at - 1), ":") and is_mark(group.item(at - 2), "name"):
        yield text
