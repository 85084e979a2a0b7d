"""What a file says of its frames beside their samples: kept in the output, or said to be lost before it is drawn."""

import os
import re
import struct
import subprocess
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from support.program_runs import FFMPEGS, Vidkompy, seconds

from vidkompy import read_sidecar
from vidkompy.ffmpeg.binary import identify
from vidkompy.media.probe import probe
from vidkompy.model import FrameMap, Placement, Sidecar
from vidkompy.sidecar.document import write_sidecar

HDR10 = ("light levels", "mastering display")
X265 = (
    "log-level=none:hdr10=1:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:max-cll=1000,400:master-display="
    "G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1)"
)
INTERLACED = ("-c:v", "mpeg2video", "-flags", "+ildct+ilme", "-q:v", "2")
each_ffmpeg = pytest.mark.parametrize("ffmpeg", FFMPEGS)


def clip(path: Path, *words: str, size: str = "96x64") -> Path:
    source = ("-f", "lavfi", "-i", f"testsrc2=s={size}:r=25", "-frames:v", "5")
    subprocess.run([FFMPEGS[-1], "-v", "error", "-y", *source, *words, str(path)], check=True)
    return path


def sidecar_at(folder: Path, fg: Path, bg: Path) -> Path:
    above, below = probe(fg), probe(bg)
    path = folder / "x.vidkompy.json"
    write_sidecar(Sidecar(above, below, Placement(8, 8, above.width, above.height), FrameMap(np.arange(5))), path)
    return path


@pytest.mark.slow
@each_ffmpeg
@pytest.mark.parametrize("codec", ["libx264", "ffv1"])
def test_hdr10_metadata_is_kept_or_reported_as_lost(
    vidkompy: Vidkompy, tmp_path: Path, codec: str, ffmpeg: str
) -> None:
    fg = clip(tmp_path / "fg.mkv", "-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params", X265, size="64x64")
    path = sidecar_at(tmp_path, fg, clip(tmp_path / "bg.mkv", "-c:v", "ffv1", size="128x96"))
    assert read_sidecar(path).fg.side_data == HDR10
    done = vidkompy("render", path.name, "-o", "out.mkv", "--ffmpeg", ffmpeg, "--", "-c:v", codec)
    is_kept = identify(ffmpeg, "test").version >= (9, 0)
    assert probe(Path("out.mkv")).side_data == (HDR10 if is_kept else ())
    message = (
        f"note: FG's HDR10 metadata (light levels, mastering display) is lost in '{ffmpeg}'; ffmpeg 9.0 carries it"
    )
    assert (message in done.err) == (not is_kept)
    chosen = re.search(r"\|\| ffmpeg=(\S+)", vidkompy("render", path.name, "--dry-run").out)
    assert chosen is not None
    assert identify(chosen[1], "test").carries_hdr10


@pytest.mark.parametrize("kind", ["Dolby Vision", "closed captions"])
def test_metadata_of_single_frames_is_reported_as_lost(vidkompy: Vidkompy, sidecar: Path, kind: str) -> None:
    truth = read_sidecar(sidecar)
    write_sidecar(replace(truth, fg=replace(truth.fg, side_data=(kind,))), sidecar)
    message = vidkompy("render", sidecar.name, "--dry-run").err
    assert f"note: what describes or accompanies single frames of FG is left out: {kind}\n" in message


@pytest.mark.slow
@each_ffmpeg
@pytest.mark.parametrize("order", ["tff", "bff"])
@pytest.mark.parametrize(
    ("suffix", "codec"), [("mp4", "libx264"), ("mkv", "ffv1"), ("mov", "prores_ks"), ("mkv", "libx265")]
)
def test_fields_are_kept_or_reported_as_lost(
    vidkompy: Vidkompy, tmp_path: Path, suffix: str, codec: str, order: str, ffmpeg: str
) -> None:
    fg = clip(tmp_path / "fg.mkv", "-vf", f"setfield={order}", *INTERLACED, size="48x32")
    path = sidecar_at(tmp_path, fg, clip(tmp_path / "bg.mkv", "-c:v", "ffv1"))
    words = ("render", path.name, "-o", f"out.{suffix}", "--ffmpeg", ffmpeg, "--", "-c:v", codec)
    done = vidkompy(*words)
    is_kept = codec != "libx265"
    assert probe(Path(f"out.{suffix}")).field_order == (order if is_kept else "")
    assert (f"note: FG is interlaced ({order}), which the output may not say" in done.err) == (not is_kept)


@pytest.mark.slow
@each_ffmpeg
@pytest.mark.parametrize("codec", ["ffv1", "utvideo", "huffyuv", "libvpx-vp9", "prores_ks"])
def test_full_range_is_kept_or_reported_as_lost(vidkompy: Vidkompy, tmp_path: Path, codec: str, ffmpeg: str) -> None:
    full = ("-vf", "scale=out_range=full,format=yuv422p,setparams=range=pc", "-c:v", "ffv1", "-color_range", "pc")
    path = sidecar_at(tmp_path, clip(tmp_path / "fg.mkv", *full, size="48x32"), clip(tmp_path / "bg.mkv", *full))
    assert read_sidecar(path).fg.colour.range == "pc"
    done = vidkompy("render", path.name, "-o", "out.mkv", "--ffmpeg", ffmpeg, "--", "-c:v", codec)
    is_kept = codec != "prores_ks"
    assert (probe(Path("out.mkv")).colour.range == "pc") == is_kept
    assert ("note: FG has full range, which this encoder may not keep" in done.err) == (not is_kept)
    assert vidkompy("verify", path.name, "out.mkv").code == 0 or not is_kept


def test_interlaced_bg_below_progressive_fg_is_reported(vidkompy: Vidkompy, tmp_path: Path) -> None:
    bg = clip(tmp_path / "bg.mkv", "-vf", "setfield=tff", *INTERLACED)
    path = sidecar_at(tmp_path, clip(tmp_path / "fg.mkv", "-c:v", "ffv1", size="48x32"), bg)
    done = vidkompy("render", path.name, "-o", "out.mkv", "--", "-c:v", "ffv1")
    message = "note: BG is interlaced (tff) and drawn as it is, but the output is marked as FG is: progressive\n"
    assert message in done.err
    assert probe(Path("out.mkv")).field_order == ""


@pytest.mark.slow
@each_ffmpeg
@pytest.mark.parametrize("suffix", ["mkv", "mp4", "mov", "webm", "nut", "ts", "m2ts", "flv", "3gp", "avi", "wmv"])
def test_times_are_kept_or_reported_as_unsure(vidkompy: Vidkompy, tmp_path: Path, suffix: str, ffmpeg: str) -> None:
    uneven = ("-vf", "setpts=(N*40+7*mod(N*3\\,5))/1000/TB", "-fps_mode", "passthrough", "-enc_time_base", "1:1000")
    fg = clip(tmp_path / "fg.mkv", *uneven, "-c:v", "libx264", size="48x32")
    path = sidecar_at(tmp_path, fg, clip(tmp_path / "bg.mkv", "-c:v", "ffv1"))
    codec = {"webm": "libvpx-vp9", "wmv": "wmv2"}.get(suffix, "libx264")
    done = vidkompy("render", path.name, "-o", f"out.{suffix}", "--ffmpeg", ffmpeg, "--", "-c:v", codec)
    assert done.code == 0, done.err
    is_unsure = f"note: {suffix} is not known to keep the times of frames" in done.err
    assert is_unsure == (suffix in ("avi", "wmv"))
    times = seconds(Path(f"out.{suffix}"))
    wanted = seconds(fg)
    assert is_unsure or max(abs((t - times[0]) - (w - wanted[0])) for t, w in zip(times, wanted, strict=True)) <= 0.001


@pytest.mark.parametrize(("y", "is_spread"), [(8, False), (9, True)])
def test_colours_of_fields_that_are_spread_are_reported(
    vidkompy: Vidkompy, tmp_path: Path, y: int, is_spread: bool
) -> None:
    fg = clip(tmp_path / "fg.mkv", "-vf", "setfield=tff", *INTERLACED, size="48x32")
    path = sidecar_at(tmp_path, fg, clip(tmp_path / "bg.mkv", "-c:v", "ffv1"))
    truth = read_sidecar(path)
    write_sidecar(replace(truth, placement=replace(truth.placement, y=y)), path)
    message = vidkompy("render", path.name, "--dry-run").err
    assert ("note: FG is interlaced, and its colours are spread as in progressive frames" in message) == is_spread


CLAP = (40, b"clap", 56, 1, 40, 1, 0, 1, 0, 1)  # keeps 56x40 in the middle


def with_clap(path: Path) -> Path:
    """The same MP4, but its container says that only a part of each frame is to be shown."""
    data = bytearray(path.read_bytes())
    within, around = (0, len(data)), []
    for name in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1"):
        at, end = within
        while not data.startswith(name, at + 4):
            at += int.from_bytes(data[at : at + 4], "big")
            assert at < end
        around.append(at)
        within = (at + (16 if name == b"stsd" else 8), at + int.from_bytes(data[at : at + 4], "big"))
    data[within[1] : within[1]] = struct.pack(">I4s8I", *CLAP)
    for at in around:
        data[at : at + 4] = struct.pack(">I", int.from_bytes(data[at : at + 4], "big") + 40)
    path.write_bytes(data)
    return path


@pytest.mark.slow
@each_ffmpeg
@pytest.mark.parametrize("which", ["fg", "bg"])
def test_what_a_container_would_cut_off_is_drawn(vidkompy: Vidkompy, tmp_path: Path, which: str, ffmpeg: str) -> None:
    words = ("-c:v", "libx264", "-qp", "0", "-pix_fmt", "yuv420p")
    fg, bg = (clip(tmp_path / f"{name}.mp4", *words, size=size) for name, size in (("fg", "64x48"), ("bg", "128x96")))
    with_clap(fg if which == "fg" else bg)
    path = sidecar_at(tmp_path, fg, bg)
    assert vidkompy("render", path.name, "-o", "out.mkv", "--ffmpeg", ffmpeg, "--encoder", "ffv1").code == 0
    assert vidkompy("verify", path.name, "out.mkv").out.count("5 of 5 bit-exact") == 2
    for maker in FFMPEGS:
        assert vidkompy("export", path.name, "--to", "ffmpeg", "-o", "x.sh", "--overwrite", "--ffmpeg", maker).code == 0
        out = f"by{FFMPEGS.index(maker)}.mkv"
        subprocess.run(
            ["sh", "x.sh", out, "-c:v", "ffv1"], check=True, capture_output=True, env=os.environ | {"FFMPEG": ffmpeg}
        )
        assert vidkompy("verify", path.name, out).out.count("5 of 5 bit-exact") == 2


RGB_ENCODERS = {
    "libx264": ("mp4", ()),
    "prores_ks": ("mov", ()),
    "libsvtav1": ("mp4", ("-crf", "10")),
    "libx264 in 4:2:0": ("mkv", ("-c:v", "libx264", "-crf", "1", "-pix_fmt", "yuv420p")),
    "the container's": ("mp4", ("-crf", "1")),
}


@pytest.mark.slow
@each_ffmpeg
@pytest.mark.parametrize("encoder", RGB_ENCODERS)
def test_rgb_that_an_encoder_does_not_take_looks_the_same_in_yuv(
    vidkompy: Vidkompy, tmp_path: Path, encoder: str, ffmpeg: str
) -> None:
    rgb = ("-vf", "format=gbrp", "-c:v", "ffv1")
    fg, bg = clip(tmp_path / "fg.mkv", *rgb, size="64x48"), clip(tmp_path / "bg.mkv", *rgb, size="128x96")
    path = sidecar_at(tmp_path, fg, bg)
    suffix, words = RGB_ENCODERS[encoder]
    named = () if "-c:v" in words or " " in encoder else ("--encoder", encoder)
    options = ("-o", f"out.{suffix}", "--ffmpeg", ffmpeg, *named, "--", *words)
    done = vidkompy("render", path.name, *options)
    assert "pixels of both clips are converted by the BT.709 matrix, with limited range" in done.err
    colour = probe(Path(f"out.{suffix}")).colour
    assert (colour.space, colour.range) == ("bt709", "tv")
    rendered = as_rgb(Path(f"out.{suffix}"))
    wanted = as_rgb(bg)
    wanted[:, 8:56, 8:72] = as_rgb(fg)
    assert np.abs(rendered - wanted).mean() < 6, np.abs(rendered - wanted).mean()
    assert np.abs((rendered - wanted).mean(axis=(0, 1, 2))).max() < 2
    outcome = vidkompy("verify", path.name, f"out.{suffix}")
    assert outcome.code == 0, outcome.out
    truth = read_sidecar(path)
    write_sidecar(replace(truth, frame_map=FrameMap(np.array([4, 3, 2, 1, 0]))), path)
    assert vidkompy("verify", path.name, f"out.{suffix}").code == 1


def as_rgb(path: Path) -> np.ndarray:
    """i16 [n, h, w, 3], by what the file says of its matrix."""
    with av.open(str(path)) as container:
        frames = [frame.reformat(format="rgb24").to_ndarray() for frame in container.decode(video=0)]
    return np.stack(frames).astype(np.int16)
