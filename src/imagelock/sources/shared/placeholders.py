"""Values that people or programs replace before anything is pulled."""

from __future__ import annotations

import re
from typing import Final

_OF_ANY: Final = (
    "ACCOUNT|CHANGE|CHANGEME|CHANGEIT|DEPRECATED|DUMMY|FIXME|IGNORED|IMAGE|IMAGES|INSERT"
    "|NULL|OVERRIDDEN|OVERRIDE|PLACEHOLDER|REPLACE|REPLACEME|REQUIRED|SETME|TAG|TBD|TODO"
    "|UNDEFINED|UNSET|UNUSED|VERSION|X{3,}|YOUR"
)
_OF_NAMES: Final = "NAME|NAMESPACE|ORG|OWNER|PROJECT|REGISTRY|REPO|REPOSITORY|USERNAME"
_OF_TAGS: Final = "COMMIT|DIGEST|HASH|HERE|SHA"
_UPPER: Final = r"(?:[A-Z][A-Z0-9]*+[_-])*(?:{words})(?:[_-][A-Z]++)*"
_LOWER: Final = (
    r"(?:change[_-]?me|placeholder|replace[_-]?(?:me|this)|your[_-](?:account|app|image|name|org|project"
    r"|registry|repo|repository|tag|user|username|version)[a-z_-]*+)"
)
_VARIABLE: Final = r"[a-z]++(?:[A-Z][a-z]++)*(?:Tag|Version)(?:[A-Z][a-z]++)*"
_PLACEHOLDER: Final = re.compile(
    r"^<.*>$|<[A-Za-z_]|###[A-Za-z_]++###|@[A-Za-z_]+@|__[A-Za-z][A-Za-z0-9]*+(?:_[A-Za-z0-9]++)*__"
    r"|%[A-Za-z_]++%|^\+[A-Za-z_]++\+$|(?<!\$)\{[A-Za-z_]++\}|\[[A-Za-z _-]++\]"
    # Words for people, as no part of a name has a space.
    r"|(?:^|/)[A-Z]{2,}(?: [A-Z]++)++(?=[/:@]|$)"
    # Upper case with `_`, which neither a registry nor a repository can be.
    r"|^_*[A-Z][A-Z0-9]*_[A-Z0-9_]*(?=[/:]|$)"
    r"|^[A-Z0-9]*(?:IMAGE|IMG|BASE)(?=[:@]|$)"
    rf"|(?:^|/){_UPPER.format(words=f'{_OF_ANY}|{_OF_NAMES}')}(?=[/:@]|$)"
    rf"|^{_UPPER.format(words='ACCOUNT|CHANGE|REPLACE|YOUR|X{3,}')}(?=\.)"
    rf"|:{_UPPER.format(words=f'{_OF_ANY}|{_OF_TAGS}|BUILD_(?:ID|NUMBER)')}(?=@|$)"
    rf"|(?:^|[/:]){_LOWER}(?=[./:@]|$)|:(?:replace|replaced|set-by-[a-z-]++)(?=@|$)"
    r"|(?:^|/)(?:image|name|repo|repository):tag(?=@|$)"
    # A project of Google, whose id has no `_`; before 2016, some had.
    r"|^(?:[a-z.]*gcr\.io|[a-z0-9-]+-docker\.pkg\.dev)/"
    r"(?:project-id|(?:[a-z]++_)?project(?:_[a-z]++)+|[a-z]++_project)/"
    rf"|:{_VARIABLE}(?=@|$)"  # a name of a variable, which has no digits
    # Words and abbreviations in place of hex digits.
    r"|@sha256:(?:[a-f]*+[g-z_-][a-z_-]*+|[a-f0-9]*+\.\.\.)$"
    # The image of a gateway, which Istio puts there (istio.io, "Installing Gateways").
    "|^auto$"
)
"""Real tags are in upper case, too: `LTS`, `SNAPSHOT`, `RELEASE.2024-01-01`."""


def is_placeholder(value: str) -> bool:
    """Return whether *value*, in place of a reference, is or has a placeholder.

    `CHANGEME`, `acme/app:IMAGE_TAG`, `gcr.io/PROJECT-ID/app`, `<image>`, `@IMAGE@`,
    `app:__VERSION__`, `app:{version}`.
    """
    return _PLACEHOLDER.search(value) is not None
