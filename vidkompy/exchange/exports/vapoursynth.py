"""A VapourSynth script: vspipe -c y4m X.vpy -, or any program that opens one.

VapourSynth is a frame server whose scripts are Python. The map is spliced from BG's runs, which is exact, and takes no
Python while frames are served. Each frame has the properties of FG's, and its length in _DurationNum and _DurationDen,
so that uneven times are kept. Source: http://www.vapoursynth.com/doc/functions.html
"""

from vidkompy.exchange.format_contract import ExportOption, ExportRequest, ExportResult
from vidkompy.exchange.frame_server import (
    ServedComposition,
    frame_server_losses,
    served_composition,
)
from vidkompy.media.file_urls import relative_path
from vidkompy.media.probe import number_in_file
from vidkompy.model import Clip

OPTIONS: frozenset[ExportOption] = frozenset()


def export(request: ExportRequest) -> ExportResult:
    """Raises SidecarError, RenderError."""
    served, sidecar = served_composition(request), request.sidecar
    text = _SCRIPT.format(
        fg=_source(sidecar.fg, request),
        bg=_source(sidecar.bg, request),
        runs="".join(f"    ({run.bg}, {run.count}, {run.rate}),\n" for run in served.runs),
        fg_rect=", ".join(map(str, served.fg_rect)),
        full_chroma=_FULL_CHROMA if served.needs_full_chroma else "",
        fg_part=_fg_part(served),
        bg_converted=_bg_converted(served),
        rates="".join(f"    ({count}, {rate.numerator}, {rate.denominator}),\n" for count, rate in served.rates),
    )
    return ExportResult((text,), tuple(frame_server_losses(served, sidecar)))


def quoted(word: str) -> str:
    """A literal of Python."""
    return repr(word)


def _source(clip: Clip, request: ExportRequest) -> str:
    path, track = quoted(relative_path(clip.path, request.folder)), f", {number_in_file(clip)}" if clip.stream else ""
    return f"source(HERE / {path}, {clip.frames}, {clip.width}, {clip.height}{track})"


def _fg_part(served: ServedComposition) -> str:
    """The part of FG that shows."""
    if not served.is_scaled:
        fg, (left, top) = "full_chroma(fg)" if served.needs_full_chroma else "fg", served.fg_crop
        return f"{fg}.std.CropAbs(WIDTH, HEIGHT, {left}, {top})"
    window = ", ".join(f"src_{name}={float(value)!r}" for name, value in served.fg_window._asdict().items())
    full = ", format=fg.format.replace(subsampling_w=0, subsampling_h=0).id" if served.needs_full_chroma else ""
    return f"fg.resize.Lanczos(WIDTH, HEIGHT, {window}{full})"


def _bg_converted(served: ServedComposition) -> str:
    """BG's samples made to mean what FG's mean."""
    if not served.needs_conversion:
        return "bg = full_chroma(bg)\n" if served.needs_full_chroma else ""
    old, new = served.sample_encodings
    options = f'matrix_in_s="{old.matrix}", matrix_s="{new.matrix}", range_in_s="{old.range}", range_s="{new.range}"'
    return f"bg = bg.resize.Bicubic(format=above.format.id, {options})\n"


_SCRIPT = '''\
"""One video over another, frame by frame."""

from pathlib import Path

import vapoursynth as vs

core = vs.core
SCRIPT = Path(__file__)  # from the folder where vspipe was called, which then enters the script's
HERE = SCRIPT.resolve().parent if SCRIPT.is_file() else Path.cwd()
X, Y, WIDTH, HEIGHT = {fg_rect}  # of BG, which FG covers
RUNS = (  # BG frame, for how many FG frames, BG frames from each to the next
{runs})
TIMES = (  # for how many frames, frames per second
{rates})


def source(path, frames, width, height, track=-1):
    """By BestSource if it is installed, else by L-SMASH Works, else by FFMS2. track: of the file; -1: their choice."""
    if hasattr(core, "bs"):
        clip = core.bs.VideoSource(str(path), track=track)
    elif hasattr(core, "lsmas"):
        clip = core.lsmas.LWLibavSource(str(path), stream_index=track)
    else:
        clip = core.ffms2.Source(str(path), track=track)
    got, wanted = (clip.num_frames, clip.width, clip.height), (frames, width, height)
    if got != wanted:
        raise RuntimeError(f"'{{path}}' is read as (frames, width, height) {{got}}, wanted {{wanted}}")
    return clip


def piece(clip, first, count, step):
    if step == 0:
        return clip[first] * count
    last = first + step * (count - 1)
    clip = clip[min(first, last) : max(first, last) + 1]
    clip = clip.std.Reverse() if step < 0 else clip
    return clip.std.SelectEvery(abs(step), 0) if abs(step) > 1 else clip


def part(clip, left, top, width, height):
    return [clip.std.CropAbs(width, height, left, top)] if width and height else []


{full_chroma}fg = {fg}
bg = {bg}
above = {fg_part}
{bg_converted}below = core.std.Splice([piece(bg, *run) for run in RUNS])
right, bottom = X + WIDTH, Y + HEIGHT
beside = part(below, 0, Y, X, HEIGHT), part(below, right, Y, below.width - right, HEIGHT)
rows = [
    *part(below, 0, 0, below.width, Y),
    core.std.StackHorizontal([*beside[0], above, *beside[1]]),
    *part(below, 0, bottom, below.width, below.height - bottom),
]
drawn = core.std.StackVertical(rows).std.CopyFrameProps(fg)
at, timed = 0, []
for count, num, den in TIMES:
    timed.append(drawn[at : at + count].std.AssumeFPS(fpsnum=num, fpsden=den))
    at += count
core.std.Splice(timed).set_output()
'''
_FULL_CHROMA = '''\
def full_chroma(clip):
    """Each chroma sample repeated over its pixels."""
    planes = [plane.resize.Point(clip.width, clip.height) for plane in clip.std.SplitPlanes()]
    return core.std.ShufflePlanes(planes, [0, 0, 0], vs.YUV)


'''
