"""A script for a POSIX shell that scores FG against the BG it lies on, by all the measures that ffmpeg knows.

FG is the distorted side, as it is. BG is the reference: the frames that FG lies on, scaled as FG is, cut to the part of
FG that lies on the canvas inside its bars. Frames without a BG frame are left out on both sides.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from filtergraphs import Composition, compare
from filtergraphs.formats import chroma_grid, has_alpha
from filtergraphs.geometry import Rect, visible
from vidkompy.drawing.notes import bg_notes
from vidkompy.drawing.options import DrawingOptions
from vidkompy.drawing.plan import plan_composition
from vidkompy.drawing.seek_points import with_seeks
from vidkompy.errors import RenderError, UsageError
from vidkompy.exchange import posix_script
from vidkompy.exchange.format_contract import ExportRequest, ExportResult
from vidkompy.exchange.integer_crop import nearest
from vidkompy.exchange.losses import Loss
from vidkompy.exchange.script_job import places
from vidkompy.model import UNMATCHED, Sidecar
from vidkompy.sidecar.document import check_clips

NOTABLE = 0.01  # px of FG


def export(asked: ExportRequest) -> ExportResult:
    """Raises UsageError, SidecarError, RenderError."""
    if asked.suffix not in ("", ".sh"):
        raise UsageError(
            f"the comparison is a script for a POSIX shell, .sh; got '{asked.suffix}': name another with -o"
        )
    sidecar = asked.sidecar
    check_clips(sidecar, asked.sidecar_path)
    kept = np.flatnonzero(sidecar.frame_map.bg != UNMATCHED)
    if not len(kept):
        raise RenderError("no FG frame is matched: there is nothing to compare; correct the runs of the sidecar")
    c, part, off = _aligned(sidecar)
    c = replace(c, bg_index=sidecar.frame_map.bg[kept].tolist(), fg_pts=sidecar.fg.pts[kept].tolist(), unmatched=())
    c = replace(with_seeks(c, sidecar.bg), crops_by_container=True)
    try:
        script = compare(c, kept.tolist(), part)
    except ValueError as e:
        raise RenderError(f"this cannot be compared: {e}") from e
    text = _SCRIPT.format(
        opening=posix_script.opening(asked.ffmpeg or "ffmpeg", script.graph),
        count=len(kept),
        frames=sidecar.fg.frames,
        inputs=posix_script.wrapped(
            ('"$ffmpeg" -hide_banner -nostdin', *posix_script.words(script.inputs, places(asked)))
        ),
    )
    return ExportResult((text,), tuple(_losses(sidecar, c, off)))


def _aligned(sidecar: Sidecar) -> tuple[Composition, Rect, float]:
    """FG at its own size on the part of BG that is scaled for it, that part, and by how many px of FG it is off."""
    where, fg, bg = sidecar.placement, sidecar.fg, sidecar.bg
    c = plan_composition(sidecar, DrawingOptions(canvas="fg"))
    if c.canvas_size is None:
        edges = (where.x, where.y, where.x + where.width, where.y + where.height)
        off = max(abs(a - b) for a, b in zip(edges, where.drawn, strict=True))
        return c, Rect(0, 0, bg.width, bg.height), off
    grid = chroma_grid(fg.pix_fmt)
    across = nearest(where.x, where.width, fg.width, bg.width, grid[0])
    down = nearest(where.y, where.height, fg.height, bg.height, grid[1])
    part = Rect(across.first, down.first, across.stop - across.first, down.stop - down.first)
    dx, dy = across.at - c.x, down.at - c.y
    c = replace(
        c,
        bg=replace(c.bg, width=part.width, height=part.height),
        x=across.at,
        y=down.at,
        canvas_size=(across.scaled, down.scaled),
        fg_crop=c.fg_crop and (c.fg_crop[0] + dx, c.fg_crop[1] + dy, c.fg_crop[2] + dx, c.fg_crop[3] + dy),
    )
    return c, part, max(across.off, down.off)


def _losses(sidecar: Sidecar, c: Composition, off: float) -> Iterator[Loss]:
    if left := sidecar.fg.frames - len(c.fg_pts):
        yield Loss("unmatched", f"{left} unmatched FG frames are left out on both sides", left)
    part = visible(c)
    if part != Rect(c.x, c.y, c.width, c.height):
        at = f"{part.width}x{part.height} at {part.x - c.x},{part.y - c.y}"
        said = f"of FG's {c.width}x{c.height} px only {at} are compared: the rest is bars or off the canvas"
        yield Loss("placement", said)
    if c.canvas_size is not None:
        yield Loss("drawing", "BG is scaled as FG is: scores say how unlike both ways of scaling are, too")
    if off > NOTABLE:
        said = f"BG lies {off:.2f} px of FG off its place at most, in whole px: scores are too low for that"
        yield Loss("placement", said)
    for said in bg_notes(
        replace(c, bg=plan_composition(sidecar, DrawingOptions()).bg, canvas_size=None), sidecar.fg, sidecar.bg
    ):
        yield Loss("drawing", said)
    if has_alpha(sidecar.fg.pix_fmt):
        yield Loss("alpha", "FG's alpha is left out: what it hides is compared too")


_SCRIPT = """\
#!/bin/sh
# How near FG (distorted) is to the part of BG it lies on (reference), frame by frame. Usage: sh SCRIPT
# FFMPEG names another ffmpeg, 5.1 or newer; more measures are taken if it has xpsnr and libvmaf.
set -euf
{opening}
set -- ssim psnr
known=$("$ffmpeg" -hide_banner -filters)
for measure in xpsnr libvmaf; do
    case $known in *" $measure "*) set -- "$@" "$measure" ;; esac
done
fgs='' bgs='' pairs='' maps='' n=0
for measure; do
    n=$((n + 1)) fgs="$fgs[fg$n]" bgs="$bgs[bg$n]" maps="$maps -map [out$n]"
    case $measure in
        xpsnr) pairs="$pairs;[bg$n][fg$n]xpsnr[out$n]" ;; # it weighs errors by its first input
        *) pairs="$pairs;[fg$n][bg$n]$measure[out$n]" ;;
    esac
done
printf '%s' ";[fg]split=$n$fgs;[bg]split=$n$bgs$pairs" >> "$graph"
echo "comparing {count} of FG's {frames} frames by $*" >&2
{inputs} \\
    "$graph_option" "$graph" $maps -fps_mode passthrough -f null -
"""
