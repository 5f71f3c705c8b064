"""What the templates of a chart make of the images in a file of values.

The templates decide how the parts of an image are put together: which registry comes
first, what is written around the tag, and where a digest belongs.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from imagelock.dataclass import dataclass, field
from imagelock.errors import InvalidReferenceError
from imagelock.model.reference import Reference
from imagelock.sources.helm.engine.engine import Coverage
from imagelock.sources.helm.engine.values import PROBE
from imagelock.sources.helm.rendering import Inputs, RenderedWords
from imagelock.syntax.yaml_json.paths import steps_below

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from imagelock.sources.helm.chart_folder import ChartFolder, Part
    from imagelock.sources.helm.engine.words import Word
    from imagelock.sources.helm.rendering import Renderer
    from imagelock.syntax.yaml_json.paths import NodeRef, Path
    from imagelock.syntax.yaml_json.tree import Scalar


class Use(Enum):
    """What the templates do with the parts of an image."""

    WRITTEN = "they write it"
    UNKNOWN = "they write it in a way that cannot be evaluated"
    UNUSED = "they do not write it"
    FOREIGN = "a template that is not in the project writes it, or may do so"


@dataclass(frozen=True, slots=True)
class ChartImage:
    """An image that the templates write: its text, and the word that it comes from."""

    text: str
    word: Word


@dataclass(frozen=True, slots=True)
class ChartAnswer:
    """What the templates do with some parts: the images, if they write them."""

    use: Use
    images: tuple[ChartImage, ...] = ()
    files: frozenset[int] = frozenset()


@dataclass(slots=True)
class ChartView:
    """The templates of a chart with the values of one file.

    `top` is the path of the values in the file, which are one of the `layers`,
    or the own values of the chart `own`.

    `digests` are the scalars of the file that are at a key for a digest, and `tags`
    those with a tag.
    """

    renderer: Renderer
    layers: tuple[Part, ...]
    own: ChartFolder | None
    top: Path
    digests: tuple[Scalar, ...]
    tags: tuple[Scalar, ...]
    _rendered: dict[tuple[object, ...], RenderedWords] = field(default_factory=dict)

    def is_foreign(self, at: NodeRef) -> bool:
        """Return whether *at* is in the values of a chart that is not in the project."""
        steps = steps_below(self.top, at.path)
        chart = self.own or self.renderer.chart
        return bool(steps) and steps[0] in chart.foreign

    @property
    def is_of_subchart(self) -> bool:
        """Whether the values are those of a chart in the chart that is rendered."""
        return self.own is not None and self.own is not self.renderer.chart

    def answer(self, name: Scalar | None, tag: Scalar | None) -> ChartAnswer:
        """Return the images with *name* and *tag*, and without any digest beside."""
        blank = dict.fromkeys(self.digests, "")
        for coverage in Coverage:
            rendered = self._render(coverage, blank)
            words = _words_of(rendered, name, tag)
            if words:
                files = _files_of(rendered, name, tag)
                return ChartAnswer(_use(words), _images(words), files)
        return self._unused()

    def parts_apart(self, parts: Iterable[Scalar]) -> tuple[str, ...]:
        """Return what the templates write of each of *parts*, in keys of their own.

        Nothing, if not all of them are written so in a single template: an object that
        a controller reads has them, as custom resources do.
        """
        parts = list(parts)
        for coverage in Coverage:
            rendered = self._render(coverage, dict.fromkeys(self.digests, ""))
            texts = [_part_text(rendered.words.get(part, ()), part) for part in parts]
            files = [rendered.files.get(part, frozenset()) for part in parts]
            if texts and all(texts) and frozenset.intersection(*files):
                return tuple(texts)
        return ()

    def with_digest(self, name: Scalar | None, tag: Scalar | None) -> ChartAnswer:
        """Return the images with *name*, *tag* and the digest that is beside them."""
        for coverage in Coverage:
            rendered = self._render(coverage, {})
            words = _words_of(rendered, name, tag)
            words = words or _words_of(rendered, name, None)
            if words:
                return ChartAnswer(_use(words), _images(words))
        return self._unused()

    def accepts(
        self,
        name: Scalar | None,
        tag: Scalar | None,
        texts: Mapping[Scalar, str],
        answer: ChartAnswer,
    ) -> bool:
        """Return whether a digest in *texts* comes behind the images of *answer*.

        *texts* are values for some scalars that have `PROBE` as their digest. It must
        be nowhere else: where a chart writes its tag into a label, a digest is none.
        """
        words: list[Word] = []
        for coverage in Coverage:
            rendered = self._render(coverage, texts, answer.files)
            if rendered.is_exhausted:
                return False
            words = words or _words_of(rendered, name, None)
            words = words or _words_of(rendered, None, tag)
            if any(map(_is_misplaced, rendered.words.get(tag, ()) if tag else ())):
                return False
            if words:
                break
        end = f"@sha256:{PROBE}"
        stems = {image.text.partition("@")[0] for image in answer.images}
        stems |= {without_tag(stem) for stem in stems}
        return bool(words) and all(
            word.text.endswith(end) and word.text.removesuffix(end) in stems
            for word in words
        )

    def accepts_behind(self, tag: Scalar, answer: ChartAnswer) -> bool:
        """Return whether a digest may be written behind *tag*."""
        texts = dict.fromkeys(self.digests, "")
        for scalar in dict.fromkeys((*self.tags, tag)):
            texts[scalar] = f"{scalar.value.strip()}@sha256:{PROBE}"
        return self.accepts(None, tag, texts, answer)

    def others(self) -> Iterator[ChartImage]:
        """Yield all images that are written with the values."""
        rendered = self._render(Coverage.DECIDED, {})
        words = [word for words in rendered.words.values() for word in words]
        for digest in self.digests:
            words += self._words_with(digest)
        for word in dict.fromkeys(words):
            if word.is_image and word.is_known:
                yield ChartImage(word.text, word)

    def _words_with(self, part: Scalar) -> tuple[Word, ...]:
        """Return the words with *part*, of what is switched off if there are no others."""
        for coverage in Coverage:
            if words := self._render(coverage, {}).words.get(part):
                return words
        return ()

    def _unused(self) -> ChartAnswer:
        rendered = self._render(Coverage.EVERYTHING, dict.fromkeys(self.digests, ""))
        is_known = rendered.is_complete and not rendered.is_exhausted
        if rendered.is_exhausted:
            return ChartAnswer(Use.UNKNOWN)
        return ChartAnswer(Use.UNUSED if is_known else Use.FOREIGN)

    def _render(
        self,
        coverage: Coverage,
        texts: Mapping[Scalar, str],
        only: frozenset[int] | None = None,
    ) -> RenderedWords:
        key = coverage, only, tuple(texts.items())
        if key not in self._rendered:
            own = self.own.folder if self.own else None
            inputs = Inputs(self.layers, own, texts, only)
            self._rendered[key] = self.renderer.render(inputs, coverage)
        return self._rendered[key]


def _use(words: Iterable[Word]) -> Use:
    words = list(words)
    if any(word.is_known for word in words):
        return Use.WRITTEN
    is_foreign = all(word.is_foreign for word in words)
    return Use.FOREIGN if is_foreign else Use.UNKNOWN


def _images(words: Iterable[Word]) -> tuple[ChartImage, ...]:
    """Return an image for each different text of *words* that is known.

    A chart that also writes its values as they are, into a ConfigMap, has the name
    alone there.
    """
    images = {word.text: word for word in words if word.is_known}
    names = {without_tag(text) for text in images if without_tag(text) != text}
    return tuple(
        ChartImage(text, word) for text, word in images.items() if text not in names
    )


def _words_of(
    rendered: RenderedWords, name: Scalar | None, tag: Scalar | None
) -> list[Word]:
    """Return the images with *name* and *tag*, or with one of them.

    Where there are none at a key for an image, other words with both count, if they
    all are the same reference.
    """
    with_name = rendered.words.get(name, ()) if name else ()
    with_tag = rendered.words.get(tag, ()) if tag else ()
    both = [word for word in with_name if word in with_tag] if tag else []
    for words in (both, with_name, with_tag):
        if images := [word for word in words if word.is_image]:
            return images
    others = {
        word: reference
        for word in (both if tag and name else with_name)
        if (reference := _full_reference(word))
    }
    return list(others) if len(set(others.values())) == 1 else []


def _files_of(
    rendered: RenderedWords, name: Scalar | None, tag: Scalar | None
) -> frozenset[int]:
    files = (rendered.files.get(part, frozenset()) for part in (name, tag) if part)
    return frozenset[int]().union(*files)


def _is_misplaced(word: Word) -> bool:
    """Return whether *word* has a digest where no image is: a tag with one, alone."""
    if PROBE not in word.text or word.is_image:
        return False
    is_alone = not {"/", ":"} & set(word.text.partition("@")[0])
    return is_alone or _full_reference(word) is None


def _part_text(words: Iterable[Word], part: Scalar) -> str:
    """Return the first of *words* that is *part* alone, in a key for it."""
    texts = (
        word.text
        for word in words
        if word.is_part and word.is_known and word.origins == {part}
    )
    return next(texts, "")


def _full_reference(word: Word) -> Reference | None:
    """Return *word* as a reference, if it is one with a tag or digest."""
    if not word.is_known or "://" in word.text:
        return None
    try:
        reference = Reference.parse(word.text)
    except InvalidReferenceError:
        return None
    name = word.text.partition("@")[0]
    is_full = reference.digest is not None or name.endswith(f":{reference.tag}")
    return reference if is_full else None


def without_tag(text: str) -> str:
    """Return an image without its tag, if it has one."""
    stem, colon, tag = text.rpartition(":")
    return stem if colon and "/" not in tag else text
