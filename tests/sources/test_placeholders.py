"""Placeholders, and references that only resemble some."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from imagelock.model.occurrence import Occurrence, Place, Reason, Skipped
from imagelock.model.span import Span
from imagelock.sources.shared.classify import classify

PLACE = Place(
    path=PurePosixPath("a"), span=Span(0, 0, 1, 1), text="", format="x", uses=("",)
)


@pytest.mark.parametrize(
    "value",
    [
        "CHANGEME",
        "DEPRECATED:DEPRECATED",
        "acme/UNUSED:1",
        "acme/app:OVERRIDE",
        "OVERRIDE-ME:TBD",
        "NULL",
        "REPLACE-ME",
        "REPLACE_ME:1",
        "IMAGE",
        "IMAGE:TAG",
        "BASEIMAGE",
        "IMG:latest",
        "CONTROLLERIMG",
        "BASE:1",
        "acme/app:TAG",
        "acme/app:IMAGE_TAG",
        "acme/app:CONTAINER_IMAGES_TAG",
        "acme/app:VERSION",
        "acme/app:APP-VERSION",
        "acme/app:__VERSION__",
        "acme/app:__version__",
        "acme/app:CHANGEME",
        "acme/app:GIT_SHA",
        "acme/app:BUILD_NUMBER",
        "acme/app:YOUR_TAG_HERE",
        "acme/app:XXX",
        "acme/app:<version>",
        "###REGISTRY_ADDRESS###/acme/app:1",
        "acme/app:{version}",
        "acme/app:[tag]",
        "acme/app:%TAG%",
        "+IMAGE_TO_REPLACE+",
        "acme/app:replace-me",
        "acme/app:changeme",
        "acme/app:placeholder",
        "acme/app:appVersionValue",
        "acme/app:imageTag",
        "acme/app:set-by-chartpress",
        "repository/placeholder:latest",
        "acme/model_server:replace",
        "acme/app:replace-this",
        "acme/__NAME__:1",
        "gcr.io/PROJECT/app:1",
        "gcr.io/PROJECT-ID/app:1",
        "ghcr.io/OWNER/REPO:1",
        "YOUR-ACCOUNT.dkr.ecr.us-east-1.amazonaws.com/app:1",
        "XXXXXXXXXXXX.dkr.ecr.us-east-1.amazonaws.com/app:1",
        "your-registry/your-image:1",
        "your-registry.com/app:1",
        "CONTAINER_IMAGES_REGISTRY/redis",
    ],
)
def test_a_placeholder_is_skipped(value: str) -> None:
    found = classify(value, PLACE)

    assert isinstance(found, Skipped)
    assert found.reason is Reason.PLACEHOLDER


@pytest.mark.parametrize(
    "value",
    [
        "minio/minio:RELEASE.2024-01-01T00-00-00Z",
        "acme/app:1.0-SNAPSHOT",
        "acme/app:SNAPSHOT",
        "acme/app:LTS",
        "jenkins/jenkins:LTS-JDK17",
        "acme/app:LATEST",
        "acme/app:PROD",
        "acme/app:REL_15_4",
        "acme/app:TAG-1",
        "acme/app:v1Version2",
        "acme/app:stableTagged",
        "acme/app:V1",
        "acme/app:BUILD-1234",
        "acme/app:COMMIT-ABC1234",
        "acme/app:1.2.3-IMAGE",
        "acme/version:1",
        "acme/your:1",
        "acme/image-tag:tag",
        "acme/app__x:1",
        "REGISTRY.acme.dev/app:1",
        "changemedia/app:1",
        "acme/unused:deprecated",
        "acme/app:NULLABLE",
    ],
)
def test_a_real_reference_is_none(value: str) -> None:
    assert isinstance(classify(value, PLACE), Occurrence)


@pytest.mark.parametrize("value", ["NGINX", "acme/App:1", "acme/app:", "a b"])
def test_a_mistake_stays_one(value: str) -> None:
    found = classify(value, PLACE)

    assert isinstance(found, Skipped)
    assert found.reason is Reason.INVALID
