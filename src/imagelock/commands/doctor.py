"""Check how the registries of a project answer: `doctor`."""

from __future__ import annotations

import time

from imagelock.commands.resolve import map_concurrently
from imagelock.commands.selection import required_digests
from imagelock.errors import RegistryError
from imagelock.light_typing import TYPE_CHECKING, Protocol
from imagelock.model.registry_status import Diagnosis
from imagelock.registry import DEFAULT_TIMEOUT
from imagelock.registry.connect import open_registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from imagelock.commands.console import Console
    from imagelock.model.reference import Reference
    from imagelock.project.project_files import ProjectFiles


class StatusRegistry(Protocol):
    """The question about servers."""

    def diagnose(
        self, registry: str, clock: Callable[[], float]
    ) -> Sequence[Diagnosis]:
        """Return the state of each server of *registry*.

        Raises:
            RegistryError: it has no server.
        """
        ...


def doctor(
    project: ProjectFiles,
    console: Console,
    timeout: float = DEFAULT_TIMEOUT,
) -> list[Diagnosis]:
    """Return the state of every registry that the files of *project* name, sorted.

    *timeout* is in seconds, for all of them.
    """
    names = registry_names(required_digests(project.found()))
    with (
        open_registry(project.config, console, timeout) as registry,
        console.progress("Asking registries", len(names)) as advance,
    ):
        return diagnose(names, registry, time.time, advance)


def registry_names(references: Iterable[Reference]) -> list[str]:
    """Return the registries of *references*, each once, sorted."""
    return sorted({each.registry for each in references if not each.scheme})


def diagnose(
    names: Sequence[str],
    registry: StatusRegistry,
    clock: Callable[[], float],
    on_progress: Callable[[], None],
) -> list[Diagnosis]:
    """Return the diagnoses of the registries *names*, in that order.

    *clock* returns the seconds since 1970.
    """
    answers = map_concurrently(
        names,
        lambda name: registry.diagnose(name, clock),
        on_progress,
        registry_of=str,
    )
    diagnoses: list[Diagnosis] = []
    for name, answer in answers.items():
        if isinstance(answer, RegistryError):
            diagnoses.append(
                Diagnosis(registry=name, error=str(answer), hint=answer.hint)
            )
        else:
            diagnoses += answer
    return diagnoses
