"""What a project wants to be read besides what the sources read.

Most projects want none of it, and then nothing of it is loaded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from imagelock.model.file_kind import is_yaml_or_json
from imagelock.project.gitignore import patterns

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import PurePosixPath

    from pathspec import GitIgnoreSpec

    from imagelock.config.schema_tables import MatchConfig
    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.match_rules import MatchRule


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionalSources:
    """The places of the project, and whether texts are read and guesses made."""

    matches: tuple[tuple[GitIgnoreSpec, MatchRule], ...] = ()
    embedded: bool = False
    guesses: bool = False

    @classmethod
    def of(cls, rules: Iterable[MatchConfig], *, embedded: bool, guesses: bool) -> Self:
        """Return the extras by the settings of a project."""
        return cls(
            matches=tuple((patterns(rule.paths), _match(rule)) for rule in rules),
            embedded=embedded,
            guesses=guesses,
        )

    def wants(self, path: PurePosixPath) -> bool:
        """Tell whether the file at *path* is read although no source reads it."""
        if self.guesses and _is_assignments(path):
            return True
        return any(spec.match_file(path) for spec, _ in self.matches)

    def named(self, path: PurePosixPath, text: Text) -> Iterator[Found]:
        """Yield what the project's own places name in a file."""
        if not self.matches:
            return
        from imagelock.sources import match_rules  # noqa: PLC0415 - most need none

        for spec, match in self.matches:
            if spec.match_file(path):
                yield from match_rules.find(path, text, match)

    def more(self, path: PurePosixPath, text: Text, source: str) -> Iterator[Found]:
        """Yield what is embedded, and guesses, in a file that *source* reads.

        *source* is the name of a format, empty if there is none.
        """
        if self.embedded and source == "kubernetes":
            from imagelock.sources import embedded_manifests  # noqa: PLC0415 - most need none

            yield from embedded_manifests.find(path, text)
        if self.guesses:
            from imagelock.sources import guesses  # noqa: PLC0415 - most need none

            if guesses.is_assignments(path):
                yield from guesses.of_assignments(path, text)
            elif source and is_yaml_or_json(path):
                yield from guesses.of_tree(path, text)


def _is_assignments(path: PurePosixPath) -> bool:
    from imagelock.sources.guesses import is_assignments  # noqa: PLC0415 - most need none

    return is_assignments(path)


def _match(rule: MatchConfig) -> MatchRule:
    from imagelock.sources.match_rules import MatchRule  # noqa: PLC0415 - most need none

    return MatchRule(
        where=rule.key or rule.path or "",
        is_path=rule.path is not None,
        value=rule.value,
        inside=rule.inside,
        tag_key=rule.tag_key,
    )
