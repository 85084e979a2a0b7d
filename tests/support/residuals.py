"""How far FG's pixels are from what a pair's truth says lies below them, and from what lies beside and before it.

Nothing of how the pair was made is used: both files are decoded, BG is warped to FG's grid, and a curve between their
grey levels is fitted.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from support.clips import planes
from support.constructed_maps import I64
from support.picture_edits import U8
from support.places import F64, to_canvas
from support.scoring import right_ends
from support.truth_cases import Case

F32 = npt.NDArray[np.float32]
SHIFT = 2.0  # px of the canvas
CHANGED = 6.0  # grey levels, from one BG frame to another
FEW_CHANGED = 12  # px; with fewer a frame says nothing about time


@dataclass(frozen=True)
class Residuals:
    """Grey levels, mean abs difference, means over the same FG frames.

    here          at the truth
    other_place   in the right BG frame, the best of the places SHIFT px away in four directions
    changed_here, changed_other  at the truth's place, of those pixels that change from the right BG frames to the ones
                  just before and after: in the right frame, and in the better one of the others; NaN where none change
    """

    here: float
    other_place: float
    changed_here: float
    changed_other: float


def measure(case: Case, *, count: int = 16) -> Residuals:
    """At `count` FG frames that have a match, spread over FG."""
    matched = np.flatnonzero(case.truth.map >= 0)
    chosen = matched[np.linspace(0, len(matched) - 1, min(count, len(matched))).round().astype(int)]
    fg, bg = (np.array([frame[0] for frame in planes(path)]) for path in (case.fg, case.bg))
    low, high = interval(case)
    rows = []
    for i in chosen:
        right, place = sorted({int(low[i]), int(case.truth.map[i]), int(high[i])}), case.truth.at(i)
        others = [j for j in (right[0] - 1, right[-1] + 1) if 0 <= j < len(bg)]
        weight = uncovered(case, place, fg[i].shape, bg[0].shape)
        below, beside = ([warped(bg[j], place, fg[i].shape) for j in frames] for frames in (right, others))
        moves = SHIFT * np.array([(1, 0), (-1, 0), (0, 1), (0, -1)])
        shifted = [place + np.array([*move, 0, 0, 0]) for move in moves]
        away = [warped(bg[j], at, fg[i].shape) for j in right for at in shifted]
        here = min(residual(fg[i], picture, weight) for picture in below)
        rows.append(
            (here, min(residual(fg[i], picture, weight) for picture in away), *changes(fg[i], below, beside, weight))
        )
    columns = np.array(rows).T
    known = [column[np.isfinite(column)] for column in columns]
    return Residuals(*(float(column.mean()) if len(column) else np.nan for column in known))


def changes(fg: U8, below: list[F32], beside: list[F32], weight: F64) -> tuple[float, float]:
    """Residuals of the right BG frames and of those beside them, where these differ; NaN where too little does."""
    pairs = []
    for other in beside:
        moving = weight * np.min([np.abs(picture - other) > CHANGED for picture in below], axis=0)
        if moving.sum() >= FEW_CHANGED:
            here = min(difference(fg, picture, weight, moving) for picture in below)
            pairs.append((here, difference(fg, other, weight, moving)))
    return min(pairs, key=lambda pair: pair[1] - pair[0], default=(np.nan, np.nan))


def interval(case: Case) -> tuple[I64, I64]:
    """First and last right BG frame of each FG frame, equal pictures in a row included."""
    low, high = right_ends(case.truth)
    pictures = case.truth.pictures
    if pictures is None:
        return low, high
    edges = np.flatnonzero(np.diff(pictures)) + 1
    starts, ends = np.append(0, edges), np.append(edges, len(pictures)) - 1
    return starts[np.searchsorted(starts, low, side="right") - 1], ends[np.searchsorted(ends, high)]


def uncovered(case: Case, place: F64, shape: tuple[int, ...], canvas: tuple[int, ...]) -> F64:
    """Where FG shows BG's picture, f64 [height, width] 0 or 1: inside the canvas, not altered, not a bar."""
    shown = np.zeros(canvas, np.uint8)
    shown[2:-2, 2:-2] = 255
    if at := case.truth.covered:
        shown[at.y : at.y + at.height, at.x : at.x + at.width] = 0
    x, y, width, height = case.truth.content
    out = np.zeros(shape)
    out[y : y + height, x : x + width] = 1
    return np.asarray(out * (warped(shown, place, shape, cv2.INTER_LINEAR) > 254), np.float64)


def warped(bg: U8, place: F64, shape: tuple[int, ...], interpolation: int = cv2.INTER_CUBIC) -> F32:
    """BG's frame on FG's grid; blurred before where FG is smaller."""
    size = (shape[1], shape[0])
    shrink = max(place[2] / size[0], place[3] / size[1])
    source = bg.astype(np.float32)
    if shrink > 1.02:
        source = np.asarray(cv2.GaussianBlur(source, (0, 0), 0.45 * shrink), np.float32)
    flags = interpolation | cv2.WARP_INVERSE_MAP
    out = cv2.warpAffine(source, to_canvas(place, size), size, flags=flags, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(out, np.float32)


def residual(fg: U8, bg: F32, weight: F64) -> float:
    return difference(fg, bg, weight, weight)


def difference(fg: U8, bg: F32, fitted: F64, counted: F64) -> float:
    """Mean abs difference over the px `counted`, after a cubic curve from BG's levels to FG's over those `fitted`."""
    powers = np.stack([(bg.astype(np.float64) / 255) ** k for k in range(4)], axis=-1)
    terms = powers[fitted > 0]
    curve = np.linalg.solve(terms.T @ terms + 1e-3 * np.eye(4), terms.T @ fg[fitted > 0].astype(np.float64))
    return float(np.abs(powers[counted > 0] @ curve - fg[counted > 0]).mean())
