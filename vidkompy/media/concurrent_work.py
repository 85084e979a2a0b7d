"""Two pieces of work at once, one of them in a thread of its own: files that are decoded, ffmpeg that is waited for.

ffmpeg's decoder alone keeps about 1.5 of 2 cores busy: frames wait for those that they refer to.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Any, TypeVar

from vidkompy.media.progress_callback import ProgressCallback

S = TypeVar("S")
T = TypeVar("T")

_SECONDS_A_LOOK = 0.05  # from one look at what the other thread has done to the next


class _Stopped(Exception):  # noqa: N818 - no error of the user's
    """The other work has failed: this one ends at its next report."""


def run_at_once(
    here: Callable[[ProgressCallback], S],
    beside: Callable[[ProgressCallback], T],
    on_progress: ProgressCallback | None,
) -> tuple[S, T]:
    """What both return. `here` runs in this thread, `beside` in another.

    on_progress   called in this thread only, with the progress of both; what it raises ends both
    Each is given a callback: at its calls work ends early where the other has failed. Raises what they raise; where
    both fail, what `beside` raises.
    """
    with ThreadPoolExecutor(1, "beside") as threads, _Relay(on_progress) as relay:
        relay.other = threads.submit(beside, relay.keep)
        found = here(relay.report)
        return found, relay.result_beside()


class _Relay:
    """Takes the progress of the other thread, and hands it on in this one."""

    def __init__(self, on_progress: ProgressCallback | None):
        self.on_progress = on_progress
        self.is_stopped = False
        self.other: Future[Any] = Future()
        self.other.set_result(None)  # until there is another thread
        self._latest: dict[str, tuple[int, int]] = {}

    def __enter__(self) -> _Relay:
        return self

    def __exit__(self, _: type | None, error: BaseException | None, __: TracebackType | None) -> None:
        """Where this thread fails, the other ends; its own error comes first, but for an interruption."""
        self.is_stopped = error is not None
        if isinstance(error, Exception):
            of_other = self.other.exception()
            if of_other is not None and not isinstance(of_other, _Stopped):
                raise of_other

    def keep(self, stage: str, done: int, total: int) -> None:
        """Called in the other thread. Raises _Stopped."""
        if self.is_stopped:
            raise _Stopped
        self._latest[stage] = done, total

    def report(self, stage: str, done: int, total: int) -> None:
        """Called in this thread. Raises _Stopped."""
        if self.other.done() and self.other.exception() is not None:
            raise _Stopped
        if self.on_progress is not None:
            self.on_progress(stage, done, total)
        self._pass_on()

    def result_beside(self) -> Any:
        """What the other thread returns. Raises what it raises."""
        while wait((self.other,), _SECONDS_A_LOOK).not_done:
            self._pass_on()
        self._pass_on()
        return self.other.result()

    def _pass_on(self) -> None:
        while self._latest:
            stage, (done, total) = self._latest.popitem()
            if self.on_progress is not None:
                self.on_progress(stage, done, total)
