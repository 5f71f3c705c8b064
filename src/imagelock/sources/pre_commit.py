"""Images of hooks of pre-commit with `language: docker_image`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.sources.protocol import About
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.merge_uses import merge_uses
from imagelock.sources.shared.source_file import DUPLICATE_KEY, SourceFile
from imagelock.syntax.yaml_json.documents import Broken, documents
from imagelock.syntax.yaml_json.offset_map import map_offsets
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    dotted,
    scalar_at,
    select,
)
from imagelock.syntax.yaml_json.tree import Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

ABOUT: Final = About(
    recognised="`.pre-commit-config.yaml` and `.pre-commit-hooks.yaml`",
    read="the image in `entry` of hooks with `language: docker_image`: its first word"
    " that is neither an option of `docker run` nor the value of one",
    not_read="hooks in other languages, such as `docker`, which builds an image; hooks"
    " of other repositories, whose files are there",
    pinned="behind the tag, in the middle of `entry`",
    notes="An `entry` that names an image for a hook of another repository is skipped"
    " (`needs-base`) if the language is not written beside it.",
)
_WORD: Final = re.compile(r"""(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*+"|'[^']*+')++""")
_LANGUAGE: Final = "docker_image"
_SWITCHES: Final = frozenset(
    {
        "--detach",
        "--disable-content-trust",
        "--init",
        "--interactive",
        "--no-healthcheck",
        "--oom-kill-disable",
        "--privileged",
        "--publish-all",
        "--quiet",
        "--read-only",
        "--rm",
        "--sig-proxy",
        "--tty",
        "--use-api-socket",
    }
)
"""The options of `docker run` without a value."""

_SHORT_SWITCHES: Final = re.compile(r"-[diPqt]*+")


def matches(path: PurePosixPath, text: str) -> bool:
    """Match any text with `entry`, which is a keyword of the catalog."""
    del path, text
    return True


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the image of each hook."""
    del context
    file = SourceFile(path=path, text=text, format="pre-commit")
    for document in documents(text):
        if isinstance(document, Broken):
            yield from file.broken(document)
            continue
        hooks = (
            "[].entry" if isinstance(document, Sequence) else "repos[].hooks[].entry"
        )
        entries = select(NodeRef(document), hooks, VisitLimit())
        found = (_image(file, at) for at in entries)
        yield from merge_uses(finding for finding in found if finding)


def _image(file: SourceFile, at: NodeRef) -> Found | None:
    """Return the image in the `entry` *at* of a hook, if it has one."""
    language = scalar_at(at.parent, "language")
    node = at.node
    if not isinstance(node, Scalar) or (language and language.value != _LANGUAGE):
        return None
    if (extent := _image_word(node.value)) is None:
        return None
    start, end = map_offsets(file.text.value, node).range(*extent)
    place = file.place_of(start, end, dotted(at.path))
    if at.is_duplicate_key:
        return Skipped(place=place, reason=Reason.DUPLICATE_KEY, detail=DUPLICATE_KEY)
    value = node.value[slice(*extent)]
    finding = classify(value, place)
    if language is not None:
        return finding
    if (
        not isinstance(finding, Occurrence)
        or finding.tag_is_implied
        or "/" not in value
    ):
        return None
    detail = f"`{value}`: the repository of the hook decides whether it is an image"
    return Skipped(place=place, reason=Reason.NEEDS_BASE, detail=detail)


def _image_word(entry: str) -> tuple[int, int] | None:
    """Return the characters of the image in *entry*, the end of a `docker run`."""
    words = _WORD.finditer(entry)
    for word in words:
        option = word[0]
        if not option.startswith("-"):
            quotes = option[0] in {'"', "'"}
            return word.start() + quotes, word.end() - quotes
        if _takes_next(option):
            next(words, None)
    return None


def _takes_next(option: str) -> bool:
    """Return whether the next word is the value of *option* of `docker run`."""
    if option.startswith("--"):
        return "=" not in option and option not in _SWITCHES
    switches = _SHORT_SWITCHES.match(option)
    # A letter with a value has it in the rest of the word, or in the next one.
    return switches is not None and len(option) - switches.end() == 1
