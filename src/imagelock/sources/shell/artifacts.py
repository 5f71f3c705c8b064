"""Words of commands that are artifacts of registries, and no images.

https://helm.sh/docs/topics/plugins
https://helm.sh/docs/topics/registries
https://github.com/devcontainers/cli#readme (`templates apply`)
https://fluxcd.io/flux/cmd/flux_pull_artifact
https://timoni.sh/cmd/timoni_apply
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason
from imagelock.sources.shell.image_word import ImageWord, values_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from imagelock.sources.shell.words import ShellWord

_OCI: Final = "oci://"
_INSTALL: Final = frozenset({"install", "add"})
_NO_TAG: Final = "the version of the plugin is not written behind its name"
_PLUGIN: Final = "Helm takes a plugin by its tag"
_CHART_COMMANDS: Final = frozenset(
    {"fetch", "inspect", "install", "pull", "show", "template", "upgrade"}
)
_OTHER_COMMANDS: Final = frozenset({"dependency", "plugin", "push", "registry"})
_VERSION_APART: Final = "its version is another word"
_NEWEST: Final = "without `--version`, Helm takes the newest"
_DIGEST_APART: Final = "its digest, or a range of tags, is another word"
_TEMPLATE: Final = "a template has either a tag or a digest"


def helm_plugins(words: Sequence[ShellWord]) -> Iterator[ImageWord]:
    """Yield the plugins that `helm plugin install` gets from registries."""
    names = [word.text for word in words if not word.beginning.startswith("-")]
    if names[:1] != ["plugin"] or not _INSTALL & {*names[1:2]}:
        return
    for plugin in _behind_scheme(words):
        name = (plugin.text or plugin.beginning).rpartition("/")[2]
        problem = "" if ":" in name or plugin.text is None else _NO_TAG
        yield ImageWord(plugin, "helm plugin install", problem, unpinnable=_PLUGIN)


def helm_charts(words: Sequence[ShellWord]) -> Iterator[ImageWord]:
    """Yield the chart that a command of Helm gets from a registry."""
    texts = (word.text for word in words)
    known = _CHART_COMMANDS | _OTHER_COMMANDS
    command = next((text for text in texts if text in known), None)
    if command not in _CHART_COMMANDS:
        return
    version = next(values_of(words, "--version"), None)
    for chart in _behind_scheme(words):
        name = (chart.text or chart.beginning).rpartition("/")[2]
        is_whole = ":" in name or "@" in name
        yield ImageWord(
            chart,
            f"helm {command}",
            "" if version or is_whole or chart.text is None else _NEWEST,
            tag=None if is_whole else version,
            reason=Reason.CONSTRAINT,
            is_chart=True,
            unpinnable=None if is_whole else _VERSION_APART,
        )


def of_flux(words: Sequence[ShellWord]) -> Iterator[ImageWord]:
    """Yield the artifact that Flux pulls, compares, or makes a source of."""
    names = [word.text for word in words if not word.beginning.startswith("-")]
    if names[:2] in (["pull", "artifact"], ["diff", "artifact"]):
        use = f"flux {names[0]} artifact"
        for artifact in _behind_scheme(words):
            yield ImageWord(artifact, use)
    elif names[:3] == ["create", "source", "oci"]:
        tag = next(values_of(words, "--tag"), None)
        others = [*values_of(words, "--digest"), *values_of(words, "--tag-semver")]
        urls = values_of(words, "--url")
        yield from _with_version(urls, "flux create source oci", tag, others)


def of_timoni(words: Sequence[ShellWord]) -> Iterator[ImageWord]:
    """Yield the module that Timoni gets."""
    versions = [*values_of(words, "--version"), *values_of(words, "-v")]
    digests = [*values_of(words, "--digest"), *values_of(words, "-d")]
    names = [word.text for word in words if not word.beginning.startswith("-")]
    is_pull = names[:2] in (["mod", "pull"], ["module", "pull"])
    if is_pull or names[:1] in (["apply"], ["build"], ["install"]):
        use = f"timoni {'mod pull' if is_pull else names[0]}"
        yield from _with_version(words, use, next(iter(versions), None), digests)


def _with_version(
    words: Iterable[ShellWord],
    use: str,
    tag: ShellWord | None,
    others: Sequence[ShellWord],
) -> Iterator[ImageWord]:
    """Yield what is at the addresses in *words* with *tag*, unless *others* count, too."""
    problem = _DIGEST_APART if others else ""
    for artifact in _behind_scheme(words):
        yield ImageWord(
            artifact, use, problem, tag=tag, unpinnable=_VERSION_APART if tag else None
        )


def _behind_scheme(words: Iterable[ShellWord]) -> Iterator[ShellWord]:
    """Yield what is behind `oci://` in those of *words* that begin with it."""
    for word in words:
        if word.beginning.startswith(_OCI) and (rest := word.behind(_OCI)):
            yield rest


def of_devcontainer(words: Sequence[ShellWord]) -> Iterator[ImageWord]:
    """Yield the template that `devcontainer templates apply` gets."""
    if [word.text for word in words[:2]] != ["templates", "apply"]:
        return
    for option in ("--template-id", "-t"):
        for word in values_of(words, option):
            yield ImageWord(word, "devcontainer templates apply", unpinnable=_TEMPLATE)
