"""Sound of a file with several programs: that of the clip's own program is measured, copied and drawn, no other."""

import json
from pathlib import Path

import jsonschema
import pytest
from support.program_runs import FFMPEGS, Vidkompy, packets, run_ffmpeg
from support.truth_cases import Case

from vidkompy.alignment.audio_track import decode_track
from vidkompy.media.probe import probe
from vidkompy.media.stream_choice import StreamSelector
from vidkompy.sidecar.document import read_sidecar
from vidkompy.sidecar.schemas import schema

PLACED = ("--at", "61,37")
OTHER = ("-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30:duration=2")
SILENCE = ("-f", "lavfi", "-i", "anullsrc=sample_rate=44100:duration=2")
SOUND = ("-c:a", "mp2", "-b:a", "128k")


def two_services(clip: Path, path: Path) -> Path:
    """The clip with its sound is the second of two programs; the first is something else, in silence."""
    maps = ("-map", "0:v", "-map", "1:a", "-map", "2:v", "-map", "2:a")
    programs = ("-program", "title=One:st=0:st=1", "-program", "title=Two:st=2:st=3")
    run_ffmpeg(*OTHER, *SILENCE, "-i", clip, *maps, "-c:v:1", "copy", *SOUND, *programs, path)
    return path


def test_the_sound_of_the_clips_program_is_its_sound(pair: Case) -> None:
    path = two_services(pair.fg, pair.fg.with_name("two.ts"))
    first, second = (probe(path, selector=StreamSelector(k)) for k in (0, 1))
    assert [len(clip.audio) for clip in (first, second)] == [1, 1]
    assert (first.program, second.program) == (1, 2)
    assert not decode_track(first).any()
    assert decode_track(second).any()


@pytest.mark.parametrize("program", FFMPEGS)
def test_the_sound_of_the_clips_program_is_copied(vidkompy: Vidkompy, pair: Case, program: str) -> None:
    path = two_services(pair.fg, pair.fg.with_name("two.ts"))
    words = ("analyze", pair.bg.name, path.name, "--fg-stream", "p:2", "-o", "x.json", *PLACED)
    assert vidkompy(*words).code == 0
    document = json.loads(Path("x.json").read_text())
    jsonschema.Draft202012Validator(schema()).validate(document)
    assert (document["clips"]["fg"]["program"], read_sidecar("x.json").fg.program) == (2, 2)
    assert vidkompy("render", "x.json", "-o", "out.mkv", "--ffmpeg", program).code == 0
    run_ffmpeg("-i", path, "-map", "0:p:2:a", "-c", "copy", "sound.mkv")
    assert packets(Path("out.mkv"), "audio") == packets(Path("sound.mkv"), "audio")
    verified = vidkompy("verify", "x.json", "out.mkv")
    assert verified.code == 0, verified.out


@pytest.mark.parametrize("audio", ["bg", "mix"])
def test_the_sound_of_the_clips_program_is_drawn(vidkompy: Vidkompy, pair: Case, audio: str) -> None:
    path = two_services(pair.bg, pair.bg.with_name("two.ts"))
    words = ("analyze", path.name, pair.fg.name, "--bg-stream", "p:2", "-o", "x.json", *PLACED)
    assert vidkompy(*words).code == 0
    assert vidkompy("render", "x.json", "-o", "out.mkv", "--audio", audio).code == 0
    assert abs(decode_track(probe(Path("out.mkv")))).max() > 1000


def test_a_file_of_one_program_says_nothing_of_programs(pair: Case) -> None:
    path = pair.fg.with_name("one.ts")
    run_ffmpeg("-i", pair.fg, "-c", "copy", path)
    assert probe(path).program == 0
