"""A file that names others is no film: not by any command, and nothing that it names is opened."""

import os
import shutil
import socket
import struct
import subprocess
from pathlib import Path

import pytest
from support.program_runs import EMBEDDED, FFMPEGS, Vidkompy, refused
from support.truth_cases import Case

from filtergraphs.inputs import file_input
from filtergraphs.safety import check_arguments
from vidkompy.errors import MediaError
from vidkompy.ffmpeg.binary import identify
from vidkompy.ffmpeg.sound_preflight import first_sound
from vidkompy.media.demuxers import REFUSED_DEMUXERS, open_single_file
from vidkompy.media.probe import demuxer_of

CONCAT = "ffconcat version 1.0\nfile '{}'\n"
HLS = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{}\n#EXT-X-ENDLIST\n"
SDP = "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {} RTP/AVP 96\na=rtpmap:96 H264/90000\n"
PLAYLISTS = [("x.mp4", CONCAT, "concat"), ("x.mkv", CONCAT, "concat"), ("x.m3u8", HLS, "hls"), ("x.mp4", SDP, "sdp")]


@pytest.mark.parametrize(("name", "text", "kind"), PLAYLISTS)
@pytest.mark.parametrize("role", ["bg", "fg"])
def test_a_list_of_other_files_is_refused(
    vidkompy: Vidkompy, pair: Case, role: str, name: str, text: str, kind: str
) -> None:
    Path(name).write_text(text.format(pair.fg))
    names = {"bg": pair.bg.name, "fg": pair.fg.name, role: name}
    advice = f"wanted the film itself as one file; {REFUSED_DEMUXERS[kind]}"
    wanted = f"'{name}' is a list of other files ({kind}), {advice}"
    assert refused(vidkompy, "analyze", names["bg"], names["fg"]) == wanted
    assert refused(vidkompy, "compose", names["bg"], names["fg"]) == wanted
    assert refused(vidkompy, "locate", names["bg"], names["fg"]) == wanted


@pytest.mark.parametrize(("name", "text"), [("x.mp4", CONCAT), ("x.m3u8", HLS)])
def test_what_a_list_names_is_not_opened(tmp_path: Path, name: str, text: str) -> None:
    """A pipe that nobody writes to would be waited for."""
    os.mkfifo(tmp_path / "pipe.ts")
    (tmp_path / name).write_text(text.format("pipe.ts"))
    with pytest.raises(MediaError, match="is a list of other files"):
        open_single_file(tmp_path / name)


def test_no_address_is_contacted(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x.mp4"
        for name, text in (("x.mp4", CONCAT), ("x.m3u8", HLS)):
            (tmp_path / name).write_text(text.format(address))
            with pytest.raises(MediaError, match="is a list of other files"):
                open_single_file(tmp_path / name)
        with pytest.raises(BlockingIOError):
            server.accept()


@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_ffmpeg_does_not_read_a_list_as_the_film_that_was_measured(pair: Case, ffmpeg: str) -> None:
    """Exchanged between the check and the start of ffmpeg."""
    tool, demuxer = identify(ffmpeg, "here"), demuxer_of(pair.fg)
    assert first_sound(tool, pair.fg, demuxer).channels > 0
    listing = pair.fg.with_name("list.mp4")
    listing.write_text(CONCAT.format(pair.fg))
    with pytest.raises(Exception, match="cannot decode the sound"):
        first_sound(tool, listing, demuxer)


def test_the_advice_makes_one_film_of_a_list(vidkompy: Vidkompy, pair: Case) -> None:
    Path("list.mp4").write_text(CONCAT.format(pair.fg))
    message = refused(vidkompy, "analyze", pair.bg, "list.mp4")
    command = message.partition("one file; ")[2].removesuffix(" joins them").replace("LIST", "list.mp4")
    subprocess.run([EMBEDDED, *command.split()[1:-1], "joined.mkv"], check=True, capture_output=True)
    assert open_single_file(Path("joined.mkv")).streams.video[0].codec_context.width == 192


def test_a_file_is_read_by_its_content_whatever_it_is_called(pair: Case, tmp_path: Path) -> None:
    for name in ("x.m3u8", "x.ffconcat", "concat:x", "x%03d.mp4", "http:x"):
        shutil.copy2(pair.fg, tmp_path / name)
        assert "mp4" in demuxer_of(tmp_path / name)


@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_a_picture_with_a_pattern_for_a_name_is_read_alone(tmp_path: Path, ffmpeg: str) -> None:
    """ffmpeg would read x001.png, x002.png and so on, which nobody measured."""
    picture = ("-v", "error", "-f", "lavfi", "-i", "color={}:size=32x32", "-frames:v", "1", "-update", "1")
    for colour, name in (("red", "x%03d.png"), ("blue", "x001.png"), ("blue", "x002.png")):
        made = [word.format(colour) for word in picture]
        subprocess.run([EMBEDDED, *made, "-f", "image2", str(tmp_path / "made.png")], check=True)
        (tmp_path / "made.png").rename(tmp_path / name)
    path = tmp_path / "x%03d.png"
    words = (*file_input(str(path), demuxer_of(path)), "-pix_fmt", "rgb24", "-f", "rawvideo", "-")
    pixels = subprocess.run([ffmpeg, "-v", "error", *words], check=True, capture_output=True).stdout
    check_arguments(words[:-5], ())
    assert (len(pixels), pixels[0] > 200, pixels[2] < 50) == (32 * 32 * 3, True, True)


def test_further_parts_of_a_magic_lantern_film_are_not_opened(tmp_path: Path) -> None:
    """x.M00 beside x.MLV is a pipe that nobody writes to: it would be waited for."""
    header = struct.pack("<4sI8sQHHIHHIIII", b"MLVI", 52, b"v2.0", 1, 0, 2, 0, 1, 0, 1, 0, 25, 1)
    raw = struct.pack("<4sIQHH16xII136x", b"RAWI", 180, 0, 64, 48, 16, 0)
    frame = struct.pack("<4sIQI12x", b"VIDF", 32 + 64 * 48 * 2, 0, 0) + bytes(64 * 48 * 2)
    (tmp_path / "x.MLV").write_bytes(header + raw + frame)
    os.mkfifo(tmp_path / "x.M00")
    os.mkfifo(tmp_path / "x.m00")
    with pytest.raises(MediaError, match=r"is a list of other files \(mlv\)"):
        open_single_file(tmp_path / "x.MLV")
