"""Run what hooks, pipelines and editors run without Typer.

That is `verify`, `list`, `lock` and `lsp`. Importing Typer takes longer than a check of
few files. Only a command line that is recognized in full, and valid, is run here: errors,
help, completion, and options from variables of the environment are Typer's.
`cli/verify.py` and the other modules of the commands describe the options; a test
compares what both parsers make of the same arguments.
"""

from __future__ import annotations

import os
import re
import sys
from functools import partial
from pathlib import Path

from imagelock.cli.format_names import JSON, TEXT
from imagelock.cli.global_options import split_global_options
from imagelock.light_typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from imagelock.cli.session import Session

    Values = Mapping[str, Sequence[str]]
    """The values of each option in their order, `""` for a flag; `""` has arguments."""
    _Options = tuple[Collection[str], Collection[str]]
    """The flags, and the options that have a value."""
    _Runner = Callable[[Values, Values], Callable[[], int] | None]

_VERIFY: Final = (
    {"--all", "--deep", "--environment", "--signatures"},
    {"--answers", "--fail-on", "--format", "--max-age", "--report", "--timeout"},
)
_LOCK: Final = (
    {"--all", "--check", "--environment", "--signatures"},
    {"--answers", "--format", "--max-age", "--report", "--timeout"},
)
_LIST: Final = {"--all", "--environment", "--summary"}, {"--format"}
_GLOBAL: Final = (
    {"--quiet", "--verbose", "--no-cache", "--offline"},
    {"--color", "--project", "--config"},
)
_COLORS: Final = ("auto", "always", "never")
_SECONDS: Final = "[1-9][0-9]{0,8}"
_SEVERITIES: Final = ("error", "warning", "note")


def recognized_run(
    arguments: Sequence[str], environment: Iterable[str]
) -> Callable[[], int] | None:
    """Return what runs *arguments* and returns the exit code, if it is here.

    *environment* has the names of the variables: Typer reads those of imagelock.
    """
    if list(arguments) in (["--version"], ["-V"], ["version"]):
        return _print_version
    if any(name.lstrip("_").startswith("IMAGELOCK_") for name in environment):
        return None
    global_options, command_line = split_global_options(arguments)
    global_values = _values(_spelled_out(global_options), *_GLOBAL)
    if not command_line or global_values is None or not _is_valid(global_values):
        return None
    name, *rest = command_line
    options, runner = _COMMANDS.get(name, (None, None))
    if options is None or runner is None:
        return None
    values = _values(rest, *options)
    return None if values is None else runner(global_values, values)


def _print_version() -> int:
    from imagelock.version import __version__

    sys.stdout.write(f"imagelock {__version__}\n")
    return 0


def _spelled_out(arguments: Iterable[str]) -> Iterable[str]:
    """Yield *arguments* with `-qvv` as `--quiet --verbose --verbose`."""
    long = {"q": "--quiet", "v": "--verbose"}
    for argument in arguments:
        if argument.startswith("-") and not argument.startswith("--"):
            yield from (long.get(letter, argument) for letter in argument[1:])
        else:
            yield argument


def _values(
    arguments: Iterable[str], flags: Collection[str], with_value: Collection[str]
) -> Values | None:
    """Return the values in *arguments*, or `None` if there is anything unusual."""
    values: dict[str, list[str]] = {"": []}
    remaining = iter(arguments)
    for argument in remaining:
        name, equals, value = argument.partition("=")
        if argument in flags:
            values.setdefault(argument, []).append("")
        elif name in with_value:
            value = value if equals else next(remaining, "")
            if not value or value.startswith("-"):
                return None
            values.setdefault(name, []).append(value)
        elif argument and not argument.startswith("-") and "\0" not in argument:
            values[""].append(argument)
        else:
            return None
    return values


def _paths(values: Values, name: str) -> list[Path]:
    return [Path(value) for value in values.get(name, ())]


def _last(values: Values, name: str, default: str) -> str:
    return values.get(name, (default,))[-1]


def _is_valid(values: Values) -> bool:
    """Return whether Typer would accept the global options."""
    folder = _last(values, "--project", ".")
    is_folder = os.path.isdir(folder) and os.access(folder, os.R_OK)
    return is_folder and _last(values, "--color", "auto") in _COLORS


def _verify(global_values: Values, values: Values) -> Callable[[], int] | None:
    severity = _last(values, "--fail-on", "error")
    if severity not in _SEVERITIES or not _has_valid_timeout(values):
        return None
    return partial(_run_verify, global_values, values, severity)


def _run_verify(global_values: Values, values: Values, severity: str) -> int:
    from imagelock.cli.run_verify import run_verify
    from imagelock.model.finding import Severity

    return run_verify(
        _session(global_values),
        _paths(values, ""),
        fail_on=Severity[severity.upper()],
        output=_last(values, "--format", TEXT),
        report=values.get("--report", ()),
        environment="--environment" in values,
        timeout=_timeout(values),
        deep="--deep" in values,
        signatures="--signatures" in values,
        all_projects="--all" in values,
        answers=_paths(values, "--answers"),
        max_age=_last(values, "--max-age", "") or None,
    )


def _lock(global_values: Values, values: Values) -> Callable[[], int] | None:
    if not _has_valid_timeout(values):
        return None
    return partial(_run_lock, global_values, values)


def _run_lock(global_values: Values, values: Values) -> int:
    from imagelock.cli.run_lock import run_lock
    from imagelock.commands.signer_options import SignerOptions

    return run_lock(
        _session(global_values),
        _paths(values, ""),
        check="--check" in values,
        all_projects="--all" in values,
        output=_last(values, "--format", TEXT),
        report=values.get("--report", ()),
        environment="--environment" in values,
        timeout=_timeout(values),
        signers=SignerOptions(everything="--signatures" in values),
        answers=_paths(values, "--answers"),
        max_age=_last(values, "--max-age", "") or None,
    )


def _has_valid_timeout(values: Values) -> bool:
    return all(re.fullmatch(_SECONDS, each) for each in values.get("--timeout", ()))


def _timeout(values: Values) -> float:
    from imagelock.registry import DEFAULT_TIMEOUT

    return float(_last(values, "--timeout", str(DEFAULT_TIMEOUT)))


def _list(global_values: Values, values: Values) -> Callable[[], int] | None:
    if _last(values, "--format", TEXT) not in {TEXT, JSON}:
        return None
    return partial(_run_list, global_values, values)


def _run_list(global_values: Values, values: Values) -> int:
    from imagelock.cli.run_list import run_list

    return run_list(
        _session(global_values),
        values[""],
        output=_last(values, "--format", TEXT),
        environment="--environment" in values,
        summary="--summary" in values,
        all_projects="--all" in values,
    )


def _lsp(global_values: Values, values: Values) -> Callable[[], int] | None:
    return None if values[""] else partial(_run_lsp, global_values)


def _run_lsp(global_values: Values) -> int:
    from imagelock.cli.run_lsp import run_lsp

    return run_lsp(_session(global_values))


def _session(values: Values) -> Session:
    from imagelock.cli.colors import ColorChoice
    from imagelock.cli.session import Session

    config = _last(values, "--config", "")
    return Session(
        quiet="--quiet" in values,
        verbose=len(values.get("--verbose", ())),
        color=ColorChoice(_last(values, "--color", "auto")),
        folder=Path(_last(values, "--project", ".")),
        config_file=Path(config) if config else None,
        no_cache="--no-cache" in values,
        offline="--offline" in values,
    )


_COMMANDS: Final[Mapping[str, tuple[_Options, _Runner]]] = {
    "verify": (_VERIFY, _verify),
    "lock": (_LOCK, _lock),
    "list": (_LIST, _list),
    "lsp": (((), ()), _lsp),
}
