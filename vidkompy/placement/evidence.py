"""How far a registration can be trusted: what is measured of it, and the probability that follows.

The probability that FG shows this content here (a product of two logistic functions that were set) times the
probability that the corners are measured well if it does (a logistic regression that scripts/calibrate_placement fits).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vidkompy.media.proxies import Proxies
from vidkompy.model import F32, F64, U8, Box
from vidkompy.parameters import tuned
from vidkompy.placement.boxes import view_side, view_size
from vidkompy.placement.frame_pairs import FramePairs
from vidkompy.placement.objective import ObjectiveParameters, mean_misfit
from vidkompy.placement.template_matching import small_crop
from vidkompy.placement.transforms import corner_shift
from vidkompy.placement.uncertainty import UncertaintyParameters, information_share, jackknife_steps

LARGEST_LOGIT = 50  # beyond it the exponential function says nothing more


@dataclass(frozen=True)
class EvidenceParameters:
    plain_share: float = tuned(
        0.2,
        unit="residual per plain cost",
        raising="what robustness forgives counts more: a pan's wrong places are told apart, altered FGs suffer",
        source="chosen by eye",
    )
    most_plain_cost: float = tuned(
        0.1, unit="1 - ZNCC", raising="an altered FG's plain cost counts more", source="chosen by eye"
    )
    weights: tuple[float, float, float] = tuned(
        (-7.99, -0.73, -2.67),
        unit="constant, per log residual, per log px",
        raising="confidence grows",
        source="scripts/calibrate_placement",
    )
    ranking_cost_range: tuple[float, float] = tuned(
        (0.003, 1.0),
        unit="residual; what lies outside tells no more",
        raising="good fits are told apart less",
        source="chosen by eye",
    )
    uncertainty_range: tuple[float, float] = tuned(
        (0.01, 5.0),
        unit="canvas px; what lies outside tells no more",
        raising="exact fits are told apart less",
        source="chosen by eye",
    )
    even_cost: float = tuned(
        0.125,
        unit="robust cost that is even odds for other content",
        raising="worse fits are believed",
        source="noise costs 0.07, another page 0.15",
    )
    cost_width: float = tuned(
        0.01, unit="robust cost per logit", raising="the limit between contents is less sharp", source="chosen by eye"
    )
    even_lead: float = tuned(
        0.02,
        unit="lead in correlation of one place over another that is even odds",
        raising="repeating content is believed less",
        source="chosen by eye",
    )
    lead_width: float = tuned(
        0.01,
        unit="lead in correlation per logit",
        raising="the limit between repeating content and one place is less sharp",
        source="half of even_lead; chosen by eye",
    )
    rival_ratio: float = tuned(
        1.2,
        unit="a rival's residual over that of the best, at which either is right",
        raising="rivals lower the confidence more",
        source="63 answers with a rival, see rival_factor",
    )
    rival_steepness: int = tuned(
        4,
        unit="exponent",
        raising="rivals below the ratio lower the confidence more, those above it less",
        source="63 answers with a rival, see rival_factor",
    )
    smallest_rival_ratio: float = tuned(
        1e-3,
        unit="a rival's residual over that of the best",
        raising="nothing: it guards a division",
        source="chosen by eye",
    )
    template_px: int = tuned(
        96,
        unit="px, long side of FG's content where other places are compared",
        raising="places near each other are told apart, at more cost",
        source="chosen by eye",
    )
    smallest_template_px: int = tuned(
        8, unit="px, each side", raising="thin content is enlarged more", source="chosen by eye"
    )
    template_pairs: int = tuned(
        6, unit="frame pairs", raising="the lead varies less, at more cost", source="chosen by eye"
    )
    overhang: int = tuned(
        3,
        unit="FG's size over what of it may lie outside the canvas",
        raising="places are looked for less far outside",
        source="chosen by eye",
    )
    detail_px: float = tuned(
        3.0,
        unit="px of a view, sigma",
        raising="larger structure counts as detail, not as lighting",
        source="chosen by eye",
    )
    strength_px: float = tuned(
        6.0,
        unit="px of a view, sigma",
        raising="details are compared with those further around",
        source="twice detail_px; chosen by eye",
    )
    noise_levels: float = tuned(
        2.0, unit="grey levels of detail", raising="faint details count less", source="chosen by eye"
    )
    here_px: int = tuned(
        2, unit="px of the view", raising="a better place nearby counts as this one", source="chosen by eye"
    )
    elsewhere_px: int = tuned(
        5, unit="px of the view", raising="a place must lie further off to be another one", source="chosen by eye"
    )
    uncertainty: UncertaintyParameters = UncertaintyParameters()
    objective: ObjectiveParameters = ObjectiveParameters()


@dataclass(frozen=True)
class Evidence:
    """What can be measured of a registration without knowing the truth.

    robust_cost         1 - ZNCC of FG's details, robust to altered parts: nonsense does not fit
    plain_cost          the same, not robust: in a pan or a scrolling page a wrong place fits but for what robustness
                        leaves out
    remaining_step      canvas px that corners would still move in one more step: a pan's valley has no minimum
    standard_error      canvas px of the corners, from how much they depend on parts of the picture
    information_share   share of what fixes the position that does not depend on the times of the frames, see
                        uncertainty.information_share
    correlation_lead    correlation here less that of the best place elsewhere on the canvas: repeating details fit
                        twice
    """

    robust_cost: float
    plain_cost: float
    remaining_step: float
    standard_error: float
    information_share: float
    correlation_lead: float


def measure_evidence(
    fg: Proxies,
    bg: Proxies,
    box: Box,
    frames: FramePairs,
    pairs: Sequence[tuple[int, int]],
    freedom: F64,
    parameters: EvidenceParameters = EvidenceParameters(),
) -> Evidence:
    """Of the transform frames.q.

    pairs     of (FG, BG) frames, which are those of `frames`
    freedom   f64 [4, n]: the columns that the fit could move along
    """
    remaining_step = standard_error = float("inf")
    steps = jackknife_steps(frames, frames.q, freedom, parameters.uncertainty)
    if steps is not None:
        whole, *without_a_part = steps
        remaining_step = corner_shift(whole, np.zeros(4), box)
        standard_error = _jackknife_error(without_a_part, box)
    robust_cost, plain_cost = (mean_misfit(frames, frames.q, robust, parameters.objective) for robust in (True, False))
    share = information_share(frames, frames.q, parameters.uncertainty)
    lead = _correlation_lead(fg, bg, box, frames.q, pairs, parameters)
    return Evidence(robust_cost, plain_cost, remaining_step, standard_error, share, lead)


def ranking_cost(robust_cost: float, plain_cost: float, parameters: EvidenceParameters = EvidenceParameters()) -> float:
    """What registrations are ranked by.

    Little of the plain cost counts, and not above a limit: an altered FG has one everywhere.
    """
    return robust_cost + parameters.plain_share * min(plain_cost, parameters.most_plain_cost)


def confidence(evidence: Evidence, parameters: EvidenceParameters = EvidenceParameters()) -> float:
    """Probability that every corner lies within 1 canvas px of its true place (of an unscaled FG: 0.5).

    That FG shows this, and here, times that it is measured well enough if it does.
    """
    logit = np.dot(parameters.weights, [1.0, *logistic_terms(evidence, parameters)])
    return float(_logistic(logit) * content_probability(evidence, parameters))


def rival_factor(cost_ratio: float, parameters: EvidenceParameters = EvidenceParameters()) -> float:
    """Factor for the confidence of a registration whose best rival has so many times its residual.

    Measured on 63 answers with a rival: of the 21 with a ratio of costs below 3.1 ten were wrong, a slow dolly or a
    flat drawing shifted in place and time; none of those above.
    """
    ratio = max(cost_ratio, parameters.smallest_rival_ratio)
    return 1 / (1 + (parameters.rival_ratio / ratio) ** parameters.rival_steepness)


def logistic_terms(evidence: Evidence, parameters: EvidenceParameters = EvidenceParameters()) -> list[float]:
    """What the probability of a good measurement is a logistic function of: log residual and log uncertainty."""
    cost = ranking_cost(evidence.robust_cost, evidence.plain_cost, parameters)
    uncertainty = np.hypot(evidence.remaining_step, evidence.standard_error)
    return [
        float(np.log(np.clip(cost, *parameters.ranking_cost_range))),
        float(np.log(np.clip(uncertainty, *parameters.uncertainty_range))),
    ]


def content_probability(evidence: Evidence, parameters: EvidenceParameters = EvidenceParameters()) -> float:
    """Probability that FG shows what is here and not something else, nor the same as another place.

    Set apart, not fitted: sharp edges are measured well in any content. Places alike have a lead of 0, give or take
    what whole px of the view leave out.
    """
    is_same_content = _logistic((parameters.even_cost - evidence.robust_cost) / parameters.cost_width)
    is_only_place = _logistic((evidence.correlation_lead - parameters.even_lead) / parameters.lead_width)
    return float(is_same_content * is_only_place)


def _jackknife_error(steps: Sequence[F64], box: Box) -> float:
    """Standard error of the corners, canvas px, from the steps that are due without one part of the picture each.

    Source: Efron & Stein 1981, doi:10.1214/aos/1176345462; (n - 1) / n times the sum of squared deviations.
    """
    mean, n = np.mean(steps, axis=0), len(steps)
    return float(np.sqrt((n - 1) / n * sum(corner_shift(s, mean, box) ** 2 for s in steps)))


def _logistic(logit: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(logit, -LARGEST_LOGIT, LARGEST_LOGIT))))


def _correlation_lead(
    fg: Proxies, bg: Proxies, box: Box, q: F64, pairs: Sequence[tuple[int, int]], parameters: EvidenceParameters
) -> float:
    """-2..2: correlation of FG with the canvas at `q` less that of the best place elsewhere; 0 where none fits.

    The canvas is shrunk to the pitch of FG's view and gets a margin, so that FG may lie outside it in part.
    """
    width, height = box[2] - box[0], box[3] - box[1]
    finest = min(1 / fg.small_factor, float(q[:2].min()) / bg.small_factor)
    view_per_fg = min(finest, parameters.template_px / max(width, height))  # view px per FG px
    smallest = parameters.smallest_template_px
    size = view_size(width, height, view_per_fg, smallest)
    canvas_px = zip((bg.clip.width, bg.clip.height), q[:2], strict=True)
    canvas_width, canvas_height = (view_side(side * view_per_fg / scale, smallest) for side, scale in canvas_px)
    margin_x, margin_y = (side // parameters.overhang for side in size)
    if canvas_width + 2 * margin_x < size[0] or canvas_height + 2 * margin_y < size[1]:
        return 0.0
    chosen = [pairs[k] for k in np.unique(np.linspace(0, len(pairs) - 1, parameters.template_pairs).astype(int))]
    total: F32 | float = 0.0
    for i, j in chosen:
        canvas = _details(bg.small[j], (canvas_width, canvas_height), parameters)
        padded = cv2.copyMakeBorder(canvas, margin_y, margin_y, margin_x, margin_x, cv2.BORDER_CONSTANT)
        template = _details(small_crop(fg, i, box), size, parameters)
        total = total + cv2.matchTemplate(padded, template, cv2.TM_CCOEFF_NORMED)
    x, y = ((q[k + 2] + q[k] * box[k]) * view_per_fg / q[k] + margin for k, margin in enumerate((margin_x, margin_y)))
    return _lead_at(np.asarray(total) / len(chosen), x, y, parameters)


def _lead_at(response: NDArray[np.floating], x: float, y: float, parameters: EvidenceParameters) -> float:
    """Highest response around (x, y) less the highest elsewhere; 0 where one of them is empty."""
    rows, columns = np.ogrid[: response.shape[0], : response.shape[1]]
    distance = np.maximum(abs(columns - x), abs(rows - y))
    here, elsewhere = response[distance <= parameters.here_px], response[distance > parameters.elsewhere_px]
    return float(here.max() - elsewhere.max()) if here.size and elsewhere.size else 0.0


def _details(picture: U8, size: tuple[int, int], parameters: EvidenceParameters) -> F32:
    """f32 [size]: details in units of their strength around: a banner's letters must not outweigh the picture."""
    view = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    view -= cv2.GaussianBlur(view, (0, 0), parameters.detail_px)
    strength = np.sqrt(cv2.GaussianBlur(view**2, (0, 0), parameters.strength_px))
    return np.asarray(view / (strength + parameters.noise_levels), np.float32)
