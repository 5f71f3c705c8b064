"""Actions at a reference: lock, pin, unpin, and ignore a finding.

An action that edits is planned, and proven as on the command line, when the user has
chosen it. Only locking asks registries, when the user has chosen it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lsprotocol.types import (
    CodeAction,
    CodeActionKind,
    Command,
    OptionalVersionedTextDocumentIdentifier,
    TextDocumentEdit,
    TextEdit,
    WorkspaceEdit,
)

from imagelock.commands.console import LoggingConsole
from imagelock.commands.editing.pin import pin, unpin, with_plan, without_plan
from imagelock.dataclass import replace
from imagelock.errors import UsageError
from imagelock.lockfile.model import LOCKFILE
from imagelock.lockfile.writer import write
from imagelock.lsp.positions import PositionMap
from imagelock.model.finding import Rule
from imagelock.model.occurrence import Occurrence
from imagelock.model.source_text import Text
from imagelock.project.suppressions import comment_above
from imagelock.report.style import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path, PurePosixPath

    from lsprotocol.types import Range

    from imagelock.lsp.checked_folder import FolderResult
    from imagelock.lsp.client_support import ClientSupport
    from imagelock.lsp.lookup import FileLookup

LOCK: Final = "imagelock.lock"
EDIT: Final = "imagelock.edit"
_REASON: Final = "TODO: say why"
_RULES: Final = {rule.slug: rule for rule in Rule}


def offered_actions(
    actions: Iterable[CodeAction], client: ClientSupport
) -> Iterator[CodeAction | Command]:
    """Yield *actions* as *client* takes them, and none that it could not do.

    A client that does not ask for the edit of an action gets a command for it, which
    lets the server send the edit.
    """
    for action in actions:
        if action.command is None and not client.resolves_edits:
            if not client.applies_edits:
                continue
            action.command = Command(action.title, EDIT, arguments=[action.data])
            action.data = None
        if client.has_actions:
            yield action
        elif action.command:
            yield action.command


def actions_in(file: FileLookup, place: Range, uri: str) -> Iterator[CodeAction]:
    """Yield the actions for the references that *place* touches, without their edits."""
    for occurrence in file.occurrences_in(place):
        key, name = occurrence.reference.key, _name(occurrence)
        image = file.check.lockfile.images.get(key)
        data = {"uri": uri, "key": str(key), "line": occurrence.place.span.line}
        if image is None:
            title = "Lock the images of the project (asks registries)"
            yield CodeAction(
                title,
                CodeActionKind.QuickFix,
                command=Command(title, LOCK, arguments=[uri]),
            )
        elif occurrence.reference.digest is None:
            yield _action(f"Pin {name} to its digest", data, "pin")
        elif key in file.check.lockfile.pins:
            yield _action(f"Remove the digest of {name}", data, "unpin")
        slugs = {finding.rule.slug for finding in file.findings_of(occurrence)}
        for slug in sorted(slugs):
            yield _action(f"Ignore {slug} here", data, f"ignore {slug}")


def _name(occurrence: Occurrence) -> str:
    return printable(occurrence.as_written or occurrence.reference.key.familiar)


def _action(title: str, data: Mapping[str, object], name: str) -> CodeAction:
    return CodeAction(title, CodeActionKind.QuickFix, data={**data, "do": name})


def edit_of(
    file: FileLookup,
    data: Mapping[str, Any],
    result: FolderResult,
    client: ClientSupport,
) -> WorkspaceEdit:
    """Return the edit of the action with this *data*, as *client* takes it.

    Raises:
        ImagelockError: it cannot be done, and why.
    """
    name, _, slug = str(data.get("do")).partition(" ")
    if name == "ignore" and slug in _RULES:
        contents = {file.path: _ignored(file, int(data["line"]), _RULES[slug])}
    elif name in {"pin", "unpin"}:
        contents = _pinned(file, str(data["key"]), removes=name == "unpin")
    else:
        raise UsageError("this action is not known")
    edits = [_file_edit(file, path, new, result) for path, new in contents.items()]
    if client.has_document_changes:
        return WorkspaceEdit(
            document_changes=[TextDocumentEdit(*edit) for edit in edits]
        )
    return WorkspaceEdit({identity.uri: changes for identity, changes in edits})


def _ignored(file: FileLookup, line: int, rule: Rule) -> bytes:
    """Return the file with a comment above *line*, from 1, if that does what it says."""
    text = file.spans.text
    lines = text.value.split("\n")
    before = lines[line - 1]
    indent = before[: len(before) - len(before.lstrip())]
    end = "\r" if before.endswith("\r") else ""
    lines.insert(line - 1, indent + comment_above(file.path, rule, _REASON) + end)
    new = file.project.content(file.path)[: text.mark] + text.encode("\n".join(lines))
    after = [
        found.place
        for found in file.project.found({file.path: new})
        if isinstance(found, Occurrence) and found.place.path == file.path
    ]
    is_ignored = any(
        place.span.line == line + 1 and rule.slug in place.ignores for place in after
    )
    if not is_ignored or len(after) != len(file.occurrences):
        raise UsageError(f"no comment can be written there to ignore `{rule.slug}`")
    return new


def _pinned(file: FileLookup, key: str, *, removes: bool) -> dict[PurePosixPath, bytes]:
    """Return the files as they are with the digest, or without it, and the lockfile."""
    project = replace(file.project, paths=(file.path,))
    plan = unpin if removes else pin
    rewrite = plan(project, LoggingConsole(), [key], write=False)
    if not rewrite.new:
        reasons = {unchanged.reason for unchanged in rewrite.plan.unchanged}
        raise UsageError(f"nothing to edit: {'; '.join(sorted(reasons)) or 'done'}")
    change = without_plan if removes else with_plan
    lockfile = change(file.check.lockfile, rewrite.plan)
    return {**rewrite.new, LOCKFILE: write(lockfile).encode()}


def _file_edit(
    file: FileLookup, path: PurePosixPath, new: bytes, result: FolderResult
) -> tuple[OptionalVersionedTextDocumentIdentifier, list[TextEdit]]:
    """Return the smallest edit that makes *new* of the file at *path*."""
    before = Text.decode(file.project.content(path)).value
    after = Text.decode(new).value
    full: Path = file.check.root / path
    document = result.documents.get(full)
    uri = document.uri if document else full.as_uri()
    version = document.version if document else None
    start = _shared(before, after)
    end = _shared(before[start:][::-1], after[start:][::-1])
    place = PositionMap(before, result.encoding).range(start, len(before) - end)
    identity = OptionalVersionedTextDocumentIdentifier(uri, version)
    return identity, [TextEdit(place, after[start : len(after) - end])]


def _shared(text: str, other: str) -> int:
    """Return how many characters both texts begin with."""
    pairs = zip(text, other, strict=False)
    return next(
        (number for number, (a, b) in enumerate(pairs) if a != b),
        min(len(text), len(other)),
    )
