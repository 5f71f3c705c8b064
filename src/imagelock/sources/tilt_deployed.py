"""The files that a Tiltfile deploys, as far as it plainly says which they are.

k8s_yaml(['web.yaml', 'db.yaml'])
k8s_yaml(kustomize('config/dev'))
manifests = helm('charts/web', values=['values-dev.yaml'])
docker_compose('compose.yaml')
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field
from imagelock.sources.context import path_below
from imagelock.sources.kustomize import kustomize
from imagelock.sources.kustomize.kustomization import NAMES
from imagelock.syntax.code_groups import CodeGroup, arguments, is_mark, is_word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import PurePosixPath

    from imagelock.sources.context import Context
    from imagelock.sources.shared.source_file import SourceFile
    from imagelock.syntax.code_groups import Argument
    from imagelock.syntax.code_tokens import CodeToken

_DEPLOYS: Final = frozenset({"k8s_yaml", "docker_compose"})
_OTHERS: Final = frozenset({"include", "load_dynamic", "k8s_custom_deploy"})
"""Calls that deploy what other files or commands say."""

_LOAD: Final = "load"
_EXTENSION: Final = "ext://"
_CHARTS: Final = frozenset({"helm", "helm_resource"})
_PATHS: Final = frozenset({"listdir", "read_yaml", "read_yaml_stream", "read_file"})
_AROUND: Final = frozenset({"blob", "encode_yaml", "encode_yaml_stream"})
_MOST_FILES: Final = 1_000


class _ComputedError(Exception):
    """The Tiltfile computes which files it deploys."""


def deployed_files(
    file: SourceFile, program: Sequence[CodeGroup], context: Context
) -> frozenset[PurePosixPath] | None:
    """Return the files that *program*, the Tiltfile *file*, deploys.

    `None` if it computes them, or if other Tiltfiles can deploy more.
    """
    tiltfile = _Tiltfile(file, program, context)
    try:
        for group in program:
            tiltfile.add_call(group)
    except (_ComputedError, RecursionError):
        return None
    return frozenset((file.path, *tiltfile.files)) if tiltfile.files else None


@dataclass(slots=True)
class _Tiltfile:
    """A Tiltfile, and the `files` that it deploys."""

    file: SourceFile
    program: Sequence[CodeGroup]
    context: Context
    files: set[PurePosixPath] = field(default_factory=set)
    _assignments: dict[str, list[Sequence[CodeToken] | None]] | None = None
    _seen: set[str | PurePosixPath] = field(default_factory=set)
    """The variables, files and folders that were added."""
    _built: set[PurePosixPath] = field(default_factory=set)
    """The kustomizations, and the files that they use."""

    def add_call(self, group: CodeGroup) -> None:
        """Add what *group* deploys, if it is a call that does."""
        name = group.name if group.text == "(" and not group.is_definition else ""
        if name in _OTHERS:
            raise _ComputedError
        if name == _LOAD and not _first(group).startswith(_EXTENSION):
            raise _ComputedError
        if name in _DEPLOYS:
            value = next(arguments(group.items), None)
            if value is None:
                raise _ComputedError
            self._add(value.items)
        elif name == "helm_resource":
            self._add_named(name, group)

    def _add(self, items: Sequence[CodeToken]) -> None:
        """Add the files that *items*, a value, name."""
        first, *rest = items
        if first.is_text and not rest:
            if not first.is_long:
                self._add_path(first.text)
        elif isinstance(first, CodeGroup) and first.text == "[" and not rest:
            for argument in arguments(first.items):
                self._add(argument.items)
        elif len(rest) == 1 and isinstance(rest[0], CodeGroup) and rest[0].text == "(":
            self._add_named(first.text, rest[0])
        elif is_word(first) and not rest:
            self._add_variable(first.text)
        else:
            raise _ComputedError

    def _add_named(self, name: str, call: CodeGroup) -> None:
        """Add the files that the *call* of the function *name* returns or deploys."""
        given = list(arguments(call.items))
        if name in _AROUND:
            for argument in given:
                self._add(argument.items)
        elif name == "kustomize":
            self._add_kustomization(_literal(given[:1]))
        elif name in _CHARTS:
            self._add_chart(given, 1 if name == "helm_resource" else 0)
        elif name in _PATHS:
            self._add_path(_literal(given[:1]))
        else:
            raise _ComputedError

    def _add_chart(self, given: Sequence[Argument], index: int) -> None:
        """Add the chart that is the argument at *index*, or `chart`, and its values.

        A resource behind its name can also be a chart of a repository.
        """
        chart = [each for each in given if each.name == "chart"]
        target = _literal(chart or given[index : index + 1])
        folder = path_below(self.file.path.parent, target)
        if not index or (folder and self.context.files_below(folder)):
            self._add_path(target)
        for argument in given:
            if argument.name == "values":
                self._add(argument.items)

    def _add_variable(self, name: str) -> None:
        """Add the files of each value that the variable *name* gets."""
        if name in self._seen:
            return
        self._seen.add(name)
        if self._assignments is None:
            self._assignments = _assignments(self.program, self.file.text.value)
        for value in self._assignments.get(name, [None]):
            if value is None:
                raise _ComputedError
            self._add(value)

    def _add_path(self, text: str) -> None:
        path = path_below(self.file.path.parent, text)
        if path is None:
            raise _ComputedError
        if path in self._seen:
            return
        self._seen.add(path)
        below = self.context.files_below(path)
        if not below and self.context.read(path) is None:
            raise _ComputedError  # what makes the file may use others
        self.files.update((path, *below))

    def _add_kustomization(self, text: str) -> None:
        """Add the kustomization in a folder, and what it uses."""
        folder = path_below(self.file.path.parent, text)
        if folder is None:
            raise _ComputedError
        waiting = [folder / name for name in NAMES]
        while waiting:
            path = waiting.pop()
            source = self.context.read(path) if path not in self._built else None
            if source is None:
                continue
            if len(self._built) > _MOST_FILES:
                raise _ComputedError
            self._built.add(path)
            self.files.add(path)
            if kustomize.matches(path, source.value):
                uses = kustomize.relations(path, source, self.context)
                waiting += [use.path for use in uses]


def _assignments(
    program: Iterable[CodeGroup], source: str
) -> dict[str, list[Sequence[CodeToken] | None]]:
    """Return the values that each variable gets, with `None` for what is computed."""
    found: dict[str, list[Sequence[CodeToken] | None]] = {}
    for group in program:
        if group.text:  # in brackets, it is an argument
            continue
        for at, item in enumerate(group.items):
            if not is_word(item):
                continue
            if is_mark(group.item(at + 1), "="):
                value = _value(group.items[at + 2 : at + 5], source)
                found.setdefault(item.text, []).append(value)
            elif is_mark(group.item(at + 2), "=") and not is_word(group.items[at + 1]):
                # `name += …`
                found.setdefault(item.text, []).append(None)
    return found


def _value(items: Sequence[CodeToken], source: str) -> Sequence[CodeToken] | None:
    """Return the value in *items*, if nothing else is in its line."""
    if not items:
        return None
    is_call = is_word(items[0]) and len(items) > 1 and is_mark(items[1], "(")
    length = 2 if is_call else 1
    end = items[length - 1].end + len(items[length - 1].quote)
    behind = items[length : length + 1]
    if behind and "\n" not in source[end : behind[0].start]:
        return None
    return items[:length]


def _literal(given: Sequence[Argument]) -> str:
    token = given[0].text if given else None
    if token is None:
        raise _ComputedError
    return token.text


def _first(group: CodeGroup) -> str:
    value = next(arguments(group.items), None)
    return value.text.text if value and value.text else ""
