"""What is heard and read beside the picture: whose sound, how it follows the map, what of FG comes along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil
from pathlib import Path

from filtergraphs import Composition, Piece, Sound
from filtergraphs.sound import JOIN_TOLERANCE, SAMPLE_RATE, SOUND_FILTERS, STRETCH_FILTER
from vidkompy.drawing.options import Audio, DrawingOptions
from vidkompy.drawing.speed_segments import SpeedSegment, speed_segments
from vidkompy.drawing.start_timecode import first_label
from vidkompy.errors import RenderError
from vidkompy.ffmpeg.binary import Ffmpeg
from vidkompy.ffmpeg.channel_layouts import Layout, drawn_layout, has_layout, layout_remarks
from vidkompy.ffmpeg.containers import container_of
from vidkompy.ffmpeg.sound_preflight import check_sound_copy, check_sound_filters, first_sound
from vidkompy.limits import LONGEST_CLIP
from vidkompy.media.probe import Tracks, demuxer_of, has_sound, tracks_of
from vidkompy.model import Clip, Sidecar

_TEXT = frozenset(("subrip", "ass", "ssa", "webvtt", "mov_text", "text"))
_SUBTITLES = {  # container: (codecs it takes as they are, what other text becomes)
    "matroska": (_TEXT - {"mov_text"} | {"hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle"}, "subrip"),
    "mp4": (frozenset(("mov_text", "dvd_subtitle")), "mov_text"),
    "mov": (frozenset(("mov_text",)), "mov_text"),
    "webm": (frozenset(("webvtt",)), "webvtt"),
}
VORBIS_160 = 6  # channels that libvorbis takes at 160 kbit/s and 48 kHz; 8 at 256


@dataclass(frozen=True)
class Soundtrack:
    """What goes with the picture.

    sound     None: no sound is drawn
    is_copied whether FG's sound is copied
    options   ffmpeg output options
    """

    sound: Sound | None
    is_copied: bool
    options: tuple[str, ...]
    remarks: tuple[str, ...]


def heard(wish: Audio, fg: Path, bg: Path, has_fg: bool, has_bg: bool) -> Audio:
    """`wish` without auto. Raises RenderError where a clip lacks the wanted sound."""
    if wish == "auto":
        return "fg" if has_fg else "bg" if has_bg else "none"
    for is_wanted, has, path in ((wish in ("fg", "mix"), has_fg, fg), (wish in ("bg", "mix"), has_bg, bg)):
        if is_wanted and not has:
            other = [name for name, there in (("fg", has_fg), ("bg", has_bg)) if there]
            raise RenderError(f"--audio is {wish}, but '{path}' has no sound; wanted {' or '.join([*other, 'none'])}")
    return wish


def check_soundtrack(
    drawing: DrawingOptions, fg: Path, bg: Path, tool: Ffmpeg, output: Path, arguments: Sequence[str]
) -> None:
    """Raises RenderError, before minutes are spent on analysis, for a sound that could not be written."""
    whose = heard(drawing.audio, fg, bg, has_sound(fg), has_sound(bg))
    if whose == "fg":
        check_sound_copy(tool, fg, demuxer_of(fg), output, arguments)
    elif whose != "none":
        check_sound_filters(tool, SOUND_FILTERS | {STRETCH_FILTER} if drawing.pitch == "keep" else SOUND_FILTERS)


def soundtrack(
    sidecar: Sidecar,
    drawing: DrawingOptions,
    planned: Composition,
    output: Path,
    arguments: Sequence[str],
    tool: Ffmpeg,
) -> Soundtrack:
    """Raises RenderError where a clip lacks the wanted sound, or it does not decode, or cannot be written."""
    fg, bg = sidecar.fg, sidecar.bg
    whose = heard(drawing.audio, fg.path, bg.path, bool(fg.audio), bool(bg.audio))
    ours = tracks_of(fg.path)
    options, said = _alongside(ours, container_of(output, arguments))
    labelled, unlabelled = first_label(fg, planned.fg_first)
    options, said = (*options, *labelled), [*said, *unlabelled]
    if "-an" in arguments or whose == "none":
        if whose != "none" or not (fg.audio or bg.audio):
            return Soundtrack(None, False, options, tuple(said))
        return Soundtrack(None, False, options, (*said, "the output has no sound, as wished"))
    if whose == "fg":
        check_sound_copy(tool, fg.path, planned.fg.demuxer, output, arguments)
        return Soundtrack(None, True, options, tuple(said))
    is_free = not any(word.split(":a")[0] in ("-c", "-codec", "-acodec") for word in arguments)
    sound, channels, laid_out = _sound(sidecar, drawing, planned, whose, tool, is_free)
    check_sound_filters(tool, sound.filters)
    language = ours.sound_language if whose == "mix" else tracks_of(bg.path).sound_language
    named = ("-metadata:s:a:0", f"language={language}") if language else ()
    vorbis = ("libvorbis", "256k" if channels > VORBIS_160 else "160k")
    encoder = vorbis if container_of(output, arguments) == "webm" else ("aac", "192k")
    words = (*options, *named, "-c:a", encoder[0], "-b:a", encoder[1])
    return Soundtrack(sound, False, words, (*said, *_remarks(sidecar, drawing, whose, sound), *laid_out))


def _sound(
    sidecar: Sidecar, drawing: DrawingOptions, planned: Composition, whose: Audio, tool: Ffmpeg, is_free: bool
) -> tuple[Sound, int, list[str]]:
    """The sound, its channels, and what becomes of their layout. is_free: whether the encoder is not the user's."""
    fg, bg = sidecar.fg, sidecar.bg
    theirs = first_sound(tool, bg.path, planned.bg.demuxer)
    mixed = first_sound(tool, fg.path, planned.fg.demuxer) if whose == "mix" else None
    below, above = drawn_layout(theirs), None if mixed is None else drawn_layout(mixed)
    said = layout_remarks("BG", theirs, below)
    said += layout_remarks("FG", mixed, above) if mixed and above else []
    if mixed is None and not is_free and has_layout(theirs):  # the user's encoder may take more
        below, said = Layout(theirs.layout), []
    layout = max((above or below, below), key=lambda one: one.channels)
    pieces, count = _pieces(speed_segments(sidecar.frame_map, fg, bg), planned, fg, bg, theirs.start)
    if not 0 < count <= LONGEST_CLIP * SAMPLE_RATE:
        raise RenderError(
            f"with BG's sound the output would last {count / SAMPLE_RATE:.6g} s by FG's timestamps; wanted more than 0 "
            f"and {LONGEST_CLIP} at most: leave that sound out with --audio"
        )
    sound = Sound(
        pieces=pieces,
        count=count,
        keeps_pitch=drawing.pitch == "keep",
        fg_start=None if mixed is None else round((mixed.start - planned.fg_zero * fg.time_base) * SAMPLE_RATE),
        layout="" if mixed is None and layout.name == theirs.layout else layout.name,
        bg_folded=theirs.channels if below.is_folded else 0,
        fg_folded=mixed.channels if mixed and above and above.is_folded else 0,
    )
    return sound, layout.channels, said


def _pieces(
    parts: Sequence[SpeedSegment], planned: Composition, fg: Clip, bg: Clip, bg_sound: Fraction
) -> tuple[list[Piece], int]:
    """Pieces of BG's sound and the length of the output, in samples. Where BG stands still or goes back: silence.

    bg_sound   s on the clock of BG's file at which its sound starts: what lies before is silence too
    """
    begins = float((int(fg.pts[0]) - planned.fg_zero) * fg.time_base)
    shift = float(int(bg.pts[0]) * bg.time_base - bg_sound)
    ends = (int(planned.fg_pts[-1]) - planned.fg_zero) * fg.time_base + 1 / fg.frame_rate
    if planned.fg_end_pts is not None:
        ends = (planned.fg_end_pts - planned.fg_zero) * fg.time_base
    pieces = []
    for part in parts:
        start, stop = round((begins + part.start) * SAMPLE_RATE), round((begins + part.stop) * SAMPLE_RATE)
        bg_start = round((shift + part.bg_start) * SAMPLE_RATE)
        bg_count = stop - start if part.speed == 1 else round((part.stop - part.start) * part.speed * SAMPLE_RATE)
        last = stop if planned.fg_end_pts is None else round(ends * SAMPLE_RATE)
        piece = _within(Piece(start, stop - start, bg_start, bg_count), last) if part.speed > 0 else None
        pieces += [piece] if piece else []
    return pieces, max(round(ends * SAMPLE_RATE), pieces[-1].stop if pieces else 0)


def _within(piece: Piece, stop: int) -> Piece | None:
    """What of it lies in the output, which ends at sample `stop`, and in BG's sound."""
    if piece.count <= 0 or piece.bg_count <= 0:
        return None
    speed = Fraction(piece.bg_count, piece.count)
    head = max(0, -piece.start, ceil(-piece.bg_start / speed))
    tail = max(0, piece.stop - stop)
    count = piece.count - head - tail
    if count <= 0:
        return None
    if not head and not tail:
        return piece
    return Piece(piece.start + head, count, max(piece.bg_start + round(head * speed), 0), max(round(count * speed), 1))


def _remarks(sidecar: Sidecar, drawing: DrawingOptions, whose: Audio, sound: Sound) -> list[str]:
    who = "FG's sound is heard, and BG's" if whose == "mix" else "BG's sound is heard"
    cuts = sum(
        1 for a, b in pairwise(sound.pieces) if a.stop != b.start or abs(a.bg_stop - b.bg_start) > JOIN_TOLERANCE
    )
    silent = 1 - sum(piece.count for piece in sound.pieces) / sound.count
    how = [f"cut in {cuts} places"] * bool(cuts) + [f"silent for {silent:.0%} of the time"] * (silent >= 0.005)
    said = [f"{who}, following the map{''.join(f', {what}' for what in how)}"]
    if any(piece.count != piece.bg_count for piece in sound.pieces):
        kept = "keeps its pitch" if drawing.pitch == "keep" else "changes its pitch, which --pitch keep avoids"
        said.append(f"where BG is shown at another speed its sound {kept}")
    if whose == "mix" and len(sidecar.fg.audio) > 1:
        said.append(f"only the first of FG's {len(sidecar.fg.audio)} sound tracks is mixed, the others are left out")
    return said


def _alongside(fg: Tracks, container: str) -> tuple[tuple[str, ...], list[str]]:
    """Options that keep FG's chapters, language and subtitles; remarks on what is left out.

    Without -map_chapters BG's chapters come along where FG has none.
    """
    words = ["-map_chapters", "0"]
    if fg.language:
        words += ["-metadata:s:v:0", f"language={fg.language}"]
    taken, other = _SUBTITLES.get(container, (frozenset[str](), ""))
    kept, converted, lost = 0, [], []
    for k, codec in enumerate(fg.subtitles):
        becomes = "copy" if codec in taken else other if codec in _TEXT else ""
        if not becomes:
            lost.append(codec)
            continue
        words += ["-map", f"0:s:{k}", f"-c:s:{kept}", becomes]
        kept += 1
        if becomes != "copy":
            converted.append(f"{codec} to {becomes}")
    said = [f"FG's subtitles are converted: {', '.join(converted)}"] if converted else []
    if lost:
        said.append(f"FG's subtitles ({', '.join(lost)}) are left out: {container} does not take them; .mkv does")
    if fg.others:
        said.append(f"left out of FG: {', '.join(fg.others)}")
    return tuple(words), said
