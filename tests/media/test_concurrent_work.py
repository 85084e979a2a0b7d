"""Two pieces of work at once: both come back, one thread reports, and where one fails the other ends."""

from collections.abc import Callable
from threading import Event, current_thread, main_thread

import pytest

from vidkompy.media.concurrent_work import run_at_once
from vidkompy.media.progress_callback import ProgressCallback

LONGEST = 30.0  # s that a test waits for what has to come at once


def steps(name: str, count: int, done: list[str]) -> Callable[[ProgressCallback], str]:
    def work(report: ProgressCallback) -> str:
        for n in range(count):
            report(name, n + 1, count)
        done.append(name)
        return name

    return work


def endless(begun: Event) -> Callable[[ProgressCallback], None]:
    """Work that ends only where its callback raises."""

    def work(report: ProgressCallback) -> None:
        while True:
            report("endless", 0, 1)
            begun.set()

    return work


def failing(when: Event) -> Callable[[ProgressCallback], None]:
    def work(_: ProgressCallback) -> None:
        assert when.wait(LONGEST)
        raise ValueError("of this work")

    return work


def test_both_come_back_and_one_thread_reports_the_last_of_each() -> None:
    reports, done = list[tuple[str, int, int]](), list[str]()

    def on_progress(*report: object) -> None:
        assert current_thread() is main_thread()
        reports.append(report)  # type: ignore[arg-type]

    assert run_at_once(steps("here", 3, done), steps("beside", 900, done), on_progress) == ("here", "beside")
    assert sorted(done) == ["beside", "here"]
    assert [report for report in reports if report[0] == "here"] == [("here", n, 3) for n in (1, 2, 3)]
    assert ("beside", 900, 900) in reports


def test_without_a_callback_both_come_back_too() -> None:
    assert run_at_once(steps("here", 2, []), steps("beside", 2, []), None) == ("here", "beside")


def test_what_fails_beside_ends_the_work_here_and_is_raised() -> None:
    begun = Event()
    with pytest.raises(ValueError, match="of this work"):
        run_at_once(endless(begun), failing(begun), None)


def test_what_fails_here_ends_the_work_beside_and_is_raised() -> None:
    begun = Event()
    with pytest.raises(ValueError, match="of this work"):
        run_at_once(failing(begun), endless(begun), None)


def test_an_interruption_in_the_callback_ends_both() -> None:
    begun = Event()

    def on_progress(stage: str, *_: int) -> None:
        if stage == "endless" and begun.is_set():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_at_once(endless(Event()), endless(begun), on_progress)


def test_work_within_work_ends_where_the_outer_one_fails() -> None:
    begun = Event()

    def nested(report: ProgressCallback) -> object:
        return run_at_once(endless(Event()), endless(begun), report)

    with pytest.raises(ValueError, match="of this work"):
        run_at_once(nested, failing(begun), None)


def test_what_fails_after_the_other_is_done_is_raised() -> None:
    done = Event()

    def here(_: ProgressCallback) -> None:
        done.set()

    with pytest.raises(ValueError, match="of this work"):
        run_at_once(here, failing(done), None)


def test_where_both_fail_the_one_beside_is_raised() -> None:
    over = Event()

    def here(_: ProgressCallback) -> None:
        over.set()
        raise KeyError("of the work here")

    def beside(_: ProgressCallback) -> None:
        assert over.wait(LONGEST)
        raise ValueError("of this work")

    with pytest.raises(ValueError, match="of this work") as raised:
        run_at_once(here, beside, None)
    assert isinstance(raised.value.__context__, KeyError)
