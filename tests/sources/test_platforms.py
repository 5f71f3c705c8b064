"""Files of cloud platforms, beyond their golden cases."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from imagelock.model.occurrence import Found, Occurrence
from imagelock.model.source_text import Text
from imagelock.sources import SOURCES
from imagelock.sources.context import Context

AROUND = Context(read=lambda _: None, platforms=())
PATHS = {
    "azure-containers": "azuredeploy.json",
    "bicep": "main.bicep",
    "digitalocean": ".do/app.yaml",
    "ecs": "web.json",
    "pulumi": "Pulumi.yaml",
    "timoni": "bundle.cue",
}
CONTAINER = "p: {{ containers: [ {{ name: 'a', image: {} }} ] }}\n"


def read(name: str, text: str, path: str = "") -> list[str]:
    found = SOURCES[name].find(PurePosixPath(path or PATHS[name]), Text(text), AROUND)
    return [_shown(each) for each in found]


def _shown(found: Found) -> str:
    if isinstance(found, Occurrence):
        return found.reference.familiar
    return f"({found.reason.slug})"


@pytest.mark.parametrize(
    ("before", "image", "expected"),
    [
        ("", "'a:1'", ["a:1"]),
        ("", "'a:1', name: 'b'", ["a:1"]),
        ("", "'a:1', probes: [], x: {y: 'b'}", ["a:1"]),
        ("", "''", []),
        ("", "'a:${b}'", ["(expression)"]),
        ("", "'a' + b", ["(expression)"]),
        ("", "empty(x) ? x : 'a:1'", ["(expression)"]),
        ("param i string = 'a:1'", "i", ["a:1"]),
        ("@description('an image')\nparam i string = 'a:1'", "'${i}'", ["a:1"]),
        ("param i string", "i", ["(expression)"]),
        ("param i string\nvar j = 'b:1'", "i", ["(expression)"]),
        ("var i = x ? 'a' : 'b'", "i", ["(expression)"]),
        ("var i = 'a' == x ? 'b' : 'c'", "i", ["(expression)"]),
        ("var t = '1'\nvar i = 'a:${t}'", "i", ["a:1"]),
        ("var i = 'a:${i}'", "i", ["(expression)"]),
        ("// var i = 'a:1'", "i", ["(expression)"]),
    ],
)
def test_a_container_in_bicep(before: str, image: str, expected: list[str]) -> None:
    assert read("bicep", f"{before}\n{CONTAINER.format(image)}") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x: { linuxFxVersion: 'docker|a:1' }", ["a:1"]),
        ("x: { linuxFxVersion: 'COMPOSE|abc' }", []),
        ("x: { linuxFxVersion: runtime }", []),
        ("var v = 'DOCKER|a:1'\nx: { linuxFxVersion: v }", ["a:1"]),
        ("containers: [ { image: ['a'] } ]", ["(expression)"]),
        ("containers: { image: 'a' }", []),
        ("containers: [ { name: { image: 'a' } } ]", []),
        ("containers: [", []),
        ("containers: [ { image:", []),
    ],
)
def test_other_parts_of_bicep(text: str, expected: list[str]) -> None:
    assert read("bicep", text) == expected


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("registry_type: DOCKER_HUB, repository: a", ["a:latest"]),
        ("registry_type: DOCKER_HUB, registry: b, repository: a, tag: 1", ["b/a:1"]),
        ("registry_type: GHCR, registry: b, repository: a", ["ghcr.io/b/a:latest"]),
        ("registry_type: DOCR, repository: a", ["(needs-base)"]),
        ("registry_type: OTHER, repository: a", ["(needs-base)"]),
        ("registry_type: DOCKER_HUB, repository: '${A}'", ["(variable)"]),
        ("registry_type: DOCKER_HUB, registry: $A, repository: a", ["(variable)"]),
        ("registry_type: DOCKER_HUB, repository: A", ["(invalid)"]),
        ("registry_type: DOCKER_HUB, repository: a, digest: b", ["(invalid)"]),
        ("registry_type: DOCKER_HUB, repository: a, repository: b", ["(duplicate-key)"]),
        ("registry_type: DOCKER_HUB, repository: {a: b}", []),
        ("registry_type: DOCKER_HUB", []),
    ],
)  # fmt: skip
def test_a_component_of_app_platform(image: str, expected: list[str]) -> None:
    text = f"services:\n- name: x\n  image: {{{image}}}\n"
    assert read("digitalocean", text) == expected


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("{type: docker:RemoteImage, properties: {name: a}}", ["a:latest"]),
        ("{type: docker:RemoteImage, properties: {name: a, build: {}}}", ["(build-output)"]),
        ("{type: docker-build:Image, properties: {tags: [a, b]}}", ["(build-output)"] * 2),
        ("{type: docker:Container, properties: {image: 'a:1'}}", ["a:1"]),
        ("{type: docker:Volume, properties: {name: a}}", []),
        ("{type: docker:RemoteImage, properties: a}", []),
        ("{type: aws:ecs/taskDefinition:TaskDefinition, properties: {x: {containers: [{image: a}]}}}",
         ["a:latest"]),
        ("a", []),
    ],
)  # fmt: skip
def test_a_resource_of_pulumi(resource: str, expected: list[str]) -> None:
    assert read("pulumi", f"resources:\n  x: {resource}\n") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[{"name": "a", "image": "b:1", "essential": true}]', ["b:1"]),
        ('{"name": "a", "image": "b:1", "essential": true}', ["b:1"]),
        ('[{"image": "b:1", "essential": true}]', []),
        ('[{"name": "a", "image": "b:${c}", "essential": true}]', ["(expression)"]),
        ('[{"name": "a", "image": "b:1", "cpu": ${c},\n "essential": true}', ["b:1"]),
        ('[{"name": "a", "image": "b:1", "essential": true', ["(unparseable)"]),
        ('{"containerDefinitions": [\n{"image": "b:1",\n"cpu": ${c}}]}', ["b:1"]),
    ],
)
def test_container_definitions_alone(text: str, expected: list[str]) -> None:
    assert read("ecs", text) == expected


def test_an_app_of_app_service_in_a_template() -> None:
    text = '{"siteConfig": {"linuxFxVersion": "%s"}, "type": "Microsoft.Web/sites"}'
    assert read("azure-containers", text % "DOCKER|a:1") == ["a:1"]
    assert read("azure-containers", text % "[variables('v')]") == []
    assert read("azure-containers", text % "DOCKER|[variables('v')]") == [
        "(expression)"
    ]


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ('module: url: "oci://r.io/a"', ["r.io/a:latest"]),
        ('module: {url: "oci://r.io/a", version: "1.2.3"}', ["r.io/a:1.2.3"]),
        ('module: {\n url: "oci://r.io/a"\n version: "1.2.3+b"\n}', ["r.io/a:1.2.3_b"]),
        ('module: url: "oci://r.io/a"\nmodule: version: "1"', ["r.io/a:1"]),
        ('"module": {"url": "oci://r.io/a"}', ["r.io/a:latest"]),
        ('// module: url: "oci://r.io/a"', []),
        ('module: url: "file://../a"', []),
        ("module: url: _url", ["(expression)"]),
        ('module: {url: "oci://r.io/a", version: "1" @timoni(runtime:string:V)}',
         ["(expression)"]),
        ('module: {url: "oci://r.io/a", version: *"1" | string}', ["(expression)"]),
        ('module: {url: "oci://r.io/\\(name)"}', ["(expression)"]),
        ('module: {url: "oci://r.io/a", digest: "b"}', ["(invalid)"]),
        ('module: "a.example/b"', []),
        ("module: {url:", []),
        ("module:", []),
    ],
)  # fmt: skip
def test_a_module_of_timoni(module: str, expected: list[str]) -> None:
    text = f"bundle: instances: {{\n a: {{\n{module}\n }}\n}}\n"
    assert read("timoni", text) == expected
