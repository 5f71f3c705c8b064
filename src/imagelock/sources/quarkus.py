"""Images in the configuration of Quarkus: `application.properties`, and the same in YAML.

https://quarkus.io/guides/dev-services
https://quarkus.io/guides/container-image#jib-options
https://quarkus.io/guides/config-yaml
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.file_kind import is_yaml, rendered
from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.sources.protocol import About
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.source_file import DUPLICATE_KEY, SourceFile, quoted
from imagelock.syntax.properties import properties
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.paths import NodeRef, VisitLimit, below, steps_below
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found, Place
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

ABOUT: Final = About(
    recognised="`application.properties`, `application.yaml`, `application.yml` and those"
    " of profiles (`application-dev.properties`), with such a property",
    read="`quarkus.*.devservices.image-name`, and `base-jvm-image` and"
    " `base-native-image` of `quarkus.jib`; also of a profile (`%test.quarkus…`)",
    not_read="`quarkus.container-image.*`, which names what is built; base images of"
    " OpenShift's builds; `quarkus.native.builder-image`; the images that Dev Services"
    " take without such a property",
    pinned="behind the tag of a base image; not for Dev Services",
    notes="What has an expression (`${…}`) is skipped (`variable`). A property that is set"
    " again below is skipped (`duplicate-key`). Variables of the environment and other"
    " sources of configuration have precedence, and are not read.",
)
_FORMAT: Final = "quarkus"
_IMAGE: Final = re.compile(
    r"(?:%[^.]++\.)?quarkus\."
    r"(?:.+\.(?P<service>devservices)\.image-name|jib\.base-(?:jvm|native)-image)"
)
_WORDS: Final = re.compile(r"\bimage-name\b|\bbase-(?:jvm|native)-image\b")
_COMPUTED: Final = re.compile(r"\$\{|@[\w.-]+@")
"""Expressions of the configuration, and what Maven replaces in resources."""

_NO_DIGEST: Final = "Testcontainers for Java accepts either a tag or a digest"


def matches(path: PurePosixPath, text: str) -> bool:
    """Match the names of properties, which other frameworks do not have."""
    del path
    return "quarkus" in text and _WORDS.search(text) is not None


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images of the properties, in the order of the text."""
    del context
    file = SourceFile(path=path, text=text, format=_FORMAT)
    return _in_yaml(file) if is_yaml(rendered(path)) else _in_properties(file)


def _in_properties(file: SourceFile) -> Iterator[Found]:
    entries = list(properties(file.text.value))
    last = {entry.name: entry for entry in entries}
    for entry in entries:
        if not _IMAGE.fullmatch(entry.name) or entry.value == "":
            continue
        place = file.trimmed_place((entry.start, entry.end), entry.name)
        if entry.value is None:
            detail = f"{quoted(place.text)} has an escape that Java refuses"
            yield Skipped(place=place, reason=Reason.UNPARSEABLE, detail=detail)
        elif last[entry.name] is not entry:
            detail = f"{quoted(place.text)} is set again below"
            yield Skipped(place=place, reason=Reason.DUPLICATE_KEY, detail=detail)
        else:
            yield _image(place, entry.name, entry.value)


def _in_yaml(file: SourceFile) -> Iterator[Found]:
    for document in documents(file.text):
        if isinstance(document, Broken):
            yield from file.broken(document)
            continue
        for at in below(NodeRef(document), VisitLimit()):
            node = at.node
            if not isinstance(node, Scalar) or node.null or not node.value.strip():
                continue
            name = ".".join(map(str, steps_below(None, at.path)))
            if not _IMAGE.fullmatch(name):
                continue
            place = file.place(at)
            if at.is_duplicate_key:
                reason = Reason.DUPLICATE_KEY
                yield Skipped(place=place, reason=reason, detail=DUPLICATE_KEY)
            else:
                yield _image(place, name, node.value)


def _image(place: Place, name: str, value: str) -> Found:
    if _COMPUTED.search(value):
        detail = f"{quoted(place.text)}: {Reason.VARIABLE.sentence}"
        return Skipped(place=place, reason=Reason.VARIABLE, detail=detail)
    found = classify(value.strip(), place)
    match = _IMAGE.fullmatch(name)
    if isinstance(found, Occurrence) and match and match["service"]:
        return replace(found, unpinnable_reason=_NO_DIGEST)
    return found
