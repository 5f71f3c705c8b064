"""Exports that enforce the lock, in the programs that read them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import pytest
import yaml

from imagelock.demo.registry import MemoryRegistry
from imagelock.demo.server import serve
from imagelock.export.gatekeeper import REGO
from tests.conftest import AMD64, ARM64
from tests.support.locked import digest_of, save
from tests.support.programs import need
from tests.support.real_tools import real_tool

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import Run

NGINX: Final = digest_of("nginx:1.27")
SPELLINGS: Final = [
    f"nginx@{NGINX}",
    f"nginx:1.27@{NGINX}",
    f"docker.io/library/nginx:1.27@{NGINX}",
    f"index.docker.io/library/nginx@{NGINX}",
    f"library/nginx:anything@{NGINX}",
]
UNLOCKED: Final = [
    "nginx:1.27",
    "nginx",
    f"nginx:1.27@{digest_of('redis')}",
    f"nginx@{str(NGINX)[:-1]}",
    f"nginx@{NGINX}@{digest_of('redis')}",
    "nginx@",
]


def pod(*images: str, kind: str = "containers") -> dict[str, Any]:
    """Return a Pod with the first of *images*, which is locked, and others of *kind*."""
    spec: dict[str, Any] = {"containers": [{"name": "a", "image": SPELLINGS[0]}]}
    if kind == "volumes":
        more = [
            {"name": f"v{n}", "image": {"reference": i}} for n, i in enumerate(images)
        ]
    else:
        more = [{"name": f"c{n}", "image": image} for n, image in enumerate(images)]
    spec[kind] = [*spec.get(kind, []), *more]
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec}


KINDS: Final = ("containers", "initContainers", "ephemeralContainers", "volumes")


def objects(run: Run, target: str) -> dict[str, dict[str, Any]]:
    result = run("export", target)
    assert result.exit_code == 0, result.err
    return {each["kind"]: each for each in yaml.safe_load(result.out)["items"]}


@pytest.fixture
def shop(project: Path) -> Path:
    (project / "compose.yaml").write_text("services: {a: {image: nginx:1.27}}\n")
    save(project, "nginx:1.27")
    return project


@pytest.fixture
def admitted(
    shop: Path, imagelock: Run
) -> Callable[[dict[str, Any]], tuple[bool, str]]:
    """Evaluate the admission policy for a Pod, as Kubernetes does, with a real CEL."""
    cel = pytest.importorskip("cel_expr_python.cel", reason="CEL has wheels for Linux")
    strings = pytest.importorskip("cel_expr_python.ext.ext_strings")
    exported = objects(imagelock, "admission-policy")
    spec = exported["ValidatingAdmissionPolicy"]["spec"]
    environment = cel.NewEnv(
        variables=dict.fromkeys(("object", "params", "variables"), cel.Type.DYN),
        extensions=[strings.ExtStrings()],
    )

    def evaluate(expression: str, data: dict[str, Any]) -> Any:  # noqa: ANN401
        return environment.compile(expression).eval(data=data).plain_value()

    def admitted(pod: dict[str, Any]) -> tuple[bool, str]:
        data = {"object": pod, "params": exported["ConfigMap"], "variables": {}}
        for variable in spec["variables"]:
            value = evaluate(variable["expression"], data)
            data["variables"] = {**data["variables"], variable["name"]: value}
        [validation] = spec["validations"]
        if evaluate(validation["expression"], data):
            return True, ""
        return False, evaluate(validation["messageExpression"], data)

    return admitted


@pytest.mark.parametrize("kind", KINDS)
def test_the_admission_policy_admits_every_spelling_of_what_is_locked(
    admitted: Callable[[dict[str, Any]], tuple[bool, str]], kind: str
) -> None:
    assert admitted(pod(*SPELLINGS, kind=kind)) == (True, "")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("image", UNLOCKED)
def test_the_admission_policy_refuses_what_is_not_locked(
    admitted: Callable[[dict[str, Any]], tuple[bool, str]], kind: str, image: str
) -> None:
    message = f"not a digest of images.lock: {image}"
    assert admitted(pod(SPELLINGS[1], image, kind=kind)) == (False, message)


def test_the_binding_is_enforced_where_the_label_is(shop: Path, imagelock: Run) -> None:
    exported = objects(imagelock, "admission-policy")
    name = exported["ValidatingAdmissionPolicy"]["metadata"]["name"]
    binding = exported["ValidatingAdmissionPolicyBinding"]["spec"]
    parameters = exported["ConfigMap"]

    assert binding["policyName"] == name
    assert binding["paramRef"] == {
        **parameters["metadata"],
        "parameterNotFoundAction": "Deny",
    }
    assert binding["validationActions"] == ["Deny"]
    assert parameters["data"] == {
        str(NGINX).replace(":", "."): "docker.io/library/nginx:1.27"
    }


@pytest.mark.real_tools
def test_gatekeeper_decides_alike(shop: Path, imagelock: Run, tmp_path: Path) -> None:
    conftest = real_tool("conftest")
    exported = objects(imagelock, "gatekeeper")
    [code] = exported["ConstraintTemplate"]["spec"]["targets"][0]["code"]
    assert code["source"]["rego"] == REGO
    (tmp_path / "policy.rego").write_text(REGO)
    parameters = exported["ImagesLock"]["spec"]["parameters"]

    def refused(image: str, kind: str) -> list[str]:
        review = {"review": {"object": pod(image, kind=kind)}, "parameters": parameters}
        (tmp_path / "input.json").write_text(json.dumps(review))
        done = subprocess.run(
            [
                *(conftest, "test", "--policy", tmp_path, "--namespace", "imageslock"),
                *("--output", "json", tmp_path / "input.json"),
            ],
            check=False,
            capture_output=True,
            text=True,
        )
        [result] = json.loads(done.stdout)
        return [failure["msg"] for failure in result.get("failures", [])]

    for kind in KINDS:
        for image in SPELLINGS:
            assert refused(image, kind) == []
        for image in UNLOCKED:
            assert refused(image, kind) == [f"not a digest of images.lock: {image}"]


@pytest.mark.integration
@pytest.mark.skipif(sys.platform == "win32", reason="no skopeo")
def test_skopeo_pulls_only_what_is_locked(
    project: Path, imagelock: Run, tmp_path: Path
) -> None:
    skopeo = need("skopeo")
    memory = MemoryRegistry()
    locked = memory.push_image("team/app", "v1", [AMD64, ARM64])
    other = memory.push_image("team/other", "v1", [AMD64, ARM64], salts="other")
    with serve(memory) as address:
        host = address.removeprefix("http://")
        (project / "compose.yaml").write_text(
            f"services: {{a: {{image: '{host}/team/app:v1'}}}}\n"
        )
        assert imagelock("lock").exit_code == 0
        assert imagelock("export", "containers-policy", "-o", "p.json").exit_code == 0

        def pulled(name: str) -> tuple[int, str]:
            target = tmp_path / "copy"
            shutil.rmtree(target, ignore_errors=True)
            done = subprocess.run(
                [
                    *(skopeo, "--policy", project / "p.json", "copy", "--all"),
                    *("--src-tls-verify=false", f"docker://{host}/{name}"),
                    f"dir:{target}",
                ],
                check=False,
                capture_output=True,
                text=True,
            )
            return done.returncode, done.stderr

        assert pulled(f"team/app@{locked}") == (0, "")
        for name in ("team/app:v1", f"team/other@{other}"):
            code, error = pulled(name)
            assert code == 1
            assert "rejected by policy" in error
