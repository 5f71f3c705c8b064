"""A part of the repositories that depends on their names alone."""

from __future__ import annotations

import hashlib
import re
from typing import Final, Self

from imagelock.dataclass import dataclass

_FORM: Final = re.compile(r"([0-9]{1,9})/([0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class Shard:
    """The part *index*, from 1, of *count* parts.

    Each name is in exactly one of the parts, and in the same one in every run and on
    every machine.
    """

    index: int
    count: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the shard that `INDEX/COUNT` names.

        Raises:
            ValueError: *text* has another form, or there is no such part.
        """
        match = _FORM.fullmatch(text)
        if match is None:
            raise ValueError(f"`{text}` is not a shard such as `1/4`")
        shard = cls(int(match[1]), int(match[2]))
        if not 1 <= shard.index <= shard.count:
            raise ValueError(f"`{text}`: shards are counted from 1/{shard.count}")
        return shard

    def has(self, name: str) -> bool:
        """Return whether *name* is in this part."""
        data = hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()
        return int.from_bytes(data[:8], "big") % self.count == self.index - 1
