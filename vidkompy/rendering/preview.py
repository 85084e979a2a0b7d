"""A preview as a job: a sidecar's answer as a small video, for people to see whether FG lies right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from filtergraphs import Composition, Script
from filtergraphs.captions import NO_NUMBER, Captions
from filtergraphs.preview import preview
from filtergraphs.preview_layout import PreviewLayout, preview_layout
from filtergraphs.preview_styles import PreviewStyle
from vidkompy.drawing.colour_grades import grade_notes
from vidkompy.drawing.notes import measurement_notes
from vidkompy.drawing.options import DrawingOptions, Unmatched
from vidkompy.drawing.plan import plan_composition
from vidkompy.errors import RenderError
from vidkompy.ffmpeg.binary import find_ffmpeg
from vidkompy.ffmpeg.encoder_presets import EncoderSettings
from vidkompy.ffmpeg.kept_answers import NO_ANSWERS, KeptAnswers
from vidkompy.ffmpeg.preflight import TrialPicture, try_encoder
from vidkompy.ffmpeg.text_drawing import find_text_drawer
from vidkompy.model import UNMATCHED, FrameSpan, Sidecar
from vidkompy.records import Record
from vidkompy.rendering.job import Job
from vidkompy.sidecar.document import check_clips

ENCODER = "libx264"
_ENCODING = ("-c:v", ENCODER, "-preset", "veryfast", "-crf", "20", "-movflags", "+faststart")  # crf: chosen by eye
# No sound: it may be in a codec that MP4 has not, and a part that is entered midway is read for its pictures alone.
_TRACKS = ("-map_metadata", "-1", "-map_chapters", "-1")


class PreviewOptions(Record):
    """What is shown.

    part   FG frames; None: all
    """

    style: PreviewStyle = "side"
    part: FrameSpan | None = None
    is_full_size: bool = False
    has_text: bool = True
    match_colours: bool = False


def prepare_preview(
    sidecar: Sidecar,
    output: Path,
    options: PreviewOptions,
    ffmpeg: str | None = None,
    sidecar_path: Path | None = None,
    answers: KeptAnswers = NO_ANSWERS,
) -> Job:
    """A preview that is ready to run (`run_job`). Writes nothing. Raises SidecarError, MediaError, RenderError."""
    check_clips(sidecar, sidecar_path or "the sidecar")
    composition = _composition(sidecar, options)
    layout = preview_layout(composition, options.style, options.is_full_size, options.has_text)
    captions = _captions(sidecar, composition) if options.has_text else None
    script = _script(composition, options.style, layout, captions)
    decoders = frozenset(clip.decoder for clip in (sidecar.fg, sidecar.bg) if clip.decoder)
    find = find_text_drawer if options.has_text else find_ffmpeg
    chosen = find(ffmpeg, ENCODER, script.filters, decoders, answers=answers)
    if chosen.crops_by_container:
        composition = replace(composition, crops_by_container=True)
        script = _script(composition, options.style, layout, captions)
    encoder = EncoderSettings(ENCODER, (), _ENCODING, _ENCODING, "", is_preset=True)
    picture = TrialPicture(*layout.frame, composition.frame_rate)
    try_encoder(chosen, encoder, output, picture, answers=answers)
    notes = tuple(_notes(sidecar, composition, options))
    return Job(sidecar, output, chosen, composition, script, encoder, _TRACKS, (), notes)


def _composition(sidecar: Sidecar, options: PreviewOptions) -> Composition:
    """Beside FG frames that are unmatched nothing is shown: no BG frame is said to belong there.

    Where one of the clips moves it is BG, so that each frame of FG has beside it what it lies on.
    """
    unmatched: Unmatched = "hold" if options.style == "outline" else "black"
    looks = DrawingOptions(audio="none", unmatched=unmatched, match_colours=options.match_colours)
    return replace(plan_composition(sidecar, looks, options.part, fg_stands=True), has_audio=False)


def _captions(sidecar: Sidecar, composition: Composition) -> Captions:
    fg, first = sidecar.fg, composition.fg_first
    frames = range(first, first + len(composition.fg_pts))
    bg = sidecar.frame_map.bg[first : frames.stop]
    confidence = sidecar.frame_map.confidence
    levels = np.full(len(bg), np.nan) if confidence is None else confidence[first : frames.stop].astype(float)
    hundredths = np.where(np.isnan(levels), NO_NUMBER, np.floor(np.nan_to_num(levels) * 100 + 1e-6)).astype(np.int64)
    return Captions(
        frames,
        (fg.pts[first : frames.stop] - fg.pts[0]).tolist(),
        np.where(bg == UNMATCHED, NO_NUMBER, bg).tolist(),
        hundredths.tolist(),
    )


def _script(composition: Composition, style: PreviewStyle, layout: PreviewLayout, captions: Captions | None) -> Script:
    try:
        return preview(composition, style, layout, captions)
    except ValueError as e:
        raise RenderError(f"this cannot be drawn: {e}") from e


def _notes(sidecar: Sidecar, composition: Composition, options: PreviewOptions) -> Iterator[str]:
    yield from measurement_notes(sidecar, composition)
    if composition.bg_grades:
        yield from grade_notes(sidecar)
    if options.part is not None:
        first, last = composition.fg_first, composition.fg_first + len(composition.fg_pts) - 1
        yield f"FG frames {first} to {last} of 0 to {sidecar.fg.frames - 1} are shown"
    if unmatched := sum(composition.unmatched):
        below = "lie over the BG frame before them" if options.style == "outline" else "have black in BG's place"
        yield f"{unmatched} unmatched FG frames {below}"
