"""Clips stored turned, of 10 bits, or graded as HDR: placed, timed, drawn and verified as players show them."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from support import footage
from support.clips import U16, Encoding, encode, planes
from support.difficult_looks import graded_up
from support.picture_edits import U8, Box, cropped, resized, to_yuv
from support.program_runs import FFMPEGS, Vidkompy, run_ffmpeg

from vidkompy.media.probe import probe
from vidkompy.sidecar.document import read_sidecar

BOX, FIRST, FRAMES, RATE = Box(80, 40, 300, 180), 7, 40, Fraction(25)
AT = (80, 40, 380, 220)
X264 = ("-c:v", "libx264", "-preset", "veryfast")
TURNS = {0: "null", 90: "transpose=clock", 180: "hflip,vflip", 270: "transpose=cclock"}  # undone as it is shown


@cache
def whole_film() -> list[U8]:
    return [to_yuv(rgb) for rgb in footage.frames("handheld", 60, size=(480, 270), seed=5)]


def film(first: int = 0, count: int = 60) -> Iterator[U8]:
    return iter(whole_film()[first : first + count])


def part() -> Iterator[U8]:
    return (cropped(frame, BOX) for frame in film(FIRST, FRAMES))


def store(path: Path, frames: Iterator[U8], *words: str) -> Path:
    """The film encoded again by ffmpeg's words."""
    whole = path.with_name(f"whole-{path.stem}.mp4")
    encode(whole, frames, RATE, Encoding(crf=10))
    run_ffmpeg("-i", whole, *words, path)
    return path


def turned(path: Path, frames: Iterator[U8], turn: int) -> None:
    """Stored turned, with a display matrix that turns it back."""
    stored = store(path.with_name(f"stored-{path.name}"), frames, "-vf", TURNS[turn], *X264, "-crf", "14")
    run_ffmpeg("-display_rotation", turn, "-i", stored, "-c", "copy", path)
    assert probe(path).rotation == turn


def assert_found(vidkompy: Vidkompy, bg: str = "bg.mp4", fg: str = "fg.mp4") -> None:
    outcome = vidkompy("analyze", bg, fg, "-o", "x.json")
    assert outcome.code == 0, outcome.err
    sidecar = read_sidecar("x.json")
    assert sidecar.placement.drawn == AT
    assert (sidecar.placement.confidence or 0) > 0.95
    assert (sidecar.frame_map.bg == np.arange(FIRST, FIRST + FRAMES)).all()
    assert (sidecar.quality.confidence or 0) > 0.95


@pytest.mark.slow
@pytest.mark.parametrize(("bg_turn", "fg_turn"), [(0, 90), (0, 180), (90, 0), (270, 90), (180, 270)])
def test_turned_clips_are_analysed_drawn_and_verified_as_players_show_them(
    vidkompy: Vidkompy, tmp_path: Path, bg_turn: int, fg_turn: int
) -> None:
    turned(tmp_path / "bg.mp4", film(), bg_turn)
    turned(tmp_path / "fg.mp4", part(), fg_turn)
    assert_found(vidkompy)
    for k, program in enumerate(FFMPEGS):
        out = f"out-{k}.mkv"
        assert vidkompy("render", "x.json", "-o", out, "--encoder", "ffv1", "--ffmpeg", program).code == 0
        verified = vidkompy("verify", "x.json", out)
        assert verified.code == 0, verified.out
        off = [
            np.abs(drawn[0] - true[0].astype(float)).mean()
            for drawn, true in zip(planes(Path(out)), film(FIRST), strict=False)
        ]
        assert len(off) == FRAMES
        assert max(off) < 2  # grey levels: what two encodings cost


TEN_BITS = ("-pix_fmt", "yuv420p10le", *X264, "-crf", "14")


@pytest.mark.parametrize("is_fg_deep", [False, True])
def test_10_bits_go_with_8(vidkompy: Vidkompy, tmp_path: Path, is_fg_deep: bool) -> None:
    for name, frames, is_deep in (("bg.mp4", film(), not is_fg_deep), ("fg.mp4", part(), is_fg_deep)):
        store(tmp_path / name, frames, *(TEN_BITS if is_deep else (*X264, "-crf", "14")))
        assert probe(tmp_path / name).pix_fmt == ("yuv420p10le" if is_deep else "yuv420p")
    assert_found(vidkompy)


def as_pq(frames: Iterator[U8]) -> Iterator[U16]:
    return map(graded_up, frames)


def as_hlg(frames: Iterator[U8]) -> Iterator[U16]:
    """ITU-R BT.2100's curve, of SDR that reaches a quarter of the peak; tagged as PQ, which nothing reads."""
    light = ((np.arange(256) - 16) / 219).clip(0, 1) ** 2 * 0.26
    signal = np.where(
        light <= 1 / 12, np.sqrt(3 * light), 0.17883277 * np.log(np.maximum(12 * light - 0.28466892, 1e-9))
    )
    signal = np.where(light <= 1 / 12, signal, signal + 0.55991073)
    luma = (64 + 876 * signal).round().astype(np.uint16)
    for frame in frames:
        yield np.stack([luma[frame[0]], *(4 * frame[1:].astype(np.uint16))])


@pytest.mark.slow
@pytest.mark.parametrize("graded", [as_pq, as_hlg])
@pytest.mark.parametrize("is_fg_hdr", [False, True])
def test_hdr_goes_with_sdr(
    vidkompy: Vidkompy, tmp_path: Path, graded: Callable[[Iterator[U8]], Iterator[U16]], is_fg_hdr: bool
) -> None:
    """The levels differ by a curve."""
    deep, plain = (part(), film()) if is_fg_hdr else (film(), part())
    names = ("fg.mp4", "bg.mp4") if is_fg_hdr else ("bg.mp4", "fg.mp4")
    encode(tmp_path / names[0], graded(deep), RATE, Encoding(crf=16, is_hdr10=True))
    encode(tmp_path / names[1], plain, RATE, Encoding(crf=18))
    assert probe(tmp_path / names[0]).pix_fmt == "yuv420p10le"
    assert_found(vidkompy)


@pytest.mark.slow
@pytest.mark.parametrize("graded", [as_pq, as_hlg])
@pytest.mark.parametrize("is_fg_hdr", [False, True])
def test_hdr_goes_with_sdr_where_fg_is_scaled_and_hardly_anything_moves(
    vidkompy: Vidkompy, tmp_path: Path, graded: Callable[[Iterator[U8]], Iterator[U16]], is_fg_hdr: bool
) -> None:
    scene = [to_yuv(rgb) for rgb in footage.frames("stage", 60, size=(480, 270), seed=26)]
    enlarged = [resized(cropped(frame, BOX), 500, 300) for frame in scene[FIRST : FIRST + FRAMES]]
    deep, plain = (enlarged, scene) if is_fg_hdr else (scene, enlarged)
    names = ("fg.mp4", "bg.mp4") if is_fg_hdr else ("bg.mp4", "fg.mp4")
    encode(tmp_path / names[0], graded(iter(deep)), RATE, Encoding(crf=16, is_hdr10=True))
    encode(tmp_path / names[1], plain, RATE, Encoding(crf=18))
    outcome = vidkompy("analyze", "bg.mp4", "fg.mp4", "-o", "x.json")
    assert outcome.code == 0, outcome.err
    sidecar = read_sidecar("x.json")
    at = sidecar.placement
    corners = np.array([at.x, at.y, at.x + at.width, at.y + at.height])
    assert np.abs(corners - (BOX.x, BOX.y, BOX.x + BOX.width, BOX.y + BOX.height)).max() < 0.3  # canvas px: the aim
    assert (at.confidence or 0) > 0.95
    assert (sidecar.frame_map.bg == np.arange(FIRST, FIRST + FRAMES)).all()
