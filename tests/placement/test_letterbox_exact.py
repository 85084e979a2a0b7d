"""Where a letterbox bar ends, to the line; whole clips with bars are in tests/drawing/test_options.py."""

import numpy as np
import pytest

from vidkompy.placement.letterbox_exact import ExactLetterboxParameters, _bar_depth, _Edge

LEVELS = [16] * 6 + [20, 30, 70, 110] + [116] * 12  # a bar, its smeared edge, the picture: half way is 66


@pytest.mark.parametrize("smeared", [0, 2])
def test_the_picture_begins_half_way_between_the_levels(smeared: int) -> None:
    lines = np.repeat(np.array(LEVELS, np.float32)[None, :, None], 5, axis=2)
    edge = _Edge(lines, inset=12, sure_lines=4, bar=(0, 0, 4, 5))
    assert _bar_depth(edge, ExactLetterboxParameters(smeared_lines=smeared)) == LEVELS.index(70) + smeared
