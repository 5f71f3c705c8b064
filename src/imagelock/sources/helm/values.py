"""Images in the values of Helm charts: `values.yaml` and its overrides."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.sources.helm.images import values
from imagelock.sources.helm.values_chart import chart_of_file
from imagelock.sources.protocol import About
from imagelock.sources.shared.substituted_file import SubstitutedFile

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

ABOUT: Final = About(
    recognised="`values*.yaml`, `*-values.yaml`, `*.values.yaml` (and `.yml`), and YAML"
    " in folders `helm-values` and `values_overrides`, unless it is a manifest of"
    " Kubernetes",
    read="mappings of `registry`, `repository` and `tag` (or `version`), with `digest`"
    ", `sha` or `sha256` (with or without its algorithm); below a key `image`, also"
    " `name` or `repo`; a text whose key is `image` or ends with `Image`, with"
    " keys that begin with it (`proxyImageTag`, `proxyImageRegistry`) or with what it"
    " belongs to (`proxyTag`); `imageRepository` and `imageName` with such a tag;"
    " `global.imageRegistry`; whole names in `images`, and in its `tags` (OpenStack-Helm);"
    " objects of Kubernetes at any key (`extraDeploy`,"
    " `rawResources`), also in texts, which may be templates",
    not_read="`repository` and `tag` of Git and of charts; labels and annotations; an"
    " `image` that is the key of another image in the same values",
    pinned="in a key `digest`, `sha` or `sha256` that is there, and otherwise behind"
    " the tag",
    notes="Where the chart is in the project, with its templates and the charts in its"
    " `charts/`, these decide: an image is what they make of the values, which are read"
    " over the chart's own `values.yaml`, and of `appVersion`. The `values.yaml` of a chart"
    " in `charts/` counts as the chart around it uses it, also by `import-values`. A"
    " part that is switched off is read as if it were on. What templates decide in a way that is not"
    " evaluated (functions of regular expressions, the version of the cluster), and"
    " values that no template writes, are skipped (`chart-default`); so are images in"
    " a manifest beside the templates that they parse (`.Files.Get … | fromYaml`) or"
    " replace text in. A digest goes"
    " where the templates expect it; behind a tag that they continue, nothing is"
    " pinned. Where they write the name and the tag into keys of an object, which a"
    " controller puts together, the image is a `guess`. The same holds for values "
    "that are written elsewhere, for a chart in a"
    " folder of the project: in `HelmRelease` (from a `GitRepository`), `Application`,"
    " `helmCharts` of Kustomize, releases of helmfile and Skaffold. These go over the"
    " files of values that are listed beside them.\n\n"
    "Without templates, conventions count: `registry/repository:tag`, over the"
    " `values.yaml` beside the file. Where the tag is empty, a chart takes the"
    " `appVersion` of its `Chart.yaml`; such an image is locked, and not pinned. Without"
    " a `Chart.yaml` it is skipped (`chart-default`). A bare name that nobody can publish"
    " at Docker Hub (`image: postgresql-96`) is completed by the chart (`needs-base`)."
    " Where another value may have a part of the name or the tag, as `org` or `prefix`"
    " beside it, another `name` beside `repository`, `version` beside an untagged"
    " `image`, or a registry around it (`global.registry`), only templates can tell: it"
    " is skipped (`chart-default`)."
    "\n\n"
    "Objects of Kubernetes, with `apiVersion` and `kind`, are read as in manifests. Where a"
    " text with them is a template, lines such as `{{- if … }}` are passed over, and a text"
    " that is no YAML before it is rendered is skipped (`template`). The same holds for all"
    " values that are written in other files. Texts that are only parts of objects are read"
    " with [`embedded`](../guides/own-places.md#embedded-manifests-embedded).",
)
_MANIFEST: Final = re.compile(r"""^["']?apiVersion["']?[ \t]*+:""", re.MULTILINE)


def matches(path: PurePosixPath, text: str) -> bool:
    """Match what is no Kubernetes object, and no schema (`values.schema.yaml`)."""
    if ".schema." in path.name.lower():
        return False
    return not _MANIFEST.search(text)


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the images in the values."""
    file = SubstitutedFile(path=path, text=text, format="helm-values")
    return values(file, chart_of_file(path, text, context))
