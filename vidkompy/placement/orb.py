"""ORB keypoints -> guesses of where FG sits. In a pan, frames of different times agree on wrong places."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vidkompy.model import F32, F64, I64, U8, Box

TOLERANCE = 2.5  # px of the detection view
NONE = 4  # FG frames after which, if no pair agreed at all, none will
SLACK = 1.15  # factor by which two keypoints may be out about the scale
ENOUGH = 6  # well-supported pairs after which looking at more FG frames changes nothing


class Guess(NamedTuple):
    """A transform in frame px, from one FG and one BG frame. share: inliers among the matched keypoints."""

    inliers: int
    share: float
    q: F64

    @property
    def weight(self) -> float:
        return (self.inliers - 4) * self.share


class Keypoints(NamedTuple):
    at: F32  # [n, 2] frame px
    descriptors: U8 | None


def guesses(
    fg: Iterable[Keypoints], bg: Sequence[Keypoints], tolerance: float, scales: tuple[float, float]
) -> list[Guess]:
    """Best first. Takes no more of `fg` than it needs.

    tolerance   inlier distance, canvas px
    scales      canvas px per FG px, lowest and highest; where they are equal a guess is a shift
    """
    rng = np.random.default_rng(0)
    found: list[Guess] = []
    for seen, f in enumerate(fg, start=1):
        for b in bg:
            a, c = _match(f, b)
            if len(a) < 5:
                continue
            q, inliers = _similarity(f.at[a], b.at[c], tolerance, scales, rng)
            if inliers >= 5:
                found.append(Guess(inliers, inliers / len(a), q))
        if seen >= 3 and sum(g.inliers >= 12 and g.share > 0.3 for g in found) >= ENOUGH:
            break
        if seen >= NONE and not found:
            break
    return sorted(found, key=lambda g: -g.weight)


def detect(image: U8, box: Box, factor: int, count: int) -> Keypoints:
    """Keypoints of `image`, a view of `factor` frame px per px, inside `box` (frame px)."""
    x0, y0, x1, y1 = (round(v / factor) for v in box)
    orb = cv2.ORB_create(nfeatures=count, fastThreshold=7)  # type: ignore[attr-defined]
    points, descriptors = orb.detectAndCompute(np.ascontiguousarray(image[y0:y1, x0:x1]), None)
    at = np.array([p.pt for p in points], np.float32).reshape(-1, 2)
    corner = np.array([x0 + 0.5, y0 + 0.5], np.float32)
    return Keypoints((at + corner) * np.float32(factor), descriptors)


def _match(f: Keypoints, b: Keypoints) -> tuple[I64, I64]:
    """Indices of mutual nearest neighbours in Hamming distance that pass the ratio test."""
    none = np.empty(0, np.int64)
    if f.descriptors is None or b.descriptors is None or len(f.at) < 5 or len(b.at) < 5:
        return none, none
    options = {"normType": cv2.NORM_HAMMING}
    distance, nearest = cv2.batchDistance(f.descriptors, b.descriptors, cv2.CV_32S, K=2, **options)  # type: ignore[call-overload]
    _, back = cv2.batchDistance(b.descriptors, f.descriptors, cv2.CV_32S, K=1, **options)  # type: ignore[call-overload]
    index = np.arange(len(f.at))
    ok = (back[nearest[:, 0], 0] == index) & (distance[:, 0] < 0.85 * distance[:, 1])
    return index[ok], nearest[ok, 0].astype(np.int64)


def _similarity(
    p: F32, c: F32, tolerance: float, scales: tuple[float, float], rng: np.random.Generator
) -> tuple[F64, int]:
    """Scale and shift (no rotation) with most inliers, by RANSAC over pairs of matches; least squares at the end.

    p, c   f32 [n, 2]   FG and canvas positions
    """
    nothing = np.array([1.0, 1.0, 0.0, 0.0]), 0
    scale, shift = _from_pairs(p, c, scales, rng) if scales[0] < scales[1] else _from_each(p, c, scales[0])
    if not len(scale):
        return nothing
    error2 = ((c[None] - scale[:, None, None] * p[None] - shift[:, None]) ** 2).sum(axis=2)
    inlier: NDArray[np.bool_] = (error2 < tolerance**2)[int((error2 < tolerance**2).sum(axis=1).argmax())]
    s, t = 1.0, np.zeros(2)
    for _ in range(3):
        if inlier.sum() < 3:
            return nothing
        mean_p, mean_c = p[inlier].mean(axis=0), c[inlier].mean(axis=0)
        s = float(((p[inlier] - mean_p) * (c[inlier] - mean_c)).sum() / (((p[inlier] - mean_p) ** 2).sum() + 1e-6))
        s = float(np.clip(s, *scales))
        t = mean_c - s * mean_p
        inlier = ((c - s * p - t) ** 2).sum(axis=1) < tolerance**2
    return np.array([s, s, t[0], t[1]]), int(inlier.sum())


def _from_pairs(p: F32, c: F32, scales: tuple[float, float], rng: np.random.Generator) -> tuple[F64, F64]:
    """f64 [m], f64 [m, 2]: scale and shift that two matches agree on, of at most 500 pairs of them."""
    i, j = np.triu_indices(len(p), 1)
    if len(i) > 500:
        pick = rng.choice(len(i), 500, replace=False)
        i, j = i[pick], j[pick]
    dp, dc = (p[i] - p[j]).astype(np.float64), (c[i] - c[j]).astype(np.float64)
    length2 = (dp**2).sum(axis=1)
    scale = (dp * dc).sum(axis=1) / np.maximum(length2, 1e-9)
    turn = (dp[:, 0] * dc[:, 1] - dp[:, 1] * dc[:, 0]) / np.maximum(length2, 1e-9)
    low, high = scales
    ok = (length2 > 15**2) & (scale > low / SLACK) & (scale < high * SLACK)
    ok &= np.abs(turn) < 0.03 * np.abs(scale) + 3 / np.sqrt(np.maximum(length2, 1))
    i, j, scale = i[ok], j[ok], np.clip(scale[ok], low, high)
    return scale, (c[i] + c[j] - scale[:, None] * (p[i] + p[j])) / 2


def _from_each(p: F32, c: F32, scale: float) -> tuple[F64, F64]:
    """The same from single matches where the scale is known."""
    return np.full(len(p), scale), (c - scale * p).astype(np.float64)
