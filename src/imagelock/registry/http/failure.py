"""Failures of requests, in words; the one place that translates HTTP exceptions."""

from __future__ import annotations

import socket
import ssl
import time
import traceback
from contextlib import contextmanager
from pathlib import PurePath
from typing import TYPE_CHECKING

import httpx

from imagelock.errors import (
    AccessDeniedError,
    ConfigurationError,
    NotFoundError,
    OutOfTimeError,
    RegistryError,
)
from imagelock.model.reference import DOCKER_HUB
from imagelock.registry.http.address import reserved_hint
from imagelock.registry.http.headers import (
    LONGEST_WAIT,
    duration_words,
    media_type_of,
    quota_of,
    retry_after,
    retry_after_clause,
)
from imagelock.registry.http.request_log import discard
from imagelock.registry.http.untrusted_text import escape_for_terminal, server_message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.model.reference import Reference
    from imagelock.model.registry_status import Quota
    from imagelock.registry.http.request_log import RequestLog


class Failure(Exception):  # noqa: N818 - it never leaves this package
    """Why a request failed, without the registry and the reference.

    `translate_failures` adds those and raises a `RegistryError`.
    """

    def __init__(self, what: str, *, hint: str | None = None) -> None:
        super().__init__(what)
        self.hint = hint


class Missing(Failure):
    """The server answered that it does not have the content."""


class Denied(Failure):
    """The server denied access, or hides that it does not have the content."""


class UnknownHost(Failure):
    """No address belongs to the name of the host."""


class OutOfTime(Failure):
    """The run ended before the answer did; *seconds* is all the time that it had."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            "the run ran out of time before it was asked",
            hint="run it again, or give it more seconds with `--timeout`",
        )
        self.seconds = seconds


class RequestTimeout(httpx.ReadTimeout):
    """The whole of a request took too long, although bytes may have arrived."""

    def __init__(self) -> None:
        super().__init__("the request took too long")


@contextmanager
def unify_failures(log: RequestLog = discard) -> Iterator[None]:
    """Translate whatever an answer causes inside into a `Failure`.

    That includes errors that nobody foresaw: an answer is untrusted, and must not
    end a run that asks other registries, too. They are mistakes of this program, so
    *log* gets a line with the kind of the error and its place, without its text,
    which may quote a secret.

    Raises:
        Failure: for any error that may be about an answer.
        RegistryError: raised inside; so are the errors that no answer causes.
    """
    try:
        yield
    except (Failure, RegistryError, ConfigurationError, OSError, MemoryError):
        raise
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise _of_exception(error) from error
    except Exception as error:
        *_, place = traceback.extract_tb(error.__traceback__)
        kind = type(error).__name__
        log(f"{kind} in {PurePath(place.filename).name}, line {place.lineno}")
        hint = "this is a mistake of imagelock: `-vv` shows where, please report it"
        raise Failure(f"its answer cannot be used ({kind})", hint=hint) from error


@contextmanager
def translate_failures(
    label: str, reference: Reference, log: RequestLog = discard
) -> Iterator[None]:
    """Translate any failure inside into an error that names *label* and *reference*.

    *label* is the registry, as messages name it; *log* is as for `unify_failures`.

    Raises:
        NotFoundError: for `Missing`.
        OutOfTimeError: for `OutOfTime`.
        RegistryError: for any other failure.
    """
    try:
        with unify_failures(log):
            yield
    except Missing as error:
        message = f"{label} does not have `{reference}`{error}"
        raise NotFoundError(
            message, hint=error.hint, reference=str(reference)
        ) from error
    except OutOfTime as error:
        message = f"cannot get `{reference}` from {label}: {error}"
        raise OutOfTimeError(message, hint=error.hint, seconds=error.seconds) from error
    except Failure as error:
        message = f"cannot get `{reference}` from {label}: {error}"
        hint = error.hint
        if isinstance(error, UnknownHost):
            hint = reserved_hint(reference.registry) or hint
        kind = AccessDeniedError if isinstance(error, Denied) else RegistryError
        failure = kind(message, hint=hint)
        failure.cause = f"{label}: {error}"
        raise failure from error


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
            return Missing(quoted, hint=_page_hint(response))
        case httpx.codes.UNAUTHORIZED | httpx.codes.FORBIDDEN:
            return _denied(registry, quoted, has_credentials=has_credentials)
        case httpx.codes.TOO_MANY_REQUESTS:
            return _rate_limited(
                response, registry, quoted, has_credentials=has_credentials
            )
        case _ if httpx.codes.is_server_error(code):
            hint = "the problem is on its side: try again later"
            after = retry_after_clause(response, "it asks to wait")
            return Failure(f"it failed with status {code}{quoted}{after}", hint=hint)
        case _:
            return Failure(f"it answered with status {code}{quoted}")


def refusal_elsewhere(response: httpx.Response) -> Failure:
    """Return the failure for a `401` or `403` of a server that a registry redirects to.

    It got no credentials, so those of the registry are not the cause.
    """
    message = server_message(response)
    quoted = f" ({message})" if message else ""
    host = escape_for_terminal(response.request.url.host)
    what = f"access is denied by `{host}`, to which it redirects{quoted}"
    hint = "check the name of the image, or try again: that address may have expired"
    return Failure(what, hint=hint)


def login_command(registry: str) -> str:
    """Return the command that stores credentials for *registry*."""
    return "docker login" if registry == DOCKER_HUB else f"docker login {registry}"


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield *error* and then what it came from, the first cause last."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _page_hint(response: httpx.Response) -> str | None:
    """Return a hint if *response* is a page, as of a web server or a proxy."""
    if media_type_of(response) != "text/html":
        return None
    return "its answer is a web page: is this the address of a registry?"


def _denied(registry: str, quoted: str, *, has_credentials: bool) -> Denied:
    what = "access is denied, or there is no such repository"
    if has_credentials:
        hint = (
            f"the stored credentials did not help: check the name,"
            f" or renew them with `{login_command(registry)}`"
        )
    else:
        hint = f"check the name; if it is private, run `{login_command(registry)}`"
    return Denied(f"{what}{quoted}", hint=hint)


def _rate_limited(
    response: httpx.Response, registry: str, quoted: str, *, has_credentials: bool
) -> Failure:
    """Return the failure for a `429`: with the limit, and when to come back."""
    after = retry_after_clause(response, "it asks to wait")
    quota = quota_of(response)
    if not after and quota and quota.limit is not None and quota.window:
        window = duration_words(quota.window)
        after = f"; the limit is {quota.limit} requests in {window}"
    if "failed login" in quoted.lower():  # as Docker Hub says it
        what = "it takes no requests for now, after logins that failed"
        hint = (
            "some program with this address or account has wrong credentials:"
            f" renew them with `{login_command(registry)}`, and wait"
        )
        return Failure(f"{what}{quoted}{after}", hint=hint)
    if registry == DOCKER_HUB and not has_credentials:
        hint = (
            f"Docker Hub's limit is lowest for pulls without an account:"
            f" run `{login_command(registry)}`, or set a `mirror` for `{DOCKER_HUB}`"
        )
    elif _is_long(response, quota):
        hint = (
            "run it again then: what could be locked is kept, and not asked for again"
        )
    else:
        hint = "wait, or lower `max-connections` for this registry"
    return Failure(f"its rate limit is reached{quoted}{after}", hint=hint)


def _is_long(response: httpx.Response, quota: Quota | None) -> bool:
    """Return whether the limit of *response* ends too late to wait for it."""
    wait = retry_after(response, time.time())
    if wait is None:
        wait = float((quota and quota.window) or 0)
    return wait > LONGEST_WAIT


def _of_exception(error: httpx.HTTPError | httpx.InvalidURL) -> Failure:
    if isinstance(error, httpx.InvalidURL):
        detail = escape_for_terminal(str(error))
        hint = "check its name and settings; if it redirects, tell its administrator"
        return Failure(f"`{detail}` is not a valid address", hint=hint)
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
            return UnknownHost("its host name cannot be resolved", hint=hint)
        case ConnectionRefusedError():
            hint = "check its name and port, and that it is running"
            return Failure("the connection was refused", hint=hint)
        case _:
            return None


def _is_about_our_certificate(alert: str) -> bool:
    """Return whether a TLS *alert* (RFC 8446, 6.2) is about the client certificate."""
    alerts = ("CERTIFICATE_REQUIRED", "ALERT_BAD_CERTIFICATE", "ALERT_UNKNOWN_CA")
    return any(name in alert for name in alerts)
