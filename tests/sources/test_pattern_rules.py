"""Images in any text: patterns, presets, and comments that mark them."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imagelock.config.match_schema import PresetName
from imagelock.model.occurrence import Occurrence
from imagelock.model.source_text import Text
from imagelock.sources import marked_values, pattern_presets, pattern_rules
from imagelock.sources.pattern_presets import PRESETS
from imagelock.sources.pattern_rules import PatternRule
from tests.conftest import AMD64, ARM64
from tests.support.locked import save
from tests.support.mirrored import configure

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from syrupy.assertion import SnapshotAssertion

    from imagelock.demo.registry import MemoryRegistry
    from imagelock.model.occurrence import Found
    from tests.conftest import Run

PATH = PurePosixPath("script.txt")
HEX = "a" * 64
DIGEST = f"sha256:{HEX}"
PARTED = r'pull\("(?P<repository>[^"]+)", "(?P<tag>[^"]*)"(?:, "(?P<digest>[^"]*)")?\)'


def summary(findings: Iterable[Found]) -> list[tuple[str, str]]:
    """Return what is written at each place, and what it is."""
    return [
        (
            finding.place.text,
            finding.reference.familiar
            if isinstance(finding, Occurrence)
            else f"({finding.reason.slug})",
        )
        for finding in findings
    ]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"img=(?P<image>\S+)", "é img=redis:7 img=a/b\n", [("redis:7", "redis:7"), ("a/b", "a/b:latest")]),
        (r"img=(?P<image>.*)", "img=  redis:7 \r\nimg=\n", [("redis:7", "redis:7"), ("img=", "(unmatched)")]),
        (r"img=(?P<image>\S+)", f"img=redis:7@{DIGEST}", [(f"redis:7@{DIGEST}", f"redis:7@{DIGEST}")]),
        # A pattern from before it was pinned.
        (r"img=(?P<image>[\w:]+)", f"img=redis:7@{DIGEST}", [(f"redis:7@{DIGEST}", f"redis:7@{DIGEST}")]),
        (r"img=(?P<image>\S+)", "img=$REG/app img=${A} img={{ .x }} img=NO", [
            ("$REG/app", "(variable)"), ("${A}", "(variable)"), ("{{", "(template)"), ("NO", "(invalid)"),
        ]),
        (r"img=(?P<image>[a-z]+)", "img=redis:7", [("redis", "(invalid)")]),
        (r"(?s)(?P<image>.+)", "line\n" * 300, [("line", "(invalid)")]),
        (r"x(?P<image>y)?", "x", [("x", "(unmatched)")]),
        (r"(?P<registry>\w+\.\w+)/(?P<repository>[\w/]+):(?P<tag>\w+)", "ghcr.io/a/b:1", [("ghcr.io/a/b:1", "ghcr.io/a/b:1")]),
        (PARTED, 'pull("ghcr.io/a/b", "1")', [("1", "ghcr.io/a/b:1")]),
        (PARTED, 'pull("a/b", "")', [("a/b", "a/b:latest")]),
        (PARTED, f'pull("a/b", "1", "{DIGEST}")', [("1", f"a/b:1@{DIGEST}")]),
        (PARTED, f'pull("a/b", "1", "{HEX}")', [("1", f"a/b:1@{DIGEST}")]),
        (PARTED, f'pull("a/b", "1@{DIGEST}")', [(f"1@{DIGEST}", f"a/b:1@{DIGEST}")]),
        (PARTED, 'pull("a/b", "$V")', [("$V", "(variable)")]),
        (PARTED, 'pull("NO", "1")', [("1", "(invalid)")]),
        ("(.*)*(?P<image>x:1)y", "a" * 3000, []),
    ],
)  # fmt: skip
def test_what_a_pattern_finds(
    pattern: str, text: str, expected: list[tuple[str, str]]
) -> None:
    findings = list(pattern_rules.find(PATH, Text(text), PatternRule(pattern=pattern)))

    assert summary(findings) == expected
    for finding in findings:
        span = finding.place.span
        assert text.encode()[span.start : span.end].decode() == finding.place.text


def test_a_pattern_that_takes_too_long_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pattern_rules, "_LIMIT", 1000)

    (found,) = pattern_rules.find(
        PATH, Text("a" * 9999), PatternRule(pattern="(?P<image>[ab]+).*.*[yz]")
    )

    assert summary([found]) == [("", "(unparseable)")]


@pytest.mark.parametrize(
    ("preset", "name", "text", "expected"),
    [
        # https://docs.renovatebot.com/modules/manager/regex/#advanced-capture
        (
            "renovate",
            "Dockerfile",
            ("# renovate: datasource=github-tags depName=node versioning=node\n"
            "ENV NODE_VERSION=20.19.4\n"
            "# renovate: datasource=docker depName=docker.io/library/node\n"
            "ENV NODE_VERSION=20.1\nARG X\n"
            "# renovate: datasource=docker depName=gosu packageName=ghcr.io/a/gosu\n"
            "ENV GOSU_VERSION 1.2\n"),
            [("20.1", "node:20.1"), ("1.2", "ghcr.io/a/gosu:1.2")],
        ),
        (
            "renovate",
            "Makefile",
            "# renovate: datasource=docker depName=a/b\nV ?= 1.2\nW := 3 # renovate: datasource=docker depName=c\n",
            [("1.2", "a/b:1.2"), ("3", "c:3")],
        ),
        (
            "renovate",
            "run.sh",
            ("# renovate: datasource=docker depName=a/b registryUrl=https://ghcr.io\n"
            'export V="${V:-1.2}"\n'
            "# renovate: datasource=docker depName=c\nW=$(make version)\n"),
            [("1.2", "ghcr.io/a/b:1.2"), ("$(make", "(variable)")],
        ),
        (
            "renovate",
            "values.yaml",
            ("# renovate: datasource=docker depName=a/b\ntag: '1.2'\n"
            f"# renovate: datasource=docker depName=a/b\n- tag: 1.2@{DIGEST}\n"
            "# renovate: datasource=docker depName=a/b\nimage: a/b:1.2\n"
            "# renovate: datasource=docker depName=a extractVersion=^v(?<version>.*)$\nv: 1\n"
            "# renovate: datasource=docker\nv: 1\n"
            "# renovate: datasource=docker depName=a\n"),
            [
                ("1.2", "a/b:1.2"),
                (f"1.2@{DIGEST}", f"a/b:1.2@{DIGEST}"),
                ("a/b:1.2", "a/b:1.2"),
                ("1", "(expression)"),
                ("# renovate: datasource=docker", "(invalid)"),
                ("# renovate: datasource=docker depName=a", "(invalid)"),
            ],
        ),
        # https://java.testcontainers.org/modules/databases/postgres/
        (
            "testcontainers",
            "A.java",
            ('new PostgreSQLContainer<>("postgres:16-alpine");\n'
            'DockerImageName.parse("localstack/localstack:3")\n'
            'DockerImageName.parse("kafka-" + version); new GenericContainer(IMAGE); log("Container(x)");'),
            [("postgres:16-alpine", "postgres:16-alpine"), ("localstack/localstack:3", "localstack/localstack:3")],
        ),
        # https://golang.testcontainers.org/quickstart/
        (
            "testcontainers",
            "a_test.go",
            ('req := testcontainers.ContainerRequest{\n\tImage:        "redis:latest",\n}\n'
            'postgres.Run(ctx, "postgres:16-alpine",\n kafka.Run(context.Background(), "a/kafka:7")'),
            [("redis:latest", "redis:latest"), ("postgres:16-alpine", "postgres:16-alpine"), ("a/kafka:7", "a/kafka:7")],
        ),
        (
            "testcontainers",
            "test_a.py",
            'with PostgresContainer("postgres:16") as p, DockerContainer(image=\'redis\'):',
            [("postgres:16", "postgres:16"), ("redis", "redis:latest")],
        ),
        # https://docs.dagger.io/
        (
            # https://cdk8s.io/docs/latest/get-started/typescript
            "cdk",
            "main.ts",
            ("new KubeDeployment(this, 'd', { spec: { template: { spec: { containers: [\n"
            "  { name: 'a', image: 'paulbouwer/hello-kubernetes:1.7', ports: [] },\n"
            "  { name: 'b', image: 'ghcr.io/acme/side' },\n"
            "  { name: 'c', image: 'logo' }, { image: `a:${tag}` }, { image: url + 'a:1' }\n"
            "] } } } });\n"
            "taskDefinition.addContainer('w', { image: ecs.ContainerImage.fromRegistry('amazon/amazon-ecs-sample') });\n"),
            [("paulbouwer/hello-kubernetes:1.7", "paulbouwer/hello-kubernetes:1.7"),
             ("ghcr.io/acme/side", "ghcr.io/acme/side:latest"),
             ("amazon/amazon-ecs-sample", "amazon/amazon-ecs-sample:latest")],
        ),
        (
            "cdk",
            "main.py",
            ('k8s.Container(name="a", image="paulbouwer/hello-kubernetes:1.7")\n'
            'ecs.ContainerImage.from_registry("redis:7", credentials=c)\n'),
            [("paulbouwer/hello-kubernetes:1.7", "paulbouwer/hello-kubernetes:1.7"), ("redis:7", "redis:7")],
        ),
        (
            "cdk",
            "main.go",
            ('{Name: jsii.String("a"), Image: jsii.String("paulbouwer/hello-kubernetes:1.7")},\n'
            'awsecs.ContainerImage_FromRegistry(jsii.String("redis:7"), nil)\n'),
            [("paulbouwer/hello-kubernetes:1.7", "paulbouwer/hello-kubernetes:1.7"), ("redis:7", "redis:7")],
        ),
        (
            "cdk",
            "Main.java",
            '.containers(List.of(Container.builder().name("a").image("acme/app:1").build()))\n',
            [("acme/app:1", "acme/app:1")],
        ),
        (
            "dagger",
            "main.go",
            ('dag.Container().From("alpine:3.20").WithExec(x)\n'
            'c.Container(dagger.ContainerOpts{Platform: dagger.Platform("linux/arm64")}).\n\tFrom(`golang:1.23`)\n'
            'dag.Container().From(image); mail.From("a:b"); strings.Container().From("a" + b)'),
            [("alpine:3.20", "alpine:3.20"), ("golang:1.23", "golang:1.23")],
        ),
        (
            "dagger",
            "main.py",
            ('dag.container(platform=p)\n    .from_("python:3.12-slim")\n'
            'dag.container().from_(address="redis")\ndag.container().from_(f"node:{v}")\n'),
            [("python:3.12-slim", "python:3.12-slim"), ("redis", "redis:latest")],
        ),
        (
            "testcontainers",
            "a.rs",
            'GenericImage::new("redis", "7.2.4")',
            [("7.2.4", "redis:7.2.4")],
        ),
        (
            "testcontainers",
            "A.cs",
            '.WithImage("testcontainers/helloworld:1.1.0")',
            [("testcontainers/helloworld:1.1.0", "testcontainers/helloworld:1.1.0")],
        ),
        (
            "github-env",
            "ci.yml",
            ('env:\n  DB_IMAGE: postgres:16\n  IMAGE_NAME: acme/app\n  RUNNER_IMAGE: ubuntu-24.04\n'
            '- run: echo "IMAGE=ghcr.io/a/b:1" >> "$GITHUB_ENV"\n- {image: "redis:7"}\n'),
            [("postgres:16", "postgres:16"), ("ghcr.io/a/b:1", "ghcr.io/a/b:1"), ("redis:7", "redis:7")],
        ),
    ],
)  # fmt: skip
def test_what_a_preset_finds(
    preset: str, name: str, text: str, expected: list[tuple[str, str]]
) -> None:
    findings = list(pattern_presets.find(PurePosixPath(name), Text(text), preset))

    assert sorted(summary(findings)) == sorted(expected)
    for finding in findings:
        span = finding.place.span
        assert text.encode()[span.start : span.end].decode() == finding.place.text


def test_the_settings_know_every_preset() -> None:
    assert set(get_args(PresetName)) == set(PRESETS)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("a.sh", "X=redis:7 # imagelock: image, for tests\n", [("redis:7", "redis:7")]),
        ("a.sh", "# imagelock: image\n# and more\n\nrun redis:7 --port 80\n", [("redis:7", "redis:7")]),
        ("Makefile", "DB := postgres # imagelock: image", [("postgres", "postgres:latest")]),
        ("a.go", '// imagelock: image\nconst db = "postgres"\n', [("postgres", "postgres:latest")]),
        ("a.go", "// imagelock: image\nconst db = postgres\n", [("// imagelock: image", "(invalid)")]),
        ("a.go", "# imagelock: image\nx := `a:1`\n", [("a:1", "a:1")]),
        ("a.xml", "<image>a/b:1</image> <!-- imagelock: image -->", [("a/b:1", "a/b:1")]),
        ("a.sql", "set img = 'a/b:1' -- imagelock: image", [("a/b:1", "a/b:1")]),
        ("a.ini", "; imagelock: image\nimg = a/b\n", [("a/b", "a/b:latest")]),
        ("a.yaml", "- {name: x, img: 'a:1'} # imagelock: image", [("a:1", "a:1")]),
        ("Dockerfile", "# imagelock: image\nRUN --platform=linux/amd64 a:1", [("a:1", "a:1")]),
        ("a.sh", "# imagelock: image\nX=${REG}/app:1", [("${REG}/app:1", "(variable)")]),
        ("a.sh", "# imagelock: image\nX=a:1 Y=b:2", [("# imagelock: image", "(invalid)")]),
        ("a.sh", "# imagelock: image", [("# imagelock: image", "(invalid)")]),
        ("a.json", '{"x": "# imagelock: image a:1"}', []),
        ("a.sh", "echo '#imagelock: images'\nx#imagelock: image", []),
    ],
)  # fmt: skip
def test_what_a_comment_marks(
    name: str, text: str, expected: list[tuple[str, str]]
) -> None:
    findings = list(marked_values.find(PurePosixPath(name), Text(text)))

    assert summary(findings) == expected
    for finding in findings:
        span = finding.place.span
        assert text.encode()[span.start : span.end].decode() == finding.place.text


SETTINGS = rf"""
[[match]]
paths = ["*.rb"]
pattern = '''{PARTED}'''

[[match]]
paths = ["*.sh"]
pattern = 'IMAGE=(?P<image>[\w./:@-]+)'

[[match]]
paths = ["*.txt"]
pattern = 'image "(?P<image>[\w./:-]+)"'

[[match]]
preset = "renovate"

[[match]]
preset = "testcontainers"
"""
FILES = {
    "a.rb": 'pull("nginx", "1.27", "")\npull("nginx", "1.27")\n',
    "b.sh": "# é\nIMAGE=nginx:1.27\r\nIMAGE=nginx:1.27",
    "c.txt": 'image "nginx:1.27"\nimage "redis" # imagelock: image\n',
    "d.java": 'new NginxContainer<>("nginx:1.27");\n',
    "Dockerfile": "# renovate: datasource=docker depName=nginx\nARG V=1.27\n"
    "FROM redis\n# imagelock: image\nENV X=nginx:1.27\n",
}


@pytest.fixture
def everywhere(project: Path) -> Path:
    """A project with an image at places of every kind, which are locked."""
    (project / "imagelock.toml").write_text(SETTINGS)
    for name, text in FILES.items():
        (project / name).write_bytes(text.encode())
    save(project, "nginx:1.27", "redis")
    return project


def test_places_in_any_text_are_pinned_and_unpinned(
    everywhere: Path, imagelock: Run, snapshot: SnapshotAssertion
) -> None:
    assert str(imagelock("list")) == snapshot(name="list")
    assert str(imagelock("pin")) == snapshot(name="pin")
    pinned = {name: (everywhere / name).read_bytes().decode() for name in FILES}
    assert pinned == snapshot(name="files")
    assert imagelock("verify", "--offline").exit_code == 0
    assert imagelock("unpin").exit_code == 0
    assert {name: (everywhere / name).read_bytes().decode() for name in FILES} == FILES


def test_places_in_any_text_are_bumped(
    everywhere: Path, imagelock: Run, address: str, hub: MemoryRegistry
) -> None:
    for tag in ("1.27", "1.28"):
        hub.push_image("library/nginx", tag, [AMD64, ARM64], salts=tag)
    hub.push_image("library/redis", "latest", [AMD64, ARM64])
    configure(everywhere, address)
    with (everywhere / "imagelock.toml").open("a") as settings:
        settings.write(SETTINGS)
    (everywhere / "images.lock").unlink()
    imagelock("lock")

    result = imagelock("update", "nginx=1.28")

    assert result.exit_code == 0, str(result)
    assert {name: (everywhere / name).read_bytes().decode() for name in FILES} == {
        name: text.replace("1.27", "1.28") for name, text in FILES.items()
    }


@pytest.mark.parametrize(
    "settings",
    [
        "pattern = '(?P<image>x)'",
        'paths = ["*"]\npattern = "x"',
        'paths = ["*"]\npattern = "(?P<image>a)(?P<tag>b)"',
        'paths = ["*"]\npattern = "(?P<repository>a(?P<tag>b))"',
        'paths = ["*"]\npattern = "(?P<img>a)"',
        'paths = ["*"]\npattern = "(?P<image>a*)"',
        'paths = ["*"]\npattern = \'(?P<image>\\S+)(?=")\'',
        'paths = ["*"]\npattern = "(?P<image>a"\n',
        'preset = "renovat"',
        'preset = "renovate"\nvalue = "yaml"',
        'preset = "renovate"\nkey = "x"',
    ],
)
def test_what_is_no_rule(
    project: Path, imagelock: Run, settings: str, snapshot: SnapshotAssertion
) -> None:
    (project / "imagelock.toml").write_text(f"[[match]]\n{settings}\n")

    assert str(imagelock("list")) == snapshot


SOUP = st.lists(
    st.sampled_from([*"aé:1/@ \n\"'|-[]{},=#\t\\$(", "image=", "redis:7", DIGEST, "//",
                     "# imagelock: image", "# renovate: datasource=docker depName=a/b\n",
                     "ENV V=1\n", "Container(", "\r\n"])
).map("".join)  # fmt: skip
RULES = (
    r"image=(?P<image>\S+)",
    r"(?P<repository>[a-z/]+)[: ](?P<tag>\w*)(?P<digest>@\S*)?",
    r"(?s)(?P<image>.+)",
)


@given(SOUP)
def test_no_text_raises_and_spans_are_what_is_written(text: str) -> None:
    source, data = Text(text), text.encode()
    findings = [*marked_values.find(PurePosixPath("a.sh"), source)]
    for pattern in RULES:
        findings += pattern_rules.find(PATH, source, PatternRule(pattern=pattern))
    for preset in PRESETS:
        findings += pattern_presets.find(PurePosixPath("a.py"), source, preset)
    for finding in findings:
        span = finding.place.span
        assert data[span.start : span.end].decode() == finding.place.text
