"""Know the targets of Bake that others only inherit: they build nothing themselves."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.syntax.hcl.strings import literal
from imagelock.syntax.hcl.tree import Items

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from imagelock.sources.bake.targets import BakeTarget
    from imagelock.sources.shared.work_budget import WorkBudget
    from imagelock.syntax.hcl.tree import Object

TARGET: Final = "target:"
"""Before the name of a target among the contexts of another."""

_DEFAULT: Final = "default"
_SAYING_WHAT_IS_BUILT: Final = (
    *("context", "dockerfile", "dockerfile-inline", "output", "tags", "target"),
)


def marked_templates(
    targets: Sequence[BakeTarget], groups: Iterable[Object], budget: WorkBudget
) -> list[BakeTarget]:
    """Return *targets*, of which those are marked that only others build.

    Bake builds the group or target `default`, or those that are named. So a target that
    is inherited is a build, too, if a group lists it or another needs it as a context.
    Without groups, it is one if it says what it builds.

    Raises:
        TooMuchError: the *budget* is exceeded.
    """
    heirs: dict[str, list[BakeTarget]] = defaultdict(list)
    for target in targets:
        budget.charge(len(target.ancestors))
        for name in target.ancestors[1:]:
            heirs[name].append(target)
    listed = _listed(groups)
    built = {_DEFAULT, *(listed or ()), *_needed(targets)}
    templates = {
        target.name
        for target in targets
        if target.name in heirs
        and target.name not in built
        and (listed or not _says_what_it_builds(target))
    }
    return [
        _template(target, [h for h in heirs[target.name] if h.name not in templates])
        if target.name in templates
        else target
        for target in targets
    ]


def _listed(groups: Iterable[Object]) -> set[str] | None:
    """Return the names in *groups*; `None` if there are none, or some are computed."""
    names: set[str] = set()
    for group in groups:
        members = group.get("targets")
        if not isinstance(members, Items):
            return None
        for item in members.items:
            name = literal(item)
            if name is None:
                return None
            names.add(name)
    return names or None


def _needed(targets: Iterable[BakeTarget]) -> set[str]:
    """Return the names of the targets that are contexts of others."""
    sources = (
        file.scope.meaning(value).text
        for target in targets
        for file, value in target.own_entries("contexts").values()
    )
    return {s.removeprefix(TARGET) for s in sources if s.startswith(TARGET)}


def _says_what_it_builds(target: BakeTarget) -> bool:
    return any(target.own_setting(name) is not None for name in _SAYING_WHAT_IS_BUILT)


def _template(target: BakeTarget, builds: Sequence[BakeTarget]) -> BakeTarget:
    everywhere = [build.contexts for build in builds]
    shared = frozenset.intersection(*everywhere) if everywhere else frozenset[str]()
    return replace(target, contexts=target.contexts | shared, is_template=True)
