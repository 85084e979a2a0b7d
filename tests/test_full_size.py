"""Answers are held against full-size frames: in memory, or decoded where few are kept, and once only with a cache."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support import constructed_maps
from support.moving_places import moving_pair, standing
from support.picture_edits import Box
from support.placed_proxies import H, W, luma
from support.truth_cases import Case, Recipe, build, write_bg

from vidkompy.alignment.engine_contract import SearchOptions
from vidkompy.analysis import AnalysisOptions, AnalysisParameters, analyze
from vidkompy.errors import MediaError
from vidkompy.measuring.full_size_answer import doubt_at_full_size
from vidkompy.measuring.proxy_alignment import RevisedAnswer
from vidkompy.media.cache import NO_CACHE, Cache
from vidkompy.media.proxies import ProxyParameters
from vidkompy.model import FrameMap, Placement, Sidecar
from vidkompy.tracking.parameters import TrackingParameters
from vidkompy.tracking.revision import Revision

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


@pytest.mark.parametrize("pins", [(), ((0, 7),)], ids=["free", "pinned"])
def test_frames_that_are_pinned_are_not_asked(pins: tuple[tuple[int, int], ...]) -> None:
    """No large copy is in memory, as where the cache held the proxies, and no file is there to decode."""
    pair = moving_pair(standing, luma("tripod", 40))
    fg, bg = (replace(proxies, large_frames={}, small_factor=2) for proxies in (pair.fg, pair.bg))
    revision = Revision(Placement(64, 36, W, H), FrameMap(pair.map), None, False, None)
    answer, search = RevisedAnswer(revision), SearchOptions(pins=pins)
    box = (0.0, 0.0, float(W), float(H))
    with nullcontext() if pins else pytest.raises(MediaError):
        assert doubt_at_full_size(answer, fg, bg, box, search, "key", NO_CACHE, TrackingParameters()) is answer
