"""Candidates by ORB keypoints: transforms that many matched keypoints of an FG and a BG frame agree on.

Keypoints are matched by mutual nearest neighbours and the ratio test, and the transform is found by RANSAC:
1. Each pair of matches (p, c), (p', c') fixes scale and shift without rotation: with dp = p - p', dc = c - c' the
   scale is (dp . dc) / |dp|^2, the shift takes the middle of p, p' to that of c, c'. Where the scale is known, each
   single match fixes the shift. Pairs that need a turn or a scale out of bounds are left out.
2. The hypothesis with most inliers is taken.
3. Least squares on its inliers gives scale = cov(p, c) / var(p) and shift = mean(c) - scale * mean(p); twice more on
   the inliers of that.
In a pan, frames of different times agree on wrong places: a candidate is where to start looking, not an answer.

Sources: ORB, Rublee et al. 2011, doi:10.1109/ICCV.2011.6126544. Ratio test, Lowe 2004,
doi:10.1023/B:VISI.0000029664.99615.94. RANSAC, Fischler & Bolles 1981, doi:10.1145/358669.358692; differs: two
matches instead of three, all pairs where there are few.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from vidkompy.model import F32, F64, I64, U8, Box, Mask
from vidkompy.numerics.fitting_kernels import consensus
from vidkompy.parameters import tuned, without_effect
from vidkompy.placement.boxes import reduced_box, whole_px
from vidkompy.placement.descriptor_matching import mutual_matches
from vidkompy.records import Record

DETERMINING_MATCHES = 2  # fewer leave the scale open


class OrbParameters(Record):
    ignored_margin_px: int = tuned(
        4,
        unit="px of the detection view around what is ignored of FG",
        raising="corners that an overlay's edge makes are left out, and more of the picture",
        source="chosen by eye: FAST looks 3 px far",
    )
    fast_threshold: int = tuned(
        7, unit="grey levels", raising="fewer corners in flat pictures become keypoints", source="chosen by eye"
    )
    ratio: float = tuned(
        0.85,
        unit="distance to the nearest descriptor over that to the next",
        raising="more matches, and more wrong ones",
        source="chosen by eye; Lowe 2004 has 0.8 for SIFT",
    )
    tolerance_px: float = tuned(
        2.5, unit="px of the detection view", raising="worse matches count as inliers", source="chosen by eye"
    )
    fewest_matches: int = tuned(
        5,
        unit="keypoints of either frame, matches, or inliers of a frame pair: fewer of any give no candidate",
        raising="frame pairs with little in common give no candidate",
        source="chosen by eye",
    )
    refits: int = tuned(
        3, unit="least-squares rounds", raising="inliers and transform agree better", source="chosen by eye"
    )
    hypotheses: int = tuned(
        500,
        unit="pairs of matches tried",
        raising="the best transform is missed less often, at more cost",
        source=without_effect("CPU on frames with many matches"),
    )
    shortest_baseline_px: int = tuned(
        15,
        unit="px of FG between two matches",
        raising="hypotheses have a more exact scale, and there are fewer",
        source=without_effect("matches that crowd together"),
    )
    turn: float = tuned(
        0.03,
        unit="radians",
        raising="pairs of matches that are turned are tried",
        source=without_effect("matches that are turned"),
    )
    turn_px: float = tuned(
        3,
        unit="px of turn over the length of a baseline",
        raising="short baselines may be turned further",
        source="chosen by eye",
    )
    pair_scale_slack: float = tuned(
        1.15,
        unit="factor that two matches may be out about the scale",
        raising="less exact pairs of matches are tried near the bounds",
        source=without_effect("narrow bounds of the scale"),
    )
    chance_inliers: int = tuned(
        4,
        unit="inliers that chance gives a wrong transform",
        raising="the number of inliers weighs more than their share",
        source="chosen by eye",
    )
    strong_inliers: int = tuned(12, unit="inliers", raising="fewer frame pairs count as strong", source="chosen by eye")
    strong_share: float = tuned(
        0.3, unit="inliers per match", raising="fewer frame pairs count as strong", source="chosen by eye"
    )
    enough_strong_pairs: int = tuned(
        6,
        unit="strong frame pairs after which more FG frames change nothing",
        raising="more FG frames are matched, at more cost",
        source="chosen by eye",
    )
    fewest_frames: int = tuned(
        3, unit="FG frames that are matched in any case", raising="costs more", source="chosen by eye"
    )
    hopeless_frames: int = tuned(
        4,
        unit="FG frames after which, if no pair agreed at all, none will",
        raising="unrelated clips cost more",
        source=without_effect("CPU on unrelated clips"),
    )


class KeypointCandidate(NamedTuple):
    """A transform from one FG and one BG frame.

    transform   f64 [4]   in the px that the keypoints have
    inliers     matches that agree with it
    share       of all matches
    weight      inliers above what chance gives, times their share: what candidates are ranked by (chosen by eye)
    pair        which of the FG and of the BG frames given it is from
    """

    transform: F64
    inliers: int
    share: float
    weight: float
    pair: tuple[int, int] = (0, 0)


class Keypoints(NamedTuple):
    at: F32  # [n, 2] frame px
    descriptors: U8 | None  # [n, 32]


def match_keypoints(
    fg: Iterable[Keypoints],
    bg: Sequence[Keypoints],
    tolerance: float,
    scales: tuple[float, float],
    parameters: OrbParameters = OrbParameters(),
) -> list[KeypointCandidate]:
    """Candidates of all pairs of frames, best first. Takes no more of `fg` than it needs.

    tolerance   inlier distance, canvas px
    scales      canvas px per FG px, lowest and highest; where they are equal a candidate is a shift
    """
    rng = np.random.default_rng(0)
    candidates: list[KeypointCandidate] = []
    for n, fg_keypoints in enumerate(fg):
        for m, bg_keypoints in enumerate(bg):
            candidate = _candidate(fg_keypoints, bg_keypoints, tolerance, scales, rng, parameters)
            if candidate is not None:
                candidates.append(candidate._replace(pair=(n, m)))
        if _is_enough(n + 1, candidates, parameters):
            break
    return sorted(candidates, key=lambda c: -c.weight)


def matched_positions(
    fg: Iterable[Keypoints], bg: Sequence[Keypoints], parameters: OrbParameters = OrbParameters()
) -> list[tuple[F32, F32]]:
    """f32 [n, 2] each: FG and BG positions of the matches of each pair of frames that has enough of them."""
    found = []
    for fg_keypoints in fg:
        for bg_keypoints in bg:
            fg_index, bg_index = _matches(fg_keypoints, bg_keypoints, parameters)
            if len(fg_index) >= parameters.fewest_matches:
                found.append((fg_keypoints.at[fg_index], bg_keypoints.at[bg_index]))
    return found


def any_agree(
    matches: Sequence[tuple[F32, F32]],
    tolerance: float,
    scales: tuple[float, float],
    parameters: OrbParameters = OrbParameters(),
) -> bool:
    """Whether the matches of any pair of frames give a candidate; arguments: see `match_keypoints`."""
    rng = np.random.default_rng(0)
    return any(_ransac(p, c, tolerance, scales, rng, parameters)[1] >= parameters.fewest_matches for p, c in matches)


def is_strong(candidate: KeypointCandidate, parameters: OrbParameters = OrbParameters()) -> bool:
    """Whether so many matches, and such a share of them, hardly agree by chance."""
    return candidate.inliers >= parameters.strong_inliers and candidate.share > parameters.strong_share


def detect_keypoints(
    image: U8,
    box: Box,
    factor: float,
    count: int,
    parameters: OrbParameters = OrbParameters(),
    compared: Mask | None = None,
) -> Keypoints:
    """At most `count` keypoints of `image`, a view of `factor` frame px per px, inside `box` (frame px).

    compared   bool [image]   where they may lie; None: anywhere
    """
    x0, y0, x1, y1 = whole_px(reduced_box(box, factor))
    orb = cv2.ORB_create(nfeatures=count, fastThreshold=parameters.fast_threshold)  # type: ignore[attr-defined]
    allowed = None if compared is None else np.where(compared[y0:y1, x0:x1], np.iinfo(np.uint8).max, 0).astype(np.uint8)
    points, descriptors = orb.detectAndCompute(np.ascontiguousarray(image[y0:y1, x0:x1]), allowed)
    at = np.array([p.pt for p in points], np.float32).reshape(-1, 2)
    corner = np.array([x0 + 0.5, y0 + 0.5], np.float32)
    return Keypoints((at + corner) * np.float32(factor), descriptors)


def _is_enough(frames: int, candidates: Sequence[KeypointCandidate], parameters: OrbParameters) -> bool:
    """Whether the candidates of so many FG frames settle that more frames will, or will not, find anything."""
    strong = sum(is_strong(c, parameters) for c in candidates)
    is_settled = frames >= parameters.fewest_frames and strong >= parameters.enough_strong_pairs
    is_hopeless = frames >= parameters.hopeless_frames and not candidates
    return is_settled or is_hopeless


def _candidate(
    fg: Keypoints,
    bg: Keypoints,
    tolerance: float,
    scales: tuple[float, float],
    rng: np.random.Generator,
    parameters: OrbParameters,
) -> KeypointCandidate | None:
    """The transform that most matches of two frames agree on; None if too few do."""
    fg_index, bg_index = _matches(fg, bg, parameters)
    matches = len(fg_index)
    if matches < parameters.fewest_matches:
        return None
    transform, inliers = _ransac(fg.at[fg_index], bg.at[bg_index], tolerance, scales, rng, parameters)
    if inliers < parameters.fewest_matches:
        return None
    share = inliers / matches
    return KeypointCandidate(transform, inliers, share, (inliers - parameters.chance_inliers) * share)


def _matches(fg: Keypoints, bg: Keypoints, parameters: OrbParameters) -> tuple[I64, I64]:
    """Indices of mutual nearest neighbours in Hamming distance that pass the ratio test."""
    is_sparse = min(len(fg.at), len(bg.at)) < parameters.fewest_matches
    if fg.descriptors is None or bg.descriptors is None or is_sparse:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return mutual_matches(fg.descriptors, bg.descriptors, parameters.ratio)


def _ransac(
    p: F32,
    c: F32,
    tolerance: float,
    scales: tuple[float, float],
    rng: np.random.Generator,
    parameters: OrbParameters,
) -> tuple[F64, int]:
    """Scale and shift with most inliers, and how many those are: 0 where nothing fits.

    p, c   f32 [n, 2]   FG and canvas positions of matches
    """
    nothing = np.array([1.0, 1.0, 0.0, 0.0]), 0
    is_scale_free = scales[0] < scales[1]
    scale, shift = _from_pairs(p, c, scales, rng, parameters) if is_scale_free else _from_singles(p, c, scales[0])
    if not len(scale):
        return nothing
    limits, found = np.array([tolerance, *scales, DETERMINING_MATCHES], np.float64), np.empty(3)
    inliers = consensus(p, c, scale, np.ascontiguousarray(shift), limits, parameters.refits, found)
    return (np.array([found[0], *found]), int(inliers)) if inliers else nothing


def _from_pairs(
    p: F32, c: F32, scales: tuple[float, float], rng: np.random.Generator, parameters: OrbParameters
) -> tuple[F64, F64]:
    """f64 [m], f64 [m, 2]: scale and shift of pairs of matches, of at most `hypotheses` pairs."""
    n = len(p)
    pairs = n * (n - 1) // 2
    few = pairs <= parameters.hypotheses
    i, j = _pair_at(np.arange(pairs) if few else rng.choice(pairs, parameters.hypotheses, replace=False), n)
    dp, dc = (p[i] - p[j]).astype(np.float64), (c[i] - c[j]).astype(np.float64)
    squared_length = (dp**2).sum(axis=1)
    scale = (dp * dc).sum(axis=1) / np.maximum(squared_length, 1e-9)
    turn = (dp[:, 0] * dc[:, 1] - dp[:, 1] * dc[:, 0]) / np.maximum(squared_length, 1e-9)  # sine, times the scale
    low, high = scales
    is_long = squared_length > parameters.shortest_baseline_px**2
    is_in_bounds = (scale > low / parameters.pair_scale_slack) & (scale < high * parameters.pair_scale_slack)
    most_turn = parameters.turn * np.abs(scale) + parameters.turn_px / np.sqrt(np.maximum(squared_length, 1))
    ok = is_long & is_in_bounds & (np.abs(turn) < most_turn)
    i, j, scale = i[ok], j[ok], np.clip(scale[ok], low, high)
    return scale, (c[i] + c[j] - scale[:, None] * (p[i] + p[j])) / 2


def _pair_at(k: I64, n: int) -> tuple[I64, I64]:
    """The kth of all pairs i < j of n, as np.triu_indices has them in order.

    >>> [of.tolist() for of in _pair_at(np.arange(6), 4)]
    [[0, 0, 0, 1, 1, 2], [1, 2, 3, 2, 3, 3]]
    """
    rows = np.arange(n - 1)
    firsts = rows * (2 * n - rows - 1) // 2  # the first pair of each i
    i = np.searchsorted(firsts, k, side="right") - 1
    return i, k - firsts[i] + i + 1


def _from_singles(p: F32, c: F32, scale: float) -> tuple[F64, F64]:
    """f64 [n], f64 [n, 2]: scale and shift of single matches where the scale is known."""
    return np.full(len(p), float(scale)), (c - scale * p).astype(np.float64)
