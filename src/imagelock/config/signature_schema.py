"""The schema of `[signatures]` and of `[[policy.signer]]`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, Field, ValidationInfo, model_validator

from imagelock.config.schema_tables import STRICT, FileName, ImagesPattern, file_name
from imagelock.config.signatures import (
    VERIFIERS,
    SignatureSettings,
    SignerRequirement,
    VerifierName,
)
from imagelock.model.reference_pattern import ReferencePattern
from imagelock.model.signer import is_fingerprint


def _key(text: str, info: ValidationInfo) -> str:
    return text if is_fingerprint(text) else file_name(text, info)


class SignaturesConfig(BaseModel):
    """Which signatures are checked: `[signatures]`."""

    model_config = STRICT

    images: Annotated[
        list[ImagesPattern],
        Field(
            description="Patterns of the images whose signatures are verified and"
            ' recorded: `["**"]` for all.'
        ),
    ] = []
    keys: Annotated[
        list[FileName],
        Field(description="Files with public keys that images are signed with, PEM."),
    ] = []
    trust_root: Annotated[
        FileName | None,
        Field(
            description="The `trusted_root.json` of a Sigstore of your own; unset, the"
            " public one."
        ),
    ] = None
    verifiers: Annotated[
        list[VerifierName],
        Field(
            min_length=1,
            description="What verifies signatures, the first that can: the library"
            " `sigstore`, the programs `cosign` and `notation`.",
        ),
    ] = list(VERIFIERS)

    def settings(self) -> SignatureSettings | None:
        """Return the table as the value that travels inside, if anything is set."""
        if not self.model_fields_set:
            return None
        return SignatureSettings(
            images=tuple(map(ReferencePattern.parse, self.images)),
            keys=tuple(map(Path, self.keys)),
            trust_root=Path(self.trust_root) if self.trust_root else None,
            verifiers=tuple(self.verifiers),
        )


class SignerConfig(BaseModel):
    """Who must have signed some images: `[[policy.signer]]`."""

    model_config = STRICT

    images: Annotated[ImagesPattern, Field(description="A pattern of the images.")]
    identity: Annotated[
        str | None,
        Field(
            min_length=1,
            description="The identity in the certificate, without the git ref at its"
            " end; `*` is any text.",
        ),
    ] = None
    issuer: Annotated[
        str | None,
        Field(min_length=1, description="The OIDC provider; `*` is any text."),
    ] = None
    key: Annotated[
        Annotated[str, AfterValidator(_key)] | None,
        Field(description="The file with the public key, or its SHA-256: `sha256:…`."),
    ] = None

    @model_validator(mode="after")
    def _is_key_or_identity(self) -> Self:
        if self.key and (self.identity or self.issuer):
            message = "a signer has either a `key`, or an `identity` and an `issuer`"
            raise ValueError(message)
        if self.identity and not self.issuer:
            message = "`identity` needs an `issuer`: anybody can vouch for a name"
            raise ValueError(message)
        return self

    def requirement(self) -> SignerRequirement:
        """Return the table as the value that travels inside."""
        return SignerRequirement(
            images=ReferencePattern.parse(self.images),
            identity=self.identity,
            issuer=self.issuer,
            key=self.key,
        )
