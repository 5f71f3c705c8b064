"""Which words of a command are images that it pulls."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Reason
from imagelock.sources.shell.artifacts import (
    helm_charts,
    helm_plugins,
    of_devcontainer,
    of_flux,
    of_timoni,
)
from imagelock.sources.shell.image_word import ImageWord, values_of
from imagelock.sources.shell.options import (
    BUILD,
    CRANE,
    GLOBAL,
    IMAGETOOLS,
    MODEL,
    ORAS,
    PULL,
    RUN,
    SKOPEO,
    Options,
    split,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from imagelock.sources.shell.words import ShellWord

ENGINES: Final = frozenset({"docker", "podman", "nerdctl", "finch"})
_ENGINE_NAME: Final = re.compile(r"(?i)docker|podman|nerdctl|finch|container|engine")
_TAG_OR_DIGEST: Final = "skopeo accepts either a tag or a digest"
_MODEL: Final = "Docker Model Runner keeps models by their tags"
_DOCKER_IMAGE: Final = "docker-image://"
_DOCKER: Final = "docker://"
_CONTEXT: Final = "--build-context"


def images(program: str, words: Sequence[ShellWord]) -> Iterator[ImageWord]:
    """Yield the images in a command: of *program*, with *words* behind it."""
    name = program.rpartition("/")[2]
    if name in ENGINES:
        yield from _of_engine(name, words)
    elif (find := OTHERS.get(name)) is not None:
        yield from find(words)


def images_of_unknown(variable: str, words: Sequence[ShellWord]) -> Iterator[ImageWord]:
    """Yield the images in a command of a program that is the value of *variable*.

    That value is not known, so that none of them is; but the name says what it is.
    """
    if _ENGINE_NAME.search(variable):
        problem = f"what `{variable}` runs is not known"
        for image in _of_engine(f"${variable}", words):
            yield image if image.problem else image._replace(problem=problem)


def _of_engine(program: str, words: Sequence[ShellWord]) -> Iterator[ImageWord]:
    """Yield the images in a command of Docker, Podman or nerdctl."""
    if (command := engine_command(words)) is not None:
        key, rest = command
        find, options, most = _COMMANDS[key]
        yield from find(f"{program} {key}", rest, options, most)


def engine_command(words: Sequence[ShellWord]) -> tuple[str, list[ShellWord]] | None:
    """Return which command of an engine *words* are, and the words behind its name."""
    names: list[str] = []
    rest = list(words)
    while len(names) < 3:  # noqa: PLR2004 - `docker buildx imagetools create`
        first = split(rest, GLOBAL, 1)
        if first.problem or not first.others:
            return None
        rest = rest[rest.index(first.others[0]) + 1 :]
        names.append(first.others[0].text or "")
        key = " ".join(names)
        if key in _COMMANDS:
            return key, rest
        if key not in _GROUPS:
            return None
    return None


def _first_words(
    use: str, words: Sequence[ShellWord], options: Options, most: int | None
) -> Iterator[ImageWord]:
    """Yield the first words that are no options."""
    found = split(words, options, most)
    for word in found.others:
        yield ImageWord(word, use)
    if found.problem and len(found.others) != most:
        yield ImageWord(found.problem, use, _problem(found.option))


def _contexts(
    use: str, words: Sequence[ShellWord], options: Options, most: int | None
) -> Iterator[ImageWord]:
    """Yield the images that a build gets as contexts: `name=docker-image://…`."""
    del most
    for name, value in split(words, options).values:
        context = value.beginning.partition("=")[2]
        if name == _CONTEXT and context.startswith(_DOCKER_IMAGE):
            prefix = value.beginning.partition(_DOCKER_IMAGE)[0] + _DOCKER_IMAGE
            if image := value.behind(prefix):
                yield ImageWord(image, f"{use} {_CONTEXT}")


def _models(
    use: str, words: Sequence[ShellWord], options: Options, most: int | None
) -> Iterator[ImageWord]:
    """Yield the model that Docker Model Runner pulls."""
    for word in _first_words(use, words, options, most):
        yield word._replace(unpinnable=_MODEL)


def _problem(option: str) -> str:
    if option:
        return f"`{option}` is not known: which word is the image is not clear"
    return "it may be several words: which word is the image is not clear"


_GROUPS: Final = frozenset(
    {"container", "image", "model", "buildx", "builder", "buildx imagetools"}
)
BUILDS: Final = frozenset(
    {"build", "image build", "builder build", "buildx build", "buildx b"}
)
"""The commands of an engine that build an image."""

_COMMANDS: Final[
    dict[
        str,
        tuple[
            Callable[
                [str, Sequence[ShellWord], Options, int | None], Iterator[ImageWord]
            ],
            Options,
            int | None,
        ],
    ]
] = {
    "run": (_first_words, RUN, 1),
    "create": (_first_words, RUN, 1),
    "container run": (_first_words, RUN, 1),
    "container create": (_first_words, RUN, 1),
    "pull": (_first_words, PULL, None),
    "image pull": (_first_words, PULL, None),
    "model pull": (_models, MODEL, 1),
    "model run": (_models, MODEL, 1),
    **dict.fromkeys(BUILDS, (_contexts, BUILD, None)),
    "buildx imagetools create": (_first_words, IMAGETOOLS, None),
    "buildx imagetools inspect": (_first_words, IMAGETOOLS, 1),
}


def _of_kubectl(words: Sequence[ShellWord]) -> Iterator[ImageWord]:
    """Yield `--image` of `kubectl run`, `create` and `debug`, and of `set image`."""
    names = [word.text for word in words if not word.beginning.startswith("-")]
    if names[:2] == ["set", "image"]:
        for word in words[2:]:
            name, equals, _ = word.beginning.partition("=")
            image = word.behind(f"{name}=") if equals else None
            if image is not None and not name.startswith("-"):
                yield ImageWord(image, "kubectl set image")
    elif names and names[0] in {"run", "create", "debug"}:
        for image in values_of(words, "--image"):
            yield ImageWord(image, f"kubectl {names[0]} --image")


def _of_crane(words: Sequence[ShellWord]) -> Iterator[ImageWord]:
    """Yield the images that crane reads: of a copy, what it is made of."""
    if not words or (name := words[0].text) not in _OF_CRANE:
        return
    yield from _first_words(f"crane {name}", words[1:], CRANE, 1)


def _of_oras(words: Sequence[ShellWord]) -> Iterator[ImageWord]:
    """Yield the artifacts that ORAS reads: of a copy, what it is made of."""
    names = [word.text or "" for word in words[:2]]
    name = " ".join(names if names[:1] in (["manifest"], ["blob"]) else names[:1])
    if name not in _OF_ORAS:
        return
    behind = words[len(name.split()) :]
    # With a layout, the name is that of a folder.
    if not any(word.beginning.startswith(_LAYOUTS) for word in behind):
        yield from _first_words(f"oras {name}", behind, ORAS, 1)


def _of_skopeo(words: Sequence[ShellWord]) -> Iterator[ImageWord]:
    """Yield what `skopeo copy`, `inspect` and `sync` read from a registry."""
    found = split(words, SKOPEO, 2)
    names = [word.text for word in found.others]
    if not names or names[0] not in {"copy", "inspect"}:
        return
    use = f"skopeo {names[0]}"
    if found.problem and len(names) == 1:
        yield ImageWord(found.problem, use, _problem(found.option))
    for word in found.others[1:]:
        if word.beginning.startswith(_DOCKER) and (image := word.behind(_DOCKER)):
            yield ImageWord(image, use, unpinnable=_TAG_OR_DIGEST)


_SET: Final = frozenset({"--set", "--set-string", "--set-literal"})


def _of_helm(words: Sequence[ShellWord]) -> Iterator[ImageWord]:
    """Yield images that `--set` gives as `…image`, or as a repository and a tag.

    Also the charts and plugins that it gets from registries.
    """
    yield from helm_plugins(words)
    yield from helm_charts(words)
    values: dict[str, ShellWord] = {}
    for at, word in enumerate(words):
        name, equals, _ = word.beginning.partition("=")
        if name not in _SET:
            continue
        setting = word.behind(f"{name}=") if equals else (*words, None)[at + 1]
        if setting is not None:
            values.update(_settings(setting))
    for key, value in values.items():
        before, _, last = key.rpartition(".")
        of_image = before.rpartition(".")[2].lower().endswith("image")
        if last.lower().endswith("image"):
            yield ImageWord(value, f"helm --set {key}")
        elif of_image and last == "repository":
            tag = values.get(f"{before}.tag")
            yield ImageWord(value, f"helm --set {key}", tag=tag)
        elif of_image and last == "tag" and f"{before}.repository" not in values:
            problem = "the chart decides of which image this is the tag"
            yield ImageWord(
                value, f"helm --set {key}", problem, reason=Reason.NEEDS_BASE
            )


def _settings(setting: ShellWord) -> Iterator[tuple[str, ShellWord]]:
    """Yield the keys and values of `a.b=c,d=e`, if they are plain enough."""
    rest: ShellWord | None = setting
    while rest is not None:
        key, equals, value = rest.beginning.partition("=")
        behind = rest.behind(f"{key}=") if equals else None
        if behind is None:
            return
        end, comma, _ = value.partition(",")
        if not comma:
            yield key, behind
            return
        if end and (before := behind.up_to(len(end))):
            yield key, before
        rest = behind.behind(f"{end},")


def _of_act(words: Sequence[ShellWord]) -> Iterator[ImageWord]:
    """Yield the images of platforms: `-P ubuntu-latest=image`."""
    for option in ("-P", "--platform"):
        for word in values_of(words, option):
            name, equals, value = word.beginning.partition("=")
            image = word.behind(f"{name}=") if equals else None
            # `-self-hosted` is no container.
            if image is not None and not value.startswith("-"):
                yield ImageWord(image, f"act {option}")


def _of_gh(words: Sequence[ShellWord]) -> Iterator[ImageWord]:
    """Yield the images of `gh act`, which is act as an extension of GitHub's CLI."""
    if words and words[0].text == "act":
        yield from _of_act(words[1:])


_OF_CRANE: Final = frozenset(
    {"blob", "config", "copy", "cp", "digest", "export", "manifest", "pull", "validate"}
)
_OF_ORAS: Final = frozenset(
    {"copy", "cp", "discover", "manifest fetch", "blob fetch", "pull", "resolve"}
)
_LAYOUTS: Final = ("--oci-layout", "--from-oci-layout")
OTHERS: Final = {
    "act": _of_act,
    "crane": _of_crane,
    "devcontainer": of_devcontainer,
    "flux": of_flux,
    "gcrane": _of_crane,
    "gh": _of_gh,
    "helm": _of_helm,
    "kubectl": _of_kubectl,
    "oc": _of_kubectl,
    "oras": _of_oras,
    "skopeo": _of_skopeo,
    "timoni": of_timoni,
}
"""What finds the images in a command of each program that is no engine."""
