"""Where BG shows through FG, drawn by a real ffmpeg: faded edges, alpha, blend modes, windows and other canvases."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from support.blended_films import CORNER, EVEN, NEGATIVE, ODD, assert_faded, covered, encoder, pair
from support.drawn_films import (
    CANVAS,
    INSET,
    NTSC,
    REGULAR,
    TIME_BASE,
    assert_rectangle,
    composition,
    decode,
    draw,
    film,
    full,
)
from support.program_runs import in_turn

from filtergraphs import compose, working_format
from filtergraphs.formats import chroma_grid, depth, full_chroma, opaque
from filtergraphs.geometry import visible
from vidkompy.drawing.options import BlendMode

MAP = [0, 1, 1, 4, 5, 8, 9, 11]
FORMATS = ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv444p12le", "yuv422p10le", "gbrp", "gbrp12le", "gray"]
ALPHA = ["yuva420p", "yuva422p", "yuva444p", "yuva420p10le", "yuva444p12le", "gbrap", "gbrap12le"]


# ---- faded edges


@pytest.mark.slow
@pytest.mark.parametrize(("pix_fmt", "xy", "ffmpeg"), in_turn(FORMATS, [EVEN, ODD]))
def test_fading_touches_nothing_but_the_edges(pix_fmt: str, xy: tuple[int, int], ffmpeg: str, tmp_path: Path) -> None:
    bg, fg = pair(tmp_path, pix_fmt)
    assert_faded(ffmpeg, bg, fg, replace(composition(bg, fg, MAP, xy), feather=6), tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("xy", [CORNER, NEGATIVE])
@pytest.mark.parametrize("feather", [1, 7, 100])
def test_only_edges_with_bg_beyond_them_fade(ffmpeg: str, xy: tuple[int, int], feather: int, tmp_path: Path) -> None:
    bg, fg = pair(tmp_path, "yuv420p")
    assert_faded(ffmpeg, bg, fg, replace(composition(bg, fg, MAP, xy), feather=feather), tmp_path)


def test_an_fg_that_covers_the_canvas_does_not_fade(tmp_path: Path) -> None:
    _, fg = pair(tmp_path, "yuv420p")
    c = composition(fg, fg, MAP, (0, 0))
    assert compose(replace(c, feather=8)) == compose(c)


# ---- alpha


@pytest.mark.slow
@pytest.mark.parametrize(("pix_fmt", "xy", "ffmpeg"), in_turn(ALPHA, [EVEN, ODD]))
def test_alpha_lets_bg_through_in_every_depth(pix_fmt: str, xy: tuple[int, int], ffmpeg: str, tmp_path: Path) -> None:
    bg, fg = pair(tmp_path, pix_fmt, opaque(pix_fmt))
    c = composition(bg, fg, MAP, xy)
    source, frames = draw(ffmpeg, compose(c), tmp_path / "out.nut", encoder(c))
    assert source.pix_fmt == working_format(c) == (full_chroma if xy == ODD else str)(opaque(pix_fmt))
    assert decode(tmp_path / "out.nut")[2] == [pts * TIME_BASE for pts in c.fg_pts]
    peak = 2 ** depth(source.pix_fmt) - 1
    for i, planes in enumerate(frames):
        below, above = covered(c, bg, fg, i)
        height, width = below[0].shape
        where = np.zeros((height, width))
        alpha = fg.frames[i][3]
        where[c.y : c.y + INSET[1], c.x : c.x + INSET[0]] = alpha / peak
        for k, (plane, b, f) in enumerate(zip(planes, below, above, strict=True)):
            sx, sy = chroma_grid(source.pix_fmt) if k else (1, 1)
            share = where.reshape(height // sy, sy, -1, sx).mean((1, 3))
            allowed = 0.501 if (sx, sy) == (1, 1) else 1.6  # the mean over a chroma sample's pixels is rounded too
            assert np.abs(plane - (b + share * (1.0 * f - b))).max() <= allowed
            np.testing.assert_array_equal(plane[share == 0], b[share == 0])
            np.testing.assert_array_equal(plane[share == 1], f[share == 1])


# ---- blend modes


@pytest.mark.slow
@pytest.mark.parametrize(
    ("pix_fmt", "window", "ffmpeg"),
    in_turn(["gbrp", "gbrp10le", "yuv444p", "yuv420p", "yuv422p10le", "yuvj420p"], [(20, 10, 60, 50), (13, 7, 60, 51)]),
)
def test_the_difference_of_equal_pictures_is_black(
    pix_fmt: str, window: tuple[int, int, int, int], ffmpeg: str, tmp_path: Path
) -> None:
    """Black, not green: a difference of chroma would be 0."""
    bg = film(tmp_path / "bg.nut", CANVAS, pix_fmt, list(range(6)), Fraction(1, 25))
    plain = replace(composition(bg, bg, list(range(6)), (0, 0), Fraction(1, 25)), fg_crop=window)
    source, frames = draw(ffmpeg, compose(replace(plain, blend="difference")), tmp_path / "out.nut", encoder(plain))
    assert source.pix_fmt.replace("yuvj", "yuv") == working_format(plain)
    unit = 2 ** (depth(source.pix_fmt) - 8)
    is_rgb, is_full = pix_fmt.startswith("gbr"), pix_fmt == "yuvj420p"
    black = [0 if is_rgb or is_full else 16 * unit, *[0 if is_rgb else 128 * unit] * 2]
    for planes, before in zip(frames, bg.frames, strict=True):
        wanted = full(before, pix_fmt, working_format(plain), CANVAS)
        for k, (plane, want) in enumerate(zip(planes, wanted, strict=True)):
            sx, sy = chroma_grid(source.pix_fmt) if k else (1, 1)
            inside = np.zeros(plane.shape, bool)
            inside[window[1] // sy : window[3] // sy, window[0] // sx : window[2] // sx] = True
            np.testing.assert_array_equal(plane[~inside], want[~inside])
            assert np.abs(plane[inside] - 1.0 * black[k]).max() <= 1


Curve = Callable[[np.ndarray], np.ndarray]
MODES: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "difference": lambda a, b: np.abs(a - b),
    "multiply": lambda a, b: a * b,
    "screen": lambda a, b: 1 - (1 - a) * (1 - b),
    "darken": np.minimum,
    "average": lambda a, b: (a + b) / 2,
    "subtract": lambda a, b: (a - b).clip(0),
}


@pytest.mark.parametrize("mode", get_args(BlendMode))
def test_every_mode_that_is_offered_is_drawn(ffmpeg: str, mode: BlendMode, tmp_path: Path) -> None:
    bg, fg = (film(tmp_path / f"{name}.nut", size, "yuv420p", [0]) for name, size in (("bg", CANVAS), ("fg", INSET)))
    _, frames = draw(ffmpeg, compose(replace(composition(bg, fg, [0], EVEN), blend=mode)), tmp_path / "out.nut")
    assert len(frames) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "coding", "ffmpeg"),
    in_turn([*MODES], [("gbrp10le", "unknown"), ("yuv444p", "bt709"), ("yuv444p", "unknown")]),
)
def test_modes_blend_the_light_of_fg_above_bg(mode: str, coding: tuple[str, str], ffmpeg: str, tmp_path: Path) -> None:
    pix_fmt, colour = coding
    tick, tags = Fraction(1, 1000), (colour, "tv" if colour != "unknown" else colour)
    pts = list(range(0, 160, 40))
    bg = film(tmp_path / "bg.mkv", CANVAS, pix_fmt, pts, tick, tags, (100, 156))
    fg = film(tmp_path / "fg.mkv", INSET, pix_fmt, pts, tick, tags, (100, 156))
    c = replace(composition(bg, fg, [0, 1, 1, 3], EVEN, tick), blend=mode)
    source, frames = draw(ffmpeg, compose(c), tmp_path / "out.mkv")
    assert source.pix_fmt == pix_fmt
    assert decode(tmp_path / "out.mkv")[2] == [stamp * tick for stamp in pts]
    there, back = (lambda p: p / 1023, lambda p: p * 1023) if pix_fmt == "gbrp10le" else rgb_and_back(colour)
    for i, planes in enumerate(frames):
        below, above = covered(c, bg, fg, i)
        b, f = there(np.stack(below, -1).astype(float)), there(np.stack(above, -1).astype(float))
        wanted = back(MODES[mode](f, b))
        for k, plane in enumerate(planes):
            inside = np.zeros(plane.shape, bool)
            inside[c.y : c.y + INSET[1], c.x : c.x + INSET[0]] = True
            np.testing.assert_array_equal(plane[~inside], below[k][~inside])
            assert np.abs(plane - wanted[..., k])[inside].max() <= 2  # 8 bits twice on the way


def rgb_and_back(matrix: str) -> tuple[Curve, Curve]:
    """Limited-range YCbCr [..., 3] to RGB 0..1, and back; an unknown matrix is taken for BT.601 both times."""
    red, blue = (0.2126, 0.0722) if matrix == "bt709" else (0.299, 0.114)
    luma = np.array([red, 1 - red - blue, blue])
    forth = np.stack([luma, (np.eye(3)[2] - luma) / (2 - 2 * blue), (np.eye(3)[0] - luma) / (2 - 2 * red)])
    scale, offset = np.array([219, 224, 224]), np.array([16, 128, 128])
    return (
        lambda ycc: ((ycc - offset) / scale @ np.linalg.inv(forth).T).clip(0, 1),
        lambda rgb: rgb @ forth.T * scale + offset,
    )


def test_everything_at_once_keeps_what_lies_outside(ffmpeg: str, tmp_path: Path) -> None:
    bg, fg = pair(tmp_path, "yuva420p", "yuv420p")
    c = replace(composition(bg, fg, MAP, EVEN), feather=4, blend="screen", fg_crop=(28, 14, 66, 40))
    _, frames = draw(ffmpeg, compose(c), tmp_path / "out.nut", encoder(c))
    for planes, j in zip(frames, MAP, strict=True):
        for k, (plane, below) in enumerate(zip(planes, bg.frames[j], strict=True)):
            step = 2 if k else 1
            inside = np.zeros(plane.shape, bool)
            inside[14 // step : 40 // step, 28 // step : 66 // step] = True
            np.testing.assert_array_equal(plane[~inside], below[~inside])
            assert (plane[inside] != below[inside]).any()


# ---- windows and canvases


@pytest.mark.parametrize("window", [(26, 16, 64, 40), (0, 16, 200, 40), (27, 16, 64, 39)])
def test_outside_its_window_fg_is_not_drawn(ffmpeg: str, window: tuple[int, int, int, int], tmp_path: Path) -> None:
    bg, fg = pair(tmp_path, "yuv420p")
    c = replace(composition(bg, fg, MAP, EVEN), fg_crop=window)
    source, frames = draw(ffmpeg, compose(c), tmp_path / "out.nut", encoder(c))
    inset = visible(c)
    assert source.pix_fmt == ("yuv444p" if inset.x % 2 else "yuv420p")
    for i, planes in enumerate(frames):
        below, above = covered(c, bg, fg, i)
        for k, (plane, b, f) in enumerate(zip(planes, below, above, strict=True)):
            step = chroma_grid(source.pix_fmt)[0] if k else 1
            inside = np.zeros(plane.shape, bool)
            rows, columns = slice(inset.y // step, (inset.y + inset.height) // step), slice(inset.x // step, None)
            inside[rows, columns.start : (inset.x + inset.width) // step] = True
            np.testing.assert_array_equal(plane, np.where(inside, f, b))


@pytest.mark.parametrize("size", [(144, 96), (72, 48)])
def test_bg_is_scaled_to_another_canvas_and_fg_is_not(ffmpeg: str, size: tuple[int, int], tmp_path: Path) -> None:
    bg = film(tmp_path / "bg.mkv", CANVAS, "yuv420p", list(range(0, 480, 40)), Fraction(1, 1000), values=(90, 91))
    fg = film(tmp_path / "fg.nut", INSET, "yuv420p", REGULAR[:8])
    c = replace(composition(bg, fg, MAP, (12, 8)), canvas_size=size)
    source, frames = draw(ffmpeg, compose(c), tmp_path / "out.nut", encoder(c))
    assert (source.width, source.height) == size
    assert_rectangle(c, fg, frames)
    inset = visible(c)
    outside = np.ones((size[1], size[0]), bool)
    outside[inset.y : inset.y + inset.height, inset.x : inset.x + inset.width] = False
    assert all((planes[0][outside] == bg.frames[j][0][0, 0]).all() for planes, j in zip(frames, MAP, strict=True))
    assert c.frame_rate == NTSC
