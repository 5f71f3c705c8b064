"""Names that a project builds are not pulled, whatever builds them."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from imagelock.model.occurrence import Occurrence
from imagelock.project.file_opener import FileOpener
from imagelock.project.project_reader import ProjectReader

if TYPE_CHECKING:
    from pathlib import Path

MANAGER = """\
apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      containers: [{name: a, image: NAME}]
"""
KUBEBUILDER = """\
# Image URL to use all building/pushing image targets
IMG ?= app:latest
CONTAINER_TOOL ?= docker
docker-build: ## Build docker image with the manager.
\t$(CONTAINER_TOOL) build -t ${IMG} .
"""
JIB = """\
<project><parent><artifactId>spring-boot-starter-parent</artifactId></parent>
<artifactId>app</artifactId><properties><image.tag>latest</image.tag></properties>
<plugin><artifactId>jib-maven-plugin</artifactId><configuration>
<from><image>eclipse-temurin:21</image></from>
<to>
  <image>IMAGE</image>
</to></configuration></plugin></project>
"""
RELEASER = """\
dockers:
  - image_templates:
      - "ghcr.io/acme/app:{{ .Tag }}"
      - "app:{{ .Tag }}"
    dockerfile: Dockerfile
"""

BUILDING = {
    "commands": ("Makefile", "image:\n\tdocker build -t app .\n"),
    "kubebuilder": ("Makefile", KUBEBUILDER),
    "long option": ("build.sh", 'docker buildx build --load --tag="app:dev" .\n'),
    "continued": ("build.mk", "x:\n\tdocker build \\\n\t  --pull \\\n\t  -t app:1 .\n"),
    "podman": ("ci/build.sh", "podman build --tag app .\n"),
    "nerdctl": ("justfile", "image:\n  nerdctl build -t app .\n"),
    "buildah": ("build.bash", "buildah bud -t app .\n"),
    "sudo": ("build.sh", "sudo docker image build . -t 'app'\n"),
    "variable of a program": ("Makefile", "a:\n\t$(DOCKER) buildx build . -t app\n"),
    "shell variable": ("build.sh", 'NAME=app\ndocker build -t "$NAME:$TAG" .\n'),
    "default": ("build.sh", 'docker build -t "${IMAGE:-app}:${TAG:-1}" .\n'),
    "own default": ("a.sh", "export I=${I:-app}\ndocker build -t $I .\n"),
    "nested": ("Makefile", "N := app\nI = $(N):$(V)\na:\n\tdocker build -t $(I) .\n"),
    "set to nothing": ("Makefile", "P =\na:\n\tdocker build -t $(P)app:$(T) .\n"),
    "set in one of two ways": (
        "Makefile",
        "ifdef NS\nP=$(NS)/\nelse\nP=\nendif\na:\n\tdocker build -t $(P)app .\n",
    ),
    "taskfile": (
        "Taskfile.yml",
        "vars:\n  IMAGE: app\ntasks:\n  build: docker build -t {{.IMAGE}}:latest .\n",
    ),
    "just": ("justfile", 'img := "app"\nbuild:\n  docker build -t {{img}} .\n'),
    "npm": ("package.json", '{"scripts": {"image": "docker build -t app ."}}\n'),
    "readme": ("README.md", "Run\n\n    docker build -t app .\n"),
    "buildkite": (
        ".buildkite/pipeline.yml",
        "steps:\n  - command: docker build -t app:ci .\n",
    ),
    "kind": ("e2e.sh", "kind load docker-image app:e2e --name x\n"),
    "an expression of a workflow": (
        ".github/workflows/e2e.yaml",
        (
            "env:\n  IMAGE: app:e2e\njobs:\n  a:\n    steps:\n"
            "    - run: kind load docker-image ${{ env.IMAGE }} --name ${{ env.CLUSTER }}\n"
        ),
    ),
    "an expression for the tag": (
        ".github/workflows/a.yaml",
        (
            "env: \n  NAME: app\njobs:\n  a:\n    steps:\n"
            "    - run: docker build -t ${{env.NAME}}:${{ github.sha }} .\n"
        ),
    ),
    "tag": ("e2e.sh", "docker tag ghcr.io/acme/app:1 app:e2e\n"),
    "tilt": ("Tiltfile", "docker_build('app', '.', dockerfile='Dockerfile')\n"),
    "tilt, custom": (
        "dev/Tiltfile",
        'custom_build(\n  "app",\n  "make image",\n  ["."])\n',
    ),
    "tilt, variable": ("Tiltfile", "name = 'app'\ndocker_build(name, '.')\n"),
    "tilt, extension": (
        "Tiltfile",
        "docker_build_with_restart(ref='app', context='.')\n",
    ),
    "jenkins": ("Jenkinsfile", 'def i = docker.build("app:${env.BUILD_ID}")\n'),
    "jib of maven": ("app/pom.xml", JIB.replace("IMAGE", "app:${image.tag}")),
    "jib, artifact": ("app/pom.xml", JIB.replace("IMAGE", "${project.artifactId}")),
    "fabric8": ("pom.xml", "<image>\n<name>app</name>\n<build>\n</build></image>"),
    "spring boot of maven": (
        "pom.xml",
        "<configuration><image><name>app</name></image></configuration>",
    ),
    "jib of gradle": ("build.gradle", "jib {\n to {\n  image = 'app:1'\n }\n}\n"),
    "jib of kotlin": ("build.gradle.kts", 'jib { to { image = "app" } }\n'),
    "spring boot": ("build.gradle", 'bootBuildImage {\n  imageName = "app:1"\n}\n'),
    "jib, option": ("build.sh", "mvn package jib:dockerBuild -Djib.to.image=app:1\n"),
    "buildpacks": ("build.sh", "pack build app --builder paketobuildpacks/builder\n"),
    "goreleaser": (".goreleaser.yaml", RELEASER),
    "earthly": ("Earthfile", "image:\n  SAVE IMAGE --push app:latest\n"),
    "kbld": (
        "config/build.yml",
        "kind: Sources\nsources:\n- image: app\n  path: .\n",
    ),
    "bazel": (
        "BUILD.bazel",
        'oci_load(\n  name = "l",\n  repo_tags = ["app:dev"],\n)\n',
    ),
    "arguments in a row": (
        "cloudbuild.yaml",
        "steps:\n- {args: [build, -f, a/Dockerfile, -t, app, .]}\n",
    ),
    "ko": ("Makefile", "a:\n\tKO_DOCKER_REPO=app ko build --bare ./cmd/x\n"),
    "ko, variable": ("e2e.sh", "export KO_DOCKER_REPO=app\nko publish --bare -t 1 .\n"),
    "quoted arguments": (
        "tools/package.json",
        '{"run": ["docker", "buildx", "build", "--tag", "app:1", "."]}\n',
    ),
    "an argument a line": (
        "ci/task.yaml",
        "args:\n  - build\n  # the name\n  - -t\n  - 'app'\n  - .\n",
    ),
    "an option with its value": ("ci/a.yaml", 'args: ["build", "--tag=app:1", "."]\n'),
    "kaniko": ("ci/a.yaml", "args: [--dockerfile=a, --destination=app, --cache]\n"),
    "kaniko, two arguments": ("ci/a.yaml", "args:\n- --destination\n- app\n"),
    "a program": (
        "tools/deploy.py",
        "def build():\n    run('sudo docker build -t app:latest %s' % CONTEXT)\n",
    ),
    "a list in a program": (
        "scripts/image.mjs",
        "spawnSync('docker', ['build', '--tag', 'app', '.']);\n",
    ),
    "a script without an extension": (
        "bin/ship",
        (
            '#!/bin/sh\n[ -n "$tag" ] || tag="app:1"   # as in compose.yml\n'
            'docker build -t "$tag" .\n'
        ),
    ),
    "set if another is": (
        "ci/build",
        '#!/bin/sh\ntest -z "$CI" && image=app:ci\ndocker build -t $image .\n',
    ),
    "openshift": (
        "openshift/build.yaml",
        (
            "kind: BuildConfig\nspec:\n  output:\n    to:\n      kind: ImageStreamTag\n"
            "      name: app:latest\n"
        ),
    ),
    "openshift, name first": (
        "build.yml",
        "spec:\n  output:\n    to:\n      name: 'app:1'\n      kind: ImageStreamTag\n",
    ),
    "nix": ("image.nix", 'dockerTools.buildLayeredImage {\n  name = "app";\n}\n'),
}
ALSO_FOUND = {
    **dict.fromkeys(("tilt", "tilt, custom", "tilt, extension"), 1),
    **dict.fromkeys(("jib of gradle", "jib of kotlin", "spring boot"), 1),
    **dict.fromkeys(("jib of maven", "jib, artifact"), 2),
}
"""What the source of a case reports there: the name that is built, and its base."""

NOT_BUILDING = {
    "no command": ("Makefile", "run:\n\tdocker run app\n"),
    "another name": ("Makefile", "a:\n\tdocker build -t other .\n"),
    "unset": ("Makefile", "a:\n\tdocker build -t $(NAME) .\n"),
    "an expression that is not known": (
        ".github/workflows/a.yaml",
        "jobs:\n  a:\n    steps:\n    - run: docker build -t ${{ inputs.name }} .\n",
    ),
    "unset in the name": ("Makefile", "a:\n\tdocker build -t $(P)app .\n"),
    "of a registry": ("Makefile", "a:\n\tdocker build -t ghcr.io/acme/app .\n"),
    "a file of another kind": ("notes.txt", "docker build -t app .\n"),
    "a list of commands": ("ci/a.yaml", "- docker build\n- docker run -t app\n"),
    "a list of words": ("ci/a.yaml", "args: [-t, app, build, --, -t]\n"),
    "what a plugin runs": (
        "pom.xml",
        "<image><name>app</name><run/></image><image><name>b</name><build/></image>",
    ),
    "what a plugin runs by a file": (
        "pom.xml",
        "<image><alias>c</alias><name>app</name>\n<external/></image>",
    ),
    "what jib starts from": ("pom.xml", "<from><image>app</image></from>\n"),
    "a base of another stage": ("Tiltfile", "k8s_resource('app')\n"),
    "what a cluster imports": (
        "stream.yaml",
        "kind: ImageStream\nspec:\n  tags:\n  - from: {kind: ImageStreamTag, name: app}\n",
    ),
    "an output in a registry": (
        "build.yaml",
        "output:\n  to:\n    kind: DockerImage\n    name: app:latest\n",
    ),
    "ko, with a hash": ("a.sh", "export KO_DOCKER_REPO=app\nko build ./cmd/app\n"),
    "ko, no registry": ("a.sh", "ko build -B ./cmd/app\n"),
    "ko, any program": ("a.sh", "export KO_DOCKER_REPO=\nko build -B './cmd/*'\n"),
    "itself": ("Makefile", "I = $(I)\na:\n\tdocker build -t $(I) .\n"),
}


def images(root: Path, files: dict[str, str]) -> list[str]:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    paths = map(PurePosixPath, sorted(files))
    return [
        found.place.text if isinstance(found, Occurrence) else found.detail
        for found in ProjectReader(root=root, platforms=()).read(paths)
    ]


@pytest.mark.parametrize("case", BUILDING)
def test_a_name_that_is_built_is_not_pulled(tmp_path: Path, case: str) -> None:
    path, text = BUILDING[case]
    *others, found = images(
        tmp_path, {"pod.yaml": MANAGER.replace("NAME", "app:x"), path: text}
    )

    assert found.startswith(f"`app:x`: this project builds it, at {path}:")
    assert len(others) == ALSO_FOUND.get(case, 0)


NAMED_BY_COMPOSE = {
    "the folder": (
        {"My_App/compose.yaml": "services: {web: {build: .}}"},
        "my_app-web",
    ),
    "before version 2": (
        {"app/compose.yaml": "services: {web: {build: .}}"},
        "app_web",
    ),
    "name": ({"a/compose.yaml": "name: shop\nservices: {web: {build: .}}"}, "shop-web"),
    "variable": (
        {
            "a/compose.yaml": "services: {web: {build: .}}",
            "a/.env": "COMPOSE_PROJECT_NAME=agw",
        },
        "agw_web",
    ),
    "override": (
        {
            "a/compose.yaml": "services: {web: {command: run}}",
            "a/compose.override.yaml": "services: {web: {build: {context: ..}}}",
        },
        "a-web",
    ),
}


@pytest.mark.parametrize("case", NAMED_BY_COMPOSE)
def test_compose_names_what_it_builds(tmp_path: Path, case: str) -> None:
    files, name = NAMED_BY_COMPOSE[case]

    *_, found = images(tmp_path, {**files, "pod.yaml": MANAGER.replace("NAME", name)})

    assert found.startswith(f"`{name}:latest`: this project builds it, at ")
    assert "compose" in found.partition(" at ")[2]


REGISTRIES_HERE = {
    "pushed": (
        "a.sh",
        "docker build -t localhost:5000/app .\ndocker push localhost:5000/app\n",
    ),
    "variable": ("Makefile", "R := localhost:5000\na:\n\tdocker build -t $(R)/app .\n"),
    "tagged": ("a.py", "run('docker tag acme/app:1 localhost:5000/app:2')\n"),
}


@pytest.mark.parametrize("case", REGISTRIES_HERE)
def test_a_registry_on_this_machine_has_what_the_project_pushes(
    tmp_path: Path, case: str
) -> None:
    path, text = REGISTRIES_HERE[case]
    pod = MANAGER.replace("NAME", "localhost:5000/app:2")

    *_, found = images(tmp_path, {path: text, "pod.yaml": pod})

    assert found.startswith(
        f"`localhost:5000/app:2`: this project builds it, at {path}:"
    )


@pytest.mark.parametrize("name", ["localhost:5000/other", "registry:5000/app:2"])
def test_other_names_of_registries_are_pulled(tmp_path: Path, name: str) -> None:
    script = "docker build -t localhost:5000/app -t registry:5000/app:2 .\n"
    pod = MANAGER.replace("NAME", name)

    assert images(tmp_path, {"a.sh": script, "pod.yaml": pod})[-1] == name


def test_compose_names_only_what_has_no_name(tmp_path: Path) -> None:
    files = {
        "app/compose.yaml": "services: {web: {build: ., image: acme/web}, db: {image: a/b}}",
        "pod.yaml": MANAGER.replace("NAME", "app-web"),
        "pod2.yaml": MANAGER.replace("NAME", "app-db"),
    }

    assert images(tmp_path, files)[-2:] == ["app-web", "app-db"]


def test_tilt_replaces_published_names_in_what_it_deploys(tmp_path: Path) -> None:
    files = {
        "Tiltfile": "docker_build('acme/app', '.')\ndocker_compose('c.yaml')\n",
        "compose.yaml": "services: {app: {image: 'acme/app:1'}}\n",
        "pod.yaml": MANAGER.replace("NAME", "acme/app:x"),
        ".gitlab-ci.yml": "image: acme/app\n",
    }

    pipeline, _, compose, pod = images(tmp_path, files)

    assert pipeline == "acme/app"
    for found in (compose, pod):
        assert "this project builds it, at Tiltfile:1:15" in found


ANSIBLE = {
    "source": "docker_image: {name: app, source: build, build: {path: .}}",
    "path": "community.docker.docker_image: {name: app, tag: '1', path: /src}",
    "module": "community.docker.docker_image_build: {name: 'app:1', path: /src}",
    "podman": "containers.podman.podman_image: {name: app, path: /src}",
    "with_items": "docker_image: {name: '{{ item.name }}', tag: '{{ item.tag }}', build: {}}"
    "\n  with_items: [{name: web, tag: a}, {name: app, tag: b}]",
    "loop": "docker_image: {name: '{{ item }}', tag: '{{ version }}', source: build}"
    "\n  loop: [web, app]",
    "key in brackets": "docker_image: {name: \"{{ item['n'] }}\", source: build}"
    "\n  loop: [{n: app}]",
}


@pytest.mark.parametrize("case", ANSIBLE)
def test_a_name_that_a_task_builds_is_not_pulled(tmp_path: Path, case: str) -> None:
    run = "- docker_container: {image: app, name: x}\n"
    found = images(
        tmp_path,
        {"roles/a/tasks/main.yml": f"- {ANSIBLE[case]}\n", "site.yml": run},
    )

    built = "`app:latest`: this project builds it, at roles/a/tasks/main.yml:1"
    assert found[-1].startswith(built)


def test_a_loop_that_is_not_known_builds_no_name(tmp_path: Path) -> None:
    build = (
        "- docker_image: {name: '{{ item }}', source: build}\n  loop: '{{ names }}'\n"
    )
    run = "- docker_container: {image: app, name: x}\n"

    assert images(tmp_path, {"site.yml": f"{build}{run}"})[-1] == "app"


@pytest.mark.parametrize("case", NOT_BUILDING)
def test_other_names_are_pulled(tmp_path: Path, case: str) -> None:
    path, text = NOT_BUILDING[case]

    assert images(
        tmp_path, {"pod.yaml": MANAGER.replace("NAME", "app"), path: text}
    ) == ["app"]


@pytest.mark.parametrize("name", ["nginx", "acme/app", "ghcr.io/acme/app:1", "httpd:2"])
def test_names_that_others_publish_are_pulled(tmp_path: Path, name: str) -> None:
    files = {
        "pod.yaml": MANAGER.replace("NAME", name),
        "Makefile": f"a:\n\tdocker build -t {name} .\n",
    }

    assert images(tmp_path, files) == [name]


CONTEXTS = {
    "command": (
        "build.sh",
        "docker build --build-context assets=./out -t r.io/a/b .\n",
    ),
    "arguments": ("ci/a.yaml", "args: [build, --build-context, 'assets=./out', .]\n"),
    "bazel": ("BUILD.bazel", 'context.sources(\n "assets",\n ["//a"],\n)\n'),
    "bazel, by name": (
        "lib/BUILD",
        'context.oci_layout(replace = "assets", store = "//a:b")\n',
    ),
}


@pytest.mark.parametrize("case", CONTEXTS)
def test_a_context_of_a_command_is_no_image(tmp_path: Path, case: str) -> None:
    path, text = CONTEXTS[case]
    files = {path: text, "Dockerfile": "FROM alpine\nCOPY --from=assets /a /a\n"}

    *others, found = images(tmp_path, files)

    assert others == ["alpine"]
    assert found.startswith(f"`assets:latest`: a build gets it, at {path}:")


MATRIX = """\
target "t" {
  name = v.name
  matrix = { v = [{ name = "a", file = "a/Dockerfile" }] }
  dockerfile = regex("[a-z/]+", v.file)
  contexts = { assets = "../out", alpine = "docker-image://alpine:3" }
}
"""


def test_a_context_for_any_dockerfile_is_no_image(tmp_path: Path) -> None:
    files = {
        "docker-bake.hcl": MATRIX,
        "a/Dockerfile": "FROM alpine\nCOPY --from=assets /a /a\n",
    }

    assert images(tmp_path, files) == [
        "alpine",
        "`assets:latest`: a build gets it, at docker-bake.hcl:5:26",
        "alpine:3",
    ]


def test_files_that_build_are_opened_only_for_names_that_nobody_publishes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[PurePosixPath] = []
    monkeypatch.setattr(FileOpener, "peek", lambda _, path: opened.append(path))
    makefile = "a:\n\tdocker build -t app .\n"
    pod = MANAGER.replace("NAME", "nginx")

    images(tmp_path, {"Makefile": makefile, "pod.yaml": pod})
    assert opened == []
    images(
        tmp_path, {"Makefile": makefile, "pod.yaml": MANAGER, "x.txt": "", "a.java": ""}
    )
    assert opened == []
    pod = MANAGER.replace("NAME", "app")
    images(tmp_path, {"Makefile": makefile, "pod.yaml": pod, "x.txt": "", "a.java": ""})
    assert opened == [PurePosixPath("Makefile"), PurePosixPath("pod.yaml")]


def test_a_file_that_builds_and_cannot_be_read_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(MANAGER.replace("NAME", "app"))
    (tmp_path / "Makefile").write_bytes(b"\xff\xfe\0docker build -t app")
    (tmp_path / "large.sh").write_bytes(b"#" * (17 << 20))
    paths = [PurePosixPath(p) for p in ("Makefile", "large.sh", "pod.yaml")]

    (found,) = ProjectReader(root=tmp_path, platforms=()).read(paths)
    assert isinstance(found, Occurrence)


def test_the_names_of_a_file_that_was_not_named_count(tmp_path: Path) -> None:
    (tmp_path / "pod.yaml").write_text(MANAGER.replace("NAME", "app"))
    (tmp_path / "Makefile").write_text("a:\n\tdocker build -t app .\n")
    reader = ProjectReader(root=tmp_path, platforms=())

    (found,) = reader.read(
        [PurePosixPath("pod.yaml")], others=[PurePosixPath("Makefile")]
    )
    assert not isinstance(found, Occurrence)


BASE = "services: {base: {image: acme/base, build: {context: base, tags: [acme/t]}}}\n"
OVERRIDES = {
    "a Dockerfile": ("app: {build: app}", "FROM acme/base\n"),
    "a tag": ("app: {build: app}", "FROM acme/t\n"),
    "an argument": (
        "app: {build: {context: app, args: {FROM: acme/base}}}",
        "ARG FROM=alpine\nFROM $FROM\n",
    ),
    "an image": ("app: {image: acme/base}", ""),
    "inline": ('app: {build: {dockerfile_inline: "FROM acme/base"}}', ""),
    "a service that another extends": (
        "app: {build: app}\n  other: {extends: app}",
        "FROM acme/base\n",
    ),
}


@pytest.mark.parametrize("case", OVERRIDES)
def test_an_override_may_use_what_the_file_below_builds(
    tmp_path: Path, case: str
) -> None:
    services, dockerfile = OVERRIDES[case]
    files = {
        "compose.yaml": BASE,
        "compose.override.yaml": f"services:\n  {services}\n",
        "base/Dockerfile": "FROM r.io/start\n",
        "app/Dockerfile": dockerfile,
    }

    assert [text for text in images(tmp_path, files) if text.startswith("acme/")] == []


@pytest.mark.parametrize("case", OVERRIDES)
def test_files_of_a_list_may_use_what_another_builds(tmp_path: Path, case: str) -> None:
    services, dockerfile = OVERRIDES[case]
    files = {
        ".env": "COMPOSE_FILE=deploy/base.yaml:deploy/more.yaml\n",
        "deploy/base.yaml": BASE,
        "deploy/more.yaml": f"services:\n  {services}\n",
        "deploy/app/Dockerfile": dockerfile,
    }

    assert [text for text in images(tmp_path, files) if text.startswith("acme/")] == []


def test_an_override_may_build_what_the_file_below_uses(tmp_path: Path) -> None:
    files = {
        "compose.yaml": "services: {app: {build: app}, web: {image: acme/base}}\n",
        "compose.override.yaml": BASE,
        "app/Dockerfile": "FROM acme/base\n",
    }

    assert [text for text in images(tmp_path, files) if text.startswith("acme/")] == []


@pytest.mark.parametrize(
    "override",
    [
        "app: !reset null",
        "app: {build: !reset null, image: r.io/x}",
        "app: {build: other}",
        "app: !override {image: r.io/x}",
    ],
)
def test_a_build_that_an_override_takes_away_may_use_what_the_project_builds(
    tmp_path: Path, override: str
) -> None:
    files = {
        "compose.yaml": BASE.replace("{base:", "{app: {build: app}, base:"),
        "compose.override.yaml": f"services:\n  {override}\n",
        "app/Dockerfile": "FROM acme/base\n",
        "base/Dockerfile": "FROM acme/base:start\n",
    }

    names = [text for text in images(tmp_path, files) if text.startswith("acme/")]
    assert names == ["acme/base:start"]


DEVSPACE = """\
version: v2beta1
images: {app: {image: ghcr.io/acme/app}, web: {image: web}}
deployments:
  d: {helm: {values: {containers: [{image: NAME}, {image: "redis:7"}]}}}
"""
OKTETO = "build: {api: {image: acme/api:dev}}\ndev: {d: {image: NAME}}\n"
CLOUD_BUILD = "steps: [{name: NAME}]\nimages: [gcr.io/acme/app, gcr.io/$PROJECT_ID/b]\n"


@pytest.mark.parametrize(
    ("path", "text", "name", "is_built"),
    [
        ("devspace.yaml", DEVSPACE, "ghcr.io/acme/app", True),
        ("devspace.yaml", DEVSPACE, "web:dev", True),
        ("devspace.yaml", DEVSPACE, "ghcr.io/acme/app:2", False),
        ("okteto.yml", OKTETO, "acme/api:dev", True),
        ("okteto.yml", OKTETO, "acme/api:1", False),
        ("cloudbuild.yaml", CLOUD_BUILD, "gcr.io/acme/app", True),
        ("cloudbuild.yaml", CLOUD_BUILD, "gcr.io/acme/b", False),
    ],
)
def test_what_a_file_says_is_built_is_not_pulled_in_it(
    tmp_path: Path, path: str, text: str, name: str, *, is_built: bool
) -> None:
    found = images(tmp_path, {path: text.replace("NAME", name)})

    assert any("this project builds it" in each for each in found) == is_built
    assert (name in found) != is_built
