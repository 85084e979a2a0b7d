"""Guesses of where FG lies, to start looking from: by keypoints of chosen frames, or by sliding FG over BG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from vidkompy.media.proxies import Proxies, shrink_by_halving
from vidkompy.model import Box
from vidkompy.placement.gauss_newton import F64
from vidkompy.placement.orb import TOLERANCE, Keypoints, detect, guesses
from vidkompy.placement.shot_sampling import guessed, guessed_on
from vidkompy.placement.template_matching import slide

Source = Literal["sound", "samples", "stretches", "more samples", "slides"]
Hints = Sequence[tuple[int, int]]  # FG and BG frames that probably show the same

SAMPLES = 36  # most frames of a clip whose keypoints are looked at
FEW, MANY = (6, 16, 300), (12, SAMPLES, 600)  # FG frames, BG frames, keypoints of each
LONG = 2  # times FG's frames: of a longer BG evenly spaced frames need not meet FG's scene
KEYPOINT_PX = 640


def guess(source: Source, fg: Proxies, bg: Proxies, box: Box, scales: tuple[float, float], hints: Hints) -> list[F64]:
    """Transforms in frame px, best first; none where the source has nothing to go by.

    scales   canvas px per FG px, lowest and highest
    """
    match source:
        case "sound":
            return guessed_on(fg, bg, box, scales, hints) if hints else []
        case "samples":
            return _sampled(fg, bg, box, scales, FEW)
        case "more samples":
            return _sampled(fg, bg, box, scales, MANY)
        case "stretches":
            return guessed(fg, bg, box, scales) if bg.clip.frames > LONG * fg.clip.frames else []
        case "slides":
            return slide(fg, bg, box, scales)


def _sampled(
    fg: Proxies, bg: Proxies, box: Box, scales: tuple[float, float], counts: tuple[int, int, int]
) -> list[F64]:
    fg_count, bg_count, keypoints = counts
    bg_count *= max(1, fg_count // fg.clip.frames)  # as many pairs to look at, however short FG is
    canvas = (0.0, 0.0, float(bg.clip.width), float(bg.clip.height))
    ours = _keypoints(fg, fg_count, box, keypoints)
    theirs = list(_keypoints(bg, bg_count, canvas, keypoints))
    return [g.q for g in guesses(ours, theirs, TOLERANCE * _factor(bg), scales)]


def _keypoints(clip: Proxies, frames: int, box: Box, count: int) -> Iterator[Keypoints]:
    factor = _factor(clip)
    for i in _spread(clip, frames):
        yield detect(shrink_by_halving(clip.large_frames[i], factor // clip.large_factor), box, factor, count)


def _spread(clip: Proxies, count: int) -> list[int]:
    """Of the frames held large; the first few are from everywhere."""
    chosen = clip.spread(count)
    return [*chosen[::3], *chosen[1::3], *chosen[2::3]]


def _factor(clip: Proxies) -> int:
    return clip.large_factor * (2 if max(clip.clip.width, clip.clip.height) // clip.large_factor > KEYPOINT_PX else 1)
