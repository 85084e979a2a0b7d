"""Small real files of all containers and codecs at hand, of one pair: FG is a part of BG, 3 frames later."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

BG = ("-f", "lavfi", "-i", "testsrc2=size=160x120:rate=25:duration=1.2")
TONE = ("-f", "lavfi", "-i", "aevalsrc='0.4*sin(2*PI*(300+900*t)*t)':s=16000:d=1.2")
FG = "trim=start_frame=3:end_frame=27,setpts=PTS-STARTPTS,crop=96:64:40:20"
FAST = ("-preset", "ultrafast")

ENCODINGS = {  # name of FG's file: encoder, and words behind it
    "h264.mp4": ("libx264", *FAST),
    "h264-b.mov": ("libx264", "-bf", "2", "-g", "8"),
    "fragmented.mp4": ("libx264", *FAST, "-g", "8", "-movflags", "frag_keyframe+empty_moov"),
    "h264.mkv": ("libx264", *FAST),
    "h264.ts": ("libx264", *FAST, "-g", "8"),
    "h264.flv": ("libx264", *FAST, "-g", "8", "-ar", "44100"),
    "h264.264": ("libx264", *FAST, "-g", "8", "-an", "-f", "h264"),
    "hevc.mp4": ("libx265", *FAST, "-x265-params", "log-level=none"),
    "hevc.ts": ("libx265", *FAST, "-x265-params", "log-level=none"),
    "vp8.webm": ("libvpx", "-deadline", "realtime", "-b:v", "500k", "-c:a", "libvorbis"),
    "vp9.webm": ("libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libvorbis"),
    "av1.mkv": ("libsvtav1", "-preset", "12"),
    "mpeg4.avi": ("mpeg4", "-q:v", "3", "-c:a", "mp3"),
    "mjpeg.avi": ("mjpeg", "-q:v", "3", "-c:a", "pcm_s16le"),
    "mpeg2.mpg": ("mpeg2video", "-q:v", "3", "-c:a", "mp2", "-ar", "44100"),
    "mpeg2.ts": ("mpeg2video", "-q:v", "3", "-c:a", "mp2", "-ar", "44100"),
    "prores.mov": ("prores_ks",),
    "ffv1.mkv": ("ffv1", "-level", "3", "-c:a", "flac"),
    "png.nut": ("png", "-c:a", "pcm_s16le"),
    "theora.ogv": ("libtheora", "-c:a", "libvorbis"),
    "wmv2.asf": ("wmv2", "-c:a", "wmav2"),
    "picture.gif": ("gif", "-an"),
    "picture.apng": ("apng", "-an", "-f", "apng", "-plays", "0"),
    "flv1.flv": ("flv", "-ar", "22050", "-c:a", "mp3"),
    "raw.y4m": ("wrapped_avframe", "-an", "-f", "yuv4mpegpipe"),
}


@dataclass(frozen=True)
class Footage:
    """bg: H.264 with sound in MP4. films: FG in each encoding. sidecar: measured on bg and the first film."""

    bg: Path
    films: tuple[Path, ...]
    sidecar: Path


def made(folder: Path) -> Footage:
    """Encoders that are missing are left out, with a word on stderr."""
    bg = folder / "bg.mp4"
    programs = [imageio_ffmpeg.get_ffmpeg_exe(), *filter(None, [shutil.which("ffmpeg")])]
    encode(programs, bg, ("-c:v", "libx264", *FAST))
    films = []
    for name, (encoder, *words) in ENCODINGS.items():
        path = folder / name
        if encode(programs, path, ("-vf", FG, "-c:v", encoder, *words)):
            films.append(path)
        else:
            print(f"left out: {name}, for no ffmpeg at hand encodes {encoder} so", file=sys.stderr)
    sidecar = folder / "pair.vidkompy.json"
    words = ["analyze", bg.name, films[0].name, "--no-cache", "-o", sidecar.name]
    subprocess.run([sys.executable, "-m", "vidkompy", *words], cwd=folder, check=True, capture_output=True)
    return Footage(bg, tuple(films), sidecar)


def encode(programs: list[str], path: Path, words: tuple[str, ...]) -> bool:
    """By the first program that can."""
    for program in programs:
        argv = [program, "-nostdin", "-v", "error", "-y", *BG, *TONE, *words, "-t", "1.2", str(path)]
        if subprocess.run(argv, capture_output=True).returncode == 0 and path.stat().st_size:
            return True
    path.unlink(missing_ok=True)
    return False
