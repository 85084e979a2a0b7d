"""Notes on a composition before it is drawn: what will not be exact, or not as the inputs are. A sentence each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from filtergraphs import Composition, working_format
from filtergraphs.formats import chroma_grid, has_alpha, opaque
from filtergraphs.geometry import feathered_edges, visible
from filtergraphs.motion import Motion, Outside
from vidkompy.counts import count_text
from vidkompy.drawing.colour_grades import grade_notes
from vidkompy.drawing.margins import margins_of
from vidkompy.drawing.moving import frames_off_canvas
from vidkompy.drawing.rounding import drawing_error, rounding_text
from vidkompy.ffmpeg.arguments import video_encoder_in
from vidkompy.ffmpeg.binary import HDR10_SINCE, Ffmpeg
from vidkompy.ffmpeg.containers import TIMESTAMP_KEEPING, container_of, is_seekable
from vidkompy.ffmpeg.stream_flags import FULL_RANGE_OPTIONS, INTERLACED_OPTIONS, is_full_range
from vidkompy.media.faults import DetailedFault, describe_faults
from vidkompy.media.gaps import find_gaps
from vidkompy.model import HDR10, UNMATCHED, Clip, Sidecar

ENDING_OF_RENDER = "end the command with --encoder libx264 --"  # in notes: what to type behind `render`
NOTABLE_MEMORY = 1 << 30  # bytes
NOTABLE_MOTION_PX = 0.5  # from where a corner is drawn
READER_PICTURES = 8  # that a reader of BG holds; measured at 1080p: 25 MiB a reader in ffmpeg 5.1, 16 in 9.0
_AROUND: dict[Outside, str] = {
    "black": "it is black there",
    "smear": "its edges are drawn out there",
    "blur": "its edges are drawn out there, and soft",
}
INDEX_BYTES = 45  # a frame, of the file's index, which each reader has; measured in MP4: 9 MiB for 200,000 frames


def composition_notes(sidecar: Sidecar, composition: Composition) -> Iterator[str]:
    """Damage, frames, readers of BG, and what is changed of both clips' pixels."""
    yield from measurement_notes(sidecar, composition)
    yield from _frame_notes(composition, sidecar.fg)
    yield from _reader_notes(composition, sidecar.bg)
    yield from _fg_notes(composition, sidecar)
    yield from _margin_notes(sidecar, composition)
    yield from _look_notes(composition)
    if composition.bg_motion:
        yield from _moving_bg_notes(composition.bg_motion, composition.canvas)
    yield from bg_notes(composition, sidecar.fg, sidecar.bg)
    if composition.bg_grades:
        yield from grade_notes(sidecar)


def measurement_notes(sidecar: Sidecar, composition: Composition) -> Iterator[str]:
    """Damage, pins and places that no drawing follows: whatever is drawn, and however."""
    yield from _damage_notes(sidecar)
    yield from _pin_notes(sidecar)
    if composition.motion is not None:
        yield from _motion_notes(composition.motion, composition.canvas)
    else:
        yield from list(standing_notes(sidecar)) or _rounding_notes(sidecar, composition)


def _damage_notes(sidecar: Sidecar) -> Iterator[str]:
    for name, clip in (("FG", sidecar.fg), ("BG", sidecar.bg)):
        if clip.is_concealed:
            faults = describe_faults([DetailedFault(fault) for fault in clip.damage])
            gaps = find_gaps(clip.pts, clip.time_base)
            missing = sum(round(gap.lost / (gap.length - gap.lost)) for gap in gaps)
            lost = f"{missing} frame{'s are' if missing > 1 else ' is'} missing, and " if missing else ""
            yield f"{name} is damaged ({faults}): {lost}what does not decode is left out or made up by ffmpeg's decoder"


def _pin_notes(sidecar: Sidecar) -> Iterator[str]:
    """Pins that the map does not follow: they were written into the sidecar, and only `refine` reads them."""
    bg = sidecar.frame_map.bg
    missed = [(run.fg + k, int(j)) for run in sidecar.pins for k, j in enumerate(run.indices()) if bg[run.fg + k] != j]
    if missed:
        i, j = missed[0]
        others = (
            f", nor {'is' if len(missed) == 2 else 'are'} {count_text(len(missed) - 1, 'other')}"
            if len(missed) > 1
            else ""
        )
        yield (
            f"pin {_frame(i)}={_frame(j)} is not followed{others}: the map has {_frame(int(bg[i]))} there; "
            "vidkompy refine aligns by pins"
        )


def _frame(index: int) -> str:
    return "none" if index == UNMATCHED else str(index)


def standing_notes(sidecar: Sidecar) -> Iterator[str]:
    """What is lost where FG is drawn at its placement all the time, though its place moves."""
    if sidecar.track is None:
        return
    off = sidecar.track.corner_distances(sidecar.placement)
    moved = int((off > NOTABLE_MOTION_PX).sum())
    if not moved:
        return
    where = sidecar.placement
    is_scaled = where.drawn_size != (sidecar.fg.width, sidecar.fg.height)
    x, y = (round(where.x, 2), round(where.y, 2)) if is_scaled else where.drawn[:2]
    yield (
        f"FG's place moves, and is drawn at x={x:g} y={y:g} all the time: {moved} of "
        f"{len(off)} frames {'lies' if moved == 1 else 'lie'} elsewhere, by up to {off.max():.1f} px"
    )


def _motion_notes(motion: Motion, canvas: tuple[int, int]) -> Iterator[str]:
    """Where a moving FG is not seen."""
    if motion.mover == "bg":
        return
    (width, height), n = canvas, len(motion.places)
    if off := len(frames_off_canvas(motion, canvas)):
        yield f"FG lies outside of the canvas in {off} of {n} frames: they show BG alone"
    cut = sum(box.left < 0 or box.top < 0 or box.right > width or box.bottom > height for box in motion.extents)
    if beyond := cut - off:
        yield f"FG reaches beyond the canvas in {beyond} of {n} frames: it is cut off there"


def _moving_bg_notes(motion: Motion, canvas: tuple[int, int]) -> Iterator[str]:
    new = "" if motion.is_whole else ", scaled, turned or between px: its pixels are new ones"
    yield f"FG stands still, and BG moves below it{new} (--canvas bg moves FG)"
    (width, height), n = canvas, len(motion.places)
    if short := sum(box.left > 0 or box.top > 0 or box.right < width or box.bottom < height for box in motion.extents):
        yield f"BG does not reach all of the canvas in {short} of {n} frames: {_AROUND[motion.outside]} (--outside)"


def _rounding_notes(sidecar: Sidecar, c: Composition) -> list[str]:
    text = rounding_text((c.x, c.y), drawing_error(sidecar.placement, c))
    return [f"FG is {text}"] if text else []


def _frame_notes(composition: Composition, fg: Clip) -> Iterator[str]:
    first, last = composition.fg_first, composition.fg_first + len(composition.fg_pts) - 1
    if (first, last) != (0, fg.frames - 1):
        yield f"FG frames {first} to {last} of 0 to {fg.frames - 1} are drawn"
        if first and composition.has_audio:
            yield "copied sound starts at its first whole packet after the cut (AAC: up to 25 ms later), in step"
    if unmatched := sum(composition.unmatched):
        below = {
            "hold": "lie over the BG frame before them",
            "black": "lie on black",
            "foreground": "lie over themselves, scaled to cover the canvas",
        }
        yield f"{unmatched} unmatched FG frames {below[composition.unmatched_fill]}"


def _reader_notes(composition: Composition, bg: Clip) -> Iterator[str]:
    readers = sum(b < a for a, b in pairwise(composition.bg_index)) + 1
    if readers > 1 and not composition.bg_pts:
        reason = "its container cannot be entered midway; in Matroska it could: ffmpeg -i BG -c copy BG.mkv"
        if is_seekable(bg.path):
            reason = "no whole picture stands where it can be entered (intra refresh?): ffmpeg -i BG -crf 0 BG.mkv"
        yield f"BG is decoded from its start {readers} times: {reason}, and analyse that"
    picture_bytes = READER_PICTURES * bg.width * bg.height * 3 // 2  # 4:2:0 of 8 bits
    if (memory := readers * (picture_bytes + INDEX_BYTES * bg.frames)) > NOTABLE_MEMORY:
        yield f"BG is read in {readers} passages, which takes about {memory / 2**30:.1f} GiB of memory"


def _fg_notes(composition: Composition, sidecar: Sidecar) -> Iterator[str]:
    fg, place = sidecar.fg, sidecar.placement
    fg_format, target = opaque(fg.pix_fmt), working_format(composition)
    if composition.fg_motion and composition.is_scaled:
        yield "FG moves, scaled, turned or between px: its pixels are new ones (--canvas fg moves BG instead)"
    elif composition.is_scaled:
        size = f"{composition.width}x{composition.height}"
        if composition.fg_resampling is not None:
            x, y, width, height = (f"{px:.2f}" for px in (place.x, place.y, place.width, place.height))
            size = f"{width}x{height} at {x},{y}, between pixels"
        yield f"FG is scaled from {fg.width}x{fg.height} to {size}: its pixels are new ones"
    elif chroma_grid(target) != chroma_grid(fg_format):
        reason = (
            "FG is stored turned, in"
            if composition.fg.graph_rotation
            else "FG's edges fall between the chroma samples of"
        )
        yield (
            f"{reason} {fg_format}: it is drawn in {target}, in which both clips are exact; for players that need "
            f"{fg_format} {ENDING_OF_RENDER} -pix_fmt {fg_format} (colour edges soften a little)"
        )


def _margin_notes(sidecar: Sidecar, composition: Composition) -> Iterator[str]:
    if composition.fg_crop is None or sidecar.content is None:
        return
    are, they_were, them = margins_of(sidecar.content, (sidecar.fg.width, sidecar.fg.height))
    if composition.fg_motion:
        yield f"FG's {are} left out: BG shows where {they_were} (--keep-bars draws {them})"
        return
    area = visible(composition)
    yield (
        f"FG's {are} left out: it shows on {area.width}x{area.height} at {area.x},{area.y} of the canvas, "
        f"and BG where {they_were} (--keep-bars draws {them})"
    )


def _look_notes(composition: Composition) -> Iterator[str]:
    if composition.blend != "normal":
        yield f"FG is blended with BG ({composition.blend}, in RGB): its pixels are new ones"
    if has_alpha(composition.fg.pix_fmt):
        yield "FG is laid over BG through its alpha: its pixels are exact where that is full, BG's where it is 0"
    if composition.feather and any(feathered_edges(composition)):
        yield f"FG fades into BG over the outermost {composition.feather} px: its pixels are exact within"
    elif composition.feather:
        yield "FG covers the canvas: it has no edge to fade"


def bg_notes(composition: Composition, fg: Clip, bg: Clip) -> Iterator[str]:
    """How BG is scaled and converted to go with FG."""
    if composition.canvas != (bg.width, bg.height):
        size = "x".join(map(str, composition.canvas))
        yield f"BG is scaled from {bg.width}x{bg.height} to {size}: its pixels are new ones, FG keeps its own"
    has_other_format = composition.bg.pix_fmt != composition.fg.pix_fmt
    if has_other_format or (bg.colour.space, bg.colour.range) != (fg.colour.space, fg.colour.range):
        yield f"BG is converted from {_format_of(bg)} to FG's {_format_of(fg)}"
    elif bg.colour != fg.colour and not composition.bg_grades:
        yield "BG is labelled with FG's colour primaries and transfer, not converted to them"


def container_notes(output: Path, encoding: Sequence[str]) -> Iterator[str]:
    """Whether the output file keeps times. encoding: ffmpeg output options of the encoder."""
    container = container_of(output, encoding)
    if container not in TIMESTAMP_KEEPING:
        yield (
            f"{container} is not known to keep the times of frames, to the millisecond, as "
            f"{', '.join(sorted(TIMESTAMP_KEEPING))} do"
        )


def tag_notes(sidecar: Sidecar, composition: Composition, encoding: Sequence[str], ffmpeg: Ffmpeg) -> Iterator[str]:
    """Field order, range and metadata of FG that the output file will not have.

    encoding   ffmpeg output options of the encoder
    """
    fg, bg = sidecar.fg, sidecar.bg
    _, drawn_grid_y = chroma_grid(working_format(composition))
    _, fg_grid_y = chroma_grid(opaque(fg.pix_fmt))
    if fg.field_order and not composition.drawn_field_order:
        reason = "scaled: its fields are mixed, and" if composition.is_scaled else "stored turned:"
        yield f"FG is interlaced and {reason} the output is marked as progressive"
    elif fg.field_order and drawn_grid_y != fg_grid_y:
        yield (
            "FG is interlaced, and its colours are spread as in progressive frames: those of moving edges are a line "
            "off; at an even place they stay as they are"
        )
    if fg.field_order and composition.drawn_field_order and video_encoder_in(encoding) not in INTERLACED_OPTIONS:
        yield (
            f"FG is interlaced ({fg.field_order}), which the output may not say; "
            f"encoders that are known to say it: {', '.join(sorted(INTERLACED_OPTIONS))}"
        )
    if is_full_range(composition) and video_encoder_in(encoding) not in FULL_RANGE_OPTIONS:
        yield (
            "FG has full range, which this encoder may not keep: its samples are then converted to limited range; "
            f"encoders that are known to keep it: {', '.join(sorted(FULL_RANGE_OPTIONS))}"
        )
    if bg.field_order and bg.field_order != composition.drawn_field_order:
        yield (
            f"BG is interlaced ({bg.field_order}) and drawn as it is, but the output is marked as FG is: "
            f"{composition.drawn_field_order or 'progressive'}"
        )
    if fg.has_hdr10 and not ffmpeg.carries_hdr10:
        major, minor = HDR10_SINCE
        yield (
            f"FG's HDR10 metadata ({', '.join(sorted(HDR10.intersection(fg.side_data)))}) is lost in '{ffmpeg.path}'; "
            f"ffmpeg {major}.{minor} carries it: the embedded one, or name one with --ffmpeg"
        )
    if lost := [kind for kind in fg.side_data if kind not in HDR10]:
        yield f"what describes or accompanies single frames of FG is left out: {', '.join(lost)}"


def _format_of(clip: Clip) -> str:
    return f"{clip.pix_fmt} (matrix {clip.colour.space}, range {clip.colour.range})"
