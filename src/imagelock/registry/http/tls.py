"""TLS per host: trusted authorities and our client certificate."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import truststore

from imagelock.config.registries import ClientCertificate
from imagelock.dataclass import dataclass
from imagelock.errors import ConfigurationError
from imagelock.model.reference import DOCKER_HUB
from imagelock.registry.settings import HUB_HOST

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import httpx

    from imagelock.config.registries import HostSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class HostTls:
    """How the TLS of one host differs from the default; `host` is for messages."""

    host: str
    authorities: tuple[Path, ...] = ()
    certificates: tuple[ClientCertificate, ...] = ()
    skip_verify: bool = False

    @property
    def is_default(self) -> bool:
        """Whether the host can share a TLS context with others."""
        return not (self.authorities or self.certificates or self.skip_verify)


def tls_of_host(
    host: str,
    names: Iterable[str],
    settings: HostSettings,
    folders: Sequence[Path],
) -> HostTls:
    """Return the TLS of *host*: its *settings* and the files in `certs.d` for it.

    Of *folders*, the first that has a folder for one of the host's *names* counts:
    `*.crt` are certificate authorities, `NAME.cert` and `NAME.key` a client
    certificate; containers-certs.d(5), and Docker's "Verify repository client
    with certificates". A client certificate in the settings replaces those.

    Raises:
        ConfigurationError: a certificate has no key beside it, or a key no
            certificate.
    """
    files = next(
        filter(None, (_files(folder / name) for folder in folders for name in names)),
        (),
    )
    authorities = [path for path in files if path.suffix == ".crt"]
    return HostTls(
        host=host,
        authorities=(*authorities, *settings.authorities),
        certificates=settings.client_certificates or _certificates(host, files),
        skip_verify=settings.skip_verify,
    )


def host_names(url: httpx.URL) -> list[str]:
    """Return the names of the server of *url* that `certs.d` folders may have."""
    server = url.netloc.decode("ascii")
    names = [server]
    if url.port is None:
        names.append(f"{server}:443")
    if server == HUB_HOST:
        names.append(DOCKER_HUB)
    return names


def ssl_context(tls: HostTls, authorities: Iterable[Path]) -> ssl.SSLContext:
    """Return the context for connections to the host of *tls*.

    The operating system's trust store is always trusted, and *authorities*: files,
    or folders in OpenSSL's form.

    Raises:
        ConfigurationError: a file cannot be used; the message names file and host.
    """
    if tls.skip_verify:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        for path in (*authorities, *tls.authorities):
            _load_authority(context, path, tls.host)
    for certificate in tls.certificates:
        _load_certificate(context, certificate, tls.host)
    return context


def _files(folder: Path) -> tuple[Path, ...]:
    try:
        return tuple(sorted(folder.iterdir()))
    except OSError:
        # Absent; or for root only, as /etc/docker can be: not meant for this user.
        return ()


def _certificates(host: str, files: Iterable[Path]) -> tuple[ClientCertificate, ...]:
    certificates = {path.stem: path for path in files if path.suffix == ".cert"}
    keys = {path.stem: path for path in files if path.suffix == ".key"}
    for stem in sorted(certificates.keys() ^ keys.keys()):
        present, missing = certificates.get(stem), ".key"
        if present is None:
            present, missing = keys[stem], ".cert"
        message = f"`{present}`, for `{host}`, has no `{stem}{missing}` beside it"
        hint = "an authority's certificate ends in `.crt`; complete or remove the pair"
        raise ConfigurationError(message, hint=hint)
    return tuple(
        ClientCertificate(certificates[stem], keys[stem])
        for stem in sorted(certificates)
    )


def _load_authority(context: ssl.SSLContext, path: Path, host: str) -> None:
    is_folder = path.is_dir()
    try:
        context.load_verify_locations(
            cafile=None if is_folder else path, capath=path if is_folder else None
        )
    except OSError as error:  # a base class of ssl.SSLError
        hint = "name a readable file with certificates in PEM form"
        message = f"cannot use the certificate authority `{path}` for `{host}`"
        raise ConfigurationError(f"{message}: {_reason(error)}", hint=hint) from error


def _load_certificate(
    context: ssl.SSLContext, pair: ClientCertificate, host: str
) -> None:
    try:
        # Without a password, an encrypted key would ask on the terminal, in a thread.
        context.load_cert_chain(pair.certificate, pair.key, password="")
    except (OSError, ValueError) as error:
        files = f"`{pair.certificate}`" + (f" and `{pair.key}`" if pair.key else "")
        hint = "both must be readable, in PEM form, belong together and be unencrypted"
        message = f"cannot use the client certificate {files} for `{host}`"
        raise ConfigurationError(f"{message}: {_reason(error)}", hint=hint) from error


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, ssl.SSLError):
        return "the content is not valid"
    return getattr(error, "strerror", None) or str(error)
