"""Formats x maps x placements, through the program and with the ffmpegs at hand: each sample is FG's or BG's.

A selection, not the product: each way to store FG meets a BG stored alike, then one stored as another way of the table
is (BG is converted), and these pairs go through all pairs of a map and a placement, over and over.
Each way meets all ffmpegs, as FG and as BG: one where both are stored alike, the other where BG is converted.
FG is compared with FG as that ffmpeg decodes it, BG with what swscale makes of it alone, both whole, by numpy.
"""

import subprocess
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import cycle, product
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from av.video.format import VideoFormat
from support.export_readers import missing
from support.program_runs import EMBEDDED, FFMPEGS, seconds

from filtergraphs import working_format
from filtergraphs.colour import conversion, labels
from filtergraphs.formats import chroma_grid, has_alpha, opaque, with_alpha
from vidkompy.drawing.options import DrawingOptions
from vidkompy.drawing.plan import plan_composition
from vidkompy.ffmpeg.binary import identify
from vidkompy.media.probe import probe
from vidkompy.model import Clip, FrameMap, Placement, Sidecar
from vidkompy.rendering.render_pipeline import prepare_job, run_job
from vidkompy.sidecar.document import read_sidecar, write_sidecar
from vidkompy.verification.frame_comparison import verify

Planes = list[np.ndarray]
ALPHA = "format=yuva444p,geq=lum='p(X,Y)':cb='p(X,Y)':cr='p(X,Y)':a='255*lt(X,W/2)'"
N_FG, N_BG = 9, 16
X264, X265 = "libx264 -preset ultrafast", "libx265 -preset ultrafast -x265-params log-level=none"
AV1 = "libaom-av1 -cpu-used 8 -usage realtime"
TAGS = {
    "601": "smpte170m:smpte170m:smpte170m:tv",
    "709": "bt709:bt709:bt709:tv",
    "full": "bt709:bt709:bt709:pc",
    "2020": "bt2020nc:bt2020:bt2020-10:tv",
    "2020 full": "bt2020nc:bt2020:bt2020-12:pc",
    "hdr10": "bt2020nc:bt2020:smpte2084:tv",
    "hlg": "bt2020nc:bt2020:arib-std-b67:tv",
}


@dataclass(frozen=True)
class Stored:
    """How a clip is stored. filters: what is done to the picture before; turn: degrees, for whoever shows it."""

    suffix: str
    encoder: str
    pix_fmt: str
    tags: str = ""
    filters: str = ""
    size: tuple[int, int] = (48, 32)
    turn: int = 0

    @property
    def name(self) -> str:
        turned = f"turned {self.turn}" if self.turn else ""
        words = (self.encoder.split()[0], self.suffix, self.pix_fmt, self.tags, self.filters[:7], turned)
        return "-".join(filter(None, words))


WAYS = [
    Stored("mp4", X264, "yuv420p", "709"),
    Stored("mkv", X264, "yuv420p", "601", "setsar=16/15"),
    Stored("mov", X264, "yuvj420p", "full"),
    Stored("mkv", X264, "yuv422p10le", "709"),
    Stored("mp4", X264, "yuv444p", "709", size=(45, 33)),
    Stored("mp4", X264, "yuv420p", "709", "setpts=PTS+mod(N\\,3)*0.012/TB"),
    Stored("ts", X264, "yuv420p", "709"),
    Stored("ts", "mpeg2video -q:v 2 -flags +ildct+ilme", "yuv420p", "601", "setfield=tff"),
    Stored("mp4", X265, "yuv420p10le", "hdr10", size=(64, 64)),
    Stored("mkv", X265, "yuv422p12le", "2020", size=(64, 64)),
    Stored("mp4", X265, "yuv420p10le", "hlg", size=(64, 64)),
    Stored("webm", "libvpx-vp9 -deadline realtime", "yuv420p", "709"),
    Stored("webm", "libvpx-vp9 -deadline realtime", "yuv444p", "709"),
    Stored("webm", "libvpx-vp9 -deadline realtime -auto-alt-ref 0", "yuva420p", "709", "ALPHA"),
    Stored("webm", "libvpx -deadline realtime -auto-alt-ref 0", "yuva420p", "", "ALPHA"),
    Stored("mkv", AV1, "yuv420p", "709", size=(64, 64)),
    Stored("mp4", AV1, "yuv420p10le", "hdr10", size=(64, 64)),
    Stored("mov", "prores_ks", "yuv422p10le", "709"),
    Stored("mov", "prores_ks -profile:v 4444", "yuva444p10le", "709", "ALPHA"),
    Stored("mov", "dnxhd -profile:v dnxhr_hqx", "yuv422p10le", "709", size=(256, 120)),
    Stored("mkv", "ffv1", "yuv411p"),
    Stored("mkv", "ffv1", "yuv420p12le", "2020"),
    Stored("mkv", "ffv1", "gray"),
    Stored("mkv", "ffv1", "gbrp10le"),
    Stored("nut", "rawvideo", "yuyv422"),
    Stored("nut", "rawvideo", "uyvy422"),
    Stored("nut", "rawvideo", "nv12"),
    Stored("nut", "rawvideo", "rgb24", size=(45, 33)),
    Stored("mov", "qtrle", "argb", "", "ALPHA"),
    Stored("mkv", "ffv1 -color_range pc", "yuv422p12le", "2020 full"),
    Stored("mp4", X264, "yuv420p", "709", turn=90),
    Stored("mov", "prores_ks", "yuv422p10le", "709", turn=270),
    Stored("gif", "gif", "pal8"),
]
MAPS = {
    "one for one": np.arange(N_FG) + 2,
    "faster": np.arange(N_FG) * 3 // 2,
    "slower": np.arange(N_FG) * 2 // 3 + 1,
    "still": np.full(N_FG, 5),
    "back": np.array([9, 10, 11, 2, 3, 4, 4, 12, 15]),
}
PLACES = {"even": (8, 4), "odd": (13, 7), "corner": None, "outside": (-10, -6)}
TURNS = cycle(product(MAPS, PLACES))
CASES = [
    pytest.param(
        fg,
        WAYS[(k + step) % len(WAYS)],
        *next(TURNS),
        FFMPEGS[(k + step) % len(FFMPEGS)],
        id=f"{fg.name}{' converted' if step else ''}",
    )
    for step in (0, 11)
    for k, fg in enumerate(WAYS)
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("matrix")


@pytest.mark.slow
@pytest.mark.parametrize(("fg_way", "bg_way", "way", "place", "ffmpeg"), CASES)
def test_every_sample_is_that_of_its_clip(
    folder: Path, tmp_path: Path, fg_way: Stored, bg_way: Stored, way: str, place: str, ffmpeg: str
) -> None:
    fg = probe(made(folder, fg_way, fg_way.size, N_FG))
    bg = probe(made(folder, bg_way, around(fg_way.size, bg_way.size), N_BG))
    corner = (bg.width - fg.width, bg.height - fg.height)
    x, y = PLACES[place] or corner
    path = tmp_path / "x.vidkompy.json"
    write_sidecar(Sidecar(fg, bg, Placement(x, y, fg.width, fg.height), FrameMap(MAPS[way].astype(np.int64))), path)
    sidecar = read_sidecar(path)
    planned = plan_composition(sidecar, DrawingOptions())
    target = working_format(planned)
    out = tmp_path / f"out.{'nut' if opaque(target) == 'gbrp' else 'mkv'}"
    job = prepare_job(sidecar, out, encoder_arguments=lossless(target), ffmpeg=ffmpeg, sidecar_path=path)
    run_job(job)

    is_said = any("in which both clips are exact" in note for note in job.notes)
    assert is_said == (chroma_grid(target) != chroma_grid(fg.pix_fmt))
    options = conversion(planned.bg, planned.fg, target)
    alone = f"setparams={joined(labels(planned.bg))},scale={joined(options)},format={target}" if options else "null"
    if options and planned.bg.graph_rotation:
        direction = {90: "cclock", 270: "clock"}[planned.bg.graph_rotation]
        alone = f"scale=flags=neighbor,format={planned.bg.pix_fmt},transpose={direction},{alone}"
    below = decoded(ffmpeg, bg, target if options else opaque(bg.pix_fmt), alone)
    own = opaque(fg.pix_fmt)
    above = decoded(ffmpeg, fg, with_alpha(own) if has_alpha(fg.pix_fmt) else own)
    drawn = decoded(ffmpeg, probe(out), opaque(target))
    assert fg_way.filters != "ALPHA" or (np.ptp(above[0][-1]) > 0 and has_alpha(fg.pix_fmt))
    assert (len(drawn), len(above), len(below)) == (N_FG, N_FG, N_BG)
    for i, planes in enumerate(drawn):
        check(planes, above[i], below[MAPS[way][i]], (x, y), f"frame {i}")
    wanted = [(int(pts) - fg.start_pts) * fg.time_base for pts in fg.pts]
    assert all(abs(a - b) <= Fraction(1, 1000) for a, b in zip(seconds(out), wanted, strict=True))
    assert_tags(probe(out), fg, y)
    assert verify(sidecar, out).is_right


def check(drawn: Planes, above: Planes, below: Planes, at: tuple[int, int], frame: str) -> None:
    """All planes at full size. Where alpha is neither full nor 0, or borders on such samples, nothing is claimed."""
    (rows, columns), (height, width), (x, y) = drawn[0].shape, above[0].shape, at
    overlap = slice(max(y, 0), min(y + height, rows)), slice(max(x, 0), min(x + width, columns))
    part = slice(overlap[0].start - y, overlap[0].stop - y), slice(overlap[1].start - x, overlap[1].stop - x)
    outside = np.ones((rows, columns), bool)
    outside[overlap] = False
    hidden, bare = np.ones_like(above[0][part], bool), np.zeros_like(above[0][part], bool)
    if len(above) > len(drawn):
        alpha = above[-1][part]
        most, least = cv2.dilate(alpha, np.ones((3, 3))), cv2.erode(alpha, np.ones((3, 3)))
        hidden, bare = least == above[-1].max(), most == 0
        assert bare.mean() + hidden.mean() > 0.5
    for ours, fg, bg in zip(drawn, above, below, strict=False):
        np.testing.assert_array_equal(ours[outside], bg[outside], err_msg=f"BG of {frame}")
        np.testing.assert_array_equal(ours[overlap][hidden], fg[part][hidden], err_msg=f"FG of {frame}")
        np.testing.assert_array_equal(ours[overlap][bare], bg[overlap][bare], err_msg=f"BG below {frame}")


def assert_tags(out: Clip, fg: Clip, y: int) -> None:
    """What FG says and the container can hold: nut holds no tags."""
    if out.path.suffix == ".mkv":
        tags = {name: tag for name, tag in asdict(fg.colour).items() if tag not in ("unknown", "gbr")}
        assert asdict(out.colour) | tags == asdict(out.colour)
        assert out.sar == fg.sar
        swapped = {"tff": "bff", "bff": "tff", "": ""}
        assert out.field_order == (swapped[fg.field_order] if y % 2 else fg.field_order)


def around(inner: tuple[int, int], own: tuple[int, int]) -> tuple[int, int]:
    """Size of a BG larger than `inner`, even or odd where the way it is stored is."""
    width, height = (max(2 * a - 6, b) // 2 * 2 + b % 2 for a, b in zip(inner, own, strict=True))
    return width, height


def lossless(target: str) -> list[str]:
    """ffv1 stores gbrp as another format."""
    return ["-c:v", "rawvideo" if opaque(target) == "gbrp" else "ffv1"]


def made(folder: Path, way: Stored, size: tuple[int, int], frames: int) -> Path:
    """Moving shapes under noise. By the first ffmpeg that has the encoder: the file is the same for all of them."""
    path = folder / f"{abs(hash((way, size, frames)))}.{way.suffix}"
    turned = path.with_stem(f"{path.stem}-turned")
    if path.exists():
        return turned if way.turn else path
    encoder = way.encoder.split()[0]
    able = [tool for tool in FFMPEGS if encoder in identify(tool, "test").encoders]
    if not able:
        missing(f"no ffmpeg at hand has the encoder {encoder}")
    space, primaries, transfer, reach = (TAGS.get(way.tags) or "unknown:unknown:unknown:unknown").split(":")
    tags = f"setparams=colorspace={space}:color_primaries={primaries}:color_trc={transfer}:range={reach}"
    own = ALPHA if way.filters == "ALPHA" else way.filters or "null"
    filters = f"noise=alls=40:allf=t:all_seed={frames},format={way.pix_fmt},{own},format={way.pix_fmt},{tags}"
    colour_tags = ("-colorspace", space, "-color_primaries", primaries, "-color_trc", transfer, "-color_range", reach)
    source = f"testsrc2=size={size[0]}x{size[1]}:rate=25,format={opaque(way.pix_fmt)}"
    words = ("-f", "lavfi", "-i", source, "-vf", filters, "-frames:v", str(frames), "-fps_mode", "passthrough")
    written = ("-c:v", *way.encoder.split(), "-pix_fmt", way.pix_fmt, *(colour_tags if way.tags else ()), str(path))
    run(able[0], *words, *written)
    if way.turn:
        run(EMBEDDED, "-display_rotation", str(way.turn), "-i", str(path), "-c", "copy", str(turned))
    return turned if way.turn else path


def run(*words: str) -> None:
    done = subprocess.run([words[0], "-v", "error", "-y", *words[1:]], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def decoded(ffmpeg: str, clip: Clip, pix_fmt: str, filters: str = "null") -> list[Planes]:
    """Frames of a clip as this ffmpeg decodes them, in planes of `pix_fmt`'s samples, chroma repeated, upright.

    Turned by numpy unless they go through filters.
    """
    planar = with_alpha(opaque(pix_fmt)) if has_alpha(pix_fmt) else opaque(pix_fmt)
    if clip.pix_fmt.startswith("yuvj") and filters == "null":  # ffmpeg 5 would make limited range of it
        planar = planar.replace("yuv4", "yuvj4")
    lies = clip.rotation in (90, 270) and filters == "null"
    width, height = (clip.height, clip.width) if lies else (clip.width, clip.height)
    decoder = ("-c:v", clip.decoder) if clip.decoder else ()
    turned = ("-noautorotate",) if lies or "transpose" in filters else ()
    words = (*turned, *decoder, "-i", f"file:{clip.path}", "-map", "0:v:0", "-fps_mode", "passthrough", "-vf", filters)
    written = ("-f", "rawvideo", "-pix_fmt", planar, "-")
    done = subprocess.run([ffmpeg, "-v", "error", *words, *written], capture_output=True, check=True)
    parts = VideoFormat(planar, width, height).components
    shape = [(c.height, c.width, np.dtype(np.uint16 if c.bits > 8 else np.uint8)) for c in parts]
    sizes = [rows * columns * kind.itemsize for rows, columns, kind in shape]
    frames, remainder = divmod(len(done.stdout), sum(sizes))
    assert remainder == 0
    found = []
    for n in range(frames):
        at, planes = n * sum(sizes), []
        for (rows, columns, kind), size in zip(shape, sizes, strict=True):
            plane = np.frombuffer(done.stdout, kind, rows * columns, at).reshape(rows, columns)
            repeated = plane.repeat(-(-height // rows), 0).repeat(-(-width // columns), 1)[:height, :width]
            planes.append(np.rot90(repeated, clip.rotation // 90) if lies else repeated)
            at += size
        found.append(planes)
    return found


def joined(options: dict[str, Any]) -> str:
    return ":".join(f"{name}={value}" for name, value in options.items())
