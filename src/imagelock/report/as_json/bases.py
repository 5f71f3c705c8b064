"""Bases of images as objects of the JSON contract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imagelock.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imagelock.commands.base_chain import BaseChain
    from imagelock.commands.bases import BaseStatus
    from imagelock.model.base_image import BaseImage
    from imagelock.model.digest import Digest
    from imagelock.model.reference import Reference


def base_object(status: BaseStatus) -> dict[str, Any]:
    """Return the base of an image, compared with what its tag has now."""
    built_on = status.built_on
    base = built_on.base
    return {
        "reference": str(built_on.reference),
        "platforms": [str(platform) for platform in built_on.platforms],
        "status": status.state.value,
        **_stated_base(base),
        "now": _text(status.now),
        "reason": status.reason,
    }


def chain_objects(
    chains: Mapping[Reference, Sequence[BaseChain] | RegistryError], key: Reference
) -> dict[str, Any]:
    """Return the bases of the image *key*, by its platforms, the nearest first."""
    answer = chains.get(key, ())
    if isinstance(answer, RegistryError):
        return {"bases": None, "error": str(answer)}
    rows = [
        {
            "platforms": [str(platform) for platform in chain.platforms],
            "chain": [
                {
                    **_stated_base(base),
                    "scratch": base.is_scratch,
                    "reason": base.unknown_reason,
                }
                for base in chain.bases
            ],
        }
        for chain in answer
    ]
    return {"bases": rows, "error": None}


def _stated_base(base: BaseImage) -> dict[str, Any]:
    return {
        "base": str(base.reference.key) if base.reference else None,
        "digest": _text(base.reference.digest if base.reference else None),
        "stated_by": base.evidence.value if base.evidence else None,
        "candidates": [str(each) for each in base.candidates],
    }


def _text(digest: Digest | None) -> str | None:
    return str(digest) if digest else None
