"""Asking many registries at once: order, turns, errors."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from imagelock.commands.resolve import JOBS, map_concurrently
from imagelock.errors import RegistryError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LONGEST = 20.0
"""Seconds after which a test that hangs goes on, and fails."""


def host(item: str) -> str:
    return item.partition("/")[0]


def names(registry: str, count: int) -> list[str]:
    return [f"{registry}/{number}" for number in range(count)]


class Hanging:
    """Answers at once, but for the registries *hanging* only after `released`."""

    def __init__(self, *hanging: str) -> None:
        self._hanging = hanging
        self._lock = threading.Lock()
        self._in_flight = 0
        self.most_in_flight = 0
        self.released = threading.Event()

    def __call__(self, item: str) -> bool:
        if host(item) not in self._hanging:
            return True
        with self._lock:
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
        was_released = self.released.wait(LONGEST)
        with self._lock:
            self._in_flight -= 1
        return was_released

    def after(self, count: int) -> Callable[[], None]:
        """Return a callback that releases those that hang when called *count* times."""
        calls = iter(range(1, 10**6))

        def on_progress() -> None:
            if next(calls) == count:
                self.released.set()

        return on_progress


def test_answers_are_in_the_order_of_the_items() -> None:
    items = [f"{registry}/{number}" for number in range(50) for registry in "abc"]
    progress: list[None] = []

    answers = map_concurrently(
        items, str.upper, lambda: progress.append(None), registry_of=host
    )

    assert list(answers.items()) == [(item, item.upper()) for item in items]
    assert len(progress) == len(items)


def test_nothing_is_fetched_for_nothing() -> None:
    assert map_concurrently([], str.upper, registry_of=host) == {}


def test_an_error_of_a_registry_replaces_the_answer() -> None:
    error = RegistryError("down")

    def fetch(item: str) -> str:
        if item == "bad/1":
            raise error
        return item

    answers = map_concurrently(["a/1", "bad/1", "c/1"], fetch, registry_of=host)

    assert answers == {"a/1": "a/1", "bad/1": error, "c/1": "c/1"}


def test_any_other_error_is_raised() -> None:
    def fetch(item: str) -> str:
        message = f"a mistake with {item}"
        raise TypeError(message)

    with pytest.raises(TypeError, match="a mistake with a/"):
        map_concurrently(names("a", 30), fetch, registry_of=host)


@pytest.mark.parametrize("hanging", [("bad",), ("bad", "worse", "worst")])
def test_registries_that_hang_do_not_hold_up_another(hanging: tuple[str, ...]) -> None:
    fetch = Hanging(*hanging)
    bad = [name for registry in hanging for name in names(registry, 20)]
    good = names("good", 40)

    answers = map_concurrently(
        [*bad, *good], fetch, fetch.after(len(good)), registry_of=host
    )

    assert all(answers.values())


def test_one_registry_has_so_many_items_in_flight_at_most() -> None:
    fetch = Hanging("bad")

    map_concurrently(
        [*names("bad", 3 * JOBS), "good/1"], fetch, fetch.after(1), registry_of=host
    )

    assert 1 <= fetch.most_in_flight <= JOBS


def test_its_threads_end() -> None:
    before = threading.active_count()
    map_concurrently(names("a", 100), str.upper, registry_of=host)

    for thread in threading.enumerate():
        if thread.name.startswith("fetch-"):
            thread.join(LONGEST)

    assert threading.active_count() <= before


class Saves:
    """What `save` was called with, each as the items that were answered."""

    def __init__(self) -> None:
        self.items: list[list[str]] = []

    def __call__(self, answers: Mapping[str, object]) -> None:
        self.items.append(list(answers))


def test_answers_are_saved_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("imagelock.commands.resolve._BETWEEN_SAVES", 0.0)
    saves = Saves()

    map_concurrently(names("a", 3), str.upper, registry_of=host, save=saves)

    assert [len(items) for items in saves.items] == [1, 2, 3]


def test_a_short_run_saves_nothing() -> None:
    saves = Saves()

    map_concurrently(names("a", 3), str.upper, registry_of=host, save=saves)

    assert saves.items == []


@pytest.mark.parametrize(("before", "saved"), [(1, [1]), (2, [2])])
def test_an_interruption_saves_what_is_new(before: int, saved: list[int]) -> None:
    calls = iter(range(1, 10))

    def interrupt() -> None:
        if next(calls) == before:
            raise KeyboardInterrupt

    saves = Saves()
    with pytest.raises(KeyboardInterrupt):
        map_concurrently(
            names("a", 3), str.upper, interrupt, registry_of=host, save=saves
        )

    assert [len(items) for items in saves.items] == saved


def test_an_interruption_before_any_answer_saves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("imagelock.commands.resolve._Workers.wait", interrupt)
    saves = Saves()

    with pytest.raises(KeyboardInterrupt):
        map_concurrently(names("a", 3), str.upper, registry_of=host, save=saves)

    assert saves.items == []
