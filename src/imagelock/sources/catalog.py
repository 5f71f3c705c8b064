"""The classes of the catalog: `SOURCES` in `sources/__init__.py` is its table."""

from __future__ import annotations

from functools import cached_property

from imagelock.dataclass import dataclass, field
from imagelock.light_typing import TYPE_CHECKING, Final, cast
from imagelock.model.file_kind import TEMPLATE_SUFFIXES, rendered
from imagelock.sources.protocol import is_changing, is_relating

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.protocol import BuiltInSource, Source
    from imagelock.sources.relations import Relation, RemainingImages

_ANY_FOLDERS: Final = "/**/"

_Pieces = tuple[str, ...]
"""A name split at each `*`."""


@dataclass(frozen=True)
class FilePattern:
    """A pattern of a name (`*.tf`) or of the end of a path (`.circleci/**/*.yml`).

    `*` is any text in a name, and `**` any number of folders. Upper and lower case
    are the same, unless the pattern itself has an upper-case letter (`Chart.yaml`).
    """

    pattern: str

    @cached_property
    def steps(self) -> tuple[_Pieces, ...]:
        """The last steps of a path: all of the pattern, or what is behind `**`."""
        return _split(self.pattern.rpartition(_ANY_FOLDERS)[2])

    @cached_property
    def folders(self) -> tuple[_Pieces, ...]:
        """The steps before `**`, if it has one."""
        before = self.pattern.rpartition(_ANY_FOLDERS)[0]
        return _split(before) if before else ()

    @cached_property
    def is_exact(self) -> bool:
        """Whether upper and lower case differ."""
        return self.pattern != self.pattern.lower()

    @cached_property
    def literal(self) -> str:
        """The longest text, in lower case, that every such path has."""
        words = self.pattern.lower().replace("/", "*").split("*")
        return max((word.strip("._-") for word in words), key=len)

    def matches(self, parts: Sequence[str], lower: Sequence[str]) -> bool:
        """Return whether a path has this pattern: its *parts*, and those in *lower*."""
        names = parts if self.is_exact else lower
        start = len(names) - len(self.steps)
        if start < 0 or not all(map(is_like, names[start:], self.steps)):
            return False
        length = len(self.folders)
        return not length or any(
            all(map(is_like, names[at : at + length], self.folders))
            for at in range(start - length + 1)
        )

    def may_end(self, suffix: str) -> bool:
        """Return whether a name with this pattern can have *suffix*, in lower case."""
        last = self.pattern.rpartition("/")[2].lower()
        tail = last.rpartition("*")[2]
        if "." in tail or "*" not in last:
            return _suffix_of(tail) == suffix
        # The last dot may be before the tail, in the text that `*` stands for.
        return suffix.endswith(tail) or not suffix

    def is_suffix(self, suffix: str) -> bool:
        """Return whether every name with *suffix* has this pattern."""
        return self.pattern in {"*", f"*{suffix}"}


@dataclass(frozen=True)
class CatalogEntry:
    """A source by the *name* of its format, and when its module is loaded.

    `files` are patterns of the files that it may read (`FilePattern`), in which
    `{a,b}` stands for each of its alternatives. `keywords` are words of which the
    text of such a file has at least one. `module` is the module below this package
    if it is not named like the format; `path_tables:KO` is an object in one.
    `is_relating` is true if its files can say something about others (`Relating`).
    `plugin` is a source of another package, which decides about files itself.
    Without `templates`, a template of such a file (`*.yaml.j2`) is not read.
    """

    name: str
    files: tuple[str, ...]
    keywords: tuple[str, ...] = ()
    module: str = ""
    is_relating: bool = False
    plugin: Source | None = None
    templates: bool = True

    def may_match(self, path: PurePosixPath) -> bool:
        """Return whether the file may be of this format, by its path alone."""
        is_named = self._is_named(path)
        if not is_named and self.templates and (inner := rendered(path)) != path:
            is_named = self._is_named(inner)
        return is_named and self.admits(path)

    def _is_named(self, path: PurePosixPath) -> bool:
        parts = str(path).split("/")
        lower = [part.lower() for part in parts]
        return any(pattern.matches(parts, lower) for pattern in self.patterns)

    def admits(self, path: PurePosixPath) -> bool:
        """Return whether a plugin wants the file at *path*; others are not asked."""
        return self.plugin is None or self.plugin.may_match(path)

    def matches(self, path: PurePosixPath, text: str) -> bool:
        """Return whether this source reads a file that it may read with this *text*.

        For a file whose text is not known (`""`), whether its name alone is enough.
        """
        if text and self.keywords and not any(word in text for word in self.keywords):
            return False
        return self.source.matches(path, text)

    def find(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> Iterator[Found]:
        """Yield the images of a file, in the order in which a reader meets them.

        An image that is found again at its place is a repetition: two resources use
        one value, or the alternatives of a template, which is read once for each of
        them, have it in common.
        """
        # Not needed by runs that take everything from the cache.
        from imagelock.sources.shared.digest_slots import without_shared_slots
        from imagelock.sources.shared.merge_uses import without_repetitions

        found = without_repetitions(self.source.find(path, text, context))
        return without_shared_slots(list(found))

    def relations(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> Iterator[Relation]:
        """Yield what the file says about other files of the project."""
        if is_relating(self.source):
            yield from self.source.relations(path, text, context)

    def remaining(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> RemainingImages:
        """Return what the images are that the file changes, after that."""
        if is_changing(self.source):
            return self.source.remaining(path, text, context)
        return {}

    @cached_property
    def patterns(self) -> tuple[FilePattern, ...]:
        """The patterns of `files`, one for each alternative."""
        expanded = (each for pattern in self.files for each in _expand(pattern))
        return tuple(map(FilePattern, expanded))

    @cached_property
    def source(self) -> BuiltInSource:
        """The source itself, loaded at the first use."""
        if self.plugin is not None:
            return self.plugin
        from importlib import import_module  # an unchanged project needs no source

        name, _, attribute = self.module.partition(":")
        name = name or self.name.replace("-", "_")
        module = import_module(f"imagelock.sources.{name}")
        return cast(
            "BuiltInSource", getattr(module, attribute) if attribute else module
        )


def table(
    name: str, files: tuple[str, ...], keywords: tuple[str, ...] = (), *, module: str
) -> CatalogEntry:
    """Return the entry of a `PathTable`, whose name in *module* is that of the format.

    All of them say which images the steps of a file build.
    """
    attribute = name.upper().replace("-", "_")
    module = f"{module}:{attribute}"
    return CatalogEntry(name, files, keywords, module, is_relating=True)


@dataclass(frozen=True, slots=True)
class SuffixIndex:
    """The *entries* in their order, by the suffixes that their patterns allow.

    A repository has thousands of files that no source reads, and the suffix of
    the name excludes nearly all of them. A suffix begins with the last dot of a name.
    """

    entries: Sequence[CatalogEntry]
    _by_suffix: dict[str, tuple[_SuffixEntry, ...]] = field(default_factory=dict)

    def candidates(self, path: PurePosixPath) -> list[CatalogEntry]:
        """Return the entries that `may_match` the file at *path*."""
        found = self._named(path)
        # A look at the text first: this runs for each file of a repository.
        is_template = _suffix_of(str(path)).lower() in TEMPLATE_SUFFIXES
        if is_template and (inner := rendered(path)) != path:
            names = {entry.name for entry in found}
            names.update(entry.name for entry in self._named(inner) if entry.templates)
            found = [entry for entry in self.entries if entry.name in names]
        return [entry for entry in found if entry.admits(path)]

    def _named(self, path: PurePosixPath) -> list[CatalogEntry]:
        """Return the entries with a pattern of *path*."""
        text = str(path)
        parts, lower_text = text.split("/"), text.lower()
        lower = lower_text.split("/")
        suffix = _suffix_of(lower[-1])
        if suffix not in self._by_suffix:
            self._by_suffix[suffix] = tuple(self._with(suffix))
        return [
            indexed.entry
            for indexed in self._by_suffix[suffix]
            if indexed.allows(parts, lower, lower_text)
        ]

    def _with(self, suffix: str) -> Iterator[_SuffixEntry]:
        """Yield each entry that may read files with *suffix*."""
        for entry in self.entries:
            patterns = tuple(p for p in entry.patterns if p.may_end(suffix))
            if any(pattern.is_suffix(suffix) for pattern in patterns):
                yield _SuffixEntry(entry, (), ())
            elif patterns:
                literals = dict.fromkeys(pattern.literal for pattern in patterns)
                yield _SuffixEntry(entry, patterns, tuple(literals))


@dataclass(frozen=True, slots=True)
class _SuffixEntry:
    """An entry and its *patterns* for one suffix; none if it may read every file."""

    entry: CatalogEntry
    patterns: tuple[FilePattern, ...]
    literals: tuple[str, ...]

    def allows(self, parts: list[str], lower: list[str], text: str) -> bool:
        """Return whether a path has one of the patterns; *text* is in lower case."""
        if not self.patterns:
            return True
        # Loops of their own: this runs for each file of a repository.
        for literal in self.literals:
            if literal in text:
                break
        else:
            return False
        return any(pattern.matches(parts, lower) for pattern in self.patterns)


def is_like(name: str, pieces: _Pieces) -> bool:
    """Return whether *name* is *pieces* with any text between them."""
    head, tail = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return name == head
    at, end = len(head), len(name) - len(tail)
    if end < at or not (name.startswith(head) and name.endswith(tail)):
        return False
    for piece in pieces[1:-1]:
        if (start := name.find(piece, at, end)) < 0:
            return False
        at = start + len(piece)
    return True


def _split(path: str) -> tuple[_Pieces, ...]:
    return tuple(tuple(step.split("*")) for step in path.split("/"))


def _expand(pattern: str) -> Iterator[str]:
    """Yield *pattern* with each choice of the alternatives in its braces."""
    before, brace, behind = pattern.partition("{")
    if not brace:
        yield pattern
        return
    alternatives, _, after = behind.partition("}")
    tails = tuple(_expand(after))
    for alternative in alternatives.split(","):
        yield from (f"{before}{alternative}{tail}" for tail in tails)


def _suffix_of(name: str) -> str:
    return name[at:] if (at := name.rfind(".")) >= 0 else ""
