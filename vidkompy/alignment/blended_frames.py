"""FG frames that lie between two BG frames: blends of both, or pictures interpolated along the motion.

A converter of frame rates makes them. Each FG frame is explained as g * (B[k] + t * (B[k + 1] - B[k])): t is 0 or 1
where it shows one BG frame, and what is left is clearly less than for either alone where it does not. The times k + t
lie on a straight line, which decides where a frame by itself says little; each FG frame then belongs to the nearest BG
frame.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from vidkompy.alignment.crops import Features
from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.alignment.relation_parameters import BlendParameters
from vidkompy.media.proxies import evenly_spaced
from vidkompy.model import F32, F64, I64, UNMATCHED, FrameMap, Mask

BLENDED, INTERPOLATED = "blends of BG's", "interpolated between BG's"  # what FG's frames are; "": BG's own


class MatchedFrames(NamedTuple):
    """The map, and how FG's frames were made from BG's.

    kind         BLENDED or INTERPOLATED; "" where they are BG's own
    is_between   bool [n_fg]: frames that show no BG frame, as they lie between two
    """

    frame_map: FrameMap
    kind: str
    is_between: Mask


class _Fit(NamedTuple):
    """time: k + t, BG frames; residual: mean square that is left; motion: mean squared change of BG from k to k + 1."""

    residual: float
    time: float
    motion: float


@dataclass(frozen=True, eq=False)
class _Times:
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
    """Of these FG frames; NaN for the others. Rows are made frame by frame: those of all frames would fill memory."""
    out = np.full((4, len(bg_of_fg)), np.nan)
    for i in frames:
        j, row = int(bg_of_fg[i]), _centred(fg, int(i))
        bg_rows = {k: _centred(bg, k) for k in range(max(j - 1, 0), min(j + 2, len(bg)))}
        fits = [_fit(row, bg_rows[k], bg_rows[k + 1], k) for k in (j - 1, j) if k in bg_rows and k + 1 in bg_rows]
        single = min(_residual(row, bg_row) for bg_row in bg_rows.values())
        residual, time, motion = min(fits)
        out[:, i] = time, residual, motion, single / max(residual, 1e-6)
    return _Times(*out)


def _centred(clip: Features, i: int) -> F32:
    row = clip.luma[i][clip.mask].astype(np.float32)
    centred: F32 = row - row.mean()
    return centred


def _fit(frame: F32, before: F32, after: F32, k: int) -> _Fit:
    change = after - before
    basis = np.stack([before, change], axis=1)
    gain, gain_times_share = np.linalg.solve(basis.T @ basis + 1e-5 * np.eye(2), basis.T @ frame)
    share = float(np.clip(gain_times_share / gain, 0, 1)) if gain > 0 else 0.0
    return _Fit(_residual(frame, before + share * change), k + share, float((change**2).mean()))


def _residual(frame: F32, picture: F32) -> float:
    """Mean square of what a gain leaves of the frame."""
    gain = (picture @ frame) / max(float(picture @ picture), 1e-6)
    return float(((frame - gain * picture) ** 2).mean())


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
