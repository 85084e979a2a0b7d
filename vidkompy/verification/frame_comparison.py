"""Is every FG frame in the output once, in order, at its own time, over the right BG frame?

Lossless output is compared bit by bit in every plane. Elsewhere a frame is right if its levels are those of the output,
and if the expected frame is the nearest neighbour of the output: no rival is nearer where the two visibly differ.
Rivals are the neighbouring frames, and for FG the BG under it too. A block of FG that is altered in one frame stands
out of the frames beside it (`altered_blocks`). FG's place is judged by the squared error over all frames at once. FG is
not compared where it is blended, where its edges fade, in frames that are not opaque, and in what the sidecar ignores
of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame

from filtergraphs import Composition
from vidkompy.drawing.options import DrawingOptions
from vidkompy.drawing.plan import plan_composition
from vidkompy.errors import DamageError
from vidkompy.media.decoding import decode_frames
from vidkompy.media.faults import describe_faults
from vidkompy.media.probe import probe_with_faults
from vidkompy.model import DAMAGED_SOUND, LOST_FRAMES, NO_END_MARK, U8, Clip, Sidecar
from vidkompy.sidecar.document import read_sidecar
from vidkompy.verification.altered_blocks import AlteredBlocks, block_errors
from vidkompy.verification.expectation import (
    black_levels,
    converter_to,
    is_opaque,
    must_be_exact,
    scaled_to_cover,
    time_origins,
)
from vidkompy.verification.frame_view import FrameView, frame_views, whole_clips
from vidkompy.verification.frame_window import CENTRE, FrameWindow
from vidkompy.verification.graded_frames import grader_to
from vidkompy.verification.nearest_picture import can_be_another, is_nearest, is_visibly_nearer
from vidkompy.verification.parameters import VerificationParameters
from vidkompy.verification.picture_distance import (
    Picture,
    are_equal,
    are_levels_off,
    cell_means,
    crop,
    has_altered_levels,
    have_comparable_planes,
    have_equal_samples,
    mean_squared_error,
)

IN_PLACE = (0, 0)
SHIFTS = ((0, 1), (0, -1), (1, 0), (-1, 0))  # px, y and x, by which FG is tried elsewhere
TIME_TOLERANCE = Fraction(1, 1000)  # s; Matroska rounds timestamps to 1 ms


@dataclass
class Verdict:
    """What the comparison found. Lists hold FG frame indices, ascending.

    expected        frames that the output should have
    frames          frames that it has
    fg_exact        frames whose FG is equal to the last bit, where it is compared
    bg_exact        frames whose BG is equal to the last bit, outside of FG
    is_fg_compared  False if FG is blended, not opaque, or ignored as far as it shows; then it is not compared
    compared_share  share of the drawn FG that is compared; the rest is ignored
    is_bg_visible   False if FG hides all of BG, then BG's pictures are not compared
    wrong_fg        frames whose FG is another picture, altered, or elsewhere
    wrong_bg        frames whose BG is another picture or altered
    wrong_time      frames whose time is off by more than TIME_TOLERANCE
    concealed       frames of damaged inputs that a decoder's error concealment made up: only their times are compared
    """

    expected: int
    frames: int = 0
    fg_exact: int = 0
    bg_exact: int = 0
    is_fg_compared: bool = True
    compared_share: float = 1.0
    is_bg_visible: bool = True
    wrong_fg: list[int] = field(default_factory=list)
    wrong_bg: list[int] = field(default_factory=list)
    wrong_time: list[int] = field(default_factory=list)
    concealed: list[int] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        return self.frames == self.expected and not (self.wrong_fg or self.wrong_bg or self.wrong_time)


def verify(
    sidecar: Sidecar | str | Path,
    output: str | Path,
    drawing: DrawingOptions = DrawingOptions(),
    on_frame: Callable[[int], None] | None = None,
    parameters: VerificationParameters = VerificationParameters(),
) -> Verdict:
    """Compare a render with what the sidecar and the options say it shows, frame by frame.

    sidecar    where and when FG lies on BG, or the path of a file that says so
    output     the render; it is decoded once, FG too, BG once for each passage of the map that goes forward
    drawing    options that it was rendered with
    on_frame   called with the number of output frames compared so far
    Raises MediaError where a file cannot be read, RenderError where nothing could be drawn from the sidecar.
    """
    measured = sidecar if isinstance(sidecar, Sidecar) else read_sidecar(Path(sidecar))
    clip = _probe_output(Path(output))
    comparison = _Comparison(measured, plan_composition(measured, drawing), clip, parameters)
    for frame in decode_frames(clip):
        comparison.add(frame)
        if on_frame is not None:
            on_frame(comparison.verdict.frames)
    return comparison.conclude()


def _probe_output(output: Path) -> Clip:
    """The output as a clip. Gaps are no damage of it: they show in the times of FG's frames. Raises MediaError."""
    clip, found = probe_with_faults(output)
    if any(finding.fault.kind not in (LOST_FRAMES, DAMAGED_SOUND, NO_END_MARK) for finding in found):
        raise DamageError(output, describe_faults(found))
    return replace(clip, damage=())


class _Comparison:
    """Compares the output's frames one by one, in order, with windows over the frames of FG and BG."""

    def __init__(self, sidecar: Sidecar, composition: Composition, output: Clip, parameters: VerificationParameters):
        self._sidecar, self._composition, self._output, self._parameters = sidecar, composition, output, parameters
        self._views = frame_views(composition, sidecar.ignored, parameters.cell_side)
        convert = converter_to(output)
        below = grader_to(composition, output) if composition.bg_grades else lambda frame, _: convert(frame)
        fg, bg = whole_clips(composition)
        fg_rotation, bg_rotation = sidecar.fg.rotation, sidecar.bg.rotation
        self._fg = FrameWindow(
            sidecar.fg,
            parameters.fg_neighbours,
            parameters.damage_reach,
            lambda frame, _: Picture(convert(frame), fg_rotation, fg.size, fg.part, parameters, fg.warp),
        )
        self._bg = FrameWindow(
            sidecar.bg,
            parameters.bg_neighbours,
            parameters.damage_reach,
            lambda frame, grade: Picture(below(frame, grade), bg_rotation, bg.size, bg.part, parameters, bg.warp),
        )
        self._fg_origin, self._output_origin = time_origins(sidecar.fg, composition.fg_first, output)
        self._squared_errors = dict.fromkeys((IN_PLACE, *SHIFTS), 0.0)
        self._altered_blocks = AlteredBlocks(parameters)
        self._inexact_fg: list[int] = []
        self._inexact_bg: list[int] = []
        self.verdict = Verdict(len(composition.fg_pts))
        if composition.fg_motion is None and (compared := self._views(0).compared) is not None:
            self.verdict.compared_share = float(compared.mean())

    def add(self, frame: VideoFrame) -> None:
        """Compare the next frame of the output."""
        composition, verdict = self._composition, self.verdict
        k = verdict.frames
        verdict.frames += 1
        if k >= verdict.expected:
            return
        i, j = composition.fg_first + k, composition.bg_index[k]
        self._compare_time(i, frame)
        if (frame.width, frame.height) != composition.canvas:
            verdict.wrong_fg.append(i)
            verdict.wrong_bg.append(i)
            return
        output = Picture(frame, 0, composition.canvas, None, self._parameters)
        grade = composition.bg_grade_of[k] if composition.bg_grade_of else 0
        fg_frames, bg_frames = self._fg.around(i), self._bg.around(j, grade)
        if i in self._fg.concealed or j in self._bg.concealed:
            verdict.concealed.append(i)
            return
        view = self._views(k)
        bg_pictures = {distance: view.bg(picture) for distance, picture in bg_frames.items()}
        self._compare_fg(i, view, output, fg_frames, bg_pictures[CENTRE])
        if not view.outside.any():
            verdict.is_bg_visible = verdict.is_bg_visible and composition.motion is not None
        elif composition.unmatched_fill == "hold" or not composition.unmatched[k]:
            self._compare_bg(i, view, output, bg_pictures)
        else:
            self._compare_fill(i, view, output, fg_frames[CENTRE])

    def conclude(self) -> Verdict:
        """The verdict over all frames, which alone show whether FG is misplaced and whether the output is exact."""
        verdict, errors, parameters = self.verdict, self._squared_errors, self._parameters
        must_fg_be_exact, must_bg_be_exact = must_be_exact(self._sidecar, self._composition, self._output)
        verdict.wrong_fg = sorted({*verdict.wrong_fg, *self._altered_blocks.conclude()})
        exact_frames = parameters.exact_share * verdict.frames
        is_misplaced = min(errors[shift] for shift in SHIFTS) < parameters.misplaced_error_ratio * errors[IN_PLACE]
        if must_fg_be_exact or is_misplaced or verdict.fg_exact >= exact_frames:
            verdict.wrong_fg = sorted({*verdict.wrong_fg, *self._inexact_fg})
        if must_bg_be_exact or verdict.bg_exact >= exact_frames:
            verdict.wrong_bg = sorted({*verdict.wrong_bg, *self._inexact_bg})
        return verdict

    def _compare_time(self, i: int, frame: VideoFrame) -> None:
        fg = self._sidecar.fg
        output_seconds = (frame.pts or 0) * Fraction(frame.time_base or 0) - self._output_origin
        fg_seconds = int(fg.pts[i]) * fg.time_base - self._fg_origin
        if abs(output_seconds - fg_seconds) > TIME_TOLERANCE:
            self.verdict.wrong_time.append(i)

    def _compare_fg(
        self, i: int, view: FrameView, whole: Picture, fg_frames: dict[int, Picture], below: Picture
    ) -> None:
        composition, area, parameters = self._composition, view.fg_area, self._parameters
        cell_mask = view.compared_cells
        is_hidden = area.is_empty or (cell_mask is not None and not cell_mask.any())
        if composition.blend != "normal" or not is_opaque(fg_frames[CENTRE].frame):
            self.verdict.is_fg_compared = False
            return
        if is_hidden:  # a moving FG is elsewhere in other frames
            self.verdict.is_fg_compared = self.verdict.is_fg_compared and composition.fg_motion is not None
            return
        fg_pictures = {distance: view.fg(picture) for distance, picture in fg_frames.items()}
        output, fg = Picture(whole.frame, 0, composition.canvas, area, parameters), fg_pictures[CENTRE]
        if not composition.is_scaled and have_equal_samples(output, fg, view.compared):
            self.verdict.fg_exact += 1
            return
        self._inexact_fg.append(i)
        rival = parameters.absent_error_ratio, parameters.least_absent_cells
        is_absent = can_be_another(output.cells, fg.cells, parameters, cell_mask, *rival) and is_visibly_nearer(
            output.cells,
            cell_means(crop(below.luma, area), parameters.cell_side),
            fg.cells,
            parameters,
            cell_mask,
            *rival,
        )
        neighbours = {distance: picture.cells for distance, picture in fg_pictures.items()}
        errors = block_errors(output.cells, list(neighbours.values()), cell_mask, parameters.block_cells)
        self._altered_blocks.add(i, errors)
        is_altered = is_absent or has_altered_levels(output, fg, parameters, cell_mask)
        if is_altered or not is_nearest(output.cells, neighbours, parameters, cell_mask):
            self.verdict.wrong_fg.append(i)
        for shift in self._squared_errors:
            self._squared_errors[shift] += mean_squared_error(output.luma, fg.luma, shift, view.compared)

    def _compare_bg(self, i: int, view: FrameView, output: Picture, bg_frames: dict[int, Picture]) -> None:
        clip, parameters, bg = self._sidecar.bg, self._parameters, bg_frames[CENTRE]
        canvas = self._composition.canvas
        is_unscaled = canvas == (clip.width, clip.height) and self._composition.bg_motion is None
        is_graded = bool(self._composition.bg_grades)
        if is_unscaled and not is_graded and have_equal_samples(output, bg, view.outside):
            self.verdict.bg_exact += 1
            return
        self._inexact_bg.append(i)
        has_same_colour = is_graded or self._sidecar.fg.colour == clip.colour
        is_altered = has_same_colour and has_altered_levels(output, bg, parameters, view.outside_cells)
        neighbours = {distance: picture.cells for distance, picture in bg_frames.items()}
        if is_altered or not is_nearest(output.cells, neighbours, parameters, view.outside_cells):
            self.verdict.wrong_bg.append(i)

    def _compare_fill(self, i: int, view: FrameView, output: Picture, fg: Picture) -> None:
        """Compare what is drawn where no BG frame belongs. Black has to be black; FG has to show the same things.

        FG's fill is scaled by ffmpeg, and here by OpenCV: it is not compared sample by sample.
        """
        levels = output.levels or [output.luma]
        if self._composition.unmatched_fill == "foreground":
            fill = [scaled_to_cover(plane, self._composition) for plane in fg.whole_levels]
            if have_comparable_planes(output.frame, fg.frame) and self._is_outside_off(view, levels, fill):
                self.verdict.wrong_bg.append(i)
            return
        black = [np.full_like(p, level) for p, level in zip(levels, black_levels(output.frame), strict=False)]
        if are_equal(levels, black, view.outside):
            return  # not counted: black stays exact in lossy output too, and says nothing of other frames
        self._inexact_bg.append(i)
        if self._is_outside_off(view, levels, black):
            self.verdict.wrong_bg.append(i)

    def _is_outside_off(self, view: FrameView, a: list[U8], b: list[U8]) -> bool:
        side = self._parameters.cell_side
        planes = zip(a, b, strict=False)
        return any(
            are_levels_off(cell_means(p, side), cell_means(q, side), self._parameters, view.outside_cells)
            for p, q in planes
        )
