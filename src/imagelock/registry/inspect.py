"""Find out what changed in an image, with few requests."""

from __future__ import annotations

from imagelock.dataclass import dataclass, field, replace
from imagelock.errors import NotFoundError, RegistryError
from imagelock.light_typing import TYPE_CHECKING, Any, Protocol
from imagelock.model.build_date import is_placeholder
from imagelock.model.image_details import ImageDiff, ImageFacts
from imagelock.registry.annotations import base_of, describe
from imagelock.registry.provenance.search import ProvenanceSearch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelock.model.change import Change, PlatformChange
    from imagelock.model.digest import Digest
    from imagelock.model.image import Image
    from imagelock.model.reference import Reference
    from imagelock.registry.image_config import ImageConfiguration
    from imagelock.registry.manifest import Manifest


class DocumentStore(Protocol):
    """Manifests, configurations and statements by digest, each checked against it.

    Each method raises `RegistryError` if it cannot be fetched, and costs a request
    unless `has` is true.
    """

    def has(self, digest: Digest) -> bool:
        """Return whether the content at *digest* is in memory."""
        ...

    def manifest(self, reference: Reference, digest: Digest) -> Manifest:
        """Return the manifest at *digest*."""
        ...

    def configuration(self, reference: Reference, digest: Digest) -> ImageConfiguration:
        """Return the configuration at *digest*."""
        ...

    def statement(self, reference: Reference, digest: Digest) -> dict[str, Any]:
        """Return the in-toto statement at *digest*; `Failure` if it is malformed."""
        ...


def inspect(change: Change, store: DocumentStore, requests: int) -> ImageDiff | None:
    """Return the details of *change* on its first platform that has both sides.

    At most *requests* are sent, the most useful for a reviewer first: if the index
    states the release or the revision, both manifests, for the layers; if not, the
    new manifest and configuration, for the labels. What is left is for the provenance
    of sides whose annotations do not name the base image. A request that fails is the
    `missing_reason` of the result, not an error. `None` if no platform has both
    sides.
    """
    platform = next((p for p in change.platforms if p.old and p.new), None)
    if change.old is None or change.new is None or platform is None:
        return None
    if platform.old is None or platform.new is None:
        return None
    old = _side(change.old, platform, platform.old)
    new = _side(change.new, platform, platform.new)
    new.annotations += annotations_from_index(change.new, platform, store)
    _RequestBudget(store, requests).fetch_facts(old, new)
    return ImageDiff(
        platform=platform.platform,
        old=old.facts(),
        new=new.facts(),
        missing_reason=old.missing_reason
        or new.missing_reason
        or new.search.missing_reason
        or old.search.missing_reason,
    )


def annotations_from_index(
    image: Image, change: PlatformChange, store: DocumentStore
) -> list[Mapping[str, str]]:
    """Return the annotations of the platform's manifest, and of the index, in memory.

    The list is empty for an image without an index, or one that was not read.
    """
    if not image.is_index or not store.has(image.digest):
        return []
    try:
        index = store.manifest(image.reference, image.digest)
    except RegistryError:
        return []
    of_platform = [
        child.annotations
        for child in index.children
        if child.platform == change.platform
    ]
    return [*of_platform, index.annotations]


def _side(image: Image, change: PlatformChange, digest: Digest) -> _Side:
    search = ProvenanceSearch(image, change.platform, digest)
    return _Side(image=image, digest=digest, search=search)


@dataclass(slots=True)
class _Side:
    """The old or the new image, and the documents of it that were fetched so far."""

    image: Image
    digest: Digest
    search: ProvenanceSearch
    annotations: list[Mapping[str, str]] = field(default_factory=list)
    manifest: Manifest | None = None
    configuration: ImageConfiguration | None = None
    missing_reason: str | None = None

    @property
    def is_described(self) -> bool:
        """Whether the index states a release or a revision."""
        stated = describe(self.annotations)
        return bool(stated.release or stated.revision)

    @property
    def next(self) -> Digest | None:
        """The digest of the next document to fetch, if there is one."""
        if self.missing_reason:
            return None
        if self.manifest is None:
            return self.digest
        return None if self.configuration else self.manifest.config

    @property
    def needs_provenance(self) -> bool:
        """Whether there is still something to fetch that may name the base image.

        Labels may name that of the base image, from which they are inherited.
        """
        return bool(self.search.next) and not any(base_of(self._annotations))

    def facts(self) -> ImageFacts:
        """Return the known facts.

        Annotations take precedence over labels, and both over provenance, except that
        a label about the base image may be inherited from that.
        """
        labels = [self.configuration.labels] if self.configuration else []
        stated = describe([*self._annotations, *labels])
        created = self.configuration.created if self.configuration else None
        facts = ImageFacts(
            release=self.image.release or stated.release,
            source=self.image.source or stated.source,
            revision=self.image.revision or stated.revision,
            created=stated.created or created,
            layers=self.manifest.layers if self.manifest else None,
            settings=self.configuration.settings if self.configuration else None,
            provenance=self.search.provenance,
        )
        return _with_provenance(_with_base(facts, self._annotations, labels))

    @property
    def _annotations(self) -> list[Mapping[str, str]]:
        return [
            *self.annotations,
            *([self.manifest.annotations] if self.manifest else []),
        ]


def _with_base(
    facts: ImageFacts,
    annotations: Sequence[Mapping[str, str]],
    labels: Sequence[Mapping[str, str]],
) -> ImageFacts:
    """Return *facts* with the base image."""
    name, digest = base_of(annotations)
    base = facts.provenance.base if facts.provenance else None
    unsigned = facts.unsigned
    if base and not (name or digest):
        name, digest = base.key.familiar, str(base.digest or "") or None
        unsigned = frozenset({"base"})
    elif not (name or digest):
        name, digest = base_of(labels)
    return replace(facts, base_name=name, base_digest=digest, unsigned=unsigned)


def _with_provenance(facts: ImageFacts) -> ImageFacts:
    """Return *facts*, those that are missing from the provenance."""
    provenance = facts.provenance
    if provenance is None:
        return facts
    unsigned = facts.unsigned
    # A commit without its repository, or with that of another, is of no use.
    if provenance.source and provenance.revision and not facts.revision:
        unsigned |= {"source", "revision"}
        facts = replace(facts, source=provenance.source, revision=provenance.revision)
    if provenance.finished and (not facts.created or is_placeholder(facts.created)):
        unsigned |= {"created"}
        facts = replace(facts, created=provenance.finished)
    return replace(facts, unsigned=unsigned)


@dataclass(slots=True)
class _RequestBudget:
    """The number of requests that may still be sent."""

    store: DocumentStore
    remaining: int

    def fetch_facts(self, old: _Side, new: _Side) -> None:
        """Fetch facts for both images, most useful first, until the budget is spent."""
        turns = [new, old, new, old] if new.is_described else [new, new, old, old]
        for side in turns:
            digest = side.next
            if digest and self._allows(digest):
                self._fetch(side, digest)
        self._search(new)
        if new.search.provenance:
            self._search(old)

    def _search(self, side: _Side) -> None:
        while side.needs_provenance and self._allows(side.search.next):
            side.search.fetch(self.store)

    def _allows(self, digest: Digest | None) -> bool:
        """Return whether *digest* may be fetched, and count the request."""
        if digest is None or self.store.has(digest):
            return digest is not None
        self.remaining -= 1
        return self.remaining >= 0

    def _fetch(self, side: _Side, digest: Digest) -> None:
        reference = side.image.reference
        try:
            if side.manifest is None:
                side.manifest = self.store.manifest(reference, digest)
            else:
                side.configuration = self.store.configuration(reference, digest)
        except NotFoundError:
            side.missing_reason = f"{digest.abbreviated} is no longer served"
        except RegistryError as error:
            side.missing_reason = str(error)
