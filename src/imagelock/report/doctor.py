"""How registries do, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.model.registry_status import Access
from imagelock.report.style import Style, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagelock.model.registry_status import Diagnosis, Quota

_ASKS: Final = {
    Access.OPEN: "open to everybody",
    Access.TOKEN: "asks for a token",
    Access.BASIC: "asks for a password",
}
_TOLERATED: Final = 60
"""Seconds that clocks may differ: what servers allow when they check a token."""

_HOUR: Final = 3600


def text(diagnoses: Sequence[Diagnosis], *, style: Style) -> str:
    """Return a block for each server, with its answers aligned."""
    if not diagnoses:
        return "no file names an image, so no registry is used\n"
    return "\n".join("".join(_block(one, style)) for one in diagnoses)


def _block(one: Diagnosis, style: Style) -> Iterator[str]:
    yield f"{style.bold(printable(one.registry))}\n"
    for name, value in _rows(one, style):
        yield f"  {name:<12}{value}\n"


def _rows(one: Diagnosis, style: Style) -> Iterator[tuple[str, str]]:
    if one.endpoint is not None:
        name = "mirror" if one.mirror else "endpoint"
        yield name, printable(one.endpoint)
        if not (one.tags and one.content):
            yield "asked for", _asked(one)
        yield "TLS", "yes" if one.tls else style.yellow("no, plain http")
        yield "credential", printable(one.credential or "none")
    if one.access is not None:
        yield "reachable", f"{style.green('yes')}, {_ASKS[one.access]}"
    if one.error is not None:
        yield "reachable", f"{style.red('no')}: {printable(one.error)}"
    if one.hint is not None:
        yield "", style.cyan(f"hint: {printable(one.hint)}")
    if one.clock_skew is not None:
        yield "clock", _clock(one.clock_skew, style)
    if one.quota is not None:
        yield "limit", _limit(one.quota)


def _asked(one: Diagnosis) -> str:
    if one.tags:
        return "what tags stand for"
    return "content by digest" if one.content else "nothing"


def _clock(skew: int, style: Style) -> str:
    if abs(skew) <= _TOLERATED:
        return "agrees"
    which = "ahead of" if skew > 0 else "behind"
    return style.yellow(f"its clock is {abs(skew)} s {which} this machine's")


def _limit(quota: Quota) -> str:
    numbers = (quota.remaining, quota.limit)
    text = " left of ".join(str(number) for number in numbers if number is not None)
    text = f"{text}{' left' if quota.limit is None else ' requests'}"
    if quota.window is None:
        return text
    if quota.window % _HOUR:
        return f"{text} in {quota.window} s"
    return f"{text} in {quota.window // _HOUR} h"
