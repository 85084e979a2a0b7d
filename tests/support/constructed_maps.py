"""Frame maps by construction: the BG index of every FG frame, -1 where the frame is foreign.

Each builder returns int64 [n_fg]. The first group starts a map from the BG length; the second edits a map, so they
chain: `drops(offset(300, 20), 0.04, seed=1)`.
"""

import numpy as np
import numpy.typing as npt

I64 = npt.NDArray[np.int64]


def offset(n_bg: int, start: int = 0, stop: int | None = None) -> I64:
    """Every BG frame of [start, stop) once."""
    return np.arange(start, n_bg if stop is None else stop, dtype=np.int64)


def ratio(n_bg: int, p: int, q: int, *, start: int = 0, phase: int = 0) -> I64:
    """BG frame start + floor((p i + phase) / q), as long as BG lasts: p/q BG frames pass per FG frame."""
    i = np.arange((n_bg - start) * q // p + 1, dtype=np.int64)
    j = start + (p * i + phase) // q
    return j[j < n_bg]


def ramp(n_bg: int, slow: float = 0.8, fast: float = 1.2, *, start: int = 0) -> I64:
    """Speed that grows linearly from `slow` to `fast` BG frames per FG frame."""
    count = int((n_bg - start) * 2 / (slow + fast))
    speed = np.linspace(slow, fast, count)
    j: I64 = start + np.floor(np.cumsum(speed) - speed[0]).astype(np.int64)
    return j[j < n_bg]


def irregular(n_bg: int, *, start: int = 0, seed: int = 0) -> I64:
    """Steps of 0, 1, 2 or 3, mostly 1."""
    steps = np.random.default_rng(seed).choice(4, n_bg, p=(0.15, 0.6, 0.15, 0.1))
    j: I64 = (start + np.cumsum(steps) - steps[0]).astype(np.int64)
    return j[j < n_bg]


def drops(frames: I64, share: float = 0.04, *, seed: int = 0) -> I64:
    """Without a random `share` of the frames; the first and last stay."""
    lost = _some_inside(frames, share, seed)
    return np.delete(frames, lost)


def duplicates(frames: I64, share: float = 0.04, *, seed: int = 0) -> I64:
    """With a random `share` of the frames shown twice."""
    twice = _some_inside(frames, share, seed)
    return np.insert(frames, twice, frames[twice])


def without(frames: I64, first: int, count: int) -> I64:
    """With the FG frames [first, first + count) cut out: a removed scene."""
    return np.delete(frames, np.s_[first : first + count])


def with_foreign(frames: I64, at: int, count: int) -> I64:
    """With `count` foreign frames put in before FG frame `at`: an inserted title."""
    return np.insert(frames, at, np.full(count, -1))


def frozen(frames: I64, at: int, count: int) -> I64:
    """With FG frame `at` held for `count` frames more; what follows is not lost but comes later."""
    return np.insert(frames, at, np.full(count, frames[at]))


def reordered(frames: I64, order: tuple[int, ...]) -> I64:
    """Cut into len(order) nearly equal pieces, shown in that order."""
    pieces = np.array_split(frames, len(order))
    return np.concatenate([pieces[k] for k in order])


def _some_inside(frames: I64, share: float, seed: int) -> I64:
    count = max(1, round(share * len(frames)))
    return np.sort(np.random.default_rng(seed).choice(np.arange(1, len(frames) - 1), count, replace=False))
