"""The schema of `[registries."HOST"]`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, Field, model_validator

from imagelock.config.registries import ClientCertificate, HostSettings
from imagelock.config.schema_tables import STRICT, FileName


def _mirror(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        message = f"`{text}` is not a URL; write `https://HOST`"
        raise ValueError(message)
    return text.rstrip("/")


class RegistryConfig(BaseModel):
    """How one registry is reached: `[registries."HOST"]`."""

    model_config = STRICT

    mirror: Annotated[
        Annotated[str, AfterValidator(_mirror)] | None,
        Field(description="URL of another server that has the same content."),
    ] = None
    resolve_from_mirror: Annotated[
        bool,
        Field(description="Ask the mirror, and only it, what a tag stands for."),
    ] = False
    plain_http: Annotated[
        bool | None,
        Field(description="Speak HTTP without TLS; unset, only to this machine."),
    ] = None
    ca: Annotated[
        FileName | None,
        Field(description="File with the certificate authorities to trust, too."),
    ] = None
    client_cert: Annotated[
        FileName | None, Field(description="File with the certificate to show to it.")
    ] = None
    client_key: Annotated[
        FileName | None,
        Field(description="File with its key, where `client-cert` does not hold it."),
    ] = None
    skip_verify: Annotated[
        bool,
        Field(description="Accept any certificate. Every run warns: it is unsafe."),
    ] = False
    shared_token: Annotated[
        bool | None,
        Field(
            description="Ask for one token for several repositories; unset, only on"
            " Docker Hub."
        ),
    ] = None
    token_server: Annotated[
        str | None,
        Field(
            description="`HOST[:PORT]` of the only token server that it may name;"
            " unset, any."
        ),
    ] = None
    max_connections: Annotated[
        int | None,
        Field(
            ge=1,
            le=64,
            description="The most connections to it at one time; unset, 32, and 8 for"
            " Docker Hub.",
        ),
    ] = None
    requests_per_minute: Annotated[
        int | None,
        Field(
            ge=1,
            le=1_000_000,
            description="The most requests to it in a minute; others wait. Unset, any.",
        ),
    ] = None
    pulls_per_6h: Annotated[
        int | None,
        Field(
            alias="pulls-per-6h",
            ge=0,
            le=1_000_000,
            description="The most pulls from it in six hours, over all runs of the user:"
            " `GET` requests for manifests, as Docker Hub counts them. What they do not"
            " reach for could not be checked. Unset, any.",
        ),
    ] = None

    @model_validator(mode="after")
    def _key_has_certificate(self) -> Self:
        if self.client_key and not self.client_cert:
            message = "`client-key` needs a `client-cert`"
            raise ValueError(message)
        return self

    def settings(self) -> HostSettings:
        """Return the table as the value that travels inside."""
        values = self.model_dump(exclude={"ca", "client_cert", "client_key"})
        if self.ca:
            values["authorities"] = (Path(self.ca),)
        if self.client_cert:
            key = Path(self.client_key) if self.client_key else None
            certificate = ClientCertificate(Path(self.client_cert), key)
            values["client_certificates"] = (certificate,)
        return HostSettings(**values)
