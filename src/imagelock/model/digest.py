"""Content digests, as registries print them."""

from __future__ import annotations

import re
from sys import intern
from typing import Final, Self

from imagelock.dataclass import dataclass
from imagelock.errors import InvalidReferenceError

_LENGTHS: Final = {"sha256": 64, "sha512": 128}
_ENCODED: Final = re.compile("[a-f0-9]+")


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """A checked digest: `sha256:` and 64, or `sha512:` and 128, lower-case hex digits.

    OCI image-spec, descriptor.md, "Digests". A value of this type is safe in a
    URL, a path and a log.
    """

    algorithm: str
    encoded: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Parse `algorithm:hex`.

        Raises:
            InvalidReferenceError: *text* has another form, length or algorithm.
        """
        algorithm, _, encoded = text.partition(":")
        if algorithm not in _LENGTHS or not _ENCODED.fullmatch(encoded):
            raise InvalidReferenceError(
                f"`{text}` is not a digest",
                hint="a digest is `sha256:` and 64 lower-case hexadecimal digits",
            )
        if len(encoded) != _LENGTHS[algorithm]:
            raise InvalidReferenceError(
                f"`{text}` has {len(encoded)} hexadecimal digits",
                hint=f"`{algorithm}` has {_LENGTHS[algorithm]} hexadecimal digits",
            )
        return cls(intern(algorithm), encoded)

    @classmethod
    def of(cls, data: bytes, algorithm: str = "sha256") -> Self:
        """Return the digest of *data*."""
        import hashlib  # loads OpenSSL, and most runs hash nothing

        return cls(algorithm, hashlib.new(algorithm, data).hexdigest())

    @property
    def short(self) -> str:
        """The first twelve hex digits, which are what people compare."""
        return self.encoded[:12]

    @property
    def abbreviated(self) -> str:
        """The algorithm and the first twelve hex digits: `sha256:6e409fe2a4d1`."""
        return f"{self.algorithm}:{self.short}"

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.encoded}"
