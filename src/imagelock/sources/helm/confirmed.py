"""The images of a mapping in values, as the templates of its chart write them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from imagelock.dataclass import dataclass, field, replace
from imagelock.model.occurrence import DigestSlot, Occurrence, Reason
from imagelock.sources.helm.chart_view import ChartAnswer, ChartImage, Use, without_tag
from imagelock.sources.helm.engine.values import PROBE
from imagelock.sources.helm.image_keys import could_be_image
from imagelock.sources.helm.keys import DIGESTS
from imagelock.sources.helm.parts import last_part
from imagelock.sources.shared.digest_slots import SHARED_TEXT, slot_of
from imagelock.sources.shared.guess import as_guess
from imagelock.syntax.yaml_json.tree import Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from imagelock.model.occurrence import Found
    from imagelock.sources.helm.chart_view import ChartView
    from imagelock.sources.helm.engine.words import Word
    from imagelock.sources.helm.parts import Parts
    from imagelock.sources.shared.substituted_file import SubstitutedFile
    from imagelock.syntax.yaml_json.paths import NodeRef

_UNKNOWN: Final = "the templates of the chart decide it in a way that is not evaluated"
_UNUSED: Final = "no template of the chart writes it with these values"
_OVERRIDDEN: Final = f"{_UNUSED}, or the chart around it overrides it"
_INCOMPLETE: Final = "a part of it is empty, and the chart writes"
_APART: Final = "the chart writes its tag into a key of an object"
_OF_OBJECT: Final = "the chart writes it into an object, whose controller adds the tag"
_GLUED: Final = "the chart writes more text behind it"
_NOT_ACCEPTED: Final = "the chart also uses its tag where no digest can be"
_ELSEWHERE: Final = "another value, or the `appVersion` of the chart, decides its tag"


@dataclass(frozen=True, slots=True)
class Done:
    """The images of a file that are reported, and scalars that are no part of one."""

    images: set[str] = field(default_factory=set)
    scalars: set[Scalar] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The images of *parts*, as *view* shows them."""

    file: SubstitutedFile
    parts: Parts
    view: ChartView
    done: Done

    def images(self) -> list[Found] | None:
        """Return the images; `None` if only conventions can tell."""
        parts = self.parts
        name, tag = parts.name, parts.tag
        at = tag or name
        if at is None:
            return []
        answer = self.view.answer(_scalar(name), _scalar(tag))
        is_unused = answer.use is Use.UNUSED and not self.view.is_of_subchart
        if answer.use is Use.FOREIGN or (is_unused and parts.is_whole):
            return None
        for image in answer.images:
            self.done.images.update((image.text, without_tag(image.text)))
        if answer.use is Use.UNUSED and (apart := self._apart(at)):
            return [apart]
        if answer.use is not Use.WRITTEN:
            reason = _UNKNOWN if answer.use is Use.UNKNOWN else self._unused()
            return [self._skipped(at, reason)]
        if (digest := parts.digest) and _scalar(digest) in self.view.digests:
            return list(self._with_digest(answer, at))
        return [self._found(image, image.text, at, answer) for image in answer.images]

    def _apart(self, at: NodeRef) -> Found | None:
        """Return the image whose parts the chart writes into an object as they are.

        What reads the object puts them together, as a guess: `repository:tag`, and with
        the name in `image`, `repository/image:tag` (NVIDIA's operators).
        """
        parts = self.parts
        name, tag = _scalar(parts.name), _scalar(parts.tag)
        if name is None:
            return None
        last = last_part(parts.at.node) if parts.name_key == "repository" else None
        names = [name, last] if last else [name]
        if not (texts := self.view.parts_apart((*names, tag) if tag else names)):
            return None
        if tag is None:
            return self._skipped(at, _OF_OBJECT)
        text = f"{'/'.join(texts[:-1])}:{texts[-1]}"
        finding = self.file.classify(text, at)
        if isinstance(finding, Occurrence):
            finding = replace(finding, unpinnable_reason=_APART)
        return as_guess(finding)

    def _unused(self) -> str:
        return _OVERRIDDEN if self.view.is_of_subchart else _UNUSED

    def _with_digest(self, answer: ChartAnswer, at: NodeRef) -> Iterator[Found]:
        """Yield the images with the digest that is beside them, and their tags."""
        parts = self.parts
        full = self.view.with_digest(_scalar(parts.name), _scalar(parts.tag))
        self.done.images.update(image.text for image in full.images)
        if full.use is not Use.WRITTEN:
            yield self._skipped(at, _UNKNOWN)
        for image in full.images:
            name, _, digest = image.text.partition("@")
            tagged = [i for i in answer.images if i.text in {name, *_tags(name, i)}]
            if digest and len(tagged) == 1:
                text = f"{tagged[0].text}@{digest}"
                yield self._found(tagged[0], text, at, answer)
            else:
                yield self._found(image, image.text, at, answer)

    def _found(
        self, image: ChartImage, text: str, at: NodeRef, answer: ChartAnswer
    ) -> Found:
        """Return *text*, what the chart makes of *image*, at the best of its parts."""
        place = self._place(image.word) or at
        finding = self.file.classify(text, place)
        if not isinstance(finding, Occurrence):
            is_incomplete = self.parts.name is None or self.parts.tag is None
            is_invalid = finding.reason is Reason.INVALID
            if is_incomplete and is_invalid and not self.parts.is_whole:
                return self._skipped(at, f"{_INCOMPLETE} `{text}`")
            return finding
        if len(answer.images) > 1:
            return replace(finding, unpinnable_reason=SHARED_TEXT)
        if "@" in image.text:
            obstacle = self._obstacle(image, place, answer)
            return replace(finding, unpinnable_reason=obstacle)
        is_of_chart = self.parts.tag is None and not finding.tag_is_implied
        slot = self._digest_slot(answer)
        if is_of_chart and _ends_apart(image.word, place):
            slot = slot or self._tag_slot(image, answer)
            obstacle = self._obstacle(image, place, answer)
            return replace(finding, slot=slot, unpinnable_reason=obstacle)
        obstacle = None if slot else self._obstacle(image, place, answer)
        return replace(finding, slot=slot, unpinnable_reason=obstacle)

    def _place(self, word: Word) -> NodeRef | None:
        """Return the tag or name, if the image has it."""
        for part in (self.parts.tag, self.parts.name):
            if part and part.node in word.origins:
                return part
        return None

    def _obstacle(
        self, image: ChartImage, place: NodeRef, answer: ChartAnswer
    ) -> str | None:
        """Return why no digest can be written behind *place*."""
        if _ends_apart(image.word, place):
            return _ELSEWHERE if image.word.pieces[-1].origins else _GLUED
        tag, is_pinned = self.parts.tag, "@" in image.text
        if tag is None or tag.node is not place.node or is_pinned:
            return None
        scalar = _scalar(tag)
        accepts = scalar and self.view.accepts_behind(scalar, answer)
        return None if accepts else _NOT_ACCEPTED

    def _digest_slot(self, answer: ChartAnswer) -> DigestSlot | None:
        """Return the slot in a key for the digest, as the chart fills it."""
        parts = self.parts
        for key in DIGESTS:
            slot = slot_of(self.file.text, parts.at.node, key, "{digest}")
            if slot is None:
                continue
            for template, value in (("{digest}", f"sha256:{PROBE}"), ("{hex}", PROBE)):
                texts = dict.fromkeys(self.view.digests, value)
                name, tag = _scalar(parts.name), _scalar(parts.tag)
                if self.view.accepts(name, tag, texts, answer):
                    form = slot.template.replace("{digest}", template)
                    return DigestSlot(slot.span, form.replace("{hex}", template))
        return None

    def _tag_slot(self, image: ChartImage, answer: ChartAnswer) -> DigestSlot | None:
        """Return the slot of tag and digest in a key for the tag that is empty."""
        parts = self.parts
        key, node = parts.empty_tag() or ("", None)
        if node is None:
            return None
        tag = image.text.rpartition(":")[2]
        for written in dict.fromkeys((tag, image.word.pieces[-1].text)):
            texts = dict.fromkeys(self.view.digests, "")
            texts[node] = f"{written}@sha256:{PROBE}"
            if self.view.accepts(_scalar(parts.name), node, texts, answer):
                form = f"{written}@{{digest}}"
                return slot_of(self.file.text, parts.at.node, key, form)
        return None

    def _skipped(self, at: NodeRef, reason: str) -> Found:
        value = at.node.value.strip() if isinstance(at.node, Scalar) else ""
        return self.file.skip(at, Reason.CHART_DEFAULT, f"`{value}`: {reason}")


def others(
    file: SubstitutedFile,
    view: ChartView,
    places: Mapping[Scalar, NodeRef],
    done: Done,
) -> Iterator[Found]:
    """Yield the images that scalars at *places* have a part in, but what is *done*."""
    for image in view.others():
        parts = [
            places[origin]
            for piece in reversed(image.word.pieces)
            for origin in piece.origins
            if origin in places
        ]
        is_done = image.text in done.images or image.word.origins & done.scalars
        # Templates write settings of programs, too, with an `image` of another meaning.
        if not parts or is_done or not could_be_image(image.text):
            continue
        finding = file.classify(image.text, parts[0])
        if isinstance(finding, Occurrence):
            obstacle = _GLUED if _ends_apart(image.word, parts[0]) else None
            yield replace(finding, unpinnable_reason=obstacle)
        elif finding.reason is not Reason.INVALID:  # a part of it may be empty
            yield finding


def _ends_apart(word: Word, place: NodeRef) -> bool:
    """Return whether *word* ends with something else than the text at *place*."""
    last = word.pieces[-1]
    value = place.node.value if isinstance(place.node, Scalar) else ""
    return last.origins != {place.node} or last.text != value


def _scalar(at: NodeRef | None) -> Scalar | None:
    return at.node if at and isinstance(at.node, Scalar) else None


def _tags(name: str, image: ChartImage) -> tuple[str, ...]:
    """Return the text of *image* if it is *name* with a tag."""
    stem, _, tag = image.text.rpartition(":")
    return (image.text,) if stem == name and "/" not in tag else ()
