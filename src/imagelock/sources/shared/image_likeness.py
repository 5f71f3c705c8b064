"""What looks like the name of an image in YAML, and is none."""

from __future__ import annotations

import re
from typing import Final

SILENT_KEYS: Final = frozenset(
    {
        "annotations",
        "imageChangeParams",
        "labels",
        "matchLabels",
        "metadata",
        "nodeSelector",
        "rbd",
        "withItems",
    }
)
"""Keys below which nothing is a reference, in any kind."""

DISK_OR_PICTURE: Final = re.compile(
    r"(?i)(?:^|/)global/images/|\.(?:gif|ico|img|iso|jpe?g|ova|png|qcow2|raw|svg"
    r"|tar|tar\.[gx]z|tgz|vmdk|webp)$"
)
"""What `image` often is where it is no container image."""
