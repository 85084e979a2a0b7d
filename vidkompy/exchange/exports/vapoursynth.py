"""A VapourSynth script: vspipe -c y4m X.vpy -, or any program that opens one.

The map is spliced from BG's runs, which is exact, and takes no Python while frames are served. Each frame has the
properties of FG's, and its length in _DurationNum and _DurationDen. Source: http://www.vapoursynth.com/doc/functions.html
"""

from fractions import Fraction

from vidkompy.errors import UsageError
from vidkompy.exchange.format_contract import ExportRequest, ExportResult
from vidkompy.exchange.frame_server import FrameServerJob, frame_server_job, losses
from vidkompy.media.file_urls import relative_path
from vidkompy.model import Clip


def export(asked: ExportRequest) -> ExportResult:
    """Raises UsageError, SidecarError, RenderError."""
    if asked.suffix not in ("", ".vpy", ".py"):
        raise UsageError(f"a VapourSynth script ends in .vpy; got '{asked.suffix}': name another output with -o")
    said, sidecar = frame_server_job(asked), asked.sidecar
    text = _SCRIPT.format(
        fg=_opened(sidecar.fg, asked),
        bg=_opened(sidecar.bg, asked),
        runs="".join(f"    ({run.bg}, {run.count}, {run.rate}),\n" for run in said.runs),
        part=", ".join(map(str, said.covered)),
        full_chroma=_FULL_CHROMA if said.needs_full_chroma else "",
        above=_above(said),
        below=_below(said),
        times="".join(f"    ({count}, {rate.numerator}, {rate.denominator}),\n" for count, rate in said.times),
    )
    return ExportResult((text,), tuple(losses(said, sidecar)))


def quoted(word: str) -> str:
    """A literal of Python."""
    return repr(word)


def _opened(clip: Clip, asked: ExportRequest) -> str:
    return (
        f"source(HERE / {quoted(relative_path(clip.path, asked.folder))}, {clip.frames}, {clip.width}, {clip.height})"
    )


def _above(said: FrameServerJob) -> str:
    """The part of FG that shows."""
    c, part = said.planned, said.covered
    left, top = part.x - c.x, part.y - c.y
    if not c.is_scaled:
        fg = "full_chroma(fg)" if said.needs_full_chroma else "fg"
        return f"{fg}.std.CropAbs(WIDTH, HEIGHT, {left}, {top})"
    per_x, per_y = Fraction(c.fg.width, c.width), Fraction(c.fg.height, c.height)
    window = {"left": left * per_x, "top": top * per_y, "width": part.width * per_x, "height": part.height * per_y}
    options = ", ".join(f"src_{name}={float(value)!r}" for name, value in window.items())
    full = ", format=fg.format.replace(subsampling_w=0, subsampling_h=0).id" if said.needs_full_chroma else ""
    return f"fg.resize.Lanczos(WIDTH, HEIGHT, {options}{full})"


def _below(said: FrameServerJob) -> str:
    """BG's samples made to mean what FG's mean."""
    if not said.needs_conversion:
        return "bg = full_chroma(bg)\n" if said.needs_full_chroma else ""
    old, new = said.meanings
    options = f'matrix_in_s="{old.matrix}", matrix_s="{new.matrix}", range_in_s="{old.range}", range_s="{new.range}"'
    return f"bg = bg.resize.Bicubic(format=above.format.id, {options})\n"


_SCRIPT = '''\
"""One video over another, frame by frame."""

from pathlib import Path

import vapoursynth as vs

core = vs.core
HERE = Path(__file__).resolve().parent
X, Y, WIDTH, HEIGHT = {part}  # of BG, which FG covers
RUNS = (  # BG frame, for how many FG frames, BG frames from each to the next
{runs})
TIMES = (  # for how many frames, frames per second
{times})


def source(path, frames, width, height):
    """By BestSource if it is installed, else by L-SMASH Works, else by FFMS2."""
    if hasattr(core, "bs"):
        clip = core.bs.VideoSource(str(path))
    elif hasattr(core, "lsmas"):
        clip = core.lsmas.LWLibavSource(str(path))
    else:
        clip = core.ffms2.Source(str(path))
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
above = {above}
{below}below = core.std.Splice([piece(bg, *run) for run in RUNS])
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
