"""What a scan of a Dockerfile yields: names of images, and texts that are none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass

if TYPE_CHECKING:
    from imagelock.model.occurrence import Reason
    from imagelock.sources.dockerfile.stages import ReasonAndDetail
    from imagelock.syntax.yaml_json.source_slice import SourceSlice

SYNTAX: Final = "# syntax"
"""The `instruction` of the image that reads the Dockerfile, the frontend."""

FRONTEND: Final = "BUILDKIT_SYNTAX"
"""The build argument with the frontend, which overrides `# syntax=`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedImage:
    """Text that names an image; a registry need not be able to serve it.

    `start` and `end` are character offsets, and `value` is the expanded text.
    `variables` are the ARGs that decided it: each one in the text, followed by those
    that decided its own value. `varies_by_platform` is true if another platform
    gives another value. `tag` are the offsets of its tag, unless that is the end of
    the text.
    """

    start: int
    end: int
    instruction: str
    value: str
    variables: tuple[str, ...] = ()
    varies_by_platform: bool = False
    tag: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedName:
    """Text that names no image, or an unknown one, and why."""

    start: int
    end: int
    instruction: str
    reason: Reason
    detail: str
    variables: tuple[str, ...] = ()


ScannedName = NamedImage | RefusedName


def named(
    text: SourceSlice, instruction: str, value: str, variables: tuple[str, ...] = ()
) -> NamedImage:
    """Return that *text* in *instruction* names the image *value*."""
    return NamedImage(
        start=text.start,
        end=text.end,
        instruction=instruction,
        value=value,
        variables=variables,
    )


def refused(
    text: SourceSlice,
    instruction: str,
    refusal: ReasonAndDetail,
    variables: tuple[str, ...] = (),
) -> RefusedName:
    """Return that *text* in *instruction* names no known image, and why."""
    reason, detail = refusal
    return RefusedName(
        start=text.start,
        end=text.end,
        instruction=instruction,
        reason=reason,
        detail=detail,
        variables=variables,
    )
