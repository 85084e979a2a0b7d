"""User CPU: what other load on the machine changes least."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import av

from benchmarks.stage_clock import user_cpu

T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """(result, s of user CPU of all threads of this process)."""
    before = user_cpu()
    result = work()
    return result, user_cpu() - before


def decode(path: Path) -> int:
    """Decode a video and nothing more: the yardstick. Returns the number of frames."""
    with av.open(path) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        return sum(1 for _ in container.decode(stream))
