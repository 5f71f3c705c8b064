"""Credential helpers: programs that know the secrets; Docker's protocol."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import threading
from typing import TYPE_CHECKING, Final

from imagelock.errors import reason
from imagelock.model.reference import DOCKER_HUB
from imagelock.registry.auth.credentials.model import Secret, of_user
from imagelock.registry.http.failure import Failure
from imagelock.registry.http.untrusted_text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME: Final = re.compile(r"[A-Za-z0-9_.-]+")
_HUB_KEY: Final = "https://index.docker.io/v1/"
_NOT_FOUND: Final = "credentials not found in native keychain"
_TIMEOUT: Final = 30.0


class Helpers:
    """The programs `docker-credential-NAME`; each is asked once for a registry.

    For many threads: those that ask for the same wait for the one run. They are
    searched on the `PATH` of *environment*, which they also get. *timeout* is in
    seconds.
    """

    def __init__(
        self, environment: Mapping[str, str], *, timeout: float = _TIMEOUT
    ) -> None:
        self._environment = dict(environment)
        self._timeout = timeout
        self._answers: dict[tuple[str, str], Secret | Failure | None] = {}
        self._turns: dict[tuple[str, str], threading.Lock] = {}
        self._lock = threading.Lock()

    def secret(self, name: str, registry: str) -> Secret | None:
        """Return what the helper *name* has for *registry*, if anything.

        Raises:
            Failure: it is not there, or did not answer, with its own words.
        """
        asked = name, registry
        with self._lock:
            turn = self._turns.setdefault(asked, threading.Lock())
        with turn:
            if asked not in self._answers:
                self._answers[asked] = self._answer(name, registry)
        answer = self._answers[asked]
        if isinstance(answer, Failure):
            raise Failure(str(answer), hint=answer.hint)
        return answer

    def _answer(self, name: str, registry: str) -> Secret | Failure | None:
        if not _NAME.fullmatch(name):
            what = f"`{shown(name)}` is not the name of a credential helper"
            return Failure(what, hint="mend `credHelpers` or `credsStore`")
        helper = f"docker-credential-{name}"
        path = self._environment.get("PATH", os.defpath)
        program = shutil.which(helper, path=path)
        if program is None:
            return _failed(helper, "is not on the `PATH`")
        try:
            done = self._run(program, registry)
        except subprocess.TimeoutExpired:
            return _failed(helper, f"did not answer in {self._timeout:g} seconds")
        except OSError as error:
            return _failed(helper, f"cannot be run: {reason(error)}")
        return _read(helper, done)

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


def _read(
    helper: str, done: subprocess.CompletedProcess[bytes]
) -> Secret | Failure | None:
    if done.returncode != 0:
        words = _words(done.stdout) or _words(done.stderr)
        if words == _NOT_FOUND:
            return None
        said = f": {shown(words)}" if words else ""
        return _failed(helper, f"failed with status {done.returncode}{said}")
    try:
        answer = json.loads(done.stdout)
    except (ValueError, RecursionError):
        answer = None
    match answer:
        case {"Username": str() as username, "Secret": str() as secret}:
            return of_user(username, secret)
        case _:
            # What it said is not shown: it may well hold the secret.
            return _failed(helper, "answered without `Username` and `Secret`")


def _words(output: bytes) -> str:
    """Return what a helper said, on one line; but not what may be an answer."""
    text = " ".join(output.decode("utf-8", "replace").split())
    return "" if "{" in text or "secret" in text.lower() else text


def _failed(helper: str, what: str) -> Failure:
    hint = (
        f"run `{helper} get` yourself, or remove it from `credHelpers`"
        " and `credsStore` of your Docker configuration"
    )
    return Failure(f"the credential helper `{helper}` {what}", hint=hint)
