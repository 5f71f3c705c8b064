"""Run many tasks in an executor of Python's standard interface."""

from __future__ import annotations

from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

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
    patience: float | None = None,
) -> Iterator[tuple[Task, Result | Exception]]:
    """Yield each task with its result, or with the error that its worker ended with.

    In the order in which they end; at most *window* tasks are submitted at a time.
    What *replace* returns for a task, unless it is `None`, is its result, and the task
    is not run: it is asked when the task would be submitted, so that it can decide by
    the results so far. If no task ends for *patience* seconds, `TimeoutError` is the
    result of all that are left.
    """
    waiting = iter(tasks)
    running: dict[Future[Result], Task] = {}
    # `concurrent.futures.wait` looks at all that run each time.
    ended: SimpleQueue[Future[Result]] = SimpleQueue()
    while True:
        for task in waiting:
            future = _submit(task, run, executor, replace)
            running[future] = task
            future.add_done_callback(ended.put)
            if len(running) >= window:
                break
        if not running:
            return
        taken = _taken(ended, patience)
        for future in taken:
            outcome: Result | Exception = _outcome(future)
            yield running.pop(future), outcome
        if not taken:
            break
    for task in chain(running.values(), waiting):
        yield task, TimeoutError(f"no worker answered for {patience:.0f} seconds")


def _submit(
    task: Task,
    run: Callable[[Task], Result],
    executor: Executor,
    replace: Callable[[Task], Result | None],
) -> Future[Result]:
    """Return the future of *task*: it may be done, or have failed, already."""
    future: Future[Result] = Future()
    try:
        result = replace(task)
        if result is None:
            return executor.submit(run, task)
        future.set_result(result)
    except Exception as error:  # noqa: BLE001 - a broken executor fails each task
        future.set_exception(error)
    return future


def _outcome(future: Future[Result]) -> Result | Exception:
    """Return the result, or the error, of what has ended."""
    try:
        return future.result()
    except CancelledError:
        return CancelledError("its executor gave it up")
    except Exception as error:  # noqa: BLE001 - whatever ended its worker
        return error


def _taken(queue: SimpleQueue[Item], patience: float | None) -> list[Item]:
    """Return what *queue* has; wait if that is nothing, at most *patience* seconds."""
    try:
        taken = [queue.get(timeout=patience)]
    except Empty:
        return []
    while not queue.empty():
        taken.append(queue.get())
    return taken
