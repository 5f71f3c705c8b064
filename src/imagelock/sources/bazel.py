"""Base images in Bazel: `oci.pull`, `oci_pull`, `pull` and `container_pull`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, replace
from imagelock.model.occurrence import DigestSlot, Occurrence, Reason, Skipped
from imagelock.sources.protocol import About
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.source_file import SourceFile, quoted
from imagelock.syntax.code_groups import Argument, CodeGroup, arguments, groups
from imagelock.syntax.code_tokens import STARLARK, code_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.syntax.code_tokens import CodeToken

ABOUT: Final = About(
    recognised="`MODULE.bazel`, `WORKSPACE`, `WORKSPACE.bazel`, and `*.MODULE.bazel`"
    " and `*.bzl`, that pull an image",
    read="`image`, or `registry` and `repository`, with `tag` and `digest`, of"
    " `oci.pull` and `oci_pull` (rules_oci), `pull` (rules_img) and `container_pull`"
    " (rules_docker)",
    not_read="other rules; calls in which a name or a function decides the image"
    " (`expression`)",
    pinned="in `digest`, beside the tag; behind the tag if `image` has it",
    notes="Versions of rules_oci before 2 refuse a `digest` beside a `tag`. A `digest`"
    " alone is locked as it is: without a tag, nothing says what to update it to.",
)
_PULL: Final = re.compile(
    r"\b(?:oci_pull|container_pull)\s*\(|\.\s*pull\s*\(|@{1,2}rules_img\b"
)
_EXTENSION: Final = re.compile(
    r"^[ \t]*+(\w+)\s*=\s*use_extension\s*\(\s*[\"']@{1,2}rules_(?:oci|img)\b",
    re.MULTILINE,
)
_RULE: Final = re.compile(
    r"^[ \t]*+(\w+)\s*=\s*use_repo_rule\s*\(\s*"
    r"[\"']@{1,2}rules_img//[^\"']*[\"']\s*,\s*[\"']pull[\"']",
    re.MULTILINE,
)
_LOAD: Final = re.compile(
    r"\bload\s*\(\s*[\"']@{1,2}rules_img//[^\"']*[\"']\s*,([^()]*)\)"
)
_LOADED: Final = re.compile(r"(?:(\w+)\s*=\s*)?[\"']pull[\"']")
_RULES: Final = frozenset({"oci_pull", "container_pull"})
_PLAIN: Final = re.compile(r"[^\\{}%]*+")
_OWN_TAG: Final = re.compile(r"(?<!^):[^/:@]++(?:@|$)")


def matches(path: PurePosixPath, text: str) -> bool:
    """Match a file that calls something that pulls."""
    del path
    return _PULL.search(text) is not None


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the image of each call, in the order of the text."""
    del context
    file = SourceFile(path=path, text=text, format="bazel")
    extensions = frozenset(_EXTENSION.findall(text.value))
    rules = _RULES | frozenset(_rules_of_img(text.value))
    for group in groups(code_tokens(text.value, STARLARK)):
        if group.text != "(" or not _pulls(group, extensions, rules):
            continue
        named = {each.name: each for each in arguments(group.items) if each.name}
        finding = _Pull(file, named).finding()
        if finding is not None:
            yield finding


def _rules_of_img(source: str) -> Iterator[str]:
    """Yield the names that *source* gives the rule `pull` of rules_img."""
    yield from _RULE.findall(source)
    for loaded in _LOAD.findall(source):
        for name in _LOADED.findall(loaded):
            yield name or "pull"


def _pulls(group: CodeGroup, extensions: frozenset[str], rules: frozenset[str]) -> bool:
    """Return whether *group* has the arguments of a call that pulls."""
    owner, _, name = group.name.rpartition(".")
    if name in rules and (not owner or name in _RULES):
        return not group.is_definition
    return name == "pull" and owner in extensions


@dataclass(frozen=True, slots=True)
class _Pull:
    """A call that pulls, with its *arguments* by name."""

    file: SourceFile
    arguments: dict[str, Argument]

    def finding(self) -> Found | None:
        """Return the image, or why it is not known."""
        key = "image" if "image" in self.arguments else "repository"
        if key not in self.arguments:
            return None
        parts = {
            part: self._text(part)
            for part in (key, "registry", "tag", "digest")
            if part in self.arguments
        }
        if "registries" in self.arguments and "registry" not in parts:
            parts["registry"] = self._first("registries")
        if any(token is None for token in parts.values()):
            place = self.file.place_of(*self.arguments[key].extent, key)
            detail = f"{quoted(place.text)} is computed when Bazel runs"
            return Skipped(place=place, reason=Reason.EXPRESSION, detail=detail)
        return self._classified(key, {k: t for k, t in parts.items() if t})

    def _text(self, part: str) -> CodeToken | None:
        """Return the only token of an argument, if that is a plain text."""
        token = self.arguments[part].text
        return token if token and _PLAIN.fullmatch(token.text) else None

    def _first(self, part: str) -> CodeToken | None:
        """Return the first item of a list, if that is a plain text.

        rules_img asks its `registries` one after the other.
        """
        groups = self.arguments[part].items
        items = groups[0].items if isinstance(groups[0], CodeGroup) else []
        is_plain = items and items[0].is_text and _PLAIN.fullmatch(items[0].text)
        return items[0] if is_plain else None

    def _classified(self, key: str, parts: dict[str, CodeToken]) -> Found:
        name = parts[key]
        value = name.text
        if registry := parts.get("registry"):
            value = f"{registry.text}/{value}"
        tag, digest = parts.get("tag"), parts.get("digest")
        if key == "image":
            # What the image has itself, rules_oci prefers (`oci_pull` in oci/pull.bzl).
            digest = None if "@" in value else digest
            tag = None if _OWN_TAG.search(value) else tag
        value += f":{tag.text}" if tag and tag.text else ""
        value += f"@{digest.text}" if digest and digest.text else ""
        finding = classify(value, self.file.place_of(name.start, name.end, key))
        if not isinstance(finding, Occurrence) or not (tag or digest):
            return finding
        return replace(
            finding,
            slot=self._slot(tag, digest),
            tag=self.file.text.span(tag.start, tag.end) if tag else None,
            tag_is_implied=False,
        )

    def _slot(
        self, tag: CodeToken | None, digest: CodeToken | None
    ) -> DigestSlot | None:
        """Return the slot in the digest, or in a new argument behind the tag."""
        if digest is not None:
            return DigestSlot(self.file.text.span(digest.start, digest.end), "{digest}")
        if tag is None:
            return None
        end = tag.end + 1
        return DigestSlot(
            self.file.text.span(end, end),
            f'{self._separator(tag)}digest = "{{digest}}"',
        )

    def _separator(self, tag: CodeToken) -> str:
        """Return what is between two arguments: the blanks before that of *tag*."""
        source = self.file.text.value
        line = source.rfind("\n", 0, tag.start) + 1
        before = source[line : tag.start]
        indent = before[: len(before) - len(before.lstrip())]
        ending = "\r\n" if source[max(line - 2, 0) : line] == "\r\n" else "\n"
        is_first = before.lstrip().startswith("tag")
        return f",{ending}{indent}" if is_first and line else ", "
