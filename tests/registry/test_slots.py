"""How many requests a host gets at one time."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import pytest

from imagelock.registry.http.slots import FIRST, HostSlots


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def answered(
    slots: HostSlots, clock: Clock, *, seconds: float = 0.04, overload: bool = False
) -> None:
    with slots.take() as answer:
        clock.now += seconds
        answer.is_overload = overload


def test_each_answer_adds_a_slot_up_to_the_most() -> None:
    clock = Clock()
    slots = HostSlots(32, clock)
    counts = [slots.count]
    for _ in range(40):
        answered(slots, clock)
        counts.append(slots.count)

    assert counts[: 32 - FIRST + 1] == list(range(FIRST, 33))
    assert set(counts[32 - FIRST :]) == {32}


@pytest.mark.parametrize("most", [1, 4])
def test_a_setting_below_the_first_counts_at_once(most: int) -> None:
    assert HostSlots(most).count == most


def test_too_many_requests_halve_it_and_it_grows_slowly_from_there() -> None:
    clock = Clock()
    slots = HostSlots(32, clock)
    for _ in range(24):
        answered(slots, clock)

    answered(slots, clock, overload=True)
    assert slots.count == 16
    for _ in range(17):
        answered(slots, clock)
    assert slots.count == 17


def test_overload_never_stops_all_requests() -> None:
    clock = Clock()
    slots = HostSlots(32, clock)
    for _ in range(20):
        answered(slots, clock, overload=True)

    assert slots.count == 1


def test_answers_that_become_slow_halve_it() -> None:
    clock = Clock()
    slots = HostSlots(32, clock)
    for _ in range(24):
        answered(slots, clock)
    for _ in range(12):
        answered(slots, clock, seconds=2)

    assert FIRST <= slots.count <= 17
    assert slots.count < 32


def test_slow_answers_from_the_start_are_no_overload() -> None:
    clock = Clock()
    slots = HostSlots(32, clock)
    for _ in range(40):
        answered(slots, clock, seconds=2)

    assert slots.count == 32


def test_a_failure_gives_the_slot_back() -> None:
    slots = HostSlots(1)
    with pytest.raises(ValueError, match="x"), slots.take():
        raise ValueError("x")

    with slots.take():
        pass


def test_no_more_than_the_slots_are_taken() -> None:
    slots = HostSlots(2)
    inside, most = 0, 0
    lock = threading.Lock()
    barrier = threading.Event()

    def ask() -> None:
        nonlocal inside, most
        with slots.take():
            with lock:
                inside += 1
                most = max(most, inside)
            barrier.wait(0.01)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == 2
