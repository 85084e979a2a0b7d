"""Proxies -> Placement: keypoint guesses, a coarse fit in space and time, a fine one; a refusal where nothing fits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from vidkompy.coarse import COUNTED, Scene, fit_coarse
from vidkompy.decode import Proxies, halve
from vidkompy.errors import NoMatch
from vidkompy.features import Box
from vidkompy.fine import Close, settle
from vidkompy.keypoints import TOLERANCE, Keypoints, detect, guesses
from vidkompy.model import Placement
from vidkompy.slides import slide
from vidkompy.spacetime import F64, Fit, corner_shift

SAMPLES = 36  # most frames of a clip whose keypoints are looked at
LEVELS = ((6, 16, 300), (12, SAMPLES, 600))  # FG frames, BG frames, keypoints


class Effort(NamedTuple):
    """One way of looking.

    level    of keypoints; beyond the last, FG is slid over BG instead
    starts   guesses followed
    robust   see coarse.Scene
    """

    level: int
    starts: int
    robust: bool


# Each is dearer than the one before, and only tried while no placement is good.
EFFORTS = (
    Effort(0, 3, False),
    Effort(0, 8, False),
    Effort(1, 8, False),
    Effort(2, 8, False),
    Effort(0, 8, True),
    Effort(1, 8, True),
    Effort(2, 8, True),
)
KEYPOINT_PX = 640
FINE_PAIRS = 8  # frame pairs that the fine fit is measured on
JUDGES = 12  # and that rivals are compared on
GOOD = 0.05  # cost of a placement that needs no closer look
AHEAD = 0.5  # share of the cost of any other placement that it then has to be below
SCALES_TRIED = 3
RIVALS = 3
RIVAL = 0.06  # cost above the best within which a fit is worth a closer look
FLOOR = 0.9  # score below which nothing was found
SCALED_FLOOR = 0.95  # the same where FG has another size: with that freedom unrelated clips fit better


@dataclass(frozen=True, eq=False)
class _Place:
    """A settled placement.

    cost         1 - ZNCC of FG's details, robust to altered parts
    plain_cost   the same, not robust: it tells repeating details apart, where robustness forgives them
    pairs        (FG, BG) frames that match there
    """

    q: F64
    cost: float
    plain_cost: float
    pairs: list[tuple[int, int]]


def find(fg: Proxies, bg: Proxies, box: Box) -> tuple[Placement, list[tuple[int, int]]]:
    """Where FG lies on the canvas, measured inside its content `box`, and (FG, BG) frames that match there.

    Raises NoMatch.
    """
    places = _search(fg, bg, box)
    if not places:
        raise NoMatch(_refusal(fg, bg, "no place was found where their frames agree"))
    best = places[0]
    if 1 - best.cost < FLOOR:
        raise NoMatch(_refusal(fg, bg, f"best score {1 - best.cost:.2f} < {FLOOR}"))
    others = [p.cost for p in places if corner_shift(p.q, best.q, box) > 2]
    is_scaled = abs(best.q[0] - 1) > 1e-6 or abs(best.q[1] - 1) > 1e-6
    if is_scaled and 1 - best.cost < SCALED_FLOOR:
        raise NoMatch(_refusal(fg, bg, f"best score {1 - best.cost:.2f} < {SCALED_FLOOR} at another size"))
    width, height = best.q[0] * fg.clip.width, best.q[1] * fg.clip.height
    runner_up = round(1 - min(others), 4) if others else None
    found = Placement(
        float(best.q[2]), float(best.q[3]), float(width), float(height), round(1 - best.cost, 4), runner_up
    )
    return found, best.pairs


def _search(fg: Proxies, bg: Proxies, box: Box) -> list[_Place]:
    """Settled placements, best first."""
    places: list[_Place] = []
    guesses_at: dict[int, list[F64]] = {}
    for effort in EFFORTS:
        if effort.level not in guesses_at:
            guesses_at[effort.level] = _guess(fg, bg, box, effort.level)
        for group in _by_scale(guesses_at[effort.level])[:SCALES_TRIED]:
            scene = Scene(fg, bg, box, float(group[0][0]), effort.robust)
            fits = fit_coarse(scene, group, effort.starts)
            places += [_settled(fg, bg, box, scene, fit) for fit in _rivals(scene, fits)]
            if _is_good(places, box):
                return sorted(places, key=lambda p: p.plain_cost)
    return sorted(places, key=lambda p: p.cost)


def _is_good(places: list[_Place], box: Box) -> bool:
    """Whether one place fits so well, and so much better than any other, that looking on is a waste."""
    if not places:
        return False
    best = min(places, key=lambda p: p.plain_cost)
    others = [p.plain_cost for p in places if corner_shift(p.q, best.q, box) > 2]
    return best.plain_cost < GOOD and best.plain_cost < AHEAD * min(others, default=np.inf)


def _by_scale(found: list[F64]) -> list[list[F64]]:
    """Guesses of about the same scale together: views of one pitch serve them all."""
    groups: list[list[F64]] = []
    for q in found:
        for group in groups:
            if abs(np.log(q[0] / group[0][0])) < np.log(1.3):
                group.append(q)
                break
        else:
            groups.append([q])
    return groups


def _settled(fg: Proxies, bg: Proxies, box: Box, scene: Scene, fit: Fit) -> _Place:
    """Measured on well-matched pairs, judged on pairs from everywhere: rivals must not choose what they show."""
    q = settle(Close(fg, bg, box, fit.q / scene.unit, _pairs(scene, fit, FINE_PAIRS, 2 / 3)), box)
    everywhere = Close(fg, bg, box, q, _pairs(scene, fit, JUDGES, COUNTED))
    pairs = _pairs(scene, fit, JUDGES, 1 / 2)
    return _Place(q, everywhere.mismatch(q, robust=True), everywhere.mismatch(q), pairs)


def _rivals(scene: Scene, fits: list[Fit]) -> list[Fit]:
    """The best coarse fit, and others elsewhere that are nearly as good: only a closer look can tell them apart."""
    kept: list[Fit] = []
    for fit in fits:
        near = fit.cost < fits[0].cost + RIVAL
        if near and all(corner_shift(fit.q, k.q, scene.box) > 1 for k in kept):
            kept.append(fit)
    return kept[:RIVALS]


def _guess(fg: Proxies, bg: Proxies, box: Box, level: int) -> list[F64]:
    if level == len(LEVELS):
        return slide(fg, bg, box)
    fg_count, bg_count, keypoints = LEVELS[level]
    canvas = (0.0, 0.0, float(bg.clip.width), float(bg.clip.height))
    ours = _keypoints(fg, box, fg_count, keypoints)
    theirs = list(_keypoints(bg, canvas, bg_count, keypoints))
    return [g.q for g in guesses(ours, theirs, TOLERANCE * _keypoint_factor(bg))]


def _keypoint_factor(clip: Proxies) -> int:
    return clip.large_factor * (2 if max(clip.clip.width, clip.clip.height) // clip.large_factor > KEYPOINT_PX else 1)


def _keypoints(clip: Proxies, box: Box, frames: int, count: int) -> Iterator[Keypoints]:
    factor = _keypoint_factor(clip)
    held = sorted(clip.held)
    for i in sorted({held[(2 * k + 1) * len(held) // (2 * frames)] for k in range(frames)}):
        yield detect(halve(clip.held[i], factor // clip.large_factor), box, factor, count)


def _pairs(scene: Scene, fit: Fit, count: int, share: float) -> list[tuple[int, int]]:
    """At most `count` (FG frame, BG frame), spread over the clip, of the best-matched `share` of the samples."""
    good = np.sort(np.argsort(1 - fit.scores)[: max(count, round(len(fit.scores) * share))])
    chosen = good[np.unique(np.linspace(0, len(good) - 1, count).astype(int))]
    return [(scene.indices[k], int(fit.path[k])) for k in chosen]


def _refusal(fg: Proxies, bg: Proxies, found: str) -> str:
    return (
        f"'{fg.clip.path}' was not found in '{bg.clip.path}': {found} "
        f"({fg.clip.frames} against {bg.clip.frames} frames looked at); check that both show the same content"
    )
