"""Generated charts: what imagelock finds, and what Helm renders."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.oracles.charts import Chart, generate
from tests.oracles.seeds import inputs, seeds
from tests.oracles.workloads import all_documents, images_of
from tests.oracles.written import write
from tests.support.programs import need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.oracles.judging import Tally

pytestmark = pytest.mark.integration

CHARTS = 20


@pytest.mark.parametrize("seed", seeds())
def test_helm_renders_the_images_that_are_found(
    seed: int, tmp_path: Path, tally: Tally
) -> None:
    helm = need("helm3" if seed % 2 else "helm")
    for name, random in inputs(seed, CHARTS):
        chart = generate(random)
        root = write(tmp_path / name, chart.files)
        rendered = [
            subprocess.run(
                [helm, "template", "shop", root, *options],
                check=False,
                capture_output=True,
                text=True,
            )
            for options in runs(chart, root)
        ]
        if any(run.returncode for run in rendered):
            tally.refuse()
            continue
        documents = [all_documents(run.stdout) for run in rendered]
        tally.compare(name, root, images_of(documents), owners=chart.owners)
    tally.check()


def runs(chart: Chart, root: Path) -> Iterator[list[str]]:
    """Yield the options of each run: with the values of the chart, and with others."""
    switches = [word for switch in chart.switches for word in ("--set", switch)]
    yield switches
    for overlay in chart.overlays:
        yield [*switches, "--values", str(root / overlay)]
