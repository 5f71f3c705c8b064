"""The verb `doctor`: how the registries of a project do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from imagelock.commands.resolve import ask
from imagelock.errors import RegistryError
from imagelock.model.registry_status import Diagnosis

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from imagelock.model.reference import Reference


class Registry(Protocol):
    """What the verb asks of registries."""

    def diagnose(
        self, registry: str, clock: Callable[[], float]
    ) -> Sequence[Diagnosis]:
        """Return how each server of *registry* does; `RegistryError` if it has none."""
        ...


def names(references: Iterable[Reference]) -> list[str]:
    """Return the registries of *references*, each once, sorted."""
    return sorted({reference.registry for reference in references})


def examine(
    registries: Sequence[str],
    registry: Registry,
    clock: Callable[[], float],
    advance: Callable[[], None],
) -> list[Diagnosis]:
    """Return the diagnoses of *registries*, in that order.

    *clock* gives the seconds since 1970; *advance* is called after each registry.
    """
    answers = ask(registries, lambda name: registry.diagnose(name, clock), advance)
    found: list[Diagnosis] = []
    for name, answer in answers.items():
        if isinstance(answer, RegistryError):
            found.append(Diagnosis(registry=name, error=str(answer), hint=answer.hint))
        else:
            found += answer
    return found
