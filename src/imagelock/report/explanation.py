"""Explanations of `list IMAGE`: the lockfile entry and every use of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.errors import RegistryError
from imagelock.model.occurrence import Skipped
from imagelock.report.style import Style, printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from imagelock.commands.base_chain import BaseChain
    from imagelock.commands.list import Explanation
    from imagelock.model.base_image import BaseImage
    from imagelock.model.occurrence import Found
    from imagelock.model.reference import Reference


def format_explanations(
    explanations: Sequence[Explanation],
    *,
    style: Style,
    chains: Mapping[Reference, Sequence[BaseChain] | RegistryError] | None = None,
) -> str:
    """Return a block for each image, with its bases if there are *chains*."""
    return "\n".join(
        "".join(_block(explanation, style, (chains or {}).get(explanation.key, ())))
        for explanation in explanations
    )


def _block(
    explanation: Explanation,
    style: Style,
    chains: Sequence[BaseChain] | RegistryError,
) -> Iterator[str]:
    yield f"{style.bold(printable(explanation.name))}\n"
    image = explanation.image
    if image is None:
        yield "  not locked\n"
    else:
        platforms = ", ".join(str(manifest.platform) for manifest in image.platforms)
        release = f", release {printable(image.release)}" if image.release else ""
        yield f"  locked to {style.green(str(image.digest))}\n"
        if platforms:
            yield f"    for {platforms}{release}\n"
        if image.signer:
            yield f"    signed by {printable(str(image.signer))}\n"
    yield from _bases(chains)
    for pattern in sorted({row.held for row in explanation.rows if row.held}):
        yield f'  held by `[images."{printable(pattern)}"]`: `update` skips it\n'
    if not explanation.rows:
        yield "  not used by any file\n"
    for row in explanation.rows:
        yield from _uses(row.found, style)


def _bases(chains: Sequence[BaseChain] | RegistryError) -> Iterator[str]:
    """Yield the bases, each below what is built on it; an error is shown elsewhere."""
    for chain in () if isinstance(chains, RegistryError) else chains:
        for depth, base in enumerate(chain.bases):
            platforms = "" if depth else f" ({', '.join(map(str, chain.platforms))})"
            yield f"{'':{4 + 2 * depth}}built on {_base(base)}{platforms}\n"


def _base(base: BaseImage) -> str:
    if base.is_scratch:
        return "nothing (scratch)"
    if base.reference is None:
        names = ", ".join(printable(str(each)) for each in base.candidates)
        candidates = f" ({names})" if names else ""
        return f"something unknown: {printable(base.unknown_reason or '')}{candidates}"
    digest = base.reference.digest
    shown = f" at {digest}" if digest else ""
    name = printable(base.reference.key.familiar.partition("@")[0])
    return f"`{name}`{shown}, as its {base.evidence} states"


def _uses(found: Found, style: Style) -> Iterator[str]:
    place = found.place
    where = printable(place.label)
    text = printable(" ".join(place.text.split()))
    if isinstance(found, Skipped):
        yield f"  {found.reason.slug} at {style.bold(where)}: {printable(found.detail)}\n"
        return
    yield f"  used at {style.bold(where)}: `{text}` ({place.format})\n"
    for use in place.uses:
        yield f"    as {printable(use)}\n"
    origins = dict(found.origins)
    for name in found.variables:
        origin = origins.get(name)
        source = f", set by {printable(origin)}" if origin else ""
        yield f"    from variable {printable(name)}{source}\n"
    if place.ignores:
        yield f"    ignores {', '.join(sorted(place.ignores))}\n"
