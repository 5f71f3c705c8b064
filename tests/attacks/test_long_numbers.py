"""Numbers of thousands of digits, which Python refuses to read and to write."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

from imagelock.config import Config
from imagelock.project.project_files import ProjectFiles
from tests.support.extraction import all_cases

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.extraction import Case

LONG = "9" * 5000
"""More digits than `sys.get_int_max_str_digits()` allows."""


@pytest.mark.parametrize("case", all_cases(), ids=str)
@pytest.mark.parametrize(
    "digits", [b"[0-9]+", b"(?<![A-Za-z0-9._-])[0-9]+(?![A-Za-z0-9._-])"]
)
def test_a_long_number_ends_no_run(case: Case, digits: bytes, tmp_path: Path) -> None:
    for path, data in case.files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(re.sub(digits, LONG.encode(), data))

    found = ProjectFiles(
        root=tmp_path,
        config=Config(embedded=case.embedded, charts=case.charts, guesses=True),
        environment=case.environment,
    ).found()

    assert {each.place.path for each in found} <= {*map(PurePosixPath, case.files)}


POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - {name: web, image: "nginx:1"}
"""
OTHERS = {
    "an index of a patch": {
        "base/pod.yaml": POD,
        "base/kustomization.yaml": "resources: [pod.yaml]\n",
        "app/kustomization.yaml": f"""\
resources: [../base]
patches:
  - target: {{kind: Pod}}
    patch: |-
      - {{op: remove, path: /spec/containers/{LONG}}}
      - {{op: add, path: /spec/containers/{LONG}, value: {{name: a, image: redis}}}}
""",
    },
    "a version of a chart": {
        "Chart.yaml": f"apiVersion: v2\nname: a\nversion: 0.1.0\nappVersion: {LONG}\n",
        "values.yaml": "image: {repository: acme/web}\n",
        "templates/pod.yaml": POD.replace(
            "nginx:1", "{{ .Values.image.repository }}:{{ .Chart.AppVersion }}"
        ),
    },
}


@pytest.mark.parametrize("files", OTHERS.values(), ids=OTHERS)
def test_other_long_numbers_end_no_run(files: dict[str, str], tmp_path: Path) -> None:
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)

    found = ProjectFiles(root=tmp_path, config=Config()).found()

    assert found
