"""References to what a registry does not have, and what may be meant instead.

A registry that answers "there is no such tag" could be asked: the file must be fixed.
"""

from __future__ import annotations

from operator import attrgetter

from imagelock.commands.resolve import map_concurrently
from imagelock.commands.selection import places_by_key
from imagelock.dataclass import replace
from imagelock.errors import NotFoundError, RegistryError
from imagelock.light_typing import TYPE_CHECKING, Final, Protocol
from imagelock.model.finding import Finding, Rule
from imagelock.model.reference import DOCKER_HUB, Reference

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from imagelock.commands.lock_resolution import LockRequest, LockResult
    from imagelock.commands.resolve import Registry
    from imagelock.lockfile.model import Lockfile
    from imagelock.model.digest import Digest
    from imagelock.model.occurrence import Found, Place

_RULES: Final = frozenset({Rule.NOT_FOUND, Rule.TAG_GONE})
_GONE: Final = "use another tag, or push it again"
_ONLY_LISTED: Final = (
    "the registry lists this tag, and has no manifest for it: push the image again"
)
_NO_REPOSITORY: Final = "NAME_UNKNOWN"
"""The code of OCI distribution-spec; some servers have no lists, for any repository."""
_MOST_REPOSITORIES: Final = 20
"""Repositories whose tags are asked for, with one request each."""
_MOST_TAGS: Final = 5_000
"""Tags that are compared; some servers send all of them at once."""
_SHOWN_TAGS: Final = 4
_ALIKE: Final = 0.6
"""How alike a tag must be, from 0 to 1: `1.28` and `1.27` are."""
_ALIKE_NAME: Final = 0.7
"""How alike each part of a name must be: `rediss` and `redis` are."""


class TagListing(Protocol):
    """Lists the tags of a repository."""

    def tags(
        self, reference: Reference, *, only_first_page: bool = False
    ) -> Sequence[str]:
        """Return the tags in the repository of *reference*, or raise `RegistryError`."""
        ...


def missing_finding(
    rule: Rule, key: Reference, error: NotFoundError, places: Sequence[Place]
) -> Finding:
    """Return the finding for *error*, the answer for the image *key* at *places*.

    `suggest` adds its hint.
    """
    return Finding.of_image(_asked(error) or key, places, rule, str(error), error.hint)


def split_missing(
    result: LockResult,
    request: LockRequest,
    old: Lockfile,
    found: Sequence[Found],
    registry: TagListing,
) -> tuple[LockResult, list[Finding]]:
    """Return *result* with what could not be asked, and findings for what is missing."""
    missing = {
        key: error
        for key, error in result.failures.items()
        if isinstance(error, NotFoundError)
    }
    if not missing:
        return result, []
    places = places_by_key(found)
    findings = [
        missing_finding(_rule(key, error, request, old), key, error, places[key])
        for key, error in missing.items()
    ]
    failures = {k: e for k, e in result.failures.items() if k not in missing}
    known = {*places, *old.images} - missing.keys()
    suggested = suggest(findings, registry, sorted(known, key=str))
    return replace(result, failures=failures), suggested


def missing_unlocked(
    digests: Mapping[Reference, Digest | None],
    places: Mapping[Reference, Sequence[Place]],
    registry: Registry,
) -> list[Finding]:
    """Return findings for those keys of *digests* that a registry does not have.

    Their values are the digests that files write. A registry that cannot be asked
    adds nothing: that they are not locked is a finding already.
    """

    def resolve(key: Reference) -> Digest:
        digest = digests[key]
        return registry.digest(key.at(digest) if digest else key)

    answers = map_concurrently(digests, resolve, registry_of=attrgetter("registry"))
    return [
        missing_finding(Rule.NOT_FOUND, key, answer, places[key])
        for key, answer in answers.items()
        if isinstance(answer, NotFoundError)
    ]


def suggest(
    findings: Iterable[Finding], registry: TagListing, known: Iterable[Reference]
) -> list[Finding]:
    """Return *findings*, of which those about missing tags suggest what may be meant.

    That is a tag of the repository, for which *registry* is asked once, or else an
    image among *known*, whose names are used already. What cannot be asked only
    makes the suggestion poorer.
    """
    findings = list(findings)
    missing = {f.reference for f in findings if f.reference and f.rule in _RULES}
    tags = _tags_by_name(missing, registry)
    used = [key for key in known if key not in missing]
    return [
        _suggesting(finding, finding.reference, tags, used)
        if finding.reference and finding.rule in _RULES
        else finding
        for finding in findings
    ]


def nearest_tag(tag: str, tags: Sequence[str]) -> str | None:
    """Return that of *tags* which is most like *tag*, if any is like it."""
    by_text = {other.lower().removeprefix("v"): other for other in reversed(tags)}
    if same := by_text.get(tag.lower().removeprefix("v")):
        return same
    from difflib import get_close_matches  # for mistakes only

    return next(iter(get_close_matches(tag, tags[:_MOST_TAGS], 1, _ALIKE)), None)


def _some_tags(reference: Reference, tags: Sequence[str]) -> str:
    """Return some *tags* of the repository of *reference*: `latest`, then the newest."""
    from imagelock.model.tag_version import Version  # for mistakes only

    def order(tag: str) -> tuple[bool, bool, bool, tuple[int, ...]]:
        version = Version.parse(tag)
        if version is None:
            return tag == "latest", False, False, ()
        return False, True, not version.prerelease, version.release

    chosen = sorted(sorted(tags[:_MOST_TAGS]), key=order, reverse=True)[:_SHOWN_TAGS]
    names = ", ".join(f"`{tag}`" for tag in chosen)
    repository = replace(reference, tag=None).familiar
    such_as = "" if len(tags) <= _SHOWN_TAGS else "tags such as "
    return f"`{repository}` has {such_as}{names}"


def _asked(error: NotFoundError) -> Reference | None:
    return Reference.parse_key(error.reference) if error.reference else None


def _rule(
    key: Reference, error: NotFoundError, request: LockRequest, old: Lockfile
) -> Rule:
    """Return the rule that *error* breaks: whether it is about what *old* has."""
    entry = old.images.get(key)
    written = request.digests.get(key) or key.digest
    asked = _asked(error)
    if entry is None or (asked and asked.key != key):
        return Rule.NOT_FOUND
    if asked is None or asked.digest is None:
        return Rule.TAG_GONE
    is_written = written not in {None, entry.digest}
    return Rule.NOT_FOUND if is_written else Rule.DIGEST_GONE


def _tags_by_name(
    references: Iterable[Reference], registry: TagListing
) -> Mapping[str, Sequence[str] | RegistryError]:
    """Return the tags of each repository, or why they are not known."""
    asked = {r.name: r for r in sorted(references, key=str) if r.digest is None}
    answers = map_concurrently(
        list(asked.values())[:_MOST_REPOSITORIES],
        lambda reference: registry.tags(reference, only_first_page=True),
        registry_of=attrgetter("registry"),
    )
    return {reference.name: answer for reference, answer in answers.items()}


def _suggesting(
    finding: Finding,
    reference: Reference,
    tags: Mapping[str, Sequence[str] | RegistryError],
    used: Sequence[Reference],
) -> Finding:
    answer = tags.get(reference.name)
    is_listed = answer is not None and not isinstance(answer, RegistryError)
    if finding.hint and not is_listed:
        return finding  # the answer may be none of a registry
    if reference.digest:
        hint = "check the digest: registries delete content that no tag points to"
        return replace(finding, hint=hint)
    if answer and not isinstance(answer, RegistryError):
        if reference.tag in answer:
            return replace(finding, hint=_ONLY_LISTED)
        near = nearest_tag(reference.tag or "latest", answer)
        name = replace(reference, tag=near).familiar if near else ""
        otherwise = f"check the tag: {_some_tags(reference, answer)}"
        return replace(finding, hint=_hint(name, finding.rule, otherwise))
    name = _nearest_name(reference, used) or _nearest_official(reference)
    if isinstance(answer, NotFoundError) and _NO_REPOSITORY in str(answer):
        message = f"{finding.message}: there is no such repository"
        hint = _hint(name, finding.rule, "check the name")
        return replace(finding, message=message, hint=hint)
    hint = _hint(name, finding.rule, "check the name and the tag")
    return replace(finding, hint=hint)


def _nearest_name(reference: Reference, used: Sequence[Reference]) -> str:
    """Return the image in *used* whose name is most like that of *reference*."""
    others = [key for key in used if key.name != reference.name]
    near = max(
        others,
        # With the same tag, it is the better example.
        key=lambda key: (_likeness(key, reference), key.tag == reference.tag),
        default=None,
    )
    is_alike = near and _likeness(near, reference) >= _ALIKE_NAME
    return near.familiar if near and is_alike else ""


def _nearest_official(reference: Reference) -> str:
    """Return the official image whose name is most like that of *reference*."""
    from difflib import get_close_matches  # slow, and for mistakes only

    from imagelock.sources.shared.official_images import OFFICIAL_IMAGES

    owner, _, name = reference.repository.rpartition("/")
    if (reference.registry, owner) != (DOCKER_HUB, "library"):
        return ""
    near = next(iter(get_close_matches(name, OFFICIAL_IMAGES, 1, _ALIKE_NAME)), None)
    if near is None:
        return ""
    return replace(reference, repository=f"library/{near}").familiar


def _likeness(name: Reference, other: Reference) -> float:
    """Return how alike the names are, from 0 to 1: as their least similar parts.

    Many names share a registry and an owner, which says nothing.
    """
    from difflib import SequenceMatcher  # for mistakes only

    pairs = zip(name.name.split("/"), other.name.split("/"), strict=False)
    if name.name.count("/") != other.name.count("/"):
        return 0.0
    return min(SequenceMatcher(None, *pair).ratio() for pair in pairs)


def _hint(name: str, rule: Rule, otherwise: str) -> str:
    if name:
        return f"did you mean `{name}`?"
    # It was there when it was locked, so it was no mistake.
    return _GONE if rule is Rule.TAG_GONE else otherwise
