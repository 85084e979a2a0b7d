"""Which pair comes next: BGs are decoded once each, and not by two pairs at the same time."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from vidkompy.batch.pair_order import PairOrder
from vidkompy.batch.pair_task import PairTask


def tasks(*bgs: str) -> list[PairTask]:
    return [PairTask(f"{n}", "", "f", (bg,)) for n, bg in enumerate(bgs)]


def test_one_at_a_time_pairs_of_a_bg_follow_each_other() -> None:
    order = PairOrder(tasks("a", "b", "a", "c", "b", "a"))
    names = []
    while (task := order.next()) is not None:
        names.append(task.bgs[0])
        order.ended(task)
    assert names == ["a", "a", "a", "b", "b", "c"]
    assert len(order) == 0


def test_a_bg_that_is_being_decoded_waits_as_long_as_there_are_others() -> None:
    order = PairOrder(tasks("a", "a", "b", "c"))
    begun = [order.next() for _ in range(3)]
    assert [task and task.bgs[0] for task in begun] == ["a", "b", "c"]
    assert (last := order.next()) is not None
    assert last.bgs == ("a",)  # nothing else is left
    assert order.next() is None


def test_patterns_of_bgs_are_bgs_of_their_own() -> None:
    order = PairOrder([PairTask("1", "", "f", ("a", "b")), PairTask("2", "", "f", ("a",))])
    assert [order.next(), order.next()] == [PairTask("1", "", "f", ("a", "b")), PairTask("2", "", "f", ("a",))]


@given(st.lists(st.sampled_from("abcd"), max_size=12), st.integers(1, 4), st.data())
def test_each_pair_comes_once_whatever_ends_when(bgs: list[str], jobs: int, data: st.DataObject) -> None:
    order, running, seen = PairOrder(given := tasks(*bgs)), list[PairTask](), list[PairTask]()
    while len(order) or running:
        assert len(order) == len(given) - len(seen)
        while len(running) < jobs and (task := order.next()) is not None:
            running.append(task)
            seen.append(task)
        order.ended(running.pop(data.draw(st.integers(0, len(running) - 1))))
    assert Counter(task.name for task in seen) == Counter(task.name for task in given)


@given(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=20))
def test_no_bg_is_begun_twice_at_once_while_another_is_new(bgs: list[str]) -> None:
    """Two at a time, of which the first always ends first."""
    order, ended = PairOrder(tasks(*bgs)), set[str]()
    running: list[PairTask] = []
    begun: set[str] = set()
    while len(order) or running:
        while len(running) < 2 and len(order):
            new = {*bgs} - begun
            task = order.next()
            assert task is not None
            (bg,) = task.bgs
            assert bg in ended or bg not in begun or not new
            begun.add(bg)
            running.append(task)
        first = running.pop(0)
        ended.add(first.bgs[0])
        order.ended(first)
