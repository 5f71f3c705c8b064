"""Settings at a URL, which their digest fixes, and a cache of them."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from imagelock.dataclass import dataclass
from imagelock.errors import ConfigurationError
from imagelock.user_cache import user_cache

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    Download = Callable[[str], bytes]
    """Returns the content of an https URL, or raises an `ImagelockError`."""


@dataclass(frozen=True, slots=True)
class SharedSettings:
    """Gets settings by URL, each once: with a digest, a file never changes.

    They are kept in *folder*, if there is one. Without *download*, no connection is
    opened.
    """

    folder: Path | None = None
    download: Download | None = None

    @classmethod
    def of_user(cls, environment: Mapping[str, str], download: Download | None) -> Self:
        """Return those that the user's cache keeps, if there is one."""
        folder = user_cache(environment)
        return cls(folder and folder / "settings", download)

    def get(self, url: str, digest: str) -> bytes:
        """Return the content of *url*, whose SHA-256 is *digest*, 64 hex digits.

        Raises:
            ConfigurationError: it has another digest, or is needed from the network
                and must not be.
            ImagelockError: it cannot be downloaded.
        """
        file = self.folder / f"{digest}.toml" if self.folder else None
        if file is not None:
            with suppress(OSError):
                data = file.read_bytes()
                if _digest(data) == digest:
                    return data
        data = self._downloaded(url)
        if _digest(data) != digest:
            raise ConfigurationError(
                f"`{url}` does not have the digest in `extends`, but {_digest(data)}",
                hint="look at what changed there before you write the new digest",
            )
        if file is not None:
            with suppress(OSError):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
        return data

    def _downloaded(self, url: str) -> bytes:
        if self.download is None:
            raise ConfigurationError(
                f"the settings extend `{url}`, which is not in the cache yet",
                hint="run `imagelock config` once, which may use the network",
            )
        return self.download(url)


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
