"""Films for what shows through: an FG with alpha or faded edges, and what numpy makes of them."""

from pathlib import Path

import numpy as np

from filtergraphs import compose, working_format
from filtergraphs.formats import chroma_grid, depth
from filtergraphs.geometry import unfeathered, visible
from support.drawn_films import (
    CANVAS,
    INSET,
    REGULAR,
    TB,
    X264,
    Composition,
    Film,
    Fraction,
    Planes,
    decode,
    draw,
    film,
    full,
    lossless,
)

EVEN, ODD, CORNER, NEGATIVE = (24, 10), (13, 7), (48, 32), (-10, -6)


def pair(folder: Path, pix_fmt: str, below: str = "") -> tuple[Film, Film]:
    bg = film(folder / "bg.nut", CANVAS, below or pix_fmt, list(range(12)), Fraction(1, 25))
    return bg, film(folder / "fg.nut", INSET, pix_fmt, REGULAR[:8])


def assert_faded(tool: str, bg: Film, fg: Film, c: Composition, folder: Path) -> None:
    source, frames = draw(tool, compose(c), folder / "out.nut", encoder(c))
    assert source.pix_fmt == working_format(c)
    assert decode(folder / "out.nut")[2] == [pts * TB for pts in c.fg_pts]
    hole, core = visible(c), unfeathered(c)
    right, bottom = hole.x + hole.width < CANVAS[0], hole.y + hole.height < CANVAS[1]
    for i, planes in enumerate(frames):
        below, above = covered(c, bg, fg, i)
        for k, (plane, b, f) in enumerate(zip(planes, below, above, strict=True)):
            sx, sy = chroma_grid(source.pix_fmt) if k and len(planes) == 3 else (1, 1)
            x, y = (np.arange(plane.shape[1]) + 0.5) * sx, (np.arange(plane.shape[0]) + 0.5) * sy
            across = [np.inf + x, np.inf + y]
            for axis, at, (start, length, is_far) in (
                (0, x, (hole.x, hole.width, right)),
                (1, y, (hole.y, hole.height, bottom)),
            ):
                across[axis] = np.minimum(at - start if start > 0 else np.inf, across[axis])
                across[axis] = np.minimum(start + length - at if is_far else np.inf, across[axis])
            peak = 2 ** depth(source.pix_fmt) - 1
            ramp = np.minimum(across[0][None, :], across[1][:, None]).clip(0, c.feather)
            share = np.floor(ramp / c.feather * peak + 0.5) / peak
            assert np.abs(plane - (b + share * (1.0 * f - b))).max() <= 0.501  # rounded to nearest
            inside = np.zeros(plane.shape, bool)
            if core.width > 0 and core.height > 0:
                rows = slice(-(-core.y // sy), (core.y + core.height) // sy)
                inside[rows, -(-core.x // sx) : (core.x + core.width) // sx] = True
            np.testing.assert_array_equal(plane[inside], f[inside])
            np.testing.assert_array_equal(plane[share == 0], b[share == 0])
            np.testing.assert_array_equal(plane[share == 1], f[share == 1])


def covered(c: Composition, bg: Film, fg: Film, i: int) -> tuple[Planes, Planes]:
    """BG's frame in the working format, and FG's on a canvas of the same size."""
    target = working_format(c)
    below = full(bg.frames[c.bg_index[i]], c.bg.pix_fmt, target, CANVAS)
    above = [plane.copy() for plane in below]
    for k, plane in enumerate(full(fg.frames[i], c.fg.pix_fmt, target, INSET)[: len(below)]):
        sx, sy = chroma_grid(target) if k else (1, 1)
        x, y = c.x // sx, c.y // sy
        shown = above[k][max(y, 0) : max(y + plane.shape[0], 0), max(x, 0) : max(x + plane.shape[1], 0)]
        shown[:] = plane[max(-y, 0) :, max(-x, 0) :][: shown.shape[0], : shown.shape[1]]
    return below, above


def encoder(c: Composition) -> tuple[str, ...]:
    return X264 if c.fg.pix_fmt.startswith("yuvj") else (lossless(working_format(c)),)
