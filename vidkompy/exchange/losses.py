"""What an export cannot hold: one record, a sentence for people and fields for programs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from vidkompy.counts import count_text
from vidkompy.drawing.notes import standing_notes
from vidkompy.model import I64, Sidecar
from vidkompy.records import Record

REPORTED_PX = 0.01  # the last digit that messages give of a misplacement: less is no loss


class Loss(Record):
    """One thing that the format has no word for, or that it rounds.

    kind          what is concerned, for programs: map, placement, sound, unmatched, uneven, ...
    message       a sentence, for people
    frame_count   FG frames concerned, where they can be counted
    max_error     BG frames by which the worst of them is off
    frame         that FG frame, or the first one concerned where none is worse than another
    """

    kind: str
    message: str
    frame_count: int = 0
    max_error: int = 0
    frame: int | None = None

    def as_json(self) -> dict[str, str | int | None]:
        """The loss as `export --json` prints it; the keys are part of the command line's contract."""
        return {
            "kind": self.kind,
            "said": self.message,
            "frames": self.frame_count,
            "largest": self.max_error,
            "at": self.frame,
        }


def uneven_times_losses(off: I64, role: str, program: str) -> Iterator[Loss]:
    """Of programs that count a clip's frames at one rate; none where that leads to the right ones.

    off    i64 [n]   by how many frames what is seen is off
    role   of the clip
    """
    if not off.any():
        return
    count, largest = int((off > 0).sum()), int(off.max())
    message = (
        f"{program} shows another {role} frame {count} times, up to {count_text(largest, 'frame')} off: {role}'s times "
        "are uneven, and it counts at one rate"
    )
    yield Loss("map", message, count, largest, int(np.argmax(off > 0)))


def motion_losses(sidecar: Sidecar) -> Iterator[Loss]:
    """Of formats that hold one place for all of FG."""
    for note in standing_notes(sidecar):
        yield Loss("placement", f"{note}; render draws it where it lies in each frame")
