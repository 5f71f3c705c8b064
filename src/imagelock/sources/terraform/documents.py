"""Documents in strings and heredocs: manifests, values of charts, jobs of Nomad."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from imagelock.model.occurrence import Judgement, Reason, Skipped
from imagelock.sources.shared.embedded import EmbeddedText, find_inside
from imagelock.sources.shared.set_values import unless_set
from imagelock.sources.shared.source_file import quoted
from imagelock.sources.terraform.likely_images import likely_images
from imagelock.sources.terraform.releases import set_names
from imagelock.sources.terraform.walk import items_of, select
from imagelock.syntax.hcl.tree import Call, Items, Object, Template

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from imagelock.model.occurrence import Found
    from imagelock.model.source_text import Text
    from imagelock.sources.context import Context
    from imagelock.sources.shared.hcl_file import HclFile
    from imagelock.sources.terraform.resources import ResourceRule
    from imagelock.syntax.hcl.tree import Expression

    Find = Callable[[HclFile, Text, Context], Iterable[Found]]

_DECODE: Final = frozenset({"yamldecode", "jsondecode"})
_ENCODE: Final = frozenset({"yamlencode", "jsonencode"})


def documents_in(
    file: HclFile, body: Object, rule: ResourceRule, use: str, context: Context
) -> Iterator[Found]:
    """Yield the images in the documents that arguments of *body* hold, by *rule*."""
    is_set = set_names(body) if rule.is_release else frozenset[str]()
    for names, find in (
        (rule.manifests, _manifest_images),
        (rule.values, partial(_chart_images, is_set=is_set)),
        (rule.jobs, _job_images),
    ):
        for name in names:
            for value, value_use in select(body, [name], use):
                yield from _images(file, value, value_use, find, context)


def _images(
    file: HclFile, value: Expression, use: str, find: Find, context: Context
) -> Iterator[Found]:
    match value:
        case Template():
            yield from _in_text(file, value, use, find, context)
        case Items():
            for item, item_use in items_of(value, use):
                yield from _images(file, item, item_use, find, context)
        case Call(name=name, arguments=(argument,)) if name in _DECODE:
            yield from _images(file, argument, use, find, context)
        case Call(name=name, arguments=(argument,)) if name in _ENCODE:
            yield from likely_images(file, argument, use)


def _in_text(
    file: HclFile, template: Template, use: str, find: Find, context: Context
) -> Iterator[Found]:
    """Yield the images in a text, in which holes stay as they are written.

    What cannot be read has a directive in it, or a hole that decides its structure.
    """
    value, spelling = file.scope.as_written(template)
    if "image" not in value.lower():
        return
    inner = EmbeddedText(value, outer=file.text, spelling=spelling)
    found = find_inside(inner, use, file.format, lambda text: find(file, text, context))
    for finding in found:
        if _is_unreadable(finding):
            yield _template(file, template, use)
            return
        yield finding


def _template(file: HclFile, template: Template, use: str) -> Skipped:
    """Return *template* as skipped, by its first line that is not empty."""
    place = file.trimmed_place((template.start, template.end), use)
    line = place.text.partition("\n")[0].rstrip()
    end = template.start + file.text.value[template.start :].find(line) + len(line)
    place = file.trimmed_place((template.start, end), use)
    detail = f"{quoted(place.text)} cannot be read before it is rendered"
    return Skipped(place=place, reason=Reason.TEMPLATE, detail=detail)


def _is_unreadable(finding: Found) -> bool:
    return (
        isinstance(finding, Skipped)
        and finding.reason.judgement is Judgement.UNREADABLE
    )


def _manifest_images(file: HclFile, text: Text, context: Context) -> Iterable[Found]:
    from imagelock.sources.kubernetes import kubernetes  # few files have manifests

    return kubernetes.find(file.path, text, context)


def _chart_images(
    file: HclFile, text: Text, context: Context, is_set: frozenset[str]
) -> Iterable[Found]:
    # Few files have values of charts, and Helm's part is not small.
    from imagelock.sources.helm.images import values
    from imagelock.sources.objects_in_values import images_of_objects
    from imagelock.sources.shared.substituted_file import SubstitutedFile

    del context
    inner = SubstitutedFile(path=file.path, text=text, format=file.format)
    found = list(unless_set(values(inner), is_set, ""))
    known = {each.place.span for each in found}
    objects = images_of_objects(inner, text) if "apiVersion" in text.value else ()
    return [*found, *(each for each in objects if each.place.span not in known)]


def _job_images(file: HclFile, text: Text, context: Context) -> Iterable[Found]:
    from imagelock.sources import nomad  # few files have jobs

    return nomad.find(file.path, text, context)
