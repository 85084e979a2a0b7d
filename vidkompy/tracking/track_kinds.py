"""Poses of all frames -> the kind of track they are: standing, turned, jumping, zooming, drifting or shaking.

What registration measures scatters by some hundredths of a pixel. Where a place stands between jumps, or moves evenly,
the track takes the place, or the line, itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from vidkompy.counts import count_text
from vidkompy.model import F64, Clip, Mask, Track
from vidkompy.tracking.frame_registration import Shape
from vidkompy.tracking.parameters import TrackingParameters, TrackKindParameters
from vidkompy.tracking.pose_trend import pose_trend
from vidkompy.tracking.poses import corner_distances


def steady_poses(
    poses: F64, is_measured: Mask, size: tuple[float, float], parameters: TrackingParameters
) -> tuple[F64, list[int]]:
    """f64 [n, 4]: poses without the errors of measurement, where they stand or move evenly; and frames of jumps.

    is_measured   bool [n]; the others are carried over
    """
    trend = pose_trend(poses, size, parameters.trend.half_frames, parameters.trend)
    steady = poses.copy()
    numbers = parameters.kinds
    for first, stop in pairwise([0, *trend.jumps, len(poses)]):
        part = slice(first, stop)
        measured = poses[part][is_measured[part]] if is_measured[part].any() else poses[part]
        middle = np.median(measured, axis=0)
        if _usual(corner_distances(measured, middle[None], size), numbers) < numbers.standing_px:
            steady[part] = middle
        elif _usual(corner_distances(poses[part], trend.poses[part], size), numbers) < numbers.standing_px:
            steady[part] = trend.poses[part]
    is_off = is_measured & (corner_distances(poses, steady, size) > numbers.moved_px)  # where a motion starts or ends
    steady[is_off] = poses[is_off]
    return steady, trend.jumps


def _usual(distance: F64, numbers: TrackKindParameters) -> float:
    return float(np.quantile(distance, numbers.usual_share))


def as_track(poses: F64, fg_size: tuple[int, int], shape: Shape) -> Track:
    """Track of poses f64 [n, 4]; fg_size: FG's width and height, px."""
    scale, angle = np.hypot(poses[:, 0], poses[:, 1]), np.degrees(np.arctan2(poses[:, 1], poses[:, 0]))
    width, height = scale * fg_size[0] * shape[0], scale * fg_size[1] * shape[1]
    return Track(np.column_stack([poses[:, 2] - width / 2, poses[:, 3] - height / 2, width, height, angle]))


def on_whole_px(track: Track, fg: Clip, parameters: TrackKindParameters) -> Track:
    """The track with FG's own size and whole px, where all of it is that within the errors of measurement."""
    x, y, width, height, angle = track.at.T
    size_error = np.maximum(np.abs(width - fg.width), np.abs(height - fg.height))
    turn_px = np.radians(np.abs(angle)) * max(fg.width, fg.height) / 2
    if max(size_error.max(), turn_px.max()) > parameters.unscaled_px:
        return track
    corner = np.column_stack([x + (width - fg.width) / 2, y + (height - fg.height) / 2])
    whole = np.rint(corner)
    if np.quantile(np.abs(corner - whole), parameters.usual_share) < parameters.whole_px:
        corner = whole + 0.0
    size = np.broadcast_to([float(fg.width), float(fg.height), 0.0], (len(x), 3))
    return Track(np.hstack([corner, size]))


def describe_track(
    track: Track, jumps: Sequence[int], fg_size: tuple[int, int], parameters: TrackKindParameters
) -> Iterator[str]:
    """Sentences on how FG's place moves; none where it stands, unturned.

    jumps   frames at which it jumps
    """
    x, y, width, height, angle = track.at.T
    half_side = float(max(np.median(width), np.median(height))) / 2
    turn = float(np.median(angle))
    if abs(np.radians(turn)) * half_side > parameters.notable_px and np.ptp(angle) < parameters.steady_degrees:
        yield f"FG is turned by {abs(turn):.1f} degrees {'counter-clockwise' if turn > 0 else 'clockwise'}"
    zoom = fg_size[0] / width
    least, most = np.quantile(zoom, [1 - parameters.usual_share, parameters.usual_share])
    is_zooming = (
        fg_size[0] * (1 / least - 1 / most) > 2 * parameters.notable_px and most / least > parameters.notable_zoom
    )
    if is_zooming and f"{zoom[0]:.2f}" != f"{zoom[-1]:.2f}":
        yield f"FG zooms from {zoom[0]:.2f} to {zoom[-1]:.2f} of BG's size"
    elif is_zooming:
        yield f"FG zooms between {least:.2f} and {most:.2f} of BG's size"
    for i in jumps[: parameters.listed_jumps]:
        yield f"FG jumps from {_corner_text(track, i - 1)} to {_corner_text(track, i)} at frame {i}"
    if (others := len(jumps) - parameters.listed_jumps) > 0:
        yield f"FG jumps {count_text(others, 'time')} more"
    shake, drift = _shake_and_drift(np.column_stack([x + width / 2, y + height / 2]), jumps, parameters)
    if shake > parameters.notable_px:
        cause = "it looks stabilised" if shake > parameters.weave_px else "it weaves, or was stabilised"
        yield f"FG's place on BG moves by up to {max(shake, 1):.0f} px from frame to frame: {cause}"
    elif drift > parameters.notable_px and not is_zooming:
        yield f"FG's place on BG drifts by {max(drift, 1):.0f} px"


def _shake_and_drift(centre: F64, jumps: Sequence[int], parameters: TrackKindParameters) -> tuple[float, float]:
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
    return f"x={round(x)} y={round(y)}"
