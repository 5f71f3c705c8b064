"""Bills of materials, as the validators of their standards read them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from tests.commands.test_history import image, lock

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run


@pytest.fixture
def shop(project: Path) -> Path:
    (project / "compose.yaml").write_text(
        "services:\n  a: {image: nginx:1.27}\n  b: {image: 'ghcr.io/acme/tool:v1'}\n"
    )
    (project / "Dockerfile").write_text("FROM nginx:1.27\n")
    locked = [
        image("nginx:1.27", "a", release="1.27.1"),
        image("ghcr.io/acme/tool:v1", "b"),
    ]
    (project / "images.lock").write_text(lock(*locked))
    return project


def exported(run: Run, target: str) -> dict[str, Any]:
    result = run("export", target)
    assert result.exit_code == 0, result.err
    document: dict[str, Any] = json.loads(result.out)
    return document


@pytest.mark.usefixtures("shop")
def test_cyclonedx_is_valid_and_complete(imagelock: Run) -> None:
    text = imagelock("export", "sbom").out
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert imagelock("export", "sbom").out == text

    [tool, nginx] = json.loads(text)["components"][::-1]
    if tool["name"].endswith("nginx"):
        tool, nginx = nginx, tool
    assert nginx["evidence"]["occurrences"] == [
        {"location": "Dockerfile", "line": 1},
        {"location": "compose.yaml", "line": 2},
    ]
    platforms = [part["description"] for part in nginx["components"]]
    assert platforms == [
        "docker.io/library/nginx:1.27 linux/amd64",
        "docker.io/library/nginx:1.27 linux/arm64/v8",
    ]
    package = PackageURL.from_string(tool["purl"])
    assert (package.type, package.name) == ("oci", "tool")
    assert package.version == tool["version"]
    assert package.qualifiers == {"repository_url": "ghcr.io/acme/tool", "tag": "v1"}
    assert package.to_string() == tool["purl"]


def test_spdx_is_valid_and_complete(
    shop: Path, imagelock: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    document = exported(imagelock, "sbom-spdx")
    path = shop / "images.spdx.json"
    path.write_text(json.dumps(document))
    assert validate_full_spdx_document(parse_file(str(path))) == []

    assert document["creationInfo"]["created"] == "2026-01-01T00:00:00Z"
    comments = [p["comment"] for p in document["packages"] if "comment" in p]
    assert sorted(comments) == [
        "used in Dockerfile:1, compose.yaml:2",
        "used in compose.yaml:3",
    ]
    kinds = [each["relationshipType"] for each in document["relationships"]]
    assert sorted(kinds) == ["CONTAINS"] * 4 + ["DESCRIBES"] * 2


@pytest.mark.parametrize("target", ["sbom", "sbom-spdx"])
def test_a_digest_alone_is_an_image(project: Path, imagelock: Run, target: str) -> None:
    digest = image("nginx:1", "a").digest
    locked = replace(image(f"nginx@{digest}", "a"), digest=digest)
    (project / "Dockerfile").write_text(f"FROM {locked.reference}\n")
    (project / "images.lock").write_text(lock(locked))

    assert "tag=" not in json.dumps(exported(imagelock, target))
