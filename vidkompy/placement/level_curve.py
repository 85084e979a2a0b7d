"""FG's grey levels mapped to BG's: HDR against SDR, or two grades, differ by a curve and not only in gain and offset.

The curve is measured on matched frames at their place: the median of BG for each level of FG, made monotone (Ayer et
al. 1955, doi:10.1214/aoms/1177728423), less the straight line that lies nearest. It is believed only where it explains
what the line does not. At a wrong place, or in other content, no curve does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np

from vidkompy.media.proxies import Proxies, evenly_spaced
from vidkompy.media.scratch_arrays import each_frame, note_use, scratch_array
from vidkompy.model import F32, F64, U8
from vidkompy.numerics.isotonic import isotonic
from vidkompy.parameters import tuned
from vidkompy.placement.boxes import reduced_box
from vidkompy.placement.registration import ProxyPair, Registration
from vidkompy.placement.transforms import visible_pixels
from vidkompy.placement.views import BlurredViews, strong_pixels
from vidkompy.records import Record

LEVELS = 256  # of 8 bits


class LevelCurveParameters(Record):
    """Tuned numbers of the curve, and when it is believed."""

    least_cost: float = tuned(
        0.0015,
        unit="1 - ZNCC below which levels are left as they are",
        raising="fewer curves are looked for",
        source="chosen by eye: half of where costs tell no more, see EvidenceParameters.ranking_cost_range",
    )
    most_residual: float = tuned(
        0.87,
        unit="mean absolute difference of BG from FG's mapped levels over that from its own, gain and offset taken off",
        raising="fainter curves are taken off, and logos may be taken for curves",
        source="HDR and SDR whose curve shows: 0.83 at most; 36 others at their place: 0.97 at least, logos too",
    )
    most_unexplained: float = tuned(
        0.2,
        unit="that difference over BG's mean absolute difference from its median",
        raising="curves are believed in worse fits, and in other content",
        source="as most_residual: 0.15 at most; at wrong places 0.25 at least",
    )
    pairs: int = tuned(8, unit="frame pairs", raising="steadier curves, at more cost", source="chosen by eye")
    pixels: int = tuned(20_000, unit="px of all pairs", raising="steadier curves, at more cost", source="chosen by eye")
    edge: int = tuned(
        2, unit="px of FG's small copy inside the content box", raising="fewer px count", source="chosen by eye"
    )
    strong_share: float = tuned(
        0.3,
        unit="share of FG's px, those with the strongest gradients",
        raising="plain grounds outweigh the levels of details",
        source="dark flat footage: of all px, noise hid the curve",
    )
    grid: int = tuned(
        4,
        unit="px of FG's small copy",
        raising="fewer of the other pixels are looked at",
        source="chosen by eye",
    )
    least_px: int = tuned(
        12,
        unit="px of a level of FG that says what it is in BG",
        raising="rare levels follow their neighbours",
        source="chosen by eye",
    )
    line_rounds: int = tuned(
        8, unit="rounds of reweighted least squares", raising="steadier lines, at more cost", source="chosen by eye"
    )
    smoothing: float = tuned(
        3.0, unit="grey levels, sigma", raising="steps of the curve are evened out more", source="chosen by eye"
    )


class LevelPairs(NamedTuple):
    """Grey levels of the same px of both clips: f32 [n] each."""

    fg: F32
    bg: F32


def match_levels(clips: ProxyPair, best: Registration, parameters: LevelCurveParameters) -> ProxyPair | None:
    """The clips with FG's levels mapped to BG's; None where there is no sign of a curve, or they are mapped already.

    best   where and when FG lies on BG
    """
    if clips.fg.levels is not None or best.plain_cost < parameters.least_cost:
        return None
    curve = level_curve(level_pairs(clips, best, parameters), parameters)
    return None if curve is None else clips._replace(fg=with_levels(clips.fg, curve))


def with_levels(clip: Proxies, levels: U8) -> Proxies:
    """The clip with other grey levels, u8 [256]: those of its present ones."""
    small = scratch_array(clip.small.shape)
    for frame, mapped in zip(each_frame(clip.small), each_frame(small), strict=True):
        mapped[:] = levels[frame]
    shape = next(iter(clip.large_frames.values()), small[0]).shape
    large = dict(zip(clip.large_frames, scratch_array((len(clip.large_frames), *shape)), strict=True))
    for i, frame in clip.large_frames.items():
        large[i][:] = levels[frame]
        note_use(frame)
        note_use(large[i])
    return replace(clip, small=small, large_frames=large, levels=levels)


def level_pairs(clips: ProxyPair, best: Registration, parameters: LevelCurveParameters) -> LevelPairs:
    """Of px of the small copies, spread over frames and picture."""
    fg, bg, box = clips
    pairs = [best.comparison_pairs[k] for k in evenly_spaced(len(best.comparison_pairs), parameters.pairs)]
    q = best.transform * np.array([fg.small_factor, fg.small_factor, 1, 1]) / bg.small_factor
    numbers = best.problem.gauss_newton
    bg_frames = [bg.small_copy(j) for _, j in pairs]
    views = BlurredViews([fg.small_copy(i) for i, _ in pairs], bg_frames, q[:2], numbers.blur, numbers.least_blur)
    compared = fg.compared(views.fg_shape, fg.small_factor, parameters.edge)
    content = reduced_box(box, fg.small_factor)
    is_compared = visible_pixels(q, views.fg_shape, views.bg_shape, content, parameters.edge, compared)
    is_telling = strong_pixels(views.fg, parameters.strong_share, parameters.grid, compared)
    rows, columns = np.nonzero(is_compared & is_telling)
    chosen = slice(None, None, max(1, len(rows) * len(pairs) // parameters.pixels))
    at = rows[chosen], columns[chosen]
    warped = views.warped(q, range(len(pairs)))
    return LevelPairs(
        np.concatenate([view[at] for view in views.fg]), np.concatenate([warped[n][at] for n in range(len(pairs))])
    )


def level_curve(matched: LevelPairs, parameters: LevelCurveParameters) -> U8 | None:
    """u8 [256]: FG's levels as a straight line takes them to BG's; None: they are so, or nothing tells."""
    levels, medians, weights = _medians(matched, parameters.least_px)
    if len(levels) < 3:
        return None
    monotone = isotonic(medians, weights)
    gain, offset = _line(levels, monotone, weights, parameters.line_rounds)
    if gain <= 0:
        return None
    deviation = np.interp(np.arange(LEVELS), levels, monotone - (gain * levels + offset)) / gain
    deviation = cv2.GaussianBlur(deviation[None], (0, 0), parameters.smoothing, borderType=cv2.BORDER_REPLICATE)[0]
    mapped = _within_range(np.maximum.accumulate(np.arange(LEVELS) + deviation), int(levels[0]), int(levels[-1]))
    if not _explains(matched, np.interp(matched.fg, np.arange(LEVELS), mapped), parameters):
        return None
    return np.asarray(mapped.round().clip(0, LEVELS - 1), np.uint8)


def _within_range(mapped: F64, first: int, last: int) -> F64:
    """The levels with `first` and `last` as they were: none between is cut off."""
    within: F64 = first + (mapped - mapped[first]) * ((last - first) / max(mapped[last] - mapped[first], 1e-9))
    return within


def _explains(matched: LevelPairs, mapped: F64, parameters: LevelCurveParameters) -> bool:
    """Whether FG's mapped levels explain BG's, and clearly better than its own do."""
    residual, own_residual = (_residual(fg, matched.bg, parameters.line_rounds) for fg in (mapped, matched.fg))
    spread = float(np.abs(matched.bg - np.median(matched.bg)).mean())
    return residual < parameters.most_residual * own_residual and residual < parameters.most_unexplained * spread


def _residual(fg: F64 | F32, bg: F32, rounds: int) -> float:
    """Mean absolute difference of BG from what a straight line makes of FG, levels of BG."""
    if np.ptp(fg) == 0:
        return float("inf")
    gain, offset = _line(fg, bg, np.ones(len(fg)), rounds)
    return float(np.abs(gain * fg + offset - bg).mean())


def _medians(matched: LevelPairs, least_px: int) -> tuple[F64, F64, F64]:
    """Levels of FG, ascending, the median of BG at each, and how many px tell it."""
    rounded = matched.fg.round().astype(np.int64)
    order = np.argsort(rounded, kind="stable")
    levels, first, counts = np.unique(rounded[order], return_index=True, return_counts=True)
    bg = matched.bg[order]
    is_known = counts >= least_px
    parts = zip(first[is_known].tolist(), counts[is_known].tolist(), strict=True)
    medians = np.array([float(np.median(bg[a : a + n])) for a, n in parts])
    return levels[is_known].astype(np.float64), medians, counts[is_known].astype(np.float64)


def _line(x: F64 | F32, y: F64 | F32, weights: F64, rounds: int) -> tuple[float, float]:
    """Gain and offset of the line with the least mean absolute difference."""
    gain, offset, w = 1.0, 0.0, weights
    for _ in range(rounds):
        mean_x, mean_y = np.average(x, weights=w), np.average(y, weights=w)
        gain = float(np.dot(w, (x - mean_x) * (y - mean_y)) / np.dot(w, (x - mean_x) ** 2))
        offset = float(mean_y - gain * mean_x)
        w = weights / np.maximum(np.abs(y - gain * x - offset), 0.5)
    return gain, offset
