"""Two files -> Sidecar: probe, decode, placement, features, engine. One straight line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

from vidkompy import engines, placement
from vidkompy.content import content_box, unaltered
from vidkompy.decode import Proxies, evenly, proxies
from vidkompy.engines import EngineName, Search
from vidkompy.errors import MediaError, NoMatch, UsageError
from vidkompy.features import Box, at_placement, unit_rows
from vidkompy.model import UNMATCHED, Clip, FrameMap, Placement, Quality, Sidecar
from vidkompy.probe import probe

HAND_PX, HAND_FRAMES = 32, 24  # how and on how many frames a placement set by hand is looked at
LEAST_MATCHED = 0.25  # share of FG frames below which the clips count as unrelated
AMBIGUOUS = 0.01  # lead in score below which another placement may as well be the right one
CLOSE = 1.0  # path cost margin below which a frame's rival is as good as itself

Report = Callable[[str, int, int], None]  # stage, done, total


def analyze(
    bg_path: Path,
    fg_path: Path,
    engine: EngineName = "precise",
    search: Search = Search(),  # noqa: B008 - frozen
    at: Placement | None = None,
    report: Report | None = None,
) -> Sidecar:
    """Where and when FG lies on BG; `at`: where, as someone knows it. Raises MediaError, NoMatch."""
    with _one_thread():
        bg_clip, fg_clip = _probed(bg_path), _probed(fg_path)  # both, before minutes are spent on one
        bg = _decoded(bg_clip, "background", report)
        fg = _decoded(fg_clip, "foreground", report)
        _tell(report, "placing", 0, 2)
        placed = place(fg, bg) if at is None else placed_by_hand(fg, bg, at)
        _tell(report, "aligning", 1, 2)
        frame_map = match(fg, bg, placed, engine, search)
        _tell(report, "aligning", 2, 2)
    doubts = ["the placement was set by hand"] if at is not None else _rivals(placed.placement)
    quality = _quality(frame_map, fg.clip, bg.clip, doubts)
    return Sidecar(fg.clip, bg.clip, placed.placement, frame_map, engine, quality)


@dataclass(frozen=True)
class Placed:
    """box: FG's content, FG px. pairs: (FG, BG) frames that match at the placement."""

    box: Box
    placement: Placement
    pairs: list[tuple[int, int]]


def place(fg: Proxies, bg: Proxies) -> Placed:
    """Raises NoMatch."""
    box = content_box(fg)
    return Placed(box, *placement.find(fg, bg, box))


def placed_by_hand(fg: Proxies, bg: Proxies, at: Placement) -> Placed:
    """At a known placement, with the pairs that match best there. Raises UsageError."""
    left, top, right, bottom = at.drawn
    if right <= 0 or bottom <= 0 or left >= bg.clip.width or top >= bg.clip.height:
        raise UsageError(
            f"--at puts FG outside the canvas: {right - left}x{bottom - top} at {left},{top} on "
            f"{bg.clip.width}x{bg.clip.height}; wanted a place that shows some of it"
        )
    box = content_box(fg)
    ours, theirs = at_placement(fg, bg, at, box, HAND_PX)
    sampled = evenly(len(ours), HAND_FRAMES)
    score = unit_rows(ours.luma[sampled]) @ unit_rows(theirs.luma).T
    best = np.argsort(-score.max(axis=1))[: HAND_FRAMES // 2]
    return Placed(box, at, sorted((sampled[k], int(score[k].argmax())) for k in best))


def match(fg: Proxies, bg: Proxies, placed: Placed, engine: EngineName, search: Search) -> FrameMap:
    """Raises NoMatch where the engine cannot tell."""
    chosen = engines.load(engine)
    ours, theirs = at_placement(fg, bg, placed.placement, placed.box, chosen.SIDE)
    mask = unaltered(ours, theirs, placed.pairs)
    return chosen.align(replace(ours, mask=mask), replace(theirs, mask=mask), search)


@contextmanager
def _one_thread() -> Iterator[None]:
    """For OpenCV the decoder has the cores; BLAS threads on small matrices cost 2-7 times the CPU (measured)."""
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        cv2.setNumThreads(threads)


def _probed(path: Path) -> Clip:
    clip = probe(path)
    if clip.frames < 2:
        raise MediaError(f"'{path}' has 1 frame; wanted a video of at least 2 to align in time")
    return clip


def _decoded(clip: Clip, role: str, report: Report | None) -> Proxies:
    return proxies(clip, placement.SAMPLES, lambda n: _tell(report, role, n, clip.frames))


def _tell(report: Report | None, stage: str, done: int, total: int) -> None:
    if report is not None:
        report(stage, done, total)


def _quality(frame_map: FrameMap, fg: Clip, bg: Clip, reasons: list[str]) -> Quality:
    unmatched = frame_map.bg == UNMATCHED
    if unmatched.mean() > 1 - LEAST_MATCHED:
        raise NoMatch(
            f"'{fg.path}' was not found in '{bg.path}': only {(~unmatched).sum()} of {fg.frames} frames resemble a BG "
            "frame at the best placement; check that both show the same content"
        )
    unsure = ~unmatched & (frame_map.margin < CLOSE) if frame_map.margin is not None else np.zeros_like(unmatched)
    if unmatched.any():
        reasons.append(f"{unmatched.sum()} FG frames resemble no BG frame, first at {_where(unmatched, fg)}")
    if unsure.any():
        reasons.append(f"{unsure.sum()} FG frames fit a neighbouring BG frame as well, first at {_where(unsure, fg)}")
    return Quality(int(unmatched.sum()), int(unsure.sum()), tuple(reasons))


def _rivals(where: Placement) -> list[str]:
    if where.score is None or where.runner_up is None or where.score - where.runner_up > AMBIGUOUS:
        return []
    return [
        f"another place fits as well (score {where.runner_up:.3f} against {where.score:.3f}): check it, or use --at"
    ]


def _where(flags: np.ndarray, clip: Clip) -> str:
    i = int(np.argmax(flags))
    return f"frame {i} ({clip.seconds(i):.2f} s)"
