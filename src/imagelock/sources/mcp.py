"""Images in settings of the Model Context Protocol: servers that run in containers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.sources.protocol import About
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.source_file import SourceFile, quoted
from imagelock.sources.shell.programs import images
from imagelock.sources.shell.words import ShellWord, WordPiece
from imagelock.syntax.toml_tree import documents as toml_documents
from imagelock.syntax.yaml_json.documents import Broken, with_comments
from imagelock.syntax.yaml_json.paths import (
    NodeRef,
    VisitLimit,
    dotted,
    scalar_at,
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
    from imagelock.sources.shell.image_word import ImageWord
    from imagelock.syntax.yaml_json.tree import Node

ABOUT: Final = About(
    recognised="`.json` with `mcp` in the name (`.vscode/mcp.json`, `.cursor/mcp.json`,"
    " `.mcp.json`), `claude_desktop_config.json`, `opencode.json`,"
    " `.vscode/settings.json` and those of Gemini, Qwen, Zed and Amazon Q, and"
    " `.codex/config.toml`, with servers; `server.json` for"
    " a registry of servers",
    read="the image of `docker run` (or `podman`, `nerdctl`) in `command` and `args` of a"
    " server; `packages[].identifier` with the `registryType` `oci`",
    not_read="servers that other programs run, and scripts in arguments; servers with a"
    " `url`; other packages",
    pinned="behind the tag; a `version` apart from its `identifier` stays without",
    notes="JSON may have comments and trailing commas. A command with an option that is"
    " not known, before the image, is skipped, and so are variables (`${input:…}`).",
)
_SERVERS: Final = re.compile(
    r'"(?:mcpServers|servers|mcp|context_servers)"\s*+:\s*+\{|^\[mcp_servers\b',
    re.MULTILINE,
)
_PACKAGES: Final = re.compile(r'"registry(?:Type|_type)"\s*+:\s*+"(?:oci|docker)"')
_ENGINE: Final = re.compile(r'"(?:[^"]*/)?(?:docker|podman|nerdctl|finch)"')
_VARIABLE: Final = re.compile(r"\$[{A-Za-z]")
_PLACES: Final = (
    *("mcpServers.*", "servers.*", "mcp.servers.*", "mcp.mcpServers.*", "mcp.*"),
    *("context_servers.*", "mcp_servers.*"),
)
_VERSION: Final = "its tag is the `version` of the package"


def matches(path: PurePosixPath, text: str) -> bool:
    """Match settings with a server in a container, and packages with an image."""
    if path.name.lower() == "server.json":
        return _PACKAGES.search(text) is not None
    return bool(_SERVERS.search(text) and _ENGINE.search(text))


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the image of each server, in the order of the text."""
    del context
    file = SourceFile(path=path, text=text, format="mcp")
    is_toml = path.suffix.lower() == ".toml"
    for document in toml_documents(text) if is_toml else with_comments(text):
        if isinstance(document, Broken):
            yield from file.broken(document)
            continue
        found = {
            finding.place.span.start: finding
            for finding in (*_servers(file, document), *_packages(file, document))
        }
        yield from (finding for _, finding in sorted(found.items()))


def _servers(file: SourceFile, document: Node) -> Iterator[Found]:
    for place in _PLACES:
        for at in select(NodeRef(document), place, VisitLimit()):
            words = list(_words(at.node))
            for image in images(words[0].text or "", words[1:]) if words else ():
                yield _found(file, image, f"{dotted(at.path)}.args")


def _words(server: Node | None) -> Iterator[ShellWord]:
    """Yield the words of the command of *server*, and of its arguments."""
    if not isinstance(server, Mapping):
        return
    command = server.get("command")
    if isinstance(command, Mapping):  # Zed had both in one mapping
        nodes = [command.get("path"), command.get("args")]
    else:
        nodes = [command, server.get("args")]
    for node in nodes:
        for item in node.items if isinstance(node, Sequence) else (node,):
            if isinstance(item, Scalar) and not item.null:
                piece = WordPiece(item.start, item.end, item.value, is_quoted=True)
                yield ShellWord((piece,))


def _found(file: SourceFile, image: ImageWord, use: str) -> Found:
    value = image.word.text or ""
    characters = image.word.extent(file.text.value)
    place = file.trimmed_place(characters, use)
    if image.problem:
        detail = f"{quoted(place.text)}: {image.problem}"
        return Skipped(place=place, reason=Reason.VARIABLE, detail=detail)
    return _classified(value, file, characters, use)


def _classified(
    value: str, file: SourceFile, characters: tuple[int, int], use: str
) -> Found:
    place = file.trimmed_place(characters, use)
    if _VARIABLE.search(value):
        detail = f"{quoted(place.text)}: {Reason.VARIABLE.sentence}"
        return Skipped(place=place, reason=Reason.VARIABLE, detail=detail)
    return classify(value, place)


def _packages(file: SourceFile, document: Node) -> Iterator[Found]:
    """Yield the images in `packages`, with the `version` that may be their tag."""
    for at in select(NodeRef(document), "packages[]", VisitLimit()):
        kind = text_at(at.node, "registryType") or text_at(at.node, "registry_type")
        name = scalar_at(at.node, "identifier")
        if kind not in {"oci", "docker"} or name is None or not name.value.strip():
            continue
        use = f"{dotted(at.path)}.identifier"
        version = scalar_at(at.node, "version")
        is_whole = ":" in name.value.rpartition("/")[2] or "@" in name.value
        if is_whole or version is None or not version.value.strip():
            yield _classified(name.value, file, (name.start, name.end), use)
            continue
        value = f"{name.value}:{version.value}"
        finding = _classified(value, file, (name.start, name.end), use)
        if isinstance(finding, Occurrence):
            tag = file.text.span(version.start, version.end)
            finding = replace(finding, tag=tag, unpinnable_reason=_VERSION)
        yield finding
