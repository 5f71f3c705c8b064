"""Values in YAML that look like images and are none."""

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
    r"(?i)(?:^|/)global/images/|^family/|\.(?:gif|ico|img|iso|jpe?g|ova|png|qcow2|raw|svg"
    r"|tar|tar\.[gx]z|tgz|vmdk|webp)$"
)
"""Common values of `image` that are no container images."""
