"""Whom a server must be vouched for by, and what we prove to it: TLS, by host."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

import truststore

from imagelock.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from imagelock.config.registries import HostSettings


@dataclass(frozen=True, slots=True)
class Pair:
    """A client certificate and its key; without one, the key is in `certificate`."""

    certificate: Path
    key: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What is special about the TLS of one host, whose name is for messages."""

    host: str
    authorities: tuple[Path, ...] = ()
    pairs: tuple[Pair, ...] = ()
    skip_verify: bool = False

    @property
    def is_special(self) -> bool:
        """Tell whether the host needs a context of its own."""
        return bool(self.authorities or self.pairs or self.skip_verify)


def trust(
    host: str,
    names: Iterable[str],
    settings: HostSettings,
    folders: Sequence[Path],
) -> Trust:
    """Return the TLS of *host*: its *settings*, and what lies in `certs.d` for it.

    In *folders*, the first with a folder of one of the host's *names* counts:
    `*.crt` are certificate authorities, `NAME.cert` and `NAME.key` a client
    certificate; containers-certs.d(5), and Docker's "Verify repository client
    with certificates". A client certificate of the settings comes instead.

    Raises:
        ConfigurationError: a certificate is there without its key, or a key
            without its certificate.
    """
    found = next(filter(None, (_files(f / n) for f in folders for n in names)), ())
    authorities = [path for path in found if path.suffix == ".crt"]
    pairs = [Pair(*pair) for pair in settings.pairs]
    if settings.client_cert:
        pairs = [Pair(settings.client_cert, settings.client_key)]
    return Trust(
        host=host,
        authorities=(
            *authorities,
            *([settings.ca] if settings.ca else []),
            *settings.authorities,
        ),
        pairs=tuple(pairs or _pairs(host, found)),
        skip_verify=settings.skip_verify,
    )


def context(trusted: Trust, authorities: Iterable[Path]) -> ssl.SSLContext:
    """Return the context for connections to the host of *trusted*.

    The operating system's trust store always counts, and *authorities*: files,
    or folders in OpenSSL's form.

    Raises:
        ConfigurationError: a file cannot be used; it names the file and the host.
    """
    if trusted.skip_verify:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    else:
        made = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        for path in (*authorities, *trusted.authorities):
            _trust(made, path, trusted.host)
    for pair in trusted.pairs:
        _prove(made, pair, trusted.host)
    return made


def _files(folder: Path) -> tuple[Path, ...]:
    try:
        return tuple(sorted(folder.iterdir()))
    except OSError:
        # Absent; or root's own, as /etc/docker can be: it is not meant for us.
        return ()


def _pairs(host: str, found: Iterable[Path]) -> list[Pair]:
    certificates = {path.stem: path for path in found if path.suffix == ".cert"}
    keys = {path.stem: path for path in found if path.suffix == ".key"}
    for stem in sorted(certificates.keys() ^ keys.keys()):
        there, lacking = certificates.get(stem), ".key"
        if there is None:
            there, lacking = keys[stem], ".cert"
        message = f"`{there}`, for `{host}`, has no `{stem}{lacking}` beside it"
        hint = "an authority's certificate ends in `.crt`; complete or remove the pair"
        raise ConfigurationError(message, hint=hint)
    return [Pair(certificates[stem], keys[stem]) for stem in sorted(certificates)]


def _trust(made: ssl.SSLContext, path: Path, host: str) -> None:
    folder = path.is_dir()
    try:
        made.load_verify_locations(
            cafile=None if folder else path, capath=path if folder else None
        )
    except OSError as error:  # which ssl.SSLError is, too
        hint = "name a readable file with certificates in PEM form"
        message = f"cannot use the certificate authority `{path}` for `{host}`"
        raise ConfigurationError(f"{message}: {_why(error)}", hint=hint) from error


def _prove(made: ssl.SSLContext, pair: Pair, host: str) -> None:
    try:
        # An encrypted key would else ask on the terminal, from any thread.
        made.load_cert_chain(pair.certificate, pair.key, password="")
    except (OSError, ValueError) as error:
        named = f"`{pair.certificate}`" + (f" and `{pair.key}`" if pair.key else "")
        hint = "both must be readable, in PEM form, belong together and be unencrypted"
        message = f"cannot use the client certificate {named} for `{host}`"
        raise ConfigurationError(f"{message}: {_why(error)}", hint=hint) from error


def _why(error: OSError | ValueError) -> str:
    if isinstance(error, ssl.SSLError):
        return "it is not what it should be"
    return getattr(error, "strerror", None) or str(error)
