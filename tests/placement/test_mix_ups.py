"""Mirrored, turned and swapped clips are refused for that reason, and others are not."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.picture_edits import U8
from support.placed_proxies import H, W, X, Y, clip, cut, luma, noisy

from vidkompy.errors import NoMatch
from vidkompy.measuring.placement_search import search_placement
from vidkompy.media.proxies import Proxies
from vidkompy.placement.letterbox import content_box
from vidkompy.placement.mix_ups import MixUpParameters, refuse_mix_ups
from vidkompy.placement.registration import ProxyPair
from vidkompy.placement.search_parameters import PlacementParameters, ScaleRange

ANY, PARAMETERS = ScaleRange(), PlacementParameters()


@pytest.fixture(scope="module")
def fg(handheld: U8) -> U8:
    return noisy(cut(handheld))


def refuse(fg: Proxies, bg: Proxies, min_confidence: float = 0.2, numbers: MixUpParameters = MixUpParameters()) -> None:
    refuse_mix_ups(ProxyPair(fg, bg, content_box(fg)), ANY, min_confidence, PARAMETERS, numbers)


def named(clip_: Proxies, name: str) -> Proxies:
    return replace(clip_, clip=replace(clip_.clip, path=Path(name)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("turned", "found", "ffmpeg"),
    [
        (lambda f: f[:, :, ::-1], "a mirror image of BG", "hflip"),
        (lambda f: f[:, ::-1, ::-1], "upside down", "hflip,vflip"),
        (lambda f: np.rot90(f, -1, (1, 2)), "turned to the right", "transpose=cclock"),
        (lambda f: np.rot90(f, 1, (1, 2)), "turned to the left", "transpose=clock"),
    ],
)
def test_a_turned_fg_is_refused_with_the_command_that_turns_it_back(
    turned: Callable[[U8], U8], found: str, ffmpeg: str, fg: U8, bg: Proxies
) -> None:
    with pytest.raises(NoMatch) as refusal:
        refuse(named(clip(np.ascontiguousarray(turned(fg))), "my fg.mp4"), bg)
    assert f"'my fg.mp4' is {found}: turned back, it lies at {X},{Y}" in str(refusal.value)
    assert f"ffmpeg -i 'my fg.mp4' -vf {ffmpeg} " in str(refusal.value)


@pytest.mark.slow
def test_swapped_clips_are_refused_with_the_command_that_swaps_them(fg: U8, bg: Proxies) -> None:
    with pytest.raises(NoMatch, match="BG and FG look swapped") as refusal:
        refuse(named(bg, "whole.mp4"), named(clip(fg), "part.mp4"))
    assert "lies on 'whole.mp4'; give them the other way round" in str(refusal.value)


@pytest.mark.slow
@pytest.mark.parametrize("is_swapped", [True, False])
def test_a_search_that_fails_names_them_before_its_dear_stages(is_swapped: bool, fg: U8, bg: Proxies) -> None:
    begun: list[int] = []
    clips = (bg, clip(fg)) if is_swapped else (clip(fg[:, :, ::-1]), bg)
    with pytest.raises(NoMatch, match="swapped" if is_swapped else "mirror image"):
        search_placement(*clips, ANY, 0.2, on_progress=lambda _, done, _n: begun.append(done))
    assert max(begun) <= 2  # stages done: sound and full frame do not apply


@pytest.mark.slow
def test_pairs_in_order_are_not_refused(fg: U8, bg: Proxies, handheld: U8) -> None:
    refuse(clip(fg), bg)
    refuse(clip(luma("tripod")[6:34, Y : Y + H, X : X + W]), bg)
    refuse(clip(handheld[6:34, 8:172, 12:308]), bg)  # most of BG: the other way round it fits, too


def test_who_takes_any_answer_is_not_refused(fg: U8, bg: Proxies) -> None:
    refuse(clip(fg[:, :, ::-1]), bg, min_confidence=0)


def test_a_cause_that_is_not_sure_is_not_named(fg: U8, bg: Proxies) -> None:
    refuse(clip(fg[:, :, ::-1]), bg, numbers=MixUpParameters(least_confidence=1.1))
    refuse(clip(fg[:, :, ::-1]), bg, numbers=MixUpParameters(least_share=1.1))
