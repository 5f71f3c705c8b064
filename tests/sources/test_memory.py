"""What a value depends on is what was asked while it was computed."""

from __future__ import annotations

from pathlib import PurePosixPath

from imagelock.sources.memory import Memory

A, B = PurePosixPath("a"), PurePosixPath("b")


def test_a_value_is_computed_once() -> None:
    memory = Memory()
    values = iter([1, 2])

    asked = [memory.remember("key", lambda: next(values)) for _ in range(3)]

    assert asked == [1, 1, 1]


def test_whoever_uses_a_value_depends_on_what_it_was_made_of() -> None:
    memory = Memory()

    def compute() -> None:
        memory.current.files.add(A)
        memory.remember("inner", lambda: memory.current.folders.add(B))

    with memory.recording() as first:
        memory.remember("key", compute)
    with memory.recording() as second:
        memory.remember("key", compute)

    assert first.files == second.files == set()
    assert first.shared == second.shared
    (outer,) = second.shared
    assert outer.files == {A}
    assert {folder for inner in outer.shared for folder in inner.folders} == {B}


def test_recordings_in_each_other_are_apart() -> None:
    memory = Memory()
    with memory.recording() as outer:
        memory.current.files.add(A)
        with memory.recording() as inner:
            memory.current.files.add(B)

    assert (outer.files, inner.files) == ({A}, {B})
