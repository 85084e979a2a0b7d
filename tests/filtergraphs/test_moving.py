"""A clip that moves, drawn by a real ffmpeg: FG over BG, sample by sample where it moves by whole px."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from math import ceil, floor
from pathlib import Path

import numpy as np
import pytest
from support.blended_films import encoder
from support.drawn_films import CANVAS, INSET, REGULAR, TIME_BASE, X264, Film, composition, decode, draw, film
from support.drawn_motions import moved_over, wandering, with_fg_at
from support.program_runs import in_turn

from filtergraphs import Composition, Source, compose, working_format
from filtergraphs.formats import chroma_grid, depth, full_chroma
from filtergraphs.motion import Affine, Motion, Outside

FRAMES = 12
MAP = [0, 1, 1, 4, 5, 8, 9, 11, 11, 7, 8, 9]
FORMATS = ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le", "gbrp", "gray", "yuv444p12le"]


def films(folder: Path, pix_fmt: str) -> tuple[Film, Film]:
    bg = film(folder / "bg.nut", CANVAS, pix_fmt, list(range(FRAMES)), Fraction(1, 25))
    return bg, film(folder / "fg.nut", INSET, pix_fmt, REGULAR[:FRAMES])


def drawn(ffmpeg: str, c: Composition, folder: Path) -> list[list[np.ndarray]]:
    """Frames of the drawing, which has FG's count and times, in the working format."""
    source, frames = draw(ffmpeg, compose(c), folder / "out.nut", encoder(c))
    assert source.pix_fmt == working_format(c)
    assert decode(folder / "out.nut")[2] == [pts * TIME_BASE for pts in c.fg_pts]
    return frames


def assert_equal(frames: list[list[np.ndarray]], wanted: list[list[np.ndarray]]) -> None:
    assert len(frames) == len(wanted)
    for i, (planes, want) in enumerate(zip(frames, wanted, strict=True)):
        for plane, samples in zip(planes, want, strict=True):
            np.testing.assert_array_equal(plane, samples, err_msg=f"frame {i}")


# ---- FG moves by whole px


@pytest.mark.parametrize(("pix_fmt", "is_on_grid", "ffmpeg"), in_turn(FORMATS, [True, False]))
def test_an_fg_that_moves_by_whole_px_keeps_its_samples(
    pix_fmt: str, is_on_grid: bool, ffmpeg: str, tmp_path: Path
) -> None:
    bg, fg = films(tmp_path, pix_fmt)
    c = with_fg_at(composition(bg, fg, MAP, (8, 8)), wandering(FRAMES, chroma_grid(pix_fmt) if is_on_grid else (1, 1)))
    assert working_format(c) == (pix_fmt if is_on_grid else full_chroma(pix_fmt))
    assert_equal(drawn(ffmpeg, c, tmp_path), [moved_over(c, bg, fg, i) for i in range(FRAMES)])


def test_an_odd_fg_moves_in_full_chroma(ffmpeg: str, tmp_path: Path) -> None:
    size = (47, 31)
    bg = film(tmp_path / "bg.nut", (95, 63), "yuv444p", list(range(FRAMES)), Fraction(1, 25))
    fg = film(tmp_path / "fg.nut", size, "yuv420p", REGULAR[:FRAMES])
    c = with_fg_at(composition(bg, fg, MAP, (8, 8)), [Affine(4 * i, 2 * i) for i in range(FRAMES)])
    for i, planes in enumerate(drawn(ffmpeg, c, tmp_path)):
        inside = planes[0][2 * i : 2 * i + size[1], 4 * i : 4 * i + size[0]]
        np.testing.assert_array_equal(inside, fg.frames[i][0][: inside.shape[0], : inside.shape[1]])


def test_a_part_of_a_drawing_is_drawn_as_all_of_it(ffmpeg: str, tmp_path: Path) -> None:
    """Its format is that of the whole, whose places are odd elsewhere."""
    bg, fg = films(tmp_path, "yuv420p")
    whole = with_fg_at(composition(bg, fg, MAP, (8, 8)), [*[Affine(8, 8)] * 6, *[Affine(9 + i, 8) for i in range(6)]])
    assert whole.motion is not None
    part = replace(
        whole,
        bg_index=MAP[4:8],
        fg_pts=whole.fg_pts[4:8],
        fg_first=4,
        fg_end_pts=whole.fg_pts[8],
        motion=replace(whole.motion, first=4),
    )
    _, frames = draw(ffmpeg, compose(part), tmp_path / "out.nut", encoder(part))
    assert_equal(frames, [moved_over(whole, bg, fg, i) for i in range(4, 8)])


def test_bars_and_faded_edges_move_along(ffmpeg: str, tmp_path: Path) -> None:
    """Of FG all but 4 px on the left and right is drawn, and fades over 3 px: what is inside is exact."""
    bg, fg = films(tmp_path, "yuv444p")
    places = [Affine(5 + 3 * i, 7 + i) for i in range(FRAMES)]
    c = with_fg_at(replace(composition(bg, fg, MAP, (8, 8)), fg_crop=(12, 8, 52, 40), feather=3), places)
    for i, planes in enumerate(drawn(ffmpeg, c, tmp_path)):
        x, y = int(places[i].left), int(places[i].top)
        for plane, above, below in zip(planes, fg.frames[i], bg.frames[MAP[i]], strict=True):
            np.testing.assert_array_equal(plane[y + 3 : y + 29, x + 7 : x + 41], above[3:29, 7:41])
            outside = np.ones(plane.shape, bool)
            outside[y : y + 32, x + 4 : x + 44] = False
            np.testing.assert_array_equal(plane[outside], below[outside])


@pytest.mark.parametrize("pix_fmt", ["yuv420p10le", "gray10le", "gray12le", "gbrp10le"])
def test_bg_beside_an_fg_that_zooms_keeps_its_samples(ffmpeg: str, pix_fmt: str, tmp_path: Path) -> None:
    """Where the mask is less than full there, FG's edges, drawn out, are mixed into BG."""
    bg, fg = films(tmp_path, pix_fmt)
    places = [Affine(16, 12, 1 + k / 50, 0, 0, 1 + k / 50) for k in range(FRAMES)]
    for i, planes in enumerate(drawn(ffmpeg, with_fg_at(composition(bg, fg, MAP, (8, 8)), places), tmp_path)):
        for k, (plane, below) in enumerate(zip(planes, bg.frames[MAP[i]], strict=True)):
            step_x, step_y = chroma_grid(pix_fmt) if k else (1, 1)
            right, bottom = (ceil(4 + side * (1 + i / 50)) for side in INSET)
            beside = np.ones(plane.shape, bool)
            beside[8 // step_y : (12 + bottom) // step_y, 12 // step_x : (16 + right) // step_x] = False
            np.testing.assert_array_equal(plane[beside], below[beside], err_msg=f"frame {i}")


def test_places_have_to_be_there_for_every_frame(tmp_path: Path) -> None:
    bg, fg = films(tmp_path, "yuv420p")
    c = composition(bg, fg, MAP, (8, 8))
    with pytest.raises(ValueError, match="3 places for 12 FG frames"):
        with_fg_at(c, [Affine(0, 0)] * 3)
    with pytest.raises(ValueError, match="0 places of a moving fg"):
        Motion("fg", INSET, [])


def test_an_fg_that_is_never_seen_is_refused(tmp_path: Path) -> None:
    bg, fg = films(tmp_path, "yuv420p")
    c = with_fg_at(composition(bg, fg, MAP, (8, 8)), [Affine(200, 8)] * FRAMES)
    with pytest.raises(ValueError, match="FG moves outside the 96x64 canvas all the time"):
        compose(c)


# ---- BG moves below FG


@pytest.mark.parametrize(
    ("pix_fmt", "outside", "ffmpeg"),
    in_turn(
        ["yuv420p", "yuv422p10le", "yuv444p", "yuv444p10le", "yuv444p12le", "gbrp", "gray"], ["black", "smear", "blur"]
    ),
)
def test_a_bg_that_moves_by_whole_px_keeps_its_luma(
    pix_fmt: str, outside: Outside, ffmpeg: str, tmp_path: Path
) -> None:
    """FG, which stands, keeps all samples. Without subsampled chroma so does BG."""
    bg, fg = films(tmp_path, pix_fmt)
    places = [Affine(chosen - 9, (7 * chosen) % 19 - 9) for chosen in (0, 5, 18, 9, 1, 12, 7, 16, 3, 10, 14, 2)]
    c = replace(composition(bg, fg, MAP, (8, 8)), motion=Motion("bg", CANVAS, places, outside=outside))
    assert working_format(c) == pix_fmt
    for i, planes in enumerate(drawn(ffmpeg, c, tmp_path)):
        x, y = int(places[i].left), int(places[i].top)
        for k, (plane, above, below) in enumerate(zip(planes, fg.frames[i], bg.frames[MAP[i]], strict=True)):
            step_x, step_y = chroma_grid(pix_fmt) if k else (1, 1)
            there = plane[8 // step_y : 40 // step_y, 8 // step_x : 56 // step_x]
            np.testing.assert_array_equal(there, above, err_msg=f"frame {i}")
            if (step_x, step_y) == (1, 1):
                wanted = surrounded(below, x, y, outside, black_of(pix_fmt, k))
                beside = np.isfinite(wanted)
                beside[8:40, 8:56] = False
                np.testing.assert_array_equal(plane[beside], wanted[beside], err_msg=f"frame {i}")


def surrounded(plane: np.ndarray, x: int, y: int, outside: Outside, black: int) -> np.ndarray:
    """The plane with its corner at x, y, and what lies around it; NaN where that is not foretold."""
    height, width = plane.shape
    rows, columns = np.arange(height) - y, np.arange(width) - x
    moved: np.ndarray = plane[rows.clip(0, height - 1)[:, None], columns.clip(0, width - 1)].astype(float)
    is_off = ((rows < 0) | (rows >= height))[:, None] | ((columns < 0) | (columns >= width))
    if outside != "smear":
        moved[is_off] = black if outside == "black" else np.nan
    return moved


def black_of(pix_fmt: str, plane: int) -> int:
    return 0 if pix_fmt in ("gbrp", "gray") else (128 if plane else 16) << (depth(pix_fmt) - 8)


@pytest.mark.parametrize(
    ("pix_fmt", "threads", "ffmpeg"), in_turn(["yuv420p", "yuv420p10le", "yuv444p12le"], [1, 3, 16])
)
def test_all_that_is_seen_between_px_is_interpolated(pix_fmt: str, threads: int, ffmpeg: str, tmp_path: Path) -> None:
    """Up to the edges of what is seen, however many threads draw it: narrow strips left and right of FG too."""
    bg, fg = films(tmp_path, pix_fmt)
    places = [Affine(k * 7 / 8 - 5, 11 / 8 * k - 7) for k in range(FRAMES - 2)] + [Affine(0, -3), Affine(5, -9)]
    motion = Motion("bg", CANVAS, places, outside="smear")
    c = replace(composition(bg, fg, MAP, (24, 16)), motion=motion)
    options = (*encoder(c), "-filter_complex_threads", str(threads))
    for i, planes in enumerate(draw(ffmpeg, compose(c), tmp_path / "out.nut", options)[1]):
        for k, (plane, below) in enumerate(zip(planes, bg.frames[MAP[i]], strict=True)):
            step_x, step_y = chroma_grid(pix_fmt) if k else (1, 1)
            wanted = interpolated(below, places[i].left / step_x, places[i].top / step_y, 2 ** depth(pix_fmt) - 1)
            off = np.abs(plane - wanted)
            off[16 // step_y : 48 // step_y, 24 // step_x : 72 // step_x] = 0
            assert off.max() <= 2, (i, k)  # of 4096 levels in 12 bits: weights are whole numbers of 2 ** -14


def interpolated(plane: np.ndarray, x: float, y: float, peak: int) -> np.ndarray:
    """The plane with its corner at x, y, its edges drawn out; first across, then down, as levels each time."""
    levels = plane.astype(float)
    for place, axis in ((x, 1), (y, 0)):
        size, whole = plane.shape[axis], floor(place)
        weights = [0.0 if abs(d) >= 3 else np.sinc(d) * np.sinc(d / 3) for d in np.arange(-3, 4) + place - whole]
        at = [(np.arange(size) - whole + k).clip(0, size - 1) for k in range(-3, 4)]
        summed = sum(w * levels.take(chosen, axis) for w, chosen in zip(weights, at, strict=True)) / sum(weights)
        levels = np.floor(summed + 0.5).clip(0, peak)
    return levels


def test_edges_that_are_made_soft_have_few_details(ffmpeg: str, tmp_path: Path) -> None:
    """BG is noise: drawn out, its edges are stripes; soft, neighbouring px differ by little."""
    bg, fg = films(tmp_path, "yuv444p")
    c = replace(
        composition(bg, fg, MAP, (48, 32)), motion=Motion("bg", CANVAS, [Affine(40, 0)] * FRAMES, outside="blur")
    )
    frames = drawn(ffmpeg, c, tmp_path)
    steps = [np.abs(np.diff(planes[0][:, :38].astype(int), axis=0)).mean() for planes in frames]
    assert max(steps) < 12  # of noise: 85


@pytest.mark.parametrize(("pix_fmt", "black"), [("yuv420p", 16), ("yuvj420p", 0)])
def test_black_around_bg_is_that_of_its_range(ffmpeg: str, pix_fmt: str, black: int, tmp_path: Path) -> None:
    bg, fg = films(tmp_path, pix_fmt)
    c = replace(composition(bg, fg, MAP, (48, 32)), motion=Motion("bg", CANVAS, [Affine(40, 0)] * FRAMES))
    _, frames = draw(ffmpeg, compose(c), tmp_path / "out.nut", X264)
    for planes in frames:
        seen = [set(plane[:, : 40 // step].ravel().tolist()) for plane, step in zip(planes, (1, 2, 2), strict=True)]
        assert seen == [{black}, {128}, {128}]


# ---- long tracks


def graph_size(places: list[Affine] | None, bg_index: Sequence[int]) -> int:
    """Characters of the graph of a drawing with BG of 1280x720 and FG of 640x360, without files."""
    bg, fg = Source("bg.mkv", 1280, 720, "yuv420p"), Source("fg.mkv", 640, 360, "yuv420p")
    times = range(0, 40 * len(bg_index), 40)
    motion = Motion("bg", (1280, 720), places) if places else None
    c = Composition(bg, fg, 320, 180, 640, 360, bg_index, times, Fraction(1, 1000), Fraction(25), motion=motion)
    return len(compose(c).graph)


@pytest.mark.slow
def test_200_000_places_take_as_many_bytes_each_as_a_map() -> None:
    """A place is three numbers, x, y and what is left of both, and a map one."""
    count, rng = 200_000, np.random.default_rng(4)
    wild = np.cumsum(rng.integers(0, 3, count)).tolist()
    places = [Affine(x, y) for x, y in rng.uniform(-9, 9, (count, 2)).tolist()]
    a_map, a_track = graph_size(None, wild), graph_size(places, range(count))
    assert a_track < 3 * 2.5 * a_map, (a_track, a_map)  # numbers that go down as well take more signs
    few = graph_size(places[:1000], range(1000))
    assert a_track < 1.5 * few * count / 1000


@pytest.mark.slow
def test_the_last_of_many_places_is_met(ffmpeg: str, tmp_path: Path) -> None:
    """Every place is its own: the trees of 3,000 of them say what each is."""
    count, rng = 3000, np.random.default_rng(4)
    bg = film(tmp_path / "bg.nut", CANVAS, "gray", list(range(FRAMES)), Fraction(1, 25))
    fg = film(tmp_path / "fg.nut", (8, 8), "gray", [3003 * i for i in range(count)])
    places = [
        Affine(int(x), int(y)) for x, y in zip(rng.integers(0, 88, count), rng.integers(0, 56, count), strict=True)
    ]
    c = composition(bg, fg, [0] * count, (8, 8))
    _, frames = draw(ffmpeg, compose(replace(c, motion=Motion("fg", (8, 8), places))), tmp_path / "out.nut")
    assert len(frames) == count
    for i, ((plane,), place) in enumerate(zip(frames, places, strict=True)):
        there = plane[int(place.top) : int(place.top) + 8, int(place.left) : int(place.left) + 8]
        np.testing.assert_array_equal(there, fg.frames[i][0], err_msg=f"frame {i}")
