"""`imagelock rule`."""

from __future__ import annotations

from typing import Annotated

import typer

from imagelock.cli.help_pages import columns
from imagelock.cli.session import Session
from imagelock.errors import UsageError, did_you_mean
from imagelock.model.finding import Rule
from imagelock.report.rules import format_rule, format_rules

_RULES = {rule.slug: rule for rule in Rule}


def rule_command(
    context: typer.Context,
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="RULE",
            show_default=False,
            autocompletion=lambda incomplete: [
                name for name in _RULES if name.startswith(incomplete)
            ],
            help="The rule to explain; without it, all rules are listed.",
        ),
    ] = None,
) -> None:
    """Explain a rule of `verify`, with an example that breaks it and the way out.

    Exit codes: 0 done, 2 usage, or there is no such rule.
    """
    session: Session = context.obj
    if name is None:
        session.print(format_rules(style=session.style))
    elif rule := _RULES.get(name):
        session.print(format_rule(rule, style=session.style, width=columns()))
    else:
        raise UsageError(
            f"there is no rule `{name}`",
            hint=did_you_mean(name, _RULES) or "`imagelock rule` lists all rules",
        )
