"""The coarse fit: guesses are refined on small views against all BG frames, position and time together."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy

import cv2
import numpy as np

from vidkompy.media.proxies import Proxies, evenly_spaced
from vidkompy.model import F32, U8, Box
from vidkompy.placement.gauss_newton import F64, ISOTROPIC, Fit, Normals, Pair, corner_shift, step, time_path, zncc

FIT_PX = 96  # long side of FG where the transform is fitted
SCORE_PX = 64  # and where frames are correlated with all BG frames
FRAMES = 24
QUICK = 3  # starts up to which a search may end early
COUNTED = 0.75  # share of the FG samples that make the cost: inserted content must not count
CLEAR = 0.05  # cost of a fit that leaves little to explain
ROUNDS = 8
SETTLED = 0.1  # px of the view; the fine fit starts from there
AROUND = 2  # BG frames that must be held either side of where a match is expected: it may be a neighbour
AT_ONCE = 600  # BG frames correlated in every round; longer clips are searched in windows around a first path
SKIP = 15  # BG frames at most from one to the next of those: with 60, hand-held clips of 10 min were lost


class Scene:
    """FG samples and BG frames with one pitch, at the scale of the fit and at the scale of the correlation.

    robust: let parts of FG disagree and its scenes come in any order, at the price of a duller sense of time.
    freedom: the columns that a fit may move along.
    """

    def __init__(
        self, fg: Proxies, bg: Proxies, box: Box, canvas_per_fg: float, robust: bool, freedom: F64 = ISOTROPIC
    ):
        self.robust, self.freedom, self._scale = robust, freedom, canvas_per_fg
        self._fg, self.bg, self.unit, self.box = _pair_views(fg, bg, box, canvas_per_fg, FIT_PX)
        self._fg_score, self.bg_score, self.unit_score, self.box_score = _pair_views(
            fg, bg, box, canvas_per_fg, SCORE_PX
        )
        self._sample(evenly_spaced(len(self._fg), FRAMES))

    def _sample(self, indices: Sequence[int]) -> None:
        self.indices, self.stride = indices, max(1, len(self._fg) // len(indices))
        self.fg, self.fg_score = ([views[i] for i in indices] for views in (self._fg, self._fg_score))
        self.normals = Normals(self.fg, self.bg, self._scale * float(self.unit[0]))

    def on(self, indices: Sequence[int]) -> Scene:
        """The same with other FG samples."""
        other = copy(self)
        other._sample(indices)
        return other

    def score(self, q: F64, bg_indices: Sequence[int], fg_step: int = 1) -> F32 | None:
        """f32 [samples, len(bg_indices)]: ZNCC at `q`, a transform at the scale of the fit."""
        there = q / self.unit * self.unit_score
        ours = [self.fg_score[k] for k in range(0, len(self.fg_score), fg_step)]
        return zncc(ours, [self.bg_score[j] for j in bg_indices], there, self.box_score, self.robust)


class Views(Sequence[U8]):
    """A stack of proxies resized on demand."""

    def __init__(self, stack: U8, width: int, height: int):
        self._stack, self._size = stack, (width, height)
        self._seen: dict[int, U8] = {}

    def __len__(self) -> int:
        return len(self._stack)

    def __getitem__(self, j: int) -> U8:  # type: ignore[override]
        if j not in self._seen:
            self._seen[j] = cv2.resize(self._stack[j], self._size, interpolation=cv2.INTER_AREA)
        return self._seen[j]


def fit_coarse(scene: Scene, guesses: Sequence[F64], starts: int) -> list[Fit]:
    """Fits from the best guesses, cheapest first. Up to QUICK starts it stops as soon as one is clear."""
    bg_step = max(1, len(scene.bg) // 150)
    scored = []
    for q in _distinct([g * scene.unit for g in guesses], scene.box)[: 2 * starts + 4]:
        score = scene.score(q, range(0, len(scene.bg), bg_step), fg_step=2)
        if score is not None:
            scored.append((float(np.median(score.max(axis=1))), q))
    fits: list[Fit] = []
    for _, q in sorted(scored, key=lambda s: -s[0]):
        if len(fits) > 1 and any(corner_shift(q, f.q, scene.box) < 0.3 for f in fits):
            continue
        fit = _fit(scene, q)
        if fit is not None:
            fits = sorted([*fits, fit], key=lambda f: f.cost)
        if len(fits) >= starts or (starts <= QUICK and len(fits) > 1 and _is_clear(scene, *fits[:2])):
            break
    return fits


def retimed(scene: Scene, q: F64) -> Fit | None:
    """The fit at `q`, in frame px, as it is: which BG frames FG's show there."""
    return _fit(scene, q * scene.unit, rounds=0)


def at_hand(fg: Proxies, bg: Proxies, scene: Scene, fit: Fit) -> tuple[Scene, Fit]:
    """The same place seen on FG samples that are held large and match BG frames that are: 28 others cost 6 s to seek.

    As they are where all samples are held, and where too few others are.
    """
    if all(i in fg.large_frames and is_held(bg, j) for i, j in zip(scene.indices, fit.path, strict=True)):
        return scene, fit
    expected = np.rint(np.interp(np.arange(fg.clip.frames), scene.indices, fit.path)).astype(int)
    usable = [i for i in sorted(fg.large_frames) if is_held(bg, expected[i], AROUND)]
    chosen = [usable[k] for k in evenly_spaced(len(usable), FRAMES)]
    if len(chosen) < FRAMES:
        return scene, fit
    there = scene.on(chosen)
    again = retimed(there, fit.q / scene.unit)
    return (scene, fit) if again is None else (there, again)


def is_held(bg: Proxies, j: int, reach: int = 1) -> bool:
    """Whether BG frame j and its neighbours in time are held large."""
    last = bg.clip.frames - 1
    return all(min(max(j + d, 0), last) in bg.large_frames for d in range(-reach, reach + 1))


def _is_clear(scene: Scene, first: Fit, second: Fit) -> bool:
    """Whether the two best fits settle the matter: they agree, or one is far better than the other."""
    agree = corner_shift(first.q, second.q, scene.box) < 0.5
    return first.cost < CLEAR and (agree or 2 * first.cost < second.cost)


def _fit(scene: Scene, q: F64, rounds: int = ROUNDS) -> Fit | None:
    """Gauss-Newton with the time path solved anew in every round; the cheapest round is the answer."""
    best: Fit | None = None
    columns = range(len(scene.bg)) if len(scene.bg) <= AT_ONCE else _windows(scene, q)
    last = len(scene.bg) - 1
    for _ in range(rounds + 1):
        score = scene.score(q, columns)
        if score is None:
            break
        at, costs = time_path(score, scene.stride, not scene.robust)
        path = np.array(columns, np.int64)[at]
        pairs = [_pair(k, int(j), last) for k, j in enumerate(path)]
        sums = scene.normals.sums(q, scene.box, pairs, rounds=1)
        if sums is None:
            break
        change = step(sums.matrix, sums.right, scene.freedom)
        moved = corner_shift(q + change, q, scene.box)
        cost = float(np.sort(costs)[: int(np.ceil(COUNTED * len(costs)))].mean())
        if best is None or cost <= best.cost * 1.002:
            best = Fit(q, cost, path, sums.scores)
        if moved < SETTLED:
            break
        q = q + change * min(1, 2.5 / moved)
    return best


def _pair(k: int, j: int, last: int) -> Pair:
    before, after = max(j - 1, 0), min(j + 1, last)
    return Pair(k, j, before, after, max(1, after - before))


def _windows(scene: Scene, q: F64) -> Sequence[int]:
    """BG frames near a first path over every so many frames."""
    stride = min(len(scene.bg) // (AT_ONCE // 2), SKIP)
    columns = range(0, len(scene.bg), stride)
    score = scene.score(q, columns)
    if score is None:
        return list(columns)
    at, _ = time_path(score, scene.stride // stride + 1, not scene.robust)
    near = {j for a in at for j in range((int(a) - 2) * stride, (int(a) + 3) * stride)}
    return sorted(j for j in near if 0 <= j < len(scene.bg))


def _distinct(transforms: Sequence[F64], box: Box) -> list[F64]:
    kept: list[F64] = []
    for q in transforms:
        if all(corner_shift(q, k, box) > 1 for k in kept):
            kept.append(q)
    return kept


def _pair_views(fg: Proxies, bg: Proxies, box: Box, canvas_per_fg: float, side: int) -> tuple[Views, Views, F64, Box]:
    """FG views with long side `side`, BG views of the same pitch, the factor from frame px to view px, FG's box."""
    _, height, width = fg.small.shape
    a = min(1.0, side / max(width, height))
    size = max(4, round(width * a)), max(4, round(height * a))
    fg_unit = np.array(size) / (np.array([width, height]) * fg.small_factor)
    _, bg_height, bg_width = bg.small.shape
    pitch = float(fg_unit[0]) / canvas_per_fg * bg.small_factor
    b = min(1.0, max(pitch, 24 / max(bg_width, bg_height)))
    bg_size = max(4, round(bg_width * b)), max(4, round(bg_height * b))
    bg_unit = np.array(bg_size) / (np.array([bg_width, bg_height]) * bg.small_factor)
    unit = np.concatenate([bg_unit / fg_unit, bg_unit])
    scaled = (box[0] * fg_unit[0], box[1] * fg_unit[1], box[2] * fg_unit[0], box[3] * fg_unit[1])
    return Views(fg.small, *size), Views(bg.small, *bg_size), unit, scaled
