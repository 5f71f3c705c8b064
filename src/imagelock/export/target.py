"""The interface of an export target, and helpers to write YAML and JSON."""

from __future__ import annotations

import json
import re

from imagelock.dataclass import dataclass, field
from imagelock.light_typing import TYPE_CHECKING, Final, Protocol
from imagelock.model.occurrence import Occurrence
from imagelock.model.source_text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import PurePosixPath
    from typing import TypeGuard

    from imagelock.lockfile.model import Lockfile
    from imagelock.model.image import Image
    from imagelock.model.occurrence import Found, Place
    from imagelock.model.reference import Reference


DEFAULT_DESTINATION: Final = "registry.example.com"
"""The placeholder for the registry to copy to, without `--to`."""

_PLAIN: Final = re.compile(r"[A-Za-z][\w./-]*(?::[\w.-]+)*(?:@[\w.+-]+:\w+)?", re.ASCII)
_OTHER_TYPES: Final = re.compile(r"(?i:null|true|false|yes|no|on|off|y|n)")
_UNPRINTABLE: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""Allowed in a JSON string; YAML forbids them, or reads some as a line break."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The lockfile, the references of the project, and the options of the command.

    Attributes:
        lockfile: the lockfile of the project, empty if there is none.
        found: the occurrences and skipped places of the selected files.
        files: every file of the project, including those without references.
        content: returns the bytes of one of `files`.
        is_insecure: returns whether the project uses a registry, by its name,
            without TLS or without verifying its certificate.
        public_keys: the keys of `[signatures]`, PEM, by their fingerprints.
        variables: the values of variables in the files, from the settings and, where
            the user allows it, from the environment, which wins.
        destination: the registry that images are copied to, optionally with a path.
        per_platform: export the manifests of the declared platforms instead of
            the index.
    """

    lockfile: Lockfile
    found: Sequence[Found]
    files: Sequence[PurePosixPath]
    content: Callable[[PurePosixPath], bytes]
    is_insecure: Callable[[str], bool]
    variables: Mapping[str, str] = field(default_factory=dict)
    public_keys: Mapping[str, str] = field(default_factory=dict)
    destination: str = ""
    per_platform: bool = False

    def used(self, *formats: str) -> Iterator[tuple[Occurrence, Image]]:
        """Yield each locked occurrence in *formats*, any by default, with its image.

        Charts of repositories with an `index.yaml` are left out: what pulls images does
        not know them.
        """
        for occurrence in self.found:
            if _is_of_registry(occurrence) and (
                not formats or occurrence.place.format in formats
            ):
                image = self.lockfile.images.get(occurrence.reference.key)
                if image is not None:
                    yield occurrence, image

    def read_text(self, path: PurePosixPath) -> Text:
        """Return the text of the file at *path*."""
        return Text.decode(self.content(path))

    @property
    def images(self) -> list[Image]:
        """Return the locked images that the files use, sorted by reference."""
        images = {image.reference: image for _, image in self.used()}
        return [images[key] for key in sorted(images, key=str)]

    def images_with_places(self) -> list[tuple[Image, list[Place]]]:
        """Return `images`, each with the places that use it, in the order of the files."""
        places: dict[Reference, list[Place]] = {}
        for occurrence, image in self.used():
            places.setdefault(image.reference, []).append(occurrence.place)
        return [(image, places[image.reference]) for image in self.images]

    @property
    def not_locked(self) -> list[Reference]:
        """Return the references of the files that the lockfile lacks, sorted."""
        keys = {o.reference.key for o in self.found if _is_of_registry(o)}
        return sorted(keys - self.lockfile.images.keys(), key=str)


def _is_of_registry(found: Found) -> TypeGuard[Occurrence]:
    return isinstance(found, Occurrence) and not found.reference.scheme


@dataclass(frozen=True, slots=True)
class Exported:
    """The file of another tool, and a warning for everything it cannot express."""

    text: str
    warnings: tuple[str, ...] = ()


class ExportTarget(Protocol):
    """An export target: a module with these two names."""

    SUMMARY: str
    """One line about the file and the tool that reads it."""

    def export(self, request: Request) -> Exported:
        """Return the file for *request*; writes nothing and raises nothing."""
        ...


@dataclass(slots=True)
class GuardedTarget:
    """A target of another package, whose failures name the package."""

    SUMMARY: str
    export: Callable[[Request], Exported]


def copy_warnings(request: Request) -> tuple[str, ...]:
    """Return warnings about copies, whose names lose the name of their registry."""
    warnings = []
    if not request.destination:
        warnings.append(
            f"no `--to` was given: using `{DEFAULT_DESTINATION}` as a placeholder"
        )
    names: dict[tuple[str, str | None], Image] = {}
    for image in request.images:
        reference = image.reference
        other = names.setdefault((reference.repository, reference.tag), image)
        if reference.tag and other.digest != image.digest:
            warnings.append(
                f"`{other.reference}` and `{reference}` would get the same name:"
                " export them separately, each with its own path in `--to`"
            )
    return tuple(warnings)


def pinned(image: Image) -> str:
    """Return the reference of *image* with its tag and digest."""
    return str(image.reference.at(image.digest))


def yaml_string(text: str) -> str:
    """Return *text* as a YAML scalar that is a string in YAML 1.1 and 1.2."""
    if _PLAIN.fullmatch(text) and not _OTHER_TYPES.fullmatch(text):
        return text
    return to_json(text)


def to_json(value: object, *, indent: int | None = None) -> str:
    """Return *value* as JSON that a YAML parser reads the same.

    Keys are sorted, so that equal values give equal text.
    """
    text = json.dumps(value, indent=indent, ensure_ascii=False, sort_keys=True)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
