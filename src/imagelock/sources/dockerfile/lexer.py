"""Expand a word from left to right; the grammar is in `words`."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason
from imagelock.sources.dockerfile.expansion import (
    Expansion,
    RefusedError,
    Unexpandable,
    concatenate,
    identifiers,
    unique,
    variable_expansion,
)
from imagelock.sources.dockerfile.patterns import replace, trim_prefix, trim_suffix

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LONGEST: Final = 1024
"""In characters. No value in a reference is longer, and variables that double each
other twenty times would never finish."""

_DEEPEST: Final = 32
_NAME: Final = re.compile(r"[0-9]+|[@*#?$!-]|\w*")
_OPERATORS: Final = frozenset("+-?#%")


class Lexer:
    """Expands a word from left to right, once.

    With *raw*, methods keep escapes, as patterns need. With *keep_unset*, a
    variable without a value stays as it is, with any operator.
    """

    def __init__(
        self,
        source: str,
        escape: str,
        values: Mapping[str, Expansion | Unexpandable],
        *,
        keep_unset: bool = False,
    ) -> None:
        self._source = source
        self._escape = escape
        self._values = values
        self._keep_unset = keep_unset
        self._position = 0
        self._depth = 0
        self._produced = 0

    def expand(self) -> Expansion:
        """Return the expansion of the whole source.

        Raises:
            RefusedError: BuildKit refuses it, or its value is not known.
        """
        return self._until("", raw=False)

    def unquoted_ranges(self) -> Iterator[tuple[int, int]]:
        """Yield the ranges of the source that no quote or escape protects.

        Raises:
            RefusedError: BuildKit refuses the source.
        """
        while (start := self._position) < len(self._source):
            character = self._source[start]
            self._part(character, "", raw=False)
            if character not in {"'", '"', self._escape}:
                yield start, self._position

    def _until(self, stop: str, *, raw: bool) -> Expansion:
        parts: list[Expansion] = []
        while self._position < len(self._source):
            character = self._source[self._position]
            if character == stop:
                self._position += 1
                return concatenate(parts)
            parts.append(self._part(character, stop, raw=raw))
        if stop:
            raise _broken(f"`{stop}` is missing")
        return concatenate(parts)

    def _part(self, character: str, stop: str, *, raw: bool) -> Expansion:
        if character == "$":
            return self._dollar()
        if character == "'":
            return self._single()
        if character == '"':
            return self._double(raw=raw)
        if character == self._escape:
            escaped = self._take(2)
            return Expansion(escaped if raw else escaped[1:])
        return Expansion(self._plain(f"$'\"{self._escape}{stop}"))

    def _single(self) -> Expansion:
        start = self._position + 1
        end = self._source.find("'", start)
        if end < 0:
            raise _broken("a quote is not closed")
        self._position = end + 1
        return Expansion(self._source[start:end])

    def _double(self, *, raw: bool) -> Expansion:
        parts: list[Expansion] = []
        self._position += 1
        while self._position < len(self._source):
            character = self._source[self._position]
            if character == '"':
                self._position += 1
                return concatenate(parts)
            if character == "$":
                parts.append(self._dollar())
            elif character == self._escape:
                parts.append(Expansion(self._escaped_in_double(raw=raw)))
            else:
                parts.append(Expansion(self._plain(f'$"{self._escape}')))
        raise _broken("a quote is not closed")

    def _escaped_in_double(self, *, raw: bool) -> str:
        kept = self._take(1) if raw else self._take(1)[1:]
        if self._peek() in {'"', "$", self._escape}:
            return kept + self._take(1)
        return kept + self._escape if self._peek() else kept

    def _dollar(self) -> Expansion:
        start = self._position
        self._position += 1
        if self._peek() == "{":
            value = self._braced()
        else:
            name = self._name()
            value = self._value(name) if name else Expansion("$")
        if self._keep_unset:
            return Expansion(self._source[start : self._position])
        return value

    def _braced(self) -> Expansion:
        self._position += 1
        if self._peek() in {"{", "}", ":", ""}:
            raise _broken(f"`${{{self._peek()}` names nothing")
        self._depth += 1
        if self._depth > _DEEPEST:
            raise RefusedError(Reason.VARIABLE, "variables are nested too deeply")
        value = self._substitution(self._name())
        self._depth -= 1
        return value

    def _substitution(self, name: str) -> Expansion:
        """Expand what follows the name, up to the closing brace."""
        operator = self._take(1)
        if operator == "}":
            return self._value(name)
        if operator == "/":
            return self._replaced(name)
        if colon := operator == ":":
            operator = self._take(1)
        elif operator not in _OPERATORS:
            raise self._unknown(name, operator)
        word = self._until("}", raw=operator in {"#", "%"})
        if self._keep_unset:
            return word
        if operator in {"#", "%"}:
            return self._trimmed(name, operator, word)
        if operator not in _OPERATORS:
            raise self._unknown(name, f":{operator}")
        return self._chosen(name, operator, word, colon=colon)

    def _chosen(
        self, name: str, operator: str, word: Expansion, *, colon: bool
    ) -> Expansion:
        value = self._look_up(name)
        is_absent = value is None or (colon and not value.value)
        if operator == "?" and is_absent:
            detail = word.value or "a value is required"
            raise RefusedError(Reason.VARIABLE_REQUIRED, f"`{name}`: {detail}", name)
        if operator != "+" and value is not None and not is_absent:
            return variable_expansion(name, value)
        chosen = word if is_absent == (operator == "-") else Expansion("")
        names = unique((*identifiers(name), *chosen.variables))
        return Expansion(chosen.value, names, chosen.empty, chosen.gaps)

    def _trimmed(self, name: str, operator: str, word: Expansion) -> Expansion:
        longest = word.value.startswith(operator)
        pattern = word.value[1:] if longest else word.value
        trim = trim_prefix if operator == "#" else trim_suffix
        return self._matched(
            name, (word,), lambda value: trim(pattern, value, longest=longest)
        )

    def _replaced(self, name: str) -> Expansion:
        everywhere = self._peek() == "/"
        if everywhere:
            self._position += 1
        pattern = self._until("/", raw=True)
        replacement = self._until("}", raw=True)
        if self._keep_unset:
            return replacement
        if "$" in replacement.value:
            raise self._unknown(name, "/")
        return self._matched(
            name,
            (pattern, replacement),
            lambda value: replace(
                pattern.value, value, replacement.value, everywhere=everywhere
            ),
        )

    def _matched(
        self, name: str, words: tuple[Expansion, ...], change: Callable[[str], str]
    ) -> Expansion:
        value = self._value(name)
        if any(len(word.value) > LONGEST for word in words):
            raise RefusedError(Reason.VARIABLE, "a pattern is too long", name)
        try:
            changed = change(value.value)
        except ValueError as error:
            raise RefusedError(Reason.VARIABLE, str(error), name) from error
        names = [name for word in words for name in word.variables]
        variables = unique((*value.variables, *names))
        return Expansion(changed, variables, value.empty, value.gaps)

    def _value(self, name: str) -> Expansion:
        """Return the value of *name*, empty if it is unset."""
        return variable_expansion(name, self._look_up(name) or Expansion(""))

    def _look_up(self, name: str) -> Expansion | None:
        value = self._values.get(name)
        if isinstance(value, Unexpandable):
            names = unique((name, *value.variables))
            raise RefusedError(value.reason, value.detail, *names)
        self._produced += len(value.value) if value else 0
        if self._produced > LONGEST:
            raise RefusedError(Reason.VARIABLE, "it is too long", name)
        return value

    def _unknown(self, name: str, operator: str) -> RefusedError:
        if not operator.strip(":"):
            return _broken("`}` is missing")
        if operator.startswith(":") and operator[1:].isalpha():
            return RefusedError(Reason.TEMPLATE, Reason.TEMPLATE.sentence)
        detail = f"`{operator}` after `{name}` means nothing to BuildKit"
        return RefusedError(Reason.VARIABLE, detail, *identifiers(name))

    def _name(self) -> str:
        return self._advance(_NAME)

    def _plain(self, specials: str) -> str:
        return self._advance(_run(specials))

    def _advance(self, pattern: re.Pattern[str]) -> str:
        match = pattern.match(self._source, self._position)
        text = match[0] if match else ""
        self._position += len(text)
        return text

    def _take(self, count: int) -> str:
        start = self._position
        self._position = min(start + count, len(self._source))
        return self._source[start : self._position]

    def _peek(self) -> str:
        return self._source[self._position : self._position + 1]


@cache
def _run(specials: str) -> re.Pattern[str]:
    return re.compile(f"[^{re.escape(specials)}]*")


def _broken(detail: str) -> RefusedError:
    return RefusedError(Reason.BAD_INTERPOLATION, detail)
