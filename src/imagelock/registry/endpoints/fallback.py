"""Ask the servers of a reference, one after the other, until one has an answer."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

import httpx

from imagelock.errors import NotFoundError, RegistryError
from imagelock.registry.endpoints import endpoint as endpoints
from imagelock.registry.http.failure import Failure, Missing, explained, translated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from imagelock.model.reference import Reference
    from imagelock.registry.endpoints.endpoint import Endpoint
    from imagelock.registry.settings import Settings

_T = TypeVar("_T")


class Servers:
    """The order of servers by *settings*; *notice* is told of mirrors that fail."""

    def __init__(self, settings: Settings, notice: Callable[[str], None]) -> None:
        self._settings = settings
        self._notice = notice

    def tag(self, reference: Reference, fetch: Callable[[Endpoint], _T]) -> _T:
        """Return what the first server that may resolve tags gives.

        Raises:
            NotFoundError: they have no such tag.
            RegistryError: it is not known what the tag stands for.
        """
        found = self._candidates(reference)
        return self._first(reference, [one for one in found if one.resolves], fetch)

    def content(self, reference: Reference, fetch: Callable[[Endpoint], _T]) -> _T:
        """Return what the first server gives that has the content.

        It can be checked, so any server may give it.

        Raises:
            NotFoundError: they do not have it.
            RegistryError: they could not be asked.
        """
        found = self._candidates(reference)
        return self._first(reference, [one for one in found if one.serves], fetch)

    def repositories(
        self, references: Iterable[Reference]
    ) -> dict[Endpoint, list[str]]:
        """Return the repositories of *references* on each server that has a part.

        What cannot be asked for is left out: it fails when it is asked for.
        """
        found: dict[Endpoint, list[str]] = {}
        for reference in references:
            with suppress(RegistryError, Failure):
                for where in self._candidates(reference):
                    name = where.repository(reference.repository)
                    found.setdefault(where, []).append(name)
        return found

    def _candidates(self, reference: Reference) -> list[Endpoint]:
        registry, repository = reference.registry, reference.repository
        with translated(f"`{registry}`", reference):
            return endpoints.candidates(registry, repository, self._settings)

    def _first(
        self,
        reference: Reference,
        candidates: Sequence[Endpoint],
        fetch: Callable[[Endpoint], _T],
    ) -> _T:
        if not candidates:
            hint = "see which servers `imagelock doctor` shows for this registry"
            message = f"no server may be asked for `{reference}`"
            raise RegistryError(message, hint=hint)
        *others, last = candidates
        unsure: RegistryError | None = None
        for where in others:
            try:
                with translated(where.label, reference), self._told(where):
                    return fetch(where)
            except NotFoundError:
                continue
            except RegistryError as error:
                unsure = unsure or error
        try:
            with translated(last.label, reference):
                return fetch(last)
        except NotFoundError:
            # A mirror cannot say that something is gone which another may have.
            if unsure and last.is_mirror:
                raise unsure from None
            raise

    @contextmanager
    def _told(self, where: Endpoint) -> Iterator[None]:
        """Tell why *where* is passed over, unless it only lacks something."""
        try:
            yield
        except Missing:
            raise
        except (Failure, httpx.HTTPError, httpx.InvalidURL) as error:
            self._notice(f"{where.label} was passed over: {explained(error)}")
            raise
