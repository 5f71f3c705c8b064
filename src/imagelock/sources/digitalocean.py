"""Images in specifications of apps of DigitalOcean's App Platform.

https://docs.digitalocean.com/products/app-platform/reference/app-spec/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.occurrence import Reason, Skipped
from imagelock.sources.protocol import About
from imagelock.sources.shared.source_file import DUPLICATE_KEY, SourceFile
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    is_written_twice,
    scalar_at,
    select,
    text_at,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

ABOUT: Final = About(
    recognised="YAML and JSON with `services`, `workers` or `jobs` whose `image` has a"
    " `registry_type`, such as `.do/app.yaml`, and the same below `spec`",
    read="`registry`, `repository`, `tag` and `digest` of `image`",
    not_read="what App Platform builds; images of the registry of an account (`DOCR`)"
    " without `registry`, which only the account knows (`needs-base`)",
    pinned="nowhere: App Platform takes either a tag or a digest",
    notes="`DOCKER_HUB`, `GHCR` and `DOCR` decide the registry. `${…}` is filled in"
    " before the file is used (`variable`).",
)
_IMAGE: Final = re.compile(r"""\bregistry_type["']?\s*+:""")
_COMPONENTS: Final = re.compile(
    r"""^(?:[ \t{]*+["'](?:spec|services|workers|jobs)["']|[ \t]*+(?:services|workers|jobs))"""
    r"""[ \t]*+:""",
    re.MULTILINE,
)
_PATHS: Final = tuple(
    f"{spec}{component}[].image"
    for spec in ("", "spec.")
    for component in ("services", "workers", "jobs")
)
_REGISTRIES: Final = {
    "DOCKER_HUB": "docker.io",
    "GHCR": "ghcr.io",
    "DOCR": "registry.digitalocean.com",
}
_OWN: Final = "DOCR"
_PARTS: Final = ("registry_type", "registry", "repository", "tag", "digest")
_FILLED_IN: Final = re.compile(r"\$[{\w]")
_EITHER: Final = "App Platform takes either a tag or a digest"


def matches(path: PurePosixPath, text: str) -> bool:
    """Match a file with components that run an image of a registry."""
    del path
    return _IMAGE.search(text) is not None and _COMPONENTS.search(text) is not None


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the image of each component, in the order of the text."""
    del context
    file = SourceFile(path=path, text=text, format="digitalocean")
    for document in documents(text):
        if isinstance(document, Broken):
            yield from file.broken(document)
            continue
        images = {
            id(at.node): at
            for each in _PATHS
            for at in select(NodeRef(document), each, VisitLimit())
        }
        for at in sorted(images.values(), key=lambda at: at.node.start):
            if finding := _image(file, at):
                yield finding


def _image(file: SourceFile, at: NodeRef) -> Found | None:
    """Return the image of the mapping *at*; nothing if it has no repository."""
    written = scalar_at(at.node, "repository")
    if written is None or written.null or not written.value.strip():
        return None
    repository = NodeRef(written, (at.path, "repository"), at.node)
    parts = {name: text_at(at.node, name).strip() for name in _PARTS}
    if any(is_written_twice(at.node, name) for name in _PARTS):
        return file.skip(repository, Reason.DUPLICATE_KEY, DUPLICATE_KEY)
    if any(map(_FILLED_IN.search, parts.values())):
        detail = f"`{parts['repository']}`: {Reason.VARIABLE.sentence}"
        return file.skip(repository, Reason.VARIABLE, detail)
    host = _REGISTRIES.get(parts["registry_type"])
    if host is None or (parts["registry_type"] == _OWN and not parts["registry"]):
        detail = f"`{parts['repository']}`: its registry is that of an account"
        return file.skip(repository, Reason.NEEDS_BASE, detail)
    name = "/".join(filter(None, (host, parts["registry"], parts["repository"])))
    tag = f":{parts['tag']}" if parts["tag"] else ""
    digest = f"@{parts['digest']}" if parts["digest"] else ""
    found = file.classify(f"{name}{tag}{digest}", repository)
    if isinstance(found, Skipped):
        return found
    own_tag = scalar_at(at.node, "tag") if tag else None
    span = file.text.span(own_tag.start, own_tag.end) if own_tag else None
    return replace(found, tag=span, unpinnable_reason=_EITHER)
