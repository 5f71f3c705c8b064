"""The stages of a Dockerfile that the build of one of them needs.

BuildKit builds no others, and does not pull what they begin with.
https://docs.docker.com/build/building/multi-stage/#stop-at-a-specific-build-stage
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass, field
from imagelock.sources.dockerfile.directives import escape_character
from imagelock.sources.dockerfile.flags import flag_values, mount_source
from imagelock.sources.dockerfile.from_clause import FromClause, parse_from_clause
from imagelock.sources.dockerfile.lines import instructions
from imagelock.sources.dockerfile.stages import stage_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from imagelock.sources.dockerfile.lines import Instruction
    from imagelock.sources.dockerfile.scanned_names import ScannedName


@dataclass(slots=True)
class _Stage:
    """A stage: where its image is, its name, and what it names of other stages."""

    start: int
    name: str
    needs: set[str] = field(default_factory=set)


def reached_names(
    names: Iterable[ScannedName], text: str, target: str
) -> list[ScannedName]:
    """Return *names*, without each FROM in *text* that a build of *target* leaves out.

    All are there if *target* is empty, or no stage.
    """
    starts = _starts(text, target) if target else None
    return [
        name
        for name in names
        if starts is None or name.instruction != "FROM" or name.start in starts
    ]


def _starts(text: str, target: str) -> frozenset[int] | None:
    """Return where the images of the stages are that *target* needs."""
    stages = list(_stages(instructions(text, escape_character(text))))
    numbers = {stage.name: number for number, stage in enumerate(stages) if stage.name}
    first = _number(target, numbers, len(stages))
    if first is None:
        return None
    left, reached = [first], {first}
    all_below = 0
    while left:
        number = left.pop()
        for need in stages[number].needs:
            found = _number(need, numbers, len(stages))
            # A variable can be the name of any stage before.
            several = range(all_below, number) if "$" in need else range(0)
            all_below = max(all_below, several.stop)
            for each in (*several, *(() if found is None else (found,))):
                if each not in reached:
                    reached.add(each)
                    left.append(each)
    return frozenset(stages[number].start for number in reached)


def _stages(lines: Iterable[Instruction]) -> Iterator[_Stage]:
    stage: _Stage | None = None
    for instruction in lines:
        inner = instruction.unwrap()
        if instruction.name == "FROM":
            if stage:
                yield stage
            clause = parse_from_clause(instruction.arguments)
            stage = _Stage(-1, "")
            if isinstance(clause, FromClause):
                words = {clause.word.strip("\"'")}
                stage = _Stage(clause.image.start, clause.stage or "", words)
        elif stage:
            sources = list(flag_values(inner.flags, "from"))
            for mount in flag_values(inner.flags, "mount"):
                sources += [source] if (source := mount_source(mount)) else []
            stage.needs.update(source.text for source in sources)
    if stage:
        yield stage


def _number(name: str, numbers: dict[str, int], count: int) -> int | None:
    number = stage_number(name)
    if number is not None and 0 <= number < count:
        return number
    return numbers.get(name.lower())
