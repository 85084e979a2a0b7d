"""Proxies -> Placement: keypoint guesses, a coarse fit in space and time, a fine one; a refusal where nothing fits."""

from __future__ import annotations

import numpy as np

from vidkompy.coarse import CLEAR, Scene, fit_coarse
from vidkompy.decode import Proxies, halve
from vidkompy.errors import NoMatch
from vidkompy.features import Box
from vidkompy.fine import Close, settle
from vidkompy.keypoints import TOLERANCE, Guess, Keypoints, detect, guesses
from vidkompy.model import Placement
from vidkompy.spacetime import Fit, corner_shift

SAMPLES = 36  # most frames of a clip whose keypoints are looked at
LEVELS = ((6, 16, 300), (12, SAMPLES, 600))  # FG frames, BG frames, keypoints; the next level if one finds nothing
KEYPOINT_PX = 640
FINE_PAIRS = 8
FLOOR = 0.7  # mean ZNCC below which nothing was found; inserted or unrelated frames measured up to 0.47


def find(fg: Proxies, bg: Proxies, box: Box) -> Placement:
    """Where FG lies on the canvas, measured inside its content `box`. Raises NoMatch."""
    scene, fits = _search(fg, bg, box)
    best = fits[0]
    others = [1 - f.cost for f in fits[1:] if corner_shift(f.q, best.q, scene.box) > 1]
    q = settle(Close(fg, bg, box, best.q / scene.unit, _pairs(scene, best)), box)
    return Placement(
        float(q[2]),
        float(q[3]),
        float(q[0] * fg.clip.width),
        float(q[1] * fg.clip.height),
        round(1 - best.cost, 4),
        round(max(others), 4) if others else None,
    )


def _search(fg: Proxies, bg: Proxies, box: Box) -> tuple[Scene, list[Fit]]:
    """Coarse fits, best first; looks closer as long as the best one is not clear."""
    best: tuple[Scene, list[Fit]] | None = None
    for level in LEVELS:
        candidates = _guess(fg, bg, box, *level)
        if not candidates:
            continue
        scene = Scene(fg, bg, box, float(candidates[0].q[0]))
        fits = fit_coarse(scene, [g.q for g in candidates])
        if fits and (best is None or fits[0].cost < best[1][0].cost):
            best = scene, fits
        if best is not None and best[1][0].cost < CLEAR:
            return best
    if best is None:
        raise NoMatch(_refusal(fg, bg, "no frame of one shares enough details with a frame of the other"))
    score = 1 - best[1][0].cost
    if score < FLOOR:
        raise NoMatch(_refusal(fg, bg, f"best score {score:.2f} < {FLOOR}"))
    return best


def _guess(fg: Proxies, bg: Proxies, box: Box, fg_count: int, bg_count: int, keypoints: int) -> list[Guess]:
    canvas = (0.0, 0.0, float(bg.clip.width), float(bg.clip.height))
    ours = _keypoints(fg, box, fg_count, keypoints)
    return guesses(ours, _keypoints(bg, canvas, bg_count, keypoints), TOLERANCE * _keypoint_factor(bg))


def _keypoint_factor(clip: Proxies) -> int:
    return clip.large_factor * (2 if max(clip.clip.width, clip.clip.height) // clip.large_factor > KEYPOINT_PX else 1)


def _keypoints(clip: Proxies, box: Box, frames: int, count: int) -> list[Keypoints]:
    factor = _keypoint_factor(clip)
    held = sorted(clip.held)
    chosen = sorted({held[(2 * k + 1) * len(held) // (2 * frames)] for k in range(frames)})
    return [detect(halve(clip.held[i], factor // clip.large_factor), box, factor, count) for i in chosen]


def _pairs(scene: Scene, fit: Fit) -> list[tuple[int, int]]:
    """(FG frame, BG frame) of well-matched samples, spread over the clip."""
    good = np.sort(np.argsort(1 - fit.scores)[: max(FINE_PAIRS, len(fit.scores) * 2 // 3)])
    chosen = good[np.unique(np.linspace(0, len(good) - 1, FINE_PAIRS).astype(int))]
    return [(scene.indices[k], int(fit.path[k])) for k in chosen]


def _refusal(fg: Proxies, bg: Proxies, found: str) -> str:
    return (
        f"'{fg.clip.path}' was not found in '{bg.clip.path}': {found} "
        f"({fg.clip.frames} against {bg.clip.frames} frames looked at); check that both show the same content"
    )
