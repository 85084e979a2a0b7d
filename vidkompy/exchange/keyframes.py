"""Where FG lies at each frame of a timeline, for formats that have keyframes."""

from __future__ import annotations

import numpy as np

from vidkompy.exchange.timeline import Timeline
from vidkompy.model import F64, Sidecar


def placed_frames(sidecar: Sidecar, timeline: Timeline) -> F64:
    """f64 [fg.length or 1, 5]: x, y, width, height in canvas px and degrees clockwise, as in a Track.

    One row where FG stands, else one for each of FG's frame numbers.
    """
    if sidecar.track is None:
        placement = sidecar.placement
        return np.array([[placement.x, placement.y, placement.width, placement.height, 0.0]])
    return sidecar.track.at[timeline.fg.visible]
