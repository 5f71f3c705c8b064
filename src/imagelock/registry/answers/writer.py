"""Write a file of answers: a line for each, so that it can be compared and searched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from imagelock.model.utc_text import utc_text
from imagelock.registry.answers.model import VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagelock.model.digest import Digest
    from imagelock.registry.answers.model import AnswerFile, ManifestDocument, TagAnswer


def write_answers(answers: AnswerFile) -> bytes:
    """Return *answers* as JSON in ASCII, sorted; the same for the same answers."""
    tags = sorted(answers.tags.values(), key=lambda answer: str(answer.reference))
    documents = sorted(answers.documents.items(), key=lambda item: str(item[0]))
    text = (
        f'{{\n  "version": {VERSION},\n'
        f'  "answers": {_lines(map(_answer, tags))},\n'
        f'  "documents": {_lines(_document(*item) for item in documents)}\n}}\n'
    )
    return text.encode("ascii")


def _lines(objects: Iterable[dict[str, Any]]) -> str:
    lines = [f"    {json.dumps(each)}" for each in objects]
    return "[\n" + ",\n".join(lines) + "\n  ]" if lines else "[]"


def _answer(answer: TagAnswer) -> dict[str, Any]:
    values = {
        "reference": str(answer.reference),
        "asked_at": answer.asked_at and utc_text(answer.asked_at),
        "digest": answer.digest and str(answer.digest),
        "not_found": answer.missing,
        "failed_at": answer.failed_at and utc_text(answer.failed_at),
        "failure": answer.failure,
    }
    return {key: value for key, value in values.items() if value is not None}


def _document(digest: Digest, document: ManifestDocument) -> dict[str, Any]:
    platform = document.platform
    return {
        "digest": str(digest),
        "media_type": document.media_type,
        **({} if platform is None else {"platform": str(platform)}),
        "text": document.text,
    }
