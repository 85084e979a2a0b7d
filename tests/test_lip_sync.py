"""A mouth that was replaced by that of another time: the place is sure, the time is not where only the mouth moves."""

from pathlib import Path

import numpy as np
import pytest
from support import difficult_catalogue, reels

from vidkompy.analysis import analyze


@pytest.mark.slow
@pytest.mark.parametrize("seed", [0, 40])
def test_a_newsdesk_is_placed_though_its_mouth_fits_other_frames(seed: int, tmp_path: Path) -> None:
    (pair,) = (p for p in difficult_catalogue.PAIRS if (p.kind, p.shot) == ("lip_synced", "newsdesk"))
    shot = difficult_catalogue.SHOTS["newsdesk"]
    reel = reels.synthetic(tmp_path / "reel.mp4", shot.kind, shot.count, shot.rate, shot.seed + seed)
    case = difficult_catalogue.build(pair, reel, tmp_path / "pair")
    found = analyze(case.bg, case.fg)
    assert (found.placement.x, found.placement.y) == (case.truth.x, case.truth.y)
    assert found.track is None
    assert found.placement.confidence is not None
    assert found.placement.confidence > 0.9
    assert found.frame_map.confidence is not None
    is_wrong = np.abs(found.frame_map.bg - case.truth.map) > 1
    assert found.frame_map.confidence[is_wrong].max(initial=0) < 0.5
