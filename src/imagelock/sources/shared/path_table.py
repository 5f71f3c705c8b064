"""Sources that are only a list of places: which paths lead to images, and when.

In a path, `*` is any key, `[]` any item of a list, and `**` any number of both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass
from imagelock.sources.shared.built_names import built_by_pipeline
from imagelock.sources.shared.located_values import (
    DockerScheme,
    find_values,
    values_at,
)
from imagelock.sources.shared.pipeline_variables import variables_of
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.yaml_json.tree import Mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.protocol import About
    from imagelock.sources.relations import Relation
    from imagelock.sources.shared.located_values import LocatedValue, Unresolvable, Why
    from imagelock.syntax.yaml_json.tree import Node


@dataclass(frozen=True, slots=True)
class Places:
    """Paths of one meaning: images, or with `why` what only looks like some.

    They count in a document for which `applies` is true.
    """

    paths: tuple[str, ...]
    why: Why | None = None
    scheme: DockerScheme = DockerScheme.NEVER
    applies: Callable[[Node], bool] = lambda _: True


@dataclass(frozen=True, slots=True, kw_only=True)
class PathTable:
    """A source that reads the images at `places` of YAML and JSON documents.

    A file counts if its text matches `required`. `variables` says whether `$NAME`
    is a variable, and `variables_key` which mapping of a document has values.
    """

    name: str
    ABOUT: About
    places: tuple[Places, ...]
    unresolvable: tuple[Unresolvable, ...] = ()
    variables: bool = True
    variables_key: str = ""
    required: Callable[[PurePosixPath, str], bool] = lambda _path, _text: True

    def matches(self, path: PurePosixPath, text: str) -> bool:
        """Return whether this table reads a file with this *text*."""
        return self.required(path, text)

    def find(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> Iterator[Found]:
        """Yield the images of all documents, in the order of the text."""
        file = SourceFile(path=path, text=text, format=self.name)

        def values_of(document: Node) -> Iterator[LocatedValue]:
            mapping = (
                document.get(self.variables_key)
                if isinstance(document, Mapping)
                else None
            )
            known = variables_of(context, (file, mapping))
            variables = known if self.variables else None
            for places in self.places:
                if places.applies(document):
                    yield from values_at(
                        document,
                        places.paths,
                        scheme=places.scheme,
                        why=places.why,
                        variables=variables,
                    )

        return find_values(file, values_of, self.unresolvable)

    def relations(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> Iterator[Relation]:
        """Yield the images that steps of the file build."""
        del context
        yield from built_by_pipeline(SourceFile(path=path, text=text, format=self.name))
