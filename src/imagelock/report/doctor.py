"""Registry diagnoses as text for the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.model.registry_status import Access
from imagelock.report.style import Style, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagelock.model.registry_status import Diagnosis, Quota

_ACCESS: Final = {
    Access.OPEN: "no authentication",
    Access.TOKEN: "asks for a token",
    Access.BASIC: "asks for a password",
}
_TOLERATED: Final = 60
"""Seconds of clock skew that servers allow when they check a token."""

_HOUR: Final = 3600


def format_diagnoses(diagnoses: Sequence[Diagnosis], *, style: Style) -> str:
    """Return a block of aligned rows for each registry server."""
    if not diagnoses:
        return "no image references found: there is no registry to check\n"
    return "\n".join("".join(_block(diagnosis, style)) for diagnosis in diagnoses)


def _block(diagnosis: Diagnosis, style: Style) -> Iterator[str]:
    yield f"{style.bold(printable(diagnosis.registry))}\n"
    for name, value in _rows(diagnosis, style):
        yield f"  {name:<12}{value}\n"


def _rows(diagnosis: Diagnosis, style: Style) -> Iterator[tuple[str, str]]:
    if diagnosis.endpoint is not None:
        name = "mirror" if diagnosis.mirror else "endpoint"
        yield name, printable(diagnosis.endpoint)
        if not (diagnosis.tags and diagnosis.content):
            yield "used for", _role(diagnosis)
        yield "TLS", "yes" if diagnosis.tls else style.magenta("no, plain http")
        yield "credential", printable(diagnosis.credential or "none")
    if diagnosis.access is not None:
        yield "reachable", f"{style.green('yes')}, {_ACCESS[diagnosis.access]}"
    if diagnosis.error is not None:
        yield "reachable", f"{style.red('no')}: {printable(diagnosis.error)}"
    if diagnosis.hint is not None:
        yield "", style.labeled(f"hint: {printable(diagnosis.hint)}")
    if diagnosis.clock_skew is not None:
        yield "clock", _clock(diagnosis.clock_skew, style)
    if diagnosis.quota is not None:
        yield "limit", _limit(diagnosis.quota)


def _role(diagnosis: Diagnosis) -> str:
    if diagnosis.tags:
        return "resolving tags"
    return "content by digest" if diagnosis.content else "nothing"


def _clock(skew: int, style: Style) -> str:
    if abs(skew) <= _TOLERATED:
        return "in sync"
    direction = "ahead of" if skew > 0 else "behind"
    return style.magenta(f"{abs(skew)} s {direction} this machine")


def _limit(quota: Quota) -> str:
    window = ""
    if quota.window is not None:
        hours, seconds = divmod(quota.window, _HOUR)
        window = f" per {quota.window} s" if seconds else f" per {hours} h"
    if quota.limit is None:
        return f"{quota.remaining} requests left{window}"
    remaining = "" if quota.remaining is None else f", {quota.remaining} left"
    return f"{quota.limit} requests{window}{remaining}"
