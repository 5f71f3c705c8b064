"""The formats of further tools: which files are theirs, and what only looks so."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

import pytest

from imagelock.model.occurrence import Occurrence
from imagelock.model.source_text import Text
from imagelock.sources import SOURCES
from imagelock.sources.context import Context
from tests.sources.test_pipelines import meaning
from tests.support.extraction import cases, check, find
from tests.support.recognition import reader_of

if TYPE_CHECKING:
    from tests.support.extraction import Case

FORMATS: Final = (
    "act",
    "azure-containers",
    "backstage",
    "batect",
    "bazel",
    "bicep",
    "buildpacks",
    "caprover",
    "codefresh",
    "copilot",
    "crow",
    "dapr",
    "ddev",
    "devspace",
    "digitalocean",
    "earthfile",
    "fly",
    "garden",
    "gitlab-runner",
    "gradle",
    "harness",
    "home-assistant",
    "jenkins",
    "jenkins-casc",
    "jenkins-config",
    "jsonnet",
    "kamal",
    "kcl",
    "kestra",
    "lando",
    "maven",
    "mcp",
    "nixos",
    "okteto",
    "packer",
    "prow",
    "pterodactyl",
    "pulumi",
    "render",
    "score",
    "screwdriver",
    "semaphore",
    "serverless",
    "teamcity",
    "tilt",
    "timoni",
    "vagrant",
    "vela",
    "werf",
    "zarf",
)


@pytest.mark.parametrize(
    "case", [case for name in FORMATS for case in cases(name)], ids=str
)
def test_the_golden_cases(case: Case) -> None:
    check(case, find(case))


BESIDE = {
    "E3107": {"docker-compose.yml": "compose"},
    "E3108": {"deploy/api.yaml": "kubernetes"},
    "E3204": {".ddev/docker-compose.queue.yaml": "compose"},
}
"""Files of other formats with places, by the ids of the cases."""


@pytest.mark.parametrize(
    "case", [case for name in FORMATS for case in cases(name)], ids=str
)
def test_their_files_are_recognised(case: Case) -> None:
    others = BESIDE.get(case.id, {})
    for path, data in case.files.items():
        if any(place.path == path for place in case.expectations):
            name = others.get(str(path), case.folder.parent.name)
            assert reader_of(path, Text.decode(data).value) == name


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("pom.xml", "<plugin><artifactId>jib-maven-plugin</artifactId></plugin>"),
        ("app/pom.xml", "<image>a</image><artifactId>site-maven-plugin</artifactId>"),
        ("jib.xml", "<artifactId>jib-maven-plugin</artifactId><image>a</image>"),
        ("build.gradle", "image { from 'a' }\nbuilder = 'b'\n"),
        ("module.cue", 'module: "instances"\nurl: "oci://a/b"\n'),
        ("a.nix", "{ programs.podman.enable = true; }"),
        ("a.nix", '{ image = "a:1"; }'),
        ("vm.bicep", "properties: { image: 'ubuntu' }"),
        ("captain-definition", '{"dockerfilePath": "imageName"}'),
        ("a.yaml", "services: [{image: {repository: a}}]\n"),
        ("a.yaml", "resources:\n- type: docker:RemoteImage\n"),
        (
            "a.yaml",
            "a:\n  resources:\n    b:\n      type: kubernetes:apps/v1:Deployment\n",
        ),
        ("BUILD.bazel", 'oci_pull(name = "a", image = "b")'),
        ("MODULE.bazel", "bazel_dep(name = 'pull')"),
        ("Project.toml", 'name = "Julia"\n[deps]\nbuilder = "1"\n'),
        ("Vagrantfile", 'config.vm.box = "docker"\nd.image = "a"\n'),
        ("a.json", '{"builders": [{"type": "qemu"}], "image": "docker"}'),
        ("a.pkr.hcl", 'source "amazon-ebs" "docker" {\n  image = "a"\n}\n'),
        ("butterfly.toml", '[build]\nimage = "a"\n'),
        ("server.json", '{"name": "a", "packages": [{"registryType": "npm"}]}'),
        ("mcp.json", '{"servers": {"a": {"command": "npx", "args": ["b"]}}}'),
        (".vscode/settings.json", '{"docker.host": "docker", "mcp": 1}'),
        ("settings.kts", 'dockerImage = "a"'),
        ("Tiltfile.md", "docker_build('a', '.')"),
        ("docs/earthfile.md", "FROM a:1\n"),
        ("earthfiles", "FROM a:1\n"),
        ("src/earthfile.py", "from pathlib import PurePath\n"),
        ("earthfile.go", "FROM a:1\n"),
        ("planet.earth", "from a to b\n"),
        ("tests/test_Earthfile.py", "from a import b\n"),
        ("tiltfile.go", "package tiltfile // docker_build\n"),
        ("pkg/jenkinsfile.go", "package docker // agent image\n"),
        ("jenkinsfile.ts", "import image from 'docker'\n"),
        ("Jenkinsfile.md", "agent { docker { image 'a' } }"),
        ("docs/jenkinsfiles.groovy", "docker { image 'a' }"),
        ("build.groovy", "docker { image 'a:1' }\ndef image = 'b:1'\n"),
        ("app.dapr.yaml", "version: 1\n# apps: containerImage\n"),
        ("app-config.yaml", "docker: {dockerImage: a}\n"),
        ("build.yaml", "build: {from: a, slug: b}\nimage: c\n"),
        ("config.yaml", "a:\n  slug: b\n  arch: c\n  version: d\nimage: e\n"),
        ("config.toml", '[runners]\nimage = "a"\n'),
        ("flow.yaml", "id: a\ntasks: [{type: other, containerImage: b}]\n"),
        ("kestra.yaml", "image: kestra\nx: {tasks: io.kestra.plugin}\n"),
        ("egg.json", '{"meta": {"version": "2"}, "docker_images": {"a": "b"}}'),
        ("zarf.yaml", "kind: ZarfInitConfig\ncomponents: [{images: [a]}]\n"),
        ("config.yaml", "image: a\nname: b\nversion: 1\n"),
        ("config/deploy.yml", "image: a\nservice: b\n"),
        ("deploy.yml", "servers: [a]\naccessories: {b: {image: c}}\n"),
        ("garden.yml", "plants: {a: {image: rose.jpg}}\n"),
        ("harness/ci.yaml", "pipeline: {stages: []}\nx: image\n"),
        ("jobs.yaml", "x: {presubmits: {a: [{spec: {containers: []}}]}}\n"),
        ("score.yaml", "containers: {a: {image: b}}\n"),
        ("semaphore/a.yml", "agent: {containers: [{image: a}]}\n"),
        ("template.yaml", "steps: [{input: {imageName: a}}]\n"),
        ("werf.yaml", "from: a\nimage: b\n"),
    ],
)
def test_files_that_only_resemble_theirs(path: str, text: str) -> None:
    assert reader_of(path, text) not in FORMATS


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("Earthfile.go", "VERSION 0.8\nFROM golang:1\n", "earthfile"),
        ("tests/cache.earth", "VERSION 0.8\na:\n  FROM golang:1\n", "earthfile"),
        ("from-dockerfile.earth", "FROM DOCKERFILE -f a .\n", "earthfile"),
        ("Tiltfile.py", "docker_build('a', '.')\n", "tilt"),
        ("Jenkinsfile.java", "agent { docker { image 'a:1' } }\n", "jenkins"),
        ("jenkinsfile.groovy", "agent { docker { image 'a:1' } }\n", "jenkins"),
    ],
)
def test_files_for_programs_in_a_language_are_theirs(
    path: str, text: str, name: str
) -> None:
    assert reader_of(path, text) == name


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ("kamal", "accessories: {a: {image: b, registry: {server: }}}", ["b:latest"]),
        (
            "kamal",
            "accessories: {a: {image: c/b:1, registry: {server: 'r.io:5000'}}}",
            ["r.io:5000/c/b:1"],
        ),
        ("kamal", "accessories: {a: {registry: {server: r.io}}}", []),
        ("tilt", "docker_build(ref='a', context='.')", ["(build-output)"]),
        ("tilt", "docker_build(a, '.')\ndef docker_build(b='c'): pass", []),
        ("tilt", "docker_build(context='.', only='b')", []),
        ("tilt", 'x = """FROM a:{v}""".format(v=1)', ["(expression)"]),
        ("tilt", 'x = """ARG v=1\nFROM a:$v"""', ["a:1"]),
        ("tilt", 'x = """not FROM a:1"""\ny = "FROM b:1"', []),
        (
            "tilt",
            'blob("""\nspec:\n containers:\n - image: a:%s\n""" % x)',
            ["(expression)"],
        ),
        ("werf", "image: [a, b]\n---\nimage: c\nfrom: a", ["(target-ref)"]),
        ("werf", "image: c\nfrom: c:1", ["c:1"]),
        ("werf", "image: c\nfrom: scratch", ["(scratch)"]),
        ("score", "containers: {a: {image: ./b}}", ["(invalid)"]),
        ("garden", "type: exec\nspec: {image: a}", []),
        ("home-assistant", "build_from: {amd64: a/b:1, i386: }", ["a/b:1"]),
        ("teamcity", "jobs: {a: {steps: [{docker-image: 'a:%b%'}]}}", ["(parameter)"]),
        ("jsonnet", "{image: 'a'}", ["(guess)"]),
        ("jsonnet", "{jobImage: 'a', image: 'x.png'}", []),
        ("jsonnet", "{_images:: {a: 'a:1'}, b: 'b:1'}", ["(guess)"]),
        ("jsonnet", "{image: 'a:1' + x, bImage: 'url(' + y}", ["(expression)"]),
        ("jsonnet", "{image:: |||\n  a:1\n|||, image: x.image}", []),
        ("jsonnet", "container.new('a', 'b:1') container.new(", ["(guess)"]),
        ("jsonnet", "{image: 'a:1", []),
        ("kcl", 'image?: str = "a:1"\nimage == "b:1"', ["(guess)"]),
        ("kcl", 'image = "a:{}".format(x)\nimage = x', ["(expression)"]),
        (
            "kestra",
            "tasks: [{tags: [b:1, 'c:1']}, {containerImage: b:1}, {tags: c:2}]",
            ["(target-ref)"],
        ),
        ("kestra", "tasks: [{containerImage: ''}, {image: a:1}]", []),
        (
            "pterodactyl",
            "{meta: {version: PTDL_v1}, image: 'a:1', images: ['b:1']}",
            ["b:1"],
        ),
        ("pterodactyl", "{meta: {version: PLCN_v1}, image: 'a:1', images: []}", []),
        (
            "pterodactyl",
            "{meta: PTDL_v2, docker_images: {a: ~, b: 'a:1', c: '~d'}}",
            ["a:1", "(local)"],
        ),
        ("fly", "build.image = 'a:1'", ["a:1"]),
        # https://fly.io/docs/reference/builders
        (
            "fly",
            "[build]\nbuildpacks = ['gcr.io/paketo-buildpacks/nodejs', 'a/b', 'urn:c.d/e']",
            ["(guess)"],
        ),
        (
            "buildpacks",
            "[[buildpacks]]\nuri = 'gcr.io/a/b:1'\n[[buildpacks]]\nuri = 'https://a.b/c'",
            ["(guess)"],
        ),
        ("fly", 'build = {image = "a\\u003a1", builder = ""}', ["a:1"]),
        ("fly", 'build = "a"\n[[build2]]\nimage = "b"', []),
        ("fly", '[build]\nimage = """\nb:1"""', ["b:1"]),
        ("buildpacks", 'build = [1, {image = "a"}]', []),
        ("bazel", "oci_pull(image = 'a', digest = '')", ["a:latest"]),
        ("bazel", "oci_pull(image = f('a'), tag = '1')", ["(expression)"]),
        ("bazel", "def oci_pull(image = 'a'): pass", []),
        ("bazel", "oci_pull(*args, image = 'a:1'", ["a:1"]),
        ("bazel", "x.pull(image = 'a')", []),
        (
            "bazel",
            "o = use_extension('@@rules_oci//:e.bzl', 'oci')\no.pull(image='a:2')",
            ["a:2"],
        ),
        (
            "mcp",
            '{"servers": {"a": {"command": "docker", "args": ["run", "--name=b"]}}}',
            [],
        ),
        ("mcp", '{"servers": {"a": {"command": "docker", "args": ["ps", "b"]}}}', []),
        ("mcp", '{"servers": {"a": {"command": ["docker"], "args": {"b": 1}}}}', []),
        (
            "mcp",
            '{"mcpServers": {"a": {"command": "docker", "args": ["run", "\\u0061"]}}}',
            ["a:latest"],
        ),
        ("mcp", '{"servers": {"a": /* b', ["(unparseable)"]),
        ("vagrant", "provider 'docker' do |d| d.image = X end", []),
        ("vagrant", "provider('docker') { |d| d.image = 'a' }", ["a:latest"]),
        ("vagrant", "provision :docker do |d| d.run 'a', image: X end", []),
        (
            "vagrant",
            "provision :docker do |d| d.run('a', args: 'b:1') end",
            ["a:latest"],
        ),
        ("earthfile", "FROM\nFROM --platform=x a:1", ["a:1"]),
        ("earthfile", "FROM 'a:1' # b\nFROM DOCKERFILE -f b .", ["a:1"]),
        (
            "earthfile",
            "ARG v=1\nFROM a:$v\nt:\n FROM b:$v",
            ["a:1", "(variable-unset)"],
        ),
        ("earthfile", "VERSION 0.6\nARG v=1\nt:\n FROM b:$v", ["b:1"]),
        (
            *("earthfile", "VERSION --arg-scope-and-set 0.6\nARG v=1\nt:\n FROM b:$v"),
            ["(variable-unset)"],
        ),
        ("earthfile", "LET v=1\nSET v=2\nFROM a:$v", ["(variable)"]),
        ("earthfile", "IF x\nARG v=1\nEND\nFROM a:$v", ["(variable)"]),
        ("earthfile", "IF x\nEND\nARG v=1\nFROM a:$v", ["a:1"]),
        ("earthfile", "ARG v=$(b)\nFROM a:$v\nFROM a:$(b)", ["(expression)"] * 2),
        ("earthfile", "ARG v=1\nFROM a:$v\nBUILD +t --v=2", ["(variable)"]),
        (
            "earthfile",
            "WITH DOCKER --pull a:1 --pull=b --load c=+d",
            ["a:1", "b:latest"],
        ),
        ("earthfile", "WITH DOCKER --pull", []),
        ("earthfile", "END\nWITH OTHER --load =x\nARG\nSET\nFROM ''", []),
        ("jenkins", "agent { docker { image('a:1') } }", ["a:1"]),
        ("jenkins", "agent { docker 'a:1\n image 'b' }", []),
        ("jenkins", "podTemplate { docker { image 'a:1' } }", []),
        ("jenkins", "agent { docker { image '' } }", []),
        ("jenkins", "agent { docker { image x.image\nlabel 'y' } }", ["(expression)"]),
        (
            "jenkins",
            "agent { docker { image 'a:1'; registryUrl X } }",
            ["(needs-base)"],
        ),
        ("jenkins", "agent { docker { image 'a'; registryUrl '' } }", ["a:latest"]),
        (
            *(
                "jenkins",
                "docker.withRegistry('http://b.c/') { docker.image('b.c/a') }",
            ),
            ["b.c/a:latest"],
        ),
        ("jenkins", "docker.image('a:1').push()", ["(build-output)"]),
        ("jenkins", "def x = docker.image('a:1')\nx.tag('b')", ["(build-output)"]),
        ("jenkins", "docker.withRegistry(null) { docker.image('a:1').run() }", ["a:1"]),
        ("jenkins", "withDockerContainer(args: '-v a:b') { sh 'c' }", []),
        ("jenkins", "def dockerNode(String image = 'a:1') { }", []),
        ("jenkins", "containerTemplate(name: 'a', image:", []),
        ("jenkins", "x = $/ docker.image('a') /$\ndocker.image('b:1')", ["b:1"]),
        (
            "jenkins",
            'yaml """\ncontainers: [\nimage: a\n"""',
            ["(template)", "(guess)"],
        ),
        ("jenkins", 'sh """a <<B\ncontainers: [\nimage: a\n"""', []),
        ("packer", 'source "docker" "a" {\n  image = local.b\n}', ["(variable)"]),
        ("packer", 'source "docker" "a" {}\nbuild {\n  source "docker.a" {}\n}', []),
        ("prow", "periodics: [{spec: {containers: [{name: a}]}}]", []),
    ],
)
def test_what_a_place_means(source: str, text: str, expected: list[str]) -> None:
    context = Context(read=lambda _: None, platforms=())
    path = PurePosixPath("a.yml")

    findings = SOURCES[source].find(path, Text(text), context)

    meanings = [meaning(finding) for finding in findings]
    assert [
        each.removeprefix("docker.io/").removeprefix("library/") for each in meanings
    ] == expected


def test_where_no_digest_is_accepted_that_is_why_it_is_not_pinned() -> None:
    findings = [finding for case in cases("home-assistant") for finding in find(case)]
    reasons = {f.unpinnable_reason for f in findings if isinstance(f, Occurrence)}

    (reason,) = reasons
    assert reason
    assert "accepts no digest" in reason
