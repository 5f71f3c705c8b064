"""Which places of a pipeline name an image, format by format."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from imagelock.model.occurrence import Occurrence
from imagelock.model.source_text import Text
from imagelock.sources import SOURCES
from imagelock.sources.context import Context
from tests.sources.test_pipelines import meaning
from tests.support.recognition import reader_of

HUB = "docker.io/library/"


def read_images(
    source: str,
    text: str,
    *,
    files: dict[str, str] | None = None,
    **variables: str,
) -> list[tuple[str, str]]:
    texts = {PurePosixPath(p): Text(t) for p, t in (files or {}).items()}
    context = Context(read=texts.get, platforms=(), variables=variables)
    path = PurePosixPath("ci.yml")
    return [
        (finding.place.text, meaning(finding).removeprefix(HUB))
        for finding in SOURCES[source].find(path, Text(text), context)
    ]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (".github/workflows/ci.yaml", "github-actions"),
        ("sub/.forgejo/workflows/ci.yml", "github-actions"),
        (".gitea/workflows/ci.yml", "github-actions"),
        (".github/actions/x/action.yml", "github-actions"),
        ("action.yaml", "github-actions"),
        (".gitlab-ci.yml", "gitlab-ci"),
        ("ci/build.gitlab-ci.yml", "gitlab-ci"),
        ("ci/.gitlab-ci-deploy.yml", "gitlab-ci"),
        (".gitlab/ci/build.yml", "gitlab-ci"),
        (".circleci/config.yml", "circleci"),
        (".circleci/setup/next.yaml", "circleci"),
        ("bitbucket-pipelines.yml", "bitbucket"),
        (".drone.yaml", "drone"),
        ("release.drone.yml", "drone"),
        (".woodpecker.yaml", "woodpecker"),
        (".woodpecker/build.yml", "woodpecker"),
        (".buildkite/pipeline.nightly.yml", "buildkite"),
        (".buildkite/pipeline.json", "buildkite"),
        ("buildkite.yml", "buildkite"),
        ("ci/buildkite-tests.yml", "buildkite"),
        ("buildkite/nightly/steps.yml", "buildkite"),
        ("ci/charts-buildkite/values.yml", None),
        ("cloudbuild.json", "cloud-build"),
        ("deploy/prod-cloudbuild.yaml", "cloud-build"),
        (".github/cloudbuild/ci-pr.yaml", "cloud-build"),
        (".cloudbuild/release/publish.json", "cloud-build"),
        ("tools/cloud-build/images.yml", "cloud-build"),
        ("gcb-release.yaml", "cloud-build"),
        ("azure-pipelines-release.yml", "azure-pipelines"),
        (".azuredevops/build.yml", "azure-pipelines"),
        ("bitbucket.yml", None),
        (".github/dependabot.yml", None),
        ("workflows/ci.yml", None),
        ("build.yml", None),
    ],
)
def test_a_file_is_known_by_its_path(path: str, source: str | None) -> None:
    assert reader_of(path, "runs:\nsteps:\ncontainer:\n") == source


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("jobs:\n- job: a\n  pool: {vmImage: x}\n", "azure-pipelines"),
        ("platform: linux\nimage_resource: {type: registry-image}\n", "concourse"),
        ("jobs:\n- name: a\n  plan: [{task: t}]\nx: registry-image\n", "concourse"),
        ("resource_types:\n- type: docker-image\n", "concourse"),
        ("services:\n  a: {image: b}\nx-vm: vmImage\n", "compose"),
        ("services:\n  a: {image: b}\nx-c: docker-image\n", "compose"),
        ("apiVersion: v1\nkind: Pod\njobs:\n- plan: registry-image\n", "kubernetes"),
        ("apiVersion: v1\nkind: Pod\njobs:\n- x: vmImage\n", "kubernetes"),
        ("steps:\n- plugins:\n  - docker#v5.12.0: {image: a}\n", "buildkite"),
        ("steps:\n- plugins: [{kubernetes: {podSpec: {}}}]\n", "buildkite"),
        ("agents: {queue: q}\nsteps: [{image: a}]\n", "buildkite"),
        ("agents:\n- queue=q\nsteps: [{image: a}]\n", "buildkite"),
        ("- plugins:\n  - docker#v5.12.0: {image: a}\n", None),
        ("steps:\n- plugins: [{kubernetes: {}}]\n", None),
        ("agents: [planner]\nsteps: [{image: a}]\n", None),
        ("apiVersion: v1\nkind: X\nsteps:\n- docker#v5.12.0: {}\n", "kubernetes"),
        ("a: vmImage\n", None),
        ("image_resource: {type: registry-image}\n", None),
    ],
)
def test_other_names_are_looked_into(text: str, source: str | None) -> None:
    assert reader_of("any.yml", text) == source


@pytest.mark.parametrize(
    ("source", "text", "expected"),
    [
        ("github-actions", "jobs: {a: {container: ''}}", []),
        ("github-actions", "jobs: {a: {container: {image: }}}", []),
        (
            "github-actions",
            "jobs: {a: {container: 'docker://node:18'}}",
            [("node:18", "node:18")],
        ),
        (
            "github-actions",
            'jobs: {a: {steps: [{uses: "\\x64ocker://\\x61:1"}]}}',
            [("\\x61:1", "a:1")],
        ),
        (
            "github-actions",
            "jobs: {a: {services: {b: {image: '${{ matrix.image }}'}}}}",
            [("${{ matrix.image }}", "(expression)")],
        ),
        (
            "github-actions",
            (
                "jobs: {a: {strategy: {matrix: {i: [a:1, '${{ b }}', ''], include: [{i: c}]}},"
                " container: '${{matrix.i}}'}}"
            ),
            [
                ("a:1", "a:1"),
                ("${{ b }}", "(expression)"),
                ("c", "c:latest"),
                ("${{matrix.i}}", "(expression)"),
            ],
        ),
        (
            "github-actions",
            (
                "jobs: {a: {services: {s: {image: '${{ matrix.i.j-k }}'}},"
                " strategy: {matrix: {i: [{j-k: a:1}, {x: b:1}, c:1], j-k: [d:1]}}}}"
            ),
            [("${{ matrix.i.j-k }}", "(expression)"), ("a:1", "a:1")],
        ),
        (
            "github-actions",
            (
                "jobs: {a: {strategy: {matrix: {i: [a:1]}}, container: 'b:${{ matrix.i }}'},"
                " b: {container: '${{ matrix.i }}'}}"
            ),
            [
                ("b:${{ matrix.i }}", "(expression)"),
                ("${{ matrix.i }}", "(expression)"),
            ],
        ),
        (
            "woodpecker",
            "matrix: {A: [a:1], include: [{A: b:1}]}\nsteps: [{image: $A}]",
            [("a:1", "a:1"), ("b:1", "b:1"), ("$A", "(variable)")],
        ),
        (
            "buildkite",
            "env: {A: 1.20, B: 20.0}\nsteps: [{image: 'r:$A'}, {image: 'r:$B'}]",
            [("r:$A", "r:1.2"), ("r:$B", "r:20")],
        ),
        ("github-actions", "jobs: {a: {uses: 'docker://x'}}", []),
        (
            "github-actions",
            "runs: {pre-entrypoint: docker://x, steps: [{uses: DOCKER://b:2}]}",
            [("b:2", "b:2")],
        ),
        ("github-actions", "jobs: {a: {container: Up/x}}", [("Up/x", "(invalid)")]),
        (
            "github-actions",
            "jobs: {a: {container: a, container: b}}",
            [("a", "(duplicate-key)"), ("b", "(duplicate-key)")],
        ),
        (
            "github-actions",
            "jobs: {a: {container: {{ x }}}}",
            [("{{ x }}", "(template)")],
        ),
        (
            "circleci",
            "orbs: {o: {executors: {e: {docker: [{image: a}]}}}, p: x/y@1}",
            [("a", "a:latest")],
        ),
        ("circleci", "jobs: {a: {macos: {xcode: 15.0.0}}}", []),
        (
            "circleci",
            "executors: {e: {machine: {image: ubuntu-2204:current}}}",
            [("ubuntu-2204:current", "(vm-image)")],
        ),
        ("circleci", "jobs: {a: {docker: [{image: $I}]}}", [("$I", "(variable)")]),
        (
            "bitbucket",
            "definitions: {steps: [{step: {image: {name: a:1, username: u}}}]}",
            [("a:1", "a:1")],
        ),
        (
            "bitbucket",
            "pipelines: {x: [{step: {after-script: [{pipe: 'docker://a:1'}]}}]}",
            [("a:1", "a:1")],
        ),
        (
            "drone",
            "pipeline: {a: {image: b:1}}\nclone: {git: {image: c}}",
            [("b:1", "b:1"), ("c", "c:latest")],
        ),
        ("drone", "kind: secret\nsteps: [{image: a}]", []),
        ("drone", "kind: pipeline\ntype: exec\nsteps: [{image: a}]", []),
        ("woodpecker", "variables: [&a b:1]\nsteps: [{image: *a}]", [("b:1", "b:1")]),
        ("woodpecker", "variables: [b:1]\nsteps: [{commands: [x]}]", []),
        ("woodpecker", "clone: {git: {image: c:2}}", [("c:2", "c:2")]),
        (
            "buildkite",
            "image: a\nenv: {V: '2'}\nsteps: [{plugins: {docker: {image: 'b:$V'}}}]",
            [("a", "a:latest"), ("b:$V", "b:2")],
        ),
        (
            "buildkite",
            "steps:\n- plugins:\n  - x/docker-buildkite-plugin.git#1: {image: 'a:${V:-3}'}",
            [("a:${V:-3}", "a:3")],
        ),
        ("buildkite", "steps: [{plugins: [{docker-login#1: {image: a}}]}]", []),
        ("buildkite", "steps: [{image: $$X}]", [("$$X", "(variable)")]),
        ("buildkite", "steps: [{command: x, with: {image: a}}]", []),
        (
            "cloud-build",
            "steps: [{name: 'a:$_V-$PROJECT_ID'}]\nsubstitutions: {_V: '1'}",
            [("a:$_V-$PROJECT_ID", "(variable)")],
        ),
        ("cloud-build", "spec:\n  steps:\n  - name: a\n", []),
        (
            "azure-pipelines",
            (
                "resources: {containers: [{container: a, image: b:1}]}\n"
                "jobs: [{container: a, services: {x: a, y: c:2}}]"
            ),
            [("b:1", "b:1"), ("c:2", "c:2")],
        ),
        (
            "azure-pipelines",
            "jobs: [{container: other}]",
            [("other", "(container-alias)")],
        ),
        ("azure-pipelines", "jobs: [{container: $(v)}]", [("$(v)", "(variable)")]),
        (
            "azure-pipelines",
            "jobs: [{container: '${{ parameters.x }}'}]",
            [("${{ parameters.x }}", "(expression)")],
        ),
        (
            "azure-pipelines",
            (
                "parameters: {container: a:1}\nvariables: {container: b:1}\n"
                "jobs: [{strategy: {matrix: {l: {container: c:1}}}}]"
            ),
            [],
        ),
        (
            "azure-pipelines",
            (
                "resources: {containers: [{container: d, image: e:1}]}\n"
                "jobs: [{strategy: {matrix: {x: {i: a:1, o: no:1}, y: {i: d}, z: {i: w}}},"
                " container: \"$[ variables['i'] ]\"}]"
            ),
            [
                ("e:1", "e:1"),
                ("a:1", "a:1"),
                ("w", "(container-alias)"),
                ("$[ variables['i'] ]", "(expression)"),
            ],
        ),
        (
            "azure-pipelines",
            "strategy: {matrix: {x: {i: a:1}}}\ncontainer: '$[variables.i]'",
            [("a:1", "a:1"), ("$[variables.i]", "(expression)")],
        ),
        (
            "azure-pipelines",
            (
                "resources: {containers: [{container: d, type: ACR, registry: r,"
                " repository: a}, {repository: b}]}"
            ),
            [("a", "(pattern)")],
        ),
        (
            "azure-pipelines",
            "jobs: [{'${{ if x }}': {container: a:1}, pool: {vmImage: u-22.04}}]",
            [("a:1", "a:1"), ("u-22.04", "(vm-image)")],
        ),
        (
            "concourse",
            "resources: [{name: a, type: git, source: {repository: b}}]",
            [],
        ),
        *(
            (
                "concourse",
                (
                    f"resource_types: [{{type: registry-image, source: {{repository: a,"
                    f" tag: {tag}}}}}]"
                ),
                [(tag.strip("'"), image)],
            )
            for tag, image in [
                ("3.10", "a:3.1"),
                ("3.0", "a:3"),
                ("'3.10'", "a:3.10"),
                ("3", "a:3"),
                ("1e3", "a:1000"),
                ("1:30", "(invalid)"),
            ]
        ),
        (
            "concourse",
            (
                "resources: [{type: registry-image, source: {repository: a,"
                " semver_constraint: '1.x'}}]"
            ),
            [("a", "(pattern)")],
        ),
        (
            "concourse",
            (
                "resources: [{name: a, type: docker-image, source: {repository: b}}]\n"
                "jobs: [{plan: [{do: [{put: out, resource: a}]}]}]"
            ),
            [("b", "(resource)")],
        ),
        (
            "concourse",
            "resources: [{type: registry-image, source: {repository: ((r)), tag: '1'}}]",
            [("((r))", "(parameter)")],
        ),
        ("concourse", "resources: [{type: registry-image, source: {tag: x}}]", []),
        *(
            (
                "concourse",
                (
                    "resources: [{type: registry-image, source: {repository: a, tag:"
                    f" '1'}}, version: {{digest: {digest}}}}}]"
                ),
                [("1", finding)],
            )
            for digest, finding in [
                ("((d))", "(parameter)"),
                ("'###D###'", "(placeholder)"),
                ("sha256:abc", "(invalid)"),
                ("''", "a:1"),
            ]
        ),
    ],
)
def test_a_place(source: str, text: str, expected: list[tuple[str, str]]) -> None:
    assert read_images(source, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("image: {name: a:1}\nservices: [b:2, {name: c:3}]", ["a:1", "b:2", "c:3"]),
        ("default: {image: a:1, services: [b:2]}", ["a:1", "b:2"]),
        ("variables: {image: a:1}\nworkflow: {image: b}\nspec: {image: c}", []),
        ("pages: {image: a:1}", ["a:1"]),
        (".t: {services: [a:1]}\nb: {services: !reference [.t, services]}", ["a:1"]),
        (".t: [a:1]\nb: {services: [!reference [.t, 0]]}", []),
        ("b: {image: !reference [b, image]}", []),
        ("b: {image: '$A/x'}", ["(variable)"]),
        ("variables: {A: 'b:$C', C: {value: '2'}}\nx: {image: $A}", ["b:2"]),
        ("variables: {A: $B, B: $A}\nx: {image: 'r:$A'}", ["(variable)"]),
        ("variables: {A: '1'}\nx: {image: 'r:$A', variables: {A: '2'}}", ["r:2"]),
        (
            (
                ".t: {image: 'r:$A'}\nx: {extends: .t, variables: {A: '1'}}\n"
                "y: {extends: [.t], variables: {A: '2'}}"
            ),
            ["r:1", "r:2"],
        ),
        (
            "a: {image: x:1}\nb: {image: y:2}\nc: {extends: [a, b]}",
            ["x:1", "y:2"],
        ),
        ("a: {extends: b, image: x:1}\nb: {extends: a}", ["x:1"]),
        (
            "variables: {A: '1'}\nx: {image: 'r:$A', parallel: {matrix: [{A: [2, 3]}]}}",
            ["r:2", "r:3"],
        ),
        (
            "x: {parallel: {matrix: [{A: [a:1, 'b:2'], B: 1}, {A: c}]}, image: '${A}'}",
            ["a:1", "b:2", "c:latest", "(variable)"],
        ),
        (
            ".x: {parallel: {matrix: [{A: a:1}]}}\nx: {extends: .x, services: [$A]}",
            ["a:1", "(variable)"],
        ),
        ("x: {image: $A, parallel: {matrix: [{A: '$B/a:1'}]}}", ["(variable)"] * 2),
        ("x: {image: $A, parallel: {matrix: [{A: [[a:1]]}, b, 3]}}", ["(variable)"]),
        ("variables: {A: 1.10}\nx: {image: 'r:$A'}", ["r:1.1"]),
        ("variables: {A: '1.10'}\nx: {image: 'r:$A'}", ["r:1.10"]),
        ("variables: {A: {value: 3.20}}\nx: {image: 'r:$A'}", ["r:3.2"]),
        ("variables: {A: 20.0}\nx: {image: 'r:$A'}", ["r:20.0"]),
        ("variables: {A: 010}\nx: {image: 'r:$A'}", ["(variable)"]),
        ("variables: {A: 1e3}\nx: {image: 'r:$A'}", ["(variable)"]),
        ("variables: {A: 1.2.30}\nx: {image: 'r:$A'}", ["r:1.2.30"]),
        ("x: {image: '$[[ inputs.a ]]'}", ["(expression)"]),
        (
            "x: {image: '${CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX}/alpine:3'}",
            ["alpine:3"],
        ),
        ("x: {image: $CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX/a:$T}", ["(variable)"]),
    ],
)
def test_a_pipeline_of_gitlab(text: str, expected: list[str]) -> None:
    assert [value for _, value in read_images("gitlab-ci", text)] == expected


def test_every_value_of_a_shared_image_is_found() -> None:
    jobs = "".join(
        f"j{n}: {{extends: .t, variables: {{V: '{n}'}}}}\n" for n in range(300)
    )

    values = [
        value for _, value in read_images("gitlab-ci", ".t: {image: 'a:$V'}\n" + jobs)
    ]
    assert values == [f"a:{n}" for n in range(300)]


def test_only_what_is_behind_the_proxy_is_the_reference() -> None:
    text = "x: {image: '${CI_DEPENDENCY_PROXY_DIRECT_GROUP_IMAGE_PREFIX}/a/b:3'}"

    assert read_images("gitlab-ci", text) == [("a/b:3", "docker.io/a/b:3")]


def test_the_configuration_knows_variables_better_than_a_matrix() -> None:
    text = "x: {image: '$A', parallel: {matrix: [{A: a:1}]}}"
    assert read_images("gitlab-ci", text, A="b:2") == [("$A", "b:2")]

    text = "steps: [{image: '$A'}]\nmatrix: {A: [a:1]}"
    assert read_images("woodpecker", text, A="b:2") == [("$A", "b:2")]


def test_the_configuration_knows_variables_better_than_the_file() -> None:
    text = "variables: {A: '1'}\nx: {image: 'r:$A', parallel: {matrix: [{A: 3}]}}"

    assert read_images("gitlab-ci", text, A="9") == [("r:$A", "r:9")]
    assert read_images("woodpecker", "steps: [{image: 'r:${A}'}]", A="9") == [
        ("r:${A}", "r:9")
    ]


def test_what_extends_takes_over_is_a_use() -> None:
    text = Text(".t: {image: a:1}\nx: {extends: .t}\ny: {extends: x, image: b:1}\n")
    context = Context(read=lambda _: None, platforms=())

    first, second = SOURCES["gitlab-ci"].find(PurePosixPath("a.yml"), text, context)

    assert first.place.uses == (".t.image", "x.image")
    assert second.place.uses == ("y.image",)


def test_local_files_are_included_and_share_jobs_and_variables() -> None:
    main = (
        "include: [/ci/a.yml, {local: ci/b.yml}, 'https://x/c.yml', {local: 'ci/*.yml'}]\n"
        "variables: {V: '3'}\n"
        "x: {extends: .a}\n"
        "y: {trigger: {include: child.yaml}}\n"
    )
    files = {
        "ci/a.yml": "include: ci/b.yml\n.a: {image: 'a:$V'}\n",
        "ci/b.yml": "b: {image: b:1}\n",
        "child.yaml": "include: ci.yml\nc: {image: c:1}\n",
        "ci/d.yml": "d: {image: d:1}\n",
    }

    assert sorted(read_images("gitlab-ci", main, files=files)) == [
        ("a:$V", "a:3"),
        ("b:1", "b:1"),
        ("c:1", "c:1"),
    ]


DIGEST = "sha256:" + "a" * 64
OTHER = "sha256:" + "b" * 64


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "image_resource:\n  type: registry-image\n  source: {repository: a}\n",
            (
                f'image_resource:\n  type: registry-image\n  version: {{digest: "{DIGEST}"}}\n'
                "  source: {repository: a}\n"
            ),
        ),
        (
            "resources:\n- source:\n    repository: a\n    tag: '1'\n  type: docker-image",
            (
                f'resources:\n- version: {{digest: "{DIGEST}"}}\n  source:\n'
                "    repository: a\n    tag: '1'\n  type: docker-image"
            ),
        ),
        (
            "image_resource: {type: registry-image, source: {repository: a}}",
            (
                f'image_resource: {{version: {{digest: "{DIGEST}"}}, '
                "type: registry-image, source: {repository: a}}"
            ),
        ),
        (
            'image_resource:\r\n  "source": {repository: a}\r\n  type: docker-image\r\n',
            (
                f'image_resource:\r\n  version: {{digest: "{DIGEST}"}}\r\n'
                '  "source": {repository: a}\r\n  type: docker-image\r\n'
            ),
        ),
        (
            (
                f"image_resource: {{type: docker-image, version: {{digest: '{OTHER}'}},"
                " source: {repository: a}}"
            ),
            (
                f"image_resource: {{type: docker-image, version: {{digest: '{DIGEST}'}},"
                " source: {repository: a}}"
            ),
        ),
    ],
)
def test_a_digest_goes_beside_the_source(before: str, after: str) -> None:
    (finding,) = read_concourse(before)

    assert finding.unpinnable_reason is None
    assert finding.slot is not None
    data = before.encode()
    digest = finding.slot.template.format(digest=DIGEST).encode()
    span = finding.slot.span
    assert (data[: span.start] + digest + data[span.end :]).decode() == after
    (pinned,) = read_concourse(after)
    assert pinned.reference.digest is not None
    assert str(pinned.reference.digest) == DIGEST
    assert pinned.reference.repository == finding.reference.repository


@pytest.mark.parametrize(
    "text",
    [
        "resource_types: [{type: docker-image, source: {repository: a}}]",
        "image_resource: {type: docker-image, version: {}, source: {repository: a}}",
        "resources: [{type: docker-image, version: every, source: {repository: a}}]",
        "image_resource: &x {type: docker-image, source: {repository: a}}",
        "x: &x {source: {repository: a}}\nimage_resource: {type: docker-image, <<: *x}",
    ],
)
def test_where_no_digest_can_be_written_it_is_said_why(text: str) -> None:
    (finding,) = read_concourse(text)

    assert finding.unpinnable_reason
    assert finding.slot is None


def test_an_image_of_concourse_that_aliases_use_again_is_one() -> None:
    (finding,) = read_concourse(
        "x: {image_resource: &x {type: docker-image, source: {repository: a}}}\n"
        "y: {image_resource: *x}\n"
    )

    assert finding.place.uses == (
        "x.image_resource.source.repository",
        "y.image_resource.source.repository",
    )


def read_concourse(text: str) -> list[Occurrence]:
    context = Context(read=lambda _: None, platforms=())
    findings = SOURCES["concourse"].find(PurePosixPath("ci.yml"), Text(text), context)
    return [finding for finding in findings if isinstance(finding, Occurrence)]
