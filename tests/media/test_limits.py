"""A small file that claims much is refused at once: in words, with little CPU and memory, and with a way out."""

import shlex
import struct
import subprocess
import zlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from support.folder_state import on_disk
from support.limited_runs import with_little
from support.program_runs import FFMPEGS, run_ffmpeg

from vidkompy.alignment.audio_track import decode_track, decoded_frames
from vidkompy.alignment.parameters import AudioOffsetParameters
from vidkompy.errors import MediaError
from vidkompy.media.extents import check_frame_count, check_timestamps
from vidkompy.media.probe import probe
from vidkompy.media.streams import open_video

PICTURE = ("-f", "lavfi", "-i", "testsrc=size=64x48:rate=25")


def refusal(bad: Path) -> str:
    """What is said of it as FG and as BG, with nothing left on disk."""
    run_ffmpeg(*PICTURE, "-frames:v", 20, "-c:v", "mpeg4", bad.with_name("other.mkv"))
    before = on_disk(bad.parent)
    ends = [
        with_little("analyze", *pair, folder=bad.parent) for pair in ((bad.name, "other.mkv"), ("other.mkv", bad.name))
    ]
    assert ends[0] == ends[1]
    assert (ends[0].code, ends[0].out) == (1, "")
    assert on_disk(bad.parent) == before
    return ends[0].err.removeprefix("vidkompy: ").removesuffix("\n")


def gif_of(path: Path, side: int, frames: int) -> None:
    """Each frame changes one pixel and takes 23 bytes."""
    head = b"GIF89a" + struct.pack("<HHBBB", side, side, 0x80, 0, 0) + bytes(3) + b"\xff" * 3
    frame = b"\x21\xf9\x04\x04\x04\0\0\0" + b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\0"
    path.write_bytes(head + frame * frames + b"\x3b")


def test_frames_beyond_the_largest_that_are_made_are_refused(tmp_path: Path) -> None:
    gif_of(tmp_path / "bad.gif", 16_000, 50)
    assert refusal(tmp_path / "bad.gif") == (
        "'bad.gif' has frames of 16000x16000; wanted at most 134,217,728 px and 65,535 on a side: "
        "if its header is right, scale it down first: ffmpeg -i IN -vf scale=3840:-2 -c:v libx264 -crf 0 OUT.mkv"
    )


@pytest.mark.slow
def test_pictures_larger_than_their_container_says_are_not_decoded(tmp_path: Path) -> None:
    run_ffmpeg(*PICTURE, "-frames:v", 10, "-c:v", "png", tmp_path / "good.mkv")
    data = bytearray((tmp_path / "good.mkv").read_bytes())
    at = [i for i in range(len(data)) if data[i : i + 4] == b"IHDR"][-1]
    data[at + 4 : at + 12] = struct.pack(">II", 16_000, 16_000)
    data[at + 17 : at + 21] = struct.pack(">I", zlib.crc32(data[at : at + 17]))
    (tmp_path / "bad.mkv").write_bytes(data)
    with open_video(tmp_path / "bad.mkv") as container, pytest.raises(av.error.ArgumentError):
        list(container.decode(video=0))
    assert "invalid argument" in refusal(tmp_path / "bad.mkv")


@pytest.mark.slow
def test_many_large_frames_in_few_bytes_are_refused(tmp_path: Path) -> None:
    gif_of(tmp_path / "bad.gif", 11_000, 5_000)
    assert refusal(tmp_path / "bad.gif") == (
        "'bad.gif' claims 5,000 frames of 11000x11000 in 115,020 bytes; wanted at most 262,144 px a byte: "
        "if it is no forgery, scale it down first: ffmpeg -i IN -vf scale=640:-2 -c:v libx264 -crf 0 OUT.mkv"
    )


def with_edits(path: Path, edits: int) -> None:
    """An MP4 whose edit list plays all of it so many times; its index comes last."""
    run_ffmpeg(*PICTURE, "-frames:v", 50, "-c:v", "mpeg4", path)
    data = bytearray(path.read_bytes())
    at = data.index(b"elst") - 4
    (size,) = struct.unpack_from(">I", data, at)
    table = struct.pack(">II", 0, edits) + struct.pack(">IiI", 2000, 0, 0x10000) * edits
    for name in (b"moov", b"trak", b"edts"):
        start = data.index(name) - 4
        struct.pack_into(">I", data, start, struct.unpack_from(">I", data, start)[0] + len(table) + 8 - size)
    data[at : at + size] = struct.pack(">I", len(table) + 8) + b"elst" + table
    path.write_bytes(data)


@pytest.mark.slow
def test_an_edit_list_that_repeats_a_clip_without_end_is_refused(tmp_path: Path) -> None:
    with_edits(tmp_path / "bad.mp4", 20_000)
    size = (tmp_path / "bad.mp4").stat().st_size
    assert refusal(tmp_path / "bad.mp4") == (
        f"'bad.mp4' claims more than {size // 4:,} packets, which its {size:,} bytes cannot hold: it repeats "
        "them, by an edit list or an index; copy what it plays first: ffmpeg -t SECONDS -i IN -c copy OUT.mkv"
    )


def test_an_edit_list_that_plays_a_clip_twice_is_taken(tmp_path: Path) -> None:
    with_edits(tmp_path / "twice.mp4", 2)
    assert probe(tmp_path / "twice.mp4").frames == 100


def late(path: Path, seconds: int, rate: str = "25") -> None:
    """The eleventh frame and all that follow come so much later."""
    late = f"setpts=((N+0.01)*{Fraction(1) / Fraction(rate)}+gte(N\\,10)*{seconds})/TB"
    source = ("-f", "lavfi", "-i", f"testsrc=size=64x48:rate={rate}")
    run_ffmpeg(*source, "-vf", late, "-frames:v", 20, "-fps_mode", "passthrough", "-c:v", "mpeg4", path)


@pytest.mark.slow
@pytest.mark.parametrize("rate", ["25", "30000/1001"])
def test_a_frame_that_stands_for_a_day_is_refused_with_a_command_that_mends_it(tmp_path: Path, rate: str) -> None:
    late(tmp_path / "bad.mkv", 86_400, rate)
    message, _, command = refusal(tmp_path / "bad.mkv").partition(", without sound: ")
    assert message == (
        "frame 9 of 'bad.mkv' stands for 24:00:00 h until the next one; wanted at most 1:00:00 h; "
        "date its frames evenly"
    )
    mended = {"IN": "bad.mkv", "OUT.mkv": "mended.mkv"}
    for program in FFMPEGS:
        words = [mended.get(word, word) for word in shlex.split(command)[1:]]
        subprocess.run([program, "-v", "error", "-y", *words], cwd=tmp_path, check=True)
        clip = probe(tmp_path / "mended.mkv")
        times = [int(pts) * clip.time_base for pts in clip.pts]
        assert len(times) == 20
        due = [times[0] + k / Fraction(rate) for k in range(20)]
        assert max(abs(a - b) for a, b in zip(times, due, strict=True)) <= Fraction(1, 1000)


def test_a_clip_that_lasts_days_is_refused() -> None:
    pts = np.arange(0, 49 * 3600, 60, dtype=np.int64)
    with pytest.raises(MediaError, match=r"'x' lasts 48:59:00 h from its first .* at most 48:00:00 h: cut out"):
        check_timestamps(Path("x"), pts, Fraction(1), Fraction(25))
    check_timestamps(Path("x"), pts[: 48 * 60], Fraction(1), Fraction(25))


def test_a_pause_of_an_hour_is_taken_and_one_tick_more_is_not() -> None:
    check_timestamps(Path("x"), np.array([0, 3_600_000]), Fraction(1, 1000), Fraction(25))
    with pytest.raises(MediaError, match=r"^frame 0 of 'x' stands for 1:00:00 h"):
        check_timestamps(Path("x"), np.array([0, 3_600_001]), Fraction(1, 1000), Fraction(25))


def test_timestamps_at_the_end_of_64_bits_are_refused() -> None:
    for pts in ([-(2**63), 2**63 - 1], [2**62 + 1, 2**62 + 2], [-(2**63), 0]):
        with pytest.raises(MediaError, match=r"date its frames evenly, without sound: .*settb=1/25,setpts=N "):
            check_timestamps(Path("x"), np.array(pts), Fraction(1, 90_000), Fraction(2**31 - 1))


def test_more_frames_than_are_aligned_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "bg.mp4"
    path.write_bytes(bytes(1000))
    check_frame_count(path, 40, 64, 48, most_frames=40)
    with pytest.raises(MediaError) as refusal:
        check_frame_count(path, 48, 64, 48, most_frames=40)
    assert str(refusal.value) == (
        f"'{path}' has 48 frames; wanted at most 40: cut out the part that you need: "
        "ffmpeg -ss START -t SECONDS -i IN -c copy OUT.mkv"
    )


def test_sound_of_one_sample_a_second_is_not_listened_to(tmp_path: Path) -> None:
    """A packet of it would be resampled to 4000 times as many samples."""
    run_ffmpeg(*PICTURE, "-frames:v", 20, "-c:v", "mpeg4", tmp_path / "silent.mkv")
    with av.open(tmp_path / "silent.mkv") as silent, av.open(tmp_path / "slow.mkv", "w") as slow:
        pictures = slow.add_stream_from_template(silent.streams.video[0])
        drone = slow.add_stream("pcm_s16le", rate=1, layout="mono")
        for packet in silent.demux(video=0):
            if packet.size:
                packet.stream = pictures
                slow.mux(packet)
        sound = av.Packet(bytes(2_000_000))
        sound.pts = sound.dts = 0
        sound.time_base, sound.stream = Fraction(1, 1000), drone
        slow.mux(sound)
    clip = probe(tmp_path / "slow.mkv")
    assert clip.audio == ("pcm_s16le",)
    with open_video(clip.path) as container:
        assert not list(decoded_frames(container, clip, AudioOffsetParameters()))
    assert not decode_track(clip).any()


def test_sound_that_breaks_off_all_the_time_is_listened_to_for_a_while(tmp_path: Path) -> None:
    run_ffmpeg(*PICTURE, "-frames:v", 100, "-c:v", "mpeg4", tmp_path / "silent.mkv")
    with av.open(tmp_path / "silent.mkv") as silent, av.open(tmp_path / "torn.mkv", "w") as torn:
        pictures = torn.add_stream_from_template(silent.streams.video[0])
        drone = torn.add_stream("pcm_s16le", rate=8000, layout="mono")
        for packet in silent.demux(video=0):
            if packet.size:
                packet.stream = pictures
                torn.mux(packet)
        for k in range(8):  # 0.1 s of sound every 0.5 s
            sound = av.Packet(b"\x00\x20" * 800)
            sound.pts = sound.dts = 500 * k
            sound.time_base, sound.stream = Fraction(1, 1000), drone
            torn.mux(sound)
    parameters = AudioOffsetParameters(most_breaks=3)
    audible = np.flatnonzero(decode_track(probe(tmp_path / "torn.mkv"), parameters))
    sound_starts = audible / parameters.rate - parameters.audio_padding_s
    assert {round(float(t) // 0.5) for t in sound_starts} == {0, 1, 2}
