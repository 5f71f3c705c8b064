"""Exports that enforce the lock, in the programs that read them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
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
    return {each["kind"]: each for each in yaml.safe_load_all(result.out)}


@pytest.fixture
def shop(project: Path) -> Path:
    (project / "compose.yaml").write_text("services: {a: {image: nginx:1.27}}\n")
    save(project, "nginx:1.27")
    return project


Evaluate = Callable[[str, dict[str, Any]], Any]


@pytest.fixture
def evaluate() -> Evaluate:
    """Evaluate expressions for a Pod, as Kubernetes does, with a real CEL."""
    cel = pytest.importorskip("cel_expr_python.cel", reason="CEL has wheels for Linux")
    strings = pytest.importorskip("cel_expr_python.ext.ext_strings")
    environment = cel.NewEnv(
        variables=dict.fromkeys(("object", "params", "variables"), cel.Type.DYN),
        extensions=[strings.ExtStrings()],
    )

    def evaluate(expression: str, data: dict[str, Any]) -> Any:  # noqa: ANN401
        return environment.compile(expression).eval(data=data).plain_value()

    return evaluate


def verdict(
    evaluate: Evaluate, spec: dict[str, Any], data: dict[str, Any]
) -> tuple[bool, str]:
    """Return whether a policy with *spec* admits the object, and its message if not."""
    data["variables"] = {}
    for variable in spec["variables"]:
        value = evaluate(variable["expression"], data)
        data["variables"] = {**data["variables"], variable["name"]: value}
    [validation] = spec["validations"]
    if evaluate(validation["expression"], data):
        return True, ""
    return False, evaluate(validation["messageExpression"], data)


@pytest.fixture
def admitted(
    shop: Path, imagelock: Run, evaluate: Evaluate
) -> Callable[[dict[str, Any]], tuple[bool, str]]:
    """Evaluate the admission policy for a Pod."""
    exported = objects(imagelock, "admission-policy")
    spec = exported["ValidatingAdmissionPolicy"]["spec"]

    def admitted(pod: dict[str, Any]) -> tuple[bool, str]:
        return verdict(evaluate, spec, {"object": pod, "params": exported["ConfigMap"]})

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


@pytest.mark.real_tools
def test_gator_decides_alike(shop: Path, imagelock: Run, tmp_path: Path) -> None:
    gator = real_tool("gator")
    exported = tmp_path / "policy.yaml"
    assert imagelock("export", "gatekeeper", "-o", str(exported)).exit_code == 0

    def refused(images: list[str], kind: str, labels: dict[str, str]) -> list[str]:
        """Return the messages about Pods with an image each, in a namespace."""
        metadata = {"name": "shop", "labels": labels}
        namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}
        objects = [namespace]
        for number, image in enumerate(images):
            each = pod(image, kind=kind)
            each["metadata"] = {"name": f"p{number}", "namespace": "shop"}
            objects.append(each)
        (tmp_path / "objects.yaml").write_text(yaml.safe_dump_all(objects))
        done = subprocess.run(
            [
                *(gator, "test", "--output", "json", "--filename", exported),
                *("--filename", tmp_path / "objects.yaml"),
            ],
            check=False,
            capture_output=True,
            text=True,
        )
        return [each["msg"] for each in json.loads(done.stdout) or ()]

    label = {"imagelock": "enforce"}
    for kind in KINDS:
        assert refused(SPELLINGS, kind, label) == []
        messages = [f"not a digest of images.lock: {image}" for image in UNLOCKED]
        assert sorted(refused(UNLOCKED, kind, label)) == sorted(messages)
        assert refused(UNLOCKED, kind, {}) == []


@pytest.fixture
def kyverno(project: Path, imagelock: Run) -> dict[str, dict[str, Any]]:
    """Return the policies for Kyverno by their names, for images of two registries."""
    names = ("nginx:1.27", "ghcr.io/acme/app:1")
    services = ", ".join(f"s{n}: {{image: '{name}'}}" for n, name in enumerate(names))
    (project / "compose.yaml").write_text(f"services: {{{services}}}\n")
    save(project, *names)
    result = imagelock("export", "kyverno", "-o", "kyverno.yaml")
    assert result.exit_code == 0, result.err
    assert "warning" not in result.err
    items = yaml.safe_load_all((project / "kyverno.yaml").read_text())
    return {each["metadata"]["name"]: each for each in items}


FOREIGN: Final = [
    f"quay.io/library/nginx@{NGINX}",
    f"localhost/nginx@{NGINX}",
    f"ghcr.io:443/acme/app@{NGINX}",
    f"docker.io.example.com/nginx@{NGINX}",
    f"evil.example.com@docker.io/nginx@{NGINX}",
]
OWN: Final = [*SPELLINGS, "ghcr.io/acme/other:2", "nginx", "team/app:2"]


@pytest.mark.parametrize("kind", KINDS)
def test_policies_of_kyverno_admit_locked_digests_and_registries(
    kyverno: dict[str, dict[str, Any]], evaluate: Evaluate, kind: str
) -> None:
    digests = kyverno["images-lock-digests"]["spec"]
    registries = kyverno["images-lock-registries"]["spec"]
    assert verdict(evaluate, digests, {"object": pod(*SPELLINGS, kind=kind)})[0]
    assert verdict(evaluate, registries, {"object": pod(*OWN, kind=kind)})[0]
    for image in UNLOCKED:
        assert verdict(evaluate, digests, {"object": pod(image, kind=kind)}) == (
            False,
            f"not a digest of images.lock: {image}",
        )
    for image in FOREIGN:
        assert verdict(evaluate, registries, {"object": pod(image, kind=kind)}) == (
            False,
            f"no registry of images.lock: {image}",
        )


def test_policies_of_kyverno_count_where_the_label_is(
    kyverno: dict[str, dict[str, Any]],
) -> None:
    for policy in kyverno.values():
        assert policy["spec"]["validationActions"] == ["Deny"]
        assert policy["spec"]["matchConstraints"]["namespaceSelector"] == {
            "matchLabels": {"imagelock": "enforce"}
        }


@pytest.mark.real_tools
def test_kyverno_decides_alike(
    kyverno: dict[str, dict[str, Any]], tmp_path: Path
) -> None:
    program = real_tool("kubectl-kyverno")
    namespace = {"name": "shop", "labels": {"imagelock": "enforce"}}
    (tmp_path / "values.yaml").write_text(
        yaml.safe_dump(
            {
                "apiVersion": "cli.kyverno.io/v1alpha1",
                "kind": "Values",
                "namespaceSelector": [namespace],
            }
        )
    )

    def refused(policy: str, images: list[str], kind: str) -> dict[str, str]:
        """Return the message for each refused image of Pods with an image each."""
        pods = []
        for number, image in enumerate(images):
            each = pod(image, kind=kind)
            each["metadata"] = {"name": f"p{number}", "namespace": "shop"}
            pods.append(each)
        (tmp_path / "pods.yaml").write_text(yaml.safe_dump_all(pods))
        (tmp_path / "policy.yaml").write_text(yaml.safe_dump(kyverno[policy]))
        done = subprocess.run(
            [
                *(program, "apply", tmp_path / "policy.yaml"),
                *("--resource", tmp_path / "pods.yaml"),
                *("--values-file", tmp_path / "values.yaml"),
                *("--policy-report", "--output-format", "json"),
            ],
            check=False,
            capture_output=True,
            text=True,
        )
        reports = [x for x in done.stdout.splitlines() if x.startswith("{")]
        results = {
            images[int(each["resources"][0]["name"][1:])]: each
            for report in map(json.loads, reports)
            for each in report["results"]
        }
        assert results.keys() == set(images), done.stderr
        return {
            image: each["message"]
            for image, each in results.items()
            if each["result"] != "pass"
        }

    for kind in KINDS:
        assert refused("images-lock-digests", SPELLINGS, kind) == {}
        assert refused("images-lock-digests", UNLOCKED, kind) == {
            image: f"not a digest of images.lock: {image}" for image in UNLOCKED
        }
        assert refused("images-lock-registries", OWN, kind) == {}
        assert refused("images-lock-registries", FOREIGN, kind) == {
            image: f"no registry of images.lock: {image}" for image in FOREIGN
        }


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
