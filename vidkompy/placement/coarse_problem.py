"""FG samples and all BG frames as views of one pitch: what a coarse fit compares, and in which coordinates.

There are two scales: one where transforms are fitted, whose px all transforms of a coarse fit are in, and a smaller one
where frames are correlated. Views are made when they are first needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vidkompy.media.proxies import Proxies
from vidkompy.model import F32, F64, Box, Mask
from vidkompy.parameters import tuned, without_effect
from vidkompy.placement.boxes import scaled_box, view_size
from vidkompy.placement.frame_samples import BlankSampleParameters, visible_samples
from vidkompy.placement.gauss_newton import GaussNewtonParameters
from vidkompy.placement.objective import zncc_matrix
from vidkompy.placement.objective_parameters import ObjectiveParameters
from vidkompy.placement.transforms import ISOTROPIC, visible_pixels
from vidkompy.placement.views import BlurredViews, ResizedViews
from vidkompy.records import Record


class CoarseProblemParameters(Record):
    """Tuned numbers of the views."""

    fit_px: int = tuned(
        96,
        unit="px of FG's long side where the transform is fitted",
        raising="finer fits, from nearer starts, at more cost",
        source="chosen by eye",
    )
    score_px: int = tuned(
        64,
        unit="px of FG's long side where frames are correlated with all BG frames",
        raising="times are told apart better, at more cost",
        source="chosen by eye",
    )
    least_bg_px: int = tuned(
        24,
        unit="px of BG's long side",
        raising="an FG much larger than BG is compared with a finer BG than its own views",
        source=without_effect("FGs much larger than BG"),
    )
    samples: int = tuned(
        24, unit="FG frames", raising="more work; times are steadier where parts are altered", source="chosen by eye"
    )
    edge: int = tuned(
        2, unit="px of FG view inside the content box", raising="fewer px of soft edges count", source="chosen by eye"
    )
    blank_samples: BlankSampleParameters = BlankSampleParameters()


class PairedViews(NamedTuple):
    """Views of one pitch.

    fg, bg   all frames of both clips
    view_per_frame   f64 [4]   transform in view px per transform in frame px
    box              content box, px of FG view
    compared         bool [FG view]   px that show nothing of what is ignored; None: all
    """

    fg: ResizedViews
    bg: ResizedViews
    view_per_frame: F64
    box: Box
    compared: Mask | None


class CoarseProblem(Record, eq=False):
    """FG samples to be placed on, and in time with, all BG frames.

    fit_views               at the scale of the fit: all transforms here are in px of these views
    score_views             at the scale of the correlation
    indices                 FG frames of the samples, ascending
    blurred                 FG views of the samples, and all BG views, at the scale of the fit
    ignores_altered_parts   frames are correlated without the parts of FG that fit worst; times are told apart less
    is_ordered              FG's scenes come in BG's order
    freedom                 f64 [4, m]   basis vectors that a fit may move along
    canvas_per_fg, parameters   what the views were made with
    gauss_newton            what steps are made with, and how far the views are blurred for them
    objective               what frames are correlated with
    """

    fit_views: PairedViews
    score_views: PairedViews
    indices: Sequence[int]
    blurred: BlurredViews
    ignores_altered_parts: bool
    is_ordered: bool
    freedom: F64
    canvas_per_fg: float
    parameters: CoarseProblemParameters
    gauss_newton: GaussNewtonParameters
    objective: ObjectiveParameters

    @property
    def view_per_frame(self) -> F64:
        """f64 [4]: transform in px of the fit's views per transform in frame px."""
        return self.fit_views.view_per_frame

    @property
    def box(self) -> Box:
        """Content box, px of the fit's FG views."""
        return self.fit_views.box

    @property
    def n_bg(self) -> int:
        return len(self.fit_views.bg)

    @property
    def sample_spacing(self) -> int:
        """FG frames from one sample to the next, about."""
        return max(1, len(self.fit_views.fg) // len(self.indices))

    def score(self, q: F64, bg_indices: Sequence[int], sample_step: int = 1) -> F32 | None:
        """f32 [samples, len(bg_indices)]: ZNCC at `q`; of every `sample_step`th sample. None as for `zncc_matrix`."""
        views = self.score_views
        fg = [views.fg[i] for i in self.indices[::sample_step]]
        there = q / self.view_per_frame * views.view_per_frame
        bg = [views.bg[j] for j in bg_indices]
        is_robust = self.ignores_altered_parts
        return zncc_matrix(fg, bg, there, views.box, is_robust, self.objective, views.compared)

    def visible(self, q: F64) -> NDArray[np.bool_]:
        """bool [FG view]: content that `q` puts on the canvas."""
        compared = self.fit_views.compared
        return visible_pixels(q, self.blurred.fg_shape, self.blurred.bg_shape, self.box, self.parameters.edge, compared)

    def with_samples(self, indices: Sequence[int]) -> CoarseProblem:
        """The same with other FG samples."""
        blurred = _blurred(self.fit_views, indices, self.canvas_per_fg, self.gauss_newton)
        return replace(self, indices=indices, blurred=blurred)


def coarse_problem(
    fg: Proxies,
    bg: Proxies,
    box: Box,
    canvas_per_fg: float,
    is_robust: bool,
    freedom: F64 = ISOTROPIC,
    stretch: float = 1.0,
    parameters: CoarseProblemParameters = CoarseProblemParameters(),
    gauss_newton: GaussNewtonParameters = GaussNewtonParameters(),
    objective: ObjectiveParameters = ObjectiveParameters(),
) -> CoarseProblem:
    """Views for candidates of about one scale.

    box              content box, FG frame px
    canvas_per_fg    that scale along x, canvas px per FG px
    is_robust        altered parts of FG are ignored, and its scenes may come in any order
    freedom          see CoarseProblem
    stretch          scale along y over that along x; FG's views are drawn out by it, which leaves about one scale
    """
    fit_views, score_views = (
        _paired_views(fg, bg, box, canvas_per_fg, stretch, side, parameters.least_bg_px, margin)
        for side, margin in ((parameters.fit_px, parameters.edge), (parameters.score_px, objective.edge))
    )
    indices = visible_samples(fg, box, parameters.samples, parameters.blank_samples)
    blurred = _blurred(fit_views, indices, canvas_per_fg, gauss_newton)
    return CoarseProblem(
        fit_views,
        score_views,
        indices,
        blurred,
        ignores_altered_parts=is_robust,
        is_ordered=not is_robust,
        freedom=freedom,
        canvas_per_fg=canvas_per_fg,
        parameters=parameters,
        gauss_newton=gauss_newton,
        objective=objective,
    )


def _blurred(
    views: PairedViews, indices: Sequence[int], scale: float, parameters: GaussNewtonParameters
) -> BlurredViews:
    """FG samples and all BG frames; scale: canvas px per FG px."""
    return BlurredViews(
        [views.fg[i] for i in indices],
        views.bg,
        scale * float(views.view_per_frame[0]),
        blur=parameters.blur,
        least_blur=parameters.least_blur,
    )


def _paired_views(
    fg: Proxies,
    bg: Proxies,
    box: Box,
    canvas_per_fg: float,
    stretch: float,
    side: int,
    least_bg_side: int,
    margin: int,
) -> PairedViews:
    """Views of one pitch, no finer than the small proxies.

    side, least_bg_side   px of the long side: of FG's views at most, of BG's at least
    margin                px of FG's views around what is ignored
    """
    _, height, width = fg.small.shape
    drawn_out = height * stretch
    size = view_size(width, drawn_out, min(1.0, side / max(width, drawn_out)))
    view_per_fg = np.array(size) / (np.array([width, height]) * fg.small_factor)  # view px per FG px
    _, bg_height, bg_width = bg.small.shape
    view_per_proxy = float(view_per_fg[0]) / canvas_per_fg * bg.small_factor  # view px per px of BG's proxies
    bg_size = view_size(bg_width, bg_height, min(1.0, max(view_per_proxy, least_bg_side / max(bg_width, bg_height))))
    view_per_canvas = np.array(bg_size) / (np.array([bg_width, bg_height]) * bg.small_factor)  # view px per canvas px
    view_per_frame = np.concatenate([view_per_canvas / view_per_fg, view_per_canvas])
    scaled = scaled_box(box, float(view_per_fg[0]), float(view_per_fg[1]))
    fg_views, bg_views = ResizedViews(fg.small, *size), ResizedViews(bg.small, *bg_size)
    compared = fg.compared(size[::-1], 1 / float(view_per_fg[0]), margin)
    return PairedViews(fg_views, bg_views, view_per_frame, scaled, compared)
