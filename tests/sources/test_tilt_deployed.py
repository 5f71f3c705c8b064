"""Which files a Tiltfile deploys, as far as it plainly says so."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from imagelock.model.source_text import Text
from imagelock.sources.context import Context, files_among
from imagelock.sources.shared.source_file import SourceFile
from imagelock.sources.tilt_deployed import deployed_files
from imagelock.syntax.code_groups import groups
from imagelock.syntax.code_tokens import STARLARK, code_tokens

FILES = {
    "dev/a.yaml": "",
    "dev/b.yaml": "",
    "dev/k/kustomization.yaml": "resources: [../../base, c.yaml]\n",
    "dev/k/c.yaml": "",
    "base/kustomization.yaml": "resources: [d.yaml]\n",
    "base/d.yaml": "",
    "dev/chart/Chart.yaml": "",
    "dev/chart/templates/e.yaml": "",
    "dev/compose.yaml": "",
    "f.yaml": "",
}
TILTFILE = PurePosixPath("dev/Tiltfile")


def deployed(text: str) -> set[str] | None:
    files = {PurePosixPath(path): Text(content) for path, content in FILES.items()}
    context = Context(
        read=files.get,
        platforms=(),
        files_below=lambda folder: files_among(sorted(files), folder),
    )
    file = SourceFile(path=TILTFILE, text=Text(text), format="tilt")
    found = deployed_files(file, groups(code_tokens(text, STARLARK)), context)
    return None if found is None else {str(path) for path in found - {TILTFILE}}


KUSTOMIZED = {
    *("dev/k/kustomization.yaml", "dev/k/c.yaml"),
    *("base/kustomization.yaml", "base/d.yaml"),
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("k8s_yaml('a.yaml')", {"dev/a.yaml"}),
        ("k8s_yaml(['a.yaml', './b.yaml'])", {"dev/a.yaml", "dev/b.yaml"}),
        ("k8s_yaml('../f.yaml', allow_duplicates=True)", {"f.yaml"}),
        ("k8s_yaml(kustomize('k'))", KUSTOMIZED),
        ("y = kustomize('k')\nif x:\n  k8s_yaml(y)", KUSTOMIZED),
        ("k8s_yaml('k')\nk8s_yaml(kustomize('k'))", {"dev/k", *KUSTOMIZED}),
        ("k8s_yaml(kustomize('k'))\nx\ny = 1", KUSTOMIZED),
        ("y = 'a.yaml'\nx = y\ny\nz = 1\nk8s_yaml(x)", {"dev/a.yaml"}),
        ("k8s_yaml(blob(read_file('a.yaml')))", {"dev/a.yaml"}),
        (
            "k8s_yaml(helm('chart', values=['a.yaml']))",
            {
                *("dev/chart", "dev/a.yaml"),
                *("dev/chart/Chart.yaml", "dev/chart/templates/e.yaml"),
            },
        ),
        ("docker_compose('compose.yaml')", {"dev/compose.yaml"}),
        ("k8s_yaml('a.yaml')\nhelm_resource('x', 'repo/chart')", {"dev/a.yaml"}),
        ("load('ext://x', 'y')\nlocal('make')\nk8s_yaml('a.yaml')", {"dev/a.yaml"}),
        ("f = 'a.yaml'\nf = 'b.yaml'\nk8s_yaml(f)", {"dev/a.yaml", "dev/b.yaml"}),
    ],
)
def test_plain_paths(text: str, expected: set[str]) -> None:
    assert deployed(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "docker_build('a', '.')",
        "k8s_yaml()",
        "k8s_yaml(files)",
        "k8s_yaml('generated.yaml')",
        "k8s_yaml('a' + '.yaml')",
        "k8s_yaml([f for f in listdir('k8s')])",
        "k8s_yaml(local('kustomize build k'))",
        "k8s_yaml(decode('a.yaml'))",
        "k8s_yaml('a.yaml')\nk8s_yaml('%s.yaml' % name)",
        "k8s_yaml('a.yaml')\ninclude('other/Tiltfile')",
        "k8s_yaml('a.yaml')\nload('./other.star', 'x')",
        "k8s_yaml('a.yaml')\nk8s_custom_deploy('x', 'apply', 'delete', [])",
        "y = 'a.yaml' if x else 'b.yaml'\nk8s_yaml(y)",
        "y = kustomize('k')\ny += blob(x)\nk8s_yaml(y)",
        "y = y\nk8s_yaml(y)",
        "y =",
        "y =\nk8s_yaml(y",
        "k8s_yaml('https://example.com/a.yaml')",
        "k8s_yaml(kustomize(folder))",
        "k8s_yaml(kustomize('https://example.com/x'))",
        f"k8s_yaml({'[' * 5000}{']' * 5000})",
    ],
)
def test_what_is_computed_is_not_known(text: str) -> None:
    assert deployed(text) is None
