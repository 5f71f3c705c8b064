"""Addresses of charts in repositories with an `index.yaml`, as references have them.

    https:// charts.example.com / stable/nginx : 1.2.3
    scheme   registry             repository     tag

The repository ends with the name of the chart; what is before it is the path of the
address (helm.sh/docs/topics/chart_repository).
"""

from __future__ import annotations

import re
from typing import Final

from imagelock.errors import InvalidReferenceError

CHART_CONFIG: Final = "application/vnd.cncf.helm.config.v1+json"
"""The artifact type of charts in any repository (helm.sh/docs/topics/registries)."""

# Compiled when the first chart is met: most projects have none.
_ADDRESS: Final = r"([hH][tT]{2}[pP][sS]?)://([^/?#\s]*)([^?#\s]*)"
_HOST: Final = r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?"
_PATH: Final = r"(?:/[A-Za-z0-9._~%+-]+)*"
_CHART: Final = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_VERSION: Final = (
    r"v?[0-9]++\.[0-9]++\.[0-9]++(?:-[0-9A-Za-z.-]++)?(?:\+[0-9A-Za-z.-]++)?"
)
_LONGEST: Final = 255
_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}
_UNUSABLE: Final = "the address of the repository cannot be asked"


def is_exact_version(text: str) -> bool:
    """Return whether *text* is a version by itself (SemVer), not a range of them."""
    return len(text) <= _LONGEST and re.fullmatch(_VERSION, text) is not None


def chart_parts(address: str, chart: str, version: str) -> tuple[str, str, str]:
    """Return the scheme, the registry and the repository of the reference to a chart.

    The address is in normal form: the host in lower case, without the default port
    and a `/` at the end.

    Raises:
        InvalidReferenceError: one of them is not what its name says. The message never
            has *address*, which may have a password.
    """
    scheme, host, path = _address(address)
    if not re.fullmatch(_CHART, chart) or len(path) + len(chart) > _LONGEST:
        raise InvalidReferenceError("the name of the chart is not one")
    if not is_exact_version(version):
        raise InvalidReferenceError(f"`{version}` is not a version")
    return scheme, host, f"{path}/{chart}".removeprefix("/")


def split_key(text: str) -> tuple[str, str, str]:
    """Return the address, the name and the version in the *text* of a reference."""
    address, _, name = text.rpartition("/")
    chart, _, version = name.partition(":")
    return address, chart, version


def _address(address: str) -> tuple[str, str, str]:
    """Return the scheme, the host and the path of the address of a repository."""
    match = re.fullmatch(_ADDRESS, address.strip())
    if match is None:
        raise InvalidReferenceError(_UNUSABLE)
    scheme, server, path = match[1].lower(), match[2].lower(), match[3].rstrip("/")
    if "@" in server:
        raise InvalidReferenceError(
            "the address of the repository has credentials",
            hint="remove them, and run `docker login` for its host",
        )
    host = server.removesuffix(_DEFAULT_PORTS[scheme])
    steps = path.split("/")
    is_plain = re.fullmatch(_HOST, host) and re.fullmatch(_PATH, path)
    if not is_plain or "." in steps or ".." in steps:
        raise InvalidReferenceError(_UNUSABLE)
    return scheme, host, path
