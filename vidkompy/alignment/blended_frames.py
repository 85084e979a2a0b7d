"""FG frames that lie between two BG frames: blends of both, or pictures interpolated along the motion.

A converter of frame rates makes them. Each FG frame is explained as g * (B[k] + t * (B[k + 1] - B[k])): t is 0 or 1
where it shows one BG frame, and what is left is clearly less than for either alone where it does not. The times k + t
lie on a straight line, which decides where a frame by itself says little; each FG frame then belongs to the nearest BG
frame.
"""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.relation_parameters import BlendParameters
from vidkompy.media.proxies import evenly_spaced
from vidkompy.media.scratch_arrays import taken
from vidkompy.model import F64, I64, UNMATCHED, FrameMap, Mask
from vidkompy.records import Record

BLENDED, INTERPOLATED = "blends of BG's", "interpolated between BG's"  # what FG's frames are; "": BG's own
FRAMES_AT_ONCE = 64  # whose rows are in memory


class MatchedFrames(NamedTuple):
    """The map, and how FG's frames were made from BG's.

    kind         BLENDED or INTERPOLATED; "" where they are BG's own
    is_between   bool [n_fg]: frames that show no BG frame, as they lie between two
    """

    frame_map: FrameMap
    kind: str
    is_between: Mask


class _Fit(NamedTuple):
    """f64 [n] each: mean square that is left; time k + t, BG frames; mean squared change of BG from k to k + 1."""

    residual: F64
    time: F64
    motion: F64


class _Times(Record, eq=False):
    """time, residual, motion: as in `_Fit`; gain: residual of the best single BG frame over that. f64 [n_fg]."""

    time: F64
    residual: F64
    motion: F64
    gain: F64


def nearest_of_blends(frame_map: FrameMap, fg: Features, bg: Features, search: SearchOptions) -> MatchedFrames:
    """The map with the nearest BG frame of every FG frame that lies between two; as it is where none does.

    Pinned frames keep theirs.
    """
    own = MatchedFrames(frame_map, "", np.zeros(len(frame_map.bg), np.bool_))
    parameters = search.parameters.relations.blends
    matched = np.flatnonzero(frame_map.bg != UNMATCHED)
    if len(bg) < 2 or len(matched) < parameters.least_frames:
        return own
    sample = matched[evenly_spaced(len(matched), parameters.sample)]
    for frames in (sample, matched) if len(sample) < len(matched) else (matched,):
        times = _measure_times(frame_map.bg, frames, fg, bg)
        is_moving = times.motion > parameters.motion_ratio * np.nanquantile(times.residual, parameters.noise_quantile)
        share = np.abs(times.time % 1 - 0.5) < 0.5 - parameters.between
        is_between = is_moving & share & (times.gain > parameters.least_gain)
        if is_moving.sum() < parameters.least_frames or is_between[is_moving].mean() < parameters.least_share:
            return own
    line = _line_through(times.time, is_moving, parameters)
    is_on_line = np.abs(times.time - line) < parameters.line_tolerance
    if is_on_line[is_moving].mean() < parameters.least_on_line:
        return own
    kind = _kind(times, line, is_moving, is_between & is_on_line, parameters)
    nearest = _with_nearest(frame_map, line, matched, len(bg), [i for i, _ in search.pins], parameters)
    is_own = np.abs(line - np.rint(line)) <= parameters.between  # of NaN False
    return MatchedFrames(nearest, kind, (frame_map.bg != UNMATCHED) & ~is_own)


def _measure_times(bg_of_fg: I64, frames: I64, fg: Features, bg: Features) -> _Times:
    """Of these FG frames; NaN for the others. Rows are made block by block: those of all frames would fill memory."""
    out, last = np.full((4, len(bg_of_fg)), np.nan), len(bg) - 1
    for first in range(0, len(frames), FRAMES_AT_ONCE):
        at = frames[first : first + FRAMES_AT_ONCE]
        j, own = bg_of_fg[at], _centred(fg, at)
        before, here, after = (_centred(bg, np.clip(j + step, 0, last)) for step in (-1, 0, 1))
        earlier, later = _fit(own, before, here, j - 1), _fit(own, here, after, j)
        is_earlier = (j > 0) & ((j == last) | (earlier.residual <= later.residual))
        residual, time, motion = (np.where(is_earlier, a, b) for a, b in zip(earlier, later, strict=True))
        single = np.minimum.reduce([_residual(own, picture) for picture in (before, here, after)])
        out[:, at] = time, residual, motion, single / np.maximum(residual, 1e-6)
    return _Times(*out)


def _centred(clip: Features, frames: I64) -> F64:
    """f64 [frames, cells of the mask]: luma around each frame's mean."""
    rows: F64 = taken(clip.luma, frames)[:, clip.mask].astype(np.float64)
    rows -= rows.mean(axis=1, keepdims=True)
    return rows


def _fit(own: F64, before: F64, after: F64, k: I64) -> _Fit:
    """Least squares of each row in the picture before and the change since: gain, and gain times share."""
    change = after - before
    bb, bc, cc, bf, cf = (
        _products(*pair)
        for pair in ((before, before), (before, change), (change, change), (before, own), (change, own))
    )
    bb, cc = bb + 1e-5, cc + 1e-5
    gain, gain_times_share = bf * cc - cf * bc, cf * bb - bf * bc  # times the determinant, which is above 0
    share = np.where(gain > 0, np.clip(gain_times_share / np.where(gain > 0, gain, 1), 0, 1), 0)
    time = np.asarray(k + share, np.float64)
    return _Fit(_residual(own, before + share[:, None] * change), time, (change**2).mean(axis=1))


def _residual(own: F64, picture: F64) -> F64:
    """f64 [n]: mean square of what a gain leaves of each row."""
    gain = _products(picture, own) / np.maximum(_products(picture, picture), 1e-6)
    left: F64 = ((own - gain[:, None] * picture) ** 2).mean(axis=1)
    return left


def _products(a: F64, b: F64) -> F64:
    return np.asarray(np.einsum("np,np->n", a, b), np.float64)


def _line_through(time: F64, is_moving: Mask, parameters: BlendParameters) -> F64:
    """f64 [n_fg]: the times that FG's steady clock gives, from the moving frames around each; NaN where there are few.

    The speed is that of all of FG, the median of the times over a second or so; where FG leaves out scenes, the line
    steps.
    """
    frames = np.flatnonzero(is_moving)
    lag = min(parameters.half_window, len(time) - 1)
    speed = float(np.nanmedian(time[lag:] - time[:-lag])) / lag
    ahead = time - speed * np.arange(len(time))
    line = np.full(len(time), np.nan)
    for i in range(len(time)):
        around = frames[np.searchsorted(frames, i - lag) : np.searchsorted(frames, i + lag, "right")]
        if len(around) >= parameters.least_around:
            line[i] = np.median(ahead[around]) + speed * i
    return line


def _kind(times: _Times, line: F64, is_moving: Mask, is_between: Mask, parameters: BlendParameters) -> str:
    """Blends have the share of the line, and leave as little as BG's own frames.

    Interpolated motion seems nearer to the nearer frame than it is, and no blend explains it well.
    """
    found, wanted = (np.abs(time % 1 - 0.5) for time in (times.time, line))
    usable = is_between & (np.abs(wanted - parameters.compared_share) < parameters.compared_share / 2)
    if not usable.any():
        return BLENDED
    excess = np.median((found - wanted)[usable])
    others = is_moving & ~is_between
    residual_ratio = np.median(times.residual[usable]) / np.median(times.residual[others]) if others.any() else 1.0
    is_interpolated = excess > parameters.interpolated_excess or residual_ratio > parameters.interpolated_residual
    return INTERPOLATED if is_interpolated else BLENDED


def _with_nearest(
    frame_map: FrameMap, line: F64, matched: I64, n_bg: int, pinned: list[int], parameters: BlendParameters
) -> FrameMap:
    frames = np.setdiff1d(matched[~np.isnan(line[matched])], pinned)
    nearest = np.clip(np.floor(line[frames] + 0.5), 0, n_bg - 1).astype(np.int64)
    frames, nearest = (values[np.abs(nearest - frame_map.bg[frames]) <= 1] for values in (frames, nearest))
    bg = frame_map.bg.copy()
    bg[frames] = nearest
    low, high, confidence = frame_map.low, frame_map.high, frame_map.confidence
    if low is not None and high is not None:
        low, high = low.copy(), high.copy()
        low[frames], high[frames] = np.minimum(low[frames], nearest), np.maximum(high[frames], nearest + 1)
    if confidence is not None:
        confidence = confidence.copy()
        confidence[frames] = np.maximum(confidence[frames], np.float32(parameters.confidence))
        unknown = np.setdiff1d(matched[np.isnan(line[matched])], pinned)
        confidence[unknown] = np.minimum(confidence[unknown], np.float32(parameters.unknown_confidence))
    return replace(frame_map, bg=bg, low=low, high=high, confidence=confidence)
