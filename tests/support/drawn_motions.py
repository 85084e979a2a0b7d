"""Motions of films whose samples are known, and what each sample of their drawing must be."""

import random
from dataclasses import replace

import numpy as np

from filtergraphs import Composition, working_format
from filtergraphs.formats import chroma_grid
from filtergraphs.motion import Affine, Motion
from support.drawn_films import CANVAS, INSET, Film, Planes, full


def wandering(count: int, grid: tuple[int, int] = (1, 1), seed: int = 1) -> list[Affine]:
    """Whole places of INSET on CANVAS: inside, over an edge, and for some frames outside."""
    chosen, (width, height), (w, h) = random.Random(seed), CANVAS, INSET
    steps_x, steps_y = (
        range(-size - 4, length + 8, step) for size, length, step in ((w, width, grid[0]), (h, height, grid[1]))
    )
    return [Affine(chosen.choice(steps_x), chosen.choice(steps_y)) for _ in range(count)]


def with_fg_at(c: Composition, places: list[Affine]) -> Composition:
    return replace(c, motion=Motion("fg", (c.fg.width, c.fg.height), places))


def moved_over(c: Composition, bg: Film, fg: Film, i: int) -> Planes:
    """FG frame i of a composition whose FG moves by whole px, over BG, by numpy."""
    assert c.fg_motion is not None
    target, place = working_format(c), c.fg_motion.places[i]
    planes = [plane.copy() for plane in full(bg.frames[c.bg_index[i]], c.bg.pix_fmt, target, CANVAS)]
    for k, above in enumerate(full(fg.frames[i], c.fg.pix_fmt, target, INSET)):
        step_x, step_y = chroma_grid(target) if k else (1, 1)
        put(planes[k], above, int(place.left) // step_x, int(place.top) // step_y)
    return planes


def put(below: np.ndarray, above: np.ndarray, x: int, y: int) -> None:
    """Over the part of `below` that it covers with its corner at x, y."""
    there = below[max(y, 0) : max(y + above.shape[0], 0), max(x, 0) : max(x + above.shape[1], 0)]
    there[:] = above[max(-y, 0) :, max(-x, 0) :][: there.shape[0], : there.shape[1]]
