"""Poses of all frames -> the kind of track they are: standing, turned, jumping, zooming, drifting or shaking.

What registration measures scatters by some hundredths of a pixel. Where a place stands between jumps, or moves evenly,
the track takes the place, or the line, itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from vidkompy.model import F64, Mask, Track
from vidkompy.tracking.frame_registration import Shape
from vidkompy.tracking.parameters import TrackingParameters, TrackKindParameters
from vidkompy.tracking.pose_trend import corner_distances, pose_trend


def steady_poses(poses: F64, weights: Mask, size: tuple[float, float], parameters: TrackingParameters) -> F64:
    """f64 [n, 4]: poses without the errors of measurement, where they stand or move evenly.

    weights   bool [n]: poses that were measured, not carried over
    """
    trend = pose_trend(poses, size, parameters.trend.half_frames, parameters.trend)
    steady = poses.copy()
    numbers = parameters.kinds
    for first, stop in pairwise([0, *trend.jumps, len(poses)]):
        part = slice(first, stop)
        measured = poses[part][weights[part]] if weights[part].any() else poses[part]
        middle = np.median(measured, axis=0)
        if _usual(corner_distances(measured, middle[None], size), numbers) < numbers.standing_px:
            steady[part] = middle
        elif (
            np.quantile(corner_distances(poses[part], trend.poses[part], size), numbers.usual_share)
            < numbers.standing_px
        ):
            steady[part] = trend.poses[part]
    return steady


def _usual(distance: F64, numbers: TrackKindParameters) -> float:
    return float(np.quantile(distance, numbers.usual_share))


def as_track(poses: F64, fg_size: tuple[int, int], shape: Shape) -> Track:
    """Track of poses f64 [n, 4]; fg_size: FG's width and height, px."""
    scale, angle = np.hypot(poses[:, 0], poses[:, 1]), np.degrees(np.arctan2(poses[:, 1], poses[:, 0]))
    width, height = scale * fg_size[0] * shape[0], scale * fg_size[1] * shape[1]
    return Track(np.column_stack([poses[:, 2] - width / 2, poses[:, 3] - height / 2, width, height, angle]))


def describe_track(track: Track, fg_size: tuple[int, int], parameters: TrackKindParameters) -> Iterator[str]:
    """Sentences on how FG's place moves; none where it stands, unturned."""
    x, y, width, height, angle = track.at.T
    size = float(np.median(width)), float(np.median(height))
    poses = np.column_stack([np.ones((len(x), 1)) * 1.0, np.zeros(len(x)), x + width / 2, y + height / 2])
    jumps = _jump_frames(track, parameters)
    turn = float(np.median(angle))
    if abs(turn) * np.pi / 180 * max(size) / 2 > parameters.notable_px and np.ptp(angle) < parameters.steady_degrees:
        yield f"FG is turned by {abs(turn):.1f} degrees {'counter-clockwise' if turn > 0 else 'clockwise'}"
    zoom = fg_size[0] / width
    if np.ptp(width) > parameters.notable_px * 2 and zoom.max() / zoom.min() > parameters.notable_zoom:
        yield f"FG zooms from {zoom[0]:.2f} to {zoom[-1]:.2f} of BG's size"
    for i in jumps[: parameters.listed_jumps]:
        yield f"FG jumps from {_corner_text(track, i - 1)} to {_corner_text(track, i)} at frame {i}"
    if len(jumps) > parameters.listed_jumps:
        yield f"FG jumps {len(jumps) - parameters.listed_jumps} times more"
    shake, drift = _shake_and_drift(poses[:, 2:], jumps, parameters)
    if shake > parameters.notable_px:
        cause = "it looks stabilised" if shake > parameters.weave_px else "it weaves, or was stabilised"
        yield f"FG's place on BG moves by up to {shake:.0f} px from frame to frame: {cause}"
    elif drift > parameters.notable_px and zoom.max() / zoom.min() <= parameters.notable_zoom:
        yield f"FG's place on BG drifts by {drift:.0f} px"


def _jump_frames(track: Track, parameters: TrackKindParameters) -> list[int]:
    """Frames at which the place changes by far more than it usually does, and stays there."""
    centre = track.at[:, :2] + track.at[:, 2:4] / 2
    step = np.abs(np.diff(centre, axis=0)).max(axis=1)
    usual = float(np.median(step))
    found = []
    for k in np.flatnonzero(step > max(parameters.jump_px, parameters.jump_steps * usual)):
        before, after = np.median(centre[max(0, k - 4) : k + 1], axis=0), np.median(centre[k + 1 : k + 6], axis=0)
        if np.abs(after - before).max() > parameters.jump_share * step[k]:
            found.append(int(k) + 1)
    return found


def _shake_and_drift(centre: F64, jumps: list[int], parameters: TrackKindParameters) -> tuple[float, float]:
    """Largest deviation from a straight line between jumps, and the largest way along such a line; canvas px."""
    shake = drift = 0.0
    for first, stop in pairwise([0, *jumps, len(centre)]):
        t = np.arange(stop - first)
        for c in range(2):
            values = centre[first:stop, c]
            if len(t) < parameters.least_stretch:
                continue
            line = np.polyval(np.polyfit(t, values, 1), t)
            shake = max(shake, float(np.quantile(np.abs(values - line), parameters.usual_share)))
            drift = max(drift, abs(float(line[-1] - line[0])))
    return shake, drift


def _corner_text(track: Track, i: int) -> str:
    x, y = track.at[i, :2]
    return f"x={x:.0f} y={y:.0f}"
