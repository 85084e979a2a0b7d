"""How far FG's pixels are from what a pair's truth says lies below them, and from what lies beside and before it.

Nothing of how the pair was made is used: both files are decoded, BG is warped to FG's grid, and a curve between their
grey levels is fitted.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from support.clips import planes
from support.constructed_maps import I64
from support.places import F64, to_canvas
from support.truth_cases import Case

SHIFT = 2.0  # px of the canvas


@dataclass(frozen=True)
class Residuals:
    """Grey levels, mean abs difference, means over the same FG frames.

    here          at the truth
    other_frame   at the truth's place, the better one of the BG frames just outside the right ones
    other_place   in the right BG frame, the best of the places SHIFT px away in four directions
    """

    here: float
    other_frame: float
    other_place: float


def measure(case: Case, *, count: int = 16) -> Residuals:
    """At `count` FG frames that have a match, spread over FG."""
    truth = case.truth
    matched = np.flatnonzero(truth.map >= 0)
    chosen = matched[np.linspace(0, len(matched) - 1, min(count, len(matched))).round().astype(int)]
    fg, bg = (np.array([frame[0] for frame in planes(path)]) for path in (case.fg, case.bg))
    low, high = interval(case)
    rows = []
    for i in chosen:
        right = range(int(low[i]), int(high[i]) + 1)
        place, weight = truth.at(i), uncovered(case, truth.at(i))
        here = min(residual(fg[i], bg[j], place, weight) for j in right)
        others = [j for j in (right[0] - 1, right[-1] + 1) if 0 <= j < len(bg)]
        beside = min((residual(fg[i], bg[j], place, weight) for j in others), default=np.inf)
        moves = SHIFT * np.array([(1, 0), (-1, 0), (0, 1), (0, -1)])
        shifted = [place + np.array([*move, 0, 0, 0]) for move in moves]
        away = min(residual(fg[i], bg[j], at, weight) for j in right for at in shifted)
        rows.append((here, beside, away))
    return Residuals(*np.mean(rows, axis=0).tolist())


def interval(case: Case) -> tuple[I64, I64]:
    """Right BG frames of each FG frame, low .. high, equal pictures in a row included."""
    truth = case.truth
    low = truth.map if truth.low is None else truth.low
    high = truth.map if truth.high is None else truth.high
    if truth.pictures is None:
        return low, high
    edges = np.flatnonzero(np.diff(truth.pictures)) + 1
    starts, ends = np.append(0, edges), np.append(edges, len(truth.pictures)) - 1
    return starts[np.searchsorted(starts, low, side="right") - 1], ends[np.searchsorted(ends, high)]


def uncovered(case: Case, place: F64) -> F64:
    """Where FG shows BG's picture, f64 [height, width] 0 or 1: inside the canvas, not altered, not a bar."""
    truth = case.truth
    shown = np.zeros(case_canvas(case), np.float64)
    shown[2:-2, 2:-2] = 1
    if truth.covered:
        at = truth.covered
        shown[at.y : at.y + at.height, at.x : at.x + at.width] = 0
    x, y, width, height = truth.content
    size = fg_size(case)
    out = np.zeros(size[::-1])
    out[y : y + height, x : x + width] = 1
    warped = cv2.warpAffine(shown, to_canvas(place, size), size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return np.asarray(out * (warped > 0.999), np.float64)


def case_canvas(case: Case) -> tuple[int, int]:
    height, width = next(planes(case.bg)).shape[1:]
    return height, width


def fg_size(case: Case) -> tuple[int, int]:
    height, width = next(planes(case.fg)).shape[1:]
    return width, height


def residual(fg: F64, bg: F64, place: F64, weight: F64) -> float:
    """After a cubic curve from BG's levels to FG's; BG is blurred where FG is smaller."""
    size = fg.shape[::-1]
    shrink = max(place[2] / size[0], place[3] / size[1])
    source = bg.astype(np.float32)
    if shrink > 1.02:
        source = np.asarray(cv2.GaussianBlur(source, (0, 0), 0.45 * shrink), np.float32)
    warped = cv2.warpAffine(
        source,
        to_canvas(place, size),
        size,
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT,
    )
    a, b = warped[weight > 0].astype(np.float64) / 255, fg[weight > 0].astype(np.float64)
    terms = np.stack([a**k for k in range(4)], axis=1)
    gram = terms.T @ terms + 1e-3 * np.eye(4)
    curve = np.linalg.solve(gram, terms.T @ b)
    return float(np.abs(terms @ curve - b).mean())
