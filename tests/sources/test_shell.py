"""Images in the commands of scripts: words, programs, variables, and edits."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.model.occurrence import Occurrence
from imagelock.model.source_text import Text
from imagelock.sources.context import Context
from imagelock.sources.shell import PROGRAMS
from imagelock.sources.shell.programs import ENGINES, OTHERS
from imagelock.sources.shell.shell import find
from tests.conftest import AMD64, ARM64
from tests.sources.test_pattern_rules import summary
from tests.support.locked import save
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from imagelock.demo.registry import MemoryRegistry
    from tests.conftest import Run

SCRIPT = PurePosixPath("run.sh")


def context(files: dict[str, str] | None = None, **variables: str) -> Context:
    texts = {PurePosixPath(path): Text(text) for path, text in (files or {}).items()}
    return Context(read=texts.get, platforms=(AMD64,), variables=variables)


def found(text: str, name: str = "run.sh") -> list[tuple[str, str]]:
    findings = list(find(PurePosixPath(name), Text(text), context(GIVEN="given:1")))
    for finding in findings:
        span = finding.place.span
        written = text.encode("utf-8", "surrogateescape")[span.start : span.end]
        assert written.decode("utf-8", "surrogateescape") == finding.place.text
    return summary(findings)


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        # https://docs.docker.com/reference/cli/docker/container/run/
        ("docker run --name test -d -p 8080:80 nginx:alpine", ["nginx:alpine"]),
        ("docker run --cidfile /tmp/docker_test.cid ubuntu echo test", ["ubuntu"]),
        ("docker run -t -i --privileged ubuntu bash", ["ubuntu"]),
        ("docker run --mount type=bind,src=/data,target=/data busybox sh", ["busybox"]),
        ("docker run -p 127.0.0.1:80:8080/tcp -it nginx:alpine", ["nginx:alpine"]),
        ("docker run --env-file=.env --env VAR1=value1 ubuntu env", ["ubuntu"]),
        ("docker container create -i -t --name mycontainer alpine", ["alpine"]),
        ("docker --context remote run --rm a/b:1", ["a/b:1"]),
        # https://docs.docker.com/reference/cli/docker/image/pull/
        ("docker image pull --all-tags ghcr.io/dockersamples/visualizer", ["ghcr.io/dockersamples/visualizer"]),
        ("podman pull -q alpine docker.io/library/busybox:1", ["alpine", "docker.io/library/busybox:1"]),
        ("nerdctl run -it --rm alpine", ["alpine"]),
        # https://docs.docker.com/reference/cli/docker/buildx/build/
        ("docker buildx build --build-context alpine=docker-image://alpine:3.15 .", ["alpine:3.15"]),
        ("docker build --build-context x=https://a/b.git -t a/b:1 .", []),
        # https://docs.docker.com/reference/cli/docker/buildx/imagetools/create/
        ("docker buildx imagetools create --tag=a/b:latest a/b:1 a/c:1", ["a/b:1", "a/c:1"]),
        # https://kubernetes.io/docs/reference/kubectl/generated/kubectl_run/
        ('kubectl run nginx --image=nginx --port=5701 --env="DNS=a"', ["nginx"]),
        ("kubectl run -i -t busybox --image busybox --restart=Never -- sh", ["busybox"]),
        ("kubectl create deployment d --image=a/b:1", ["a/b:1"]),
        ("kubectl set image deployment/nginx busybox=busybox nginx=nginx:1.9.1", ["busybox", "nginx:1.9.1"]),
        ("kubectl get pods --image=x", []),
        # https://helm.sh/docs/intro/using_helm/
        ("helm install x ./c --set image.repository=a/b,image.tag=1", ["a/b"]),
        ("helm install x ./c --set name=b --set-string sidecarImage=a/c:1", ["a/c:1"]),
        # https://github.com/google/go-containerregistry/tree/main/cmd/crane
        ("crane copy --platform linux/amd64 a/b:1 c/d:1", ["a/b:1"]),
        ("crane ls a/b", []),
        # https://github.com/containers/skopeo
        ("skopeo copy --all docker://quay.io/buildah/stable docker://registry.internal.company.com/buildah", ["quay.io/buildah/stable"]),
        ("skopeo inspect --override-os linux docker://a/b:1", ["a/b:1"]),
        ("skopeo copy oci:x docker://a/b:1", []),
        # https://helm.sh/docs/topics/plugins
        ("helm plugin install oci://ghcr.io/acme/helm-diff:3.9.0", ["ghcr.io/acme/helm-diff:3.9.0"]),
        ("helm plugin install --verify=false oci://localhost:5000/acme/secrets:4.7.9 --debug", ["localhost:5000/acme/secrets:4.7.9"]),
        ("helm plugin install https://github.com/acme/helm-diff --version v3.9.0", []),
        ("helm plugin uninstall oci://ghcr.io/acme/helm-diff:3.9.0", []),
        # https://helm.sh/docs/topics/registries
        ("helm push mychart-0.1.0.tgz oci://localhost:5000/helm-charts", []),
        ("helm registry login oci://localhost:5000", []),
        # https://oras.land/docs/commands/oras_pull
        ("oras pull localhost:5000/hello:v1", ["localhost:5000/hello:v1"]),
        ("oras pull -v -o out --platform linux/arm/v5 localhost:5000/hello:v1", ["localhost:5000/hello:v1"]),
        ("oras copy --from-plain-http localhost:5000/net-monitor:v1 localhost:6000/copy:v1", ["localhost:5000/net-monitor:v1"]),
        ("oras manifest fetch --pretty localhost:5000/hello:v1", ["localhost:5000/hello:v1"]),
        ("oras pull --oci-layout layout-dir:v1; oras push localhost:5000/hello:v1 a.txt", []),
        # https://docs.docker.com/reference/cli/docker/model/pull/
        ("docker model pull ai/smollm2:360M-Q4_K_M", ["ai/smollm2:360M-Q4_K_M"]),
        ('docker model run -d --color no ai/qwen3 "Hi"; docker model rm ai/gemma3', ["ai/qwen3"]),
        # https://fluxcd.io/flux/cmd/flux_pull_artifact
        ("flux pull artifact oci://ghcr.io/org/manifests/app:v0.0.1 --output ./manifests", ["ghcr.io/org/manifests/app:v0.0.1"]),
        ("flux push artifact oci://ghcr.io/org/manifests/app:v0.0.1 --path=./x", []),
        # https://timoni.sh/cmd/timoni_mod_pull
        ("timoni mod pull oci://ghcr.io/acme/modules/app:1.0.0 -o ./app", ["ghcr.io/acme/modules/app:1.0.0"]),
        ("timoni mod push ./app oci://ghcr.io/acme/modules/app --version=1.0.0", []),
        # https://github.com/devcontainers/cli#readme
        ("devcontainer templates apply --template-id ghcr.io/devcontainers/templates/go:1", ["ghcr.io/devcontainers/templates/go:1"]),
        ("devcontainer templates apply -w . -t ghcr.io/devcontainers/templates/cpp", ["ghcr.io/devcontainers/templates/cpp"]),
        ("devcontainer templates apply --template-id=ghcr.io/acme/templates/a:2 -a '{}'", ["ghcr.io/acme/templates/a:2"]),
        ("devcontainer templates publish -t ghcr.io/acme/templates/a:2 ./src", []),
        # https://nektosact.com/usage/runners.html
        ("act push -P ubuntu-latest=a/b:1 --platform=macos=-self-hosted --platform x=c:2", ["a/b:1", "c:2"]),
        ("gh act -P ubuntu-latest=a/b:1; gh api -P ubuntu=c/d:1; act -P none", ["a/b:1"]),
        # What runs another program.
        ("sudo -u x docker run a", ["a"]),
        ("if ! env A=b timeout -k 5 30 docker run a; then docker run b; fi", ["a", "b"]),
        ("x | xargs -n 1 docker run a 2>&1 | tee log", ["a"]),
        ("/usr/bin/docker run a", ["a"]),
        ("$(docker run a)`docker run b`", ["a", "b"]),
        ('echo "$(docker run "a:1" | wc)"', ["a:1"]),
        ("bash -ec 'docker run a; docker run b'", ["a", "b"]),
        ("eval 'docker run a'", ["a"]),
        # Words.
        ("docker run 'a:1'; docker run \"b:1\" # docker run c", ["a:1", "b:1"]),
        ("docker run \\\n  --rm \\\r\n  a:1", ["a:1"]),
        ("docker run <in >out a 2>/dev/null b", ["a"]),
        ("(docker run a) && { docker run b; } &", ["a", "b"]),
        ("echo docker run a; 'docker run a'; x=(docker run a)", []),
        ("docker compose run a; docker ps; docker; docker run; docker run --rm", []),
    ],
)  # fmt: skip
def test_the_images_of_a_command(command: str, expected: list[str]) -> None:
    assert [text for text, _ in found(command)] == expected


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        # https://helm.sh/docs/topics/registries
        ("helm pull oci://localhost:5000/helm-charts/mychart --version 0.1.0", "localhost:5000/helm-charts/mychart:0.1.0"),
        ("helm -n a upgrade --install x oci://ghcr.io/a/c --version=1.2.3+build", "ghcr.io/a/c:1.2.3_build"),
        ("helm template x oci://ghcr.io/a/c:1.2.3", "ghcr.io/a/c:1.2.3"),
        ("V=0.1.0\nhelm install x oci://ghcr.io/a/c --version $V", "ghcr.io/a/c:0.1.0"),
        ("helm install x oci://ghcr.io/a/c --version $V", "(variable)"),
        ("helm install x oci://ghcr.io/a/c --version '^1.2'", "(constraint)"),
        ("helm install x oci://ghcr.io/a/c --version 1.2", "(constraint)"),
        ("helm install x oci://ghcr.io/a/c", "(constraint)"),
        # https://fluxcd.io/flux/cmd/flux_create_source_oci
        ("flux create source oci podinfo --url=oci://ghcr.io/s/podinfo --tag=6.1.6 --interval=10m", "ghcr.io/s/podinfo:6.1.6"),
        ("flux create source oci podinfo --url oci://ghcr.io/s/podinfo --tag-semver '>=6'", "(variable)"),
        # https://timoni.sh/cmd/timoni_apply
        ("timoni apply -n apps app oci://ghcr.io/acme/app -v 1.0.0", "ghcr.io/acme/app:1.0.0"),
        ("timoni build app oci://ghcr.io/acme/app", "ghcr.io/acme/app:latest"),
        ("timoni apply app oci://ghcr.io/acme/app -d sha256:abc", "(variable)"),
    ],
)  # fmt: skip
def test_an_artifact_whose_version_is_another_word(command: str, expected: str) -> None:
    assert [meaning for _, meaning in found(command)] == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('I=a:1\ndocker run $I; docker run "${I}"', [("$I", "a:1"), ("${I}", "a:1")]),
        ('export R="ghcr.io/a" T=1\ndocker run $R/b:${T}', [("$R/b:${T}", "ghcr.io/a/b:1")]),
        ("docker run $GIVEN", [("$GIVEN", "given:1")]),
        ('docker run "${I:-a:1}"', [("${I:-a:1}", "a:1")]),
        ("D=docker O=; X=--rm\n$D run $O a:1; $D run $X a:2", [("a:1", "a:1"), ("a:2", "a:2")]),
        ("D=docker; O=''\n$D run $O a:1", [("a:1", "a:1")]),
        ("I=a:1\nI=a:2\ndocker run $I", [("$I", "(variable)")]),
        ("I=a:1 true\ndocker run $I", [("$I", "(variable)")]),
        ("I=a:1\nfor I in b; do docker run $I; done", [("$I", "(variable)")]),
        ('read I; docker run "$I"; docker run a:$1 "$@"', [("$I", "(variable)"), ("a:$1", "(expression)")]),
        ('I=(a b)\ndocker run ${I[0]} "${I[@]}"', [("${I[0]}", "(variable)")]),
        ('A=$B B=$A\nA=$B\ndocker run "$A"', [("$A", "(variable)")]),
        ('A=$A\ndocker run "$A"', [("$A", "(variable)")]),
        ("docker run $(cat image)", [("$(cat image)", "(variable)")]),
        ('docker run "$(cat image)"', [("$(cat image)", "(expression)")]),
        ("O='--rm -e A'; C=\"docker run $O\"; $C a:1; $C $O a:2; $C \"$O\" a:3", [("a:1", "a:1"), ("a:2", "a:2"), ("$O", "(invalid)")]),
        ('I=a:1\nR="docker run --rm $I sh"; $R x; $R y', [("$I", "a:1")]),
        ('A=(--rm -e\\\n x\n b:1)\nlocal B=(docker run c)\ndocker run "${A[@]}"; docker run ${A[@]} d', [("b:1", "b:1")]),
        ('A=(-e x)\nA+=(y)\ndocker run "${A[@]}" b', [("${A[@]}", "(variable)")]),
        ('I=${I:-a:1}; : "${D:=docker}"; $D run "$I"; X=$(y); docker run "${X:-a}"', [("$I", "a:1"), ("${X:-a}", "(expression)")]),
        ("$SUDO docker run a; $X run b; $DOCKER run c; $DOCKER ps", [("a", "a:latest"), ("c", "(variable)")]),
        ("retry 3 docker pull a; bash ./retry.sh -n 2 docker pull b; log docker pull c", [("a", "a:latest"), ("b", "b:latest")]),
        ("docker run a:\"$X\" ; X=1; docker run 'b'\"/c:$X\"", [('a:"$X"', "a:1"), ("'b'\"/c:$X\"", "b/c:1")]),
        ("docker run --new x a:1", [("--new", "(variable)")]),
        ("docker run {{ image }}", [("{{ image }}", "(expression)")]),
        ('docker run a"b":1 \'a\'', [('a"b":1', "ab:1")]),
        ("docker run NO", [("NO", "(invalid)")]),
        ('eval "docker run $X"', [("docker run $X", "(expression)")]),
        ("helm upgrade x c --set image.tag=1", [("1", "(needs-base)")]),
        ("cat <<EOF\ndocker run a\nEOF\ndocker run b", [("b", "b:latest")]),
        ("bash -s <<-'EOF' x\n\tdocker run a\n\tEOF\ndocker run b", [("b", "b:latest"), ("a", "a:latest")]),
        ("ssh h <<A; cat <<B\ndocker run a\nA\ndocker run b\nB\n", [("a", "a:latest")]),
        ("cat <<EOF\ndocker run a", []),
        ("docker run 'a:1", [("a:1", "a:1")]),
        ('docker run "a:1', [("a:1", "a:1")]),
    ],
)  # fmt: skip
def test_only_what_is_plain_is_known(
    text: str, expected: list[tuple[str, str]]
) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (
            "Makefile",
            "I ?= a:1\nJ = x\nJ += y\nrun:\n\t@docker run \\\n\t\t$(I)\n\t-docker run ${J}\n\tdocker run $$J $@\n# docker run a\ndocker run a",
            [("$(I)", "a:1"), ("${J}", "(variable)"), ("$$J", "(variable)")],
        ),
        (
            "Makefile",
            "D ?= $(SUDO) docker run -e X=y # of all\nR := $(D) --rm \\\n $(J)\nJ = x/y\nV := $(shell docker run k:1 v)\nrun:\n\t$(D) $(V)\n\t$(R) x\n\t$(R) y\n",
            [("$(V)", "(variable)"), ("$(J)", "x/y:latest"), ("k:1", "k:1")],
        ),
        (
            "Makefile",
            'A = a\nifdef X\n  A := b\nendif\nB = b\nx: B = c\ndefine C\nc\nendef\nC = c\nE = e\nF = f\nrun:\n\tenv E=g $(MAKE) x F=g\n\tdocker pull "$(A)" "$(B)" "$(C)" "$(E)" "$(F)"\n',
            [(name, "(variable)") for name in ("$(A)", "$(B)", "$(C)", "$(E)", "$(F)")],
        ),
        ("justfile", 'i := "a:1"\nj := "b"\nk := "x" + "y"\nrun:\n  @docker run {{i}}\nother j="c:1":\n  docker pull "{{j}}" "{{k}}" "$i"\n', [("{{i}}", "a:1"), ("{{j}}", "(variable)"), ("{{k}}", "(variable)"), ("$i", "(variable)")]),
        (
            "Taskfile.yml",
            "vars: {I: 'a:1'}\ntasks:\n  x:\n    cmds:\n      - docker run {{.I}}\n      - cmd: |\n          docker run \\\n            b:1\n",
            [("{{.I}}", "a:1"), ("b:1", "b:1")],
        ),
        (
            "Taskfile.yml",
            "vars: {I: 'a:1', J: '{{.I}}', K: b, L: {sh: x}}\ntasks:\n  x:\n    vars: {K: c}\n    cmd: docker pull {{.I}} \"{{.J}}\" \"{{.K}}\" \"{{.L}}\" $I\n",
            [("{{.I}}", "a:1"), *((name, "(variable)") for name in ("{{.J}}", "{{.K}}", "{{.L}}", "$I"))],
        ),
        (
            ".github/workflows/ci.yml",
            "env: {A: 'a:1', B: 'b:1', C: '${{ x }}'}\njobs:\n  a:\n    env: {D: d}\n    steps:\n    - run: docker pull $A ${{ env.A }} \"$B\" \"$C\" $D\n    - run: echo B=c >> $GITHUB_ENV\n",
            [("$A", "a:1"), ("${{ env.A }}", "a:1"), ("$B", "(variable)"), ("$C", "(variable)"), ("$D", "d:latest")],
        ),
        ("package.json", '{"scripts": {"x": "docker run \\"a:1\\" b"}, "docker run": 1}', [("a:1", "a:1")]),
        (
            ".github/workflows/ci.yml",
            "jobs:\n  a:\n    steps:\n    - run: |\n        docker run ${{ x }}\n        docker run a:1\n    - with: {run: docker run b}\n",
            [("${{ x }}", "(expression)"), ("a:1", "a:1")],
        ),
        ("action.yml", "runs: {steps: [{run: 'docker run a:1'}]}", [("a:1", "a:1")]),
        ("Dockerfile", "FROM a\nRUN --mount=type=cache,target=/x \\\n  crane pull a:1 x\nCMD docker run b", [("a:1", "a:1")]),
        ("a.py", "docker run a:1", []),
        ("ci.yml", "run: docker run a:1", []),
        (".github/workflows/a.yml", "jobs: [docker", []),
    ],
)  # fmt: skip
def test_the_scripts_in_a_file(
    name: str, text: str, expected: list[tuple[str, str]]
) -> None:
    assert found(text, name) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        # https://docs.gitlab.com/ci/docker/using_docker_build/
        (
            ".gitlab-ci.yml",
            "default:\n  image: docker:24.0.5-cli\n  before_script:\n    - docker info\n\nvariables:\n  DOCKER_TLS_CERTDIR: '/certs'\n\nbuild:\n  stage: build\n  script:\n    - docker build -t my-docker-image .\n    - docker run my-docker-image /script/to/run/tests\n",
            [("my-docker-image", "my-docker-image:latest")],
        ),
        (
            ".gitlab-ci.yml",
            "build:\n  script:\n    - docker pull $CI_REGISTRY_IMAGE:latest || true\n    - >\n      docker run --rm\n      -v $(pwd):/src a:1 lint\n  after_script: docker pull b:1\n",
            [("$CI_REGISTRY_IMAGE:latest", "(variable)"), ("a:1", "a:1"), ("b:1", "b:1")],
        ),
        (
            ".gitlab-ci.yml",
            "variables: {A: 'a:1', B: 'b:1', C: '$A', D: {value: 'd:1'}, E: 'e:1', F: 'f:1', G: 1.10}\nx:\n  variables: {B: 'b:2'}\n  script:\n  - E=x\n  - for F in 1; do docker pull \"$F\"; done\n  - docker pull $A \"$B\" \"$C\" \"$D\" \"$E\" \"g:$G\"\n",
            [("$F", "(variable)"), ("$A", "a:1"), ("$B", "(variable)"), ("$C", "(variable)"), ("$D", "(variable)"), ("$E", "(variable)"), ("g:$G", "(variable)")],
        ),
        (
            ".gitlab-ci.yml",
            "variables: {A: 'a:1'}\ninclude: x.yml\nx:\n  extends: .y\n  script: docker pull \"$A\" b:1\n",
            [("$A", "(variable)"), ("b:1", "b:1")],
        ),
        (
            ".gitlab/ci/test.yml",
            "variables: {A: 'a:1'}\n.x: &x [docker pull c:1, [docker pull d:1]]\nx:\n  script: [docker pull \"$A\", *x, !reference [.docker, script]]\n",
            [("$A", "(variable)"), ("c:1", "c:1"), ("d:1", "d:1")],
        ),
        # https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/steps-script
        (
            "azure-pipelines.yml",
            "steps:\n- script: |\n    docker run --rm a:1\n- bash: docker pull $(registry)/b:1\n- ${{ if x }}:\n  - script: docker pull c:${{ parameters.v }}\n- task: PowerShell@2\n  inputs: {script: docker pull d:1}\n",
            [("a:1", "a:1"), ("$(registry)/b:1", "(variable)"), ("c:${{ parameters.v }}", "(expression)")],
        ),
        (
            ".azure-pipelines/jobs/test.yml",
            "stages:\n- stage: a\n  jobs:\n  - job: b\n    steps:\n    - script: docker run a:1\n",
            [("a:1", "a:1")],
        ),
        # https://circleci.com/docs/building-docker-images/
        (
            ".circleci/config.yml",
            "jobs:\n  build:\n    machine: true\n    steps:\n      - run: |\n          docker run -d --name db company/proprietary-db:1.2.3\n      - run:\n          name: x\n          command: docker pull << parameters.image >>\n      - when: {condition: x, steps: [{run: docker pull 'a:1' b:<<parameters.tag>> c:1}]}\n",
            [
                ("company/proprietary-db:1.2.3", "company/proprietary-db:1.2.3"),
                ("<< parameters.image >>", "(variable)"),
                ("a:1", "a:1"),
                ("b:<<parameters.tag>>", "(variable)"),
                ("c:1", "c:1"),
            ],
        ),
        # https://docs.drone.io/pipeline/docker/examples/services/docker_dind/
        (
            ".drone.yml",
            "kind: pipeline\nsteps:\n- name: test\n  image: docker:dind\n  commands:\n  - sleep 5\n  - docker ps -a\n  - docker run redis:7\n---\nkind: pipeline\nsteps: [{commands: [docker pull a:1]}]\n",
            [("redis:7", "redis:7"), ("a:1", "a:1")],
        ),
        (".woodpecker/test.yaml", "steps:\n  a:\n    commands: docker run a:$${TAG} x\n  b: {commands: [docker run b:1]}\n", [("a:$${TAG}", "(expression)"), ("b:1", "b:1")]),
        # https://buildkite.com/docs/pipelines/configure/step-types/command-step
        (
            ".buildkite/pipeline.yml",
            "steps:\n  - label: x\n    command: docker run a:1\n  - group: g\n    steps:\n      - commands: [make, 'docker pull \"$IMAGE\" b:1']\n  - plugins: [{'docker#v5': {command: [docker, run]}}]\n",
            [("$IMAGE", "(variable)"), ("a:1", "a:1"), ("b:1", "b:1")],
        ),
        (".buildkite/pipeline.json", '{"steps": [{"commands": "docker run \\"a:1\\""}]}', [("a:1", "a:1")]),
        # https://support.atlassian.com/bitbucket-cloud/docs/run-docker-commands-in-bitbucket-pipelines/
        (
            "bitbucket-pipelines.yml",
            "pipelines:\n  default:\n    - step:\n        services: [docker]\n        script:\n          - docker run --rm a:1\n        after-script: [docker pull b:1]\n",
            [("a:1", "a:1"), ("b:1", "b:1")],
        ),
        # https://docs.travis-ci.com/user/docker
        (
            ".travis.yml",
            'services: [docker]\nbefore_install:\n- docker pull carlad/sinatra\n- docker run -d -p 127.0.0.1:80:4567 carlad/sinatra /bin/sh -c "cd /root/sinatra"\nscript:\n- bundle exec rake test\n',
            [("carlad/sinatra", "carlad/sinatra:latest")] * 2,
        ),
        # https://docs.travis-ci.com/user/build-stages/share-docker-image
        (
            ".travis.yml",
            "jobs:\n  include:\n    - stage: test\n      script: docker run --rm $DOCKER_USERNAME/demo cat hello.txt\n    - script: docker run --rm a:1\n",
            [("$DOCKER_USERNAME/demo", "(variable)"), ("a:1", "a:1")],
        ),
        # https://docs.semaphore.io/reference/pipeline-yaml
        (
            ".semaphore/semaphore.yml",
            "blocks:\n- task:\n    prologue: {commands: [docker pull a:1]}\n    jobs: [{name: b, commands: [checkout, docker run b:1]}]\n",
            [("a:1", "a:1"), ("b:1", "b:1")],
        ),
        # https://codefresh.io/docs/docs/pipelines/steps/freestyle
        ("codefresh.yml", "steps:\n  a: {image: 'x:1', commands: ['docker run a:1', 'docker run ${{B}}']}\n", [("a:1", "a:1"), ("${{B}}", "(expression)")]),
        # https://developer.harness.io/docs/continuous-integration/use-ci/run-step-settings
        (
            ".harness/build.yaml",
            "pipeline:\n  stages:\n  - stage: {spec: {execution: {steps: [{step: {type: Run, spec: {image: x, command: docker run a:1}}}]}}}\n",
            [("a:1", "a:1")],
        ),
        # https://docs.screwdriver.cd/user-guide/configuration/jobconfig
        ("screwdriver.yaml", "jobs:\n  main:\n    steps:\n    - docker pull a:1\n    - test: docker run b:1\n    - c: {command: docker run c:1}\n", [("a:1", "a:1"), ("b:1", "b:1"), ("c:1", "c:1")]),
        # https://www.jetbrains.com/help/teamcity/pipelines/create-edit-yaml.html
        (".teamcity.yml", "jobs:\n  A:\n    steps:\n    - type: script\n      script-content: docker run a:1\n", [("a:1", "a:1")]),
        # https://cirrus-ci.org/guide/writing-tasks/#script-instruction
        (".cirrus.yml", "task:\n  test_script: [make, docker run a:1]\n  script: docker run b:1\n  name: docker run c:1\n", [("a:1", "a:1"), ("b:1", "b:1")]),
        # https://go-vela.github.io/docs/reference/yaml/steps
        (".vela.yml", "steps:\n- {name: a, image: x, commands: [docker run a:1]}\n", [("a:1", "a:1")]),
        # https://www.gitpod.io/docs/classic/user/references/gitpod-yml
        (".gitpod.yml", "tasks:\n- {init: docker pull a:1, command: docker run b:1}\n", [("a:1", "a:1"), ("b:1", "b:1")]),
    ],
)  # fmt: skip
def test_the_scripts_in_pipelines(
    name: str, text: str, expected: list[tuple[str, str]]
) -> None:
    assert sorted(found(text, name)) == sorted(expected)


FILES = {
    "run.sh": "V=1.27\ndocker run --rm 'nginx:1.27' x\ndocker pull nginx:$V redis\n"
    'skopeo inspect docker://nginx:1.27\ndocker run ng"inx":1.27\n',
    "Makefile": "I := nginx:1.27\nrun:\n\tdocker run $(I)\n",
    "package.json": '{"scripts": {"x": "docker run nginx:1.27"}}\n',
    "ci/build": "docker run nginx:1.27\n",
    "Dockerfile": "FROM nginx:1.27\nRUN crane digest nginx:1.27\n",
    ".github/workflows/ci.yml": "on: push\njobs:\n  a:\n    steps:\n    - run: docker run nginx:1.27\n",
    ".gitlab-ci.yml": "a:\n  script:\n  - docker run nginx:1.27\n",
    ".circleci/config.yml": "jobs: {a: {steps: [{run: docker run nginx:1.27}]}}\n",
}  # fmt: skip
SETTINGS = '[sources.shell]\npaths = ["ci/*"]\n'


@pytest.fixture
def scripts(project: Path) -> Path:
    """A project with commands in files of every kind, whose images are locked."""
    for name, text in FILES.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_bytes(text.encode())
    save(project, "nginx:1.27", "redis")
    return project


def contents(project: Path) -> dict[str, str]:
    return {name: (project / name).read_bytes().decode() for name in FILES}


def test_commands_are_read_if_the_settings_say_so(
    scripts: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    assert str(imagelock("list")) == snapshot(name="without")
    (scripts / "imagelock.toml").write_text("[sources.shell]\nenabled = false\n")
    assert "sources.shell" in imagelock("list").err
    (scripts / "imagelock.toml").write_text(SETTINGS)
    assert str(imagelock("list")) == snapshot(name="with")


def test_commands_are_pinned_and_unpinned(
    scripts: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    (scripts / "imagelock.toml").write_text(SETTINGS)

    assert str(imagelock("pin")) == snapshot(name="pin")
    assert contents(scripts) == snapshot(name="files")
    assert imagelock("verify", "--offline").exit_code == 0
    assert imagelock("unpin").exit_code == 0
    assert contents(scripts) == FILES


def test_tags_in_commands_and_their_variables_are_bumped(
    scripts: Path, imagelock: Run, address: str, hub: MemoryRegistry
) -> None:
    for tag in ("1.27", "1.28"):
        hub.push_image("library/nginx", tag, [AMD64, ARM64], salts=tag)
    hub.push_image("library/redis", "latest", [AMD64, ARM64])
    script = FILES["run.sh"].rpartition("docker run ng")[0]
    (scripts / "run.sh").write_text(script)
    configure(scripts, address, more=SETTINGS)
    (scripts / "images.lock").unlink()
    imagelock("lock")

    result = imagelock("update", "nginx=1.28")

    assert result.exit_code == 0, str(result)
    bumped = {**FILES, "run.sh": script}
    assert contents(scripts) == {
        name: text.replace("1.27", "1.28") for name, text in bumped.items()
    }


def test_what_scripts_build_is_not_what_they_pull(
    project: Path, imagelock: Run
) -> None:
    (project / "imagelock.toml").write_text("[sources.shell]\n")
    (project / "Makefile").write_text(
        "test:\n\tdocker build -t acme/app:1 .\n\tdocker run acme/app:1\n"
        "\tdocker run acme/app:2\n"
    )
    (project / "e2e.sh").write_text(
        "docker run localhost:5000/side:1\ndocker tag x localhost:5000/side:1\n"
        "docker run acme/app:1\ndocker pull busybox:1\nkind load docker-image busybox:1\n"
    )
    (project / "compose.yaml").write_text("services: {a: {image: 'acme/app:1'}}\n")

    listed = json.loads(imagelock("list", "--format", "json").out)

    named = {
        (row["file"], row["reference"]) for row in listed["images"] if row["reference"]
    }
    assert named == {
        ("Makefile", "docker.io/acme/app:2"),
        ("compose.yaml", "docker.io/acme/app:1"),
        ("e2e.sh", "docker.io/library/busybox:1"),
    }


def test_all_programs_are_looked_for() -> None:
    assert {*PROGRAMS} == ENGINES | OTHERS.keys()


SOUP = st.lists(
    st.sampled_from([*"aé:1/@ \n\"'`|&;-()[]{}<>=#\t\\$*!", "docker run ", "\\\n", "a:1",
                     "$(", "${X:-a}", "X=a:1\n", "$X", "<<EOF\n", "EOF\n", "--set image.tag=",
                     "bash -c ", "eval ", "kubectl run --image=", "\n\t", "RUN ", "{{.X}}",
                     "skopeo copy docker://", "helm pull oci://", " --version ", "oras pull ", "\r\n", "x=("])
).map("".join)  # fmt: skip


@given(SOUP)
def test_no_text_raises_and_spans_are_what_is_written(text: str) -> None:
    for name in ("a.sh", "Makefile", "justfile", "Dockerfile"):
        found(text, name)
    scripts = json.dumps({"a": {"script": [text], "steps": [{"run": text}]}})
    for name in (
        ".gitlab-ci.yml",
        ".circleci/config.yml",
        ".travis.yml",
        ".cirrus.yml",
    ):
        found(scripts, name)


BASE = "ARG BASE=debian\nARG TAG=3.20\nFROM $BASE AS a\nFROM alpine:$TAG\n"


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("docker build --build-arg TAG=3.19 .", [("3.19", "alpine:3.19")]),
        ("podman build --build-arg=BASE=ubuntu:24.04 -t a .", [("ubuntu:24.04", "ubuntu:24.04")]),
        ("docker buildx build --build-arg 'BASE=b:1' --build-arg X=y .", [("b:1", "b:1")]),
        ("docker build --build-arg BASE=b:1 --build-arg TAG=2 .", [("b:1", "b:1"), ("2", "alpine:2")]),
        ("docker build --build-arg TAG=3.19 -f Dockerfile sub", [("3.19", "alpine:3.19")]),
        ("docker build --build-arg TAG=3.19 - < x", []),
        ("docker build --build-arg TAG=3.19 https://example.com/a.git", []),
        ("docker build --build-arg TAG=3.19 missing", []),
        ("docker build --build-arg TAG .", []),
        ("docker build --build-arg OTHER=1 .", []),
        ("docker build --new TAG --build-arg TAG=1 .", []),
        ("docker build --build-arg TAG=1 -f ../../x/Dockerfile .", []),
        ("docker run a --build-arg TAG=1 .", [("a", "a:latest")]),
        ("V=3.19\ndocker build --build-arg TAG=$V .", [("$V", "alpine:3.19")]),
        ("docker build --build-arg TAG=${V:-3.19} .", [("${V:-3.19}", "alpine:3.19")]),
        ("docker build --build-arg TAG=$V .", [("$V", "(variable)")]),
        ('docker build --build-arg "TAG=$(cat v)" .', [("$(cat v)", "(expression)")]),
        ("for V in 1 2; do docker build --build-arg TAG=$V .; done", [("$V", "(variable)")]),
        ("docker build --build-arg TAG=1 $D", []),
        ("docker build --target a --build-arg BASE=b:1 --build-arg TAG=2 .", [("b:1", "b:1")]),
        ("docker build --target=A --build-arg TAG=2 .", []),
        ("docker build --target $T --build-arg TAG=2 .", [("2", "alpine:2")]),
        ("docker build --target none --build-arg TAG=2 .", [("2", "alpine:2")]),
        # Where the script runs.
        ('cd "$(dirname "$0")/.."\ndocker build --build-arg TAG=1 .', [("1", "alpine:1")]),
        ("cd $(git rev-parse --show-toplevel) && docker build --build-arg TAG=1 .", [("1", "alpine:1")]),
        ("cd tools && docker build --build-arg TAG=1 .", [("1", "busybox:1")]),
        ("pushd tools; docker build --build-arg TAG=1 .; popd", [("1", "busybox:1")]),
        ("cd a; cd b; docker build --build-arg TAG=1 .", []),
        ("cd $A; docker build --build-arg TAG=1 .", []),
        ("cd /src; docker build --build-arg TAG=1 .", []),
    ],
)  # fmt: skip
def test_arguments_of_builds_decide_base_images(
    command: str, expected: list[tuple[str, str]]
) -> None:
    files = {"Dockerfile": BASE, "tools/Dockerfile": "ARG TAG\nFROM busybox:$TAG"}
    findings = list(find(PurePosixPath("run.sh"), Text(command), context(files)))
    assert summary(findings) == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Makefile", "a:\n\tcd x && ls\nb:\n\tdocker build --build-arg TAG=1 .\n", ["alpine:1"]),
        ("Makefile", "V := 2\na:\n\tdocker build --build-arg TAG=$(V) tools\n", ["busybox:2"]),
        ("tools/build.sh", "docker build --build-arg TAG=1 .", []),
        ("tools/build.sh", "docker build --build-arg TAG=1 -f tools/Dockerfile .", ["busybox:1"]),
        ("package.json", '{"scripts": {"a": "docker build --build-arg TAG=1 ."}}', ["alpine:1"]),
        (".github/workflows/a.yml", "jobs: {a: {steps: [{run: docker build --build-arg TAG=1 .}]}}", ["alpine:1"]),
        (".github/workflows/a.yml", "jobs: {a: {steps: [{run: docker build --build-arg TAG=1 ., working-directory: tools}]}}", ["busybox:1"]),
        (".github/workflows/a.yml", "jobs: {a: {steps: [{run: docker build --build-arg TAG=1 ., working-directory: '${{ x }}'}]}}", []),
        (".github/workflows/a.yml", "defaults:\n  run:\n    working-directory: tools\njobs: {a: {steps: [{run: docker build --build-arg TAG=1 .}]}}", []),
        (".github/workflows/a.yml", "env: {V: '1'}\njobs: {a: {steps: [{run: 'docker build --build-arg TAG=${{ env.V }} .'}]}}", ["alpine:1"]),
        ("Taskfile.yml", "tasks: {a: {dir: tools, cmds: [docker build --build-arg TAG=1 .]}}", []),
        (".gitlab-ci.yml", "a: {script: [docker build --build-arg TAG=1 .]}", ["alpine:1"]),
        (".gitlab-ci.yml", "a: {script: [cd tools, docker build --build-arg TAG=1 .]}", []),
        (".circleci/config.yml", "jobs: {a: {steps: [{run: docker build --build-arg TAG=1 .}]}}", []),
        ("Dockerfile.x", "FROM a\nRUN docker build --build-arg TAG=1 .", []),
    ],
)  # fmt: skip
def test_a_build_in_a_file_with_commands(
    name: str, text: str, expected: list[str]
) -> None:
    files = {"Dockerfile": BASE, "tools/Dockerfile": "ARG TAG\nFROM busybox:$TAG"}
    findings = list(find(PurePosixPath(name), Text(text), context(files)))
    assert [meaning for _, meaning in summary(findings)] == expected


def test_the_argument_of_a_build_is_locked_beside_the_default(
    project: Path, imagelock: Run
) -> None:
    (project / "imagelock.toml").write_text("[sources.shell]\n")
    (project / "Dockerfile").write_text("ARG TAG=3.20\nFROM alpine:$TAG\n")
    (project / "ci.sh").write_text("docker build --build-arg TAG=3.19 .\n")

    images = json.loads(imagelock("list", "--format", "json").out)["images"]
    assert [(each["file"], each["reference"]) for each in images] == [
        ("Dockerfile", "docker.io/library/alpine:3.20"),
        ("ci.sh", "docker.io/library/alpine:3.19"),
    ]


@given(st.lists(st.sampled_from(["a:1", "b/c:2", "'d:3'", '"e/f"']), min_size=1))
def test_another_reference_at_its_span_changes_only_that(names: list[str]) -> None:
    text = "\n".join(f"docker run --rm {name} x {name}" for name in names)
    written = [name.strip("'\"") for name in names]
    for index in range(len(names)):
        findings = list(find(SCRIPT, Text(text), context()))
        span = findings[index].place.span
        changed = text[: span.start] + "other/image:9" + text[span.end :]
        again = [each.place.text for each in find(SCRIPT, Text(changed), context())]
        assert again == [*written[:index], "other/image:9", *written[index + 1 :]]


@pytest.mark.parametrize(
    "text",
    [
        "docker run " + "$(" * 5000,
        "docker run " + "${" * 5000,
        "docker run " + "`$(" * 3000,
        "docker run " + "{" * 9000,
        "docker " + "'" * 9001,
        "docker <<A " * 900 + "\n" * 900,
        "bash -c '" * 900 + "docker run a",
        "".join(f"V{n}=" + f"$V{n + 1}" * 50 + "\n" for n in range(40)) + "V40=a\ndocker run $V0",
    ],
)  # fmt: skip
def test_no_text_takes_long(text: str) -> None:
    for finding in find(SCRIPT, Text(text), context()):
        assert not isinstance(finding, Occurrence) or finding.place.text == "a"
