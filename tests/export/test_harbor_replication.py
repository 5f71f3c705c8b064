"""`export harbor-replication`: requests that Harbor's API accepts.

The schema has what Harbor 2.16 states in `api/v2.0/swagger.yaml`, and what its server
checks in `src/controller/replication/model`, `src/controller/registry` and
`src/pkg/reg/model/policy.go`.
"""

from __future__ import annotations

import json
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import jsonschema  # type: ignore[import-untyped]
import pytest

from tests.support.locked import digest_of, save

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Run

STRING: Final = {"type": "string"}
BOOLEAN: Final = {"type": "boolean"}
REGISTRY: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "url", "type"],
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 64},
        "url": {"type": "string", "pattern": "^https?://[^/]+$"},
        "type": {
            "enum": [
                *("docker-hub", "docker-registry", "github-ghcr", "quay"),
                *("google-gcr", "aws-ecr", "azure-acr"),
            ]
        },
        "insecure": BOOLEAN,
    },
}
POLICY: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "src_registry"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "description": STRING,
        "src_registry": {
            "type": "object",
            "additionalProperties": False,
            "required": ["name"],
            "properties": {"name": STRING, "id": {"type": "integer"}},
        },
        "dest_namespace": {
            "type": "string",
            "pattern": r"^([a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/|$))*$",
        },
        "dest_namespace_replace_count": {
            "type": "integer",
            "minimum": -1,
            "maximum": 127,
        },
        "trigger": {
            "type": "object",
            "properties": {"type": {"enum": ["manual", "event_based"]}},
        },
        "filters": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type", "value"],
                "properties": {
                    "type": {"enum": ["name", "tag"]},
                    "value": STRING,
                    "decoration": {"enum": ["matches", "excludes"]},
                },
                "if": {"properties": {"type": {"const": "name"}}},
                "then": {"properties": {"decoration": False}},
            },
        },
        "replicate_deletion": BOOLEAN,
        "override": BOOLEAN,
        "enabled": BOOLEAN,
    },
}
DOCUMENT: Final = {
    "type": "object",
    "additionalProperties": False,
    "required": ["registries", "policies"],
    "properties": {
        "registries": {"type": "array", "items": REGISTRY},
        "policies": {"type": "array", "items": POLICY},
    },
}


def exported(
    project: Path, imagelock: Run, *names: str, to: str = ""
) -> tuple[dict[str, Any], str]:
    """Return the document for images of *names*, which is valid, and the warnings."""
    services = {f"s{number}": {"image": name} for number, name in enumerate(names)}
    (project / "compose.yaml").write_text(json.dumps({"services": services}))
    save(project, *names)
    result = imagelock("export", "harbor-replication", *(("--to", to) if to else ()))
    assert result.exit_code == 0
    document = json.loads(result.out)
    jsonschema.validate(document, DOCUMENT)
    return document, result.err


def filters(policy: dict[str, Any]) -> dict[str, str]:
    return {each["type"]: each["value"] for each in policy["filters"]}


def specific_paths(pattern: str) -> list[str]:
    """Return the names that *pattern* stands for: `IsSpecificPath` of Harbor."""
    components = []
    for component in pattern.split("/"):
        assert not set(component) & set("*?[\\]^"), "Harbor would read the catalog"
        assert component.count("{") <= 1
        head, _, rest = component.partition("{")
        inner, _, tail = rest.rpartition("}")
        alternatives = inner.split(",") if rest else [""]
        components.append([f"{head}{each}{tail}" for each in alternatives])
    return ["/".join(parts) for parts in product(*components)]


def test_a_policy_matches_the_tags_of_its_repository_and_no_other(
    project: Path, imagelock: Run
) -> None:
    document, _ = exported(
        project,
        imagelock,
        *("nginx:1.27", "nginx:1.28-alpine", "redis", "ghcr.io/acme/deep/tool:v1"),
        to="harbor.example.com/mirror/all",
    )

    copied = {
        f"{policy['src_registry']['name']}/{name}:{tag}"
        for policy in document["policies"]
        for name in specific_paths(filters(policy)["name"])
        for tag in specific_paths(filters(policy)["tag"])
    }
    assert copied == {
        "docker.io/library/nginx:1.27",
        "docker.io/library/nginx:1.28-alpine",
        "docker.io/library/redis:latest",
        "ghcr.io/acme/deep/tool:v1",
    }
    names = [policy["name"] for policy in document["policies"]]
    assert len(set(names)) == len(names) == 3
    assert {policy["dest_namespace"] for policy in document["policies"]} == {
        "mirror/all"
    }


@pytest.mark.parametrize(
    ("name", "kind", "url"),
    [
        ("nginx:1", "docker-hub", "https://hub.docker.com"),
        ("ghcr.io/acme/a:1", "github-ghcr", "https://ghcr.io"),
        ("quay.io/acme/a:1", "quay", "https://quay.io"),
        ("eu.gcr.io/acme/a:1", "google-gcr", "https://eu.gcr.io"),
        (
            "europe-docker.pkg.dev/acme/repo/a:1",
            "google-gcr",
            "https://europe-docker.pkg.dev",
        ),
        (
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/acme/a:1",
            "aws-ecr",
            "https://123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        ),
        ("acme.azurecr.io/team/a:1", "azure-acr", "https://acme.azurecr.io"),
        ("notquay.io/acme/a:1", "docker-registry", "https://notquay.io"),
    ],
)
def test_registries_have_the_type_of_their_adapter(
    project: Path, imagelock: Run, name: str, kind: str, url: str
) -> None:
    document, _ = exported(project, imagelock, name)

    (registry,) = document["registries"]
    assert (registry["type"], registry["url"]) == (kind, url)
    assert registry["insecure"] is False


def test_a_long_name_of_a_registry_is_cut_and_stays_its_own(
    project: Path, imagelock: Run
) -> None:
    end = f".{'b' * 40}.example.com"
    hosts = [f"{first}.{'a' * 50}{end}" for first in ("x", "y")]
    hosts.append(f"{hosts[0]}:5000")

    document, _ = exported(project, imagelock, *(f"{host}/t/a:1" for host in hosts))

    names = [registry["name"] for registry in document["registries"]]
    assert len(set(names)) == 3
    assert {p["src_registry"]["name"] for p in document["policies"]} == set(names)


def test_what_harbor_cannot_copy_has_a_warning(project: Path, imagelock: Run) -> None:
    digest = digest_of("alpine")
    names = (f"alpine@{digest}", "localhost:5000/app:1", "quay.io/acme/a:1")

    document, warnings = exported(project, imagelock, *names)

    assert len(document["policies"]) == 2
    assert f"`alpine@{digest}` has no tag, which Harbor needs" in warnings
    assert "`localhost:5000/app` has no project, which Harbor needs" in warnings
    assert "`localhost:5000` is used without verified TLS" in warnings
    assert "Harbor mirrors what a tag stands for at the time" in warnings
    _, warnings = exported(project, imagelock, *names, to="harbor.example.com/mirror")
    assert "no project" not in warnings
