"""Where Blender looks for a clip's frames: it counts them by their timestamps, at the rate that ffmpeg guesses.

At position p of a movie Blender shows the last frame that comes round(p / rate) ticks after the first one, or before.
So of two frames between two positions the first is never shown. Measured with Blender 3.4.1: by this rule 0 of 1,175
pictures of six files are other ones (even, two rates, jitter, a gap at each fifth frame). A file that does not say how
long it is it takes for one frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from vidkompy.exchange.losses import Loss, uneven_times_losses
from vidkompy.exchange.timeline import Media, Timeline, build_timeline, media_of
from vidkompy.media.frame_rates import grid_slots
from vidkompy.media.probe import guessed_rate, states_duration
from vidkompy.model import I64, Clip, FrameMap, Sidecar


def build_blender_timeline(sidecar: Sidecar) -> Timeline:
    """The timeline with both clips' frames where Blender looks for them. Raises SidecarError, MediaError."""
    return build_timeline(sidecar, fg=_blender_media(sidecar.fg), bg=_blender_media(sidecar.bg))


def held_positions(timeline: Timeline) -> I64:
    """i64 [fg.length]: position of BG below each of FG's; unmatched ones hold the one before them."""
    return FrameMap(timeline.bg_numbers).held_indices()


def blender_losses(sidecar: Sidecar, timeline: Timeline) -> Iterator[Loss]:
    """Frames that Blender does not show where they belong. Raises MediaError."""
    for role, clip in (("FG", sidecar.fg), ("BG", sidecar.bg)):
        if not states_duration(clip):
            message = (
                f"Blender shows one frame of {role}, whose file does not say how long it is: copy it and analyse that: "
                "ffmpeg -i IN -map 0:v -map 0:a? -c copy OUT.mkv"
            )
            yield Loss("duration", message, clip.frames)
    wanted = sidecar.frame_map.held_indices()[timeline.fg.visible]
    off = np.abs(timeline.bg.visible[held_positions(timeline)] - wanted)
    yield from uneven_times_losses(off, "BG", "Blender")


def _blender_media(clip: Clip) -> Media:
    rate = guessed_rate(clip)
    grid_slots(clip, rate)  # raises where there are too many
    step = clip.time_base * rate
    ticks = 2 * (clip.pts - clip.pts[0]) - 1  # halves; up to one less the position is rounded up to the frame
    numbers: I64 = np.maximum(-(-ticks * step.numerator // (2 * step.denominator)), 0)
    return replace(media_of(clip), rate=rate, numbers=numbers)
