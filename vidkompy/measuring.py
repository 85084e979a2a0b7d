"""What every measurement does around its own work: tell how far it is, decode, keep to one thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import cv2
from threadpoolctl import threadpool_limits

from vidkompy.errors import MediaError
from vidkompy.media.proxies import Proxies, make_proxies
from vidkompy.model import Clip
from vidkompy.placement.candidates import SAMPLES

SMALLEST, LONGEST = 8, 32  # px, times

ProgressCallback = Callable[[str, int, int], None]  # stage, done, total
Span = tuple[int, int]  # frames [a, b) of a clip


def report_progress(report: ProgressCallback | None, stage: str, done: int, total: int) -> None:
    if report is not None:
        report(stage, done, total)


def decode_proxies(
    clip: Clip, role: str, report: ProgressCallback | None, span: Span | None = None, in_a_row: int = 1
) -> Proxies:
    """All frames of the clip, or those of the span. in_a_row: see proxies.make_proxies. Raises MediaError."""
    if min(clip.width, clip.height) < SMALLEST or max(clip.width, clip.height) > LONGEST * min(clip.width, clip.height):
        raise MediaError(
            f"'{clip.path}' is {clip.width}x{clip.height}: too little of a picture to place; wanted at least "
            f"{SMALLEST} px either way, and at most {LONGEST} times as long as wide"
        )
    total = clip.frames if span is None else span[1] - span[0]
    return make_proxies(clip, SAMPLES, lambda n: report_progress(report, role, n, total), span, in_a_row)


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """For OpenCV the decoder has the cores; BLAS threads on small matrices cost 2-7 times the CPU (measured)."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        cv2.setNumThreads(threads)
