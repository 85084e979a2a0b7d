"""The fine fit: sub-pixel Gauss-Newton on a few frame pairs, and the exact integer where FG is not scaled."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from vidkompy.media.proxies import Proxies, shrink_by_halving
from vidkompy.model import F32, Box
from vidkompy.numerics.correlation import unit_rows
from vidkompy.placement.gauss_newton import (
    ANISOTROPIC,
    F64,
    ISOTROPIC,
    TRANSLATION,
    Fit,
    Normals,
    Pair,
    corner_shift,
    robust_correlation,
    step,
    visible,
)

STRONG = 0.3  # share of pixels with the strongest gradients; they say most about position
ALTERED = 0.03  # cost above which FG's content was changed: then all pixels are asked, so that the changed are outvoted
UNSCALED = 2.0  # canvas px of corner movement within which an unscaled placement is tried
CERTAIN = 0.75  # and within which it is taken whatever it costs
WALK = 8
PATIENCE = 5  # rounds after which a fit that still moves by more than 1 px of the view is given up
AROUND = 24  # px of BG view kept around FG
SMALLEST = 32  # px of the short side of a view
PARTS = 4  # of the picture that are asked apart, each spread over it
TILES = 6  # along each side, dealt to the parts in turn
LEAST_SHOWN = 50  # px of each of them
SAMPLED = 10_000  # pixels looked at in one comparison


def settle(close: Close, box: Box, freedom: F64 = ANISOTROPIC) -> F64:
    """The fitted transform, made an exact unscaled integer placement where that explains FG as well.

    freedom   TRANSLATION keeps the scale; if that is 1, the answer is whole
    """
    fit = close.fit(close.q, freedom, STRONG)
    if fit is None or fit.cost > ALTERED:
        fit = close.fit(close.q, freedom, 1.0) or fit
    q = close.q if fit is None else fit.q
    centre = np.array([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2])
    plain = np.array([1.0, 1.0, *(q[2:] + (q[:2] - 1) * centre)])
    if corner_shift(q, plain, box) > UNSCALED:
        q = _along_time(close, q, freedom)
        return q if freedom is TRANSLATION else _evened(close, q, centre)
    shifted = close.fit(plain, TRANSLATION, STRONG)
    whole = walk(close, np.round(plain if shifted is None else shifted.q))
    if freedom is TRANSLATION and corner_shift(q, plain, box) == 0:
        return whole
    # Cost alone cannot: interpolation at fractional positions smooths noise, which lowers it.
    return whole if corner_shift(q, whole, box) < CERTAIN or close.mismatch(whole) <= 1.05 * close.mismatch(q) else q


def _evened(close: Close, q: F64, centre: F64) -> F64:
    """`q`, or one scale for both directions where that explains FG as well: blurred content leaves one of them open."""
    scale = np.sqrt(abs(q[0] * q[1]))
    even = close.fit(np.array([scale, scale, *(q[2:] + (q[:2] - scale) * centre)]), ISOTROPIC, STRONG)
    return q if even is None or close.mismatch(even.q) > close.mismatch(q) else even.q


def _along_time(close: Close, q: F64, freedom: F64) -> F64:
    """`q`, or the fit to BG one frame earlier or later in all pairs where that explains FG clearly better.

    Under a pan a wrong time has its own, wrong place, and the fit stays there.
    """
    best, cost = q, close.mismatch(q)
    for shift in (-1, 1):
        fit = close.fit(q, freedom, STRONG, shift)
        if fit is not None and (found := close.mismatch(fit.q)) < 0.9 * cost:
            best, cost = fit.q, found
    return best


def walk(close: Close, q: F64, strides: Sequence[float] = (1,), gain: float = 0.0) -> F64:
    """The placement that none a stride of canvas px beside it beats when each may choose its frames' times anew.

    Along a pan the Gauss-Newton solution can stay a pixel off; between whole pixels nothing is interpolated, so the
    true one stands out.
    gain   share of the cost that a stride has to save
    """
    cost = close.mismatch(q)
    for stride in strides:
        for _ in range(WALK):
            around = [q + stride * np.array([0.0, 0.0, dx, dy]) for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1))]
            costs = [close.mismatch(near) for near in around]
            best = int(np.argmin(costs))
            if costs[best] >= (1 - gain) * cost:
                break
            q, cost = around[best], costs[best]
    return q


class Close:
    """Well-matched frame pairs at the resolution of the large proxies; transforms go in and come out in frame px.

    reach   BG frames before and after those of the pairs that are compared too
    """

    def __init__(self, fg: Proxies, bg: Proxies, box: Box, q: F64, pairs: Sequence[tuple[int, int]], reach: int = 1):
        fg_factor, bg_factor = fg.large_factor, bg.large_factor
        fg_side, bg_side = (min(c.clip.width, c.clip.height) / SMALLEST for c in (fg, bg))
        while q[0] * fg_factor / bg_factor < 0.75 and 2 * fg_factor < fg_side:
            fg_factor *= 2
        while q[0] * fg_factor / (2 * bg_factor) >= 0.75 and 2 * bg_factor < bg_side:
            bg_factor *= 2
        last = bg.clip.frames - 1
        around = [[min(max(j + d, 0), last) for d in _by_distance(reach)] for _, j in pairs]
        needed = sorted({j for frames in around for j in frames})
        at = {j: n for n, j in enumerate(needed)}
        self._frames = needed
        self._around = [[at[j] for j in frames] for frames in around]
        self.pairs = []
        for n, (_, j) in enumerate(pairs):
            before, after = max(j - 1, 0), min(j + 1, last)
            self.pairs.append(Pair(n, at[j], at[before], at[after], max(1, after - before)))
        self.fg = [shrink_by_halving(f, fg_factor // fg.large_factor) for f in fg.large([i for i, _ in pairs])]
        self.bg = [shrink_by_halving(b, bg_factor // bg.large_factor) for b in bg.large(needed)]
        self.unit = np.array([fg_factor / bg_factor] * 2 + [1 / bg_factor] * 2)
        self._origin = self._crop(q)
        self.box: Box = (box[0] / fg_factor, box[1] / fg_factor, box[2] / fg_factor, box[3] / fg_factor)
        self.q = q
        self._kept: dict[float, Normals] = {}

    def fit(self, q: F64, freedom: F64, keep: float, shift: int = 0, rounds: int = 14) -> Fit | None:
        """Gauss-Newton from `q` until corners move less than 0.008 px of the view; `shift`: BG frames off the pairs."""
        pairs = [p._replace(bg=(p.before, p.bg, p.after)[shift + 1]) for p in self.pairs]
        view = q * self.unit - self._origin
        normals = self._normals(keep)
        fit = None
        for n in range(rounds + 1):
            sums = normals.sums(view, self.box, pairs, 2, inset=3)
            if sums is None:
                break
            change = step(sums.matrix, sums.right, freedom)
            moved = corner_shift(view + change, view, self.box)
            path = np.array([p.bg for p in pairs])
            fit = Fit((view + self._origin) / self.unit, float(np.mean(1 - sums.scores)), path, sums.scores)
            if moved < 0.008 or (n >= PATIENCE and moved > 1):  # nonsense wanders on
                break
            # Over-relaxation: the blur makes steps short near the solution, 1.25 halves the number of rounds.
            view = view + change * min(1, 4 / moved) * (1.25 if n and moved < 1 else 1)
        return fit

    def steps(self, q: F64, freedom: F64) -> list[F64] | None:
        """f64 [4] in frame px: the next step from `q` of the whole picture, then without each of PARTS of it.

        None where one of them shows nothing.
        """
        view = q * self.unit - self._origin
        normals = self._normals(STRONG)
        y, x = (np.arange(n) * TILES // n for n in self.fg[0].shape)
        part = x[None, :] % 2 + 2 * (y[:, None] % 2)
        sums = [normals.sums(view, self.box, self.pairs, 2, 3, part == k, least=LEAST_SHOWN) for k in range(PARTS)]
        found = [s for s in sums if s is not None]
        if len(found) < PARTS:
            return None
        matrix, right = sum(s.matrix for s in found), sum(s.right for s in found)
        without = [step(matrix - s.matrix, right - s.right, freedom) / self.unit for s in found]
        return [step(np.asarray(matrix), np.asarray(right), freedom) / self.unit, *without]

    def grip(self, q: F64) -> float:
        """Least share, over directions, of what fixes the position that is left where frames' times are free.

        1 for a still camera; 0.5 hand-held, 0.2 in a pan with depth, 0.03 on a dolly along a flat wall (measured).
        """
        sums = self._normals(STRONG).sums(q * self.unit - self._origin, self.box, self.pairs, 2, inset=3)
        if sums is None:
            return 0.0
        return float(np.linalg.eigvals(np.linalg.solve(sums.known[2:, 2:], sums.matrix[2:, 2:])).real.min())

    def mismatch(self, q: F64, robust: bool = False) -> float:
        """Mean over the pairs of 1 - ZNCC at `q` with the best of BG's frame and those around it.

        On strongly textured pixels; infinite where too few of them are on the canvas. robust: see robust_correlation.
        """
        scores = self._scores(q, robust)
        return float("inf") if scores is None else float(np.mean(1 - self._peaks(scores)))

    def _peaks(self, scores: F32) -> F32:
        """f32 [pairs]: highest score of each pair; where more than neighbours are compared, between frames too.

        On a slope of places and times single frames make a ripple, in which a walk gets stuck.
        """
        best: F32 = scores.max(axis=1)
        if scores.shape[1] <= 3:
            return best
        in_time = scores[:, np.argsort(_by_distance(scores.shape[1] // 2))]
        at, pair = np.clip(in_time.argmax(axis=1), 1, in_time.shape[1] - 2), np.arange(len(best))
        before, here, after = (in_time[pair, at + d] for d in (-1, 0, 1))
        bend = np.maximum(2 * here - before - after, np.float32(1e-9))
        return np.asarray(np.maximum(best, here + np.minimum((after - before) ** 2 / (8 * bend), bend / 2)), np.float32)

    def timed(self, q: F64) -> list[int]:
        """The BG frame of each pair, or that of those around it that fits best at `q`."""
        scores = self._scores(q, robust=False)
        best = [0] * len(self.pairs) if scores is None else scores.argmax(axis=1)
        return [self._frames[frames[k]] for frames, k in zip(self._around, best, strict=True)]

    def _scores(self, q: F64, robust: bool) -> F32 | None:
        """f32 [pairs, frames]: ZNCC with BG's frame and those around, nearest first; None if too little is visible."""
        view = q * self.unit - self._origin
        normals = self._normals(STRONG)
        mask = visible(view, self.fg[0].shape, self.bg[0].shape, self.box, 3) & normals.texture
        rows, columns = np.nonzero(mask)
        if len(rows) < 200:
            return None
        chosen = slice(None, None, max(1, len(rows) // SAMPLED))
        rows, columns = rows[chosen], columns[chosen]
        map_x = (view[0] * (columns + 0.5) + view[2] - 0.5).astype(np.float32)
        map_y = (view[1] * (rows + 0.5) + view[3] - 0.5).astype(np.float32)
        found = []
        for f, frames in zip(normals.fg, self._around, strict=True):
            seen = [cv2.remap(normals.blurred(j), map_x, map_y, cv2.INTER_LINEAR).ravel() for j in frames]
            ours, theirs = f[rows, columns][None], np.stack(seen)
            score = robust_correlation(ours, theirs, rows, columns) if robust else unit_rows(ours) @ unit_rows(theirs).T
            found.append(score[0])
        return np.stack(found)

    def _crop(self, q: F64) -> F64:
        """Cuts the BG views to FG's surroundings, which halves the cost; returns what to take off a transform in px."""
        height, width = self.bg[0].shape
        view = q * self.unit
        fg_height, fg_width = self.fg[0].shape
        x0, y0 = (min(max(int(view[k]) - AROUND, 0), size - 1) for k, size in ((2, width), (3, height)))
        x1, y1 = int(view[2] + view[0] * fg_width) + AROUND, int(view[3] + view[1] * fg_height) + AROUND
        self.bg = [b[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)] for b in self.bg]
        return np.array([0.0, 0.0, x0, y0])

    def _normals(self, keep: float) -> Normals:
        if keep not in self._kept:
            self._kept[keep] = Normals(self.fg, self.bg, float(self.q[0] * self.unit[0]), keep)
        return self._kept[keep]


def _by_distance(reach: int) -> list[int]:
    return sorted(range(-reach, reach + 1), key=abs)
