"""End the program at Ctrl-C and SIGTERM, at any moment, without a traceback.

Only what is loaded already when Python starts, or soon after, is imported here.
"""

from __future__ import annotations

import os
import sys

from imagelock.light_signal import signal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import NoReturn

SENTENCE = "interrupted: no file is partially written"
INTERRUPTED = 130


class _State:
    """What the next signal does, and which one came."""

    raises = False
    number = 0


def handle() -> None:
    """Handle both signals, unless whoever started the program ignores them.

    Until `raise_interruptions` they end the process at once: there is nothing to
    clean up, and an exception in the middle of an import may get lost.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _on_signal)
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _on_signal)
    sys.unraisablehook = _on_unraisable


def raise_interruptions() -> None:
    """Let the next signal raise `KeyboardInterrupt`, so that temporary files go.

    One more ends the process at once.
    """
    _State.raises = True


def end_at_once() -> None:
    """Let the next signal end the process: the result of the run is written."""
    _State.raises = False


def is_interrupted() -> bool:
    """Return whether a signal came."""
    return bool(_State.number)


def exit_code() -> int:
    """Return the exit code of an interruption: 128 and the number of the signal."""
    return 128 + _State.number if _State.number else INTERRUPTED


def end() -> NoReturn:
    """End the process, and say why; threads that wait would keep it alive."""
    try:
        os.write(2, f"{SENTENCE}\n".encode())
    finally:  # even if stderr is closed
        os._exit(exit_code())


def _on_signal(number: int, _frame: FrameType | None) -> None:
    is_first = not _State.number
    _State.number = number
    if _State.raises and is_first:
        raise KeyboardInterrupt
    end()


def _on_unraisable(unraisable: sys.UnraisableHookArgs) -> None:
    """End the process if an interruption came where Python drops exceptions."""
    if unraisable.exc_type is KeyboardInterrupt:
        end()
    sys.__unraisablehook__(unraisable)
