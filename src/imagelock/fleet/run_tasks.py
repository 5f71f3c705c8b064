"""Run many tasks in an executor of Python's standard interface."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

Task = TypeVar("Task")
Result = TypeVar("Result")
Item = TypeVar("Item")

WINDOW: Final = 4
"""Tasks for each worker that are submitted ahead, so that none of them waits."""


@contextmanager
def threads(jobs: int) -> Iterator[Executor]:
    """Yield an executor with *jobs* threads; after an error, none of them is awaited."""
    executor = ThreadPoolExecutor(jobs, "fleet")
    try:
        yield executor
    except BaseException:
        executor.shutdown(wait=False, cancel_futures=True)
        raise
    executor.shutdown()


def run_tasks(
    tasks: Iterable[Task],
    run: Callable[[Task], Result],
    executor: Executor,
    window: int,
    replace: Callable[[Task], Result | None] = lambda _: None,
) -> Iterator[tuple[Task, Result | Exception]]:
    """Yield each task with its result, or with the error that its worker ended with.

    In the order in which they end; at most *window* tasks are submitted at a time.
    What *replace* returns for a task, unless it is `None`, is its result, and the task
    is not run: it is asked when the task would be submitted, so that it can decide by
    the results so far.
    """
    waiting = iter(tasks)
    running: dict[Future[Result], Task] = {}
    # `concurrent.futures.wait` looks at all that run each time.
    ended: SimpleQueue[Future[Result]] = SimpleQueue()
    while True:
        for task in waiting:
            result = replace(task)
            if result is not None:
                yield task, result
                continue
            future = executor.submit(run, task)
            running[future] = task
            future.add_done_callback(ended.put)
            if len(running) >= window:
                break
        if not running:
            return
        for future in _taken(ended):
            error = future.exception()
            answer = error if isinstance(error, Exception) else future.result()
            yield running.pop(future), answer


def _taken(queue: SimpleQueue[Item]) -> Iterator[Item]:
    """Yield what *queue* has; wait if that is nothing."""
    yield queue.get()
    while not queue.empty():
        yield queue.get()
