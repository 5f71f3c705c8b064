"""The values of charts in a chart, which the chart around them overrides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from imagelock.model.occurrence import Skipped
from tests.sources.test_helm_inline_values import found, locked

if TYPE_CHECKING:
    from pathlib import Path

PARENT: Final = "apiVersion: v2\nname: shop\nversion: 1.0.0\n"
CHILD: Final = {
    "shop/charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "shop/charts/web/values.yaml": (
        "image:\n  registry: quay.io\n  repository: acme/web\n  tag: '1'\n"
    ),
    "shop/charts/web/templates/pod.yaml": (
        "{{- $registry := default .Values.image.registry ((.Values.global).registry) }}\n"
        'image: "{{ $registry }}/{{ .Values.image.repository }}'
        ':{{ .Values.image.tag }}"\n'
    ),
}


def images(root: Path, values: str, dependency: str = "", **more: str) -> set[str]:
    """Return what is locked in the values of the inner chart."""
    listed = f"dependencies: [{{name: web, {dependency}}}]\n" if dependency else ""
    files = {
        **CHILD,
        "shop/Chart.yaml": PARENT + listed,
        "shop/values.yaml": values,
        **more,
    }
    inner = "shop/charts/web/values.yaml"
    return {image for path, image in locked(root, files) if path == inner}


@pytest.mark.parametrize(
    ("values", "dependency", "expected"),
    [
        ("replicas: 1\n", "", {"quay.io/acme/web:1"}),
        ("web: {image: {tag: '2'}}\n", "", {"quay.io/acme/web:2"}),
        ("web: {image: {tag: '2'}}\n", "version: 1.0.0", {"quay.io/acme/web:2"}),
        ("web: {image: {registry: ghcr.io}}\n", "", {"ghcr.io/acme/web:1"}),
        ("global: {registry: ghcr.io}\n", "", {"ghcr.io/acme/web:1"}),
        ("web: {image: {repository: b/c}}\n", "", {"quay.io/b/c:1"}),
        ("web: {image: {repository: b/c, tag: '2'}}\n", "", {"quay.io/b/c:2"}),
        ("www: {image: {tag: '2'}}\n", "alias: www", {"quay.io/acme/web:2"}),
        ("web: {image: {tag: '2'}}\n", "alias: www", {"quay.io/acme/web:1"}),
        # A part that is switched off is what it would be.
        (
            "web: {enabled: false, image: {tag: '2'}}\n",
            "condition: web.enabled",
            {"quay.io/acme/web:2"},
        ),
        (
            "tags: {front: false}\nweb: {image: {tag: '2'}}\n",
            "tags: [front]",
            {"quay.io/acme/web:2"},
        ),
    ],
)
def test_the_chart_around_it_decides(
    values: str, dependency: str, expected: set[str], tmp_path: Path
) -> None:
    assert images(tmp_path, values, dependency) == expected


def test_values_that_the_chart_around_overrides_are_skipped(tmp_path: Path) -> None:
    values = "web: {image: {registry: a.io, repository: b/c, tag: '2'}}\n"
    files = {**CHILD, "shop/Chart.yaml": PARENT, "shop/values.yaml": values}

    (finding,) = (
        each
        for each in found(tmp_path, files)
        if str(each.place.path) == "shop/charts/web/values.yaml"
    )

    assert isinstance(finding, Skipped)
    assert finding.reason.slug == "chart-default"
    assert "the chart around it" in finding.detail


def test_a_whole_image_that_is_overridden_is_skipped(tmp_path: Path) -> None:
    files = {
        "shop/Chart.yaml": PARENT,
        "shop/values.yaml": "web: {image: 'acme/web:2'}\n",
        "shop/charts/web/Chart.yaml": CHILD["shop/charts/web/Chart.yaml"],
        "shop/charts/web/values.yaml": "image: acme/web:1\n",
        "shop/charts/web/templates/pod.yaml": "image: {{ .Values.image }}\n",
    }

    assert locked(tmp_path, files) == {("shop/values.yaml", "acme/web:2")}


def test_the_outermost_chart_counts(tmp_path: Path) -> None:
    files = {
        **CHILD,
        "shop/Chart.yaml": PARENT,
        "shop/charts/web/charts/side/Chart.yaml": "name: side\nversion: 1.0.0\n",
        "shop/charts/web/charts/side/values.yaml": "image: {repository: a/b, tag: '1'}\n",
        "shop/charts/web/charts/side/templates/pod.yaml": (
            'image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"\n'
        ),
        "shop/values.yaml": "web: {side: {image: {tag: '3'}}}\n",
    }

    assert ("shop/charts/web/charts/side/values.yaml", "a/b:3") in locked(
        tmp_path, files
    )


def test_a_folder_of_charts_is_no_chart(tmp_path: Path) -> None:
    files = {
        path.replace("shop/charts/web", "charts/web"): text
        for path, text in CHILD.items()
    }

    assert locked(tmp_path, files) == {("charts/web/values.yaml", "quay.io/acme/web:1")}


IMPORTING: Final = {
    "shop/Chart.yaml": PARENT + "dependencies:\n- name: web\n  alias: front\n"
    "  condition: front.enabled\n  tags: [front]\n  import-values:\n"
    "  - data\n  - {child: image, parent: deep.image}\n",
    "shop/values.yaml": "front: {enabled: true}\ndeep: {image: {repository: acme/shop}}\n",
    "shop/templates/pod.yaml": (
        "image: {{ .Values.deep.image.repository }}:{{ .Values.deep.image.tag }}\n"
        "---\nimage: {{ .Values.sidecar.image }}\n"
    ),
}
EXPORTING: Final = {
    **CHILD,
    "shop/charts/web/values.yaml": CHILD["shop/charts/web/values.yaml"]
    + "exports: {data: {sidecar: {image: 'acme/side:3'}}}\n",
}


def test_a_chart_imports_values_of_charts_in_it(tmp_path: Path) -> None:
    assert locked(tmp_path, {**EXPORTING, **IMPORTING}) == {
        ("shop/values.yaml", "acme/shop:1"),
        ("shop/charts/web/values.yaml", "acme/shop:1"),
        ("shop/charts/web/values.yaml", "quay.io/acme/web:1"),
        ("shop/charts/web/values.yaml", "acme/side:3"),
    }


def test_what_a_chart_sets_for_a_chart_in_it_is_imported(tmp_path: Path) -> None:
    values = "front: {image: {tag: '2'}}\ndeep: {image: {repository: acme/shop}}\n"
    files = {**EXPORTING, **IMPORTING, "shop/values.yaml": values}

    assert ("shop/values.yaml", "acme/shop:2") in locked(tmp_path, files)


@pytest.mark.parametrize("off", ["front: {enabled: false}", "tags: {front: false}"])
def test_a_chart_that_is_off_exports_nothing(tmp_path: Path, off: str) -> None:
    values = f"{off}\ndeep: {{image: {{repository: acme/shop, tag: '4'}}}}\n"
    files = {**EXPORTING, **IMPORTING, "shop/values.yaml": values}

    assert locked(tmp_path, files) == {
        ("shop/values.yaml", "acme/shop:4"),
        ("shop/charts/web/values.yaml", "quay.io/acme/web:1"),
    }


@pytest.mark.parametrize("values", ["web: {tag: '2', x: [}", "pilot: {hub: a.io/b, [}"])
def test_an_overlay_that_cannot_be_read_may_have_a_part_of_an_image(
    values: str, tmp_path: Path
) -> None:
    (finding,) = found(tmp_path, {"values-prod.yaml": values})

    assert isinstance(finding, Skipped)
    assert finding.reason.slug == "unparseable"
