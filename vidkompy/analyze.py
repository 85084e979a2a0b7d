"""Two files -> Sidecar: probe, decode, placement, features, engine. One straight line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from threadpoolctl import threadpool_limits

from vidkompy import engines, placement
from vidkompy.content import content_box, unaltered
from vidkompy.decode import Proxies, proxies
from vidkompy.engines import EngineName, Search
from vidkompy.errors import MediaError, NoMatch
from vidkompy.features import at_placement
from vidkompy.model import UNMATCHED, Clip, FrameMap, Quality, Sidecar
from vidkompy.probe import probe

LEAST_MATCHED = 0.25  # share of FG frames below which the clips count as unrelated
CLOSE = 1.0  # path cost margin below which a frame's rival is as good as itself: 53 % of such frames were right

Report = Callable[[str, int, int], None]  # stage, done, total


def analyze(bg_path: Path, fg_path: Path, engine: EngineName = "precise", report: Report | None = None) -> Sidecar:
    """Where and when FG lies on BG. Raises MediaError, NoMatch."""
    cv2.setNumThreads(1)  # the decoder has the cores
    with threadpool_limits(1):  # measured: BLAS threads on these small matrices cost 2-7 times the CPU
        return _analyze(bg_path, fg_path, engine, report)


def _analyze(bg_path: Path, fg_path: Path, engine: EngineName, report: Report | None) -> Sidecar:
    chosen = engines.load(engine)
    bg_clip, fg_clip = _probed(bg_path), _probed(fg_path)  # both, before minutes are spent on one
    bg = _decoded(bg_clip, "background", report)
    fg = _decoded(fg_clip, "foreground", report)
    _tell(report, "placing", 0, 2)
    box = content_box(fg)
    where, pairs = placement.find(fg, bg, box)
    _tell(report, "aligning", 1, 2)
    ours, theirs = at_placement(fg, bg, where, box, chosen.SIDE)
    mask = unaltered(ours, theirs, pairs)
    frame_map = chosen.align(replace(ours, mask=mask), replace(theirs, mask=mask), Search())
    _tell(report, "aligning", 2, 2)
    quality = _quality(frame_map, fg.clip, bg.clip)
    return Sidecar(fg.clip, bg.clip, where, frame_map, engine, quality)


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


def _quality(frame_map: FrameMap, fg: Clip, bg: Clip) -> Quality:
    unmatched = frame_map.bg == UNMATCHED
    if unmatched.mean() > 1 - LEAST_MATCHED:
        raise NoMatch(
            f"'{fg.path}' was not found in '{bg.path}': only {(~unmatched).sum()} of {fg.frames} frames resemble a BG "
            "frame at the best placement; check that both show the same content"
        )
    unsure = ~unmatched & (frame_map.margin < CLOSE) if frame_map.margin is not None else np.zeros_like(unmatched)
    reasons = []
    if unmatched.any():
        reasons.append(f"{unmatched.sum()} FG frames resemble no BG frame, first at {_where(unmatched, fg)}")
    if unsure.any():
        reasons.append(f"{unsure.sum()} FG frames fit a neighbouring BG frame as well, first at {_where(unsure, fg)}")
    return Quality(int(unmatched.sum()), int(unsure.sum()), tuple(reasons))


def _where(flags: np.ndarray, clip: Clip) -> str:
    i = int(np.argmax(flags))
    return f"frame {i} ({clip.seconds(i):.2f} s)"
