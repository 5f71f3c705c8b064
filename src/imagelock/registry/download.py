"""Download a file by its URL, without credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.errors import RegistryError
from imagelock.registry.endpoints.endpoint import Endpoint
from imagelock.registry.http.address import parse_url
from imagelock.registry.http.failure import Failure, unify_failures
from imagelock.registry.session import RegistrySession

if TYPE_CHECKING:
    from collections.abc import Callable

    from imagelock.registry.auth.credentials.model import StoredCredential
    from imagelock.registry.http.request_log import RequestLog
    from imagelock.registry.settings import ClientSettings

_OK: Final = 200


class NoCredentials:
    """The keychain for files that are not in a registry: nothing is sent to them."""

    def credential(self, registry: str, repository: str) -> StoredCredential | None:
        """Return nothing."""
        del registry, repository
        return None


def download(
    url: str, settings: ClientSettings, log: RequestLog, warn: Callable[[str], None]
) -> bytes:
    """Return the content of *url*, which begins with `https://`.

    Redirects are followed, and the size is bounded as that of a manifest is.

    Raises:
        RegistryError: the server cannot be asked, or answers with an error.
    """
    session = RegistrySession(settings, NoCredentials(), log=log, warn=warn)
    try:
        with unify_failures(log):
            address = parse_url(url)
            host = address.netloc.decode("ascii")
            base = address.copy_with(raw_path=b"/")
            endpoint = Endpoint(registry=host, base=base, label=f"`{host}`")
            response = session.ask("GET", endpoint, address)
            if response.status_code != _OK:
                raise session.refusal(endpoint, response)
            return response.content
    except Failure as error:
        message = f"cannot get `{url}`: {error}"
        raise RegistryError(message, hint=error.hint) from error
    finally:
        session.close()
