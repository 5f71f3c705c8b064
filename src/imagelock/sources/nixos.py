"""Images in Nix: containers of NixOS and of Home Manager, and images that are pulled.

https://search.nixos.org/options?query=virtualisation.oci-containers.containers
https://nix-community.github.io/home-manager/options.xhtml (services.podman.containers)
https://nixos.org/manual/nixpkgs/stable/#ssec-pkgs-dockerTools-pullImage

Nothing is evaluated: a name is that of the sets of attributes around a value, as far as
they are written where they are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.sources.protocol import About
from imagelock.sources.shared.classify import classify
from imagelock.sources.shared.code_image import computed_image, image_of_text
from imagelock.sources.shared.source_file import SourceFile, quoted
from imagelock.syntax.code_groups import Argument, CodeGroup, groups
from imagelock.syntax.nix_sets import Attribute, attributes, is_pulled, nix_tokens

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context

ABOUT: Final = About(
    recognised="`*.nix` with containers of NixOS or of Podman in Home Manager, or with"
    " an image that is pulled",
    read="`virtualisation.oci-containers.containers.*.image` and"
    " `services.podman.containers.*.image`; `imageName` with `imageDigest` of"
    " `pullImage` of `dockerTools` and nix2container",
    not_read="images that Nix builds; a container with `imageFile` or `imageStream`,"
    " which runs what these load; `extraOptions`",
    pinned="behind the tag of a container; `pullImage` has its digest in `imageDigest`",
    notes="Nothing is evaluated: a text with `${…}`, a function and a name are an"
    " `expression`. The names of sets are those that are written around the value, in"
    " the file.",
)
_FORMAT: Final = "nixos"
_NAMES: Final = re.compile(r"\b(?:oci-containers|podman|pullImage)\b")
_CONTAINERS: Final = {("oci-containers", "containers"), ("podman", "containers")}
_LOADED: Final = ("imageFile", "imageStream")
_COMPUTED: Final = re.compile(r"\$\{|''|\n")
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_OWN_DIGEST: Final = "its digest is in `imageDigest`"
_IS_LOADED: Final = "Nix loads the image of this container"
_NO_DIGEST: Final = "`pullImage` has no `imageDigest` that is plain"


def matches(path: PurePosixPath, text: str) -> bool:
    """Match a file with containers, or with an image that is pulled."""
    del path
    return _NAMES.search(text) is not None and "image" in text


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the image of each container, in the order of the text."""
    del context
    file = SourceFile(path=path, text=text, format=_FORMAT)
    tokens, end = nix_tokens(text.value)
    program = groups(tokens)
    found = [*_containers(file, program), *_pulled(file, program)]
    if end is not None:
        place = file.place_of(end, end + 1, "")
        detail = "a text that begins here does not end"
        found.append(Skipped(place=place, reason=Reason.UNPARSEABLE, detail=detail))
    yield from sorted(found, key=lambda each: each.place.span.start)


def _containers(file: SourceFile, program: Iterable[CodeGroup]) -> Iterator[Found]:
    images: list[Attribute] = []
    loaded: set[tuple[str, ...]] = set()
    for attribute in attributes(program):
        around, name = attribute.path[:-1], attribute.path[-1]
        # A function may give the container its name.
        if not {around[-3:-1], around[-2:]} & _CONTAINERS:
            continue
        if name == "image" and not isinstance(attribute.value.items[-1], CodeGroup):
            images.append(attribute)
        elif name in _LOADED:
            loaded.add(around)
    for attribute in images:
        found = _image(file, attribute.value, ".".join(attribute.path))
        if found and attribute.path[:-1] in loaded:
            detail = f"{quoted(found.place.text)}: {_IS_LOADED}"
            yield Skipped(place=found.place, reason=Reason.LOCAL, detail=detail)
        elif found:
            yield found


def _image(file: SourceFile, value: Argument, use: str) -> Found | None:
    token = value.text
    if token is None:
        return computed_image(file, value, use)
    return image_of_text(file, token, use, _COMPUTED)


def _pulled(file: SourceFile, program: Iterable[CodeGroup]) -> Iterator[Found]:
    for group in program:
        if not is_pulled(group):
            continue
        own: Mapping[str, Argument] = {
            attribute.path[-1]: attribute.value
            for attribute in attributes([group])
            if attribute.path
        }
        name = own.get("imageName")
        found = _image(file, name, "pullImage.imageName") if name else None
        if found:
            yield _with_digest(found, own.get("imageDigest"))


def _with_digest(found: Found, digest: Argument | None) -> Found:
    """Return the image *found*, of which Nix pulls *digest*, whatever its tag is."""
    if not isinstance(found, Occurrence):
        return found
    text = digest.text.text if digest and digest.text else ""
    place = found.place
    if not _DIGEST.fullmatch(text):
        detail = f"{quoted(place.text)}: {_NO_DIGEST}"
        return Skipped(place=place, reason=Reason.EXPRESSION, detail=detail)
    pulled = classify(f"{place.text}@{text}", place)
    if isinstance(pulled, Occurrence):
        return replace(pulled, unpinnable_reason=_OWN_DIGEST)
    return pulled
