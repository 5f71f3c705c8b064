"""The base images of builds in commands, which their arguments decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagelock.dataclass import replace
from imagelock.model.occurrence import Occurrence, Reason, Skipped
from imagelock.sources.dockerfile.build_arguments import BuildArgument, decided_images
from imagelock.sources.shared.source_file import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imagelock.model.occurrence import Found, Place
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.shell.builds import DockerBuild
    from imagelock.sources.shell.variables import ExpandedWord, Variables


def base_images_of(
    dockerfile: Text,
    build: DockerBuild,
    places: Mapping[str, Place],
    variables: Variables,
    context: Context,
) -> Iterator[Found]:
    """Yield the images of *dockerfile* that arguments of *build* decide, at their *places*.

    One of an argument that is known when the script runs is skipped.
    """
    expanded = {name: variables.expand(word) for name, word in build.arguments}
    given = {
        name: BuildArgument(word.value or places[name].text, places[name])
        for name, word in expanded.items()
    }
    by_place = {places[name].span: word for name, word in expanded.items()}
    target = variables.value_of(build.target) if build.target else None
    for finding in decided_images(dockerfile, given, context, target or ""):
        yield _with_variables(finding, by_place[finding.place.span])


def _with_variables(finding: Found, word: ExpandedWord) -> Found:
    """Return *finding*, whose argument is *word*."""
    if word.value is None:
        place = finding.place
        sentence = Reason.VARIABLE.sentence
        if word.reason is Reason.EXPRESSION:
            sentence = "it is known at run time"
        detail = f"{quoted(place.text)}: {sentence}"
        return Skipped(place=place, reason=word.reason, detail=detail)
    if not isinstance(finding, Occurrence) or not word.variables:
        return finding
    names = tuple(dict.fromkeys((*word.variables, *finding.variables)))
    return replace(finding, variables=names)
