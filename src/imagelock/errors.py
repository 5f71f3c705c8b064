"""Every error that a user sees."""

from __future__ import annotations

import os
from contextlib import contextmanager

from imagelock.light_typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import PurePath

    from imagelock.source_line import SourceLine


def reason(error: OSError) -> str:
    """Return the operating system's message, without its number and file name."""
    return os.strerror(error.errno) if error.errno else str(error)


@contextmanager
def convert_write_errors(path: PurePath, kind: type[ImagelockError]) -> Iterator[None]:
    """Say of an `OSError` in the block that *path* cannot be written.

    Raises:
        ImagelockError: there was an `OSError`; of the class *kind*.
    """
    try:
        yield
    except OSError as error:
        raise kind(f"`{path}` cannot be written: {reason(error)}") from error


def nearest(name: str, names: Iterable[str]) -> str | None:
    """Return that of *names* that is most like *name*, if any is."""
    from difflib import get_close_matches  # slow, and for mistakes only

    return next(iter(get_close_matches(name, list(names), 1)), None)


def did_you_mean(name: str, names: Iterable[str]) -> str | None:
    """Return a hint with that of *names* that is most like *name*, if any is."""
    near = nearest(name, names)
    return f"did you mean `{near}`?" if near else None


class ImagelockError(Exception):
    """Base of every error that is shown without a traceback.

    The message states the problem, the hint the way out, and notes (`add_note`) the
    circumstances; each layer adds the one fact that only it knows. `file` is the name
    of the file that must be changed, and `source` the place in it, if they are known.
    """

    exit_code: ClassVar[int] = 2
    file: str | None = None
    source: SourceLine | None = None

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        file: str | None = None,
        source: SourceLine | None = None,
    ) -> None:
        super().__init__(message)
        self.hint = hint
        self.file = file
        self.source = source

    @property
    def place(self) -> str | None:
        """The file, with the line and column if they are known, as editors read it."""
        if self.file is None or self.source is None:
            return self.file
        return f"{self.file}:{self.source.line}:{self.source.column}"

    @property
    def located(self) -> str:
        """The message, with the place before it if that is known."""
        return f"{self.place}: {self}" if self.place else str(self)

    def explain(self) -> str:
        """Return the message, the place of the problem, and the way out."""
        place = f"{self.place}: " if self.place else ""
        where = "".join(f"\n  {note}" for note in getattr(self, "__notes__", ()))
        hint = f"\n\nhint: {self.hint}" if self.hint else ""
        return f"{place}error: {self}{where}{hint}"


class InvalidReferenceError(ImagelockError):
    """Text that no registry would accept as an image reference."""


class InvalidPlatformError(ImagelockError):
    """Text that is not a platform such as `linux/arm64`."""


class ConfigurationError(ImagelockError):
    """Settings that cannot be used: of imagelock, of a registry, or of git."""


class UsageError(ImagelockError):
    """Arguments or input that a command cannot use, such as a path that is missing."""


def missing_library(user: str, error: ModuleNotFoundError, extra: str) -> UsageError:
    """Return the error that *user* needs a library of the extra *extra*.

    *error* is what the import of it ended with.
    """
    name = str(error.name).partition(".")[0]
    return UsageError(
        f"{user} needs the library `{name}`, which is not installed",
        hint=f"install `imagelock[{extra}]`, such as `uv tool install"
        f" 'imagelock[{extra}]'`",
    )


class LockfileError(ImagelockError):
    """A lockfile that cannot be read or written."""


class UnreadableFileError(ImagelockError):
    """A project file whose bytes or structure cannot be read."""


class RegistryError(ImagelockError):
    """A registry refused, failed or could not be reached, so its answer is unknown.

    `as_written` stands for the reference in reports if it must not be shown. `cause`
    is the message without the reference: the same for all images with one cause.
    """

    exit_code = 3
    as_written: str | None = None
    cause: str | None = None


class AccessDeniedError(RegistryError):
    """A registry denied access to what it was asked for, or does not have it."""


class OutOfTimeError(RegistryError):
    """The run ended before a registry was asked, or before its answer was complete.

    *seconds* is all the time that the run had for registries.
    """

    def __init__(
        self, message: str, *, hint: str | None = None, seconds: float = 0.0
    ) -> None:
        super().__init__(message, hint=hint)
        self.seconds = seconds


class NotFoundError(RegistryError):
    """A registry answered that it does not have this repository, tag or digest.

    *reference* is what it was asked for, a reference with its tag or digest.
    """

    def __init__(
        self, message: str, *, hint: str | None = None, reference: str = ""
    ) -> None:
        super().__init__(message, hint=hint)
        self.reference = reference
