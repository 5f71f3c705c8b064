"""What the `index.yaml` of a repository of charts says about a chart.

helm.sh/docs/topics/chart_repository: `entries` has a list of versions for each chart.
Indexes have tens of megabytes, and a tree of one takes a gigabyte. In the form that Helm
writes, the lines of a chart are found without reading the others; any other form is read
as a whole, if it is small. An index is untrusted text.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass
from imagelock.errors import ImagelockError
from imagelock.model.chart_address import is_exact_version
from imagelock.model.digest import Digest
from imagelock.model.source_text import Text
from imagelock.registry.http.failure import Failure, Missing
from imagelock.registry.http.untrusted_text import escape_for_terminal
from imagelock.syntax.yaml_json.documents import documents
from imagelock.syntax.yaml_json.paths import scalar_at
from imagelock.syntax.yaml_json.tree import Mapping, Sequence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from imagelock.syntax.yaml_json.tree import Node

LARGEST_INDEX: Final = 64 * 1024 * 1024
"""The largest index in bytes; those of large public repositories have about 20 MB."""

_LARGEST_TREE: Final = 4 * 1024 * 1024
"""The largest text in bytes of which a tree is made: a chart, or a small index."""
_MOST_FLOW: Final = 200_000
"""The most commas and brackets in it, each of which may be a node of the tree."""
_MOST_VERSIONS: Final = 20_000
_SHA256: Final = re.compile(r"[a-f0-9]{64}")

# An entry ends at the next line that is indented as little: possessive, so that the time
# is in proportion to the index.
_ENTRIES: Final = re.compile(rb"\nentries:[ \t]*+\r?(?=\n)")
_NEXT_KEY: Final = re.compile(rb"\n[^\s#]")
_INDENT: Final = re.compile(rb"(?:[ \t]*\r?\n|[ ]*#[^\n]*\n)*+( ++)[^\s#-]")


@dataclass(frozen=True, slots=True)
class ChartVersions:
    """The versions of a chart, with the digest of each archive if the index has it."""

    digests: dict[str, Digest | None]

    def digest(self, version: str) -> Digest:
        """Return the digest of the archive that Helm takes for *version*.

        Raises:
            Missing: the chart has no such version.
            Failure: the index does not state its digest.
        """
        exact = version if version in self.digests else self._alike(version)
        if exact is None:
            raise Missing(": its index has no such version")
        if (digest := self.digests[exact]) is None:
            hint = "ask for an index with digests, as `helm repo index` writes it"
            raise Failure(f"its index has no digest for version {version}", hint=hint)
        return digest

    def _alike(self, version: str) -> str | None:
        """Return the first version that is the same to Helm: with `v`, or build data."""
        wanted = _plain(version)
        return next((each for each in self.digests if _plain(each) == wanted), None)


def versions_of(index: bytes, chart: str) -> ChartVersions:
    """Return the versions of *chart* in *index*.

    Raises:
        Missing: there is no such chart.
        Failure: it is no index, or it cannot be read without making a huge tree.
    """
    part = _lines_of(index, chart)
    entries = _entries(index if part is None else part, whole=part is None)
    listed = entries.get(chart)
    if listed is None:
        raise Missing(": its index has no such chart")
    if not isinstance(listed, Sequence):
        raise _unusable("the entry of the chart is no list")
    digests: dict[str, Digest | None] = {}
    for version, digest in _versions(listed):
        if digests.setdefault(version, digest) != digest:
            raise _unusable(f"it states two digests for version {version}")
    return ChartVersions(digests)


def _lines_of(index: bytes, chart: str) -> bytes | None:
    """Return `entries` of *index* with *chart* alone; `None` if it has another form."""
    index = b"\n" + index
    start = _ENTRIES.search(index)
    if start is None:
        return None
    if _ENTRIES.search(index, start.end()):
        raise _unusable("it has `entries` twice")
    after = start.end()
    following = _NEXT_KEY.search(index, after)
    end = following.start() if following else len(index)
    indent = _INDENT.match(index, after + 1, end)
    if indent is None:
        return None
    depth = indent[1]
    name = re.escape(chart.encode())
    keys = re.compile(rb"\n%s(?:%s|\"%s\"|'%s')[ ]*:" % (depth, name, name, name))
    found = list(keys.finditer(index, after, end))
    if not found:
        return b"entries: {}\n"
    if len(found) > 1:
        raise _unusable("it has the chart twice")
    # A list may be indented as little as its key.
    sibling = re.compile(rb"\n {0,%d}[^\s#-]" % len(depth))
    last = sibling.search(index, found[0].end(), end)
    return b"entries:" + index[found[0].start() : last.start() if last else end]


def _entries(text: bytes, *, whole: bool) -> Mapping:
    if len(text) > _LARGEST_TREE:
        what = "it is not as Helm writes it, and too large" if whole else "too large"
        raise _unusable(f"{what} ({len(text) >> 20} MiB)")
    if sum(map(text.count, (b"[", b"{", b","))) > _MOST_FLOW:
        raise _unusable("it has too many lists")
    try:
        trees = list(documents(Text.decode(text)))
    except ImagelockError as error:
        raise _unusable(str(error)) from error
    tree = trees[0] if len(trees) == 1 else None
    entries = tree.get("entries") if isinstance(tree, Mapping) else None
    if not isinstance(entries, Mapping):
        raise _unusable("it has no `entries`")
    return entries


def _versions(listed: Sequence) -> Iterator[tuple[str, Digest | None]]:
    """Yield each version in the list of a chart, and its digest."""
    if len(listed.items) > _MOST_VERSIONS:
        raise _unusable(f"it has more than {_MOST_VERSIONS} versions of the chart")
    for item in listed.items:
        version = _text(item, "version")
        # Helm leaves out what is no version, too.
        if is_exact_version(version):
            yield version, _digest(_text(item, "digest"))


def _digest(text: str) -> Digest | None:
    if not text:
        return None
    # Helm writes only the digits.
    encoded = text.removeprefix("sha256:").lower()
    if not _SHA256.fullmatch(encoded):
        raise _unusable(
            f"`{escape_for_terminal(text)}` is not the digest of an archive"
        )
    return Digest("sha256", encoded)


def _text(item: Node, key: str) -> str:
    scalar = scalar_at(item, key) if isinstance(item, Mapping) else None
    return scalar.value.strip() if scalar and not scalar.null else ""


def _plain(version: str) -> str:
    return version.removeprefix("v").partition("+")[0]


def _unusable(why: str) -> Failure:
    return Failure(f"its `index.yaml` cannot be used: {why}")
