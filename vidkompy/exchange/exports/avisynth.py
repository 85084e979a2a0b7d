"""An AviSynth+ script (3.6 or newer), for any program that opens .avs files.

The map is spliced from BG's runs by AviSynth's own functions. Splices are nested in a balanced tree: each asks the one
below it for every frame, and a chain of thousands would overflow the stack.
Source: http://avisynth.nl/index.php/Internal_filters, http://avisynth.nl/index.php/The_full_AviSynth_grammar
"""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from filtergraphs import working_format
from filtergraphs.formats import chroma_grid, depth, is_rgb
from vidkompy.errors import UsageError
from vidkompy.exchange.format_contract import ExportRequest, ExportResult
from vidkompy.exchange.frame_server import FrameServerJob, frame_server_job, losses
from vidkompy.exchange.losses import Loss
from vidkompy.media.file_urls import relative_path
from vidkompy.media.frame_rates import constant_rate
from vidkompy.model import Clip, Run

_SAMPLED = {(2, 2): "YUV420", (2, 1): "YUV422", (4, 1): "YUV411"}  # by px per chroma sample

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TURNED = {90: ".TurnLeft()", 180: ".Turn180()", 270: ".TurnRight()"}  # by degrees counter-clockwise


def export(asked: ExportRequest) -> ExportResult:
    """Raises UsageError, SidecarError, RenderError."""
    if asked.suffix not in ("", ".avs"):
        raise UsageError(f"an AviSynth script ends in .avs; got '{asked.suffix}': name another output with -o")
    said, sidecar = frame_server_job(asked), asked.sidecar
    rate = constant_rate(sidecar.fg)
    text = _SCRIPT.format(
        full_chroma=_FULL_CHROMA if said.needs_full_chroma else "",
        fg=_opened(sidecar.fg, asked),
        bg=_opened(sidecar.bg, asked),
        above=_above(said),
        below=_converted(said),
        pieces=_spliced(said.runs),
        drawn=_drawn(said),
        rate=f"{rate.numerator}, {rate.denominator}",
    )
    return ExportResult((text,), (*losses(said, sidecar), *_losses(said, asked)))


def quoted(word: str) -> str:
    """A string literal; one with escapes, which are new, only where it has a quote in it.

    Raises UsageError for control characters: a literal has no word for most, and whether it may hold a line break
    depends on the version.
    """
    if found := _CONTROL.search(word):
        raise UsageError(
            f"a path has the character {found[0]!r}, which AviSynth cannot read; rename that file or folder"
        )
    if '"' not in word:
        return f'"{word}"'
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'e"{escaped}"'


def _losses(said: FrameServerJob, asked: ExportRequest) -> Iterator[Loss]:
    if len(said.times) > 1:
        yield Loss(
            "uneven",
            f"AviSynth knows one rate: FG's uneven times become {float(constant_rate(asked.sidecar.fg)):.6g}/s",
        )
    if not (asked.sidecar.fg.path.name + asked.sidecar.bg.path.name).isascii():
        yield Loss("path", "the script is UTF-8: where AviSynth reads another code page, it does not find the clips")


def _opened(clip: Clip, asked: ExportRequest) -> str:
    """Turned as its metadata says: sources of AviSynth leave that to the script."""
    turned = _TURNED.get(clip.rotation % 360, "")
    sizes = (clip.height, clip.width) if clip.rotation % 180 else (clip.width, clip.height)
    return f"Opened({quoted(relative_path(clip.path, asked.folder))}, {clip.frames}, {sizes[0]}, {sizes[1]}){turned}"


def _above(said: FrameServerJob) -> str:
    """The part of FG that shows."""
    c, part = said.planned, said.covered
    left, top = part.x - c.x, part.y - c.y
    fg = "FullChroma(fg)" if said.needs_full_chroma else "fg.ConvertToPlanarRGB()" if is_rgb(c.fg.pix_fmt) else "fg"
    if not c.is_scaled:
        return f"{fg}.Crop({left}, {top}, {part.width}, {part.height})"
    per_x, per_y = Fraction(c.fg.width, c.width), Fraction(c.fg.height, c.height)
    window = (left * per_x, top * per_y, part.width * per_x, part.height * per_y)
    return f"{fg}.LanczosResize({part.width}, {part.height}, {', '.join(f'{float(value):.9f}' for value in window)})"


def _converted(said: FrameServerJob) -> str:
    """BG in FG's format. A change of matrix or range goes through RGB."""
    (old, new), target = said.meanings, working_format(said.planned)
    if not said.needs_conversion:
        return (
            "FullChroma(bg)" if said.needs_full_chroma else "bg.ConvertToPlanarRGB()" if new.matrix == "rgb" else "bg"
        )
    bits = f"ConvertBits({depth(target)})"
    kind = "Y" if target.startswith("gray") else _SAMPLED.get(chroma_grid(target), "YUV444")
    if old == new and new.matrix != "rgb":
        return f"bg.{bits}.ConvertTo{kind}()"
    decoded = "" if old.matrix == "rgb" else f'matrix="{old.matrix}:{old.range[0]}"'
    encoded = "" if new.matrix == "rgb" else f'.ConvertTo{kind}(matrix="{new.matrix}:{new.range[0]}")'
    return f"bg.ConvertToPlanarRGB({decoded}).{bits}{encoded}"


def _spliced(runs: Sequence[Run]) -> str:
    if len(runs) == 1:
        return f"Piece(below, {runs[0].bg}, {runs[0].count}, {runs[0].rate})"
    middle = len(runs) // 2
    return f"({_spliced(runs[:middle])}\n\\ + {_spliced(runs[middle:])})"


def _drawn(said: FrameServerJob) -> str:
    """The canvas: FG among the strips of BG around it."""
    part, (width, height) = said.covered, said.planned.canvas
    right, bottom = part.x + part.width, part.y + part.height
    row = [
        *_strip(0, part.y, part.x, part.height),
        "above",
        *_strip(right, part.y, width - right, part.height),
    ]
    rows = [*_strip(0, 0, width, part.y), _stacked("Horizontal", row), *_strip(0, bottom, width, height - bottom)]
    return _stacked("Vertical", rows)


def _strip(x: int, y: int, width: int, height: int) -> list[str]:
    return [f"below.Crop({x}, {y}, {width}, {height})"] if width and height else []


def _stacked(way: str, parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"Stack{way}({', '.join(parts)})"


_SCRIPT = """\
# One video over another, frame by frame.

# By L-SMASH Works if it is installed, else by FFMS2.
function Opened(string path, int frames, int width, int height) {{
    c = FunctionExists("LWLibavVideoSource") ? LWLibavVideoSource(path) : FFVideoSource(path)
    Assert(c.FrameCount == frames && c.Width == width && c.Height == height,
    \\ path + " is not read as " + String(frames) + " frames of " + String(width) + "x" + String(height))
    return c.KillAudio()
}}

# count frames, from one to step frames after it
function Piece(clip c, int first, int count, int step) {{
    reach = Abs(step) * (count - 1) + 1
    return step == 0 ? c.Trim(first, -1).Loop(count)
    \\ : step > 0 ? c.Trim(first, -reach).SelectEvery(step, 0).AssumeFPS(c)
    \\ : c.Trim(first - reach + 1, -reach).Reverse().SelectEvery(-step, 0).AssumeFPS(c)
}}

{full_chroma}fg = {fg}
bg = {bg}
above = {above}
below = {below}
below = {pieces}
drawn = {drawn}
drawn = FunctionExists("propCopy") ? drawn.propCopy(fg) : drawn
drawn.AssumeFPS({rate})
"""
_FULL_CHROMA = """\
# each chroma sample repeated over its pixels
function FullChroma(clip c) {
    return CombinePlanes(c.ExtractY(), c.ExtractU().PointResize(c.Width, c.Height),
    \\ c.ExtractV().PointResize(c.Width, c.Height), planes="YUV", source_planes="YYY",
    \\ pixel_type="YUV444P" + String(c.BitsPerComponent))
}

"""
