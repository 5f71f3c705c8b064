"""The help of the program and its commands as plain text, and its data for documents."""

from __future__ import annotations

import re
import shutil
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from typer.core import TyperCommand, TyperGroup

from imagelock.cli.command_help import ALL_COMMANDS, GROUPS, SUBCOMMANDS
from imagelock.report.identity import page_url

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Row = tuple[str, str]
    """What is on the left, and the text on the right."""

_NARROWEST: Final = 40
_WIDEST: Final = 100
_LEFT: Final = 28
"""The columns up to the text; a longer name has a line of its own."""
_CODES: Final = "Exit codes: "
_METAVAR: Final = re.compile(r"(?P<name>[^\[\]]*)(?:\[(?P<choices>[^\]]*\|[^\]]*)\])?")


class Option(NamedTuple):
    """An option or an argument; `value` is the name of its value, if it has any."""

    names: tuple[str, ...]
    value: str
    text: str
    choices: tuple[str, ...]
    default: str
    variable: str
    is_argument: bool

    @property
    def left(self) -> str:
        """The names and the value, as in a usage line."""
        if self.is_argument:
            return self.value
        short = [name for name in self.names if not name.startswith("--")]
        long = [name for name in self.names if name.startswith("--")]
        names = ", ".join([*short, *long])
        return f"{'' if short else '    '}{names} {self.value}".rstrip()

    @property
    def right(self) -> str:
        """The text, the possible values and the default."""
        notes = [
            f"[possible values: {', '.join(self.choices)}]" if self.choices else "",
            f"[default: {self.default}]" if self.default else "",
        ]
        return " ".join([self.text, *filter(None, notes)])


def options(command: Any) -> list[Option]:  # noqa: ANN401 - Typer has no public type
    """Return the arguments and options of *command*."""
    hidden = {"show_completion", "help"}
    return [_option(each) for each in command.params if each.name not in hidden]


def _option(parameter: Any) -> Option:  # noqa: ANN401 - Typer has no public type
    match = _METAVAR.match(parameter.metavar or "")
    name, choices = (match["name"], match["choices"]) if match else ("", None)
    is_argument = parameter.param_type_name == "argument"
    default = parameter.default
    has_default = default not in (None, False, 0, ()) and not is_argument
    return Option(
        names=tuple(parameter.opts),
        value=(name or _placeholder(parameter))
        + ("..." if is_argument and parameter.nargs == -1 else ""),
        text=parameter.help or "",
        choices=tuple(choices.split("|")) if choices else (),
        default=f"{getattr(default, 'value', default):g}"
        if isinstance(default, float)
        else str(getattr(default, "value", default)) * has_default,
        variable=parameter.envvar or "",
        is_argument=is_argument,
    )


def _placeholder(parameter: Any) -> str:  # noqa: ANN401 - Typer has no public type
    """Return the name of the value of *parameter*, unless it has none."""
    has_none = getattr(parameter, "is_flag", False) or getattr(
        parameter, "count", False
    )
    return "" if has_none else str(parameter.name).upper()


def usage(name: str, command: Any) -> str:  # noqa: ANN401 - Typer has no public type
    """Return the usage line of *command*, whose whole name is *name*."""
    if name in SUBCOMMANDS:
        return f"imagelock {name} COMMAND [ARGS]..."
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    words = [
        _option(each).value if each.required else f"[{_option(each).value}]"
        for each in arguments
    ]
    return " ".join(["imagelock", name, "[OPTIONS]", *words])


class PlainCommand(TyperCommand):
    """A command whose help has sections of plain text."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401, D102
        formatter.write(_page_of(self, ctx))


class PlainGroup(TyperGroup):
    """A command that has commands."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401, D102
        formatter.write(_page_of(self, ctx))


class PlainProgram(PlainGroup):
    """The program, whose help has its commands in groups."""

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401, ARG002, D102
        formatter.write(program_page(self, columns()))


def _page_of(command: Any, context: Any) -> str:  # noqa: ANN401 - no public types
    _, _, name = context.command_path.partition(" ")
    return command_page(name, command, context.find_root().command, columns())


def command_of(program: Any, name: str) -> Any:  # noqa: ANN401 - no public types
    """Return the command of *program* whose whole name is *name*."""
    for word in name.split():
        program = program.commands[word]
    return program


def columns() -> int:
    """Return the width of the help, in columns."""
    return max(_NARROWEST, min(shutil.get_terminal_size().columns, _WIDEST))


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a docstring, each on one line."""
    return [" ".join(part.split()) for part in text.split("\n\n")]


def program_page(group: Any, width: int) -> str:  # noqa: ANN401 - no public type
    """Return the help of the program."""
    sections = [
        "\n".join(wrap(" ".join(paragraphs(group.help)), width)),
        "Usage: imagelock [OPTIONS] COMMAND [ARGS]...",
    ]
    for title, members in GROUPS.items():
        rows = [(n, paragraphs(group.commands[n].help)[0]) for n in members]
        sections.append(_section(title, rows, width, left=16))
    sections.append(_option_section("Options", options(group), width))
    more = "`imagelock help COMMAND` describes a command, `imagelock rule RULE` a rule."
    sections += ["\n".join(wrap(more, width)), page_url("README")]
    return "\n\n".join(sections) + "\n"


def command_page(
    name: str,
    command: Any,  # noqa: ANN401 - no public type
    program: Any,  # noqa: ANN401 - no public type
    width: int,
) -> str:
    """Return the help of *command*, whose whole name is *name*."""
    about = ALL_COMMANDS[name]
    parameters = options(command)
    texts, codes = _texts_and_codes(command.help)
    arguments = [(each.left, each.right) for each in parameters if each.is_argument]
    own = [each for each in parameters if not each.is_argument]
    only_alone = {"--version", "--install-completion"}
    everywhere = [each for each in options(program) if not only_alone & {*each.names}]
    examples = [(f"imagelock {line}", text) for line, text in about.examples.items()]
    commands = [
        (each, paragraphs(command_of(command, each).help)[0])
        for each in SUBCOMMANDS.get(name, ())
        if each in command.commands
    ]
    sections = [
        *("\n".join(wrap(text, width)) for text in texts),
        f"Usage: {usage(name, command)}",
        _section("Commands", commands, width, left=16),
        _section("Arguments", arguments, width),
        _option_section("Options", own, width),
        _option_section("Global options", everywhere, width),
        _section("Examples", examples, width, left=max(map(len, about.examples)) + 14),
        _section("Exit codes", codes, width, left=6),
        page_url(about.page),
    ]
    return "\n\n".join(filter(None, sections)) + "\n"


def _texts_and_codes(help_text: str) -> tuple[list[str], list[Row]]:
    """Return the paragraphs of *help_text*, and the exit codes that end it, if any."""
    *texts, last = paragraphs(help_text)
    if last.startswith(_CODES):
        return texts, exit_codes(last)
    return [*texts, last], []


def exit_codes(text: str) -> list[Row]:
    """Return each exit code in *text*, `Exit codes: 0 done, 1 not.`, and its meaning."""
    parts = re.split(rf"(?:^{_CODES}|, )(?=\d )", text.rstrip("."))
    return [(part[0], part[2:]) for part in parts if part]


def _option_section(title: str, parameters: Sequence[Option], width: int) -> str:
    return _section(title, [(each.left, each.right) for each in parameters], width)


def _section(title: str, rows: Sequence[Row], width: int, *, left: int = _LEFT) -> str:
    if not rows:
        return ""
    left = min(left, width * 5 // 8)
    return "\n".join(
        [f"{title}:", *(line for row in rows for line in _lines(row, left, width))]
    )


def _lines(row: Row, left: int, width: int) -> Iterator[str]:
    name, text = row
    lines = wrap(text, width - left, break_on_hyphens=False, break_long_words=False)
    if len(name) + 4 > left:
        yield f"  {name}"
        name = ""
    first, *rest = lines or [""]
    yield f"  {name:{left - 2}}{first}".rstrip() if name else f"{'':{left}}{first}"
    yield from (f"{'':{left}}{line}" for line in rest)
