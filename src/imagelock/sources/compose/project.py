"""The files of a Compose project, and the services that extend one another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.compose.file import Budget, open_file, value_of
from imagelock.sources.compose.paths import below
from imagelock.sources.compose.together import together
from imagelock.sources.compose.value import place
from imagelock.sources.compose.values import quoted, text_of
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    import collections.abc
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.source_text import Text
    from imagelock.sources.compose.file import ComposeFile, Service
    from imagelock.sources.context import Context
    from imagelock.syntax.yaml_json.tree import Node

LONGEST_CHAIN: Final = 20
"""How many services may extend one another, and files include one another."""

_READING: Final = 10
"""How much more work it is to read a character than to look at it once."""


@dataclass(slots=True)
class Project:
    """A Compose file with all that belongs to it.

    `files` are the file itself and those that it includes, each with its own
    variables; `missing` are those that cannot be read.
    """

    context: Context
    files: list[ComposeFile] = field(default_factory=list)
    missing: list[Skipped] = field(default_factory=list)
    together: tuple[ComposeFile, ...] = ()
    _budget: Budget = field(default_factory=Budget)
    _bases: dict[tuple[PurePosixPath, int], ComposeFile | None] = field(
        default_factory=dict
    )
    built: dict[tuple[int, str], bool] = field(default_factory=dict)
    """Whether the service of a name in a file (its `id`) is built, where known.

    A name can stand in thousands of documents, and all of them are looked at.
    """

    def add(self, path: PurePosixPath, text: Text) -> ComposeFile:
        """Add the main file at *path*, without what it includes.

        What Compose reads together with it, `together`, decides what it means, but
        is a main file in its own turn.
        """
        group = together(path, self.context, self.read)
        file = open_file(
            path,
            text,
            directory=group.directory,
            variables=group.variables,
            budget=self._budget,
        )
        others = (
            file if other == path else self.open(other, file.directory, file.variables)
            for other in group.files
        )
        self.together = tuple(other for other in others if other is not None)
        self.files.append(file)
        return file

    def open(
        self,
        path: PurePosixPath,
        directory: PurePosixPath,
        variables: collections.abc.Mapping[str, str],
    ) -> ComposeFile | None:
        """Return another file, whose relative paths count from *directory*."""
        text = self.read(path)
        if text is None:
            return None
        return open_file(
            path, text, directory=directory, variables=variables, budget=self._budget
        )

    def read(self, path: PurePosixPath) -> Text | None:
        """Return the text of another file, as far as there is one and it is cheap."""
        text = self.context.read(path)
        self._budget.spend(_READING * len(text.value) if text else 0)
        return text

    def miss(self, file: ComposeFile, node: Node, use: str, problem: str) -> None:
        """Note that the file that *node* names is not there."""
        where = place(file, (node.start, node.end), use)
        detail = f"{quoted(where)} {problem}: what it names is not locked"
        self.missing.append(
            Skipped(place=where, reason=Reason.NEEDS_BASE, detail=detail)
        )

    def has_service(self, name: str) -> bool:
        """Tell whether a service of the project is called *name*."""
        return any(name in file.by_name for file in (*self.files, *self.together))

    def services(self) -> Iterator[tuple[ComposeFile, Service]]:
        """Yield the services of all files, each with those that it extends elsewhere.

        Those that it extends in a file of the project have their own turn.
        """
        seen: set[tuple[int, str]] = {
            (id(file), name) for file in self.files for name in file.by_name
        }
        for file in self.files:
            waiting = [(file, service) for service in reversed(file.services)]
            while waiting:
                here, service = waiting.pop()
                yield here, service
                base = self._base(here, service)
                if base is not None and (id(base[0]), base[1]) not in seen:
                    other, name = base
                    seen.add((id(other), name))
                    extended = other.by_name.get(name, ())
                    waiting += [(other, one) for one in reversed(extended)]

    def setting(
        self, file: ComposeFile, name: str, key: str, depth: int = 0
    ) -> Node | None:
        """Return what the service *name* has as *key*, by itself or by `extends`.

        Of the files that are read together the last one that has it counts.
        """
        layers = self.together if file in self.together else (file,)
        services = [(f, one) for f in layers for one in f.by_name.get(name, ())]
        file.budget.spend(len(services))
        for _, service in reversed(services):
            if key in service.node.items:
                return value_of(service.node, key)
        for layer, service in services if depth < LONGEST_CHAIN else ():
            base = self._base(layer, service)
            node = self.setting(*base, key, depth + 1) if base else None
            if node is not None:
                return node
        return None

    def _base(
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
        where = value_of(node, "file")
        use = f"{service.location}.extends.file"
        other = file if where is None else self._base_file(file, where, use)
        return None if name is None or other is None else (other, name)

    def _base_file(self, file: ComposeFile, node: Node, use: str) -> ComposeFile | None:
        """Return the file that a service extends, read with the same variables."""
        known = text_of(file, node)
        path = below(file.directory, known) if known else None
        if path == file.path:
            return file
        key = (path or file.path / str(node.start), id(file.variables))
        if key not in self._bases:
            # Relative paths count from the file that has them.
            base = self.open(path, path.parent, file.variables) if path else None
            self._bases[key] = base
            if base is None:
                self.miss(file, node, use, "cannot be read")
        return self._bases[key]
