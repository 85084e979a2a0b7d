"""BG -> the few stretches of it that a picture may come from.

A still matches only its own moment, and evenly spaced samples of a long BG miss that. So BG is cut where its look
changes, the middle of each stretch is asked for keypoints that agree with the picture's, and then, for a still, single
frames of the best stretches are: a pan shows one thing in many frames, each time elsewhere, and all but the right one
have the things at other depths displaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from vidkompy.media.proxies import Proxies
from vidkompy.model import I64, U8, Box
from vidkompy.numerics.correlation import unit_rows
from vidkompy.placement.gauss_newton import F64, visible, warp
from vidkompy.placement.orb import TOLERANCE, Guess, Keypoints, detect, guesses

ALIKE_PX = 24  # long side of the pictures on which BG is cut
ALIKE = (0.9, 0.8, 0.6, 0.3)  # correlation within a stretch; the first that makes no more than wanted
STRETCHES = 1500
LOOKS, LEAST_STRETCHES = 3, 36  # at BG while a clip of FG's length lasts; and at least
BEST = 12  # stretches taken
FRAMES = 96  # single frames of them that a still is compared with
NEAREST = 6  # of those, apart from each other, whose surroundings are kept
AROUND = 8  # frames either side
ASKED = 3  # frames of a clip that choose the stretches
VIEW_PX, LEAST_VIEW_PX = 480, 240  # long side of BG, and at least of the picture, where keypoints are sought
KEYPOINTS = 500
BLUR = 1.5  # px of a view
SUPPORT = 8  # inliers from which a guess says how large BG shows the picture


class Promising(NamedTuple):
    """What to look at more closely.

    frames   i64   ascending; all of BG where no keypoints agree
    scale    canvas px per picture px; None if unknown
    starts   BG frames most like it, best first, each with the transform its keypoints give, in frame px
    """

    frames: I64
    scale: float | None
    starts: tuple[tuple[int, F64], ...] = ()


class _Asked(NamedTuple):
    """A view of the picture, its content box, what was found in it, and view px per picture px."""

    view: U8
    box: Box
    keypoints: Keypoints
    unit: float


def promising(picture: Proxies, bg: Proxies, box: Box, scales: tuple[float, float]) -> Promising:
    """Where in BG to look for the content `box` of a still; scales: canvas px per picture px, lowest, highest."""
    asked = _asked(picture, bg, box, [0])
    middles = {(first + end) // 2: (first, end) for first, end in _stretches(bg, STRETCHES)}
    found = [(g, j) for j in middles for g in _guess(asked, bg, j, scales)]
    found = sorted(found, key=lambda g: -g[0].weight)[:BEST]
    if not found:
        return Promising(np.arange(bg.clip.frames), None)
    scale = float(found[0][0].q[0]) * asked[0].unit / _unit(bg) if found[0][0].inliers >= SUPPORT else None
    frames = np.concatenate([np.arange(*middles[j]) for j in sorted(j for _, j in found)])
    stride = -(-len(frames) // FRAMES)
    starts = _most_alike(asked[0], bg, frames[::stride].tolist(), scales)
    reach = max(AROUND, stride)
    around = np.add.outer([j for j, _ in starts], np.arange(-reach, reach + 1))
    near = np.unique(around[(around >= 0) & (around < bg.clip.frames)]).astype(np.int64)
    return Promising(near if len(near) else frames, scale, tuple(starts))


def guessed(clip: Proxies, bg: Proxies, box: Box, scales: tuple[float, float]) -> list[F64]:
    """Transforms in frame px, best first, from the stretches whose keypoints agree with those of a clip much shorter
    than BG: evenly spaced frames of BG need not meet its scene. Arguments as for `promising`."""
    most = max(LEAST_STRETCHES, LOOKS * bg.clip.frames // clip.clip.frames)
    middles = [(first + end) // 2 for first, end in _stretches(bg, most)]
    asked = _asked(clip, bg, box, clip.spread(ASKED))
    found = [g for j in middles for g in _guess(asked, bg, j, scales)]
    return _best(found, asked[0], bg)


def guessed_on(
    clip: Proxies, bg: Proxies, box: Box, scales: tuple[float, float], pairs: Sequence[tuple[int, int]]
) -> list[F64]:
    """The same from a frame of the clip and one of BG at a time."""
    asked = _asked(clip, bg, box, [i for i, _ in pairs])
    found = [g for a, (_, j) in zip(asked, pairs, strict=True) for g in _guess([a], bg, j, scales)]
    return _best(found, asked[0], bg)


def _best(found: list[Guess], asked: _Asked, bg: Proxies) -> list[F64]:
    return [g.q * _to_frame(asked, bg) for g in sorted(found, key=lambda g: -g.weight)[:BEST]]


def _most_alike(asked: _Asked, bg: Proxies, frames: list[int], scales: tuple[float, float]) -> list[tuple[int, F64]]:
    """The BG frames that look most like the picture where their keypoints put it, and where that is, in frame px.

    Apart from each other in time: what moves with the camera looks alike for a while.
    """
    to_frame = _to_frame(asked, bg)
    rated = [(_likeness(asked, bg, j, g), j, g.q * to_frame) for j in frames for g in _guess([asked], bg, j, scales)]
    kept: list[tuple[int, F64]] = []
    for _, j, q in sorted(rated, key=lambda r: -r[0]):
        if all(abs(j - k) > AROUND for k, _ in kept):
            kept.append((j, q))
    return kept[:NEAREST]


def _likeness(asked: _Asked, bg: Proxies, j: int, guess: Guess) -> float:
    """ZNCC, blurred as the guess is no better than a pixel or so."""
    view = _view(bg, j)
    mask = visible(guess.q, asked.view.shape, view.shape, asked.box, 1)
    if not mask.any():
        return -1.0
    pair = asked.view, warp(view, guess.q, asked.view.shape)
    ours, theirs = (cv2.GaussianBlur(v, (0, 0), BLUR)[mask][None] for v in pair)
    return float((unit_rows(ours) @ unit_rows(theirs).T)[0, 0])


def _stretches(bg: Proxies, most: int) -> list[tuple[int, int]]:
    """BG as [first, end) ranges whose frames look like the first one; at most so many of them."""
    _, height, width = bg.small.shape
    unit = ALIKE_PX / max(height, width)
    size = max(4, round(width * unit)), max(4, round(height * unit))
    tiny = unit_rows(np.stack([cv2.resize(f, size, interpolation=cv2.INTER_AREA) for f in bg.small]))
    firsts = [0]
    for alike in ALIKE:
        firsts = [0]
        for j in range(1, len(tiny)):
            if float(tiny[j] @ tiny[firsts[-1]]) < alike:
                firsts.append(j)
        if len(firsts) <= most:
            break
    firsts = [0, *firsts[1:][:: -(-len(firsts) // most)]]
    return list(zip(firsts, [*firsts[1:], len(tiny)], strict=True))


def _guess(asked: list[_Asked], bg: Proxies, j: int, scales: tuple[float, float]) -> list[Guess]:
    """At most one, from view px of the picture to view px of BG."""
    view = _view(bg, j)
    theirs = detect(view, (0, 0, view.shape[1], view.shape[0]), 1, KEYPOINTS)
    ratio = _unit(bg) / asked[0].unit
    limits = scales[0] * ratio, scales[1] * ratio
    return guesses([a.keypoints for a in asked], [theirs], TOLERANCE, limits)[:1]


def _asked(picture: Proxies, bg: Proxies, box: Box, frames: Sequence[int]) -> list[_Asked]:
    """Views as dense as BG's where that gives a sensible size."""
    side = max(picture.clip.width, picture.clip.height)
    unit = min(max(_unit(bg), LEAST_VIEW_PX / side), VIEW_PX / side)
    inside = box[0] * unit, box[1] * unit, box[2] * unit, box[3] * unit
    views = [_resized(f, unit * picture.large_factor) for f in picture.large(frames)]
    return [_Asked(view, inside, detect(view, inside, 1, KEYPOINTS), unit) for view in views]


def _to_frame(asked: _Asked, bg: Proxies) -> F64:
    """f64 [4]: what a transform in view px is multiplied with to be one in frame px."""
    return np.array([asked.unit] * 2 + [1.0] * 2) / _unit(bg)


def _unit(bg: Proxies) -> float:
    return VIEW_PX / max(bg.clip.width, bg.clip.height)


def _view(bg: Proxies, j: int) -> U8:
    is_held = j in bg.large_frames
    return _resized(
        *((bg.large_frames[j], _unit(bg) * bg.large_factor) if is_held else (bg.small[j], _unit(bg) * bg.small_factor))
    )


def _resized(view: U8, factor: float) -> U8:
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    size = max(4, round(view.shape[1] * factor)), max(4, round(view.shape[0] * factor))
    return np.asarray(cv2.resize(view, size, interpolation=how), np.uint8)
