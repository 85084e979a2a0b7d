"""Which of several pictures is nearest to one, by means over square cells.

Encoders repeat an older frame's noise and skip invisible changes: frames that differ only in these are not told apart.
"""

from __future__ import annotations

import cv2
import numpy as np

from vidkompy.model import F32, Mask
from vidkompy.verification.parameters import VerificationParameters


def can_be_another(
    output: F32,
    expected: F32,
    parameters: VerificationParameters,
    cell_mask: Mask | None,
    error_ratio: float,
    least_share: float,
) -> bool:
    """Whether any picture can be visibly nearer to the output, by its distance from what is expected alone.

    Arguments are those of `is_visibly_nearer`. With V the visible difference, e the error of a cell and r the ratio:
    where e < V / 2 a rival that differs by V is off by V / 2 at least, and adds (1 - r) (V / 2)^2 to r e^2 at least;
    where e is more it saves r e^2 at most. Of n cells that have to differ all but the latter are such.
    """
    half = parameters.visible_difference / 2
    off = cv2.absdiff(output, expected)
    is_far = off >= half if cell_mask is None else (off >= half) & cell_mask
    far = off[is_far]
    compared = off.size if cell_mask is None else np.count_nonzero(cell_mask)
    least_near = max(parameters.least_visible_cells, least_share * compared) - len(far)
    return least_near <= 0 or error_ratio * float(far @ far) > least_near * (1 - error_ratio) * half**2


def is_nearest(
    output: F32, neighbours: dict[int, F32], parameters: VerificationParameters, cell_mask: Mask | None = None
) -> bool:
    """Whether the source frame at distance 0 is the nearest one to the output, or none is visibly nearer.

    output       f32 [rows, columns]   cell means
    neighbours   the same of source frames by their distance in time
    cell_mask    cells that are compared
    """
    expected = neighbours[0]
    rivals = (cells for distance, cells in neighbours.items() if distance)
    return not any(is_visibly_nearer(output, rival, expected, parameters, cell_mask) for rival in rivals)


def is_visibly_nearer(
    output: F32,
    rival: F32,
    expected: F32,
    parameters: VerificationParameters,
    cell_mask: Mask | None = None,
    error_ratio: float = 1.0,
    least_share: float = 0.0,
) -> bool:
    """Whether `rival` visibly differs from `expected`, and is nearer to `output` in the cells where it does.

    error_ratio   of the squared error of `rival` to that of `expected`, which it has to stay below; less where few
                  cells differ, as an encoder can leave more of an older frame in so few
    least_share   of the cells that are compared, that have to differ
    """
    if not expected.size:
        return False
    differs = (cv2.absdiff(rival, expected) >= parameters.visible_difference).view(np.uint8)
    if cell_mask is not None:
        differs &= cell_mask.view(np.uint8)
    visible = cv2.countNonZero(differs)
    compared = differs.size if cell_mask is None else np.count_nonzero(cell_mask)
    if visible < max(parameters.least_visible_cells, least_share * compared):
        return False
    if visible < parameters.few_visible_cells:
        error_ratio = min(error_ratio, parameters.few_cells_error_ratio)
    rival_error = cv2.norm(output, rival, cv2.NORM_L2SQR, differs)
    expected_error = cv2.norm(output, expected, cv2.NORM_L2SQR, differs)
    return rival_error < error_ratio * expected_error
