"""What is said before a composition is drawn: what will not be exact, or not be as the inputs are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from filtergraphs import Composition, working_format
from filtergraphs.formats import chroma_grid, has_alpha, opaque
from filtergraphs.geometry import faded, visible
from vidkompy.ffmpeg.binary import CARRIES_HDR10, Ffmpeg, encoder_in
from vidkompy.ffmpeg.containers import KEEPS_TIMES, can_be_entered, container_of
from vidkompy.ffmpeg.stream_flags import FIELDS, FULL, is_full
from vidkompy.media.faults import DetailedFault, describe_faults
from vidkompy.model import HDR10, Clip, Sidecar

MUCH = 1 << 30  # bytes of memory that are worth a word
AT_ONCE = 8  # pictures a reader holds; measured at 1080p: 25 MiB a reader in ffmpeg 5.1, 16 in 9.0
INDEX = 45  # bytes a frame of the file's index, which each reader has; measured in MP4: 9 MiB for 200,000 frames


def composition_notes(sidecar: Sidecar, planned: Composition) -> Iterator[str]:
    """One sentence each."""
    yield from _on_damage(sidecar)
    yield from _on_frames(planned, sidecar.fg)
    yield from _on_reading(planned, sidecar.bg)
    yield from _on_fg(planned, sidecar.fg)
    yield from _on_looks(planned)
    yield from bg_notes(planned, sidecar.fg, sidecar.bg)


def _on_damage(sidecar: Sidecar) -> Iterator[str]:
    for name, clip in (("FG", sidecar.fg), ("BG", sidecar.bg)):
        if clip.is_concealed:
            found = describe_faults([DetailedFault(fault) for fault in clip.damage])
            yield f"{name} is damaged ({found}): what does not decode is left out or made up by ffmpeg's decoder"


def _on_frames(planned: Composition, fg: Clip) -> Iterator[str]:
    first, last = planned.fg_first, planned.fg_first + len(planned.fg_pts) - 1
    if (first, last) != (0, fg.frames - 1):
        yield f"FG frames {first} to {last} of 0 to {fg.frames - 1} are drawn"
        if first and planned.has_audio:
            yield "copied sound starts at its first whole packet after the cut (AAC: up to 25 ms later), in step"
    if unmatched := sum(planned.unmatched):
        lie = {
            "hold": "lie over the BG frame before them",
            "black": "lie on black",
            "foreground": "lie over themselves, scaled to cover the canvas",
        }
        yield f"{unmatched} unmatched FG frames {lie[planned.filling]}"


def _on_reading(planned: Composition, bg: Clip) -> Iterator[str]:
    readers = sum(b < a for a, b in pairwise(planned.bg_index)) + 1
    if readers > 1 and not planned.bg_pts:
        why = "its container cannot be entered midway; in Matroska it could: ffmpeg -i BG -c copy BG.mkv"
        if can_be_entered(bg.path):
            why = "no whole picture stands where it can be entered (intra refresh?): ffmpeg -i BG -crf 0 BG.mkv"
        yield f"BG is decoded from its start {readers} times: {why}, and analyse that"
    if (memory := readers * (AT_ONCE * bg.width * bg.height * 3 // 2 + INDEX * bg.frames)) > MUCH:
        yield f"BG is read in {readers} passages, which takes about {memory / 2**30:.1f} GiB of memory"


def _on_fg(planned: Composition, fg: Clip) -> Iterator[str]:
    own, target = opaque(fg.pix_fmt), working_format(planned)
    if planned.is_scaled:
        yield f"FG is scaled from {fg.width}x{fg.height} to {planned.width}x{planned.height}: its pixels are new ones"
    elif chroma_grid(target) != chroma_grid(own):
        why = "FG is stored turned, in" if planned.fg.turn else "FG's edges fall between the chroma samples of"
        yield (
            f"{why} {own}: it is drawn in {target}, in which both clips are exact; for players that need {own} "
            f"end the command with --encoder libx264 -- -pix_fmt {own} (colour edges soften a little)"
        )


def _on_looks(planned: Composition) -> Iterator[str]:
    if planned.window is not None:
        hole = visible(planned)
        yield (
            f"FG's bars are left out: it shows on {hole.width}x{hole.height} at {hole.x},{hole.y} of the canvas, "
            "and BG where they were (--keep-bars draws them)"
        )
    if planned.blend != "normal":
        yield f"FG is blended with BG ({planned.blend}, in RGB): its pixels are new ones"
    if has_alpha(planned.fg.pix_fmt):
        yield "FG is laid over BG through its alpha: its pixels are exact where that is full, BG's where it is 0"
    if planned.feather and any(faded(planned)):
        yield f"FG fades into BG over the outermost {planned.feather} px: its pixels are exact within"
    elif planned.feather:
        yield "FG covers the canvas: it has no edge to fade"


def bg_notes(planned: Composition, fg: Clip, bg: Clip) -> Iterator[str]:
    if planned.canvas != (bg.width, bg.height):
        size = "x".join(map(str, planned.canvas))
        yield f"BG is scaled from {bg.width}x{bg.height} to {size}: its pixels are new ones, FG keeps its own"
    formats = planned.bg.pix_fmt, planned.fg.pix_fmt
    if formats[0] != formats[1] or (bg.colour.space, bg.colour.range) != (fg.colour.space, fg.colour.range):
        yield f"BG is converted from {_kind(bg)} to FG's {_kind(fg)}"
    elif bg.colour != fg.colour:
        yield "BG is labelled with FG's colour primaries and transfer, not converted to them"


def container_notes(output: Path, encoding: Sequence[str]) -> Iterator[str]:
    container = container_of(output, encoding)
    if container not in KEEPS_TIMES:
        yield (
            f"{container} is not known to keep the times of frames, to the millisecond, as "
            f"{', '.join(sorted(KEEPS_TIMES))} do"
        )


def tag_notes(sidecar: Sidecar, planned: Composition, encoding: Sequence[str], tool: Ffmpeg) -> Iterator[str]:
    """What the output will not say of itself as FG does."""
    fg, bg = sidecar.fg, sidecar.bg
    if fg.field_order and not planned.drawn_field_order:
        how = "scaled: its fields are mixed, and" if planned.is_scaled else "stored turned:"
        yield f"FG is interlaced and {how} the output is marked as progressive"
    elif fg.field_order and chroma_grid(working_format(planned))[1] != chroma_grid(opaque(fg.pix_fmt))[1]:
        yield (
            "FG is interlaced, and its colours are spread as in progressive frames: those of moving edges are a line "
            "off; at an even place they stay as they are"
        )
    if fg.field_order and planned.drawn_field_order and encoder_in(encoding) not in FIELDS:
        yield (
            f"FG is interlaced ({fg.field_order}), which the output may not say; "
            f"encoders that are known to say it: {', '.join(sorted(FIELDS))}"
        )
    if is_full(planned) and encoder_in(encoding) not in FULL:
        yield (
            "FG has full range, which this encoder may not keep: its samples are then converted to limited range; "
            f"encoders that are known to keep it: {', '.join(sorted(FULL))}"
        )
    if bg.field_order and bg.field_order != planned.drawn_field_order:
        yield (
            f"BG is interlaced ({bg.field_order}) and drawn as it is, but the output is marked as FG is: "
            f"{planned.drawn_field_order or 'progressive'}"
        )
    if fg.has_hdr10 and not tool.carries_hdr10:
        yield (
            f"FG's HDR10 metadata ({', '.join(sorted(HDR10.intersection(fg.side_data)))}) is lost in '{tool.path}'; "
            f"ffmpeg {CARRIES_HDR10[0]}.{CARRIES_HDR10[1]} carries it: the embedded one, or name one with --ffmpeg"
        )
    if lost := [kind for kind in fg.side_data if kind not in HDR10]:
        yield f"what describes or accompanies single frames of FG is left out: {', '.join(lost)}"


def _kind(clip: Clip) -> str:
    return f"{clip.pix_fmt} (matrix {clip.colour.space}, range {clip.colour.range})"
