"""The soundtrack of a composition: whose sound it is, how BG's follows the map, which other tracks of FG are kept."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import ceil
from pathlib import Path
from typing import NamedTuple

from filtergraphs import Composition, Piece, Sound
from filtergraphs.sound import JOIN_TOLERANCE, SAMPLE_RATE, SOUND_FILTERS, STRETCH_FILTER
from vidkompy.counts import count_text
from vidkompy.drawing.options import Audio, DrawingOptions
from vidkompy.drawing.speed_segments import SpeedSegment, speed_segments
from vidkompy.drawing.start_timecode import timecode_options
from vidkompy.errors import RenderError
from vidkompy.ffmpeg.arguments import drops_sound, names_sound_encoder
from vidkompy.ffmpeg.binary import Ffmpeg
from vidkompy.ffmpeg.channel_layouts import Layout, drawn_layout, has_layout, layout_remarks
from vidkompy.ffmpeg.containers import container_of
from vidkompy.ffmpeg.sound_preflight import check_sound_copy, check_sound_filters, first_sound
from vidkompy.limits import LONGEST_CLIP
from vidkompy.media.probe import Tracks, demuxer_of, has_sound, tracks_of
from vidkompy.model import Clip, Sidecar
from vidkompy.records import Record

MAX_VORBIS_160K_CHANNELS = 6  # that libvorbis takes at 160 kbit/s and 48 kHz; 8 at 256
NOTABLE_SILENCE = 0.005  # share of the output: less would be told as 0 %


_ENCODED_ANEW = "FG's sound is damaged: it is decoded as far as it goes, and encoded anew"


class _SubtitleSupport(NamedTuple):
    """Codecs that a container takes as they are, and the one that other text is converted to."""

    copied: frozenset[str] = frozenset()
    text_codec: str = ""


_TEXT = frozenset(("subrip", "ass", "ssa", "webvtt", "mov_text", "text"))
_SUBTITLES = {  # by container
    "matroska": _SubtitleSupport(
        _TEXT - {"mov_text"} | {"hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle"}, "subrip"
    ),
    "mp4": _SubtitleSupport(frozenset(("mov_text", "dvd_subtitle")), "mov_text"),
    "mov": _SubtitleSupport(frozenset(("mov_text",)), "mov_text"),
    "webm": _SubtitleSupport(frozenset(("webvtt",)), "webvtt"),
}


class Soundtrack(Record):
    """What goes with the picture.

    drawn           sound that the graph makes of BG's, and of FG's in a mix; None: it makes none
    is_fg_copied    whether FG's sound is copied instead
    output_options  of ffmpeg: sound but for what the graph needs, subtitles, chapters, languages, timecode
    notes           sentences on what is not as in FG
    """

    drawn: Sound | None
    is_fg_copied: bool
    output_options: tuple[str, ...]
    notes: tuple[str, ...]


def audio_source(audio: Audio, fg: Path, bg: Path, fg_has_sound: bool, bg_has_sound: bool) -> Audio:
    """`audio` with auto resolved: FG's sound if there is any, else BG's.

    Raises RenderError where a clip lacks the sound that is wanted of it.
    """
    if audio == "auto":
        return "fg" if fg_has_sound else "bg" if bg_has_sound else "none"
    needs = ((audio in ("fg", "mix"), fg_has_sound, fg), (audio in ("bg", "mix"), bg_has_sound, bg))
    for is_wanted, has_sound_of, path in needs:
        if is_wanted and not has_sound_of:
            others = [name for name, has in (("fg", fg_has_sound), ("bg", bg_has_sound)) if has]
            raise RenderError(f"--audio is {audio}, but '{path}' has no sound; wanted {' or '.join([*others, 'none'])}")
    return audio


def check_soundtrack(
    drawing: DrawingOptions, fg: Path, bg: Path, ffmpeg: Ffmpeg, output: Path, encoder_arguments: Sequence[str]
) -> None:
    """Raises RenderError, before minutes are spent on analysis, for a sound that could not be written."""
    source = audio_source(drawing.audio, fg, bg, has_sound(fg), has_sound(bg))
    if source == "fg":
        check_sound_copy(ffmpeg, fg, demuxer_of(fg), output, encoder_arguments)
    elif source != "none":
        check_sound_filters(ffmpeg, SOUND_FILTERS | {STRETCH_FILTER} if drawing.pitch == "keep" else SOUND_FILTERS)


def plan_soundtrack(
    sidecar: Sidecar,
    drawing: DrawingOptions,
    composition: Composition,
    output: Path,
    encoder_arguments: Sequence[str],
    ffmpeg: Ffmpeg,
) -> Soundtrack:
    """What goes with the picture of `composition` into `output`.

    encoder_arguments   ffmpeg output options of the user
    Raises RenderError where a clip lacks the wanted sound, or it does not decode, or cannot be drawn. Whether FG's can
    be copied is not tried.
    """
    fg, bg = sidecar.fg, sidecar.bg
    source = audio_source(drawing.audio, fg.path, bg.path, bool(fg.audio), bool(bg.audio))
    fg_tracks = tracks_of(fg)
    container = container_of(output, encoder_arguments)
    track_options, track_notes = _fg_track_options(fg_tracks, container)
    label_options, label_notes = timecode_options(fg, composition.fg_first)
    options, notes = (*track_options, *label_options), (*track_notes, *label_notes)
    if source == "none" or drops_sound(encoder_arguments):
        if source == "none" and (fg.audio or bg.audio):
            notes = (*notes, "the output has no sound, as wished")
        return Soundtrack(None, False, options, notes)
    if source == "fg":
        if _cannot_be_copied(fg, composition.fg.demuxer) and not names_sound_encoder(encoder_arguments):
            return Soundtrack(None, True, (*options, *_encoded_anew(container)), (*notes, _ENCODED_ANEW))
        return Soundtrack(None, True, options, notes)
    drawn = _drawn_sound(sidecar, drawing, composition, source, ffmpeg, names_sound_encoder(encoder_arguments))
    check_sound_filters(ffmpeg, drawn.sound.filters)
    language = fg_tracks.sound_language if source == "mix" else tracks_of(bg).sound_language
    language_options = ("-metadata:s:a:0", f"language={language}") if language else ()
    return Soundtrack(
        drawn.sound,
        False,
        (*options, *language_options, *_sound_encoder(container, drawn.channels)),
        (*notes, *_drawn_sound_notes(sidecar, drawing, source, drawn.sound), *drawn.layout_notes),
    )


def _cannot_be_copied(fg: Clip, demuxer: str) -> bool:
    """Whether muxers would end at damaged packets, as those that take AAC out of MPEG-TS do."""
    return demuxer == "mpegts" and "aac" in fg.audio and (fg.is_concealed or fg.has_damaged_sound)


def _encoded_anew(container: str) -> tuple[str, ...]:
    """Where packets are lost there is silence: else what follows would come early."""
    return ("-af", "aresample=async=1", *_sound_encoder(container, 2))


def _sound_encoder(container: str, channels: int) -> tuple[str, ...]:
    if container != "webm":
        return "-c:a", "aac", "-b:a", "192k"
    return "-c:a", "libvorbis", "-b:a", "256k" if channels > MAX_VORBIS_160K_CHANNELS else "160k"


class _DrawnSound(NamedTuple):
    """A sound that the graph makes, its channels, and what becomes of the clips' channel layouts."""

    sound: Sound
    channels: int
    layout_notes: list[str]


def _drawn_sound(
    sidecar: Sidecar,
    drawing: DrawingOptions,
    composition: Composition,
    source: Audio,
    ffmpeg: Ffmpeg,
    is_users_encoder: bool,
) -> _DrawnSound:
    fg, bg = sidecar.fg, sidecar.bg
    bg_sound = first_sound(ffmpeg, bg.path, composition.bg.demuxer, bg.scope)
    fg_sound = first_sound(ffmpeg, fg.path, composition.fg.demuxer, fg.scope) if source == "mix" else None
    bg_layout, fg_layout = drawn_layout(bg_sound), None if fg_sound is None else drawn_layout(fg_sound)
    notes = layout_remarks("BG", bg_sound, bg_layout)
    if fg_sound and fg_layout:
        notes += layout_remarks("FG", fg_sound, fg_layout)
    if fg_sound is None and is_users_encoder and has_layout(bg_sound):  # which may take more
        bg_layout, notes = Layout(bg_sound.layout), []
    layout = max((fg_layout or bg_layout, bg_layout), key=lambda one: one.channels)
    pieces, count = _sound_pieces(speed_segments(sidecar.frame_map, fg, bg), composition, fg, bg, bg_sound.start)
    if not 0 < count <= LONGEST_CLIP * SAMPLE_RATE:
        raise RenderError(
            f"with BG's sound the output would last {count / SAMPLE_RATE:.6g} s by FG's timestamps; wanted more than 0 "
            f"and {LONGEST_CLIP} at most: leave that sound out with --audio"
        )
    sound = Sound(
        pieces=pieces,
        count=count,
        keeps_pitch=drawing.pitch == "keep",
        fg_start=None
        if fg_sound is None
        else round((fg_sound.start - composition.fg_zero * fg.time_base) * SAMPLE_RATE),
        layout="" if fg_sound is None and layout.name == bg_sound.layout else layout.name,
        bg_folded=bg_sound.channels if bg_layout.is_folded else 0,
        fg_folded=fg_sound.channels if fg_sound and fg_layout and fg_layout.is_folded else 0,
    )
    return _DrawnSound(sound, layout.channels, notes)


def _sound_pieces(
    segments: Sequence[SpeedSegment], composition: Composition, fg: Clip, bg: Clip, bg_sound_start: Fraction
) -> tuple[list[Piece], int]:
    """Pieces of BG's sound and the length of the output, in samples. Where BG stands still or goes back: silence.

    bg_sound_start   s on the clock of BG's file at which its sound starts: what lies before is silence too
    """
    fg_first_s = float(
        (int(fg.pts[0]) - composition.fg_zero) * fg.time_base
    )  # of the output, when FG's first frame begins
    bg_first_s = float(int(bg.pts[0]) * bg.time_base - bg_sound_start)  # of BG's sound, when BG's first frame begins
    end_s = _output_end(composition, fg)
    pieces = []
    for segment in segments:
        start, stop = (
            round((fg_first_s + segment.start) * SAMPLE_RATE),
            round((fg_first_s + segment.stop) * SAMPLE_RATE),
        )
        bg_start = round((bg_first_s + segment.bg_start) * SAMPLE_RATE)
        bg_count = (
            stop - start if segment.speed == 1 else round((segment.stop - segment.start) * segment.speed * SAMPLE_RATE)
        )
        if segment.speed > 0:
            output_stop = stop if composition.fg_end_pts is None else round(end_s * SAMPLE_RATE)
            pieces += _clipped(Piece(start, stop - start, bg_start, bg_count), output_stop)
    return pieces, max(round(end_s * SAMPLE_RATE), pieces[-1].stop if pieces else 0)


def _output_end(composition: Composition, fg: Clip) -> Fraction:
    """s of the output: when FG's first frame after the last drawn one begins, or by the nominal rate would begin."""
    if composition.fg_end_pts is not None:
        return (composition.fg_end_pts - composition.fg_zero) * fg.time_base
    return (int(composition.fg_pts[-1]) - composition.fg_zero) * fg.time_base + 1 / fg.frame_rate


def _clipped(piece: Piece, output_stop: int) -> list[Piece]:
    """What of the piece lies in BG's sound and in the output, which ends at sample `output_stop`: one piece or none."""
    if piece.count <= 0 or piece.bg_count <= 0:
        return []
    speed = Fraction(piece.bg_count, piece.count)
    head = max(0, -piece.start, ceil(-piece.bg_start / speed))
    tail = max(0, piece.stop - output_stop)
    count = piece.count - head - tail
    if count <= 0:
        return []
    if not head and not tail:
        return [piece]
    bg_start, bg_count = max(piece.bg_start + round(head * speed), 0), max(round(count * speed), 1)
    return [Piece(piece.start + head, count, bg_start, bg_count)]


def _drawn_sound_notes(sidecar: Sidecar, drawing: DrawingOptions, source: Audio, sound: Sound) -> list[str]:
    sources = "FG's sound is heard, and BG's" if source == "mix" else "BG's sound is heard"
    cuts = sum(
        1 for a, b in pairwise(sound.pieces) if a.stop != b.start or abs(a.bg_stop - b.bg_start) > JOIN_TOLERANCE
    )
    silence = 1 - sum(piece.count for piece in sound.pieces) / sound.count
    interruptions = []
    if cuts:
        interruptions.append(f", cut in {count_text(cuts, 'place')}")
    if silence >= NOTABLE_SILENCE:
        interruptions.append(f", silent for {silence:.0%} of the time")
    notes = [f"{sources}, following the map{''.join(interruptions)}"]
    if any(piece.count != piece.bg_count for piece in sound.pieces):
        pitch = "keeps its pitch" if drawing.pitch == "keep" else "changes its pitch, which --pitch keep avoids"
        notes.append(f"where BG is shown at another speed its sound {pitch}")
    if source == "mix" and len(sidecar.fg.audio) > 1:
        notes.append(f"only the first of FG's {len(sidecar.fg.audio)} sound tracks is mixed, the others are left out")
    return notes


def _fg_track_options(fg: Tracks, container: str) -> tuple[tuple[str, ...], list[str]]:
    """Options that keep FG's chapters, language and subtitles; notes on what is converted or left out.

    Without -map_chapters BG's chapters come along where FG has none.
    """
    options = ["-map_chapters", "0"]
    if fg.language:
        options += ["-metadata:s:v:0", f"language={fg.language}"]
    support = _SUBTITLES.get(container, _SubtitleSupport())
    kept, converted, lost = 0, [], []
    for k, codec in enumerate(fg.subtitles):
        codec_option = "copy" if codec in support.copied else support.text_codec if codec in _TEXT else ""
        if not codec_option:
            lost.append(codec)
            continue
        options += ["-map", f"0:s:{k}", f"-c:s:{kept}", codec_option]
        kept += 1
        if codec_option != "copy":
            converted.append(f"{codec} to {codec_option}")
    notes = [f"FG's subtitles are converted: {', '.join(converted)}"] if converted else []
    if lost:
        notes.append(f"FG's subtitles ({', '.join(lost)}) are left out: {container} does not take them; .mkv does")
    if fg.others:
        notes.append(f"left out of FG: {', '.join(fg.others)}")
    return tuple(options), notes
