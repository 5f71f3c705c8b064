"""Where a scanner finds an image, and with which credentials: as imagelock itself."""

from __future__ import annotations

import base64
import json
import os
from typing import TYPE_CHECKING, Final, Self

from imagelock.dataclass import dataclass, replace
from imagelock.errors import ConfigurationError
from imagelock.model.reference import DOCKER_HUB
from imagelock.registry.auth.credentials.model import (
    BearerToken,
    Credential,
    IdentityToken,
)
from imagelock.registry.connect import client_settings, stored_keychain
from imagelock.registry.endpoints.endpoint import Endpoint, endpoints_of
from imagelock.registry.http.failure import Failure, unify_failures
from imagelock.registry.http.tls import host_names, tls_of_host
from imagelock.registry.settings import API
from imagelock.scanning.scanner import ScannerUnusableError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from imagelock.config import Config
    from imagelock.registry.auth.credentials.model import Keychain, Secret
    from imagelock.registry.settings import ClientSettings
    from imagelock.scanning.scanner import ScanTarget

_HUB_KEY: Final = "https://index.docker.io/v1/"
"""The name of Docker Hub in configurations of Docker."""


@dataclass(frozen=True, slots=True)
class RegistryAccess:
    """The servers of registries, and the credentials stored for them."""

    settings: ClientSettings
    keychain: Keychain

    @classmethod
    def of(cls, config: Config) -> Self:
        """Return the access that *config* and this machine give."""
        return cls(client_settings(config), stored_keychain())

    def locations(self, target: ScanTarget) -> list[ScanTarget]:
        """Return where to look for *target*, in order: mirrors, and the registry.

        A mirror with an API at another path is left out: scanners cannot be given one.

        Raises:
            ScannerUnusableError: the settings block the repository, or leave nothing.
        """
        registry, _, repository = target.repository.partition("/")
        try:
            with unify_failures():
                host = self.settings.host(registry)
                servers = (
                    ()
                    if host.mirror
                    else self.settings.mirrors.servers(registry, repository)
                )
                endpoints = endpoints_of(registry, servers, self.settings)
                locations = [
                    self._at(endpoint, repository, target)
                    for endpoint in endpoints
                    if endpoint.serves
                    and endpoint.root == API
                    and not endpoint.namespace
                ]
        except Failure as error:
            raise ScannerUnusableError(str(error), hint=error.hint) from error
        if not locations:
            message = "its mirrors have addresses that a scanner cannot use"
            raise ScannerUnusableError(message)
        return list(dict.fromkeys(locations))

    def docker_config(self, repositories: Iterable[str]) -> bytes:
        """Return a `config.json` of Docker with the logins for *repositories* alone.

        Plug-ins of the Docker CLI are found where the user has them.

        Raises:
            ScannerUnusableError: the stored credentials cannot be read.
        """
        logins = {}
        for name in repositories:
            registry, _, repository = name.partition("/")
            try:
                stored = self.keychain.credential(registry, repository)
            except Failure as error:
                raise ScannerUnusableError(str(error), hint=error.hint) from error
            if stored:
                key = _HUB_KEY if registry == DOCKER_HUB else registry
                logins[key] = _login(stored.secret)
        folder = os.environ.get("DOCKER_CONFIG") or os.path.expanduser("~/.docker")
        plugins = os.path.abspath(os.path.join(folder, "cli-plugins"))
        document = {"auths": logins, "cliPluginsExtraDirs": [plugins]}
        return json.dumps(document).encode()

    def authorities(self, repositories: Iterable[str]) -> list[Path]:
        """Return the authorities to trust, besides all others, for *repositories*.

        They are files, or folders in OpenSSL's form.

        Raises:
            ScannerUnusableError: the `certs.d` folder of a registry has half a pair.
        """
        found: list[Path] = []
        for registry in dict.fromkeys(name.partition("/")[0] for name in repositories):
            url = Endpoint.origin(registry, self.settings).base
            host = self.settings.host(registry)
            folders = self.settings.certificate_folders
            try:
                tls = tls_of_host(registry, host_names(url), host, folders)
            except ConfigurationError as error:
                raise ScannerUnusableError(str(error), hint=error.hint) from error
            found += tls.authorities
        return found

    def _at(
        self, endpoint: Endpoint, repository: str, target: ScanTarget
    ) -> ScanTarget:
        host = self.settings.host(endpoint.registry)
        is_plain = endpoint.base.scheme == "http" or endpoint.insecure is not None
        return replace(
            target,
            repository=f"{endpoint.registry}/{endpoint.repository(repository)}",
            insecure=is_plain or host.skip_verify,
        )


def _login(secret: Secret) -> dict[str, str]:
    """Return an entry of `auths` (docker/cli, `cli/config/types/authconfig.go`)."""
    match secret:
        case BearerToken():
            return {"registrytoken": secret.secret}
        case IdentityToken():
            return {
                "auth": _encoded(f"{secret.username}:"),
                "identitytoken": secret.secret,
            }
        case Credential():
            return {"auth": _encoded(f"{secret.username}:{secret.secret}")}


def _encoded(pair: str) -> str:
    return base64.b64encode(pair.encode()).decode("ascii")
