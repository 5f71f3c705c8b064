"""Ask the servers of a reference in order until one has the answer."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from functools import cache, partial
from typing import TYPE_CHECKING, TypeVar

from imagelock.dataclass import replace
from imagelock.errors import NotFoundError, RegistryError
from imagelock.model.registry_status import MirrorUse
from imagelock.registry.endpoints.endpoint import endpoints_of
from imagelock.registry.http.failure import (
    Failure,
    Missing,
    OutOfTime,
    translate_failures,
    unify_failures,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from imagelock.model.reference import Reference
    from imagelock.registry.endpoints.endpoint import Endpoint
    from imagelock.registry.http.request_log import RequestLog
    from imagelock.registry.settings import ClientSettings

_T = TypeVar("_T")


class Fallback:
    """Mirrors first, then the registry, by *settings*.

    *notice* gets a sentence for each server that fails and is skipped, *log* what
    `unify_failures` logs.
    """

    def __init__(
        self,
        settings: ClientSettings,
        notice: Callable[[str], None],
        log: RequestLog,
    ) -> None:
        self._settings = settings
        self._notice = notice
        self._log = log
        self._used: set[MirrorUse] = set()
        # Few registries, and all their repositories mostly have the same servers.
        self._endpoints_of = cache(partial(endpoints_of, settings=settings))

    @property
    def mirrors(self) -> tuple[MirrorUse, ...]:
        """The mirrors that have answered, each once, sorted."""
        # A copy, since other threads may add to it.
        used = self._used.copy()
        return tuple(
            sorted(
                use for use in used if use.tags or replace(use, tags=True) not in used
            )
        )

    def resolve(self, reference: Reference, fetch: Callable[[Endpoint], _T]) -> _T:
        """Return *fetch* of the first server that may resolve tags and has the tag.

        Raises:
            NotFoundError: they have no such tag.
            RegistryError: they could not be asked.
        """
        servers = [s for s in self._endpoints(reference) if s.resolves]
        return self._first(reference, servers, fetch, tags=True)

    def fetch(self, reference: Reference, fetch: Callable[[Endpoint], _T]) -> _T:
        """Return *fetch* of the first server that serves content and has it.

        *fetch* checks the content against its digest, so any server is good enough.

        Raises:
            NotFoundError: they do not have it.
            RegistryError: they could not be asked.
        """
        servers = [s for s in self._endpoints(reference) if s.serves]
        return self._first(reference, servers, fetch, tags=False)

    def resolves_where_it_serves(self, reference: Reference) -> bool:
        """Return whether each server of *reference* is asked for tags and content.

        Raises:
            RegistryError: its registry is blocked, or is not an address.
        """
        return all(s.resolves and s.serves for s in self._endpoints(reference))

    def repositories(
        self, references: Iterable[Reference]
    ) -> dict[Endpoint, list[str]]:
        """Return the repositories of *references* by server, in its names for them.

        References that cannot be asked for are left out: they fail later.
        """
        repositories: dict[Endpoint, list[str]] = {}
        for reference in references:
            with suppress(RegistryError, Failure):
                for endpoint in self._endpoints(reference):
                    name = endpoint.repository(reference.repository)
                    repositories.setdefault(endpoint, []).append(name)
        return repositories

    def _endpoints(self, reference: Reference) -> list[Endpoint]:
        registry, repository = reference.registry, reference.repository
        with translate_failures(f"`{registry}`", reference):
            if self._settings.host(registry).mirror:
                return self._endpoints_of(registry, ())
            servers = self._settings.mirrors.servers(registry, repository)
            return self._endpoints_of(registry, tuple(servers))

    def _first(
        self,
        reference: Reference,
        servers: Sequence[Endpoint],
        fetch: Callable[[Endpoint], _T],
        *,
        tags: bool,
    ) -> _T:
        if not servers:
            hint = "see which servers `imagelock doctor` shows for this registry"
            message = f"no server may be asked for `{reference}`"
            raise RegistryError(message, hint=hint)
        *others, last = servers
        first_error: RegistryError | None = None
        for endpoint in others:
            try:
                with (
                    translate_failures(endpoint.label, reference),
                    self._report_skipped_mirror(endpoint),
                ):
                    return self._answered(endpoint, reference, fetch, tags=tags)
            except NotFoundError:
                continue
            except RegistryError as error:
                first_error = first_error or error
        try:
            with translate_failures(last.label, reference, self._log):
                return self._answered(last, reference, fetch, tags=tags)
        except NotFoundError:
            # The content may be on a mirror that failed, so it is not known to be gone.
            if first_error and last.is_mirror:
                raise first_error from None
            raise

    def _answered(
        self,
        endpoint: Endpoint,
        reference: Reference,
        fetch: Callable[[Endpoint], _T],
        *,
        tags: bool,
    ) -> _T:
        """Return *fetch* of *endpoint*, and remember a mirror that answers."""
        answer = fetch(endpoint)
        if endpoint.is_mirror:
            use = MirrorUse(reference.registry, endpoint.address, tags)
            self._used.add(use)
        return answer

    @contextmanager
    def _report_skipped_mirror(self, endpoint: Endpoint) -> Iterator[None]:
        """Add a notice if *endpoint* fails, but not if it only lacks the content."""
        try:
            with unify_failures(self._log):
                yield
        except (Missing, OutOfTime):
            raise
        except Failure as error:
            self._notice(f"skipped {endpoint.label}: {error}")
            raise
