"""What the files of a project say about one another."""

from __future__ import annotations

from collections import defaultdict
from itertools import chain

from imagelock.blake2 import blake2b
from imagelock.dataclass import dataclass, field
from imagelock.light_typing import TYPE_CHECKING, Final, Literal
from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.sources.relations import NEVER_PULLED, BuiltImage, ManifestImage, Usage

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Sequence
    from collections.abc import Set as AbstractSet
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.reference import Reference
    from imagelock.model.span import Span
    from imagelock.sources.relations import Relation, RemainingImages

    Reading = tuple[PurePosixPath, Found]
    """The path of the file that was read, and something that it says."""

    _PlaceKey = tuple[PurePosixPath, Span]

    _End = Literal["kept", "pulled"]
    """What an image is in the end, in some use of its file.

    Kept is what this file still names, and pulled if its container pulls it.
    """

_DEEPEST: Final = 100
"""How many files may use one another in a row."""

_MOST_ANSWERS: Final = 1_000_000
"""How many answers about images and the files around them are remembered."""

_EVERY_END: Final[frozenset[_End]] = frozenset({"kept", "pulled"})
_ONLY_KEPT: Final[frozenset[_End]] = frozenset({"kept"})


def _no_changes(path: PurePosixPath) -> RemainingImages:
    del path
    return {}


@dataclass(frozen=True, slots=True)
class RelatedFiles:
    """The relations between the files of a project.

    `remaining` returns what images are after the changes of the file at a path; it is
    called at most once for each, and only if that counts.
    """

    remaining: Callable[[PurePosixPath], RemainingImages] = _no_changes
    _uses: dict[PurePosixPath, list[tuple[PurePosixPath, Usage]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _built: dict[tuple[str, str], list[BuiltImage]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _replaced: dict[PurePosixPath, frozenset[str]] = field(default_factory=dict)
    _wholes: dict[PurePosixPath, frozenset[PurePosixPath]] = field(default_factory=dict)
    _changes: dict[PurePosixPath, RemainingImages] = field(default_factory=dict)
    _ends: dict[tuple[PurePosixPath, ManifestImage], frozenset[_End]] = field(
        default_factory=dict
    )

    def add(self, path: PurePosixPath, relations: Iterable[Relation]) -> None:
        """Add what the file at *path* says about others."""
        for relation in relations:
            if isinstance(relation, BuiltImage):
                self._built[_repository(relation.reference)].append(relation)
            elif relation.path != path:
                self._uses[relation.path].append((path, relation))

    def drop_parts_alone(self, readings: Sequence[Reading]) -> list[Found]:
        """Return what *readings* say of each place, the whole instead of its parts.

        A file that others include is also read alone, without their variables. What
        that says of a place counts only if none of the others says something of it.
        """
        # Few files are parts: the places in the others are not compared.
        if not self.has_uses:
            return [found for _, found in readings]
        shared = {found.place.path for path, found in readings if self._above(path)}
        reports: defaultdict[_PlaceKey, set[PurePosixPath]] = defaultdict(set)
        for path, found in readings:
            if found.place.path in shared:
                reports[found.place.path, found.place.span].add(path)
        return [
            found
            for path, found in readings
            if found.place.path not in shared
            or reports[found.place.path, found.place.span].isdisjoint(self._above(path))
        ]

    @property
    def has_uses(self) -> bool:
        """Whether any file uses another."""
        return bool(self._uses)

    def _above(self, path: PurePosixPath) -> frozenset[PurePosixPath]:
        """Return the wholes of the file at *path* that are not its parts as well."""
        if path not in self._uses:
            return frozenset()
        if path not in self._wholes:
            self._wholes[path] = frozenset(
                whole for whole in self.wholes(path) if path not in self.wholes(whole)
            )
        return self._wholes[path]

    def used(self, paths: AbstractSet[PurePosixPath]) -> AbstractSet[PurePosixPath]:
        """Return those of *paths* that others use: few, mostly."""
        return self._uses.keys() & paths

    def wholes(self, path: PurePosixPath) -> Iterator[PurePosixPath]:
        """Yield the files that have the one at *path* as a part, also through others."""
        seen = {path}
        waiting = [path]
        while waiting:
            for user, usage in self._uses.get(waiting.pop(), ()):
                if usage.is_part and user not in seen:
                    seen.add(user)
                    waiting.append(user)
                    yield user

    def replaced(self, path: PurePosixPath) -> frozenset[str]:
        """Return the names that mean another image in every use of the file.

        Where a use is itself used, as an overlay by another overlay, what the outer
        ones replace counts, too.
        """
        if path not in self._uses:
            return frozenset()
        for each in self._users_first(path):
            if each not in self._replaced:
                names = [
                    usage.replaced | self._replaced.get(user, frozenset())
                    for user, usage in self._uses.get(each, ())
                ]
                self._replaced[each] = (
                    frozenset.intersection(*names) if names else frozenset()
                )
        return self._replaced[path]

    def changed(self, path: PurePosixPath) -> Container[ManifestImage]:
        """Return the images in the file at *path* that every use of it changes."""
        return _Without(self, path, "kept") if path in self._uses else ()

    def never_pulled(self, path: PurePosixPath) -> Container[ManifestImage]:
        """Return the images in the file at *path* that no use of it pulls."""
        if path not in self._uses:
            return NEVER_PULLED
        return _Without(self, path, "pulled")

    def changes(self, user: PurePosixPath) -> RemainingImages:
        """Return what images are after the changes of the file at *user*."""
        if user not in self._changes:
            self._changes[user] = self.remaining(user)
        return self._changes[user]

    def fingerprint(self, path: PurePosixPath) -> str:
        """Return what stands for all uses of the file, also through others.

        It is empty if nothing uses it. What images are after the changes of the users
        is not in it: `asked_above` are the users for which that counted.
        """
        if path not in self._uses:
            return ""
        lines = [
            f"{each}\0{user}\0{usage.changes_images}\0{sorted(usage.replaced)}"
            for each in self._above_or_equal(path)
            for user, usage in self._uses.get(each, ())
        ]
        text = "\n".join(sorted(lines)).encode("utf-8", "surrogateescape")
        return blake2b(text, digest_size=20).hexdigest()

    def asked_above(self, path: PurePosixPath) -> list[PurePosixPath]:
        """Return the users of the file, also through others, whose changes counted."""
        return sorted(self._changes.keys() & self._above_or_equal(path))

    def _above_or_equal(self, path: PurePosixPath) -> set[PurePosixPath]:
        seen = {path}
        waiting = [path]
        while waiting:
            users = {user for user, _ in self._uses.get(waiting.pop(), ())} - seen
            seen |= users
            waiting += users
        return seen

    def ends_of(
        self, path: PurePosixPath, image: ManifestImage, depth: int = 0
    ) -> frozenset[_End]:
        """Return what *image* of the file at *path* is after all uses of it.

        A file that nothing uses keeps its images, and so do files that use each other
        in a circle, which also pull them.
        """
        key = path, image
        if depth > _DEEPEST or len(self._ends) > _MOST_ANSWERS:
            return _EVERY_END
        if key not in self._ends:
            self._ends[key] = _EVERY_END
            if uses := self._uses.get(path):
                ends = (
                    self.ends_of(user, left, depth + 1)
                    for user, usage in uses
                    for left in self._left(user, usage, image)
                )
                self._ends[key] = frozenset(chain.from_iterable(ends))
            elif image.is_never_pulled:
                self._ends[key] = _ONLY_KEPT
        return self._ends[key]

    def _left(
        self, user: PurePosixPath, usage: Usage, image: ManifestImage
    ) -> tuple[ManifestImage, ...]:
        """Return what *image* is after *usage*, by the file at *user*."""
        if not usage.changes_images:
            return (image,)
        return self.changes(user).get(image, (image,))

    def unless_built(self, found: Found) -> Found:
        """Return *found*, skipped if it is an image that the project builds."""
        if not self._built or not isinstance(found, Occurrence):
            return found
        for built in self._built.get(_repository(found.reference), ()):
            if built.is_meant(found.reference, found.place):
                reason = (
                    Reason.NAMED_CONTEXT if built.is_context else Reason.BUILD_OUTPUT
                )
                what = (
                    "a build gets it" if built.is_context else "this project builds it"
                )
                detail = f"`{found.shown}`: {what}, at {built.place.label}"
                return Skipped(place=found.place, reason=reason, detail=detail)
        return found

    def _users_first(self, path: PurePosixPath) -> list[PurePosixPath]:
        """Return *path* behind all files that use it, also through others.

        Uses that go round in a circle are cut where the circle closes.
        """
        order: list[PurePosixPath] = []
        entered: set[PurePosixPath] = set()
        waiting = [(path, False)]
        while waiting:
            each, is_done = waiting.pop()
            if is_done:
                order.append(each)
            elif each not in entered and each not in self._replaced:
                entered.add(each)
                waiting.append((each, True))
                waiting += [(user, False) for user, _ in self._uses.get(each, ())]
        return order


@dataclass(frozen=True, slots=True)
class _Without:
    """The images in the file at `path` that have the `end` in no use of it."""

    files: RelatedFiles
    path: PurePosixPath
    end: _End

    def __contains__(self, image: object) -> bool:
        return isinstance(image, ManifestImage) and (
            self.end not in self.files.ends_of(self.path, image)
        )


def _repository(reference: Reference) -> tuple[str, str]:
    return reference.registry, reference.repository
