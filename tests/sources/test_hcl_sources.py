"""Bake, Nomad and Terraform: what their files name, to the byte."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.model.source_text import Text
from imagelock.sources import SOURCES, nomad
from imagelock.sources.bake import bake
from imagelock.sources.context import Context, files_among
from imagelock.sources.relations import Usage
from imagelock.sources.terraform import terraform
from tests.support.extraction import cases, check, find
from tests.support.recognition import reader_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.extraction import Case

AROUND = Context(read=lambda _: None, platforms=())
FILES = {
    bake: PurePosixPath("docker-bake.hcl"),
    nomad: PurePosixPath("web.nomad.hcl"),
    terraform: PurePosixPath("main.tf"),
}


@pytest.mark.parametrize(
    "case", [*cases("bake"), *cases("nomad"), *cases("terraform")], ids=str
)
def test_the_golden_cases(case: Case) -> None:
    check(case, find(case))


def found(
    path: str,
    text: str,
    *,
    others: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> list[tuple[str, str]]:
    """Return the text of each place, and its reference or why there is none."""
    texts = {PurePosixPath(k): Text(v) for k, v in (others or {}).items()}
    context = Context(
        read=texts.get,
        platforms=(),
        files_below=lambda folder: files_among(sorted(texts), folder),
        variables=variables or {},
        environment=environment or {},
    )
    here = PurePosixPath(path)
    source = SOURCES.get(reader_of(here, text) or "")
    results = []
    for finding in source.find(here, Text(text), context) if source else ():
        span = finding.place.span
        assert text.encode()[span.start : span.end].decode() == finding.place.text
        image = finding.reference.familiar if isinstance(finding, Occurrence) else None
        skip = finding.reason.slug if isinstance(finding, Skipped) else ""
        results.append((finding.place.text, image or skip))
    return results


@pytest.mark.parametrize(
    ("number", "tag"),
    [("1.10", "1.1"), ("2.0", "2"), ("20", "20"), ("1e1", "10"), ('"1.10"', "1.10")],
)
def test_a_number_is_written_as_hcl_writes_it(number: str, tag: str) -> None:
    hcl = f'variable "v" {{ default = {number} }}\n'
    terraform = hcl + 'resource "docker_image" "i" { name = "a:${var.v}" }'
    nomad = (
        hcl + 'job "j" {\n group "g" {\n task "t" {\n driver = "docker"\n'
        ' config {\n image = "a:${var.v}"\n}\n}\n}\n}'
    )
    bake = '{"variable": {"V": {"default": %s}}, "target": {"t": {"contexts": %s}}}'

    for path, text in [("main.tf", terraform), ("x.nomad.hcl", nomad)]:
        assert found(path, text) == [("a:${var.v}", f"a:{tag}")]
    text = bake % (number, '{"b": "docker-image://a:${V}"}')
    assert found("docker-bake.json", text) == [("a:${V}", f"a:{tag}")]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('contexts = { a = "docker-image://é" }', [("é", "invalid")]),
        ('contexts = { "alpine:3" = "docker-image://b" }', [("b", "b:latest")]),
        ('contexts = { a = "./src", b = "https://x.test/y.git" }', []),
        ('contexts = { a = "${B}" }', [("${B}", "variable")]),
        ("contexts = { a = IMG }", [("IMG", "a:1")]),
        ('contexts = { a = "docker-image://a:${T}" }', [("a:${T}", "a:9")]),
        ('contexts = { a = "docker-image://${f()}" }', [("${f()}", "expression")]),
        ("contexts = { a = null, b = f() }", [("f()", "expression")]),
        ('contexts = "x"', []),
        ('tags = ["", null]', []),
        ('args = { V = "x" }\ndockerfile-inline = "ARG V\\nFROM a:1 AS x\\nFROM $V"',
         [("a:1", "a:1"), ("$V", "stage")]),
        ('dockerfile-inline = "FROM a b ${NONE}"', [("FROM a b ${NONE}", "variable")]),
        ('args = { A = NONE }\ndockerfile-inline = "ARG A\\nFROM a:$A"',
         [("a:$A", "variable-unset"), ("NONE", "variable")]),
        ('dockerfile-inline = "FROM a b c"', [("FROM a b c", "unparseable")]),
        ('dockerfile-inline = "FROM x:y:${NONE}"', [("x:y:${NONE}", "variable")]),
        ('args = { BASE_IMAGE = "docker.io/%s:1" }' % ("x" * 1000),
         [("docker.io/%s:1" % ("x" * 1000), "invalid")]),
        ('tags = ["a:1", "b:${T}"]', [("a:1", "build-output"), ("b:${T}", "build-output")]),
        ('args = { BASE_IMAGE = "a:1", OTHER = "b:1" }', [("a:1", "a:1")]),
        ('args = { BASE_IMAGE = null, A_IMAGE = "" }', []),
        ('dockerfile-inline = "FROM a:1\\nCOPY --from=b:2 . ."',
         [("a:1", "a:1"), ("b:2", "b:2")]),
        ("dockerfile-inline = <<-E\n  FROM a:${T} AS x\n  FROM x\n  E",
         [("a:${T}", "a:9"), ("x", "stage")]),
        ("dockerfile-inline = <<E\nARG V=3\nFROM a:$${V}\nE", [("a:$${V}", "a:3")]),
        ("dockerfile-inline = <<E\nFROM a:${NONE}\nE", [("a:${NONE}", "variable")]),
        ('args = { V = "2" }\ndockerfile-inline = "ARG V=1\\nFROM a:$V"',
         [("2", "a:2")]),
        ('contexts = { b = "docker-image://a:1" }\ndockerfile-inline = "FROM b"',
         [("a:1", "a:1"), ("b", "named-context")]),
        ('matrix = { T = ["1", "2"] }\ncontexts = { a = "docker-image://a:${T}" }',
         [("a:${T}", "a:1"), ("a:${T}", "a:2")]),
        ('matrix = { M = [{ t = 1 }, {}] }\ncontexts = { a = "docker-image://a:${M.t}" }',
         [("a:${M.t}", "a:1"), ("a:${M.t}", "expression")]),
        ('matrix = { M = ["1", 2], N = [3] }\ncontexts = { a = "docker-image://a:${M}.${N}" }',
         [("a:${M}.${N}", "a:1.3"), ("a:${M}.${N}", "a:2.3")]),
        ('matrix = { T = f() }\ncontexts = { a = "docker-image://a:${T}" }',
         [("a:${T}", "variable")]),
        ('matrix = { T = [] }\ncontexts = { a = "docker-image://a:${T}" }', []),
        ('matrix = { M = [NONE, T, "x"] }\ncontexts = { a = "docker-image://a:${M}" }',
         [("a:${M}", "variable"), ("a:${M}", "a:9"), ("a:${M}", "a:x")]),
        ('matrix = { IMG = ["docker-image://b:1"] }\ncontexts = { a = IMG }',
         [("IMG", "b:1")]),
        ('matrix = { T = [3, 4] }\nargs = { A = T }\ndockerfile-inline = "ARG A\\nFROM a:$A"',
         [("T", "a:3"), ("T", "a:4")]),
        ('cache-from = ["type=registry,ref=a:1"]\noutput = ["type=docker"]', []),
    ],
)  # fmt: skip
def test_a_target_of_bake(body: str, expected: list[tuple[str, str]]) -> None:
    text = f"""\
variable "T" {{
  default = "9"
}}
IMG = "docker-image://a:1"
target "x" {{
{body}
}}
"""

    assert found("docker-bake.hcl", text) == expected


def test_an_argument_that_decides_a_from_of_the_dockerfile() -> None:
    text = """\
target "base" {
  context = "app"
  args = { GO = "1.22", UNUSED_IMAGE = "b:1" }
}
target "web" {
  inherits = ["base"]
  dockerfile = "web.Dockerfile"
  args = { ALPINE = "3.20" }
}
target "again" { inherits = ["base"] }
"""
    others = {
        "app/Dockerfile": "ARG GO=1\nFROM golang:${GO}\n",
        "app/web.Dockerfile": "ARG GO\nARG ALPINE\nFROM go:$GO\nFROM alpine:$ALPINE\n",
    }

    assert found("docker-bake.hcl", text, others=others) == [
        ("1.22", "golang:1.22"),
        ("1.22", "go:1.22"),
        ("3.20", "alpine:3.20"),
    ]


def test_where_no_digest_can_be_written_is_told() -> None:
    text = """\
GO = "1"
target "a" {
  args = { NAME = GO, NUMBER = 2, TEXT = "3", PART = "4" }
  dockerfile-inline = <<E
ARG NAME
ARG NUMBER
ARG TEXT
ARG PART
FROM a:$NAME
FROM a:$NUMBER
FROM a:$TEXT
FROM a:$PART-slim
E
}
"""
    places = {
        finding.place.text: finding.unpinnable_reason
        for finding in bake.find(FILES[bake], Text(text), AROUND)
        if isinstance(finding, Occurrence) and ".args." in finding.place.location
    }

    assert places == {
        "GO": "it is decided by `GO`, without quotes",
        "2": "it is decided by `2`, without quotes",
        "3": None,
        "4": "the Dockerfile writes more behind it",
    }


def test_targets_may_inherit_in_circles() -> None:
    text = 'target "a" {\ninherits = ["b"]\n}\ntarget "b" {\ninherits = ["a", "b"]\n}\n'

    assert found("docker-bake.hcl", text) == []


def test_what_a_target_replaces_is_told_to_its_dockerfile() -> None:
    text = """\
target "a" {
  context = "cwd://app"
  contexts = { base = "target:b", src = "." }
}
target "b" { dockerfile-inline = "FROM scratch" }
"""
    path = PurePosixPath("app/Dockerfile")
    context = Context(read={path: Text("")}.get, platforms=())

    for name in ("docker-bake.hcl", "ci/docker-bake.hcl"):
        relations = bake.relations(PurePosixPath(name), Text(text), context)
        assert list(relations) == [
            Usage(path=path, replaced=frozenset({"base", "src"}))
        ]
    assert list(bake.relations(FILES[bake], Text(text), AROUND)) == []
    assert list(bake.relations(FILES[bake], Text("a = 1"), AROUND)) == []


def test_what_is_outside_of_the_project_is_not_read() -> None:
    text = """\
target "a" {
  context = "CONTEXT"
  args = { A = "1" }
}
"""
    for context in ("https://x.test/y.git", "../..", "${NONE}"):
        written = text.replace("CONTEXT", context)
        others = {"Dockerfile": "ARG A\nFROM a:$A\n"}
        assert found("docker-bake.hcl", written, others=others) == []


def test_a_variable_is_given_from_outside() -> None:
    text = 'variable "T" {}\ntarget "a" {\n contexts = { a = "docker-image://a:${T}" }\n}\n'

    for outside in ({"variables": {"T": "5"}}, {"environment": {"T": "5"}}):
        assert found("docker-bake.hcl", text, **outside) == [("a:${T}", "a:5")]


@pytest.mark.slow
def test_too_much_of_bake_is_said() -> None:
    targets = (
        f'target "a{n}" {{\n inherits = ["a{n + 1}"]\n args = {{ A = "1" }}\n}}\n'
        for n in range(9000)
    )

    text = "".join(targets)

    assert found("docker-bake.hcl", text)[-1] == ("", "unparseable")
    assert list(bake.relations(FILES[bake], Text(text + "# contexts"), AROUND)) == []


TASK = 'job "j" {{ group "g" {{ task "t" {{\n driver = {driver}\n config {{\n image = {image}\n }}\n}} }} }}\n'


@pytest.mark.parametrize(
    ("driver", "image", "expected"),
    [
        ('"docker"', '"a:1"', [("a:1", "a:1")]),
        ('"podman"', '"docker://a:1"', [("a:1", "a:1")]),
        ('"podman"', '"docker-archive:/x.tar"', []),
        ('"exec"', '"a:1"', []),
        ("var.driver", '"a:1"', [("a:1", "a:1")]),
        ('"docker"', "var.image", [("var.image", "variable")]),
        ('"docker"', '"${meta.image}"', [("${meta.image}", "expression")]),
        ('"docker"', '""', []),
        ('"docker"', '"[[ .image ]]"', [("[[ .image ]]", "template")]),
    ],
)
def test_a_task_of_nomad(
    driver: str, image: str, expected: list[tuple[str, str]]
) -> None:
    text = TASK.format(driver=driver, image=image)

    assert found("web.nomad", text) == expected


def test_a_variable_of_nomad() -> None:
    text = TASK.format(driver='"docker"', image='"${local.name}:${var.tag}"')
    text += 'variable "tag" {\n type = string\n default = "1"\n}\n'
    text += 'variable "other" {}\nlocals {\n name = "a"\n}\n'

    assert found("x.nomad", text) == [("${local.name}:${var.tag}", "a:1")]
    assert found("x.nomad", text, variables={"tag": "2"})[0][1] == "a:2"
    assert found("x.nomad", text, environment={"NOMAD_VAR_tag": "3"})[0][1] == "a:3"


def test_other_names_need_a_target() -> None:
    target = 'target "a" {\n tags = ["x"]\n}\n'

    assert found("ci/bake-base.hcl", target) == [("x", "build-output")]
    assert not bake.matches(PurePosixPath("bake.hcl"), 'source "a" {}\n')
    assert not SOURCES["bake"].may_match(PurePosixPath("bakery.hcl"))


@pytest.mark.parametrize(
    "text",
    [
        (
            '{"Job": {"TaskGroups": [{"Tasks": [{"Driver": "docker",'
            ' "Config": {"image": "a:1"}}]}]}}'
        ),
        (
            '{"job": {"j": {"group": {"g": {"task": {"t": [{"driver": "docker",'
            ' "config": [{"image": "a:1"}]}]}}}}}}'
        ),
    ],
)
def test_a_job_in_json(text: str) -> None:
    assert found("deploy/job.json", text) == [("a:1", "a:1")]


def test_a_job_by_its_content() -> None:
    text = TASK.format(driver='"docker"', image='"a:1"')

    assert found("deploy/web.hcl", text) == [("a:1", "a:1")]
    assert found("deploy/nomad.job", text) == [("a:1", "a:1")]
    assert not nomad.matches(PurePosixPath("at.job"), "job every 5 minutes\n")
    assert not nomad.matches(PurePosixPath("x.hcl"), 'source "docker" "a" {}\n')


def test_a_pack_is_a_template() -> None:
    text = (
        "[[ if .x ]]\n" + TASK.format(driver='"docker"', image='"a:1"') + "[[ end ]]\n"
    )

    assert found("web.nomad.tpl", text) == [("a:1", "a:1")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('resource "docker_image" "a" {\n name = "a:1"\n build {\n }\n}',
         [("a:1", "build-output")]),
        ('resource "docker_registry_image" "a" { name = "a:1" }',
         [("a:1", "build-output")]),
        ('resource "docker_container" "a" { image = "a:1" }', [("a:1", "a:1")]),
        (('resource "docker_service" "a" {\n task_spec {\n container_spec {\n'
         ' image = "a:1"\n }\n }\n}'), [("a:1", "a:1")]),
        (('resource "kubernetes_pod" "a" {\n spec {\n init_container {\n'
         ' image = "a:1"\n }\n container {\n image = "b:1"\n }\n }\n}'),
         [("a:1", "a:1"), ("b:1", "b:1")]),
        (('resource "kubernetes_manifest" "a" {\n manifest = { spec = {\n'
         ' containers = [{ image = "a:1" }] } }\n}'), [("a:1", "a:1")]),
        (('resource "kubernetes_job" "a" {\n spec {\n dynamic "container" {\n'
         ' for_each = var.x\n content {\n image = "a:1"\n }\n }\n }\n}'),
         [("a:1", "a:1")]),
        (('resource "google_cloud_run_v2_job" "a" {\n template { template {\n'
         ' containers { image = "a:1" }\n } }\n}'), [("a:1", "a:1")]),
        (('resource "google_cloud_run_service" "a" {\n template { spec {\n'
         ' containers { image = "a:1" }\n } }\n}'), [("a:1", "a:1")]),
        ('resource "azurerm_container_group" "a" { container { image = "a:1" } }',
         [("a:1", "a:1")]),
        (('resource "google_compute_instance" "a" {\n boot_disk {\n'
         ' initialize_params { image = "debian-cloud/debian-11" }\n }\n}'), []),
        ('resource "digitalocean_droplet" "a" { image = "ubuntu-22-04-x64" }', []),
        ('resource "aws_instance" "a" { ami = "ami-1" }', []),
        ('resource "docker_image" { name = "a:1" }', []),
        ('module "a" { image = "a:1" }', [("a:1", "guess")]),
        ('module "a" { image = "debian-cloud/debian-12" }', []),
        ('module "a" { image = var.a }', []),
        ('module "a" { containers = [{ image = "a" }] }', [("a", "guess")]),
        ('resource "helm_release" "a" {\n set { value = "a:1" }\n}', []),
        ('data "docker_image" "a" { name = "a:1" }', [("a:1", "a:1")]),
        ('resource "docker_container" "a" { image = var.a ? "a:1" : "b:1" }',
         [('var.a ? "a:1" : "b:1"', "expression")]),
        ('resource "docker_container" "a" { image = "${upper("a")}:1" }',
         [('${upper("a")}:1', "expression")]),
        ('resource "docker_container" "a" { image = null }', []),
        ('resource "aws_lambda_function" "a" { image_uri = "x.test/a:1" }',
         [("x.test/a:1", "x.test/a:1")]),
    ],
)  # fmt: skip
def test_a_resource_of_terraform(text: str, expected: list[tuple[str, str]]) -> None:
    assert found("main.tf", text + "\n") == expected


STACK = """\
resource "azurerm_linux_%s" "a" {
  site_config {
    application_stack {
%s
    }
  }
}
"""
HUB = 'docker_registry_url = "https://index.docker.io/v1"\n'
GHCR = 'docker_registry_url = "https://ghcr.io/"\n'


@pytest.mark.parametrize(
    ("kind", "stack", "expected"),
    [
        ("web_app", 'docker_image_name = "a/b:1"', [("a/b:1", "a/b:1")]),
        ("web_app", HUB + 'docker_image_name = "a/b:1"', [("a/b:1", "a/b:1")]),
        (
            "web_app_slot",
            GHCR + 'docker_image_name = "a/b:1"',
            [("a/b:1", "ghcr.io/a/b:1")],
        ),
        (
            "web_app",
            GHCR + 'docker_image_name = "a/b:${var.tag}"',
            [("a/b:${var.tag}", "variable")],
        ),
        (
            "web_app",
            (
                'docker_registry_url = "https://${azurerm_container_registry.r.login_server}"\n'
                'docker_image_name = "a/b:1"'
            ),
            [("a/b:1", "expression")],
        ),
        (
            "function_app",
            (
                'docker {\n registry_url = "https://mcr.microsoft.com"\n'
                ' image_name = "a/b"\n image_tag = "4"\n}'
            ),
            [("4", "mcr.microsoft.com/a/b:4")],
        ),
        (
            "function_app",
            (
                'docker {\n registry_url = "r.azurecr.io"\n image_name = "a/b"\n'
                " image_tag = var.tag\n}"
            ),
            [("var.tag", "variable")],
        ),
        ("web_app", 'dotnet_version = "8.0"', []),
    ],
)
def test_a_web_app_of_azure(
    kind: str, stack: str, expected: list[tuple[str, str]]
) -> None:
    assert found("main.tf", STACK % (kind, stack)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('jsonencode([{ image = "a:1" }, { "Image" : "b:1" }])',
         [("a:1", "a:1"), ("b:1", "b:1")]),
        ('jsonencode(concat([{ image = "a:1" }], var.more))',
         [("a:1", "a:1"), ("var.more", "expression")]),
        ('"${jsonencode([{ image = "a:1" }])}"', [("a:1", "a:1")]),
        ('<<E\n[{"image": "a:1", "cpu": ${var.cpu}}]\nE', [("a:1", "a:1")]),
        ('<<-E\n  [{"image": "a:${var.tag}"}]\n  E', [("a:${var.tag}", "a:9")]),
        ('<<E\n[{"image": "${aws_x.y.z}:1"}]\nE', [("${aws_x.y.z}:1", "expression")]),
        ('"[{\\"image\\": \\"a:1\\"}]"', [("a:1", "a:1")]),
        ("<<E\n[{]\nE", [("]", "unparseable")]),
        ("<<E\n${var.x}[\nE", [("${var.x}[", "expression")]),
        ('file("x.json")', [('file("x.json")', "expression")]),
        ("local.web", [("l:1", "l:1")]),
        ("concat(local.web, local.web)", [("l:1", "l:1")]),
        ("local.a0", [("local.a3", "expression")]),
        ('jsonencode([{ x = [f(), merge({ image = "a:1" }, g())] }])',
         [("a:1", "a:1")]),
        ('jsonencode([{ image = { x = 1 } }, { y = ["z", [{ image = "b:1" }]] }, "w"])',
         [("b:1", "b:1")]),
        ("jsonencode([local.web])", [("l:1", "l:1")]),
        ('jsonencode([for n in ["x"] : { image = "a:1" }])', [("a:1", "a:1")]),
        ('var.prod == "x" ? jsonencode([{ image = "a:1" }]) : "[]"', [("a:1", "a:1")]),
        ("jsonencode([{ image = c.image }])", [("c.image", "expression")]),
        ('""', []),
        ("null", []),
    ],
)  # fmt: skip
def test_the_containers_of_a_task_definition(
    value: str, expected: list[tuple[str, str]]
) -> None:
    text = f"""\
resource "aws_ecs_task_definition" "t" {{
  container_definitions = {value}
}}
variable "tag" {{ default = "9" }}
locals {{
  web = jsonencode([{{ image = "l:1" }}])
  a0 = local.a1
  a1 = local.a2
  a2 = local.a3
  a3 = local.a4
}}
"""

    assert found("main.tf", text) == expected


def test_variables_come_from_the_folder() -> None:
    text = 'resource "docker_image" "a" {\n name = "${local.name}:${var.tag}"\n}\n'
    others = {
        "app/variables.tf": 'variable "tag" {\n default = "1"\n}\n',
        "app/locals.tf": 'locals {\n name = "a"\n}\n',
    }
    given = {**others, "app/terraform.tfvars": 'tag = "2"\n'}

    def reference(others: Mapping[str, str], **outside: Mapping[str, str]) -> str:
        ((_, reference),) = found("app/x.tf", text, others=others, **outside)
        return reference

    assert reference({}) == "variable"
    assert reference(others) == "a:1"
    assert reference(others, environment={"TF_VAR_tag": "4"}) == "a:4"
    assert reference(given, environment={"TF_VAR_tag": "4"}) == "a:2"
    assert reference(given, variables={"tag": "3"}) == "a:3"


def test_terraform_in_json() -> None:
    spec = {
        "container": [{"image": "b:1"}, {"image": "c:${var.t}"}],
        "dynamic": [1, {"container": [{"content": {"image": "d:1"}}, {}], "x": 1}],
    }
    resources = {
        "docker_image": {"a": {"name": "nginx:1"}},
        "kubernetes_pod": {"b": [{"spec": spec}, 1]},
    }
    text = json.dumps(
        {
            "resource": resources,
            "variable": {"t": {"default": "2"}, "u": {}},
            "locals": [1, {}],
        }
    ).replace("nginx:1", "nginx:\\u0031")

    assert found("main.tf.json", text) == [
        ("nginx:\\u0031", "nginx:1"),
        ("b:1", "b:1"),
        ("c:${var.t}", "c:2"),
        ("d:1", "d:1"),
    ]


def test_what_decided_a_value_is_told() -> None:
    text = """\
variable "tag" { default = "1" }
locals { image = "a:${var.tag}" }
resource "docker_image" "a" { name = local.image }
resource "docker_image" "b" { name = "${local.image}" }
"""
    bare, inside = terraform.find(FILES[terraform], Text(text), AROUND)

    assert isinstance(bare, Occurrence)
    assert bare.place.location == "docker_image.a.name"
    assert bare.variables == ("local.image", "tag")
    assert bare.unpinnable_reason == "it is decided by `local.image`, without quotes"
    assert isinstance(inside, Occurrence)
    assert inside.unpinnable_reason is None


@pytest.mark.parametrize("path", ["main.tf", "docker-bake.hcl", "a.nomad", "a.tf.json"])
def test_a_broken_file_is_said_to_be(path: str) -> None:
    text = "{ = image target config\njob x\n"
    assert [reason for _, reason in found(path, text)] == ["unparseable"]


def test_a_nomad_file_without_a_job_is_another_kind_of_file() -> None:
    assert not nomad.matches(PurePosixPath("upstart.nomad"), "start on runlevel [2]\n")
    assert nomad.matches(PurePosixPath("x.nomad"), "job web {\n")
    assert nomad.matches(PurePosixPath("x.nomad.tpl"), '[[ if .x ]] job "web" {\n')


@given(st.text(alphabet=' \n"\\$%{}[]()<>-=:,.?#/*abE01é', max_size=60))
def test_no_text_is_too_strange(noise: str) -> None:
    frames = (
        f'target "a" {{\n args = {{ {noise} }}\n dockerfile-inline = "{noise}"\n}}\n',
        f'task "a" {{\n driver = "docker"\n config {{\n image = {noise}\n }}\n}}\n',
        (
            'resource "aws_ecs_task_definition" "a" {\n container_definitions = <<E\n'
            f'[{{"image": "{noise}"}}]\nE\n}}\n'
        ),
        f'resource "kubernetes_pod" "a" {{\n container {{\n image = "{noise}"\n}}\n}}\n',
    )
    for source, path in FILES.items():
        for text in (noise, *frames):
            for finding in source.find(path, Text(text), AROUND):
                assert isinstance(finding, Occurrence | Skipped)
                span = finding.place.span
                written = text.encode()[span.start : span.end].decode()
                assert written == finding.place.text
    list(bake.relations(FILES[bake], Text(noise + " contexts"), AROUND))


NAMES = st.from_regex(r"[a-z]{1,5}(:[a-z0-9]{1,4})?", fullmatch=True)


@given(st.lists(NAMES, min_size=1, max_size=5), st.data())
def test_another_reference_at_one_place_changes_that_alone(
    names: list[str], data: st.DataObject
) -> None:
    text = "".join(
        f'# é "{name}"\nresource "docker_image" "i{number}" {{ # {name}\n'
        f'  name = "{name}" /* {name} */\n}}\n'
        for number, name in enumerate(names)
    )
    before = list(terraform.find(FILES[terraform], Text(text), AROUND))
    chosen = data.draw(st.integers(0, len(names) - 1))
    span = before[chosen].place.span
    raw = text.encode()

    spliced = raw[: span.start] + b"ghcr.io/other/one:2" + raw[span.end :]

    after = list(terraform.find(FILES[terraform], Text.decode(spliced), AROUND))
    names[chosen] = "ghcr.io/other/one:2"
    assert [finding.place.text for finding in before] != [
        finding.place.text for finding in after
    ]
    assert [finding.place.text for finding in after] == names


def test_a_computed_value_says_so() -> None:
    text = 'resource "docker_image" "a" { name = var.x }\n'
    (finding,) = terraform.find(FILES[terraform], Text(text), AROUND)

    assert isinstance(finding, Skipped)
    assert finding.reason is Reason.VARIABLE
    assert finding.detail == "`var.x`: `x` has no value in this file"
    assert finding.hint == "set `x` in `[variables]` of the configuration"


def test_images_of_a_module_are_guesses_at_any_depth() -> None:
    text = """\
module "a" {
  source = "x"
  image  = ""
  containers = [{ image = "acme/a:1" }, merge({ image = "acme/b:1" }, {})]
  task = { web = { container_image = "acme/c:1", image_url = var.none } }
}
"""
    terraform = SOURCES["terraform"]
    found = terraform.find(PurePosixPath("main.tf"), Text(text), AROUND)

    assert [
        (finding.place.text, finding.reason.slug)
        for finding in found
        if isinstance(finding, Skipped) and finding.reason.slug == "guess"
    ] == [("acme/a:1", "guess"), ("acme/b:1", "guess"), ("acme/c:1", "guess")]


PACKER = 'source "docker" "a" { image = "a:${var.t}" }\n'
WITH_DEFAULT = PACKER + 'variable "t" { default = "1" }\n'


@pytest.mark.parametrize(
    ("text", "others", "expected"),
    [
        (PACKER, {}, "variable"),
        (WITH_DEFAULT, {"b.pkrvars.hcl": 't = "2"'}, "a:1"),
        (WITH_DEFAULT, {"b.auto.pkrvars.hcl": 't = "2"'}, "a:2"),
        (WITH_DEFAULT, {"b.auto.pkrvars.json": '{"t": "2"}'}, "a:2"),
        (WITH_DEFAULT, {"b.auto.pkrvars.hcl": "t = 2.5"}, "a:2.5"),
        (
            WITH_DEFAULT,
            {"b.auto.pkrvars.hcl": 't = "2"', "c.auto.pkrvars.hcl": 't = "3"'},
            "a:3",
        ),
        (WITH_DEFAULT, {"sub/b.auto.pkrvars.hcl": 't = "2"'}, "a:1"),
        (PACKER, {"b.pkr.hcl": 'variable "t" { default = "4" }'}, "a:4"),
        (PACKER, {"b.pkr.json": '{"variable": {"t": {"default": "4"}}}'}, "a:4"),
        (PACKER, {"b.pkr.hcl": 'variable "t" {', "c.pkrvars.hcl": "t = ["}, "variable"),
        (PACKER, {"b.pkrvars.hcl": 't = "5"'}, "a:5"),
        (PACKER, {"b.pkrvars.hcl": 't = "5"', "c.pkrvars.hcl": 't = "5"'}, "a:5"),
        (PACKER, {"b.pkrvars.hcl": 't = "5"', "c.pkrvars.hcl": 't = "6"'}, "variable"),
        (PACKER, {"b.pkrvars.hcl": "t = ["}, "variable"),
        (PACKER, {"b.pkrvars.hcl": 't = "x" # ' + "y" * 300_000}, "variable"),
    ],
)
def test_variables_of_packer_in_files_beside(
    text: str, others: dict[str, str], expected: str
) -> None:
    assert found("a.pkr.hcl", text, others=others) == [("a:${var.t}", expected)]


MODULE = 'resource "docker_image" "a" {\n name = "a:${var.t}"\n}\n'
WITH_ONE = MODULE + 'variable "t" { default = "1" }\n'


@pytest.mark.parametrize(
    ("text", "others", "expected"),
    [
        (MODULE, {"variable.tf": 'variable "t" { default = "4" }'}, "a:4"),
        (MODULE, {"images.tofu": 'variable "t" { default = "4" }'}, "a:4"),
        (MODULE, {"v.tf.json": '{"variable": {"t": {"default": "4"}}}'}, "a:4"),
        (MODULE, {"sub/v.tf": 'variable "t" { default = "4" }'}, "variable"),
        (
            MODULE,
            {
                "v.tf": 'variable "t" { default = local.x }',
                "z.tf": 'locals { x = "5" }',
            },
            "a:5",
        ),
        (
            MODULE,
            {
                "v.tf": 'variable "t" { default = "4" }',
                "v_override.tf": 'variable "t" { default = "5" }',
            },
            "a:5",
        ),
        (WITH_ONE, {"b.auto.tfvars": 't = "2"'}, "a:2"),
        (WITH_ONE, {"b.auto.tfvars.json": '{"t": "2"}'}, "a:2"),
        (WITH_ONE, {"a.auto.tfvars": 't = "2"', "b.auto.tfvars": 't = "3"'}, "a:3"),
        (WITH_ONE, {"a.auto.tfvars": 't = "2"', "terraform.tfvars": 't = "3"'}, "a:2"),
        (
            WITH_ONE,
            {"terraform.tfvars": 't = "3"', "terraform.tfvars.json": '{"t": "4"}'},
            "a:4",
        ),
        (WITH_ONE, {"prod.tfvars": 't = "2"'}, "a:1"),
        (MODULE, {"prod.tfvars": 't = "2"'}, "a:2"),
        (MODULE, {"prod.tfvars": 't = "2"', "test.tfvars": 't = "3"'}, "variable"),
    ],
)
def test_variables_of_terraform_in_files_beside(
    text: str, others: dict[str, str], expected: str
) -> None:
    assert found("main.tf", text, others=others) == [("a:${var.t}", expected)]


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.tf.tmpl", "x = {{ y|default(false)|string|lower }}\n", {"template"}),
        ("a.tf.j2", 'x = [\n {% if y %}\n "a",\n {% endif %}\n]\n', {"template"}),
        ("a.tf.tmpl", "x = [|\n", {"unparseable"}),
        ("a.tf", "x = |\n# {{ y }}\n", {"unparseable"}),
    ],
)
def test_what_an_action_breaks_is_a_template(
    path: str, text: str, expected: set[str]
) -> None:
    image = 'resource "docker_image" "a" {\n name = "a:1"\n}\n'
    results = {result for _, result in found(path, f"{image}{text}")}

    assert results == {"a:1", *expected}


def test_a_tag_in_terraform_values_may_be_a_number() -> None:
    text = 'variable "t" { default = "1" }\nresource "docker_image" "a" {\n'
    text += '  name = "a:${var.t}"\n}\n'
    others = {"terraform.tfvars": "t = 2"}

    assert found("main.tf", text, others=others) == [("a:${var.t}", "a:2")]
