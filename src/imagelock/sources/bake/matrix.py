"""The builds of a target of Bake with a matrix: one for each choice of its values.

https://docs.docker.com/build/bake/matrices/
"""

from __future__ import annotations

from itertools import product
from math import prod
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.syntax.hcl.tree import Items
from imagelock.syntax.hcl.values import Known

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imagelock.sources.bake.targets import BakeTarget, Body
    from imagelock.sources.shared.work_budget import WorkBudget
    from imagelock.syntax.hcl.tree import Expression
    from imagelock.syntax.hcl.values import Scope

_MOST_BUILDS: Final = 200
"""No real target has as many; the names of a larger matrix have no value."""


def builds_of(target: BakeTarget, budget: WorkBudget) -> Iterator[BakeTarget]:
    """Yield the target, with each choice of the values of its matrix if it has one.

    A name whose values are not a list in the file has no value.

    Raises:
        TooMuchError: the *budget* is exceeded.
    """
    entries = target.own_entries("matrix")
    lists = {
        name: value.items
        for name, (_, value) in entries.items()
        if isinstance(value, Items)
    }
    count = prod(map(len, lists.values()))
    if not lists or count > _MOST_BUILDS:
        yield target
        return
    homes = {name: file.scope for name, (file, _) in entries.items()}
    for choice in product(*lists.values()):
        budget.charge(10 * (1 + len(target.bodies)))
        values = dict(zip(lists, choice, strict=True))
        own = tuple(_in_build(body, values, homes) for body in target.own)
        inherited = target.bodies[len(own) :]
        rest = (_in_build(body, values, homes) for body in inherited)
        yield replace(target, own=own, bodies=(*own, *rest))


def _in_build(
    body: Body, values: Mapping[str, Expression], homes: Mapping[str, Scope]
) -> Body:
    scope = _with_values(body.file.scope, values, homes)
    return replace(body, file=replace(body.file, scope=scope))


def _with_values(
    scope: Scope, values: Mapping[str, Expression], homes: Mapping[str, Scope]
) -> Scope:
    """Return *scope*, in which names have *values*, whatever else sets them.

    The expressions of these are in the files of the scopes *homes*.
    """

    def other(name: str) -> Known | None:
        head = name.partition(".")[0]
        if head not in values:
            return scope.other(name)
        home = replace(
            homes[head],
            given=lambda name: None if name == head else homes[head].given(name),
            own={**homes[head].own, head: values[head]},
            hidden=frozenset(),
            _known={},
        )
        value = home.value(name)
        return value if isinstance(value, Known) else None

    def given(name: str) -> str | None:
        return None if name in values else scope.given(name)

    return replace(
        scope,
        given=given,
        own={name: each for name, each in scope.own.items() if name not in values},
        other=other,
        assigned=lambda name: None if name in values else scope.assigned(name),
        hidden=scope.hidden - values.keys(),
        _known={},
    )
