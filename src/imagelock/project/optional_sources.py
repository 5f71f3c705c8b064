"""Opt-in readers: match rules, embedded manifests, guesses.

Their modules are loaded only if the settings ask for them.
"""

from __future__ import annotations

from functools import partial

from imagelock.dataclass import dataclass
from imagelock.light_typing import TYPE_CHECKING, Final, Self
from imagelock.model.file_kind import is_yaml_or_json
from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.project.gitignore import compile_patterns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import PurePosixPath

    from pathspec import GitIgnoreSpec

    from imagelock.config.match_schema import MatchConfig
    from imagelock.config.schema_tables import SourceConfig
    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

    FindImages = Callable[[PurePosixPath, Text], Iterator[Found]]


_OBJECTS: Final = {
    "fleet": 1,
    "helm-values": 1,
    "helmfile": 1,
    "kubernetes": 2,
    "kustomize": 1,
    "skaffold": 2,
}
"""How many objects a file with one in values has, at least, by its source."""

_WITH_COMMANDS: Final = frozenset(
    {
        *("azure-pipelines", "bitbucket", "buildkite", "circleci", "cirrus"),
        *("codefresh", "crow", "dockerfile", "drone", "github-actions", "gitlab-ci"),
        *("gitpod", "harness", "screwdriver", "semaphore", "teamcity", "vela"),
        "woodpecker",
    }
)
"""The sources of whose files commands are a part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionalSources:
    """The match rules of a project, and whether to read embedded text and guess.

    `charts` is whether charts of repositories with an `index.yaml` count.
    With `count_guesses`, `guesses_in` finds what `guesses` would, and what `scripts`
    would, which are the patterns of files with commands besides those that are known.
    """

    matches: tuple[tuple[GitIgnoreSpec, FindImages], ...] = ()
    embedded: bool = False
    guesses: bool = False
    charts: bool = False
    count_guesses: bool = False
    scripts: GitIgnoreSpec | None = None

    @classmethod
    def of(
        cls,
        rules: Iterable[MatchConfig],
        *,
        embedded: bool,
        guesses: bool,
        charts: bool = False,
        count_guesses: bool = False,
        shell: SourceConfig | None = None,
    ) -> Self:
        """Return the opt-in readers that the settings of a project enable."""
        return cls(
            matches=tuple(
                (compile_patterns(_paths(rule)), _match(rule)) for rule in rules
            ),
            embedded=embedded,
            guesses=guesses,
            charts=charts,
            count_guesses=count_guesses,
            scripts=compile_patterns(shell.paths) if shell and shell.enabled else None,
        )

    def wants(self, path: PurePosixPath) -> bool:
        """Return whether to read the file at *path* even if no source reads it."""
        if self.guesses and _is_assignments(path):
            return True
        if self.scripts is not None and self._is_script(path):
            return True
        return any(spec.match_file(path) for spec, _ in self.matches)

    def allowed(self, found: Found) -> Found:
        """Return *found*, or the reference that it is if guesses are allowed."""
        is_guess = self.guesses and isinstance(found, Skipped) and found.guess
        return is_guess or found

    def match_rules(self, path: PurePosixPath, text: Text) -> Iterator[Found]:
        """Yield the values that the match rules of the project find in a file."""
        for spec, find in self.matches:
            if spec.match_file(path):
                yield from find(path, text)

    def commands(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> Iterator[Found]:
        """Yield the images in commands."""
        if self.scripts is None or not self._is_script(path):
            return
        from imagelock.sources.shell import shell  # most need none

        is_given = self.scripts.match_file(path)
        yield from shell.find(path, text, context, is_script=is_given)

    def _is_script(self, path: PurePosixPath) -> bool:
        from imagelock.sources.shell.scripts import kind_of  # most need none

        is_given = self.scripts is not None and self.scripts.match_file(path)
        return is_given or kind_of(path) is not None

    def embedded_and_guesses(
        self, path: PurePosixPath, text: Text, source: str
    ) -> Iterator[Found]:
        """Yield embedded manifests and guesses in a file that *source* reads.

        *source* is the name of a source, empty if no source reads the file.
        """
        if self.embedded and source in _OBJECTS:
            from imagelock.sources import embedded_manifests  # most need none

            yield from embedded_manifests.find(path, text, source)
        if self.guesses:
            yield from _guesses(path, text, source)

    def guesses_in(
        self, path: PurePosixPath, text: Text, source: str, context: Context
    ) -> Iterator[Found]:
        """Yield what the settings do not allow, in order to count it.

        Commands are counted in files that are read in any case.
        """
        if not self.count_guesses:
            return
        if not self.guesses:
            yield from _guesses(path, text, source)
        if source in _WITH_COMMANDS and self.scripts is None and _may_pull(text):
            from imagelock.sources.shell import shell  # few files have some

            for found in shell.find(path, text, context):
                if isinstance(found, Occurrence):
                    yield found


def objects_in_values(path: PurePosixPath, text: Text, source: str) -> Iterable[Found]:
    """Return the images of objects in the values of charts in a file, mostly none."""
    least = _OBJECTS.get(source)
    if least is None or text.value.count("apiVersion") < least:
        return ()
    from imagelock.sources import objects_in_values  # most need none

    return objects_in_values.find(path, text, source)


def is_repository_chart(found: Found) -> bool:
    """Return whether *found* is about a chart of a repository with an `index.yaml`."""
    if isinstance(found, Skipped):
        return found.reason is Reason.CHART
    return bool(found.reference.scheme)


_COMMON: Final = frozenset({"act", "gh"})
"""Programs whose names are ends of common words, and that hardly ever pull."""


def _may_pull(text: Text) -> bool:
    """Return whether a text has a program that pulls images, by a fast look."""
    from imagelock.sources.shell import PROGRAMS

    return any(
        f"{program} " in text.value for program in PROGRAMS if program not in _COMMON
    )


def _guesses(path: PurePosixPath, text: Text, source: str) -> Iterator[Found]:
    from imagelock.sources import guesses  # most need none

    if guesses.is_assignments(path):
        yield from guesses.of_assignments(path, text)
    elif source and is_yaml_or_json(path) and guesses.may_have_some(text):
        yield from guesses.of_tree(path, text)


def _is_assignments(path: PurePosixPath) -> bool:
    from imagelock.sources.guesses import is_assignments  # most need none

    return is_assignments(path)


def _paths(rule: MatchConfig) -> Sequence[str]:
    if rule.preset is None or "paths" in rule.model_fields_set:
        return rule.paths
    from imagelock.sources.pattern_presets import PRESETS  # most need none

    return PRESETS[rule.preset].paths


def _match(rule: MatchConfig) -> FindImages:
    """Return the function that finds the images of *rule*; most need no module."""
    if rule.preset is not None:
        from imagelock.sources import pattern_presets

        return partial(pattern_presets.find, name=rule.preset)
    if rule.pattern is not None:
        from imagelock.sources import pattern_rules

        pattern = pattern_rules.PatternRule(pattern=rule.pattern)
        return partial(pattern_rules.find, rule=pattern)
    from imagelock.sources import match_rules

    match = match_rules.MatchRule(
        where=rule.key or rule.path or "",
        is_path=rule.path is not None,
        value=rule.value,
        inside=rule.inside,
        tag_key=rule.tag_key,
    )
    return partial(match_rules.find, rule=match)
