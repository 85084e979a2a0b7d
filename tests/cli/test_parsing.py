"""What may not stand behind --, and which outputs are not one video file: refused before any work."""

import re
import subprocess
from pathlib import Path

import pytest
from support.program_runs import FFMPEGS, Vidkompy, refused

from vidkompy.ffmpeg.output_checks import PICTURE_FORMATS, check_encoder_arguments

WHOLE = "wanted no such option, as every FG frame is kept"
ONE_FILE = "wanted one video file, such as .mkv, .mov or .mp4: draw that, then let ffmpeg"


def commands(sidecar: Path) -> list[tuple[str, ...]]:
    return [("render", sidecar.name), ("render", sidecar.name, "--dry-run"), ("compose", "bg.mp4", "fg.mp4")]


@pytest.mark.parametrize(
    "words",
    ["-t 1", "-ss 1", "-to 2", "-fs 1000", "-frames:v 10", "-frames 10", "-frames:a 3", "-vframes 3", "-/t one.txt"],
)
def test_options_that_leave_frames_out_are_refused(vidkompy: Vidkompy, sidecar: Path, words: str) -> None:
    wanted = f"'{words}' behind -- would cut the output; {WHOLE}: choose --trim matched, or cut the finished output"
    for command in commands(sidecar):
        passed = ("-c:v", "libx264", *words.split(), "-an")
        assert refused(vidkompy, *command, "-o", "out.mp4", "--", *passed, code=2) == wanted


@pytest.mark.parametrize("words", ["-r 10", "-r:v 10", "-fpsmax 10", "-fps_mode cfr", "-vsync 1"])
def test_options_that_give_frames_other_times_are_refused(vidkompy: Vidkompy, sidecar: Path, words: str) -> None:
    """-fps_mode cfr would draw a frame for each tick of the time base."""
    wanted = (
        f"'{words}' behind -- would change the times of frames; {WHOLE} in its own time: convert the finished output"
    )
    for command in commands(sidecar):
        assert refused(vidkompy, *command, "-o", "out.mp4", "--", *words.split(), code=2) == wanted


@pytest.mark.parametrize(
    ("output", "words", "kind"),
    [
        ("f%03d.png", "-c:v png", "png"),
        ("f.JPG", "", "jpg"),
        ("f.tiff", "", "tiff"),
        ("f%d.webp", "-c:v libwebp", "image2"),
        ("f.mp4", "-f image2", "image2"),
    ],
)
def test_pictures_are_no_video_file(vidkompy: Vidkompy, sidecar: Path, output: str, words: str, kind: str) -> None:
    wanted = f"output '{output}' would be single pictures ({kind}); {ONE_FILE} take it apart into pictures"
    passed = ("--", *words.split()) if words else ()
    for command in commands(sidecar):
        assert refused(vidkompy, *command, "-o", output, *passed, code=2) == wanted


@pytest.mark.parametrize(
    ("output", "words", "kind"),
    [
        ("f.m3u8", "", "m3u8"),
        ("f.mpd", "", "mpd"),
        *[("f.mp4", f"-f {kind}", kind) for kind in ("hls", "dash", "segment", "stream_segment", "ssegment", "tee")],
        *[("f.mp4", f"-f {kind}", kind) for kind in ("null", "fifo", "smoothstreaming", "rtp")],
    ],
)
def test_what_is_not_one_file_is_refused(vidkompy: Vidkompy, sidecar: Path, output: str, words: str, kind: str) -> None:
    wanted = f"output '{output}' would not be one file ({kind}); {ONE_FILE} bring it into that format"
    passed = ("--", *words.split()) if words else ()
    for command in commands(sidecar):
        assert refused(vidkompy, *command, "-o", output, *passed, code=2) == wanted


@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_every_ending_of_pictures_is_known(ffmpeg: str) -> None:
    """But for AVIF, which has a format of its own."""
    done = subprocess.run([ffmpeg, "-hide_banner", "-h", "muxer=image2"], capture_output=True, text=True, check=True)
    endings = re.search(r"Common extensions: (\S+)\.", done.stdout)
    assert endings is not None
    assert set(endings[1].split(",")) - {"avif"} <= PICTURE_FORMATS


@pytest.mark.parametrize("name", ["a.gif", "a.apng", "a.webp", "a%d.gif", "a.avif", "a.mkv", "a.mjpeg", "a%d.mp4"])
def test_moving_pictures_in_one_file_are_taken(name: str) -> None:
    check_encoder_arguments(Path(name), ("-c:a", "copy"))
