"""Films for what shows through: an FG with alpha or faded edges, and what numpy makes of them."""

from fractions import Fraction
from pathlib import Path

import numpy as np

from filtergraphs import Composition, compose, working_format
from filtergraphs.formats import chroma_grid, depth
from filtergraphs.geometry import Rect, unfeathered, visible
from support.drawn_films import (
    CANVAS,
    INSET,
    REGULAR,
    TIME_BASE,
    X264,
    Film,
    Planes,
    decode,
    draw,
    film,
    full,
    lossless,
)

EVEN, ODD, CORNER, NEGATIVE = (24, 10), (13, 7), (48, 32), (-10, -6)  # px, places of FG


def pair(folder: Path, pix_fmt: str, below: str = "") -> tuple[Film, Film]:
    """BG, in pixel format `below` if it is another one, and FG, of noise."""
    bg = film(folder / "bg.nut", CANVAS, below or pix_fmt, list(range(12)), Fraction(1, 25))
    return bg, film(folder / "fg.nut", INSET, pix_fmt, REGULAR[:8])


def assert_faded(tool: str, bg: Film, fg: Film, c: Composition, folder: Path) -> None:
    """Draws `c`: each sample is the mix of both clips that its distance from FG's edges asks for."""
    source, frames = draw(tool, compose(c), folder / "out.nut", encoder(c))
    assert source.pix_fmt == working_format(c)
    assert decode(folder / "out.nut")[2] == [pts * TIME_BASE for pts in c.fg_pts]
    peak = 2 ** depth(source.pix_fmt) - 1
    for i, planes in enumerate(frames):
        below, above = covered(c, bg, fg, i)
        for k, (plane, b, f) in enumerate(zip(planes, below, above, strict=True)):
            step = chroma_grid(source.pix_fmt) if k and len(planes) == 3 else (1, 1)
            share = np.floor(_distance(c, plane, step).clip(0, c.feather) / c.feather * peak + 0.5) / peak
            assert np.abs(plane - (b + share * (1.0 * f - b))).max() <= 0.501  # rounded to nearest
            inside = _whole_samples(unfeathered(c), plane, step)
            np.testing.assert_array_equal(plane[inside], f[inside])
            np.testing.assert_array_equal(plane[share == 0], b[share == 0])
            np.testing.assert_array_equal(plane[share == 1], f[share == 1])


def covered(c: Composition, bg: Film, fg: Film, i: int) -> tuple[Planes, Planes]:
    """BG's frame in the working format, and FG's on a canvas of the same size."""
    target = working_format(c)
    below = full(bg.frames[c.bg_index[i]], c.bg.pix_fmt, target, CANVAS)
    above = [plane.copy() for plane in below]
    for k, plane in enumerate(full(fg.frames[i], c.fg.pix_fmt, target, INSET)[: len(below)]):
        step_x, step_y = chroma_grid(target) if k else (1, 1)
        x, y = c.x // step_x, c.y // step_y
        inset = above[k][max(y, 0) : max(y + plane.shape[0], 0), max(x, 0) : max(x + plane.shape[1], 0)]
        inset[:] = plane[max(-y, 0) :, max(-x, 0) :][: inset.shape[0], : inset.shape[1]]
    return below, above


def encoder(c: Composition) -> tuple[str, ...]:
    """A lossless one that takes what `c` draws."""
    return X264 if c.fg.pix_fmt.startswith("yuvj") else (lossless(working_format(c)),)


def _distance(c: Composition, plane: np.ndarray, step: tuple[int, int]) -> np.ndarray:
    """f64 of the plane's shape: px from the middle of each sample to the nearest edge of FG with BG beyond it."""
    inset, (width, height), (step_x, step_y) = visible(c), CANVAS, step
    x, y = (np.arange(plane.shape[1]) + 0.5) * step_x, (np.arange(plane.shape[0]) + 0.5) * step_y
    left, top = (at - start if start > 0 else np.inf for at, start in ((x, inset.x), (y, inset.y)))
    right = inset.right - x if inset.right < width else np.inf
    bottom = inset.bottom - y if inset.bottom < height else np.inf
    across, down = np.minimum(left, right) + 0 * x, np.minimum(top, bottom) + 0 * y
    nearest: np.ndarray = np.minimum(across[None, :], down[:, None])
    return nearest


def _whole_samples(rect: Rect, plane: np.ndarray, step: tuple[int, int]) -> np.ndarray:
    """bool of the plane's shape: samples that lie in `rect` with all their px."""
    inside, (step_x, step_y) = np.zeros(plane.shape, bool), step
    if not rect.is_empty:
        inside[-(-rect.y // step_y) : rect.bottom // step_y, -(-rect.x // step_x) : rect.right // step_x] = True
    return inside
