"""An AviSynth+ script (3.6 or newer), for any program that opens .avs files.

AviSynth+ is a frame server: players and encoders read the script as if it were a clip. It has one constant rate, so
uneven times of FG are lost. The map is spliced from BG's runs by AviSynth's own functions. Splices are nested in a
balanced tree: each asks the one below it for every frame, and a chain of thousands would overflow the stack.
Source: http://avisynth.nl/index.php/Internal_filters, http://avisynth.nl/index.php/The_full_AviSynth_grammar
"""

import re
from collections.abc import Iterator, Sequence

from filtergraphs import working_format
from filtergraphs.formats import chroma_grid, depth, is_rgb
from vidkompy.errors import UsageError
from vidkompy.exchange.format_contract import ExportOption, ExportRequest, ExportResult
from vidkompy.exchange.frame_server import (
    ServedComposition,
    frame_server_losses,
    served_composition,
)
from vidkompy.exchange.losses import Loss
from vidkompy.media.file_urls import relative_path
from vidkompy.media.frame_rates import constant_rate
from vidkompy.media.probe import number_in_file
from vidkompy.model import Clip, Run

OPTIONS: frozenset[ExportOption] = frozenset()

SUBSAMPLED_FORMATS = {(2, 2): "YUV420", (2, 1): "YUV422", (4, 1): "YUV411"}  # by px per chroma sample
ROTATIONS = {90: ".TurnLeft()", 180: ".Turn180()", 270: ".TurnRight()"}  # by degrees counter-clockwise

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def export(request: ExportRequest) -> ExportResult:
    """Raises UsageError, SidecarError, RenderError."""
    served, sidecar = served_composition(request), request.sidecar
    rate = constant_rate(sidecar.fg)
    text = _SCRIPT.format(
        full_chroma=_FULL_CHROMA if served.needs_full_chroma else "",
        fg=_source(sidecar.fg, request),
        bg=_source(sidecar.bg, request),
        fg_part=_fg_part(served),
        bg_converted=_bg_converted(served),
        spliced=_spliced(served.runs),
        drawn=_canvas(served),
        rate=f"{rate.numerator}, {rate.denominator}",
    )
    return ExportResult((text,), (*frame_server_losses(served, sidecar), *_losses(served, request)))


def quoted(word: str) -> str:
    """A string literal; one with escapes, which are new, only where it has a quote in it.

    Raises UsageError for control characters: a literal has no word for most, and whether it may hold a line break
    depends on the version.
    """
    if control := _CONTROL.search(word):
        raise UsageError(
            f"a path has the character {control[0]!r}, which AviSynth cannot read; rename that file or folder"
        )
    if '"' not in word:
        return f'"{word}"'
    escaped = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'e"{escaped}"'


def _losses(served: ServedComposition, request: ExportRequest) -> Iterator[Loss]:
    fg, bg = request.sidecar.fg, request.sidecar.bg
    if len(served.rates) > 1:
        yield Loss("uneven", f"AviSynth knows one rate: FG's uneven times become {float(constant_rate(fg)):.6g}/s")
    if not (fg.path.name + bg.path.name).isascii():
        yield Loss("path", "the script is UTF-8: where AviSynth reads another code page, it does not find the clips")


def _source(clip: Clip, request: ExportRequest) -> str:
    """Turned as its metadata says: sources of AviSynth leave that to the script, and have its size before."""
    rotated = ROTATIONS.get(clip.rotation % 360, "")
    is_on_its_side = clip.rotation % 180 != 0
    width, height = (clip.height, clip.width) if is_on_its_side else (clip.width, clip.height)
    path, track = quoted(relative_path(clip.path, request.folder)), f", {number_in_file(clip)}" if clip.stream else ""
    return f"Opened({path}, {clip.frames}, {width}, {height}{track}){rotated}"


def _fg_part(served: ServedComposition) -> str:
    """The part of FG that shows."""
    part, (left, top) = served.fg_rect, served.fg_crop
    fg = _in_working_format("fg", served, is_rgb(served.composition.fg.pix_fmt))
    if not served.is_scaled:
        return f"{fg}.Crop({left}, {top}, {part.width}, {part.height})"
    window = ", ".join(f"{float(value):.9f}" for value in served.fg_window)
    return f"{fg}.LanczosResize({part.width}, {part.height}, {window})"


def _bg_converted(served: ServedComposition) -> str:
    """BG in FG's format. A change of matrix or range goes through RGB."""
    (old, new), target = served.sample_encodings, working_format(served.composition)
    if not served.needs_conversion:
        return _in_working_format("bg", served, new.matrix == "rgb")
    bits = f"ConvertBits({depth(target)})"
    planes = "Y" if target.startswith("gray") else SUBSAMPLED_FORMATS.get(chroma_grid(target), "YUV444")
    if old == new and new.matrix != "rgb":
        return f"bg.{bits}.ConvertTo{planes}()"
    decoded = "" if old.matrix == "rgb" else f'matrix="{old.matrix}:{old.range[0]}"'
    encoded = "" if new.matrix == "rgb" else f'.ConvertTo{planes}(matrix="{new.matrix}:{new.range[0]}")'
    return f"bg.ConvertToPlanarRGB({decoded}).{bits}{encoded}"


def _in_working_format(clip: str, served: ServedComposition, has_rgb: bool) -> str:
    """A clip that needs no conversion: chroma repeated where FG's edges need it, RGB in planes, which can be cut."""
    if served.needs_full_chroma:
        return f"FullChroma({clip})"
    return f"{clip}.ConvertToPlanarRGB()" if has_rgb else clip


def _spliced(runs: Sequence[Run]) -> str:
    if len(runs) == 1:
        (run,) = runs
        return f"Piece(below, {run.bg}, {run.count}, {run.rate})"
    middle = len(runs) // 2
    return f"({_spliced(runs[:middle])}\n\\ + {_spliced(runs[middle:])})"


def _canvas(served: ServedComposition) -> str:
    """FG among the strips of BG around it."""
    part, (width, height) = served.fg_rect, served.composition.canvas
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


def _stacked(direction: str, parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"Stack{direction}({', '.join(parts)})"


_SCRIPT = """\
# One video over another, frame by frame.

# By L-SMASH Works if it is installed, else by FFMS2. track: of the file; without it, their choice.
function Opened(string path, int frames, int width, int height, int "track") {{
    track = Default(track, -1)
    c = FunctionExists("LWLibavVideoSource") ? LWLibavVideoSource(path, stream_index=track)
    \\ : FFVideoSource(path, track=track)
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
above = {fg_part}
below = {bg_converted}
below = {spliced}
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
