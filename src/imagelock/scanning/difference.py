"""The difference between two scans: what a new image fixes, and what it adds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass
from imagelock.scanning.counts import severity_counts, worst_by_id
from imagelock.scanning.reports.normalisation import resolve_aliases
from imagelock.scanning.vulnerability import VulnerabilitySeverity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from imagelock.scanning.vulnerability import Vulnerability


@dataclass(frozen=True, slots=True)
class Rescored:
    """A vulnerability that remains, with another severity or with a fix by now."""

    before: Vulnerability
    after: Vulnerability


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The packages with vulnerabilities that are gone, new, and still there.

    A vulnerability is fixed if no package has it any more. It is added if no package had
    it before, or if a package has it besides all of those that had it. `changed` are
    among those that remain.
    """

    fixed: tuple[Vulnerability, ...] = ()
    added: tuple[Vulnerability, ...] = ()
    remaining: tuple[Vulnerability, ...] = ()
    changed: tuple[Rescored, ...] = ()

    def only(self, passes: Callable[[Vulnerability], bool]) -> Difference:
        """Return what *passes*; of what remains, the new row decides."""
        return Difference(
            fixed=tuple(filter(passes, self.fixed)),
            added=tuple(filter(passes, self.added)),
            remaining=tuple(filter(passes, self.remaining)),
            changed=tuple(each for each in self.changed if passes(each.after)),
        )

    @property
    def words(self) -> str:
        """A line: `fixes 5 (1 critical) · adds 1 (high, CVE-…) · 4 remain`."""
        remaining = worst_by_id(self.remaining)
        return " · ".join(
            [
                f"fixes {_counted(self.fixed)}",
                f"adds {_added(self.added)}",
                f"{len(remaining)} {'remains' if len(remaining) == 1 else 'remain'}",
            ]
        )


def difference(
    old: Iterable[Vulnerability], new: Iterable[Vulnerability]
) -> Difference:
    """Return the difference between the rows of two scans by the same tool.

    A row is the same by its CVE, whatever each scan calls it, and by the name and type of
    its package. Its version and severity may differ, so that neither may be filtered
    before.
    """
    old, new = list(old), list(new)
    resolved = resolve_aliases([*old, *new])
    before, after = _by_id(resolved[: len(old)]), _by_id(resolved[len(old) :])
    fixed = [row for name, rows in before.items() if name not in after for row in rows]
    added, remaining, changed = [], [], []
    for name, rows in after.items():
        new_rows, kept = _split(before.get(name, []), rows)
        added += new_rows
        remaining += kept
        changed += _rescored(before.get(name, []), kept)
    return Difference(
        fixed=_sorted(fixed),
        added=_sorted(added),
        remaining=_sorted(remaining),
        changed=tuple(changed),
    )


def _by_id(rows: Iterable[Vulnerability]) -> dict[str, list[Vulnerability]]:
    by_id: dict[str, list[Vulnerability]] = {}
    for row in rows:
        by_id.setdefault(row.id, []).append(row)
    return by_id


def _split(
    before: Sequence[Vulnerability], after: Sequence[Vulnerability]
) -> tuple[list[Vulnerability], list[Vulnerability]]:
    """Return the rows of a vulnerability in *after* that are new, and the others.

    Where a package replaces another, as when it is renamed, it is not new.
    """
    if not before:
        return list(after), []
    known = {row.identity for row in before}
    if not known <= {row.identity for row in after}:
        return [], list(after)
    new = [row for row in after if row.identity not in known]
    return new, [row for row in after if row.identity in known]


def _rescored(
    before: Sequence[Vulnerability], after: Sequence[Vulnerability]
) -> list[Rescored]:
    known = {row.identity: row for row in before}
    return [
        Rescored(old, row)
        for row in after
        if (old := known.get(row.identity))
        and (old.severity != row.severity or (row.is_fixable and not old.is_fixable))
    ]


def _sorted(rows: Iterable[Vulnerability]) -> tuple[Vulnerability, ...]:
    return tuple(sorted(rows, key=lambda row: (-row.severity, row.id, row.package)))


def _counted(rows: Sequence[Vulnerability]) -> str:
    """Return the number of vulnerabilities, and how many of them are severe."""
    worst = worst_by_id(rows)
    severe = {k: v for k, v in worst.items() if v >= VulnerabilitySeverity.HIGH}
    return f"{len(worst)} ({severity_counts(severe)})" if severe else str(len(worst))


def _added(rows: Sequence[Vulnerability]) -> str:
    worst = worst_by_id(rows)
    exploited = {row.id for row in rows if row.exploited}
    if len(worst) == 1:
        ((name, severity),) = worst.items()
        packages = ", ".join(dict.fromkeys(row.package for row in rows))
        mark = ", exploited" if exploited else ""
        return f"1 ({severity.word}, {name} in {packages}{mark})"
    counted = _counted(rows)
    return f"{counted}, {len(exploited)} exploited" if exploited else counted
