"""Parse the pipelines of a Go template: `$x := .Values.a | default "b"`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.syntax.go_template.literals import number_of, text_of
from imagelock.syntax.go_template.nodes import (
    FieldChain,
    Function,
    GoPipeline,
    Literal,
    Operand,
)
from imagelock.syntax.go_template.tokens import GoTemplateError

if TYPE_CHECKING:
    from imagelock.syntax.go_template.tokens import Token

_CONSTANTS: Final = {"true": True, "false": False, "nil": None}
_DEEPEST: Final = 40
"""How deep parentheses may be in each other."""


class Pipelines:
    """Reads pipelines from the tokens of an action."""

    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self.tokens = tokens
        self.position = 0
        self.depth = 0

    @property
    def has_more(self) -> bool:
        """Whether there are tokens left."""
        return self.position < len(self.tokens)

    def name(self) -> str:
        """Return the text that comes next, the name of a template.

        Raises:
            GoTemplateError: something else comes next.
        """
        token = self._peek()
        if token is None or token.kind != "text":
            raise GoTemplateError("a template has no name")
        self.position += 1
        return text_of(token.value)

    def whole(self, most_targets: int = 1) -> GoPipeline:
        """Return the pipeline that is all of the rest.

        Raises:
            GoTemplateError: it is none.
        """
        targets, declares = self._targets(most_targets)
        commands = self._commands()
        if self.has_more:
            raise GoTemplateError("an action has a parenthesis too many")
        return GoPipeline(commands, targets, declares)

    def _targets(self, most: int) -> tuple[tuple[str, ...], bool]:
        """Return the variables before `:=` or `=`, and whether it is `:=`."""
        names = []
        for at in range(0, 2 * most, 2):
            tokens = self.tokens[self.position + at : self.position + at + 2]
            if len(tokens) < 2 or tokens[0].kind != "variable":  # noqa: PLR2004
                break
            names.append(tokens[0].value[1:])
            if tokens[1].value in {":=", "="}:
                self.position += at + 2
                return tuple(names), tokens[1].value == ":="
            if tokens[1].value != ",":
                break
        return (), False

    def _commands(self) -> tuple[tuple[Operand, ...], ...]:
        commands: list[tuple[Operand, ...]] = []
        operands: list[Operand] = []
        while (token := self._peek()) is not None and token.value != ")":
            if token.kind == "sign" and token.value == "|":
                commands.append(tuple(operands))
                operands = []
                self.position += 1
            else:
                operands.append(self._operand(token))
        commands.append(tuple(operands))
        if not all(commands):
            raise GoTemplateError("a command is empty")
        return tuple(commands)

    def _operand(self, token: Token) -> Operand:
        self.position += 1
        if constant := _constant(token):
            return constant
        match token.kind, token.value:
            case "variable", name:
                return FieldChain(name[1:], self._fields())
            case "field", name:
                return FieldChain(None, (name[1:], *self._fields()))
            case "word", name:
                return Function(name)
            case _, "(":
                return self._parenthesis()
            case _, ".":
                return FieldChain(None)
            case _:
                raise GoTemplateError(f"`{token.value}` is in the wrong place")

    def _parenthesis(self) -> FieldChain:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise GoTemplateError("parentheses are too deep in each other")
        inner = GoPipeline(self._commands())
        if not self.has_more:
            raise GoTemplateError("a parenthesis has no end")
        self.position += 1
        self.depth -= 1
        return FieldChain(inner, self._fields())

    def _fields(self) -> tuple[str, ...]:
        """Return the fields that follow without a blank."""
        names = []
        while (token := self._peek()) and token.kind == "field" and token.is_joined:
            names.append(token.value[1:])
            self.position += 1
        return tuple(names)

    def _peek(self) -> Token | None:
        return self.tokens[self.position] if self.has_more else None


def _constant(token: Token) -> Literal | None:
    """Return the constant that *token* is, if it is one."""
    match token.kind:
        case "text":
            return Literal(text_of(token.value))
        case "character":
            return Literal(ord(text_of(token.value)[:1] or "\0"))
        case "number":
            return Literal(number_of(token.value))
        case "word" if token.value in _CONSTANTS:
            return Literal(_CONSTANTS[token.value])
        case _:
            return None
