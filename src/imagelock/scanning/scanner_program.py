"""Run the commands of a scanner, in a private folder and with few credentials."""

from __future__ import annotations

import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, Self

from imagelock.errors import UnreadableFileError
from imagelock.program_path import find_program
from imagelock.registry.http.untrusted_text import (
    escape_for_terminal,
    strip_userinfo,
)
from imagelock.scanning.program import (
    Invocation,
    ProgramError,
    run_program,
)
from imagelock.scanning.scanner import ScannerMissingError, ScannerUnusableError
from imagelock.text_file import read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from threading import Event

    from imagelock.scanning.program import Finished
    from imagelock.scanning.registry_access import RegistryAccess
    from imagelock.scanning.scanner import ScanCommand, Scanner

_FOLDER: Final = "{folder}"
_DOCKER: Final = "docker"
"""The folder of the Docker configuration, in the private folder."""
_CERTIFICATES: Final = "certificates"
"""The folder of additional authorities, in the private folder."""
_CERTIFICATE_FOLDERS: Final = ("/etc/ssl/certs", "/etc/pki/tls/certs")
"""Where programs in Go look without `SSL_CERT_DIR` (Go, `crypto/x509/root_linux.go`)."""
_TEMPORARY: Final = "tmp"
_HIDDEN: Final = {"DOCKER_AUTH_CONFIG", "REGISTRY_AUTH_FILE"}
"""Variables with credentials for other registries, too."""
_STYLES: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_LONGEST: Final = 190
"""Characters of an error that are shown; its end says what went wrong."""


class ScannerProgram:
    """The program of a scanner, and what stops it."""

    def __init__(
        self, scanner: Scanner, path: Path, access: RegistryAccess, stop: Event
    ) -> None:
        self.path = path
        self._scanner = scanner
        self._access = access
        self._stop = stop

    @classmethod
    def find(cls, scanner: Scanner, access: RegistryAccess, stop: Event) -> Self:
        """Return the program on the `PATH`.

        Raises:
            ScannerMissingError: it is not there.
        """
        path = find_program(scanner.program, os.environ)
        if path is None:
            hint = (
                f"{scanner.install_hint}; or read a report that it made elsewhere:"
                f" `imagelock scan --report {scanner.name}:FILE`"
            )
            message = f"`{scanner.program}` is not on the `PATH`"
            raise ScannerMissingError(message, hint=hint)
        return cls(scanner, Path(path), access, stop)

    def run(self, command: ScanCommand, timeout: float) -> bytes:
        """Return the output of *command*, which may take *timeout* seconds.

        Raises:
            ScannerUnusableError: it failed, took too long, or printed too much.
        """
        with TemporaryDirectory(
            prefix="imagelock-", ignore_cleanup_errors=True
        ) as folder:
            invocation = self._invocation(command, Path(folder), timeout)
            try:
                finished = run_program(invocation, self._stop)
            except ProgramError as error:
                message = f"`{self._scanner.program}` {error}"
                raise ScannerUnusableError(message) from error
        if finished.exit_code and not command.accepts_failure:
            raise ScannerUnusableError(self._failure(finished, folder))
        return finished.output

    def _invocation(
        self, command: ScanCommand, folder: Path, timeout: float
    ) -> Invocation:
        def filled(text: str) -> str:
            return text.replace(_FOLDER, str(folder))

        for name, data in command.files.items():
            _write(folder / name, data)
        (folder / _TEMPORARY).mkdir()
        environment = {
            **self._environment(),
            # What a killed program leaves goes with the folder.
            **dict.fromkeys(("TMPDIR", "TMP", "TEMP"), str(folder / _TEMPORARY)),
            **{name: filled(text) for name, text in command.environment.items()},
        }
        if command.logins is not None:
            config = self._access.docker_config(command.logins)
            _write(folder / _DOCKER / "config.json", config)
            environment["DOCKER_CONFIG"] = str(folder / _DOCKER)
            # One that sends what is in the image to a server trusts nobody there because
            # of the settings of a project.
            if self._scanner.is_local:
                environment |= self._trust(command.logins, folder / _CERTIFICATES)
        return Invocation(
            arguments=[str(self.path), *map(filled, command.arguments)],
            environment=environment,
            folder=folder,
            output=folder / command.output if command.output else None,
            timeout=timeout,
        )

    def _trust(self, repositories: Iterable[str], folder: Path) -> dict[str, str]:
        """Return variables that add the authorities of *repositories* to the others.

        Their files are copied to *folder*. All scanners are programs in Go, which reads
        every file in the folders of `SSL_CERT_DIR`, except on macOS and Windows
        (package `crypto/x509`).

        Raises:
            ScannerUnusableError: one of them cannot be read.
        """
        authorities = self._access.authorities(repositories)
        if not authorities:
            return {}
        folders = [str(folder)]
        for number, path in enumerate(authorities):
            if path.is_dir():
                folders.append(str(path.absolute()))
                continue
            try:
                data = read_bytes(path, f"`{path}`", UnreadableFileError)
            except UnreadableFileError as error:
                raise ScannerUnusableError(str(error), hint=error.hint) from error
            _write(folder / f"{number}.pem", data)
        usual = os.environ.get("SSL_CERT_DIR") or os.pathsep.join(_CERTIFICATE_FOLDERS)
        return {"SSL_CERT_DIR": os.pathsep.join([*folders, usual])}

    def _environment(self) -> Mapping[str, str]:
        user = {name: os.environ[name] for name in set(os.environ) - _HIDDEN}
        return self._scanner.environment(user)

    def _failure(self, finished: Finished, folder: str) -> str:
        """Return what is known of a failure: the last line that is not empty."""
        text = finished.errors.decode("utf-8", "replace").replace(folder, "…")
        lines = [line.strip() for line in _STYLES.sub("", text).splitlines()]
        last = strip_userinfo(next(filter(None, reversed(lines)), ""))
        last = last if len(last) <= _LONGEST else f"…{last[-_LONGEST:]}"
        quoted = f": {escape_for_terminal(last)}" if last else ""
        how = f"failed with exit code {finished.exit_code}"
        if finished.exit_code < 0:
            how = f"was ended by signal {-finished.exit_code}"
        return f"`{self._scanner.program}` {how}{quoted}"


def _write(path: Path, data: bytes) -> None:
    """Write a file that only the user can read."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with open(os.open(path, flags, 0o600), "wb") as file:
        file.write(data)
