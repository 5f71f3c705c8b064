"""Look up the addresses of host names, within a time limit.

The operating system has none: with a resolver that does not answer, a lookup can
take minutes, and with some name services it never ends.
"""

from __future__ import annotations

import socket
from ipaddress import ip_address
from queue import Empty, SimpleQueue
from threading import Thread

_Outcome = list[str] | OSError


def addresses_of(host: str, timeout: float) -> list[str]:
    """Return the addresses of *host*, at least one, in the order of the system.

    *timeout* is in seconds. A lookup that takes longer goes on in a thread that the
    end of the program does not wait for.

    Raises:
        TimeoutError: the lookup took too long.
        OSError: *host* has no address, or cannot be the name of one.
    """
    if _is_address(host):
        return _look_up(host)
    outcomes: SimpleQueue[_Outcome] = SimpleQueue()
    lookup = Thread(
        target=lambda: outcomes.put(_outcome(host)), name=f"lookup-{host}", daemon=True
    )
    lookup.start()
    try:
        outcome = outcomes.get(timeout=timeout)
    except Empty:
        raise TimeoutError(f"no answer for {host}") from None
    if isinstance(outcome, OSError):
        raise outcome
    return outcome


def _outcome(host: str) -> _Outcome:
    try:
        return _look_up(host)
    except OSError as error:
        return error


def _look_up(host: str) -> list[str]:
    try:
        entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        # A label of the name is too long, or empty.
        raise socket.gaierror(socket.EAI_NONAME, str(error)) from error
    return list(dict.fromkeys(str(address[0]) for *_, address in entries))


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
