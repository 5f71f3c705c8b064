"""The files for clusters in `integrations/fleet`, by the schemas of Kubernetes and Argo."""

from __future__ import annotations

import copy
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from tests.support.programs import INSTALLED, need_file

if TYPE_CHECKING:
    from collections.abc import Iterator

FLEET: Final = Path(__file__).parents[2] / "integrations/fleet"
SCHEMAS: Final = INSTALLED / "kubernetes-schemas"
PYTHON: Final = INSTALLED / "python"
CHECK: Final = """
import json, sys
from hera.workflows.models import CronWorkflow
document = json.load(sys.stdin)
model = CronWorkflow.model_validate(document)
# Fields that are unknown are left out.
print(json.dumps(model.model_dump(mode="json", by_alias=True, exclude_unset=True)))
"""


def documents(name: str) -> list[dict[str, Any]]:
    return [*yaml.safe_load_all((FLEET / name).read_text(encoding="utf-8"))]


def problems(document: dict[str, Any]) -> list[str]:
    """Return what the schema of Kubernetes says about *document*."""
    *group, version = document["apiVersion"].split("/")
    name = "-".join([document["kind"].lower(), *group, version])
    need_file(SCHEMAS / f"{name}.json")
    # By name, because the packages have no types.
    validator: Any = importlib.import_module("jsonschema").Draft202012Validator
    referencing: Any = importlib.import_module("referencing")
    draft: Any = importlib.import_module("referencing.jsonschema").DRAFT202012
    schemas = {
        file: json.loads((SCHEMAS / file).read_bytes())
        for file in (f"{name}.json", "_definitions.json")
    }
    registry = referencing.Registry().with_resources(
        [(file, draft.create_resource(schema)) for file, schema in schemas.items()]
    )
    checked = validator(schemas[f"{name}.json"], registry=registry)
    return [error.message for error in checked.iter_errors(document)]


def argo_accepts(document: dict[str, Any]) -> bool:
    """Return whether the models of Argo have every field of *document* as it is."""
    need_file(PYTHON / "hera/workflows/models/__init__.py")
    done = subprocess.run(
        [sys.executable, "-c", CHECK],
        input=json.dumps(document),
        env={**os.environ, "PYTHONPATH": str(PYTHON)},
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        assert "validation error" in done.stderr, done.stderr
        return False
    return bool(json.loads(done.stdout) == document)


def damaged(document: dict[str, Any], *changes: str) -> Iterator[dict[str, Any]]:
    """Yield *document* with each of *changes*: `spec.template.x=1` adds a field."""
    for change in changes:
        path, _, value = change.partition("=")
        *folders, name = path.split(".")
        changed = copy.deepcopy(document)
        place: Any = changed
        for folder in folders:
            place = place[int(folder) if folder.isdigit() else folder]
        place[name] = json.loads(value)
        yield changed


def test_kubernetes_knows_every_field() -> None:
    claim, *jobs = documents("kubernetes.yaml")

    assert [problems(document) for document in (claim, *jobs)] == [[], [], []]
    for document in damaged(
        jobs[1],
        "spec.completion=10",
        'spec.completions="ten"',
        'spec.template.spec.containers.0.images="a"',
        "spec.template.spec.containers.0.name=null",
    ):
        assert problems(document)


@pytest.mark.slow
def test_argo_knows_every_field() -> None:
    (workflow,) = documents("argo.yaml")

    assert argo_accepts(workflow)
    for document in damaged(
        workflow,
        'spec.schedule="* * * * *"',
        "spec.workflowSpec.templates.0.nope=1",
        "spec.workflowSpec.templates.1.container.image=[]",
    ):
        assert not argo_accepts(document)
