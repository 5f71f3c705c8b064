"""The tree of a Go template (`text/template`)."""

from __future__ import annotations

from imagelock.dataclass import dataclass, field


@dataclass(frozen=True, slots=True)
class Plain:
    """Text between actions, with the blanks that `{{-` and `-}}` trim taken off."""

    value: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant: a text, number, boolean, or nil (`None`)."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class FieldChain:
    """A chain of fields (`.a.b`) of the dot, of a variable, or of a pipeline.

    `start` is `None` for the dot, the name of a variable without its `$` (an empty
    text for `$` itself), or a pipeline in parentheses.
    """

    start: str | GoPipeline | None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Function:
    """The name of a function."""

    name: str


Operand = Literal | FieldChain | Function


@dataclass(frozen=True, slots=True)
class GoPipeline:
    """Commands, each of which gets the value of the one before as its last argument.

    A command is a list of operands. `targets` are the variables that get the value;
    `declares` is whether they are new (`:=`).
    """

    commands: tuple[tuple[Operand, ...], ...]
    targets: tuple[str, ...] = ()
    declares: bool = False


@dataclass(frozen=True, slots=True)
class Output:
    """An action whose value is written."""

    pipeline: GoPipeline


@dataclass(frozen=True, slots=True)
class Branch:
    """A body with its condition, which is `None` for a last `else`."""

    condition: GoPipeline | None
    body: Body


@dataclass(frozen=True, slots=True)
class Choice:
    """An `if` or `with`, and its `else`; `with` makes its value the dot."""

    branches: tuple[Branch, ...]
    sets_dot: bool


@dataclass(frozen=True, slots=True)
class Loop:
    """A `range`; `otherwise` is written where there is no item."""

    pipeline: GoPipeline
    body: Body
    otherwise: Body


@dataclass(frozen=True, slots=True)
class TemplateCall:
    """A `template` action, or the `block` that also defines it."""

    name: str
    pipeline: GoPipeline | None


@dataclass(frozen=True, slots=True)
class Leave:
    """A `break` or `continue`."""

    ends_loop: bool


Node = Plain | Output | Choice | Loop | TemplateCall | Leave
Body = tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class GoTemplate:
    """A file: its own body, and the named templates that it defines."""

    body: Body = ()
    defined: dict[str, Body] = field(default_factory=dict)
