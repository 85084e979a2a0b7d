"""The signature of a clip: what some of its frames look like, small enough to stand in a sidecar."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidkompy.records import Record

SIGNATURE_SIDE = 8  # cells of a picture, either way
SIGNATURE_FRAMES = 48  # at most: 4096 characters of base64, however long the clip


class Signature(Record, eq=False):
    """Pictures of frames that lie evenly spaced in [first, first + count) of a clip.

    luma       u8 [k, SIGNATURE_SIDE, SIGNATURE_SIDE]   means over the cells of a grid on the frame
    checksum   CRC-32 of the small copies of all count frames, hexadecimal
    """

    first: int
    count: int
    luma: NDArray[np.uint8]
    checksum: str

    @property
    def frames(self) -> NDArray[np.int64]:
        """i64 [k]: which frames they are, ascending: centred in equal shares of the range.

        >>> Signature(10, 40, np.zeros((4, 8, 8), np.uint8), "").frames.tolist()
        [15, 25, 35, 45]
        """
        k = len(self.luma)
        return self.first + (2 * np.arange(k, dtype=np.int64) + 1) * self.count // (2 * k)
