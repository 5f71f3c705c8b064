"""Content digests, as registries print them."""

from __future__ import annotations

from sys import intern

from imagelock.dataclass import dataclass
from imagelock.errors import InvalidReferenceError
from imagelock.light_typing import Final, Self

_LENGTHS: Final = {"sha256": 64, "sha512": 128}
_HEXADECIMAL: Final = "0123456789abcdef"


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
        if algorithm not in _LENGTHS or not is_hexadecimal(encoded):
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


def is_hexadecimal(text: str) -> bool:
    """Return whether *text* is made of lower-case hexadecimal digits."""
    return bool(text) and not text.strip(_HEXADECIMAL)
