"""Releases of charts that the module `helm` installs: their charts and values.

`plugins/modules/helm.py` of the collection `kubernetes.core`: the values of a task go
over its files.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.sources.ansible.modules import is_helm
from imagelock.sources.context import path_below
from imagelock.sources.helm.chart_keys import ChartKeys
from imagelock.sources.helm.listed_values import ListedValues, used_values
from imagelock.sources.helm.repository_chart import is_folder
from imagelock.sources.helm.values_chart import chart_in
from imagelock.sources.shared.substituted_file import SubstitutedFile
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    below,
    select,
    text_at,
)
from imagelock.syntax.yaml_json.tree import Mapping, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.helm.listed_values import Layer
    from imagelock.sources.relations import Relation
    from imagelock.sources.shared.source_file import SourceFile

_CHARTS: Final = ("chart_ref", "chart")
_FILES: Final = "values_files"
_VALUES: Final = ("release_values", "values")
_FOLDER: Final = re.compile(r"\{\{[ \t]*+(role_path|playbook_dir)[ \t]*+\}\}/")
_ROLE: Final = frozenset({"handlers", "tasks"})


def release_images(
    file: SourceFile, arguments: NodeRef, context: Context
) -> Iterator[Found]:
    """Yield the chart that the module `helm` installs, and the images in its values."""
    substituted = SubstitutedFile(path=file.path, text=file.text, format=file.format)
    name = ""
    folder: PurePosixPath | None = None
    for key in _CHARTS:
        chart = text_at(arguments.node, key)
        name = name or chart
        if is_folder(file.path, chart, context):
            folder = path_below(file.path.parent, chart)
            continue
        keys = ChartKeys(
            address=key,
            repository="chart_repo_url",
            names=(key,),
            version="chart_version",
            unpinnable_reason="Ansible takes no digest for a chart",
        )
        yield from keys.charts(substituted, arguments, context)
    layers: list[Layer] = [*_files(file.path, arguments, context)]
    for key in _VALUES:
        inline = select(arguments, key, VisitLimit())
        layers += [at for at in inline if isinstance(at.node, Mapping)]
    listed = ListedValues(substituted, context)
    is_set = _set_names(arguments)
    yield from listed.images(layers, chart_in(folder, context), name, is_set)


def releases_relations(
    path: PurePosixPath, text: Text, context: Context
) -> Iterator[Relation]:
    """Yield the files with values of the releases in the tasks at *path*."""
    for document in documents(text):
        if isinstance(document, Broken):
            continue
        for task in below(NodeRef(document), VisitLimit()):
            for key, arguments in _pairs(task):
                if is_helm(key):
                    files = _files(path, arguments, context)
                    yield from used_values(files, context)


def _pairs(task: NodeRef) -> Iterator[tuple[str, NodeRef]]:
    node = task.node
    for key, value in node.pairs if isinstance(node, Mapping) else ():
        yield key.value, NodeRef(value, (task.path, key.value), node)


def _set_names(arguments: NodeRef) -> frozenset[str]:
    """Return the paths in `set_values`, each a text such as `image.tag=1`."""
    texts = select(arguments, "set_values[].value", VisitLimit())
    return frozenset(
        at.node.value.partition("=")[0] for at in texts if isinstance(at.node, Scalar)
    )


def _files(
    path: PurePosixPath, arguments: NodeRef, context: Context
) -> list[PurePosixPath]:
    """Return the files with values that *arguments* list, as far as they are here."""
    node = arguments.node
    listed = node.get(_FILES) if isinstance(node, Mapping) else None
    items = listed.items if isinstance(listed, Sequence) else ()
    found = (
        _file(path, item.value, context) for item in items if isinstance(item, Scalar)
    )
    return [each for each in found if each is not None]


def _file(path: PurePosixPath, name: str, context: Context) -> PurePosixPath | None:
    """Return the file with values *name* of a task in the file at *path*.

    A relative path begins where Ansible is started, which nothing says: it counts if
    only one of the folders around the task has such a file.
    """
    base = _FOLDER.match(name)
    rest = name[base.end() :] if base else name
    if "{{" in rest:
        return None
    folders = list(path.parents)
    if base and base[1] == "role_path":
        folders = [each.parent for each in folders if each.name in _ROLE][:1]
    targets = (path_below(folder, rest) for folder in folders)
    here = {each for each in targets if each and context.read(each) is not None}
    return here.pop() if len(here) == 1 else None
