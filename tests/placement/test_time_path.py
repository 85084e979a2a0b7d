"""The coarse fit on clips too long to compare whole, without pictures."""

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest

from vidkompy.placement.coarse_problem import CoarseProblem
from vidkompy.placement.time_path import TimePathParameters, windows_around_first_path

PARAMETERS = TimePathParameters()


@pytest.mark.parametrize("count", [PARAMETERS.most_bg_frames + 1, 18_000, 172_800])
def test_a_first_path_misses_no_moment_however_long_bg_is(count: int) -> None:
    """What a camera in motion sees is gone after a second: steps that grow with BG lose it."""
    requested: list[range] = []

    def score(_: object, columns: range) -> np.ndarray:
        requested.append(columns)
        here = np.linspace(0.3, 0.6, 24)[:, None] * count
        return np.exp(-(((np.array(columns) - here) / 20) ** 2)).astype(np.float32)

    scene = SimpleNamespace(n_bg=count, sample_spacing=count // 24, is_ordered=True, score=score)
    found = set(windows_around_first_path(cast(CoarseProblem, scene), np.zeros(4), PARAMETERS))
    assert requested[0].step <= PARAMETERS.longest_stride
    assert {int(share * count) for share in np.linspace(0.3, 0.6, 24)} <= found
    assert len(found) < 24 * 5 * PARAMETERS.longest_stride + 1
