"""A scaled clip lies where it was found, not on the nearest px: shown on films that are known between px too."""

from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from support.analytic_films import Waves, psnr, sampled, write
from support.drawn_films import Planes, decode, draw
from support.program_runs import in_turn

from filtergraphs import Composition, compose
from filtergraphs.formats import chroma_grid
from filtergraphs.geometry import visible
from vidkompy.drawing.options import Canvas, DrawingOptions
from vidkompy.drawing.plan import plan_composition
from vidkompy.media.probe import probe
from vidkompy.model import FrameMap, Placement, Sidecar

CANVAS = (224, 160)  # px
FRAMES = 2
RIM = 6  # px inside of FG's edges, where scaling looks beyond them
ENOUGH = 50.0  # dB; on the nearest whole px luma has 35 to 45 (measured on these films)
PLACES = {
    "up": ((96, 72), Placement(20.3, 13.6, 96 * 1.553, 72 * 1.553)),
    "down": ((200, 152), Placement(31.7, 9.21, 200 * 0.7123, 152 * 0.7123)),
    "a ratio of small numbers": ((96, 72), Placement(20.25, 13.75, 144, 108)),
    "beyond the canvas": ((128, 96), Placement(-13.3, -5.21, 128 * 1.9345, 96 * 1.93)),
    "odd sizes": ((95, 71), Placement(20.3, 13.6, 95 * 1.553, 71 * 1.553)),
    "one axis": ((96, 72), Placement(20, 13.4, 144, 72 * 1.2)),
    "padding beyond the middle": ((36, 32), Placement(56.46, 31, 36 * 2.056, 32 * 2.771)),
}
FORMATS = ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv422p10le", "yuv444p10le", "yuv411p", "yuv440p"]
QUICK = {*((name, pix_fmt) for name in PLACES for pix_fmt in ("yuv420p", "yuv420p10le")), *(("up", f) for f in FORMATS)}
CASES = [
    pytest.param(*case, marks=() if case[:2] in QUICK else pytest.mark.slow)
    for case in in_turn([*PLACES], FORMATS)
    if case[:2] != ("odd sizes", "yuv411p")
]


class Drawing(NamedTuple):
    """FG is a part that a perfect resampler cut out of BG, which is `waves`."""

    waves: Waves
    composition: Composition
    pix_fmt: str
    frames: list[Planes]


def drawn(
    ffmpeg: str, folder: Path, size: tuple[int, int], place: Placement, pix_fmt: str, canvas: Canvas = "bg"
) -> Drawing:
    """Drawn as planned, with as many frames as FG has at its times."""
    scale = place.width / size[0], place.height / size[1]
    waves = Waves(0.28 / max(*scale, 1), 1 / max(2, *chroma_grid(pix_fmt)))
    write(folder / "bg.nut", waves, CANVAS, (0, 0), (1, 1), pix_fmt, FRAMES)
    write(folder / "fg.nut", waves, size, (place.x, place.y), scale, pix_fmt, FRAMES)
    sidecar = Sidecar(probe(folder / "fg.nut"), probe(folder / "bg.nut"), place, FrameMap(np.arange(FRAMES)))
    composition = plan_composition(sidecar, DrawingOptions(canvas=canvas))
    source, frames = draw(ffmpeg, compose(composition), folder / "out.nut")
    assert (source.width, source.height) == composition.canvas
    assert decode(folder / "out.nut")[2] == [Fraction(i, 25) for i in range(FRAMES)]
    return Drawing(waves, composition, source.pix_fmt, frames)


@pytest.mark.parametrize(("name", "pix_fmt", "ffmpeg"), CASES)
def test_a_scaled_fg_lies_between_px(name: str, pix_fmt: str, ffmpeg: str, tmp_path: Path) -> None:
    size, place = PLACES[name]
    drawing = drawn(ffmpeg, tmp_path, size, place, pix_fmt)
    assert drawing.pix_fmt == ("yuv444p" if pix_fmt == "yuv411p" else pix_fmt)
    inset = visible(drawing.composition)
    inside = (inset.x + RIM, inset.y + RIM, inset.right - RIM, inset.bottom - RIM)
    for i, planes in enumerate(drawing.frames):
        wanted = sampled(drawing.waves, CANVAS, (0, 0), (1, 1), drawing.pix_fmt, i)
        assert min(psnr(planes, wanted, drawing.pix_fmt, inside)) > ENOUGH
        if drawing.pix_fmt == pix_fmt:  # else BG's chroma is repeated
            assert min(psnr(planes, wanted, pix_fmt, (0, 0, *CANVAS))) > ENOUGH - 4  # FG's rim, and BG around it


@pytest.mark.parametrize(("name", "pix_fmt", "ffmpeg"), CASES)
def test_a_scaled_bg_lies_between_px_below_fgs_own(name: str, pix_fmt: str, ffmpeg: str, tmp_path: Path) -> None:
    size, place = PLACES[name]
    drawing = drawn(ffmpeg, tmp_path, size, place, pix_fmt, canvas="fg")
    c = drawing.composition
    assert (c.width, c.height) == size
    scale = place.width / size[0], place.height / size[1]
    corner = place.x - c.x * scale[0], place.y - c.y * scale[1]
    fg = decode(tmp_path / "fg.nut")[1]
    inset = visible(c)
    for i, planes in enumerate(drawing.frames):
        wanted = sampled(drawing.waves, c.canvas, corner, scale, drawing.pix_fmt, i)
        got = psnr(planes, wanted, drawing.pix_fmt, (RIM, RIM, c.canvas[0] - RIM, c.canvas[1] - RIM))
        assert min(got if drawing.pix_fmt == pix_fmt else got[:1]) > ENOUGH  # else FG's chroma is repeated
        own = fg[i][0][inset.y - c.y : inset.bottom - c.y, inset.x - c.x : inset.right - c.x]
        np.testing.assert_array_equal(planes[0][inset.y : inset.bottom, inset.x : inset.right], own)
