"""Frames of two fields whose file says nothing of it: told by which neighbour's field is nearer in time.

The upper field of a frame is woven with the lower fields of the frame itself, of the one before and of the one after.
Combs grow with the time between two fields. Where frames are whole, own fields are 0 apart and both neighbours' as far
as each other; where the upper field came first, own and earlier ones are 1 apart and the later ones 3, in field times.
Detail and noise comb all three alike. 3:2 pulldown shows the same in 3 frames of 5; frames that are held show it in
both directions.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from vidkompy.media.fields import COLUMNS_APART
from vidkompy.model import U8
from vidkompy.numerics.comparison_kernels import woven_combs
from vidkompy.parameters import tuned
from vidkompy.records import Record

LEAST_LINES = 4  # of a frame: two of the upper field, and one of the lower between them


class LostFieldsParameters(Record):
    """What counts as a clip of two fields."""

    frames_apart: int = tuned(
        7,
        unit="frames from one that is looked at to the next: odd, as bobbed frames alternate, and no multiple of 5",
        raising="less work, and short clips tell nothing",
        source="chosen by eye",
    )
    least_motion: float = tuned(
        0.2,
        unit="grey levels between the strongest and the faintest combs of a frame",
        raising="quieter frames tell nothing",
        source="chosen by eye: above what compression changes from frame to frame",
    )
    least_relative_motion: float = tuned(
        0.15,
        unit="that over the faintest combs, which detail makes",
        raising="frames of much detail and little motion tell nothing",
        source="18 frames of water: 0.07 at most as progressive; seven interlaced clips: 0.3 and more in most frames",
    )
    least_asymmetry: float = tuned(
        0.5,
        unit="difference of combs with the later and the earlier field, over their range",
        raising="fewer frames count as of two fields",
        source="by construction: 1 where fields differ evenly in time, 0 where frames are whole",
    )
    least_share: float = tuned(
        0.4,
        unit="share of the moving frames that show one order of fields, less that which shows the other",
        raising="fewer clips count as of two fields",
        source="by construction: 1 as recorded, 0.6 after 3:2 pulldown, 0 where frames are whole or held",
    )
    least_frames: int = tuned(
        4,
        unit="moving frames by which one order outnumbers the other",
        raising="short and still clips count as whole frames",
        source="of some 700 progressive clips one, with frames dropped, reached 3",
    )


@dataclass
class FieldOrderScan:
    """Collects what frames show of their fields, as they come. votes: one a moving frame that was looked at."""

    parameters: LostFieldsParameters = LostFieldsParameters()
    votes: list[float] = field(default_factory=list)
    _columns: list[U8] = field(default_factory=list)
    _frames: int = 0

    def add(self, luma: U8) -> None:
        """The next frame, u8 [height, width]."""
        phase = self._frames % self.parameters.frames_apart
        self._frames += 1
        if phase > 2:
            return
        self._columns = [*self._columns, np.ascontiguousarray(luma[:, ::COLUMNS_APART])][-3:]
        if phase == 2:
            self._vote()

    def field_order(self) -> str:
        """ "tff" or "bff"; "" where frames are whole, or too little moves."""
        votes, least = np.array(self.votes), self.parameters.least_asymmetry
        excess = int((votes > least).sum()) - int((votes < -least).sum())
        if abs(excess) < max(self.parameters.least_frames, self.parameters.least_share * len(votes)):
            return ""
        return "tff" if excess > 0 else "bff"

    def _vote(self) -> None:
        before, frame, after = self._columns
        own, earlier, later = (_combs(frame, other) for other in (frame, before, after))
        faintest = min(own, earlier, later)
        extent = max(own, earlier, later) - faintest
        if extent >= max(self.parameters.least_motion, self.parameters.least_relative_motion * faintest):
            self.votes.append((later - earlier) / extent)


def _combs(upper: U8, lower: U8) -> float:
    """Grey levels by which lines of one frame's lower field differ from the mean of those of another's upper field."""
    return 0.0 if len(upper) < LEAST_LINES else woven_combs(upper, lower)
