"""The coarse fit on clips too long to compare whole, without pictures."""

from types import SimpleNamespace

import numpy as np
import pytest

from vidkompy.placement.coarse_fit import AT_ONCE, SKIP, _windows


@pytest.mark.parametrize("count", [AT_ONCE + 1, 18_000, 172_800])
def test_a_first_path_misses_no_moment_however_long_bg_is(count: int) -> None:
    """What a camera in motion sees is gone after a second: steps that grow with BG lose it."""
    asked: list[range] = []

    def score(_: object, columns: range) -> np.ndarray:
        asked.append(columns)
        here = np.linspace(0.3, 0.6, 24)[:, None] * count
        return np.exp(-(((np.array(columns) - here) / 20) ** 2)).astype(np.float32)

    scene = SimpleNamespace(bg=range(count), stride=count // 24, robust=False, score=score)
    found = set(_windows(scene, np.zeros(4)))
    assert asked[0].step <= SKIP
    assert {int(share * count) for share in np.linspace(0.3, 0.6, 24)} <= found
    assert len(found) < 24 * 5 * SKIP + 1
