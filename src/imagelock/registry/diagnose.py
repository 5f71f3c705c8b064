"""The state of the servers of a registry, for `doctor`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.dataclass import replace
from imagelock.errors import RegistryError
from imagelock.model.registry_status import Diagnosis
from imagelock.registry.endpoints.endpoint import endpoints_of
from imagelock.registry.http.failure import Failure, unify_failures
from imagelock.registry.probe import probe

if TYPE_CHECKING:
    from collections.abc import Callable

    from imagelock.registry.auth.credentials.model import Keychain
    from imagelock.registry.endpoints.endpoint import Endpoint
    from imagelock.registry.session import RegistrySession
    from imagelock.registry.settings import ClientSettings


def diagnose(
    registry: str,
    settings: ClientSettings,
    keychain: Keychain,
    session: RegistrySession,
    now: Callable[[], float],
) -> list[Diagnosis]:
    """Return the state of each server of *registry*, mirrors first.

    *now* returns the seconds since 1970, to compare with the servers' clocks.

    Raises:
        RegistryError: *registry* is not an address, or is blocked.
    """
    try:
        with unify_failures():
            has_mirror = settings.host(registry).mirror
            named = () if has_mirror else settings.mirrors.all_servers(registry)
            servers = endpoints_of(registry, named, settings)
    except Failure as error:
        raise RegistryError(str(error), hint=error.hint) from error
    return [_of_server(registry, s, keychain, session, now) for s in servers]


def _of_server(
    registry: str,
    endpoint: Endpoint,
    keychain: Keychain,
    session: RegistrySession,
    now: Callable[[], float],
) -> Diagnosis:
    diagnosis = Diagnosis(
        registry=registry,
        endpoint=endpoint.address,
        mirror=endpoint.is_mirror,
        tags=endpoint.resolves,
        content=endpoint.serves,
    )
    try:
        stored = keychain.credential(endpoint.registry, "")
    except Failure as error:
        return replace(diagnosis, error=str(error), hint=error.hint)
    diagnosis = replace(diagnosis, credential=stored.source if stored else None)
    return probe(session, endpoint, diagnosis, stored, now)
