"""Files that repeat a line: the work grows with them, and not with their square.

A pull request can commit a file of megabytes. Lines of Python that run are counted, as
seconds depend on the machine.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from imagelock.config import Config
from imagelock.model.occurrence import Occurrence
from imagelock.project.project_files import ProjectFiles

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

    from _typeshed import TraceFunction

    from imagelock.model.occurrence import Found

TIMES = 150
"""How often the line is there, or twice this."""
CHART = {
    "charts/a/Chart.yaml": "apiVersion: v2\nname: a\nversion: 1.0.0\n",
    "charts/a/values.yaml": "image: {repository: acme/a, tag: '1'}\n",
    "charts/a/templates/pod.yaml": (
        "kind: Pod\nspec: {containers: [{name: a, image:"
        ' "{{ .Values.image.repository }}:{{ .Values.image.tag }}"}]}\n'
    ),
}
REPEATED = {
    "calls of Bazel without an end": ("WORKSPACE", "oci_pull(", "\n", ""),
    "calls of Bazel in each other": (
        "WORKSPACE",
        'oci_pull(image = "acme/a", tag = "1", x = [',
        "\n",
        "",
    ),
    "calls of Vagrant in each other": (
        "Vagrantfile",
        'd.run "acme/a",',
        "\n",
        'config.vm.provision "docker" do |d|\n',
    ),
    "lists of Vagrant without an end": (
        "Vagrantfile",
        'config.vm.provision "docker", images: ["acme/a",',
        "\n",
        "",
    ),
    "keys that are written twice": (
        ".cirrus.yml",
        "    image: acme/a:1",
        "\n",
        "task:\n  container:\n",
    ),
    "commands that build on one line": (
        ".github/workflows/ci.yaml",
        "          docker build -t acme/a:1 .",
        " \\\n",
        "on: push\njobs:\n  a:\n    container: acme/b:1\n    steps:\n      - run: |\n",
    ),
    "a service in many documents of Compose": (
        "compose.yaml",
        "services: {a: {image: 'acme/a:1'}}",
        "\n---\n",
        "",
    ),
    "values of Fleet": (
        "fleet.yaml",
        "  values:",
        "\n",
        "helm:\n  chart: charts/a\n",
    ),
    "images of Testcontainers that are set again": (
        "src/test/resources/testcontainers.properties",
        "ryuk.container.image=acme/a:1",
        "\n",
        "hub.image.name.prefix=registry.example/\n",
    ),
    "lines of Testcontainers that go on": (
        "testcontainers.properties",
        "acme/a",
        "\\\n  ",
        "hub.image.name.prefix=a/\nryuk.container.image=acme/a:1\nx.container.image=",
    ),
    "values of helmfile": (
        "helmfile.yaml",
        "      - image: {tag: '2'}",
        "\n",
        "releases:\n  - name: a\n    chart: ./charts/a\n    values:\n",
    ),
    "files of values of helmfile": (
        "helmfile.yaml",
        "  - {name: a, chart: ./charts/a, values: [charts/a/values.yaml]}",
        "\n",
        "releases:\n",
    ),
    "variables of a Tiltfile": (
        "Tiltfile",
        "a = 'charts/a/values.yaml'\nk8s_yaml(a)",
        "\n",
        "docker_build('acme/a', '.')\n",
    ),
    "files of values of Fleet": (
        "fleet.yaml",
        "    - charts/a/values.yaml",
        "\n",
        "helm:\n  chart: charts/a\n  valuesFiles:\n",
    ),
}


def lines_run(root: Path) -> tuple[int, list[Found]]:
    """Return how many lines of Python run to read the project, and what is found."""
    count = 0

    def trace(_frame: FrameType, event: str, _argument: object) -> TraceFunction:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        found = ProjectFiles(root=root, config=Config()).found()
    finally:
        sys.settrace(before)
    return count, found


@pytest.mark.parametrize("name", REPEATED)
def test_the_work_grows_with_the_file(tmp_path: Path, name: str) -> None:
    file, line, between, start = REPEATED[name]
    counts = []
    # The first run imports what reads the format.
    for times in (2, 1, TIMES, 2 * TIMES):
        project = tmp_path / str(times)
        for path, text in CHART.items():
            (project / path).parent.mkdir(parents=True, exist_ok=True)
            (project / path).write_text(text)
        (project / file).parent.mkdir(parents=True, exist_ok=True)
        (project / file).write_text(start + between.join([line] * times) + "\n")
        count, found = lines_run(project)
        assert found
        counts.append(count)

    _, once, some, twice = counts
    assert twice - once < 2.3 * (some - once)


def test_values_that_many_releases_list_are_walked_once(tmp_path: Path) -> None:
    """Whether they set an image of a release is asked for each, by its path."""
    release = "- {name: a, chart: x/a, values: [{image: 'acme/a:1'}, all.yaml]}\n"
    counts = []
    # A file is read again 50 times at most, over which the rest has to grow.
    for times in (1, 4 * TIMES, 8 * TIMES):
        project = tmp_path / str(times)
        project.mkdir()
        (project / "helmfile.yaml").write_text("releases:\n" + release * times)
        keys = "".join(f"key{number}: 1\n" for number in range(times))
        (project / "all.yaml").write_text(keys)
        count, found = lines_run(project)
        assert len(found) == times
        counts.append(count)

    once, some, twice = counts
    assert twice - once < 2.3 * (some - once)


def test_variables_of_a_role_are_expanded_once(tmp_path: Path) -> None:
    role = tmp_path / "roles" / "a"
    files = {
        "tasks": "- docker_container:\n    image: 'acme/a:1{{ a0 }}'\n",
        "defaults": "".join(
            f"a{n}: '{f'{{{{ a{n + 1} }}}}' * 200}'\n" for n in range(8)
        )
        + "a8: ''\n",
    }
    for folder, text in files.items():
        (role / folder).mkdir(parents=True)
        (role / folder / "main.yml").write_text(text)

    lines_run(tmp_path)
    count, (found,) = lines_run(tmp_path)

    assert isinstance(found, Occurrence)
    assert str(found.reference) == "docker.io/acme/a:1"
    assert count < 200_000


@pytest.mark.parametrize(
    ("file", "assignment", "use", "build"),
    [
        ("Makefile", "A{} = {}", "$(A{})", "all:\n\tdocker build -t app$(A0) .\n"),
        ("build.sh", "A{}={}", "${{A{}}}", "docker build -t app$A0 .\n"),
    ],
)
@pytest.mark.parametrize("end", ["", "x"])
def test_variables_of_scripts_are_looked_up_a_few_hundred_times(
    tmp_path: Path, file: str, assignment: str, use: str, build: str, end: str
) -> None:
    lines = [assignment.format(n, use.format(n + 1) * 200) for n in range(8)]
    (tmp_path / file).write_text("\n".join([*lines, f"A8={end}", build]))
    (tmp_path / "compose.yaml").write_text("services: {a: {image: app}}\n")

    lines_run(tmp_path)
    count, (found,) = lines_run(tmp_path)

    assert found.place.text == "app"
    assert count < 200_000
