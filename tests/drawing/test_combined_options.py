"""Drawing options in combination: each sample is what numpy makes of the samples of both clips."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from support.blended_films import EVEN, assert_faded, encoder
from support.blended_films import pair as films
from support.clips import planes
from support.drawn_films import CANVAS, INSET, REGULAR, composition, draw, film
from support.program_runs import FFMPEGS, Vidkompy, sidecar_of
from support.truth_cases import Case
from support.unmatched_films import FRAMES, UNMATCHED, in_two_colours

from filtergraphs import Composition, compose
from filtergraphs.bg_readers import readers_of
from filtergraphs.composition import UnmatchedFill
from vidkompy.sidecar.document import write_sidecar

FFV1 = ("--", "-c:v", "ffv1")
TICK = Fraction(1, 1000)
each_ffmpeg = pytest.mark.parametrize("ffmpeg", FFMPEGS)


# ---- the graph


@each_ffmpeg
def test_edges_fade_into_the_right_bg_of_a_map_that_goes_back(ffmpeg: str, tmp_path: Path) -> None:
    bg = film(tmp_path / "bg.mkv", CANVAS, "yuv420p", [40 * j for j in range(80)], TICK)
    fg = film(tmp_path / "fg.nut", INSET, "yuv420p", REGULAR[:8])
    c = replace(composition(bg, fg, [70, 71, 40, 40, 42, 2, 3, 79], EVEN), bg_pts=bg.pts, bg_time_base=TICK)
    assert [reader.seek is None for reader in readers_of(c)] == [False, False, True]
    assert_faded(ffmpeg, bg, fg, replace(c, feather=6), tmp_path)


@pytest.mark.slow
@each_ffmpeg
@pytest.mark.parametrize(
    ("pix_fmt", "black"), [("yuv420p", (16, 128, 128)), ("yuv422p10le", (64, 512, 512)), ("gbrp", (0, 0, 0))]
)
def test_edges_of_unmatched_frames_fade_into_black(
    ffmpeg: str, pix_fmt: str, black: tuple[int, ...], tmp_path: Path
) -> None:
    bg, fg = films(tmp_path, pix_fmt)
    index = [0, 1, 11, 4, 5, 11, 9, 9]  # 11, below unmatched frames only, is not to be seen
    flags = [j == 11 for j in index]
    c = replace(composition(bg, fg, index, EVEN), feather=6, unmatched=flags, unmatched_fill="black")
    dark = [np.full_like(plane, level) for plane, level in zip(bg.frames[11], black, strict=True)]
    assert_faded(ffmpeg, replace(bg, frames=[*bg.frames[:11], dark]), fg, c, tmp_path)


@pytest.mark.slow
@each_ffmpeg
@pytest.mark.parametrize("filling", ["hold", "black", "foreground"])
@pytest.mark.parametrize("size", [(144, 96), (72, 48)])
def test_another_canvas_is_filled_around_unmatched_frames(
    ffmpeg: str, filling: UnmatchedFill, size: tuple[int, int], tmp_path: Path
) -> None:
    bg = in_two_colours(tmp_path / "bg.nut", CANVAS, "yuv420p")
    fg = in_two_colours(tmp_path / "fg.nut", INSET, "yuv420p")
    c = replace(composition(bg, fg, FRAMES, (12, 8)), canvas_size=size, unmatched=UNMATCHED, unmatched_fill=filling)
    black = [np.full((1, 2), level, np.uint8) for level in (16, 128, 128)]
    for i, frame in enumerate(drawn(ffmpeg, c, tmp_path)):
        below = {"hold": bg.frames[FRAMES[i]], "black": black, "foreground": fg.frames[i]}
        assert_colours(frame, below[filling if UNMATCHED[i] else "hold"], i)
        for plane, above, step in zip(frame, fg.frames[i], (1, 2, 2), strict=True):
            there = plane[8 // step : 40 // step, 12 // step : 60 // step]
            np.testing.assert_array_equal(there, above, err_msg=f"frame {i}")


def assert_colours(frame: list[np.ndarray], two: list[np.ndarray], i: int) -> None:
    """Below FG lies the picture whose left and right have these colours; scaling rings near its middle."""
    for plane, source in zip(frame, two, strict=True):
        middle, edge = plane.shape[1] // 2, plane.shape[1] // 3
        assert (plane[-2:, : middle - edge] == source[0, 0]).all(), i
        assert (plane[-2:, middle + edge :] == source[0, -1]).all(), i


@each_ffmpeg
@pytest.mark.parametrize("xy", [EVEN, (13, 7)])
def test_bars_do_not_fill_the_canvas(ffmpeg: str, xy: tuple[int, int], tmp_path: Path) -> None:
    """FG's right half is all bar: nothing of its colour is to be seen."""
    bg = film(tmp_path / "bg.nut", CANVAS, "yuv420p", list(range(40)), Fraction(1, 25))
    fg = in_two_colours(tmp_path / "fg.nut", INSET, "yuv420p")
    window = (xy[0], xy[1], xy[0] + INSET[0] // 2, xy[1] + INSET[1])
    c = replace(composition(bg, fg, FRAMES, xy), fg_crop=window, unmatched=UNMATCHED, unmatched_fill="foreground")
    for i, frame in enumerate(drawn(ffmpeg, c, tmp_path)):
        for plane, source in zip(frame, fg.frames[i], strict=True):
            assert (plane == source[0, 0]).all() == UNMATCHED[i], i


def test_an_fg_with_alpha_cannot_lie_below_itself(tmp_path: Path) -> None:
    bg, fg = films(tmp_path, "yuva420p", "yuv420p")
    c = replace(composition(bg, fg, [0] * 8, EVEN), unmatched=[False] * 7 + [True], unmatched_fill="foreground")
    with pytest.raises(ValueError, match=r"FG has alpha \(yuva420p\) and cannot lie below itself; wanted black or"):
        compose(c)
    compose(replace(c, unmatched=[False] * 8))


def drawn(ffmpeg: str, c: Composition, folder: Path) -> list[list[np.ndarray]]:
    frames = draw(ffmpeg, compose(c), folder / "out.nut", encoder(c))[1]
    assert len(frames) == len(c.fg_pts)
    return frames


# ---- the program


@pytest.mark.slow
@each_ffmpeg
def test_bars_are_cut_from_a_trimmed_fg(vidkompy: Vidkompy, pair: Case, ffmpeg: str) -> None:
    truth = sidecar_of(pair)
    truth.frame_map.bg[[*range(5), *range(10, 14), *range(30, 36)]] = -1
    write_sidecar(replace(truth, content=(0, 21, 192, 90)), "bars.vidkompy.json")
    options = ("--trim", "matched", "--unmatched", "black")
    assert vidkompy("render", "bars.vidkompy.json", "-o", "out.mkv", "--ffmpeg", ffmpeg, *options, *FFV1).code == 0
    below, above = list(planes(pair.bg)), list(planes(pair.fg))
    dark = np.zeros_like(below[0]) + np.array([16, 128, 128], np.uint8)[:, None, None]
    out = list(planes(Path("out.mkv")))
    assert len(out) == 25
    for i, frame in enumerate(out, 5):
        wanted = (dark if 10 <= i < 14 else below[truth.frame_map.bg[i]]).copy()
        wanted[:, 58:126, 61:253] = above[i][:, 21:89]
        np.testing.assert_array_equal(frame, wanted, err_msg=f"frame {i}")
    assert vidkompy("verify", "bars.vidkompy.json", "out.mkv", *options).code == 0
    assert vidkompy("verify", "bars.vidkompy.json", "out.mkv", *options, "--keep-bars").code == 1


@pytest.mark.slow
@each_ffmpeg
@pytest.mark.parametrize("filling", ["black", "foreground"])
@pytest.mark.parametrize("encoding", [FFV1, ("--", "-c:v", "libx264", "-crf", "23")], ids=["lossless", "crf 23"])
def test_verify_judges_what_was_wished_together(
    vidkompy: Vidkompy, pair: Case, filling: str, encoding: tuple[str, ...], ffmpeg: str
) -> None:
    truth = sidecar_of(pair)
    truth.frame_map.bg[20:] = truth.frame_map.bg[:16]
    truth.frame_map.bg[[*range(5), *range(10, 14), *range(30, 36)]] = -1
    half = replace(truth.placement, width=96.0, height=55.0)
    write_sidecar(replace(truth, placement=half, content=(0, 21, 192, 90)), "all.vidkompy.json")
    options = ("--smooth", "--canvas", "fg", "--unmatched", filling)
    assert vidkompy("render", "all.vidkompy.json", "-o", "out.mkv", "--ffmpeg", ffmpeg, *options, *encoding).code == 0
    outcome = vidkompy("verify", "all.vidkompy.json", "out.mkv", *options)
    assert (outcome.code, outcome.out.splitlines()[-1]) == (0, "result  right"), outcome.out
    outcome = vidkompy("verify", "all.vidkompy.json", "out.mkv", *options[:-1], "hold")
    assert (outcome.code, "15 wrong: 0..4, 10..13, 30..35" in outcome.out) == (1, True), outcome.out
