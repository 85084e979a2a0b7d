"""One candidate without any search: FG's content on all of the canvas, whatever shape its pixels need to have for that.

Where FG and the canvas are of one shape, keypoints find that place. It is looked for only where FG has to be drawn out.
"""

from __future__ import annotations

import cv2
import numpy as np

from vidkompy.media.proxies import Proxies, evenly_spaced
from vidkompy.model import F64, Box
from vidkompy.numerics.correlation import unit_rows
from vidkompy.parameters import tuned
from vidkompy.placement.frame_samples import small_crop
from vidkompy.records import Record


class FullFrameParameters(Record):
    same_shape: float = tuned(
        1.01,
        unit="factor between the scales of both axes up to which FG is not drawn out",
        raising="less often looked for",
        source="chosen by eye",
    )
    side: int = tuned(
        48,
        unit="px, width and height of FG's and BG's views",
        raising="frames are told apart better, at more cost",
        source="chosen by eye",
    )
    fg_frames: int = tuned(12, unit="FG frames", raising="steadier, at more cost", source="chosen by eye")
    bg_frames: int = tuned(
        150, unit="BG frames", raising="a match in time is nearer, at more cost", source="chosen by eye"
    )
    least_score: float = tuned(
        0.6,
        unit="ZNCC of whole frames, median of the FG frames with the best BG frame of each",
        raising="less often taken for a candidate, and a strong grade hides it",
        source="chosen by eye",
    )


def full_frame_candidates(
    fg: Proxies, bg: Proxies, box: Box, parameters: FullFrameParameters = FullFrameParameters()
) -> list[F64]:
    """The transform, frame px, that puts FG's content box on all of the canvas, if FG's frames resemble BG's there."""
    left, top, right, bottom = box
    scale = np.array([bg.clip.width / (right - left), bg.clip.height / (bottom - top)])
    if abs(np.log(scale[1] / scale[0])) < np.log(parameters.same_shape):
        return []
    size = parameters.side, parameters.side
    fg_frames, bg_frames = (
        evenly_spaced(len(clip.small), count)
        for clip, count in ((fg, parameters.fg_frames), (bg, parameters.bg_frames))
    )
    fg_views = [cv2.resize(small_crop(fg, i, box), size, interpolation=cv2.INTER_AREA) for i in fg_frames]
    bg_views = [cv2.resize(bg.small_copy(j), size, interpolation=cv2.INTER_AREA) for j in bg_frames]
    scores = unit_rows(np.stack(fg_views)) @ unit_rows(np.stack(bg_views)).T
    is_alike = float(np.median(scores.max(axis=1))) >= parameters.least_score
    return [np.concatenate([scale, -scale * np.array([left, top])])] if is_alike else []
