"""Files as they come: cut with an edit list, streamed, indexed by slots, oddly named. Every frame that ffmpeg shows."""

import subprocess
from dataclasses import replace
from pathlib import Path

import av
import pytest
from support.program_runs import EMBEDDED, FFMPEGS, Vidkompy
from support.truth_cases import Case

from vidkompy import read_sidecar, write_sidecar
from vidkompy.media.probe import probe
from vidkompy.media.proxy_decoding import make_proxies

MADE = {
    "mp4 cut with an edit list": ("cut.mp4", ["-ss", "0.4", "-c", "copy"]),
    "mpeg-ts": ("stream.ts", ["-c", "copy"]),
    "flv": ("stream.flv", ["-c", "copy"]),
    "avi": ("index.avi", ["-c:v", "mpeg4", "-q:v", "2", "-c:a", "mp3"]),
    "mkv under the name of mp4": ("named.mp4", ["-c", "copy", "-f", "matroska"]),
    "a colon in the name": ("co:lon.mkv", ["-c", "copy"]),
}


def shown_by_ffmpeg(path: Path) -> int:
    command = [EMBEDDED, "-v", "error", "-progress", "pipe:1", "-i", f"file:{path}", "-map", "0:v", "-f", "null"]
    done = subprocess.run([*command, "-fps_mode", "passthrough", "-"], capture_output=True, text=True, check=True)
    return int([line for line in done.stdout.splitlines() if line.startswith("frame=")][-1].partition("=")[2])


@pytest.mark.usefixtures("pair")
@pytest.mark.parametrize("kind", MADE)
def test_every_frame_that_ffmpeg_shows_is_read(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name, options = MADE[kind]
    monkeypatch.chdir(tmp_path)
    before = ["-ss", options[1]] if options[0] == "-ss" else []
    output_options = options[2:] if before else options
    command = [EMBEDDED, "-v", "error", "-y", *before, "-i", "fg.mp4", "-map", "0", *output_options, f"file:{name}"]
    subprocess.run(command, check=True)
    clip = probe(Path(name))
    assert clip.frames == shown_by_ffmpeg(Path(name)) > 20
    assert len(make_proxies(clip, 4).small) == clip.frames


@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_tiff_pictures_whose_tags_the_decoder_does_not_know_are_drawn(
    vidkompy: Vidkompy, sidecar: Path, ffmpeg: str
) -> None:
    """ffmpeg itself writes such tags."""
    truth = read_sidecar(sidecar)
    for role in ("bg", "fg"):
        words = ["-i", f"{role}.mp4", "-an", "-c:v", "tiff", "-pix_fmt", "yuv420p", f"{role}.mov"]
        subprocess.run([EMBEDDED, "-v", "error", *words], check=True)
    write_sidecar(replace(truth, fg=probe(Path("fg.mov")), bg=probe(Path("bg.mov"))), sidecar)
    assert vidkompy("render", sidecar, "-o", "out.mkv", "--ffmpeg", ffmpeg, "--", "-c:v", "ffv1").code == 0
    assert vidkompy("verify", sidecar, "out.mkv").code == 0


def test_sound_that_the_output_cannot_hold_is_refused_before_the_analysis(vidkompy: Vidkompy, pair: Case) -> None:
    with av.open(str(pair.fg)) as container:
        assert container.streams.audio[0].codec_context.name == "aac"
    words = ("compose", "bg.mp4", "fg.mp4", "-o", "out.webm", "--ffmpeg", EMBEDDED)
    outcome = vidkompy(*words, "--", "-c:v", "libvpx-vp9")
    assert (outcome.code, outcome.err) == (
        1,
        f"vidkompy: the sound of 'fg.mp4' cannot be copied into a .webm file by '{EMBEDDED}'; "
        "name an output that takes it, such as .mkv or .mov, "
        "or end the command with --encoder libvpx-vp9 -- -c:a libopus\n",
    )
    assert not list(pair.fg.parent.glob("out*"))
