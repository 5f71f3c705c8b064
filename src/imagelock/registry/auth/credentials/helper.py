"""Credential helpers: programs that store secrets; Docker's protocol."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from typing import TYPE_CHECKING, Final

from imagelock.errors import reason
from imagelock.model.reference import DOCKER_HUB
from imagelock.program_path import find_program
from imagelock.registry.auth.credentials.model import Secret, secret_of_user
from imagelock.registry.http.failure import Failure
from imagelock.registry.http.untrusted_text import escape_for_terminal

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME: Final = re.compile(r"[A-Za-z0-9_.-]+")
_HUB_KEY: Final = "https://index.docker.io/v1/"
_NOT_FOUND: Final = "credentials not found in native keychain"
_TIMEOUT: Final = 30.0


class CredentialHelpers:
    """The programs `docker-credential-NAME`; each runs once per registry.

    Thread-safe: threads that need the same secret wait for one run. The programs
    are searched on the `PATH` of *environment*, which is also their own environment.
    *timeout* is in seconds.
    """

    def __init__(
        self, environment: Mapping[str, str], *, timeout: float = _TIMEOUT
    ) -> None:
        self._environment = dict(environment)
        self._timeout = timeout
        self._answers: dict[tuple[str, str], Secret | Failure | None] = {}
        self._run_locks: dict[tuple[str, str], threading.Lock] = {}
        self._lock = threading.Lock()

    def secret(self, name: str, registry: str) -> Secret | None:
        """Return the secret that the helper *name* has for *registry*, if any.

        Raises:
            Failure: it is not installed, or failed; the message quotes it.
        """
        key = name, registry
        with self._lock:
            run_lock = self._run_locks.setdefault(key, threading.Lock())
        with run_lock:
            if key not in self._answers:
                self._answers[key] = self._answer(name, registry)
        answer = self._answers[key]
        if isinstance(answer, Failure):
            raise Failure(str(answer), hint=answer.hint)
        return answer

    def _answer(self, name: str, registry: str) -> Secret | Failure | None:
        if not _NAME.fullmatch(name):
            what = (
                f"`{escape_for_terminal(name)}` is not the name of a credential helper"
            )
            return Failure(what, hint="fix `credHelpers` or `credsStore`")
        helper = f"docker-credential-{name}"
        program = find_program(helper, self._environment)
        if program is None:
            return _failed(helper, "is not on the `PATH`")
        try:
            process = self._run(program, registry)
        except subprocess.TimeoutExpired:
            return _failed(helper, f"did not answer in {self._timeout:g} seconds")
        except OSError as error:
            return _failed(helper, f"cannot be run: {reason(error)}")
        return _parse_answer(helper, process)

    def _run(self, program: str, registry: str) -> subprocess.CompletedProcess[bytes]:
        key = _HUB_KEY if registry == DOCKER_HUB else registry
        return subprocess.run(  # noqa: S603 - the name is checked, and no shell reads it
            [program, "get"],
            input=key.encode(),
            capture_output=True,
            check=False,
            env=self._environment,
            timeout=self._timeout,
        )


def _parse_answer(
    helper: str, process: subprocess.CompletedProcess[bytes]
) -> Secret | Failure | None:
    if process.returncode != 0:
        message = _error_text(process.stdout) or _error_text(process.stderr)
        if message == _NOT_FOUND:
            return None
        quoted = f": {escape_for_terminal(message)}" if message else ""
        return _failed(helper, f"failed with status {process.returncode}{quoted}")
    try:
        answer = json.loads(process.stdout)
    except (ValueError, RecursionError):
        answer = None
    if isinstance(answer, dict):
        # Docker's JSON library ignores the case of keys, and so do helpers' authors.
        answer = {key.lower(): value for key, value in answer.items()}
    match answer:
        case {"username": str() as username, "secret": str() as secret}:
            return secret_of_user(username, secret)
        case _:
            # The output is not quoted: it may contain the secret.
            return _failed(helper, "answered without `Username` and `Secret`")


def _error_text(output: bytes) -> str:
    """Return the *output* of a helper on one line; empty if it may be a secret."""
    text = " ".join(output.decode("utf-8", "replace").split())
    return "" if "{" in text or "secret" in text.lower() else text


def _failed(helper: str, what: str) -> Failure:
    hint = (
        f"run `{helper} get` yourself, or remove it from `credHelpers`"
        " and `credsStore` of your Docker configuration"
    )
    return Failure(f"the credential helper `{helper}` {what}", hint=hint)
