"""Failures of requests, in words; the one place that translates HTTP exceptions."""

from __future__ import annotations

import socket
import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import httpx

from imagelock.errors import NotFoundError, RegistryError
from imagelock.model.reference import DOCKER_HUB
from imagelock.registry.http.headers import retry_after_clause
from imagelock.registry.http.untrusted_text import escape_for_terminal, server_message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.reference import Reference

_SERVER_ERROR: Final = 500


class Failure(Exception):  # noqa: N818 - it never leaves this package
    """Why a request failed, without the registry and the reference.

    `translate_failures` adds those and raises a `RegistryError`.
    """

    def __init__(self, what: str, *, hint: str | None = None) -> None:
        super().__init__(what)
        self.hint = hint


class Missing(Failure):
    """The server answered that it does not have the content."""


class RequestTimeout(httpx.ReadTimeout):
    """The whole of a request took too long, although bytes may have arrived."""

    def __init__(self) -> None:
        super().__init__("the request took too long")


@contextmanager
def translate_failures(label: str, reference: Reference) -> Iterator[None]:
    """Translate any failure inside into an error that names *label* and *reference*.

    *label* is the registry, as messages name it.

    Raises:
        NotFoundError: for `Missing`.
        RegistryError: for any other failure, ours or the HTTP library's.
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


def refusal_of(
    response: httpx.Response, registry: str, *, has_credentials: bool
) -> Failure:
    """Return the failure for an unsuccessful answer of *registry*.

    *has_credentials* is whether there are stored credentials for it. The body must
    have been read.
    """
    code, message = response.status_code, server_message(response)
    quoted = f" ({message})" if message else ""
    match code:
        case httpx.codes.NOT_FOUND:
            return Missing(quoted)
        case httpx.codes.UNAUTHORIZED | httpx.codes.FORBIDDEN:
            return _denied(registry, quoted, has_credentials=has_credentials)
        case httpx.codes.TOO_MANY_REQUESTS:
            return _rate_limited(response, registry, quoted)
        case _ if code >= _SERVER_ERROR:
            hint = "the problem is on its side: try again later"
            after = retry_after_clause(response)
            return Failure(f"it failed with status {code}{quoted}{after}", hint=hint)
        case _:
            return Failure(f"it answered with status {code}{quoted}")


def as_failure(error: Failure | httpx.HTTPError | httpx.InvalidURL) -> Failure:
    """Return *error* as a failure, where there is no reference to name."""
    return error if isinstance(error, Failure) else _of_exception(error)


def join_url(url: httpx.URL, text: str) -> httpx.URL:
    """Resolve *text*, an absolute or relative URL, against *url*.

    Raises:
        httpx.InvalidURL: the result is not a URL.
    """
    try:
        return url.join(text)
    except ValueError as error:
        # `urllib` raises this for brackets without an IPv6 address in them.
        raise httpx.InvalidURL(str(error)) from error


def login_command(registry: str) -> str:
    """Return the command that stores credentials for *registry*."""
    return "docker login" if registry == DOCKER_HUB else f"docker login {registry}"


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield *error* and then what it came from, the first cause last."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _denied(registry: str, quoted: str, *, has_credentials: bool) -> Failure:
    what = "access is denied, or there is no such repository"
    if has_credentials:
        hint = (
            f"the stored credentials did not help: check the name,"
            f" or renew them with `{login_command(registry)}`"
        )
    else:
        hint = f"check the name; if it is private, run `{login_command(registry)}`"
    return Failure(f"{what}{quoted}", hint=hint)


def _rate_limited(response: httpx.Response, registry: str, quoted: str) -> Failure:
    hint = "wait, or lower `max-connections` for this registry"
    if registry == DOCKER_HUB:
        hint = (
            f"Docker Hub's limit is lowest for pulls without an account:"
            f" run `{login_command(registry)}`, or set a `mirror` for `{DOCKER_HUB}`"
        )
    after = retry_after_clause(response)
    return Failure(f"too many requests{quoted}{after}", hint=hint)


def _of_exception(error: httpx.HTTPError | httpx.InvalidURL) -> Failure:
    if isinstance(error, httpx.TimeoutException):
        return Failure("it did not answer in time", hint="check the network and proxy")
    if isinstance(error, httpx.ProxyError):
        hint = "check `HTTPS_PROXY` and `NO_PROXY`"
        return Failure("the proxy refused the connection", hint=hint)
    if failure := next(filter(None, map(_of_cause, causes(error))), None):
        return failure
    detail = escape_for_terminal(str(error)) or type(error).__name__
    return Failure(f"the connection failed ({detail})", hint="try again later")


def _of_cause(error: BaseException) -> Failure | None:
    match error:
        case ssl.SSLCertVerificationError():
            detail = escape_for_terminal(error.verify_message)
            hint = (
                "set `ca` for this registry, or `SSL_CERT_FILE`, to a file with"
                " its certificate authority"
            )
            return Failure(f"its certificate is not trusted ({detail})", hint=hint)
        case ssl.SSLError(reason=str(reason)) if _is_about_our_certificate(reason):
            hint = "set `client-cert` and `client-key` for this registry"
            return Failure("it requires a client certificate that it trusts", hint=hint)
        case ssl.SSLError():
            hint = "if it speaks plain http, set `plain-http` for this registry"
            reason = escape_for_terminal(error.reason or "unknown reason")
            return Failure(f"TLS failed ({reason})", hint=hint)
        case socket.gaierror():
            hint = "check its name and the network"
            return Failure("its host name cannot be resolved", hint=hint)
        case ConnectionRefusedError():
            hint = "check its name and port, and that it is running"
            return Failure("the connection was refused", hint=hint)
        case _:
            return None


def _is_about_our_certificate(alert: str) -> bool:
    """Return whether a TLS *alert* (RFC 8446, 6.2) is about the client certificate."""
    alerts = ("CERTIFICATE_REQUIRED", "ALERT_BAD_CERTIFICATE", "ALERT_UNKNOWN_CA")
    return any(name in alert for name in alerts)
