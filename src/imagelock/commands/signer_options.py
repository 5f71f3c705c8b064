"""Whether signatures are to be looked at: known without loading anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imagelock.config import Config
    from imagelock.lockfile.model import Lockfile

ACCEPT: Final = "imagelock lock --accept-signer"
"""The command that records another signer of an image."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerOptions:
    """What to check besides the images that moved, and what to accept.

    With `everything`, images that did not move are looked at, too. `accepted` are
    patterns of the images for which whoever signed them is recorded, and `accept` is
    the command for that.
    """

    everything: bool = False
    accepted: Sequence[str] = ()
    accept: str = ACCEPT

    @property
    def is_asked(self) -> bool:
        """Whether the user asked for anything."""
        return self.everything or bool(self.accepted)


def checks_signers(config: Config, lockfile: Lockfile) -> bool:
    """Return whether the settings, or an entry of *lockfile*, ask for signatures."""
    if config.signatures or config.policy.signers or lockfile.signers:
        return True
    return any(image.signer for image in lockfile.images.values())


def needs_signers(config: Config, before: Lockfile, options: SignerOptions) -> bool:
    """Return whether signers are to be recorded and compared with those *before*.

    Raises:
        UsageError: *options* ask for it, and nothing says for which images.
    """
    if checks_signers(config, before):
        return True
    if options.is_asked:
        raise nothing_covered()
    return False


def nothing_covered() -> UsageError:
    """Return the error for signatures that nothing asks for."""
    return UsageError(
        "nothing says whose signatures to look at",
        hint='set `images = ["**"]` in `[signatures]` of the settings',
    )
