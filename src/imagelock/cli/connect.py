"""Connect the verbs with real registries."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.cli.session import Session
    from imagelock.config import Config
    from imagelock.registry.client import Registry
    from imagelock.registry.settings import HostSettings


@contextmanager
def registries(config: Config, session: Session, timeout: float) -> Iterator[Registry]:
    """Open the client for every registry, as *config* says, for *timeout* seconds.

    *session* is told of each request if it wants to know so much, and at the end
    what the user should know, though the run went on.

    Imported here and not above: a run without network loads no HTTP client.
    """
    from imagelock.registry.client import Registry  # noqa: PLC0415
    from imagelock.registry.credentials.keychain import StoredKeychain  # noqa: PLC0415
    from imagelock.registry.settings import Settings  # noqa: PLC0415

    settings = Settings(
        hosts=_hosts(config), timeout=config.request_timeout, deadline=timeout
    )
    keychain = StoredKeychain.of(os.environ, Path.home())
    with Registry(settings, keychain, log=session.trace) as registry:
        try:
            yield registry
        finally:
            for notice in registry.notices:
                session.tell(f"warning: {notice}\n")


def _hosts(config: Config) -> dict[str, HostSettings]:
    from imagelock.registry.settings import HostSettings  # noqa: PLC0415

    return {
        host: HostSettings(
            mirror=one.mirror,
            resolve_from_mirror=one.resolve_from_mirror,
            plain_http=one.plain_http,
            max_connections=one.max_connections,
        )
        for host, one in config.registries.items()
    }
