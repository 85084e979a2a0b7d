"""Sidecar -> composition -> graph -> ffmpeg -> file. One straight line; never loads numba or OpenCV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from filtergraphs import Composition, Script, compose, working_format
from vidkompy.counts import count_text
from vidkompy.drawing.notes import composition_notes, container_notes, tag_notes
from vidkompy.drawing.options import DrawingOptions, check_drawing_options
from vidkompy.drawing.plan import plan_composition
from vidkompy.drawing.soundtrack import plan_soundtrack
from vidkompy.errors import RenderError
from vidkompy.ffmpeg import binary, preflight
from vidkompy.ffmpeg.binary import Ffmpeg
from vidkompy.ffmpeg.encoder_presets import (
    EncoderSettings,
    EncodingOptions,
    encoder_name,
    encoder_settings,
    upload_format,
)
from vidkompy.ffmpeg.kept_answers import NO_ANSWERS, KeptAnswers
from vidkompy.ffmpeg.output_checks import check_encoder_arguments
from vidkompy.ffmpeg.process import RenderProgress
from vidkompy.ffmpeg.stream_flags import label_options
from vidkompy.media.atomic_outputs import check_output, staged_output
from vidkompy.model import Sidecar
from vidkompy.rendering.chunks import check_chunks, draw_in_chunks
from vidkompy.rendering.job import Job, RenderCallback, draw
from vidkompy.rendering.late_checks import check_after_failure, check_copied_sound
from vidkompy.sidecar.document import check_clips, read_sidecar


def render(
    sidecar: Sidecar | str | Path,
    output: str | Path,
    drawing: DrawingOptions = DrawingOptions(),
    encoding: EncodingOptions = EncodingOptions(),
    *,
    encoder_arguments: Sequence[str] | None = None,
    ffmpeg: str | None = None,
    overwrite: bool = False,
    on_progress: RenderCallback | None = None,
) -> tuple[str, ...]:
    """Draws FG over BG into `output`, which appears whole or not at all. Returns notes: what is not exact in it.

    sidecar             where and when FG lies on BG, or the path of a file that says so
    encoder_arguments   ffmpeg output options, such as ("-c:v", "ffv1"), in place of the preset's, or after those of
                        encoding.encoder; None: none
    ffmpeg              path of the binary; None: $VIDKOMPY_FFMPEG, or one that can do it: on PATH, else the
                        embedded one
    on_progress         called with frames drawn, frames a second, and bytes written, a few times a second
    Raises UsageError for options that exclude each other and an output that must not be written, SidecarError where
    the clips are not those that were measured, MediaError where one cannot be read, RenderError where ffmpeg cannot
    draw it, and OutputError where the file cannot be written. No file is left then, but finished chunks are kept.
    """
    path, output = None if isinstance(sidecar, Sidecar) else Path(sidecar), Path(output)
    measured = sidecar if isinstance(sidecar, Sidecar) else read_sidecar(sidecar)
    inputs = (measured.bg.path, measured.fg.path)
    check_drawing_options(drawing)
    check_chunks(encoding.chunks, encoder_arguments or ())
    check_encoder_arguments(output, encoder_arguments or ())
    check_output(output, inputs if path is None else (path, *inputs), overwrite)
    job = prepare_job(
        measured, output, drawing, encoding, encoder_arguments=encoder_arguments, ffmpeg=ffmpeg, sidecar_path=path
    )
    run_job(job, overwrite, on_progress)
    return job.notes


def prepare_job(
    sidecar: Sidecar,
    output: Path,
    drawing: DrawingOptions = DrawingOptions(),
    encoding: EncodingOptions = EncodingOptions(),
    *,
    encoder_arguments: Sequence[str] | None = None,
    ffmpeg: str | None = None,
    sidecar_path: Path | None = None,
    answers: KeptAnswers = NO_ANSWERS,
) -> Job:
    """A render that is ready to run, tried as far as that is quick: the encoder has written one frame. Writes nothing.

    Whether FG's sound can be copied is left to `run_job`, and to `check_copied_sound` for whoever does not run it.

    encoder_arguments, ffmpeg   as for `render`
    sidecar_path                named where a clip is not the file that was measured
    answers                     of ffmpeg, kept of earlier runs
    Raises SidecarError, UsageError, MediaError, RenderError.
    """
    name = encoder_name(encoding, encoder_arguments, output)
    check_clips(sidecar, sidecar_path or "the sidecar")
    pictures, script = _plan_pictures(sidecar, drawing, encoding, name)
    decoders = frozenset(clip.decoder for clip in (sidecar.fg, sidecar.bg) if clip.decoder)
    chosen = binary.find_ffmpeg(ffmpeg, name, script.filters, decoders, sidecar.fg.has_hdr10, answers)
    _check_concealed(chosen, sidecar, pictures)
    encoder = encoder_settings(name, encoding, encoder_arguments, output, working_format(pictures))
    labels = label_options(pictures, encoder.output_options)
    tried = preflight.try_encoder(chosen, encoder, output, preflight.picture_of(pictures), labels, answers)
    hwaccel_notes = preflight.try_hwaccel(chosen, encoding.hwaccel, _video_streams(sidecar))
    sound = plan_soundtrack(sidecar, drawing, pictures, output, encoder_arguments or (), chosen)
    with_sound = replace(pictures, has_audio=sound.is_fg_copied, sound=sound.drawn)
    yuv_format, crops = tried.encoder_yuv_format, chosen.crops_by_container
    composition = replace(with_sound, encoder_yuv_format=yuv_format, crops_by_container=crops)
    if composition != pictures:
        script = compose(composition)
    drawing_notes = _notes(sidecar, composition, output, encoder, chosen)
    notes = (*drawing_notes, *sound.notes, *tried.remarks, *hwaccel_notes)
    tracks, chunks = sound.output_options, encoding.chunks
    return Job(sidecar, output, chosen, composition, script, encoder, tracks, labels, notes, chunks)


def run_job(
    job: Job,
    overwrite: bool = False,
    on_progress: RenderCallback | None = None,
    answers: KeptAnswers = NO_ANSWERS,
) -> None:
    """Writes the job's output, which appears whole or not at all. Raises RenderError, OutputError.

    answers   those that the job was prepared with: forgotten where no frame could be drawn

    Finished chunks survive a failure: the same job goes on with them. No chunk is drawn where FG's sound cannot be
    copied.
    """
    if job.chunks > 1:
        check_copied_sound(job)
        draw_in_chunks(job, overwrite, on_progress)
        return
    drawn = RenderProgress()

    def report(progress: RenderProgress) -> None:
        nonlocal drawn
        drawn = progress
        if on_progress is not None:
            on_progress(progress)

    try:
        with staged_output(job.output, overwrite) as part:
            draw(job, part, report)
    except RenderError:
        if not drawn.frames:
            answers.forget(job.ffmpeg_path)
            check_after_failure(job)
        raise
    except OSError as e:
        raise RenderError(f"cannot write '{job.output}': {(e.strerror or str(e)).lower()}") from e


def _plan_pictures(
    sidecar: Sidecar, drawing: DrawingOptions, encoding: EncodingOptions, encoder_name: str | None
) -> tuple[Composition, Script]:
    """What is drawn, as far as it is known before an ffmpeg is, and the graph that says which filters it needs."""
    try:
        pictures = plan_composition(sidecar, drawing)
        upload = upload_format(encoder_name, working_format(pictures))
        pictures = replace(pictures, hwaccel=encoding.hwaccel or "", upload_format=upload)
        return pictures, compose(pictures)
    except ValueError as e:
        raise RenderError(f"this cannot be drawn: {e}") from e


def _video_streams(sidecar: Sidecar) -> list[tuple[Path, str]]:
    """FG's and BG's path, and ffmpeg's specifier of the stream."""
    return [(clip.path, f"v:{clip.stream}") for clip in (sidecar.fg, sidecar.bg)]


def _notes(
    sidecar: Sidecar, composition: Composition, output: Path, encoder: EncoderSettings, ffmpeg: Ffmpeg
) -> Iterator[str]:
    yield from composition_notes(sidecar, composition)
    yield from container_notes(output, encoder.output_options)
    yield from tag_notes(sidecar, composition, encoder.output_options, ffmpeg)


def _check_concealed(ffmpeg: Ffmpeg, sidecar: Sidecar, composition: Composition) -> None:
    """Frames are counted, and decoders differ in what they make of damage. Raises RenderError. Costs a decode."""
    for clip, demuxer in ((sidecar.fg, composition.fg.demuxer), (sidecar.bg, composition.bg.demuxer)):
        if not clip.is_concealed:
            continue
        frames = preflight.decoded_frame_count(ffmpeg, clip.path, demuxer, clip.decoder, clip.stream)
        if frames != clip.frames:
            raise RenderError(
                f"'{clip.path}' is damaged, and '{ffmpeg.path}' makes {count_text(frames, 'frame')} of it, the "
                f"analysis {clip.frames}: name another with --ffmpeg, or encode what decodes anew and analyse that: "
                "ffmpeg -i IN -c:v libx264 -crf 0 OUT.mkv"
            )
