"""Which optional parts of the protocol a client has.

Editors differ: Eglot of Emacs 29 asks for no edit of an action that it was offered, and
shows no Markdown without a mode for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol.types import MarkupKind
from pygls.capabilities import get_capability

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from lsprotocol.types import ClientCapabilities


@dataclass(frozen=True, slots=True)
class ClientSupport:
    """What a client has.

    It asks for the edit of an action that the user chose (`resolves_edits`), applies an
    edit that the server sends (`applies_edits`), takes actions that are more than a
    command (`has_actions`), and takes edits of versions of documents
    (`has_document_changes`).
    """

    resolves_edits: bool
    applies_edits: bool
    has_actions: bool
    has_document_changes: bool
    shows_markdown: bool


def client_support(capabilities: ClientCapabilities) -> ClientSupport:
    """Return what a client with these *capabilities* has."""
    action = get_capability(capabilities, "text_document.code_action")
    edit = get_capability(capabilities, "workspace.workspace_edit")
    resolved = action.resolve_support if action and action.data_support else None
    formats = get_capability(capabilities, "text_document.hover.content_format")
    return ClientSupport(
        resolves_edits=bool(resolved and "edit" in resolved.properties),
        applies_edits=bool(get_capability(capabilities, "workspace.apply_edit")),
        has_actions=bool(action and action.code_action_literal_support),
        has_document_changes=bool(edit and edit.document_changes),
        shows_markdown=not formats or MarkupKind.Markdown in formats,
    )
