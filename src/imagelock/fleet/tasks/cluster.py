"""Run tasks on the workers of a Dask cluster, which somebody else started.

docs.dask.org, "Futures" and "Configuration". Tasks and results are pickled: the scheduler
is trusted as much as a shell on this machine is.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar, Final

from imagelock.dataclass import dataclass
from imagelock.errors import ImagelockError, UsageError, missing_library
from imagelock.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor

    from distributed import Client, Security

_ADDRESS: Final = re.compile(r"(?:tcp|tls)://(?:\[[0-9A-Fa-f:.]+\]|[\w.-]+):[0-9]{1,5}")
_LONGEST_WAIT: Final = 30.0
"""In seconds, for the scheduler, and again for its first worker."""


class ClusterError(ImagelockError):
    """The cluster cannot be reached, or has no workers: nothing was done."""

    exit_code: ClassVar[int] = 3


@dataclass(frozen=True, slots=True)
class Cluster:
    """The workers of a cluster, as an executor; `threads` is how many tasks run at a time."""

    executor: Executor
    threads: int


@contextmanager
def open_cluster(address: str, wait: float = _LONGEST_WAIT) -> Iterator[Cluster]:
    """Connect to the Dask scheduler at *address*: `tcp://host:port`, or `tls://`.

    The certificates of `tls://` are those of Dask's own configuration. *wait* is in
    seconds, for each step.

    Raises:
        UsageError: *address* is none, Dask is not installed, or a worker has another
            version of imagelock.
        ClusterError: the scheduler or its workers cannot be reached.
    """
    if not _ADDRESS.fullmatch(address):
        raise UsageError(
            f"`{address}` is not the address of a scheduler",
            hint="write `tcp://HOST:PORT`, or `tls://HOST:PORT`",
        )
    with _connected(address, wait) as client:
        threads = _checked_threads(client, address, wait)
        # A task with the same values may have another answer now: it is not `pure`.
        executor = client.get_executor(pure=False)
        try:
            yield Cluster(executor, threads)
        finally:
            executor.shutdown(wait=False)


@contextmanager
def _connected(address: str, wait: float) -> Iterator[Client]:
    try:
        from dask.config import set as set_dask

        # What it would print is in the errors of tasks, too.
        levels = dict.fromkeys(("distributed", "distributed.client"), "critical")
        set_dask({"logging": levels})
        from distributed import Client
    except ModuleNotFoundError as error:
        raise missing_library("`--scheduler`", error, "dask") from error
    try:
        security = _security(address)
        client = Client(address, timeout=wait, security=security, set_as_default=False)
    except OSError:
        raise ClusterError(
            f"the scheduler at `{address}` cannot be reached",
            hint="is it running, and does it have the same version of Dask?",
        ) from None
    with client:
        yield client


def _security(address: str) -> Security:
    """Return what Dask's own settings say about TLS, if *address* is possible with it."""
    from distributed import Security

    place = "Dask's settings (`distributed.comm`)"
    try:
        security = Security()
        context = security.get_connection_args("client")["ssl_context"]
    except (OSError, TypeError, ValueError) as error:
        raise UsageError(f"{place} cannot be used: {error}") from None
    if context is None and address.startswith("tls:"):
        raise UsageError(
            f"there are no certificates for `{address}`",
            hint=f'name them in {place}: docs.dask.org, "TLS/SSL"',
        )
    if security.require_encryption and not address.startswith("tls:"):
        raise UsageError(
            f"`{address}` is without encryption, which {place} require",
            hint="write `tls://HOST:PORT`",
        )
    return security


def _checked_threads(client: Client, address: str, wait: float) -> int:
    """Return the number of threads of the workers, which can run what is sent to them."""
    try:
        client.wait_for_workers(1, timeout=wait)
    except TimeoutError:
        raise ClusterError(
            f"the scheduler at `{address}` has no workers",
            hint=f"start some: `dask worker {address}`",
        ) from None
    try:
        versions = set(client.run(installed_version).values())
    except ModuleNotFoundError:
        versions = {"none"}
    except OSError as error:
        raise ClusterError(f"a worker of `{address}` was lost: {error}") from None
    if versions != {__version__}:
        others = ", ".join(sorted(versions - {__version__}))
        raise UsageError(
            f"the workers have another imagelock than {__version__}: {others}",
            hint=f"install `imagelock=={__version__}` where the workers run",
        )
    return sum(client.nthreads().values())


def installed_version() -> str:
    """Return the version of imagelock where this runs."""
    return __version__
