"""How far a placement can be trusted: what speaks for it, and the probability that follows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from vidkompy.media.proxies import Proxies
from vidkompy.model import F32, U8, Box
from vidkompy.placement.fine_fit import Close
from vidkompy.placement.gauss_newton import F64, corner_shift
from vidkompy.placement.template_matching import DETAIL_PX, cut

LOOK_PX = 96  # long side of FG's content where it is slid over the canvas
LOOKS = 6  # frame pairs that this is done on
FAINT = 2.0  # grey levels of detail that are no more than noise
OVERHANG = 3  # FG may lie outside the canvas by this part of its size
RIVAL_LEAD = 1.2  # times the misfit, at which a rival makes a place as likely wrong as right
WEIGHTS = (-7.99, -0.73, -2.67)  # constant, terms; from scripts/calibrate_placement
PLAIN, MOST = 0.2, 0.1  # share of the plain cost that counts, and up to where
COSTS, SHIFTS = (0.003, 1.0), (0.01, 5.0)  # what lies outside tells no more
UNLIKE, MAYBE = 0.125, 0.01  # robust cost that is even odds for other content: noise costs 0.07, another page 0.15
ALIKE = 0.02  # lead in correlation of one place over another that is no lead
HERE, ELSEWHERE = 2, 5  # px of the view


@dataclass(frozen=True)
class Evidence:
    """What can be measured of a placement without knowing the truth.

    cost     1 - ZNCC of FG's details, robust to altered parts: nonsense does not fit
    plain    the same, not robust: in a pan or a scrolling page a wrong place fits but for what robustness leaves out
    drift    canvas px that corners would still move in one more step: a pan's valley has no rest
    spread   canvas px, standard error of the corners, from how much they depend on parts of the picture
    grip     share of what fixes the position that does not hang on the frames' times, see Close.grip
    ahead    correlation here less that of the best place elsewhere on the canvas: repeating details fit twice
    """

    cost: float
    plain: float
    drift: float
    spread: float
    grip: float
    ahead: float


def evidence(
    fg: Proxies, bg: Proxies, box: Box, close: Close, pairs: Sequence[tuple[int, int]], freedom: F64
) -> Evidence:
    """Of close.q, on `pairs` of (FG, BG) frames, which are those of `close`; freedom: what the fit could move."""
    steps = close.steps(close.q, freedom)
    drift = spread = float("inf")
    if steps is not None:
        whole, *without = steps
        drift = corner_shift(whole, np.zeros(4), box)
        mean, n = np.mean(without, axis=0), len(without)
        spread = float(np.sqrt((n - 1) / n * sum(corner_shift(s, mean, box) ** 2 for s in without)))  # jackknife
    costs = close.mismatch(close.q, robust=True), close.mismatch(close.q)
    return Evidence(*costs, drift, spread, close.grip(close.q), _ahead(fg, bg, box, close.q, pairs))


def misfit(cost: float, plain: float) -> float:
    """What places are chosen by. Little of the plain cost counts, and not all: an altered FG has one everywhere."""
    return cost + PLAIN * min(plain, MOST)


def confidence(seen: Evidence) -> float:
    """Probability that every corner lies within 1 canvas px of its true place (of an unscaled FG: 0.5).

    That FG shows this, and here, times that it is measured well enough if it does.
    """
    return float(_chance(np.dot(WEIGHTS, [1.0, *terms(seen)])) * likeness(seen))


def ahead_of_rival(lead: float) -> float:
    """Factor for a place whose best rival has `lead` times its misfit.

    Measured on 63 answers with a rival: of the 21 with a lead in cost below 3.1 ten were wrong, a slow dolly or a flat
    drawing shifted in place and time; none of those above.
    """
    return 1 / (1 + (RIVAL_LEAD / max(lead, 1e-3)) ** 4)


def terms(seen: Evidence) -> list[float]:
    """What the probability of a good measurement is a logistic function of."""
    uncertain = np.hypot(seen.drift, seen.spread)
    return [float(np.log(np.clip(misfit(seen.cost, seen.plain), *COSTS))), float(np.log(np.clip(uncertain, *SHIFTS)))]


def likeness(seen: Evidence) -> float:
    """Probability that FG shows what is here and not something else, nor the same as another place.

    Set apart, not fitted: sharp edges are measured well in any content. Places alike lead by 0, give or take what
    whole px of the view leave out.
    """
    same = _chance((UNLIKE - seen.cost) / MAYBE)
    return float(same * _chance((seen.ahead - ALIKE) / (ALIKE / 2)))


def _chance(logit: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(logit, -50, 50))))


def _ahead(fg: Proxies, bg: Proxies, box: Box, q: F64, pairs: Sequence[tuple[int, int]]) -> float:
    """-2..2; 0 where nothing can be told."""
    width, height = box[2] - box[0], box[3] - box[1]
    finest = min(1 / fg.small_factor, float(q[:2].min()) / bg.small_factor)
    unit = min(finest, LOOK_PX / max(width, height))  # view px per FG px
    size = max(8, round(width * unit)), max(8, round(height * unit))
    canvas = tuple(max(8, round(n * unit / s)) for n, s in zip((bg.clip.width, bg.clip.height), q[:2], strict=True))
    margin = size[0] // OVERHANG, size[1] // OVERHANG
    if any(c + 2 * m < s for c, m, s in zip(canvas, margin, size, strict=True)):
        return 0.0
    total: F32 | float = 0.0
    chosen = [pairs[k] for k in np.unique(np.linspace(0, len(pairs) - 1, LOOKS).astype(int))]
    for i, j in chosen:
        view = cv2.copyMakeBorder(
            _details(bg.small[j], canvas), margin[1], margin[1], margin[0], margin[0], cv2.BORDER_CONSTANT
        )
        total = total + cv2.matchTemplate(view, _details(cut(fg, i, box), size), cv2.TM_CCOEFF_NORMED)
    response = np.asarray(total) / len(chosen)
    x, y = ((q[k + 2] + q[k] * box[k]) * unit / q[k] + margin[k] for k in (0, 1))
    rows, columns = np.ogrid[: response.shape[0], : response.shape[1]]
    away = np.maximum(abs(columns - x), abs(rows - y))
    here, elsewhere = response[away <= HERE], response[away > ELSEWHERE]
    return float(here.max() - elsewhere.max()) if here.size and elsewhere.size else 0.0


def _details(picture: U8, size: tuple[int, int]) -> F32:
    """f32 [size]: details in units of their strength around: a banner's letters must not outweigh the picture."""
    view = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    view -= cv2.GaussianBlur(view, (0, 0), DETAIL_PX)
    strength = np.sqrt(cv2.GaussianBlur(view**2, (0, 0), 2 * DETAIL_PX))
    return np.asarray(view / (strength + FAINT), np.float32)
