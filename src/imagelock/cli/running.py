"""`imagelock verify --running`."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from imagelock.cli.arranging import arranged
from imagelock.commands.verify_running import compare, containers
from imagelock.errors import ConfigurationError, ImagelockError, reason
from imagelock.lockfile.model import Lockfile
from imagelock.report.findings import Verdict

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from imagelock.cli.session import Session
    from imagelock.model.digest import Digest
    from imagelock.model.image import Image
    from imagelock.project.project_files import ProjectFiles
    from imagelock.registry.client import RegistryClient

_LARGEST: Final = 256 * 1024 * 1024
"""In bytes. The pods of a cluster of thousands are a tenth of this."""


def compared(
    session: Session, project: ProjectFiles, file: Path, timeout: float | None
) -> Verdict:
    """Return how what runs, as *file* (or `-`, stdin) tells it, agrees with the lock.

    *timeout* is how long, in seconds, registries may be asked for what only they
    know; `None` if none may be asked.

    Raises:
        ConfigurationError: there is no lock, or *file* cannot be read.
    """
    lockfile = project.lockfile() or Lockfile()
    if not lockfile.images:
        hint = "run `imagelock lock` first"
        raise ConfigurationError("there is no lock to compare with", hint=hint)
    text = _text(file)
    try:
        found = containers(text)
    except ImagelockError as error:
        error.add_note("in the standard input" if file == Path("-") else f"in `{file}`")
        raise
    path = PurePosixPath("stdin" if file == Path("-") else file)
    with _registry(session, project, timeout) as registry:
        ask = (
            cache(lambda image: _configurations(image, registry)) if registry else None
        )
        result = compare(found, lockfile, path, ask)
    return Verdict(
        findings=arranged(project, result.findings, []),
        checked=len(found) - result.could_not_check,
        could_not_check=result.could_not_check,
        online=timeout is not None,
        running=True,
    )


def _registry(
    session: Session, project: ProjectFiles, timeout: float | None
) -> AbstractContextManager[RegistryClient | None]:
    if timeout is None:
        return nullcontext()
    from imagelock.registry.connect import open_registry  # noqa: PLC0415 - offline needs none

    return open_registry(project.config, session, timeout)


def _configurations(image: Image, registry: RegistryClient) -> frozenset[Digest]:
    """Return the configurations of what *image* is on each declared platform."""
    digests = [one.digest for one in image.platforms] if image.is_index else []
    manifests = [
        registry.manifest(image.reference, digest)
        for digest in digests or [image.digest]
    ]
    return frozenset(one.config for one in manifests if one.config)


def _text(file: Path) -> str:
    """Return what *file* holds, or standard input.

    Raises:
        ConfigurationError: it cannot be read, is too large, or no UTF-8.
    """
    try:
        if file == Path("-"):
            data = sys.stdin.buffer.read(_LARGEST + 1)
        else:
            with file.open("rb") as stream:
                data = stream.read(_LARGEST + 1)
        if len(data) > _LARGEST:
            raise ConfigurationError(f"`{file}` is larger than {_LARGEST} bytes")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"`{file}` cannot be read: it is not UTF-8") from error
    except OSError as error:
        message = f"`{file}` cannot be read: {reason(error)}"
        raise ConfigurationError(message) from error
