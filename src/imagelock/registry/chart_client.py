"""A client that also knows charts of repositories with an `index.yaml`."""

from __future__ import annotations

from collections import defaultdict
from threading import Lock, Semaphore
from typing import TYPE_CHECKING, Any, Final

from imagelock.model.chart_address import CHART_CONFIG
from imagelock.model.image import CHART_ARCHIVE, Image
from imagelock.registry.chart_index import LARGEST_INDEX, versions_of
from imagelock.registry.client import RegistryClient
from imagelock.registry.endpoints.endpoint import Endpoint
from imagelock.registry.http.address import parse_url
from imagelock.registry.http.failure import (
    Failure,
    Missing,
    translate_failures,
    unify_failures,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from imagelock.model.change import Change
    from imagelock.model.digest import Digest
    from imagelock.model.image_details import ImageDiff
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference
    from imagelock.registry.chart_index import ChartVersions

_OK: Final = 200
_NOT_FOUND: Final = 404
_AT_ONCE: Final = 2
"""Indexes in memory: each is read for the charts that matter, and then forgotten."""

_ChartVersionsByName = dict[str, "ChartVersions | Failure"]


class ChartClient(RegistryClient):
    """A `RegistryClient` to which a reference may be that of a chart by its address.

    The index of a repository is asked for once. What it states is not checked: the
    digest is that of an archive, which may be anywhere.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - those of the other client
        super().__init__(*arguments, **options)
        self._expected: dict[str, set[str]] = defaultdict(set)
        self._known: dict[str, _ChartVersionsByName] = {}
        self._locks: dict[str, Lock] = defaultdict(Lock)
        self._lock = Lock()
        self._downloads = Semaphore(_AT_ONCE)

    def expect(self, references: Iterable[Reference]) -> None:
        """Announce the *references* to be asked for: a few charts of each index."""
        references = list(references)
        for reference in references:
            if reference.scheme:
                address, chart = reference.chart_repository
                self._expected[address].add(chart)
        super().expect(each for each in references if not each.scheme)

    def digest(self, reference: Reference) -> Digest:
        """Return the current digest of *reference*: of a chart, as its index has it."""
        if not reference.scheme:
            return super().digest(reference)
        with translate_failures(f"`{reference.registry}`", reference):
            return self._versions(reference).digest(reference.tag or "")

    def image(
        self,
        reference: Reference,
        digest: Digest | None,
        platforms: Sequence[Platform],
    ) -> Image:
        """Return the image at *digest*, or the current one.

        Of a chart nothing else is locked, and no index is asked whether it has *digest*.
        """
        if not reference.scheme:
            return super().image(reference, digest, platforms)
        return Image(
            reference=reference,
            digest=digest or self.digest(reference),
            media_type=CHART_ARCHIVE,
            artifact_type=CHART_CONFIG,
        )

    def serves(self, reference: Reference, digest: Digest) -> bool:
        """Return whether *digest* is served.

        An index only has what is current: it says of no archive that it is gone.
        """
        return bool(reference.scheme) or super().serves(reference, digest)

    def tags(self, reference: Reference, *, only_first_page: bool = False) -> list[str]:
        """Return the tags in a repository, or the versions of a chart."""
        if not reference.scheme:
            return super().tags(reference, only_first_page=only_first_page)
        with translate_failures(f"`{reference.registry}`", reference):
            return list(self._versions(reference).digests)

    def details(self, change: Change, *, requests: int) -> ImageDiff | None:
        """Return what changed inside the image; of a chart, nothing is known."""
        if change.reference.scheme:
            return None
        return super().details(change, requests=requests)

    def _versions(self, reference: Reference) -> ChartVersions:
        """Return the versions of the chart; raise `Failure` if they are not known."""
        address, chart = reference.chart_repository
        with self._lock:
            lock = self._locks[address]
        with lock:
            known = self._known.setdefault(address, {})
            if chart not in known:
                charts = self._expected[address] | {chart}
                known |= self._ask(reference, address, charts)
            versions = known[chart]
        if isinstance(versions, Failure):
            raise versions
        return versions

    def _ask(
        self, reference: Reference, address: str, charts: Iterable[str]
    ) -> _ChartVersionsByName:
        """Return the versions of each of *charts* in the index at *address*."""
        try:
            with self._downloads, unify_failures(self._session.log):
                index = self._index(reference, address)
                return {chart: _read(index, chart) for chart in charts}
        except Failure as error:
            return dict.fromkeys(charts, error)

    def _index(self, reference: Reference, address: str) -> bytes:
        host, scheme = reference.registry, reference.scheme
        origin = Endpoint.origin(host, self._settings)
        if scheme == "http" and origin.base.scheme != scheme:
            hint = f'set `plain-http` in `[registries."{host}"]` to ask it so'
            raise Failure("its address has no TLS", hint=hint)
        url = parse_url(f"{address}/index.yaml")
        endpoint = Endpoint(
            registry=host, base=url.copy_with(path="/"), label=f"`{host}`"
        )
        response = self._session.ask("GET", endpoint, url, limit=LARGEST_INDEX)
        if response.status_code == _NOT_FOUND:
            raise Missing(": it has no `index.yaml` there")
        if response.status_code != _OK:
            raise self._session.refusal(endpoint, response)
        return response.content


def _read(index: bytes, chart: str) -> ChartVersions | Failure:
    try:
        return versions_of(index, chart)
    except Failure as error:
        return error
