"""Candidates by template matching: FG is correlated with BG at every position and many scales.

Dearer than keypoints, but it also finds content with faint or blurred detail. Normalised cross-correlation of a
template, Lewis 1995, "Fast normalized cross-correlation", Vision Interface. Differs: details only (what a wide blur
leaves over), so that a grade or a vignette does not count; the best BG frame at each position; the mean over FG frames.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, product
from typing import NamedTuple

import cv2
import numpy as np

from vidkompy.media.ignored_area import compared_cells
from vidkompy.media.proxies import Proxies, evenly_spaced
from vidkompy.model import F32, F64, U8, Box, Mask
from vidkompy.parameters import tuned, without_effect
from vidkompy.placement.boxes import view_size
from vidkompy.placement.frame_samples import BlankSampleParameters, bg_sample_count, small_crop, visible_samples
from vidkompy.placement.masked_templates import blurred, correlations
from vidkompy.records import Record

LOWEST_CORRELATION = -1.0
LARGEST_CORRELATION = 1 - 1e-6  # beyond it rounding errors decide


class TemplateMatchingParameters(Record):
    canvas_px: int = tuned(
        96,
        unit="px, long side of BG's view",
        raising="positions and scales are finer, at more cost",
        source="chosen by eye",
    )
    detail_px: float = tuned(
        3.0,
        unit="px of a view, sigma",
        raising="larger structure counts as detail, not as lighting",
        source=without_effect(
            "clips without keypoints",
            "chosen by eye; evidence has the same, on views of FG's size instead of BG's, and may differ",
        ),
    )
    fg_frames: int = tuned(
        6,
        unit="FG frames",
        raising="more frames vote on a position, at more cost",
        source="chosen by eye; as many as SampleCounts has for keypoints, which cost less, so they may differ",
    )
    bg_frames: int = tuned(
        16,
        unit="BG frames; as many times more as FG is shorter than fg_frames",
        raising="a match in time is nearer, at more cost",
        source="chosen by eye",
    )
    scales_per_octave: int = tuned(
        12,
        unit="scales tried per doubling: 6 % apart, 1 among them",
        raising="scales are nearer to the true one, at more cost",
        source=without_effect("clips without keypoints"),
    )
    smallest_px: int = tuned(
        12,
        unit="px, short side of a template",
        raising="more of the small scales are left out",
        source=without_effect("clips without keypoints"),
    )
    peaks_per_scale: int = tuned(
        2,
        unit="peaks",
        raising="more positions of a scale become candidates",
        source=without_effect("clips without keypoints"),
    )
    peak_radius_px: int = tuned(
        3,
        unit="px of a view",
        raising="peaks of a scale lie further apart",
        source=without_effect("clips without keypoints"),
    )
    candidates: int = tuned(
        10, unit="candidates", raising="more are tried, at more cost", source=without_effect("clips without keypoints")
    )
    blank_samples: BlankSampleParameters = BlankSampleParameters()


class TemplateMatch(NamedTuple):
    """A position and a scale at which FG correlates with BG.

    score          mean correlation
    significance   how far it lies above chance
    transform      f64 [4]   frame px
    """

    score: float
    significance: float
    transform: F64


def match_templates(
    fg: Proxies,
    bg: Proxies,
    box: Box,
    scales: tuple[float, float],
    stretches: Sequence[float] = (1.0,),
    parameters: TemplateMatchingParameters = TemplateMatchingParameters(),
) -> list[F64]:
    """Transforms in frame px, best first: where FG samples correlate with their best BG samples, on average.

    scales      canvas px per FG px along x, lowest and highest
    stretches   scales along y over those along x that are tried
    """
    _, height, width = bg.small.shape
    size = view_size(width, height, min(1.0, parameters.canvas_px / max(width, height)))
    bg_frames = bg_sample_count(parameters.bg_frames, parameters.fg_frames, fg.clip.frames)
    canvas = [_detail(bg.small_copy(j), size, parameters) for j in evenly_spaced(len(bg.small), bg_frames)]
    view_per_canvas = size[0] / (width * bg.small_factor)  # view px per canvas px
    samples = [small_crop(fg, i, box) for i in visible_samples(fg, box, parameters.fg_frames, parameters.blank_samples)]
    found: list[TemplateMatch] = []
    for scale_x, stretch in product(_scales(*scales, parameters.scales_per_octave), stretches):
        scale = np.array([scale_x, scale_x * stretch])
        width_px, height_px = (np.array(box[2:]) - box[:2]) * scale * view_per_canvas
        template_size = round(width_px), round(height_px)
        compared = None
        if fg.ignored and min(template_size) > 0:
            compared = compared_cells(fg.ignored, box, template_size[::-1])
        for score, x, y in _matches(samples, canvas, template_size, compared, parameters):
            shift = np.array([x, y]) / view_per_canvas - scale * np.array(box[:2])
            found.append(TemplateMatch(score, _significance(score, template_size), np.array([*scale, *shift])))
    return [match.transform for match in _best_of_both(found)[: parameters.candidates]]


def _best_of_both(found: Sequence[TemplateMatch]) -> list[TemplateMatch]:
    """Best first, by significance and by score in turns: either alone is drawn to large or to small templates."""
    by_score = sorted(range(len(found)), key=lambda k: -found[k].score)
    by_significance = sorted(range(len(found)), key=lambda k: -found[k].significance)
    in_turns = chain.from_iterable(zip(by_significance, by_score, strict=True))
    return [found[k] for k in dict.fromkeys(in_turns)]


def _significance(score: float, size: tuple[int, int]) -> float:
    """How far a correlation lies above chance: small templates correlate well with something anywhere.

    Source: Fisher 1915, doi:10.2307/2331838: atanh of a correlation of n px scatters by about 1 / sqrt(n).
    """
    return float(np.arctanh(np.clip(score, -LARGEST_CORRELATION, LARGEST_CORRELATION)) * np.sqrt(size[0] * size[1]))


def _scales(low: float, high: float, per_octave: int) -> F64:
    """Powers of 2^(1/per_octave) from low to high, or their geometric mean where none lies between."""
    exponents = np.arange(np.ceil(per_octave * np.log2(low) - 1e-9), np.floor(per_octave * np.log2(high) + 1e-9) + 1)
    return 2.0 ** (exponents / per_octave) if len(exponents) else np.sqrt([low * high])


def _matches(
    samples: Sequence[U8],
    canvas: Sequence[F32],
    size: tuple[int, int],
    compared: Mask | None,
    parameters: TemplateMatchingParameters,
) -> Iterator[tuple[float, int, int]]:
    """(score, x, y) of the best positions of templates of this size; none if it is too small or larger than BG.

    compared   bool [template]   px that count; None: all
    """
    height, width = canvas[0].shape
    if size[0] > width or size[1] > height or min(size) < parameters.smallest_px:
        return
    templates = [_detail(sample, size, parameters, compared) for sample in samples]
    responses = np.stack([_best_response(template, canvas, compared) for template in templates])
    yield from _peaks(responses.mean(axis=0), parameters)


def _detail(
    picture: U8, size: tuple[int, int], parameters: TemplateMatchingParameters, compared: Mask | None = None
) -> F32:
    view = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(view - blurred(view, parameters.detail_px, compared), np.float32)


def _best_response(template: F32, canvas: Sequence[F32], compared: Mask | None) -> F32:
    """f32 [rows, columns]: correlation at each position with the BG frame that fits best there."""
    responses = [correlations(view, template, compared) for view in canvas]
    return np.asarray(np.max(responses, axis=0), np.float32)


def _peaks(response: F32, parameters: TemplateMatchingParameters) -> Iterator[tuple[float, int, int]]:
    """(score, x, y) of the highest positions, each at least `peak_radius_px` from the ones before it."""
    remaining = response.copy()
    for _ in range(parameters.peaks_per_scale):
        _, score, _, (x, y) = cv2.minMaxLoc(remaining)
        yield float(score), x, y
        cv2.circle(remaining, (x, y), parameters.peak_radius_px, LOWEST_CORRELATION, -1)
