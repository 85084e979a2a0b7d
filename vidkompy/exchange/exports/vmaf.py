"""A script for a POSIX shell that scores FG against the BG it lies on, by all the measures that ffmpeg knows.

FG is the distorted side, as it is. BG is the reference: the frames that FG lies on, scaled as FG is, cut to the part of
FG that lies on the canvas inside its bars. Frames without a BG frame are left out on both sides.

Measures: ssim and psnr, which every ffmpeg has, xpsnr and libvmaf where it has them. Source:
https://ffmpeg.org/ffmpeg-filters.html#libvmaf, https://github.com/Netflix/vmaf
"""

import shlex
from collections.abc import Iterator

from vidkompy.exchange import posix_script
from vidkompy.exchange.format_contract import ExportOption, ExportRequest, ExportResult
from vidkompy.exchange.losses import Loss
from vidkompy.exchange.matched_sides import matched_sides, side_losses
from vidkompy.exchange.posix_script import quoted_words
from vidkompy.exchange.render_script import clip_paths, script_words
from vidkompy.ffmpeg.binary import list_ffmpegs
from vidkompy.model import I64, runs_of

OPTIONS: frozenset[ExportOption] = frozenset()

EXTRA_MEASURES = ("xpsnr", "libvmaf")  # that not every ffmpeg has
MAX_NAMED_STRETCHES = 20  # of FG frames, in the script's comment


def export(request: ExportRequest) -> ExportResult:
    """Raises SidecarError, RenderError."""
    sidecar = request.sidecar
    composition, script, matched = matched_sides(request)
    command = ('"$ffmpeg" -hide_banner -nostdin', *quoted_words(script_words(script.inputs, clip_paths(request))))
    text = _SCRIPT.format(
        opening=posix_script.opening(request.ffmpeg or "ffmpeg", script.graph),
        count=len(matched),
        frames=sidecar.fg.frames,
        numbering=_numbering(matched, sidecar.fg.frames),
        command=posix_script.wrapped(command),
    )
    lost = (*side_losses(sidecar, composition), *_missing_measures(request.ffmpeg))
    return ExportResult((text,), lost)


def _missing_measures(named: str | None) -> Iterator[Loss]:
    """Measures that the ffmpeg of the script lacks, and an ffmpeg at hand that has them. named: by the user."""
    known = list(list_ffmpegs())
    used = next((f for f in known if f.path == named), None) if named else next(iter(known), None)
    if used is None or not (missing := [m for m in EXTRA_MEASURES if m not in used.filters]):
        return
    other = next((f.path for f in known if all(m in f.filters for m in EXTRA_MEASURES)), None)
    way = "" if other is None else f"; FFMPEG={shlex.quote(str(other))} sh SCRIPT takes them"
    yield Loss("measures", f"'{used.path}' has no {' and no '.join(missing)}: the script leaves them out{way}")


def _numbering(matched: I64, frames: int) -> str:
    """Which FG frame line N of the scores is, as a comment of one line."""
    if len(matched) == frames:
        return "Line N of them is FG frame N - 1."
    runs = runs_of(matched)
    stretches = [f"{run.fg + 1} on: {run.bg} on" for run in runs[:MAX_NAMED_STRETCHES]]
    more = ", ..." if len(runs) > MAX_NAMED_STRETCHES else ""
    return f"Lines of them are these FG frames: {', '.join(stretches)}{more}."


_SCRIPT = """\
#!/bin/sh
# How near FG (distorted) is to the part of BG it lies on (reference), frame by frame. Usage: sh SCRIPT [PREFIX]
# Scores of each frame go to PREFIX.ssim.txt and the like (PREFIX: scores). {numbering}
# FFMPEG names another ffmpeg, 5.1 or newer; more measures are taken if it has xpsnr and libvmaf.
set -eu
prefix=${{1:-scores}}
case $prefix in
    *[!A-Za-z0-9._/-]*) echo "$0: a prefix holds letters, digits and . _ / - only; got $prefix" >&2; exit 2 ;;
esac
{opening}
set -- ssim psnr
known=$("$ffmpeg" -hide_banner -filters)
for measure in xpsnr libvmaf; do
    case $known in
        *" $measure "*) set -- "$@" "$measure" ;;
        *) echo "$measure is left out: $ffmpeg does not have it" >&2 ;;
    esac
done
measures=$* fgs='' bgs='' pairs='' n=0
for measure; do
    n=$((n + 1)) fgs="${{fgs}}[fg$n]" bgs="${{bgs}}[bg$n]"
    shift
    set -- "$@" -map "[out$n]"
    case $measure in
        xpsnr) pairs="$pairs;[bg$n][fg$n]xpsnr=stats_file=$prefix.xpsnr.txt[out$n]" ;; # it weighs by its first input
        libvmaf) pairs="$pairs;[fg$n][bg$n]libvmaf=log_fmt=json:log_path=$prefix.vmaf.json[out$n]" ;;
        *) pairs="$pairs;[fg$n][bg$n]$measure=stats_file=$prefix.$measure.txt[out$n]" ;;
    esac
done
printf '%s' ";[fg]split=$n$fgs;[bg]split=$n$bgs$pairs" >> "$graph"
echo "comparing {count} of FG's {frames} frames by $measures" >&2
{command} \\
    "$graph_option" "$graph" "$@" -fps_mode passthrough -f null -
"""
