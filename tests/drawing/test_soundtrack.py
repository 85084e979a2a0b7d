"""Whose sound is heard, and what of FG comes along: tracks, subtitles, chapters, languages."""

import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from support import sound_clicks
from support.program_runs import EMBEDDED, FFMPEGS, Vidkompy, packets, refused

from vidkompy.errors import RenderError
from vidkompy.ffmpeg.binary import identify
from vidkompy.ffmpeg.sound_preflight import check_sound_filters
from vidkompy.media.probe import probe
from vidkompy.model import FrameMap, Placement, Sidecar
from vidkompy.sidecar.document import write_sidecar

PTS = 3000 * np.arange(60)
FFV1 = ("--", "-c:v", "ffv1")
SUBTITLES = "1\n00:00:00,200 --> 00:00:01,000\nHello\n\n2\n00:00:01,200 --> 00:00:01,900\nthere\n"


def pair(folder: Path, fg_sounds: int, bg_sounds: int, fg: str = "fg.mkv", codec: str = "flac") -> Path:
    """bg.mkv and FG, 2 s each, and pair.vidkompy.json."""
    sound = sound_clicks.track(sound_clicks.times(2), 2)
    languages = ("ger", "fre")
    bg = sound_clicks.film(folder / "bg.mkv", PTS, Fraction(1, 90000), [sound] * bg_sounds, languages=languages)
    above = sound_clicks.film(
        folder / fg, PTS, Fraction(1, 90000), [sound] * fg_sounds, size=16, languages=languages, codec=codec
    )
    describe(above, bg)
    return above


def describe(fg: Path, bg: Path) -> None:
    sidecar = Sidecar(probe(fg), probe(bg), Placement(8, 8, 16, 16), FrameMap(np.arange(60)))
    write_sidecar(sidecar, bg.with_name("pair.vidkompy.json"))


def codecs(path: str) -> list[str]:
    with av.open(path) as container:
        return [s.codec_context.codec.canonical_name for s in container.streams if s.type in ("audio", "subtitle")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("fg_sounds", "bg_sounds", "audio", "codecs_out", "remark"),
    [
        (1, 1, "auto", ["flac"], ""),
        (0, 1, "auto", ["aac"], "note: BG's sound is heard, following the map\n"),
        (0, 0, "auto", [], ""),
        (2, 1, "fg", ["flac", "flac"], ""),
        (1, 1, "bg", ["aac"], "note: BG's sound is heard, following the map\n"),
        (
            2,
            1,
            "mix",
            ["aac"],
            "note: FG's sound is heard, and BG's, following the map\n"
            "note: only the first of FG's 2 sound tracks is mixed, the others are left out\n",
        ),
        (1, 1, "none", [], "note: the output has no sound, as wished\n"),
    ],
)
def test_whose_sound_is_drawn(
    vidkompy: Vidkompy, tmp_path: Path, fg_sounds: int, bg_sounds: int, audio: str, codecs_out: list[str], remark: str
) -> None:
    fg = pair(tmp_path, fg_sounds, bg_sounds)
    outcome = vidkompy("render", "pair.vidkompy.json", "-o", "out.mkv", "--audio", audio, *FFV1)
    assert (outcome.code, outcome.err) == (0, remark)
    assert codecs("out.mkv") == codecs_out
    if codecs_out and codecs_out[0] == "flac":
        assert packets(Path("out.mkv"), "audio") == packets(fg, "audio")
    assert vidkompy("verify", "pair.vidkompy.json", "out.mkv").code == 0


@pytest.mark.parametrize(
    ("fg_sounds", "bg_sounds", "audio", "message"),
    [
        (0, 1, "fg", "--audio is fg, but 'fg.mkv' has no sound; wanted bg or none"),
        (1, 0, "bg", "--audio is bg, but 'bg.mkv' has no sound; wanted fg or none"),
        (0, 1, "mix", "--audio is mix, but 'fg.mkv' has no sound; wanted bg or none"),
        (1, 0, "mix", "--audio is mix, but 'bg.mkv' has no sound; wanted fg or none"),
        (0, 0, "bg", "--audio is bg, but 'bg.mkv' has no sound; wanted none"),
    ],
)
def test_a_clip_without_the_wanted_sound_is_an_error(
    vidkompy: Vidkompy, tmp_path: Path, fg_sounds: int, bg_sounds: int, audio: str, message: str
) -> None:
    pair(tmp_path, fg_sounds, bg_sounds)
    assert refused(vidkompy, "render", "pair.vidkompy.json", "-o", "out.mkv", "--audio", audio) == message
    assert refused(vidkompy, "compose", "bg.mkv", "fg.mkv", "-o", "out.mkv", "--audio", audio) == message


@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_sound_that_the_container_does_not_take_is_an_error(vidkompy: Vidkompy, tmp_path: Path, ffmpeg: str) -> None:
    pair(tmp_path, 1, 1, codec="pcm_s16le")
    wanted = (
        f"the sound of 'fg.mkv' cannot be copied into a .webm file by '{ffmpeg}'; name an output that takes it, "
        "such as .mkv or .mov, or end the command with --encoder libvpx-vp9 -- -c:a libopus"
    )
    render = ("render", "pair.vidkompy.json")
    for words in (render, (*render, "--chunks", "2"), (*render, "--dry-run"), ("compose", "bg.mkv", "fg.mkv")):
        assert refused(vidkompy, *words, "-o", "out.webm", "--ffmpeg", ffmpeg, "--", "-c:v", "libvpx-vp9") == wanted
        assert not list(tmp_path.glob("*out*"))


def test_an_ffmpeg_without_the_filter_says_so() -> None:
    tool = identify(EMBEDDED, "embedded")
    with pytest.raises(RenderError) as raised:
        check_sound_filters(tool, tool.filters | {"rubberband", "no_such_filter"})
    assert str(raised.value) == (
        f"'{EMBEDDED}' lacks filter no_such_filter, which this sound needs; "
        "wanted --audio fg or none, or a fuller ffmpeg"
    )


def film_with_tracks(folder: Path, fg: str, extra: tuple[str, ...] = ()) -> None:
    """FG with subtitles, chapters, a title, and languages."""
    (folder / "subtitles.srt").write_text(SUBTITLES)
    (folder / "tags.txt").write_text(
        ";FFMETADATA1\ntitle=A film\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=One\n"
        "[CHAPTER]\nTIMEBASE=1/1000\nSTART=1000\nEND=2000\ntitle=Two\n"
    )
    above = pair(folder, 2, 1, "bare.mkv", codec="aac")
    inputs = ("-i", above, "-i", folder / "subtitles.srt", "-i", folder / "tags.txt")
    maps = ("-map", "0", "-map", "1", "-map", "1", "-map_metadata", "2", "-c", "copy")
    tags = ("-metadata:s:v", "language=swe", "-metadata:s:s:0", "language=eng", "-metadata:s:s:1", "language=ita")
    subprocess.run([EMBEDDED, "-v", "error", *inputs, *maps, *tags, *extra, folder / fg], check=True)
    describe(folder / fg, folder / "bg.mkv")


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
@pytest.mark.parametrize(
    ("fg", "out", "subtitles", "remark"),
    [
        ("fg.mkv", "out.mkv", ["subrip", "subrip"], ""),
        (
            "fg.mkv",
            "out.mp4",
            ["mov_text", "mov_text"],
            "note: FG's subtitles are converted: subrip to mov_text, subrip to mov_text\n",
        ),
        ("fg.mp4", "out.mp4", ["mov_text", "mov_text"], ""),
        (
            "fg.mp4",
            "out.mkv",
            ["subrip", "subrip"],
            "note: FG's subtitles are converted: mov_text to subrip, mov_text to subrip\n",
        ),
        (
            "fg.mkv",
            "out.avi",
            [],
            "note: avi is not known to keep the times of frames, to the millisecond, as 3gp, flv, matroska, mov, mp4, "
            "nut, ts, webm do\nnote: FG's subtitles (subrip, subrip) are left out: avi does not take them; .mkv does\n",
        ),
    ],
)
def test_subtitles_chapters_and_languages_come_along(
    vidkompy: Vidkompy, tmp_path: Path, fg: str, out: str, subtitles: list[str], remark: str, ffmpeg: str
) -> None:
    film_with_tracks(tmp_path, fg, ("-c:s", "mov_text") if fg.endswith("mp4") else ())
    outcome = vidkompy("render", "pair.vidkompy.json", "-o", out, "--ffmpeg", ffmpeg)
    assert outcome.code == 0, outcome.err
    assert outcome.err.startswith(remark)
    assert packets(Path(out), "audio") == packets(Path(fg), "audio")
    with av.open(out) as container:
        streams = container.streams
        assert [s.codec_context.codec.canonical_name for s in streams.subtitles] == subtitles
        if out.endswith("avi"):
            return
        assert [s.metadata["language"] for s in streams.audio] == ["ger", "fre"]
        assert [s.metadata["language"] for s in streams.subtitles] == ["eng", "ita"]
        assert streams.video[0].metadata["language"] == "swe"
        assert container.metadata["title"] == "A film"
        assert [c["metadata"]["title"] for c in container.chapters()] == ["One", "Two"]


@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_the_language_of_bgs_sound_comes_along_and_its_chapters_do_not(
    vidkompy: Vidkompy, tmp_path: Path, ffmpeg: str
) -> None:
    film_with_tracks(tmp_path, "bg_with.mkv")
    describe(tmp_path / "bare.mkv", tmp_path / "bg.mkv")
    (tmp_path / "bg.mkv").unlink()
    subprocess.run(
        [EMBEDDED, "-v", "error", "-i", "bg_with.mkv", "-map", "0:v", "-map", "0:a:1", "-vf", "scale=32:32", "bg.mkv"],
        check=True,
        cwd=tmp_path,
    )
    describe(tmp_path / "bare.mkv", tmp_path / "bg.mkv")
    words = ("--audio", "bg", "--ffmpeg", ffmpeg)
    assert vidkompy("render", "pair.vidkompy.json", "-o", "out.mp4", *words).code == 0
    with av.open("out.mp4") as container:
        assert [s.metadata["language"] for s in container.streams.audio] == ["fre"]
        assert not container.chapters()
