"""The picture of moving tags: a story, drawn as `history --format svg` draws it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from imagelock.commands.history.timeline import Commit, TimelineBuilder
from imagelock.model.digest import Digest
from imagelock.model.image import OCI_MANIFEST, Image
from imagelock.model.reference import Reference
from imagelock.report.timeline_svg import TIMELINE_STYLE, timeline_picture

START: Final = datetime(2026, 3, 2, tzinfo=UTC)
END: Final = START + timedelta(days=98)
STORY: Final = {
    "nginx:1.27": ((0, "1.27.0"), (29, "1.27.1"), (61, "1.27.2"), (84, "1.27.3")),
    "python:3.12-slim": (
        (0, "3.12.3"),
        (14, "3.12.3 rebuilt"),
        (38, "3.12.4"),
        (70, "3.12.4 rebuilt"),
    ),
    "ghcr.io/acme/shop:v1": ((0, "1.0.4"), (45, "experiment"), (59, "1.0.4")),
}
"""For each tag what was pushed to it, and the day."""


def moving_tags() -> str:
    """Return the picture: three tags that stay the same, and what was behind them."""
    builder = TimelineBuilder()
    for name, pushes in STORY.items():
        key = Reference.parse(name).key
        before: dict[Reference, Image] = {}
        for day, release in pushes:
            digest = Digest.of(f"{name} {release}".encode())
            image = Image(
                reference=key, digest=digest, media_type=OCI_MANIFEST, release=release
            )
            after = {key: image}
            date = START + timedelta(days=day)
            builder.add(Commit(digest.encoded[:40], date, release), before, after)
            before = after
    style = f"<style>\n{TIMELINE_STYLE}</style>\n"
    return timeline_picture(builder.timelines(), [END], style=style)
