"""Frames of two fields whose file calls them progressive: told from whole frames, and compared as what they are."""

import itertools
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from support import footage
from support.clips import Encoding, deinterlaced, encode, planes
from support.difficult_times import BOTTOM, TOP, FieldOrder, interlaced, linear_fields, woven
from support.picture_edits import U8, Box, cropped, to_yuv
from support.program_runs import Vidkompy

from vidkompy.media.cache import Cache
from vidkompy.media.lost_fields import FieldOrderScan
from vidkompy.media.probe import probe
from vidkompy.media.proxy_decoding import make_proxies
from vidkompy.sidecar.document import read_sidecar

RATE = Fraction(25)
BOX, FIRST, FRAMES = Box(90, 40, 300, 180), 5, 40


def film(kind: str = "handheld", count: int = 120) -> Iterator[U8]:
    frames = (to_yuv(rgb) for rgb in footage.frames(kind, count, seed=3))
    return (frame[:, : frame.shape[1] // 4 * 4] for frame in frames)  # as many lines as interlaced 4:2:0 can have


def scanned(frames: Iterator[U8]) -> str:
    scan = FieldOrderScan()
    for frame in frames:
        scan.add(frame[0])
    return scan.field_order()


def pulled_down(frames: list[U8]) -> Iterator[U8]:
    """4 film frames in 5 of video."""
    for at in range(0, len(frames) - 3, 4):
        yield from (woven(frames[at + top], frames[at + bottom]) for top, bottom in zip(TOP, BOTTOM, strict=True))


@pytest.mark.parametrize("order", ["tff", "bff"])
def test_the_order_of_fields_is_told_from_the_pictures(order: FieldOrder) -> None:
    assert scanned(interlaced(film(), order)) == order


def test_telecined_film_has_fields_too() -> None:
    assert scanned(pulled_down(list(film()))) == "tff"


@pytest.mark.parametrize("kind", ["handheld", "pan", "tripod", "screen", "cuts", "lowlight", "periodic", "dissolves"])
def test_whole_frames_have_no_fields(kind: str) -> None:
    assert scanned(film(kind)) == ""


@pytest.mark.parametrize("times", [2, 3])
def test_held_frames_have_no_fields(times: int) -> None:
    assert scanned(frame for frame in film() for _ in range(times)) == ""


@pytest.mark.parametrize("step", [-0.01, 0.01])
def test_a_slow_fade_of_a_detailed_still_has_no_fields(step: float) -> None:
    """Lines of a brighter frame between those of a darker one comb, a little, in one direction of time only."""
    still = np.random.default_rng(5).normal(0, 30, (180, 320))
    assert scanned(np.clip(128 + still * (1 + step * k), 0, 255).astype(np.uint8)[None] for k in range(60)) == ""


def test_bobbed_fields_are_whole_frames(tmp_path: Path) -> None:
    encode(tmp_path / "a.mp4", interlaced(film(), "tff"), RATE, Encoding(field_order="tff"))
    assert scanned(linear_fields(tmp_path / "a.mp4", "tff")) == ""
    assert scanned(deinterlaced(tmp_path / "a.mp4", "tff", is_bobbed=True)) == ""


@pytest.mark.parametrize("order", ["tff", "bff"])
def test_large_copies_are_those_of_the_same_clip_with_its_flags(tmp_path: Path, order: FieldOrder) -> None:
    encode(tmp_path / "lost.mp4", interlaced(film(), order), RATE, Encoding())
    clip = probe(tmp_path / "lost.mp4")
    assert clip.field_order == ""
    lost, flagged = make_proxies(clip, 28), make_proxies(replace(clip, field_order=order), 28)
    assert (lost.field_order, lost.lost_order, flagged.lost_order) == (order, order, "")
    assert all((lost.large_frames[i] == large).all() for i, large in flagged.large_frames.items())
    assert any((lost.large_frames[i] != luma[0]).any() for i, luma in enumerate(planes(clip.path)))
    for _ in range(2):  # decoded, then from the cache without the file
        cached = make_proxies(clip, 28, cache=Cache(tmp_path / "cache"))
        assert cached.lost_order == order
        assert all((cached.large_frames[i] == large).all() for i, large in lost.large_frames.items())
        clip.path.unlink(missing_ok=True)


@pytest.mark.slow
@pytest.mark.parametrize("order", ["tff", "bff"])
@pytest.mark.parametrize("kind", ["handheld", "pan"])
def test_a_deinterlaced_fg_is_found_in_a_bg_that_lost_its_flags(
    vidkompy: Vidkompy, tmp_path: Path, kind: str, order: FieldOrder
) -> None:
    encode(tmp_path / "flagged.mp4", interlaced(film(kind), order), RATE, Encoding(crf=10, field_order=order))
    encode(tmp_path / "bg.mp4", planes(tmp_path / "flagged.mp4"), RATE, Encoding())
    kept = itertools.islice(deinterlaced(tmp_path / "flagged.mp4", order), FIRST, FIRST + FRAMES)
    encode(tmp_path / "fg.mp4", (cropped(frame, BOX) for frame in kept), RATE, Encoding())
    outcome = vidkompy("analyze", "bg.mp4", "fg.mp4", "-o", "x.json")
    assert outcome.code == 0, outcome.err
    sidecar = read_sidecar("x.json")
    assert abs(np.array(sidecar.placement.drawn) - (90, 40, 390, 220)).max() == 0
    assert (sidecar.placement.confidence or 0) > 0.9
    assert (sidecar.frame_map.bg == np.arange(FIRST, FIRST + FRAMES)).mean() >= 0.99
    field = {"tff": "upper", "bff": "lower"}[order]
    assert sidecar.quality.reasons[:2] == (
        "BG is interlaced, FG is not: 25 -> 25 fps",
        f"BG's frames hold two moments each, {field} field first, though its file calls them progressive",
    )
    assert sidecar.bg.field_order == ""  # what the file says is kept, and drawn
