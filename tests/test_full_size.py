"""Answers are held against full-size frames: in memory, or decoded where few are kept, and once only with a cache."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support import constructed_maps
from support.picture_edits import Box
from support.truth_cases import Case, Recipe, build, write_bg

from vidkompy.analysis import AnalysisOptions, AnalysisParameters, analyze
from vidkompy.media.cache import Cache
from vidkompy.media.proxies import ProxyParameters
from vidkompy.model import Placement, Sidecar

COUNT, CROP = 90, Box(150, 80, 640, 360)
FEW = AnalysisParameters(proxies=replace(ProxyParameters(), large_bytes=0))  # as of clips of hours: 24 copies are kept


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    folder = tmp_path_factory.mktemp("pair")
    bg = write_bg(folder / "bg.mp4", "tripod", COUNT, size=(960, 540))
    return build(Recipe(CROP, constructed_maps.offset(COUNT, 12, 80)), bg, folder / "pair")


def asked_in_full_size(found: Sidecar) -> list[str]:
    return [reason for reason in found.quality.reasons if "in full size" in reason]


@pytest.mark.slow
@pytest.mark.parametrize("parameters", [AnalysisParameters(), FEW], ids=["all kept", "few kept"])
def test_a_place_by_hand_that_is_2_px_off_is_doubted(case: Case, parameters: AnalysisParameters) -> None:
    by_hand = AnalysisOptions(at=Placement(CROP.x + 2, CROP.y, CROP.width, CROP.height))
    found = analyze(case.bg, case.fg, by_hand, parameters=parameters)
    (reason,) = asked_in_full_size(found)
    assert reason.endswith("fit better 2.0 px away from this place"), reason
    assert found.frame_map.confidence is not None
    assert found.frame_map.confidence.max() <= 0.3


@pytest.mark.slow
@pytest.mark.parametrize("parameters", [AnalysisParameters(), FEW], ids=["all kept", "few kept"])
def test_a_right_answer_is_not_and_comes_from_the_cache_alike(
    case: Case, parameters: AnalysisParameters, tmp_path: Path
) -> None:
    first, again = (analyze(case.bg, case.fg, cache=Cache(tmp_path), parameters=parameters) for _ in range(2))
    assert asked_in_full_size(first) == []
    np.testing.assert_array_equal(first.frame_map.bg, case.truth.map)
    np.testing.assert_array_equal(first.frame_map.confidence, again.frame_map.confidence)
    assert (first.placement, first.quality) == (again.placement, again.quality)
