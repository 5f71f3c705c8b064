"""Words of commands that are artifacts of registries, and no images.

https://helm.sh/docs/topics/plugins
https://github.com/devcontainers/cli#readme (`templates apply`)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.sources.shell.image_word import ImageWord, values_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imagelock.sources.shell.words import ShellWord

_OCI: Final = "oci://"
_INSTALL: Final = frozenset({"install", "add"})
_NO_TAG: Final = "the version of the plugin is not written behind its name"
_PLUGIN: Final = "Helm takes a plugin by its tag"
_TEMPLATE: Final = "a template has either a tag or a digest"


def helm_plugins(words: Sequence[ShellWord]) -> Iterator[ImageWord]:
    """Yield the plugins that `helm plugin install` gets from registries."""
    names = [word.text for word in words if not word.beginning.startswith("-")]
    if names[:1] != ["plugin"] or not _INSTALL & {*names[1:2]}:
        return
    for word in words:
        if word.beginning.startswith(_OCI) and (plugin := word.behind(_OCI)):
            name = (plugin.text or plugin.beginning).rpartition("/")[2]
            problem = "" if ":" in name or plugin.text is None else _NO_TAG
            yield ImageWord(plugin, "helm plugin install", problem, unpinnable=_PLUGIN)


def of_devcontainer(words: Sequence[ShellWord]) -> Iterator[ImageWord]:
    """Yield the template that `devcontainer templates apply` gets."""
    if [word.text for word in words[:2]] != ["templates", "apply"]:
        return
    for option in ("--template-id", "-t"):
        for word in values_of(words, option):
            yield ImageWord(word, "devcontainer templates apply", unpinnable=_TEMPLATE)
