"""A client that uses answers, and asks registries only for what they lack."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Final

from imagelock.errors import NotFoundError, RegistryError
from imagelock.model.digest import Digest
from imagelock.model.utc_text import utc_text
from imagelock.registry.answers.model import AnswersUse
from imagelock.registry.lazy_client import LazyRegistryClient

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from imagelock.model.image import Image
    from imagelock.model.platform import Platform
    from imagelock.model.reference import Reference
    from imagelock.registry.answers.given import Answers
    from imagelock.registry.answers.model import ManifestDocument, TagAnswer
    from imagelock.registry.client import RegistryClient

_RESOLVE: Final = "run `imagelock fleet resolve` again, or this without `--offline`"
_ONLINE: Final = "run it without `--offline`"


class AnsweringClient(LazyRegistryClient):
    """A lazy client for which *given* answers what tags are, and their content.

    An answer that is too old, or from the future, is none. Everything else, such as
    lists of tags, signatures and what is in an image, is asked of the registries, as
    is whether content is still served that no tag has any more.
    """

    def __init__(
        self,
        connect: Callable[[], RegistryClient] | None,
        given: Answers,
    ) -> None:
        super().__init__(connect)
        self._given = given
        self._now = datetime.now(UTC)
        self._noted: dict[Reference, bool] = {}
        self._notes = Lock()

    @property
    def answers_use(self) -> AnswersUse:
        """The answers that were used so far."""
        tags = self._given.content.tags
        with self._notes:
            used = [
                tags[key].asked_at for key, is_used in self._noted.items() if is_used
            ]
            outdated = len(self._noted) - len(used)
        oldest = min((time for time in used if time), default=None)
        age = max(self._now - oldest, timedelta()) if oldest else None
        return AnswersUse(len(used), outdated, oldest, age)

    def expect(self, references: Sequence[Reference]) -> None:
        """Announce the references that will be requested, as far as they will be."""
        tags = self._given.content.tags
        super().expect(
            [
                reference
                for reference in references
                if reference.digest
                or (answer := tags.get(reference.key)) is None
                or not self._is_usable(answer)
            ]
        )

    def digest(self, reference: Reference) -> Digest:
        """Return the digest that the answers have for the tag of *reference*.

        Raises:
            NotFoundError: they say that there is no such tag.
            RegistryError: they do not know, and the registry cannot be asked.
        """
        answer = self._answer(reference)
        if answer is None:
            return super().digest(reference)
        if answer.digest is None:
            raise NotFoundError(answer.missing or "", reference=str(reference.key))
        return answer.digest

    def image(
        self,
        reference: Reference,
        digest: Digest | None,
        platforms: Sequence[Platform],
    ) -> Image:
        """Return the image at *digest*, or the current one; its bytes match."""
        if digest is None and self._answer(reference) is not None:
            try:
                return self.image(reference, self.digest(reference), platforms)
            except NotFoundError as error:
                if error.reference == str(reference.key):
                    raise
                # The tag has moved since, and what it was before is gone.
                return super().image(reference, None, platforms)
        document = self._given.content.documents.get(digest) if digest else None
        image = None
        if digest is not None and document is not None:
            image = _image(reference, digest, document, platforms)
        return image or super().image(reference, digest, platforms)

    def serves(self, reference: Reference, digest: Digest) -> bool:
        """Return whether the repository still serves the content at *digest*."""
        answer = self._answer(reference)
        if answer is not None and answer.digest == digest:
            return True
        if self.is_offline:
            whether = "no registry is asked whether locked content is still served"
            message = f"{whether}: that of `{reference.familiar}`"
            raise _failure(message, whether, _ONLINE)
        return super().serves(reference, digest)

    def _answer(self, reference: Reference) -> TagAnswer | None:
        """Return the answer for the tag of *reference*, unless it is too old."""
        if reference.digest is not None:
            return None
        answer = self._given.content.tags.get(reference.key)
        if answer is None or not answer.is_known:
            return None
        is_usable = self._is_usable(answer)
        with self._notes:
            self._noted[reference.key] = is_usable
        return answer if is_usable else None

    def _is_usable(self, answer: TagAnswer) -> bool:
        return answer.is_fresh(self._now, self._given.max_age)

    def _offline(self, reference: Reference) -> RegistryError:
        """Return the error that nobody may be asked, and why the answers do not help."""
        shown = f"`{reference.familiar}`"
        answer = self._given.content.tags.get(reference.key)
        if reference.digest is not None or (answer and self._is_usable(answer)):
            return _failure(
                f"no registry is asked for {shown}",
                "no registry is asked for what the answers do not have",
                _ONLINE,
            )
        if answer is None:
            cause = "the answers do not have it"
            return _failure(f"the answers do not have {shown}", cause, _RESOLVE)
        if answer.asked_at is None:
            cause = f"it could not be asked: {answer.failure}"
            return _failure(
                f"{shown} could not be asked: {answer.failure}", cause, _RESOLVE
            )
        cause = f"the answer is of {utc_text(answer.asked_at)}, and not used"
        hint = "resolve again, or allow more with `--max-age`"
        return _failure(f"{shown}: {cause}", "the answers are too old", hint)


def _failure(message: str, cause: str, hint: str) -> RegistryError:
    error = RegistryError(message, hint=hint)
    error.cause = cause
    return error


def _image(
    reference: Reference,
    digest: Digest,
    document: ManifestDocument,
    platforms: Sequence[Platform],
) -> Image | None:
    """Return the image of *document*, which the answers have at *digest*.

    `None` if it is an index that does not name *platforms* itself, since the answers
    do not have the manifests in it.

    Raises:
        RegistryError: it is another document, or is none that can be used.
    """
    # Few images have moved.
    from imagelock.registry.http.failure import Failure
    from imagelock.registry.image_of_manifest import image_of_manifest
    from imagelock.registry.index_levels import names_platforms
    from imagelock.registry.manifest import parse_manifest

    body = document.text.encode("utf-8", "surrogatepass")
    subject = f"the answers have for `{digest}`"
    if Digest.of(body, digest.algorithm) != digest:
        raise RegistryError(
            f"what {subject} is not what this digest names", hint=_RESOLVE
        )
    try:
        manifest = parse_manifest(document.media_type, body)
    except Failure as error:
        message = f"what {subject} cannot be used: {error}"
        raise RegistryError(message, hint=_RESOLVE) from error
    if not names_platforms(manifest, platforms):
        return None
    return image_of_manifest(reference, digest, manifest, platforms, document.platform)
