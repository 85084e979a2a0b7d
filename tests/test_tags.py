"""What a file says of its frames beside their samples: kept in the output, or said to be lost before it is drawn."""

import re
import subprocess
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from conftest import Vidkompy
from program import FFMPEGS

from vidkompy import read_sidecar
from vidkompy.ffmpeg_cli import ask
from vidkompy.model import FrameMap, Placement, Sidecar
from vidkompy.probe import probe
from vidkompy.sidecar import write_sidecar

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


@each_ffmpeg
@pytest.mark.parametrize("codec", ["libx264", "ffv1"])
def test_hdr10_metadata_is_kept_or_said_to_be_lost(vidkompy: Vidkompy, tmp_path: Path, codec: str, ffmpeg: str) -> None:
    fg = clip(tmp_path / "fg.mkv", "-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params", X265, size="64x64")
    path = sidecar_at(tmp_path, fg, clip(tmp_path / "bg.mkv", "-c:v", "ffv1", size="128x96"))
    assert read_sidecar(path).fg.side_data == HDR10
    done = vidkompy("render", path.name, "-o", "out.mkv", "--ffmpeg", ffmpeg, "--", "-c:v", codec)
    is_kept = ask(ffmpeg, "test").version >= (9, 0)
    assert probe(Path("out.mkv")).side_data == (HDR10 if is_kept else ())
    said = f"note: FG's HDR10 metadata (light levels, mastering display) is lost in '{ffmpeg}'; ffmpeg 9.0 carries it"
    assert (said in done.err) == (not is_kept)
    chosen = re.search(r"\|\| ffmpeg=(\S+)", vidkompy("render", path.name, "--dry-run").out)
    assert chosen is not None
    assert ask(chosen[1], "test").carries_hdr10


@pytest.mark.parametrize("kind", ["Dolby Vision", "closed captions"])
def test_metadata_of_single_frames_is_said_to_be_lost(vidkompy: Vidkompy, sidecar: Path, kind: str) -> None:
    truth = read_sidecar(sidecar)
    write_sidecar(replace(truth, fg=replace(truth.fg, side_data=(kind,))), sidecar)
    said = vidkompy("render", sidecar.name, "--dry-run").err
    assert f"note: what describes or accompanies single frames of FG is left out: {kind}\n" in said


@each_ffmpeg
@pytest.mark.parametrize("order", ["tff", "bff"])
@pytest.mark.parametrize(
    ("suffix", "codec"), [("mp4", "libx264"), ("mkv", "ffv1"), ("mov", "prores_ks"), ("mkv", "libx265")]
)
def test_fields_are_kept_or_said_to_be_lost(
    vidkompy: Vidkompy, tmp_path: Path, suffix: str, codec: str, order: str, ffmpeg: str
) -> None:
    fg = clip(tmp_path / "fg.mkv", "-vf", f"setfield={order}", *INTERLACED, size="48x32")
    path = sidecar_at(tmp_path, fg, clip(tmp_path / "bg.mkv", "-c:v", "ffv1"))
    words = ("render", path.name, "-o", f"out.{suffix}", "--ffmpeg", ffmpeg, "--", "-c:v", codec)
    done = vidkompy(*words)
    is_kept = codec != "libx265"
    assert probe(Path(f"out.{suffix}")).field_order == (order if is_kept else "")
    assert (f"note: FG is interlaced ({order}), which the output may not say" in done.err) == (not is_kept)


@each_ffmpeg
@pytest.mark.parametrize("codec", ["ffv1", "utvideo", "huffyuv", "libvpx-vp9", "prores_ks"])
def test_full_range_is_kept_or_said_to_be_lost(vidkompy: Vidkompy, tmp_path: Path, codec: str, ffmpeg: str) -> None:
    full = ("-vf", "scale=out_range=full,format=yuv422p,setparams=range=pc", "-c:v", "ffv1", "-color_range", "pc")
    path = sidecar_at(tmp_path, clip(tmp_path / "fg.mkv", *full, size="48x32"), clip(tmp_path / "bg.mkv", *full))
    assert read_sidecar(path).fg.colour.range == "pc"
    done = vidkompy("render", path.name, "-o", "out.mkv", "--ffmpeg", ffmpeg, "--", "-c:v", codec)
    is_kept = codec != "prores_ks"
    assert (probe(Path("out.mkv")).colour.range == "pc") == is_kept
    assert ("note: FG has full range, which this encoder may not keep" in done.err) == (not is_kept)
    assert vidkompy("verify", path.name, "out.mkv").code == 0 or not is_kept


def test_interlaced_bg_below_progressive_fg_is_said(vidkompy: Vidkompy, tmp_path: Path) -> None:
    bg = clip(tmp_path / "bg.mkv", "-vf", "setfield=tff", *INTERLACED)
    path = sidecar_at(tmp_path, clip(tmp_path / "fg.mkv", "-c:v", "ffv1", size="48x32"), bg)
    done = vidkompy("render", path.name, "-o", "out.mkv", "--", "-c:v", "ffv1")
    said = "note: BG is interlaced (tff) and drawn as it is, but the output is marked as FG is: progressive\n"
    assert said in done.err
    assert probe(Path("out.mkv")).field_order == ""
