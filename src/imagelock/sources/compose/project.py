"""The files of a Compose project, and the services that extend one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field
from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.compose.file import (
    is_nothing,
    is_reset,
    open_compose_file,
    value_of,
)
from imagelock.sources.compose.project_files import project_files
from imagelock.sources.compose.values import text_of
from imagelock.sources.context import path_below
from imagelock.sources.shared.source_file import quoted
from imagelock.sources.shared.work_budget import WorkBudget
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    import collections.abc
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.compose.file import ComposeFile, Service
    from imagelock.sources.context import Context
    from imagelock.syntax.yaml_json.tree import Node

LONGEST_CHAIN: Final = 20
"""How many services may extend one another, and files include one another."""

_READING: Final = 10
"""The cost of reading a character, in the units of a `WorkBudget`."""


@dataclass(slots=True)
class ComposeProject:
    """A Compose file with everything that belongs to it.

    `files` are the file itself and those that it includes, each with its own
    variables; `missing` are those that cannot be read here. `merged_files` are those that
    Compose merges, the file itself among them, and `included_together` those that one
    `include` merges, by the `id` of each: none of them is ever read without the others.
    """

    context: Context
    files: list[ComposeFile] = field(default_factory=list)
    missing: list[Found] = field(default_factory=list)
    merged_files: tuple[ComposeFile, ...] = ()
    included_together: dict[int, tuple[ComposeFile, ...]] = field(default_factory=dict)
    _budget: WorkBudget = field(default_factory=WorkBudget)
    _bases: dict[tuple[PurePosixPath, int], ComposeFile | None] = field(
        default_factory=dict
    )
    _settings: dict[tuple[int, str, str], Node | None] = field(default_factory=dict)
    """The settings of services, by the `id` of the file, the name and the key.

    A cache: a name can be in thousands of documents, and each of them counts.
    """

    _images: dict[int, frozenset[int]] = field(default_factory=dict)
    """The `id` of each image that files which are included together have in the end."""

    def add(
        self, path: PurePosixPath, text: Text, *, with_override: bool = False
    ) -> ComposeFile:
        """Add the main file at *path*, without its includes.

        The files that Compose merges with it decide what it means, but each of them
        is a main file, too. An override beside the file counts *with_override* only:
        a file is also run alone.
        """
        merged = project_files(
            path, self.context, self.read, with_override=with_override
        )
        file = open_compose_file(
            path,
            text,
            directory=merged.directory,
            variables=merged.variables,
            budget=self._budget,
        )
        files = (
            file if other == path else self.open(other, file.directory, file.variables)
            for other in merged.paths
        )
        self.merged_files = tuple(other for other in files if other is not None)
        self.files.append(file)
        return file

    def open(
        self,
        path: PurePosixPath,
        directory: PurePosixPath,
        variables: collections.abc.Mapping[str, str],
    ) -> ComposeFile | None:
        """Return the file at *path*, whose relative paths count from *directory*."""
        text = self.read(path)
        if text is None:
            return None
        return open_compose_file(
            path, text, directory=directory, variables=variables, budget=self._budget
        )

    def read(self, path: PurePosixPath) -> Text | None:
        """Return the text of another file, or `None` if it cannot be read.

        Raises:
            TooMuchError: the files of the project are too large.
        """
        text = self.context.read(path)
        self._budget.charge(_READING * len(text.value) if text else 0)
        return text

    def report_missing(
        self, file: ComposeFile, node: Node, use: str, problem: str
    ) -> None:
        """Add the file that *node* names to `missing`."""
        place = file.trimmed_place((node.start, node.end), use)
        detail = f"{quoted(place.text)} {problem}: what it names is not locked here"
        self.missing.append(
            Skipped(place=place, reason=Reason.NEEDS_BASE, detail=detail)
        )

    def has_service(self, name: str) -> bool:
        """Return whether the project has a service *name*."""
        return any(name in file.by_name for file in (*self.files, *self.merged_files))

    def services(
        self, *, of_merged: bool = False
    ) -> Iterator[tuple[ComposeFile, Service]]:
        """Yield the services of all files, each with those that it extends elsewhere.

        A service that it extends in a file of the project is yielded once, with that
        file. Those of files that are merged with the main file are main files, too,
        and come only if *of_merged*.
        """
        files = dict.fromkeys(self.files)
        files |= dict.fromkeys(self.merged_files) if of_merged else {}
        seen: set[tuple[int, str]] = {
            (id(file), name) for file in files for name in file.by_name
        }
        for main_file in files:
            waiting = [(main_file, service) for service in reversed(main_file.services)]
            while waiting:
                file, service = waiting.pop()
                yield file, service
                base = self.base(file, service)
                if base is not None and (id(base[0]), base[1]) not in seen:
                    base_file, name = base
                    seen.add((id(base_file), name))
                    extended = base_file.by_name.get(name, ())
                    waiting += [(base_file, service) for service in reversed(extended)]

    def setting(self, file: ComposeFile, name: str, key: str) -> Node | None:
        """Return the value of *key* of the service *name*, perhaps by `extends`.

        Of merged files, the last one with the key counts, up to the one that takes
        the key, or the whole service, away. Compose resolves `extends` in each file
        before it merges them, and null stands for no value, not for `!reset`
        (compose-go, `loader/extends.go`, `loader/reset.go`, `override/merge.go`).
        """
        at = id(file), name, key
        if at not in self._settings:
            self._settings[at] = self._merged_setting(file, name, key)
        return self._settings[at]

    def _merged_setting(self, file: ComposeFile, name: str, key: str) -> Node | None:
        for layer in reversed(self.layers(file)):
            node = self.setting_in_file(layer, name, key)
            if node is not None:
                return None if is_reset(node) else node
            if layer.starts_over(name):
                return None
        return None

    def is_replaced(self, file: ComposeFile, name: str, key: str) -> bool:
        """Return whether a later file replaces what *file* has for *key*."""
        layers = self.layers(file)
        return any(
            layer.starts_over(name)
            or self.setting_in_file(layer, name, key) is not None
            for layer in layers[layers.index(file) + 1 :]
        )

    def is_overridden(self, file: ComposeFile, name: str, image: Node) -> bool:
        """Return whether no service has *image*, that of *name* in *file*, in the end.

        Another service may extend the one that has it, before the files are merged.
        """
        together = self.included_together.get(id(file), ())
        if not together or not self.is_replaced(file, name, "image"):
            return False
        key = id(together)
        if key not in self._images:
            self._images[key] = frozenset(
                id(self.setting(each, service, "image"))
                for each in together
                for service in each.by_name
            )
        return id(image) not in self._images[key]

    def layers(self, file: ComposeFile) -> tuple[ComposeFile, ...]:
        """Return the files that Compose merges with *file*, in their order."""
        if file in self.merged_files:
            return self.merged_files
        return self.included_together.get(id(file), (file,))

    def setting_in_file(
        self, file: ComposeFile, name: str, key: str, depth: int = 0
    ) -> Node | None:
        """Return the value of *key* in *file* alone, which may be a reset."""
        services = file.by_name.get(name, ())
        file.budget.charge(len(services))
        for service in reversed(services):
            node = service.node.get(key)
            if node is not None and (is_reset(node) or not is_nothing(node)):
                return node
        for service in services if depth < LONGEST_CHAIN else ():
            base = self.base(file, service)
            node = self.setting_in_file(*base, key, depth + 1) if base else None
            if node is not None and not is_reset(node):
                return node
        return None

    def base(
        self, file: ComposeFile, service: Service
    ) -> tuple[ComposeFile, str] | None:
        """Return the file and the name of the service that *service* extends."""
        node = value_of(service.node, "extends")
        if isinstance(node, Scalar):
            name = text_of(file, node)
            return None if name is None else (file, name)
        if not isinstance(node, Mapping):
            return None
        name = text_of(file, node.get("service"))
        path = value_of(node, "file")
        use = f"{service.location}.extends.file"
        base_file = file if path is None else self._base_file(file, path, use)
        return None if name is None or base_file is None else (base_file, name)

    def _base_file(self, file: ComposeFile, node: Node, use: str) -> ComposeFile | None:
        """Return the file of a base service, read with the same variables."""
        name = text_of(file, node)
        path = path_below(file.directory, name) if name else None
        if path == file.path:
            return file
        key = (path or file.path / str(node.start), id(file.variables))
        if key not in self._bases:
            # Relative paths count from the file that has them.
            base = self.open(path, path.parent, file.variables) if path else None
            self._bases[key] = base
            if base is None:
                self.report_missing(file, node, use, "cannot be read")
        return self._bases[key]
