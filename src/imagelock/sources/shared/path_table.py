"""Sources that are only a list of places: which paths lead to images, and when.

In a path, `*` is any key, `[]` any item of a list, and `**` any number of both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
from imagelock.model.occurrence import Reason
from imagelock.sources.shared.built_names import built_by_pipeline, built_image
from imagelock.sources.shared.located_values import (
    DockerScheme,
    LocatedValue,
    find_values,
)
from imagelock.sources.shared.pipeline_variables import variables_of
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    dotted,
    select,
)
from imagelock.syntax.yaml_json.tree import Mapping, Scalar

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.protocol import About
    from imagelock.sources.relations import Relation
    from imagelock.sources.shared.located_values import Unresolvable, Why
    from imagelock.sources.shared.matrix import Matrix
    from imagelock.sources.shared.pipeline_variables import PipelineVariables
    from imagelock.syntax.yaml_json.tree import Node

_OWN: Final[Why] = Reason.TARGET_REFERENCE, "another image of this file"


@dataclass(frozen=True, slots=True)
class Places:
    """Paths of one meaning: images, or with `why` what only looks like some.

    They count in a document for which `applies` is true. `registry` returns
    the registry that the name of an image lacks, from the mapping around it. With `unpinnable`, the
    tool accepts no digest there: the rest of the sentence "is not pinned: ". With
    `prefix`, only values that begin with it name images, behind it.
    """

    paths: tuple[str, ...]
    why: Why | None = None
    scheme: DockerScheme = DockerScheme.NEVER
    applies: Callable[[Node], bool] = lambda _: True
    registry: Callable[[Node | None], str] = lambda _: ""
    unpinnable: str = ""
    prefix: re.Pattern[str] | None = None

    def values(
        self, document: Node, variables: PipelineVariables | None
    ) -> Iterator[LocatedValue]:
        """Yield the values of *document* at these places."""
        if not self.applies(document):
            return
        for path in self.paths:
            for at in select(NodeRef(document), path, VisitLimit()):
                if self.prefix and not self.prefix.match(_text(at.node)):
                    continue
                server = self.registry(at.parent)
                yield LocatedValue(
                    at,
                    self.why,
                    self.scheme,
                    variables,
                    registry=f"{server}/" if server else "",
                    prefix=self.prefix,
                    unpinnable=self.unpinnable,
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class PathTable:
    """A source that reads the images at `places` of YAML and JSON documents.

    A file counts if its text matches `required`. `variables` says whether `$NAME`
    is a variable, and `variables_key` which mapping of a document has values. The
    texts at `own_names` are names of images that the file itself describes. `parse`
    reads the documents of the file. An image that `matrix` has a list for is one of
    the list, where it is written.
    """

    name: str
    ABOUT: About
    places: tuple[Places, ...]
    unresolvable: tuple[Unresolvable, ...] = ()
    variables: bool = True
    variables_key: str = ""
    own_names: tuple[str, ...] = ()
    matrix: Matrix | None = None
    parse: Callable[[Text], Iterable[Node | Broken]] = documents
    required: Callable[[PurePosixPath, str], bool] = lambda _path, _text: True

    def matches(self, path: PurePosixPath, text: str) -> bool:
        """Return whether this table reads a file with this *text*."""
        return self.required(path, text)

    def find(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> Iterator[Found]:
        """Yield the images of all documents, in the order of the text."""
        file = SourceFile(path=path, text=text, format=self.name)
        own = frozenset(self._own_names(text)) if self.own_names else frozenset()

        def values_of(document: Node) -> Iterator[LocatedValue]:
            mapping = (
                document.get(self.variables_key)
                if isinstance(document, Mapping)
                else None
            )
            defined = variables_of(context, (file, mapping))
            variables = defined if self.variables else None
            for places in self.places:
                for value in places.values(document, variables):
                    is_own = own and _text(value.at.node) in own
                    known = replace(value, why=_OWN) if is_own else value
                    yield from self._by_matrix(text, document, known)

        return find_values(file, values_of, self.unresolvable, self.parse)

    def _by_matrix(
        self, text: Text, document: Node, value: LocatedValue
    ) -> Iterator[LocatedValue]:
        """Yield *value*, with what a matrix has for it, or in each job of that."""
        if self.matrix is None:
            yield value
            return
        top = NodeRef(document)
        # GitHub knows no expressions in `uses: docker://…`.
        is_fixed = value.scheme is DockerScheme.REQUIRED
        jobs = (
            [] if is_fixed else self.matrix.jobs(text, top, value.at, value.variables)
        )
        yield from (replace(value, job=job) for job in jobs)
        if not jobs:
            yield value
            for at in self.matrix.values(top, value.at, value.variables):
                yield replace(value, at=at)

    def _own_names(self, text: Text) -> Iterator[str]:
        for document in self.parse(text):
            if not isinstance(document, Broken):
                for path in self.own_names:
                    for at in select(NodeRef(document), path, VisitLimit()):
                        yield _text(at.node)

    def relations(
        self, path: PurePosixPath, text: Text, context: Context
    ) -> Iterator[Relation]:
        """Yield the images that steps of the file build, and those it says are built."""
        del context
        file = SourceFile(path=path, text=text, format=self.name)
        yield from built_by_pipeline(file)
        outputs = [p for p in self.places if p.why and p.why[0] is Reason.BUILD_OUTPUT]
        for document in self.parse(text) if outputs else ():
            if isinstance(document, Broken):
                continue
            for places in outputs:
                for value in places.values(document, None):
                    yield from _built(file, value)


def _built(file: SourceFile, value: LocatedValue) -> Iterator[Relation]:
    """Yield the image that *file* names as the result of a build, by *value*."""
    node = value.at.node
    place = file.place_of(node.start, node.end, dotted(value.at.path))
    if built := built_image(f"{value.registry}{_text(node)}", place, [file.path]):
        yield built


def _text(node: Node) -> str:
    return node.value if isinstance(node, Scalar) and not node.null else ""
