"""The form of a lockfile, checked where it enters."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from imagelock.errors import ImagelockError
from imagelock.lockfile.model import Contents, Pin, parts
from imagelock.model.digest import Digest
from imagelock.model.image import INDEX_TYPES, MANIFEST_TYPES, Image, PlatformManifest
from imagelock.model.platform import Platform
from imagelock.model.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _normal(parse: Callable[[str], object]) -> AfterValidator:
    """Accept only text that *parse* reads and that is already in normal form."""

    def check(text: str) -> str:
        try:
            normal = str(parse(text))
        except ImagelockError as error:
            raise ValueError(str(error)) from None
        if normal != text:
            message = f"`{text}` is not in normal form, which is `{normal}`"
            raise ValueError(message)
        return text

    return AfterValidator(check)


def _known_type(text: str) -> str:
    if text not in INDEX_TYPES | MANIFEST_TYPES:
        message = f"`{text}` is not the media type of an index or a manifest"
        raise ValueError(message)
    return text


def _form(text: str) -> str:
    if text:
        parts(text)
    return text


DigestText = Annotated[
    str,
    _normal(Digest.parse),
    Field(
        json_schema_extra={"pattern": "^(sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$"}
    ),
]


PlatformText = Annotated[str, _normal(Platform.parse)]


class PlatformEntry(BaseModel):
    """The manifest of one platform."""

    model_config = ConfigDict(extra="forbid", strict=True)

    name: Annotated[
        PlatformText,
        Field(description="`os/architecture[/variant]`, for example `linux/arm64/v8`."),
    ]
    digest: Annotated[DigestText, Field(description="Digest of its manifest.")]


class PinEntry(BaseModel):
    """A place in a file that holds the digest because `imagelock pin` wrote it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    file: Annotated[
        str, Field(description="Path of the file, from the root of the project.")
    ]
    use: Annotated[str, Field(description="Where in the file: a path or instruction.")]
    number: Annotated[
        int, Field(ge=1, description="Which of several such places, from 1.")
    ] = 1
    wrote: Annotated[
        str,
        AfterValidator(_form),
        Field(
            description="What was written, with `{digest}` or `{hex}` for the digest,"
            " if it was more than that: a tag, or a new key."
        ),
    ] = ""

    def pin(self) -> Pin:
        """Return the entry as the value that travels inside."""
        return Pin(PurePosixPath(self.file), self.use, self.number, self.wrote)


class ImageEntry(BaseModel):
    """One locked image."""

    model_config = ConfigDict(extra="forbid", strict=True)

    reference: Annotated[
        str,
        _normal(Reference.parse),
        Field(description="Normal form: registry, repository, and tag or digest."),
    ]
    digest: Annotated[
        DigestText,
        Field(description="Digest of the index, or of the manifest if there is none."),
    ]
    media_type: Annotated[
        str,
        AfterValidator(_known_type),
        Field(
            alias="media-type",
            description="Media type of what the digest names; an entry without it"
            " was imported, and `imagelock lock` completes it.",
            json_schema_extra={"enum": sorted(INDEX_TYPES | MANIFEST_TYPES)},
        ),
    ] = ""
    release: Annotated[
        str | None,
        Field(description="The publisher's `org.opencontainers.image.version`."),
    ] = None
    source: Annotated[
        str | None,
        Field(description="The publisher's `org.opencontainers.image.source`."),
    ] = None
    revision: Annotated[
        str | None,
        Field(description="The publisher's `org.opencontainers.image.revision`."),
    ] = None
    platforms: Annotated[
        list[PlatformEntry],
        Field(description="The declared platforms that the image has."),
    ] = []
    pinned: Annotated[
        list[PinEntry],
        Field(description="The places in which `imagelock pin` wrote the digest."),
    ] = []

    @model_validator(mode="after")
    def _is_named_by_its_key(self) -> Self:
        reference = Reference.parse(self.reference)
        if reference.digest and str(reference.digest) != self.digest:
            message = f"`{reference}` is locked to another digest, `{self.digest}`"
            raise ValueError(message)
        if reference.key != reference:
            message = f"`{reference}` has a tag and a digest; its entry is the tag's"
            raise ValueError(message)
        return self

    def image(self) -> Image:
        """Return the entry as the value that travels inside."""
        return Image(
            reference=Reference.parse(self.reference),
            digest=Digest.parse(self.digest),
            media_type=self.media_type,
            platforms=tuple(
                PlatformManifest(Platform.parse(p.name), Digest.parse(p.digest))
                for p in self.platforms
            ),
            release=self.release,
            source=self.source,
            revision=self.revision,
        )


class LockfileDocument(BaseModel):
    """`images.lock`: what each image reference of a project stands for."""

    model_config = ConfigDict(
        extra="forbid", strict=True, title="imagelock lockfile, version 1"
    )

    version: Annotated[Literal[1], Field(description="Version of this format.")]
    platforms: Annotated[
        list[PlatformText],
        Field(description="The platforms that the project declares."),
    ] = []
    image: Annotated[list[ImageEntry], Field(description="The locked images.")] = []

    def contents(self) -> Contents:
        """Return the document as the values that travel inside."""
        return Contents(
            platforms=tuple(Platform.parse(name) for name in self.platforms),
            images=tuple(
                (entry.image(), tuple(pin.pin() for pin in entry.pinned))
                for entry in self.image
            ),
        )


def contents(data: Mapping[str, object]) -> Contents:
    """Return what a lockfile with the tables *data* holds.

    Raises:
        ValidationError: they are not of this format.
    """
    return LockfileDocument.model_validate(data).contents()


def json_schema() -> dict[str, object]:
    """Return the JSON Schema of the format, as `docs/reference` has it."""
    schema = LockfileDocument.model_json_schema(by_alias=True)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
