"""Ask registries what tags are now, in parts, on the workers of a cluster."""

from __future__ import annotations

from itertools import islice
from time import monotonic
from typing import TYPE_CHECKING, Final

from imagelock.dataclass import replace
from imagelock.errors import RegistryError
from imagelock.fleet.ask_tags import BatchAnswers, TagBatch, ask_tags
from imagelock.fleet.tasks.run import WINDOW, run_tasks
from imagelock.fleet.tasks.worker_settings import worker_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Executor

    from imagelock.commands.console import Console
    from imagelock.model.digest import Digest
    from imagelock.model.reference import Reference
    from imagelock.registry.answers.model import ManifestDocument, TagAnswer

_PART: Final = 50
"""Tags that a worker asks for with one connection to each registry."""
_LONGEST_SILENCE: Final = 300.0
"""In seconds, beyond the time of a part, until no worker is expected to answer."""
_BETWEEN_SAVES: Final = 5.0
"""In seconds, of what workers have answered."""


def ask_workers(
    batch: TagBatch,
    executor: Executor,
    jobs: int,
    console: Console,
    save: Callable[[BatchAnswers], None],
) -> BatchAnswers:
    """Return the answers for *batch*, parts of which the workers of *executor* ask.

    What a worker did not answer is a failure: the next run asks for it.
    """
    tags: dict[Reference, TagAnswer | RegistryError] = {}
    documents: dict[Digest, ManifestDocument] = {}
    patience = batch.timeout + _LONGEST_SILENCE
    saved = monotonic()
    parts = run_tasks(
        _parts(batch), ask_tags, executor, jobs * WINDOW, patience=patience
    )
    try:
        with console.progress("Asking registries", len(batch.tags)) as advance:
            for part, outcome in parts:
                answers = _outcome(part, outcome)
                tags |= answers.tags
                documents |= answers.documents
                for _ in part.tags:
                    advance()
                if monotonic() - saved > _BETWEEN_SAVES:
                    save(BatchAnswers(tags, documents))
                    saved = monotonic()
    except KeyboardInterrupt:
        save(BatchAnswers(tags, documents))
        raise
    return BatchAnswers({key: tags[key] for key in batch.tags}, documents)


def _outcome(part: TagBatch, outcome: BatchAnswers | Exception) -> BatchAnswers:
    """Return the answers for *part*; errors if its worker has none."""
    if isinstance(outcome, BatchAnswers):
        return outcome
    cause = f"its worker failed: {str(outcome) or type(outcome).__name__}"
    errors: dict[Reference, TagAnswer | RegistryError] = {}
    for key in part.tags:
        error = RegistryError(f"cannot get `{key}`: {cause}", hint="run it again")
        error.cause = cause
        errors[key] = error
    return BatchAnswers(errors)


def _parts(batch: TagBatch) -> Iterator[TagBatch]:
    """Yield parts of *batch*, with no more of the settings than a worker needs."""
    config = worker_settings(batch.config)
    keys = iter(batch.tags)
    while part := list(islice(keys, _PART)):
        yield replace(batch, tags={key: batch.tags[key] for key in part}, config=config)
