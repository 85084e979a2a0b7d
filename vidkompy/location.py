"""Where and when a picture sits in BG: a still, or some frames of a clip, each located for itself.

A still matches only its own moment, so BG is first cut into stretches that look alike, and those whose keypoints agree
with the picture are handed to `placement`. Then every BG frame is compared at the placement, on small pictures; the
best of them are compared again on large ones, and the placement is measured anew on the frame found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from vidkompy.alignment.altered_mask import unaltered_mask
from vidkompy.alignment.crops import crop_features
from vidkompy.analysis import PlacementResult
from vidkompy.errors import NoMatch
from vidkompy.measuring import ProgressCallback, decode_proxies, report_progress, single_threaded_blas
from vidkompy.media.probe import probe
from vidkompy.media.proxies import Proxies, evenly_spaced, shrink_by_halving
from vidkompy.model import F32, I64, U8, Box, Clip, Placement
from vidkompy.numerics.correlation import unit_rows
from vidkompy.placement import search
from vidkompy.placement.candidates import SAMPLES
from vidkompy.placement.fine_fit import Close, settle
from vidkompy.placement.gauss_newton import ANISOTROPIC, F64, TRANSLATION, visible, warp
from vidkompy.placement.letterbox import Mask, content_box
from vidkompy.placement.search import LEAST, ScaleRange
from vidkompy.placement.shot_sampling import Promising, promising

COUNT = 8  # frames of a clip that are located
SIDE = 64  # px of the pictures on which all BG frames are compared
CLOSER = 36  # BG frames compared again on large proxies
STEPS = 8  # in time, to a neighbour whose own best placement fits better
FOUND = 0.7  # ZNCC below which a frame resembles no BG frame
EQUAL = 1.3  # times the best cost: the right frame cost no more in 107 of 108 stills (tuning kinds, crf 18..34)
ENLARGED_PX = 480  # long side up to which a thumbnail is enlarged
NOISE = 0.5  # squared grey levels; pixels that change no more than that over BG frames say little
ASTRAY = 0.1  # change of log size in a fit that has lost its way
SHOWN = 0.25  # share of the picture that then still lies on the canvas
MOST_LEAD = 100.0  # beyond which a lead says no more
# Logistic in log(lead), fitted on 105 stills of the tuning kinds, crf 18..34, a wrong placement counted as wrong;
# on 20 of the held-out kinds: 0.95 claimed, 0.95 right.
CONFIDENCE = 1.55, 0.48
BOUNDS = ScaleRange(1 / 16, 16.0)  # canvas px per picture px
BLUR = 1.0  # px of the large proxies: compression noise is finer than what moves


@dataclass(frozen=True)
class Sighting:
    """One frame of the picture, and the BG frame that shows the same.

    fg           frame index in the picture's file, 0 for a still
    bg           BG frame index; None: it resembles none, then `seconds` is None, lo = hi = 0
    seconds      BG time of that frame after BG's first one
    lo, hi       BG frames [lo, hi) around bg that cannot be told from it
    score        ZNCC, -1..1
    confidence   calibrated probability that the right BG frame is in [lo, hi)
    """

    fg: int
    bg: int | None
    seconds: float | None
    lo: int
    hi: int
    score: float
    confidence: float


@dataclass(frozen=True, eq=False)
class Located:
    picture: Clip
    bg: Clip
    placement: Placement
    sightings: tuple[Sighting, ...]


def locate(
    bg_path: Path,
    picture_path: Path,
    count: int = COUNT,
    bounds: ScaleRange = BOUNDS,
    least: float = LEAST,
    report: ProgressCallback | None = None,
) -> Located:
    """Where and when; `count`: at most so many frames of a clip, evenly spaced. Raises MediaError, NoMatch.

    bounds   canvas px per picture px that are looked for
    least    confidence of the placement below which the answer is none
    """
    with single_threaded_blas():
        report_progress(report, "reading", 0, 2)
        bg_clip, clip = probe(bg_path), probe(picture_path)
        report_progress(report, "reading", 2, 2)
        picture = decode_proxies(clip, "picture", report)
        bg = decode_proxies(bg_clip, "background", report)
        placed = place(picture, bg, bounds, least, report)
        report_progress(report, "locating", 0, 1)
        found = sighted(picture, bg, placed, evenly_spaced(clip.frames, count))
        report_progress(report, "locating", 1, 1)
    return found


def as_json(located: Located) -> dict[str, object]:
    """Plain values. Keys: picture, background (paths); placement: x, y, width, height (canvas px), score, confidence;
    frames: those of Sighting, [lo, hi) as `alike`."""
    where = located.placement
    return {
        "picture": str(located.picture.path),
        "background": str(located.bg.path),
        "placement": {k: getattr(where, k) for k in ("x", "y", "width", "height", "score", "confidence")},
        "frames": [
            {
                "picture": s.fg,
                "background": s.bg,
                "seconds": s.seconds,
                "alike": [s.lo, s.hi],
                "score": s.score,
                "confidence": s.confidence,
            }
            for s in located.sightings
        ],
    }


def place(
    picture: Proxies,
    bg: Proxies,
    bounds: ScaleRange = BOUNDS,
    least: float = LEAST,
    report: ProgressCallback | None = None,
) -> PlacementResult:
    """The placement; of a still in the stretches of BG that promise most. Raises NoMatch."""
    box = content_box(picture)
    kept, scale, starts = _whole(bg)
    if picture.clip.frames == 1:  # a clip is found by how it moves, and in all of BG
        kept, scale, starts = promising(picture, bg, box, (bounds.low, bounds.high))
    shown, unit = _near_size(picture, scale or 1.0)
    inside: Box = (box[0] * unit, box[1] * unit, box[2] * unit, box[3] * unit)
    limits = replace(bounds, low=bounds.low / unit, high=bounds.high / unit)
    if not bounds.is_fixed:
        usual = ScaleRange()
        limits = replace(bounds, low=max(limits.low, usual.low), high=min(limits.high, usual.high))
    told = partial(report_progress, report, "placing")
    where, pairs = search.find_placement(shown, _part(bg, kept), inside, limits, least, search.CHECK, told=told)
    pairs = [(i, int(kept[j])) for i, j in pairs]
    q = _transform(where, shown.clip)
    if picture.clip.frames == 1:
        freedom = TRANSLATION if bounds.is_fixed else ANISOTROPIC
        tried = [(pairs[0][1], q), *((j, there / [unit, unit, 1.0, 1.0]) for j, there in starts)]
        j, q = _in_time(shown, bg, inside, tried, freedom)
        pairs = [(0, j)]
    width, height = float(q[0] * unit * picture.clip.width), float(q[1] * unit * picture.clip.height)
    return PlacementResult(box, replace(where, x=float(q[2]), y=float(q[3]), width=width, height=height), pairs)


def sighted(picture: Proxies, bg: Proxies, placed: PlacementResult, frames: Sequence[int]) -> Located:
    """Each of `frames` for itself: no order in time is assumed. Raises NoMatch if none resembles a BG frame."""
    ours, theirs = crop_features(picture, bg, placed.placement, placed.box, SIDE)
    mask = unaltered_mask(ours, theirs, placed.pairs)
    scores = _scores(ours.luma[list(frames)], theirs.luma, mask)
    if scores.max() < FOUND:
        raise NoMatch(
            f"'{picture.clip.path}' was not found in '{bg.clip.path}': its best frame scores {scores.max():.2f} at the "
            f"best placement; wanted {FOUND}; check that both show the same content"
        )
    q = _transform(placed.placement, picture.clip)
    sightings = []
    for i, score in zip(frames, scores, strict=True):
        if score.max() < FOUND:
            sightings.append(Sighting(i, None, None, 0, 0, round(float(score.max()), 4), 0.0))
            continue
        looked = np.sort(np.argsort(-score)[:CLOSER])
        views = _views(picture, bg, q, placed.box, i, looked.tolist())
        moment = _moment(score, looked, _costs(views, _enlarged(mask, placed.box, picture, views)))
        sightings.append(_sighting(i, bg.clip, score, moment))
    return Located(picture.clip, bg.clip, placed.placement, tuple(sightings))


class Moment(NamedTuple):
    """BG frame, those around it [lo, hi) that fit as well, its cost, and the best other's cost over its own."""

    bg: int
    lo: int
    hi: int
    cost: float
    lead: float


def _moment(score: F32, looked: I64, costs: F64) -> Moment:
    """score f32 [n_bg] on small pictures; looked i64, costs f64: frames looked at again, and what they cost there."""
    best = int(looked[costs.argmin()])
    coarse = np.maximum(1 - score.astype(np.float64), 1e-4)
    times = coarse / coarse[best]
    times[looked] = np.maximum(costs, 1e-6) / max(float(costs.min()), 1e-6)
    other = np.flatnonzero(times > EQUAL)
    lo = int(other[other < best].max(initial=-1)) + 1
    hi = int(other[other > best].min(initial=len(score)))
    outside = np.concatenate([times[:lo], times[hi:]])
    return Moment(best, lo, hi, float(costs.min()), float(outside.min(initial=MOST_LEAD)))


def _sighting(i: int, bg: Clip, score: F32, moment: Moment) -> Sighting:
    j = moment.bg
    confidence = 1 / (1 + np.exp(-(CONFIDENCE[0] + CONFIDENCE[1] * np.log(np.clip(moment.lead, 1 / EQUAL, MOST_LEAD)))))
    shown = round(float(score[j]), 4)
    return Sighting(i, j, bg.seconds(j), moment.lo, moment.hi, shown, round(float(confidence), 4))


def _in_time(
    picture: Proxies, bg: Proxies, box: Box, starts: Sequence[tuple[int, F64]], freedom: F64
) -> tuple[int, F64]:
    """The BG frame that fits best, and the placement measured on it alone; from the best of the starts on.

    Under a pan or a scroll each frame has its own place: neighbours are compared at their own.
    """

    def settled(near: int, start: F64) -> tuple[float, int, F64]:
        there = settle(Close(picture, bg, box, start, [(0, near)]), box, freedom)
        views = _views(picture, bg, there, box, 0, [near])
        is_sane = np.abs(np.log(np.abs(there[:2] / start[:2]))).max() < ASTRAY and views.mask.mean() > SHOWN
        return float(_costs(views, views.mask)[0]) if is_sane else np.inf, near, there

    best = min((settled(j, q) for j, q in starts), key=lambda s: s[0])
    for way in (-1, 1):
        for _ in range(STEPS):
            near = best[1] + way
            if not 0 <= near < bg.clip.frames or (other := settled(near, best[2]))[0] >= best[0]:
                break
            best = other
    return best[1], best[2]


def _whole(bg: Proxies) -> Promising:
    return Promising(np.arange(bg.clip.frames), None)


def _transform(where: Placement, clip: Clip) -> F64:
    return np.array([where.width / clip.width, where.height / clip.height, where.x, where.y])


def _near_size(picture: Proxies, scale: float) -> tuple[Proxies, float]:
    """The picture enlarged or reduced by a power of two to about its size on the canvas, and its px per picture px."""
    unit = 1.0
    while picture.clip.frames == 1 and scale / unit > 2 and max(picture.clip.width, picture.clip.height) < ENLARGED_PX:
        picture, unit = _doubled(picture), 2 * unit
    while scale / unit < 0.4 and picture.large_factor > 1:
        picture, unit = _halved(picture), unit / 2
    return picture, unit


def _doubled(picture: Proxies) -> Proxies:
    clip = replace(picture.clip, width=2 * picture.clip.width, height=2 * picture.clip.height)
    return replace(
        picture, clip=clip, small=_twice(picture.small[0])[None], large_frames={0: _twice(picture.large_frames[0])}
    )


def _twice(view: U8) -> U8:
    return np.asarray(cv2.resize(view, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC), np.uint8)


def _halved(picture: Proxies) -> Proxies:
    """The same copies, of a picture said to be half as large."""
    clip = replace(picture.clip, width=picture.clip.width // 2, height=picture.clip.height // 2)
    return replace(picture, clip=clip, small_factor=picture.small_factor // 2, large_factor=picture.large_factor // 2)


def _part(bg: Proxies, kept: I64) -> Proxies:
    """BG as if it had these frames only."""
    at = {int(j): n for n, j in enumerate(kept)}
    held = {at[j]: f for j, f in bg.large_frames.items() if j in at}
    if len(held) < SAMPLES:
        wanted = [n for n in evenly_spaced(len(kept), SAMPLES) if n not in held]
        held |= dict(zip(wanted, bg.large([int(kept[n]) for n in wanted]), strict=True))
    return replace(bg, clip=replace(bg.clip, pts=bg.clip.pts[kept]), small=bg.small[kept], large_frames=held)


def _scores(ours: U8, theirs: U8, mask: Mask) -> F32:
    """f32 [n_ours, n_theirs]: ZNCC inside the mask; BG in blocks, as floats take four times the memory."""
    rows = unit_rows(ours[:, mask])
    blocks = [rows @ unit_rows(theirs[at : at + 1000][:, mask]).T for at in range(0, len(theirs), 1000)]
    return np.concatenate(blocks, axis=1)


@dataclass(frozen=True, eq=False)
class Views:
    """fg f32 [h, w], bg f32 [n, h, w]: the picture and BG frames at its place, on one grid; mask bool [h, w]."""

    fg: F32
    bg: F32
    mask: Mask


def _views(picture: Proxies, bg: Proxies, q: F64, box: Box, i: int, frames: Sequence[int]) -> Views:
    fg_factor, bg_factor = picture.large_factor, bg.large_factor
    while q[0] * fg_factor / bg_factor < 0.75:
        fg_factor *= 2
    while q[0] * fg_factor / (2 * bg_factor) >= 0.75:
        bg_factor *= 2
    ours = shrink_by_halving(picture.large([i])[0], fg_factor // picture.large_factor)
    seen = [shrink_by_halving(b, bg_factor // bg.large_factor) for b in bg.large(frames)]
    there = q * np.array([fg_factor / bg_factor] * 2 + [1 / bg_factor] * 2)
    inside = (box[0] / fg_factor, box[1] / fg_factor, box[2] / fg_factor, box[3] / fg_factor)
    mask = visible(there, ours.shape, seen[0].shape, inside, 1)
    return Views(ours.astype(np.float32), np.stack([warp(b, there, ours.shape) for b in seen]), mask)


def _costs(views: Views, mask: Mask) -> F64:
    """f64 [n]: 1 - squared ZNCC of the picture with each BG frame, on the pixels that change over those frames."""
    ours = cv2.GaussianBlur(views.fg, (0, 0), BLUR)[mask]
    theirs = np.stack([cv2.GaussianBlur(b, (0, 0), BLUR)[mask] for b in views.bg])
    change = theirs.var(axis=0)
    weight = change / (change + np.median(change) + NOISE) + 1e-3
    weight /= weight.sum()
    ours -= ours @ weight
    theirs -= (theirs @ weight)[:, None]
    both, own = theirs @ (weight * ours), (theirs**2) @ weight * ((ours**2) @ weight)
    costs: F64 = 1 - both * np.abs(both) / np.maximum(own, 1e-9)
    return costs


def _enlarged(mask: Mask, box: Box, picture: Proxies, views: Views) -> Mask:
    """A mask over the content box, on the grid of the views."""
    height, width = views.mask.shape
    x = (np.arange(width) + 0.5) * picture.clip.width / width
    y = (np.arange(height) + 0.5) * picture.clip.height / height
    cx = np.clip((x - box[0]) / (box[2] - box[0]) * mask.shape[1], 0, mask.shape[1] - 1).astype(int)
    cy = np.clip((y - box[1]) / (box[3] - box[1]) * mask.shape[0], 0, mask.shape[0] - 1).astype(int)
    both: Mask = views.mask & mask[cy[:, None], cx[None, :]]
    return both
