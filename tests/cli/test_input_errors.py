"""Every input that is no video, or not the one it seems to be: the whole message, the exit code, no change on disk."""

import os
import re
import socket
from collections.abc import Callable
from pathlib import Path

import av
import pytest
from support.program_runs import Vidkompy, refused, run_ffmpeg
from support.truth_cases import Case, write_bg

from vidkompy.limits import MAX_FRAME_PIXELS
from vidkompy.media.probe import probe

WAYS_OUT = "get an intact copy of it, or let analyze or compose go on with what decodes: --damaged keep"
READABLE = "wanted a file that ffmpeg can decode"
IRREGULAR = "not a regular file: save what it holds as one"


def text(bad: Path, _: Path) -> None:
    bad.write_text("not a video\n")


def empty(bad: Path, _: Path) -> None:
    bad.touch()


def folder(bad: Path, _: Path) -> None:
    bad.mkdir()


def pipe(bad: Path, _: Path) -> None:
    os.mkfifo(bad)


def socket_file(bad: Path, _: Path) -> None:
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(os.path.relpath(bad))  # an absolute path may be too long for one


def endless(bad: Path, _: Path) -> None:
    bad.symlink_to("/dev/zero")


def without_index(bad: Path, good: Path) -> None:
    bad.write_bytes(good.read_bytes().partition(b"moov")[0][:-4])


def sound_only(bad: Path, good: Path) -> None:
    run_ffmpeg("-i", good, "-vn", "-c", "copy", bad)


def no_tracks(bad: Path, _: Path) -> None:
    header_only(bad, "mp4")


def no_frames(bad: Path, _: Path) -> None:
    header_only(bad, "avi")


def one_frame(bad: Path, good: Path) -> None:
    run_ffmpeg("-i", good, "-an", "-frames:v", "1", bad)


def header_only(path: Path, container_format: str) -> None:
    with av.open(str(path), "w", format=container_format) as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        container.start_encoding()


def unknown_codec(bad: Path, good: Path) -> None:
    bad.write_bytes(good.read_bytes().replace(b"avc1", b"zz\x01z"))


def cut(path: Path, percent: int) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * percent // 100])


BAD_INPUTS: dict[Callable[[Path, Path], None], str] = {
    text: f"cannot read 'bad.mp4' as video: invalid data found when processing input; {READABLE}",
    empty: f"cannot read 'bad.mp4' as video: invalid data found when processing input; {READABLE}",
    folder: f"cannot read 'bad.mp4' as video: is a directory; {READABLE}",
    pipe: f"cannot read 'bad.mp4' as video: is a pipe, {IRREGULAR}; {READABLE}",
    socket_file: f"cannot read 'bad.mp4' as video: is a socket, {IRREGULAR}; {READABLE}",
    endless: f"cannot read 'bad.mp4' as video: is a device, {IRREGULAR}; {READABLE}",
    without_index: f"cannot read 'bad.mp4' as video: invalid data found when processing input; {READABLE}",
    sound_only: "no video in 'bad.mp4': it holds audio; name a file with a video stream",
    unknown_codec: "the video of 'bad.mp4' is in a codec that no decoder at hand knows; wanted one of ffmpeg's: "
    "convert it with the program that made it",
    no_tracks: "no video in 'bad.mp4': it holds no streams; name a file with a video stream",
    no_frames: "no frames in 'bad.mp4': its video stream is empty; wanted at least one frame",
    one_frame: "'bad.mp4' has 1 frame; wanted a video of at least 2 to align in time",
}


@pytest.mark.parametrize("spoil", BAD_INPUTS, ids=lambda spoil: spoil.__name__)
@pytest.mark.parametrize("role", ["bg", "fg"])
def test_what_is_no_video_is_refused_as_either_clip(
    vidkompy: Vidkompy, pair: Case, role: str, spoil: Callable[[Path, Path], None]
) -> None:
    spoil(pair.fg.with_name("bad.mp4"), pair.fg)
    clips = ("bad.mp4", "fg.mp4") if role == "bg" else ("bg.mp4", "bad.mp4")
    assert refused(vidkompy, "compose", *clips, "-o", "out.mp4") == BAD_INPUTS[spoil]


@pytest.mark.parametrize("command", ["analyze", "compose"])
def test_a_missing_clip_is_named(vidkompy: Vidkompy, pair: Case, command: str) -> None:
    wanted = f"cannot read 'gone.mp4' as video: no such file or directory; {READABLE}"
    assert refused(vidkompy, command, pair.bg.name, "gone.mp4") == wanted
    assert refused(vidkompy, command, "gone.mp4", pair.fg.name) == wanted


@pytest.mark.parametrize("percent", [30, 97])
def test_a_matroska_file_cut_short_is_refused_however_little_is_missing(
    vidkompy: Vidkompy, pair: Case, percent: int
) -> None:
    bad = pair.fg.with_name("bad.mkv")
    run_ffmpeg("-i", pair.fg, "-c", "copy", bad)
    whole = bad.stat().st_size
    cut(bad, percent)
    where = f"its last part reaches to byte {whole}, the file has {whole * percent // 100}"
    message = refused(vidkompy, "compose", "bg.mp4", "bad.mkv")
    assert re.fullmatch(rf"'bad\.mkv' is damaged: ends early at \d\.\d\d s \({where}\); {WAYS_OUT}", message)


def test_a_live_matroska_recording_is_no_truncated_one(vidkompy: Vidkompy, pair: Case) -> None:
    run_ffmpeg("-i", pair.fg, "-c", "copy", "-live", "1", pair.fg.with_name("live.mkv"))
    assert vidkompy("analyze", "bg.mp4", "live.mkv").code == 0


@pytest.mark.parametrize("suffix", ["mkv", "nut", "mov", "ts"])
def test_a_file_that_starts_hours_late_is_complete(pair: Case, suffix: str) -> None:
    late = pair.fg.with_name(f"late.{suffix}")
    run_ffmpeg("-i", pair.fg, "-c", "copy", "-output_ts_offset", "7200", late)
    assert probe(late).frames == probe(pair.fg).frames


@pytest.mark.parametrize("rotation", [("-display_hflip",), ("-display_rotation", "30")])
def test_a_clip_to_be_shown_mirrored_or_aslant_is_refused(
    vidkompy: Vidkompy, pair: Case, rotation: tuple[str, ...]
) -> None:
    run_ffmpeg(*rotation, "-i", pair.fg, "-c", "copy", pair.fg.with_name("turned.mov"))
    message = refused(vidkompy, "analyze", "bg.mp4", "turned.mov")
    assert message.startswith("'turned.mov' is to be shown mirrored, or turned by ")


@pytest.mark.parametrize("size", ["480x1", "2x480", "1400x2", "6x6"])
def test_a_clip_too_flat_to_place_is_refused(vidkompy: Vidkompy, pair: Case, size: str) -> None:
    source = ("-f", "lavfi", "-i", f"testsrc2=s=1920x1080:d=1,scale={size.replace('x', ':')},format=gray")
    run_ffmpeg(*source, "-c:v", "ffv1", pair.fg.with_name("flat.mkv"))
    for words in (
        ("analyze", "bg.mp4", "flat.mkv"),
        ("analyze", "flat.mkv", "fg.mp4"),
        ("locate", "bg.mp4", "flat.mkv"),
    ):
        assert refused(vidkompy, *words) == (
            f"'flat.mkv' is {size}: too little of a picture to place; wanted at least 8 px either way, and at most 32 "
            "times as long as wide"
        )


@pytest.mark.slow
def test_unrelated_clips_are_no_match(vidkompy: Vidkompy, pair: Case) -> None:
    write_bg(pair.fg.with_name("other.mp4"), "animation", 40, size=(320, 180), seed=9)
    message = refused(vidkompy, "compose", "bg.mp4", "other.mp4", "-o", "out.mp4", code=3)
    best = r"the best place is -?\d+,-?\d+ at \d+% of its size, score -?0\.\d\d, right with probability 0\.0\d"
    reason = rf"({best}, wanted at least 0\.2|no place was found where their frames agree)"
    assert re.fullmatch(
        rf"'other\.mp4' was not found in 'bg\.mp4': {reason} \(40 against 48 frames looked at\); "
        "check that both show the same content, or take it with --force",
        message,
    )


@pytest.mark.parametrize("spoil", [pipe, socket_file, endless])
def test_whatever_reads_a_file_refuses_what_is_no_regular_one(
    vidkompy: Vidkompy, sidecar: Path, spoil: Callable[[Path, Path], None]
) -> None:
    spoil(Path("bad.mp4"), sidecar)
    kinds: dict[Callable[[Path, Path], None], str] = {pipe: "pipe", socket_file: "socket", endless: "device"}
    reason = f"is a {kinds[spoil]}, {IRREGULAR}"
    words: tuple[str | Path, ...]
    for words in (("locate", "bg.mp4", "bad.mp4"), ("locate", "bad.mp4", "fg.mp4"), ("verify", sidecar, "bad.mp4")):
        assert refused(vidkompy, *words) == f"cannot read 'bad.mp4' as video: {reason}; {READABLE}"
    for words in (("verify", "bad.mp4", "fg.mp4"), ("refine", "bad.mp4"), ("render", "bad.mp4")):
        assert refused(vidkompy, *words) == f"cannot read sidecar 'bad.mp4': {reason}"
    Path("fg.mp4").unlink()
    spoil(Path("fg.mp4"), sidecar)
    for words in (("verify", sidecar.name, "bg.mp4"), ("render", sidecar.name)):
        assert refused(vidkompy, *words).startswith(
            f"cannot read 'fg.mp4', named by '{sidecar.name}': {reason}; name what became of it"
        )


def test_a_link_to_a_regular_file_is_one(vidkompy: Vidkompy, pair: Case) -> None:
    pair.fg.with_name("link.mp4").symlink_to(pair.fg)
    assert vidkompy("analyze", "bg.mp4", "link.mp4").code == 0


def test_pictures_without_a_decoder_are_refused(vidkompy: Vidkompy, pair: Case) -> None:
    Path("x.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9"/></svg>')
    wanted = (
        "the video of 'x.svg' is in a codec that no decoder at hand knows; wanted one of ffmpeg's: "
        "convert it with the program that made it"
    )
    assert refused(vidkompy, "locate", pair.bg.name, "x.svg") == wanted
    assert refused(vidkompy, "analyze", pair.bg.name, "x.svg") == wanted


@pytest.mark.slow
def test_frames_too_large_for_a_sidecar_are_refused_before_they_are_decoded(vidkompy: Vidkompy, pair: Case) -> None:
    """The file takes 1 MB, each of its frames 134 MB, and a decoder holds one a thread."""
    size = "16384x8200"
    run_ffmpeg(
        "-f", "lavfi", "-i", f"color=size={size}:rate=2:duration=0.5", "-pix_fmt", "gray", "-c:v", "png", "big.mkv"
    )
    wanted = f"'big.mkv' has frames of {size}; wanted at most {MAX_FRAME_PIXELS:,} px and "
    assert refused(vidkompy, "analyze", pair.bg.name, "big.mkv").startswith(wanted)
    assert refused(vidkompy, "locate", pair.bg.name, "big.mkv").startswith(wanted)
