"""Binary descriptors matched by Hamming distance, all with all at once.

The compiled loop takes a third of the time of one matrix product of signed bits, which takes a third of that of
cv2.batchDistance, which has to be asked in both directions (measured: two times 300 descriptors, 0.36 and 1.08 ms).
"""

from __future__ import annotations

import numpy as np

from vidkompy.model import I64, U8
from vidkompy.numerics.comparison_kernels import nearest_descriptors


def mutual_matches(fg: U8, bg: U8, ratio: float) -> tuple[I64, I64]:
    """Indices of mutual nearest neighbours whose distance is less than `ratio` times that to the next one.

    fg, bg   u8 [n, bytes], [m, bytes]   two of `bg` at least; bytes: a multiple of 8
    Ties go to the earlier one.
    """
    of_fg, of_bg = np.empty((len(fg), 3), np.int64), np.empty((len(bg), 2), np.int64)
    nearest_descriptors(fg.view(np.uint64), bg.view(np.uint64), of_fg, of_bg)
    index, (nearest, distance, next_distance) = np.arange(len(fg)), of_fg.T
    is_match = (of_bg[nearest, 0] == index) & (distance < ratio * next_distance)
    return index[is_match], nearest[is_match]
