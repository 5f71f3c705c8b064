"""Mistakes on the command line, in our own words.

Typer's sentences come from several libraries, and differ between its versions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from imagelock.errors import UsageError, did_you_mean, nearest
from imagelock.report.identity import page_url

if TYPE_CHECKING:
    from collections.abc import Sequence

_CHOICE: Final = re.compile(
    r"'(?P<value>.*)' is not one of (?P<choices>.*?)\.?$", re.DOTALL
)
_READING: Final = frozenset(
    {"config", "diff", "doctor", "list", "outdated", "render", "rule", "verify"}
)
"""Commands that write nothing."""

_NEEDS: Final = {
    "valid integer": "needs a whole number, such as `1`",
    "valid number": "needs a number",
    "valid float": "needs a number",
    "greater than or equal": "needs a number that is not smaller than {0.min}",
    "not in the range": "needs a number that is not smaller than {0.min}",
    "valid boolean": "needs `1` or `0`",
}
"""What an option needs, by a part of the sentence that its value got."""
_VARIABLE: Final = "the variable `"


def explained(error: Any) -> UsageError:  # noqa: ANN401 - the class has no public name
    """Return *error*, a usage error of Typer, as an error of ours."""
    context = error.ctx
    path = context.command_path if context else "imagelock"
    message, hint = _sentence(error)
    if hint is None and message.startswith(_VARIABLE):
        hint = f"see {page_url('reference/environment')}"
    return UsageError(message, hint=hint or f"`{path} --help` shows how to use it")


def _sentence(error: Any) -> tuple[str, str | None]:  # noqa: ANN401 - as above
    """Return what is wrong, and a hint at what was probably meant."""
    text = " ".join(error.message.split()) if error.message else ""
    if name := getattr(error, "option_name", None):
        if text.startswith("No such option"):
            return f"there is no option `{name}`", _about_option(name, error.ctx)
        return f"`{name}` {_after_name(text, name)}", None
    if match := re.match(r"No such command '(.*?)'", text):
        return f"there is no command `{match[1]}`", did_you_mean(
            match[1], _commands(error)
        )
    if parameter := getattr(error, "param", None):
        return _about_parameter(error, parameter, text)
    if match := re.search(r"unexpected extra argument(?:s|\(s\))? \((.*)\)", text):
        return f"`{match[1]}` is one argument too many", None
    return text.rstrip(".")[:1].lower() + text.rstrip(".")[1:], None


def _about_option(name: str, context: Any) -> str | None:  # noqa: ANN401 - as above
    """Return a hint at what was meant by the option *name*, which does not exist."""
    command = context.command.name
    if name in {"--check", "--dry-run"} and command in _READING:
        return f"`{command}` writes nothing"
    levels = [level.command for level in (context, context.parent) if level]
    options = sorted({e for c in levels for p in c.params for e in p.opts})
    # All begin with dashes, which makes none of them more alike.
    names = {option.strip("-"): option for option in options}
    if near := nearest(name.strip("-"), names):
        return f"did you mean `{names[near]}`?"
    if context.parent is None:
        return (
            "options of a command are behind its name, as in `imagelock lock --check`"
        )
    return None


def _about_parameter(error: Any, parameter: Any, text: str) -> tuple[str, str | None]:  # noqa: ANN401
    name = _name(error, parameter)
    if error.__class__.__name__ == "MissingParameter":
        return f"{name} is missing", None
    text = text.removeprefix("Value error, ")
    if match := _CHOICE.search(text):
        choices = re.findall("'([^']*)'", match["choices"])
        sentence = f"{name} cannot be `{match['value']}`: use {_either(choices)}"
        return sentence, did_you_mean(match["value"], choices)
    if match := re.search("'(.*)' does not exist", text):
        return f"{name}: there is no folder `{match[1]}`", None
    if match := re.search("'(.*)' is a file", text):
        return f"{name}: `{match[1]}` is a file, not a folder", None
    for part, needs in _NEEDS.items():
        if part in text:
            return f"{name} {needs.format(parameter)}", None
    return f"{name}: {text.rstrip('.')}", None


def _name(error: Any, parameter: Any) -> str:  # noqa: ANN401 - as above
    """Return the name of *parameter*: that of the variable, if its value is from it."""
    if parameter.param_type_name == "argument":
        return f"`{(parameter.metavar or parameter.name).partition('[')[0]}`"
    source = error.ctx and error.ctx.get_parameter_source(parameter.name)
    if source is not None and source.name == "ENVIRONMENT":
        return f"{_VARIABLE}{parameter.envvar}`"
    return f"`{max(parameter.opts, key=len)}`"


def _after_name(text: str, name: str) -> str:
    rest = text.rpartition(f"{name}'")[2].strip(" .")
    return "needs a value" if "requires" in rest else rest or "is not valid"


def _commands(error: Any) -> list[str]:  # noqa: ANN401 - as above
    return list(error.ctx.command.commands)


def _either(choices: Sequence[str]) -> str:
    *others, last = choices
    return f"{', '.join(others)} or {last}" if others else last
