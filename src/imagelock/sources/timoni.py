"""Modules of Timoni in bundles, which are written in CUE.

https://timoni.sh/bundle/#instance-module
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.occurrence import Skipped
from imagelock.sources.helm.oci_chart import is_oci, oci_reference
from imagelock.sources.protocol import About
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.code_image import computed_image
from imagelock.sources.shared.source_file import SourceFile
from imagelock.syntax.code_groups import (
    Argument,
    CodeGroup,
    groups,
    is_mark,
    line_value,
)
from imagelock.syntax.code_tokens import KOTLIN, code_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

ABOUT: Final = About(
    recognised="`*.cue` with `bundle` and `instances`",
    read="`module` of instances: its `url` from `oci://`, `version` and `digest`",
    not_read="`values` of instances, and modules themselves; modules with `file://`",
    pinned="nowhere: write `digest` beside `version`",
    notes="CUE is not evaluated. A value that is not a text alone, such as one with an"
    " attribute (`@timoni(…)`) or a reference, is an `expression`. Without `version`,"
    " the tag is `latest`.",
)
_FORMAT: Final = "timoni"
_BUNDLE: Final = re.compile(r"^[ \t]*+\"?bundle\"?[ \t]*+:", re.MULTILINE)
_FIELDS: Final = frozenset({"url", "version", "digest"})
_MODULE: Final = "module"
_OWN_KEY: Final = "its digest has a key of its own, `digest`"


def matches(path: PurePosixPath, text: str) -> bool:
    """Match a bundle with instances; the catalog asks for these."""
    del path
    return _BUNDLE.search(text) is not None


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the module of each instance, in the order of the text."""
    del context
    file = SourceFile(path=path, text=text, format=_FORMAT)
    # The texts and comments of CUE are like those of Kotlin.
    for group in groups(code_tokens(text.value, KOTLIN)):
        for module in _modules(group, text.value):
            if finding := _module(file, module):
                yield finding


def _modules(group: CodeGroup, source: str) -> Iterable[dict[str, Argument]]:
    """Return the fields of each module directly in *group*.

    In `a: module: url: "…"`, one line has several keys.
    """
    modules: dict[tuple[str, ...], dict[str, Argument]] = {}
    for at, item in enumerate(group.items):
        # The text of a key may be in quotes.
        if item.text != _MODULE or not is_mark(group.item(at + 1), ":"):
            continue
        fields = modules.setdefault(tuple(_keys_before(group, at)), {})
        inner = group.item(at + 2)
        if isinstance(inner, CodeGroup) and inner.text == "{":
            for field in range(len(inner.items)):
                fields |= _field(inner, field, source)
        else:
            fields |= _field(group, at + 2, source)
    return modules.values()


def _keys_before(group: CodeGroup, at: int) -> Iterator[str]:
    while is_mark(group.item(at - 1), ":") and at > 1:
        at -= 2
        yield group.items[at].text


def _field(group: CodeGroup, at: int, source: str) -> dict[str, Argument]:
    """Return the field of a module that the item *at* names, if it does."""
    item = group.item(at)
    if item is None or item.text not in _FIELDS or not is_mark(group.item(at + 1), ":"):
        return {}
    value = line_value(group.items, at + 2, source)
    return {item.text: Argument("", value)} if value else {}


def _module(file: SourceFile, fields: dict[str, Argument]) -> Found | None:
    """Return the module of *fields*, or why it is not known; nothing for a folder."""
    if "url" not in fields:
        return None
    texts = {name: value.text for name, value in fields.items()}
    url = texts["url"]
    if url is not None and not is_oci(url.text):
        return None
    for name, text in texts.items():
        if text is None or "\\" in text.text:
            return computed_image(file, fields[name], f"module.{name}")
    version, digest = texts.get("version"), texts.get("digest")
    address = url.text if url else ""
    reference = oci_reference(address, version.text if version else "latest")
    reference += f"@{digest.text}" if digest else ""
    token = version or url
    if token is None:
        return None
    use = "module.version" if version else "module.url"
    place = file.trimmed_place((token.start, token.end), use)
    found = classify(reference, place)
    if isinstance(found, Skipped):
        return found
    return replace(found, unpinnable_reason=_OWN_KEY)
