"""The README for PyPI, where relative links lead nowhere: they get the address of the tag."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from hatchling.metadata.plugin.interface import MetadataHookInterface

_PAGES: Final = "https://github.com/imagelock/imagelock/blob"
_FILES: Final = "https://raw.githubusercontent.com/imagelock/imagelock"
_LINK: Final = re.compile(r"(?<=\]\()(?![a-z]+:|#)(?=[^)\s]+\))")
_PICTURE: Final = re.compile(r'(?<=src=")(?![a-z]+:)|(?<=srcset=")(?![a-z]+:)')


class ReadmeHook(MetadataHookInterface):
    """The hook that `pyproject.toml` names."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Set the field `readme` of *metadata*, which has the version."""
        text = (Path(self.root) / "README.md").read_text(encoding="utf-8")
        metadata["readme"] = {
            "content-type": "text/markdown",
            "text": absolute(text, f"v{metadata['version']}"),
        }


def absolute(text: str, revision: str) -> str:
    """Return Markdown *text* whose links and pictures are those of *revision*."""
    text = _LINK.sub(f"{_PAGES}/{revision}/", text)
    return _PICTURE.sub(f"{_FILES}/{revision}/", text)
