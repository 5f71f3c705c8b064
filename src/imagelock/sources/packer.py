"""Images in templates of Packer: what its docker builder starts from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from imagelock.model.file_kind import is_json
from imagelock.model.occurrence import Reason
from imagelock.sources.protocol import About
from imagelock.sources.shared.hcl_file import HclFile, parse
from imagelock.sources.shared.hcl_folder import Siblings, scope_in_folder
from imagelock.syntax.hcl.strings import is_empty, literal
from imagelock.syntax.hcl.tree import Object, blocks, each, is_null

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import PurePosixPath

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.syntax.hcl.tree import Expression

ABOUT: Final = About(
    recognised="`*.pkr.hcl` and `*.pkr.json`; `.json` with `builders` of type `docker`",
    read="`image` of sources of type `docker`, also where a build refines one, and of"
    " such builders",
    not_read="`repository` and tags of post-processors, which name the result; sources"
    " of other types, which start from virtual machines; images that a `dockerfile`"
    " builds",
    pinned="behind the tag",
    notes="`variable` and `locals` have their values, also those in the other"
    " `*.pkr.hcl` and `*.pkr.json` beside the file, unless `[variables]` in the"
    " configuration or a `*.auto.pkrvars.hcl` (or `.json`) sets others. A file of values"
    " that has to be named (`*.pkrvars.hcl`) counts for a variable without any other"
    " value, unless two such files differ.",
)
_HCL: Final = re.compile(
    r'\bsource"?[ \t]++"(?:docker"[ \t]++"|(?:source\.)?docker\.)|'
    # In the JSON form, where a block can be refined, too.
    r'"docker"\s*+:\s*+[\[{]|"(?:source\.)?docker\.[^"]*+"\s*+:\s*+[\[{]'
)
_BUILDERS: Final = re.compile(r'"builders"\s*+:\s*+\[')
_BUILDER: Final = re.compile(r'"type"\s*+:\s*+"docker"')
_DEFINITIONS: Final = (".pkr.hcl", ".pkr.json")
_VALUES: Final = (".pkrvars.hcl", ".pkrvars.json")
_AUTOMATIC: Final = (".auto.pkrvars.hcl", ".auto.pkrvars.json")
_USER: Final = re.compile(r"\{\{")


def matches(path: PurePosixPath, text: str) -> bool:
    """Match a template with a source or a builder for containers."""
    if path.name.lower().endswith((".pkr.hcl", ".pkr.json")):
        return _HCL.search(text) is not None
    return _BUILDERS.search(text) is not None and _BUILDER.search(text) is not None


def find(path: PurePosixPath, text: Text, context: Context) -> Iterator[Found]:
    """Yield the image of each source for containers."""
    root, problems = parse(path, text.value)
    scope = scope_in_folder(
        root, text, context, "PKR_VAR_", lambda: _siblings(path, context)
    )
    file = HclFile(path=path, text=text, format="packer", scope=scope)
    for problem in problems:
        yield file.problem(problem)
    for body, use in _sources(root, is_old=is_json(path)):
        image = body.get("image")
        if image is None or is_null(image) or is_empty(image):
            continue
        if _USER.search(literal(image) or ""):
            detail = "has a variable of Packer, which is not known here"
            yield file.skipped(image, f"{use}.image", Reason.VARIABLE, detail)
        else:
            yield file.image(image, f"{use}.image")


def _sources(root: Object, *, is_old: bool) -> Iterator[tuple[Object, str]]:
    """Yield the body of each source for containers, and the path to it."""
    for body, name in blocks(root, "source", 2):
        if name.startswith("docker."):
            yield body, f"source.{name}"
    for build, _ in blocks(root, "build", 0):
        for body, name in blocks(build, "source", 1):
            if name.removeprefix("source.").startswith("docker."):
                yield body, f"build.source.{name.removeprefix('source.')}"
    builders = root.get("builders") if is_old else None
    for index, builder in enumerate(each(builders) if builders is not None else ()):
        if isinstance(builder, Object) and _text(builder.get("type")) == "docker":
            yield builder, f"builders[{index}]"


def _siblings(path: PurePosixPath, context: Context) -> Siblings:
    """Return the files beside that at *path* that Packer reads with it.

    Packer, "Input Variables": of files that are read by themselves, the last wins.
    """
    folder = path.parent
    if not path.name.lower().endswith(_DEFINITIONS):
        return Siblings((), ())
    others = [
        each
        for each in context.files_below(folder)
        if each.parent == folder and each != path
    ]
    values = [each for each in others if each.name.endswith(_VALUES)]
    return Siblings(
        [each for each in reversed(values) if each.name.endswith(_AUTOMATIC)],
        [each for each in others if each.name.endswith(_DEFINITIONS)],
        [each for each in values if not each.name.endswith(_AUTOMATIC)],
    )


def _text(value: Expression | None) -> str:
    return (literal(value) or "") if value is not None else ""
