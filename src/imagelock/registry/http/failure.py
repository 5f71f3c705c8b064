"""What can go wrong with a registry, in words; the border to foreign exceptions."""

from __future__ import annotations

import re
import socket
import ssl
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

import httpx

from imagelock.errors import NotFoundError, RegistryError
from imagelock.model.reference import DOCKER_HUB
from imagelock.registry.http.untrusted_text import said, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.reference import Reference

_SERVER_ERROR: Final = 500


class Failure(Exception):  # noqa: N818 - it never leaves this package
    """What went wrong with a request, without whose and what for.

    `translated` adds those and makes a `RegistryError` of it.
    """

    def __init__(self, what: str, *, hint: str | None = None) -> None:
        super().__init__(what)
        self.hint = hint


class Missing(Failure):
    """The server answered that it does not have what it was asked for."""


@contextmanager
def translated(label: str, reference: Reference) -> Iterator[None]:
    """Turn whatever goes wrong inside into an error that names both.

    *label* is the registry, as messages name it.

    Raises:
        NotFoundError: for `Missing`.
        RegistryError: for any other failure, of ours or of the HTTP library.
    """
    try:
        yield
    except Missing as error:
        message = f"{label} does not have `{reference}`{error}"
        raise NotFoundError(message, hint=error.hint) from error
    except Failure as error:
        message = f"cannot get `{reference}` from {label}: {error}"
        raise RegistryError(message, hint=error.hint) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        failure = _of_exception(error)
        message = f"cannot get `{reference}` from {label}: {failure}"
        raise RegistryError(message, hint=failure.hint) from error


def refused(response: httpx.Response, registry: str, *, known: bool) -> Failure:
    """Return what an answer of *registry* other than success means.

    *known* tells whether there are credentials for it. The body must have been
    read.
    """
    code, words = response.status_code, said(response)
    quoted = f" ({words})" if words else ""
    match code:
        case httpx.codes.NOT_FOUND:
            return Missing(quoted)
        case httpx.codes.UNAUTHORIZED | httpx.codes.FORBIDDEN:
            return _denied(registry, quoted, known=known)
        case httpx.codes.TOO_MANY_REQUESTS:
            return _limited(response, registry, quoted)
        case _ if code >= _SERVER_ERROR:
            hint = "the trouble is on its side: try again later"
            after = _after(response.headers.get("Retry-After", "").strip())
            return Failure(f"it failed with status {code}{quoted}{after}", hint=hint)
        case _:
            return Failure(f"it answered with status {code}{quoted}")


def explained(error: Failure | httpx.HTTPError | httpx.InvalidURL) -> Failure:
    """Return what went wrong in words, where there is no reference to name."""
    return error if isinstance(error, Failure) else _of_exception(error)


def login(registry: str) -> str:
    """Return the command that stores credentials for *registry*."""
    return "docker login" if registry == DOCKER_HUB else f"docker login {registry}"


def _denied(registry: str, quoted: str, *, known: bool) -> Failure:
    what = "access is denied, or there is no such repository"
    if known:
        hint = (
            f"the stored credentials did not help: check the name,"
            f" or renew them with `{login(registry)}`"
        )
    else:
        hint = f"check the name; if it is private, run `{login(registry)}`"
    return Failure(f"{what}{quoted}", hint=hint)


def _limited(response: httpx.Response, registry: str, quoted: str) -> Failure:
    hint = "wait, or lower `max-connections` for this registry"
    if registry == DOCKER_HUB:
        hint = (
            f"Docker Hub limits pulls without an account the most:"
            f" run `{login(registry)}`, or set a `mirror` for `{DOCKER_HUB}`"
        )
    after = _after(response.headers.get("Retry-After", "").strip())
    return Failure(f"too many requests{quoted}{after}", hint=hint)


def _after(value: str) -> str:
    """Put `Retry-After` in words: seconds or a date; RFC 9110, 10.2.3."""
    if re.fullmatch(r"[0-9]{1,9}", value):
        return f"; it asks to wait {value} seconds"
    try:
        parsedate_to_datetime(value)
    except ValueError:
        return ""
    return f"; it asks to wait until {shown(value)}"


def _of_exception(error: httpx.HTTPError | httpx.InvalidURL) -> Failure:
    if isinstance(error, httpx.TimeoutException):
        return Failure("it did not answer in time", hint="check the network and proxy")
    if isinstance(error, httpx.ProxyError):
        hint = "check `HTTPS_PROXY` and `NO_PROXY`"
        return Failure("the proxy refused the connection", hint=hint)
    if failure := next(filter(None, map(_of_cause, causes(error))), None):
        return failure
    detail = shown(str(error)) or type(error).__name__
    return Failure(f"the connection failed ({detail})", hint="try again later")


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield *error* and what it came from, the last thing first."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _of_cause(error: BaseException) -> Failure | None:
    match error:
        case ssl.SSLCertVerificationError():
            what = f"its certificate is not trusted ({shown(error.verify_message)})"
            hint = (
                "set `ca` for this registry, or `SSL_CERT_FILE`, to a file with"
                " its certificate authority"
            )
            return Failure(what, hint=hint)
        case ssl.SSLError(reason=str(reason)) if _wants_certificate(reason):
            hint = "set `client-cert` and `client-key` for this registry"
            return Failure("it wants a client certificate that it knows", hint=hint)
        case ssl.SSLError():
            hint = "if it speaks plain http, set `plain-http` for this registry"
            reason = shown(error.reason or "unknown reason")
            return Failure(f"TLS failed ({reason})", hint=hint)
        case socket.gaierror():
            hint = "check its name and the network"
            return Failure("its host name cannot be found", hint=hint)
        case ConnectionRefusedError():
            hint = "check its name and port, and that it is running"
            return Failure("the connection was refused", hint=hint)
        case _:
            return None


def _wants_certificate(reason: str) -> bool:
    """Tell whether a TLS alert (RFC 8446, 6.2) is about what we prove, or do not."""
    alerts = ("CERTIFICATE_REQUIRED", "ALERT_BAD_CERTIFICATE", "ALERT_UNKNOWN_CA")
    return any(alert in reason for alert in alerts)
