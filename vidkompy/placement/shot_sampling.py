"""Shots: BG -> the few stretches of it that a picture may come from.

A still matches only its own moment, and evenly spaced samples of a long BG miss that. So BG is cut where its look
changes, and the keypoints of each shot's middle frame are matched with the picture's. For a still, single frames of
the best shots are matched as well: a pan shows one thing in many frames, each time elsewhere, and all but the right
one have the things at other depths displaced.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

import cv2
import numpy as np

from vidkompy.media.ignored_area import compared_cells
from vidkompy.media.proxies import Proxies
from vidkompy.media.scratch_arrays import FRAMES_OF_FLOATS, each_frame
from vidkompy.model import F32, F64, I64, U8, Box
from vidkompy.numerics.correlation import unit_rows
from vidkompy.parameters import tuned
from vidkompy.placement.boxes import scaled_box, view_size
from vidkompy.placement.orb import KeypointCandidate, Keypoints, OrbParameters, detect_keypoints, match_keypoints
from vidkompy.placement.transforms import visible_pixels, warp
from vidkompy.placement.views import resized
from vidkompy.records import Record


class ShotSamplingParameters(Record):
    thumbnail_px: int = tuned(
        24, unit="px, long side", raising="smaller changes of BG's look end a shot", source="chosen by eye"
    )
    least_correlations: tuple[float, ...] = tuned(
        (0.9, 0.8, 0.6, 0.3),
        unit="correlation with a shot's first frame; the first that gives no more shots than wanted",
        raising="shots are shorter, and there are more",
        source="chosen by eye",
    )
    most_shots: int = tuned(
        1500,
        unit="shots, for a still",
        raising="the right shot is missed less often, at more cost",
        source="chosen by eye",
    )
    shots_per_length: int = tuned(
        3,
        unit="shots while a clip of FG's length lasts",
        raising="the right shot is missed less often, at more cost",
        source="chosen by eye",
    )
    fewest_shots: int = tuned(
        36,
        unit="shots, for a clip",
        raising="short BGs are looked at more closely, at more cost",
        source="chosen by eye",
    )
    most_kept: int = tuned(
        12, unit="shots or candidates that are kept", raising="more are tried, at more cost", source="chosen by eye"
    )
    clip_frames: int = tuned(
        3,
        unit="frames of a clip that choose the shots",
        raising="more shots are found, at more cost",
        source="chosen by eye",
    )
    still_frames: int = tuned(
        96,
        unit="single frames of the best shots that a still is matched with",
        raising="the right frame is nearer, at more cost",
        source="chosen by eye",
    )
    most_alike_frames: int = tuned(
        6,
        unit="of those frames whose surroundings are kept",
        raising="more of BG is searched for a still",
        source="chosen by eye",
    )
    surrounding_frames: int = tuned(
        8,
        unit="BG frames either side",
        raising="more of BG is searched for a still, and those frames lie further apart",
        source="chosen by eye",
    )
    reliable_inliers: int = tuned(
        8,
        unit="inliers from which a candidate says how large BG shows the picture",
        raising="the scale is unknown more often",
        source="chosen by eye",
    )
    view_px: int = tuned(
        480,
        unit="px, long side of BG's view",
        raising="smaller details become keypoints, at more cost",
        source="chosen by eye",
    )
    smallest_view_px: int = tuned(
        240, unit="px, long side of the picture's view", raising="thumbnails are enlarged more", source="chosen by eye"
    )
    keypoints: int = tuned(
        500, unit="keypoints of a view", raising="more matches, at more cost", source="chosen by eye"
    )
    blur_px: float = tuned(
        1.5,
        unit="px of a view, sigma",
        raising="candidates that are further out still look alike",
        source="a candidate is no better than a pixel or so; chosen by eye",
    )


class ShotSelection(NamedTuple):
    """BG frames to search.

    frames       i64   ascending; all of BG where no keypoints agree
    scale        canvas px per picture px; None if unknown
    candidates   BG frames most like the picture, best first, each with the transform its keypoints give, in frame px
    """

    frames: I64
    scale: float | None
    candidates: tuple[tuple[int, F64], ...] = ()


class _View(NamedTuple):
    """One frame of the picture, its content box and keypoints, all in view px."""

    luma: U8
    box: Box
    keypoints: Keypoints


class _Query(Record, eq=False):
    """The picture that BG frames are matched with.

    views              of its frames
    view_per_picture   view px per frame px of the picture, along x
    stretch            the same along y, over it
    view_per_canvas    view px per canvas px, of BG's views
    scales             view px of BG per view px of the picture, lowest and highest
    """

    views: list[_View]
    view_per_picture: float
    stretch: float
    bg: Proxies
    view_per_canvas: float
    scales: tuple[float, float]
    orb: OrbParameters
    parameters: ShotSamplingParameters

    @property
    def to_frame_px(self) -> F64:
        """f64 [4]: what a transform in view px is multiplied with to be one in frame px."""
        per_x = self.view_per_picture
        return np.array([per_x, per_x * self.stretch, 1.0, 1.0]) / self.view_per_canvas


def select_shots(
    picture: Proxies,
    bg: Proxies,
    box: Box,
    scales: tuple[float, float],
    orb: OrbParameters = OrbParameters(),
    parameters: ShotSamplingParameters = ShotSamplingParameters(),
) -> ShotSelection:
    """Where in BG to look for the content `box` of a still; scales: canvas px per picture px, lowest, highest."""
    query = _query(picture, [0], bg, box, scales, orb, parameters)
    shot_of = {(first + end) // 2: (first, end) for first, end in _shots(bg, parameters.most_shots, parameters)}
    candidates = [(c, j) for j in shot_of for c in _candidates_at(query, j, query.views)]
    candidates = sorted(candidates, key=lambda c: -c[0].weight)[: parameters.most_kept]
    if not candidates:
        return ShotSelection(np.arange(bg.clip.frames), None)
    best = candidates[0][0]
    is_reliable = best.inliers >= parameters.reliable_inliers
    scale = float(best.transform[0]) * query.view_per_picture / query.view_per_canvas if is_reliable else None
    frames = np.concatenate([np.arange(*shot_of[j]) for j in sorted(j for _, j in candidates)])
    spacing = -(-len(frames) // parameters.still_frames)
    most_alike = _most_alike(query, frames[::spacing].tolist())
    near = _frames_around([j for j, _ in most_alike], max(parameters.surrounding_frames, spacing), bg.clip.frames)
    return ShotSelection(near if len(near) else frames, scale, tuple(most_alike))


def shot_candidates(
    clip: Proxies,
    bg: Proxies,
    box: Box,
    scales: tuple[float, float],
    stretches: Sequence[float] = (1.0,),
    orb: OrbParameters = OrbParameters(),
    parameters: ShotSamplingParameters = ShotSamplingParameters(),
) -> list[F64]:
    """Transforms in frame px, best first, from the shots whose keypoints agree with those of a clip.

    stretches   scales along y over those along x that are tried; other arguments: see `select_shots`
    For a clip much shorter than BG: evenly spaced frames of BG need not meet its scene.
    """
    most = max(parameters.fewest_shots, parameters.shots_per_length * bg.clip.frames // clip.clip.frames)
    middles = [(first + end) // 2 for first, end in _shots(bg, most, parameters)]
    frames, found = clip.spread(parameters.clip_frames), list[KeypointCandidate]()
    for stretch in stretches:
        query = _query(clip, frames, bg, box, scales, orb, parameters, stretch)
        found += [_in_frame_px(query, c) for j in middles for c in _candidates_at(query, j, query.views)]
    return _best_transforms(found, parameters)


def pair_candidates(
    clip: Proxies,
    bg: Proxies,
    box: Box,
    scales: tuple[float, float],
    pairs: Sequence[tuple[int, int]],
    stretches: Sequence[float] = (1.0,),
    orb: OrbParameters = OrbParameters(),
    parameters: ShotSamplingParameters = ShotSamplingParameters(),
) -> list[F64]:
    """Transforms in frame px, best first, from pairs of a frame of the clip and one of BG that probably show the same.

    It stands here and not in `candidates` because it shares its views and keypoints with `shot_candidates`.
    """
    found: list[KeypointCandidate] = []
    for stretch in stretches:
        query = _query(clip, [i for i, _ in pairs], bg, box, scales, orb, parameters, stretch)
        for view, (_, j) in zip(query.views, pairs, strict=True):
            found += [_in_frame_px(query, c) for c in _candidates_at(query, j, [view])]
    return _best_transforms(found, parameters)


def _query(
    picture: Proxies,
    frames: Sequence[int],
    bg: Proxies,
    box: Box,
    scales: tuple[float, float],
    orb: OrbParameters,
    parameters: ShotSamplingParameters,
    stretch: float = 1.0,
) -> _Query:
    """The picture's views and keypoints, at the scale of BG's views where that makes them neither tiny nor huge.

    stretch   factor that the views are drawn out by along y
    """
    side = max(picture.clip.width, picture.clip.height)
    view_per_canvas = parameters.view_px / max(bg.clip.width, bg.clip.height)
    view_per_picture = min(max(view_per_canvas, parameters.smallest_view_px / side), parameters.view_px / side)
    inside, count = scaled_box(box, view_per_picture, view_per_picture * stretch), parameters.keypoints
    per_px = view_per_picture * picture.large_factor
    lumas = [resized(f, per_px, per_px * stretch) for f in picture.large(frames)]
    views = []
    for luma in lumas:
        area = (0.0, 0.0, luma.shape[1] / view_per_picture, luma.shape[0] / (view_per_picture * stretch))
        mask = compared_cells(picture.ignored, area, luma.shape, orb.ignored_margin_px) if picture.ignored else None
        views.append(_View(luma, inside, detect_keypoints(luma, inside, 1, count, orb, mask)))
    ratio = view_per_canvas / view_per_picture
    low, high = scales[0] * ratio, scales[1] * ratio
    return _Query(views, view_per_picture, stretch, bg, view_per_canvas, (low, high), orb, parameters)


def _shots(bg: Proxies, most: int, parameters: ShotSamplingParameters) -> list[tuple[int, int]]:
    """BG as [first, end) ranges whose frames look like the first one; at most `most` + 1.

    The one more comes from joining: the first shot is never merged with others.

    Of `least_correlations`, 0.9 cuts most. Where even the lowest cuts too much, every few shots become one.
    """
    starts = _shot_starts(bg, parameters)
    firsts = next((found for found in starts if len(found) <= most), starts[-1])
    shots_in_one = -(-len(firsts) // most)
    firsts = [0, *firsts[1:][::shots_in_one]]
    return list(zip(firsts, [*firsts[1:], len(bg.small)], strict=True))


def _shot_starts(bg: Proxies, parameters: ShotSamplingParameters) -> list[list[int]]:
    """First frames of shots, for each of `least_correlations`. Few thumbnails are in memory at a time."""
    _, height, width = bg.small.shape
    size = view_size(width, height, parameters.thumbnail_px / max(height, width))
    small = (cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in each_frame(bg.small))
    starts: list[list[int]] = [[0] for _ in parameters.least_correlations]
    lasts: list[F32] = []
    for block in range(0, len(bg.small), FRAMES_OF_FLOATS):
        thumbnails = unit_rows(np.stack(list(islice(small, FRAMES_OF_FLOATS))))
        lasts = lasts or [thumbnails[0]] * len(starts)
        for k, least in enumerate(parameters.least_correlations):
            after = 0 if block else 1  # a blank frame is not even like itself
            while len(new := np.flatnonzero(thumbnails[after:] @ lasts[k] < least)):
                after += int(new[0]) + 1
                lasts[k] = thumbnails[after - 1]
                starts[k].append(block + after - 1)
    return starts


def _candidates_at(query: _Query, j: int, views: Sequence[_View]) -> list[KeypointCandidate]:
    """The best candidate for BG frame j, or none: a transform from view px of the picture to view px of BG."""
    bg_view = _bg_view(query, j)
    bg_box = (0, 0, bg_view.shape[1], bg_view.shape[0])
    bg_keypoints = detect_keypoints(bg_view, bg_box, 1, query.parameters.keypoints, query.orb)
    keypoints = [view.keypoints for view in views]
    return match_keypoints(keypoints, [bg_keypoints], query.orb.tolerance_px, query.scales, query.orb)[:1]


def _in_frame_px(query: _Query, candidate: KeypointCandidate) -> KeypointCandidate:
    """A candidate in view px as one in frame px."""
    return candidate._replace(transform=candidate.transform * query.to_frame_px)


def _best_transforms(candidates: Sequence[KeypointCandidate], parameters: ShotSamplingParameters) -> list[F64]:
    """Transforms of the best candidates."""
    return [c.transform for c in sorted(candidates, key=lambda c: -c.weight)[: parameters.most_kept]]


def _most_alike(query: _Query, frames: Sequence[int]) -> list[tuple[int, F64]]:
    """The BG frames that look most like the picture where their keypoints put it, and where that is, in frame px.

    Apart from each other in time: what moves with the camera looks alike for a while.
    """
    to_frame_px = query.to_frame_px
    rated = [
        (_view_correlation(query, j, c.transform), j, c.transform * to_frame_px)
        for j in frames
        for c in _candidates_at(query, j, query.views)
    ]
    kept: list[tuple[int, F64]] = []
    for _, j, transform in sorted(rated, key=lambda r: -r[0]):
        if all(abs(j - k) > query.parameters.surrounding_frames for k, _ in kept):
            kept.append((j, transform))
    return kept[: query.parameters.most_alike_frames]


def _view_correlation(query: _Query, j: int, transform: F64) -> float:
    """ZNCC of the picture and BG frame j, both blurred, at a transform in view px; -1 where they do not meet."""
    bg_view, view = _bg_view(query, j), query.views[0]
    mask = visible_pixels(transform, view.luma.shape, bg_view.shape, view.box, 1)
    if not mask.any():
        return -1.0
    pair = view.luma, warp(bg_view, transform, view.luma.shape)
    blurred, bg_blurred = (cv2.GaussianBlur(v, (0, 0), query.parameters.blur_px)[mask][None] for v in pair)
    return float((unit_rows(blurred) @ unit_rows(bg_blurred).T)[0, 0])


def _frames_around(middles: Sequence[int], reach: int, frames: int) -> I64:
    """i64 ascending: the indices below `frames` within `reach` of one of the middles."""
    around = np.add.outer(middles, np.arange(-reach, reach + 1))
    return np.unique(around[(around >= 0) & (around < frames)]).astype(np.int64)


def _bg_view(query: _Query, j: int) -> U8:
    bg = query.bg
    if j in bg.large_frames:
        return resized(bg.large([j])[0], *[query.view_per_canvas * bg.large_factor] * 2)
    return resized(bg.small_copy(j), *[query.view_per_canvas * bg.small_factor] * 2)
