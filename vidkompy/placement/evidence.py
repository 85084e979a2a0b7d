"""How far a registration can be trusted: what is measured of it, and the probability that follows.

The probability that FG shows this content here (a product of two logistic functions that were set) times the
probability that the corners are measured well if it does (a logistic regression that scripts/calibrate_placement fits).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vidkompy.media.ignored_area import compared_cells
from vidkompy.media.proxies import Proxies
from vidkompy.model import F32, F64, U8, Box, Mask
from vidkompy.parameters import tuned, without_effect
from vidkompy.placement.boxes import view_side, view_size
from vidkompy.placement.frame_pairs import FramePairs
from vidkompy.placement.frame_samples import small_crop
from vidkompy.placement.masked_templates import blurred, correlations
from vidkompy.placement.objective import mean_misfit
from vidkompy.placement.transforms import corner_shift
from vidkompy.placement.uncertainty import UncertaintyParameters, information_share, jackknife_steps
from vidkompy.records import Record

LARGEST_LOGIT = 50  # beyond it the exponential function says nothing more


class MeasurementWeights(NamedTuple):
    """Log odds that a transform is measured well, as a sum of three terms.

    intercept      log odds at a ranking cost of 1 and an uncertainty of 1 px
    per_log_cost   their change per e-fold of the ranking cost
    per_log_px     their change per e-fold of the uncertainty of the corners, canvas px
    """

    intercept: float
    per_log_cost: float
    per_log_px: float


class EvidenceParameters(Record):
    plain_share: float = tuned(
        0.2,
        unit="ranking cost per plain cost",
        raising="what robustness forgives counts more: a pan's wrong places are told apart, altered FGs suffer",
        source="chosen by eye",
    )
    most_plain_cost: float = tuned(
        0.1, unit="1 - ZNCC", raising="an altered FG's plain cost counts more", source="chosen by eye"
    )
    weights: MeasurementWeights = tuned(
        MeasurementWeights(intercept=-7.99, per_log_cost=-0.73, per_log_px=-2.67),
        unit="log odds, log odds per e-fold of the ranking cost, log odds per e-fold of the uncertainty",
        raising="intercept: confidence grows; the others: it falls below a cost of 1 or 1 px, and grows above",
        source="scripts/calibrate_placement",
    )
    ranking_cost_range: tuple[float, float] = tuned(
        (0.003, 1.0),
        unit="ranking cost; what lies outside tells no more",
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
        unit="a rival's ranking cost over that of the best, at which confidence is halved",
        raising="rivals lower the confidence more",
        source="63 answers with a rival, see rival_factor",
    )
    rival_steepness: int = tuned(
        4,
        unit="exponent",
        raising="rivals below the ratio lower the confidence more, those above it less",
        source="63 answers with a rival, see rival_factor",
    )
    template_px: int = tuned(
        96,
        unit="px, long side of FG's content where other places are compared",
        raising="places near each other are told apart, at more cost",
        source=without_effect("small details that repeat"),
    )
    smallest_template_px: int = tuned(
        8, unit="px, each side", raising="thin content is enlarged more", source="chosen by eye"
    )
    template_pairs: int = tuned(
        6, unit="frame pairs", raising="the lead varies less, at more cost", source="chosen by eye"
    )
    overhang: int = tuned(
        3,
        unit="reciprocal of the share of FG's width and height that may lie outside the canvas: 3 is a third",
        raising="places are looked for less far outside",
        source=without_effect("FGs partly outside the canvas"),
    )
    detail_px: float = tuned(
        3.0,
        unit="px of a view, sigma",
        raising="larger structure counts as detail, not as lighting",
        source="chosen by eye; template matching has the same, on views of BG's size instead of FG's, and may differ",
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
    same_place_px: int = tuned(
        2, unit="px of the view", raising="a better place nearby counts as this one", source="chosen by eye"
    )
    other_place_px: int = tuned(
        5,
        unit="px of the view",
        raising="a place must lie further off to be another one",
        source=without_effect("content that resembles itself nearby"),
    )
    uncertainty: UncertaintyParameters = UncertaintyParameters()


class Evidence(Record):
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
    """The evidence for the transform frames.q.

    pairs     (FG, BG) frames, those of `frames`
    freedom   f64 [4, m]   basis vectors that the fit could move along
    """
    remaining_step = standard_error = float("inf")
    jackknife = jackknife_steps(frames, frames.q, freedom, parameters.uncertainty)
    if jackknife is not None:
        remaining_step = corner_shift(jackknife.step, np.zeros(4), box)
        standard_error = _jackknife_error(jackknife.steps_without_part, box)
    robust_cost, plain_cost = (mean_misfit(frames, frames.q, robust) for robust in (True, False))
    share = information_share(frames, frames.q, parameters.uncertainty)
    lead = _correlation_lead(fg, bg, box, frames.q, pairs, parameters)
    return Evidence(robust_cost, plain_cost, remaining_step, standard_error, share, lead)


def ranking_cost(robust_cost: float, plain_cost: float, parameters: EvidenceParameters = EvidenceParameters()) -> float:
    """What registrations are ranked by: the robust cost plus a share of the plain cost.

    An altered FG has a plain cost at every place. Only `plain_share` of it therefore counts, and none of it above
    `most_plain_cost`.
    """
    return robust_cost + parameters.plain_share * min(plain_cost, parameters.most_plain_cost)


def confidence(evidence: Evidence, parameters: EvidenceParameters = EvidenceParameters()) -> float:
    """Probability that every corner lies within 1 canvas px of its true place (of an unscaled FG: 0.5).

    It is the probability that FG shows this content, and at this place, times the probability that the corners are
    measured well if it does.
    """
    logit = np.dot(parameters.weights, [1.0, *logistic_terms(evidence, parameters)])
    return float(_logistic(logit) * content_probability(evidence, parameters))


def rival_factor(cost_ratio: float, parameters: EvidenceParameters = EvidenceParameters()) -> float:
    """Factor for the confidence of a registration whose best rival has `cost_ratio` times its ranking cost.

    Measured on 63 answers with a rival: of the 21 with a ratio of costs below 3.1 ten were wrong, a slow dolly or a
    flat drawing shifted in place and time; none of those above.
    """
    ratio = max(cost_ratio, 1e-9)
    return 1 / (1 + (parameters.rival_ratio / ratio) ** parameters.rival_steepness)


def logistic_terms(evidence: Evidence, parameters: EvidenceParameters = EvidenceParameters()) -> list[float]:
    """What the probability of a good measurement is a logistic function of: log ranking cost and log uncertainty."""
    cost = ranking_cost(evidence.robust_cost, evidence.plain_cost, parameters)
    uncertainty = np.hypot(evidence.remaining_step, evidence.standard_error)
    return [
        float(np.log(np.clip(cost, *parameters.ranking_cost_range))),
        float(np.log(np.clip(uncertainty, *parameters.uncertainty_range))),
    ]


def content_probability(evidence: Evidence, parameters: EvidenceParameters = EvidenceParameters()) -> float:
    """Probability that FG shows what is here and not something else, nor the same as another place.

    Sharp edges are measured well in any content, so a fit to measurement errors would say nothing of content: these
    two functions are set instead. Places that look alike have a lead of 0, but for the fractions of a view's px.
    """
    is_same_content = _logistic((parameters.even_cost - evidence.robust_cost) / parameters.cost_width)
    is_only_place = _logistic((evidence.correlation_lead - parameters.even_lead) / parameters.lead_width)
    return float(is_same_content * is_only_place)


def _jackknife_error(steps: Sequence[F64], box: Box) -> float:
    """Standard error of the corners, canvas px; steps: f64 [4] each, due without one part of the picture.

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
    left, top, right, bottom = box
    scale_x, scale_y, shift_x, shift_y = q
    width, height, smallest = right - left, bottom - top, parameters.smallest_template_px
    finest = min(1 / fg.small_factor, float(q[:2].min()) / bg.small_factor)
    view_per_fg = min(finest, parameters.template_px / max(width, height))
    size = view_size(width, height, view_per_fg, smallest)
    canvas_width = view_side(bg.clip.width * view_per_fg / scale_x, smallest)
    canvas_height = view_side(bg.clip.height * view_per_fg / scale_y, smallest)
    margin_x, margin_y = (side // parameters.overhang for side in size)
    if canvas_width + 2 * margin_x < size[0] or canvas_height + 2 * margin_y < size[1]:
        return 0.0
    chosen = [pairs[k] for k in np.unique(np.linspace(0, len(pairs) - 1, parameters.template_pairs).astype(int))]
    compared = compared_cells(fg.ignored, box, size[::-1]) if fg.ignored else None
    total: F32 | float = 0.0
    for i, j in chosen:
        canvas = _details(bg.small_copy(j), (canvas_width, canvas_height), parameters)
        padded = cv2.copyMakeBorder(canvas, margin_y, margin_y, margin_x, margin_x, cv2.BORDER_CONSTANT)
        template = _details(small_crop(fg, i, box), size, parameters, compared)
        total = total + correlations(np.asarray(padded, np.float32), template, compared)
    x = (shift_x + scale_x * left) * view_per_fg / scale_x + margin_x  # of the content's corner, px of `padded`
    y = (shift_y + scale_y * top) * view_per_fg / scale_y + margin_y
    return _lead_at(np.asarray(total) / len(chosen), x, y, parameters)


def _lead_at(response: NDArray[np.floating], x: float, y: float, parameters: EvidenceParameters) -> float:
    """Highest response around (x, y) less the highest elsewhere; 0 where one of them is empty."""
    rows, columns = np.ogrid[: response.shape[0], : response.shape[1]]
    distance = np.maximum(abs(columns - x), abs(rows - y))
    here, elsewhere = response[distance <= parameters.same_place_px], response[distance > parameters.other_place_px]
    return float(here.max() - elsewhere.max()) if here.size and elsewhere.size else 0.0


def _details(picture: U8, size: tuple[int, int], parameters: EvidenceParameters, compared: Mask | None = None) -> F32:
    """f32 [size]: details over their strength around, so that a banner's letters do not outweigh the rest.

    compared   bool [size]   px that count; None: all
    """
    view = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    view -= blurred(view, parameters.detail_px, compared)
    strength = np.sqrt(blurred(view**2, parameters.strength_px, compared))
    return np.asarray(view / (strength + parameters.noise_levels), np.float32)
