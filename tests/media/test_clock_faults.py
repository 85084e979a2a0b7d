"""Clocks at fault: the true cause, in the same words in every container, and a command after which all is well."""

import re
from pathlib import Path

import numpy as np
import pytest
from support.faulty_clocks import CONTAINERS, FRAMES, H264, command_of, film, joined, run_command, with_equal_times
from support.program_runs import FFMPEGS, Vidkompy, in_turn, refused, run_ffmpeg

from vidkompy.errors import MediaError
from vidkompy.media.clock_faults import ClockScan, check_times_are_distinct
from vidkompy.media.probe import probe
from vidkompy.sidecar.document import read_sidecar

PLACED = ("--at", "0,0")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("whole") / "whole.mkv")


def message_of(path: Path) -> str:
    with pytest.raises(MediaError) as error:
        check_times_are_distinct(probe(path))
    return str(error.value)


def assert_command_helps(vidkompy: Vidkompy, whole: Path, faulty: Path, program: str) -> None:
    """`analyze` refuses the file with a command; after that it finds every frame."""
    message = refused(vidkompy, "analyze", whole, faulty, "-o", "x.json", *PLACED)
    run_command(command_of(message), faulty, faulty.with_name("mended.mkv"), program)
    outcome = vidkompy("analyze", whole, "mended.mkv", "-o", "x.json", *PLACED)
    assert outcome.code == 0, outcome.err
    assert (read_sidecar("x.json").frame_map.bg == np.arange(FRAMES)).all()


@pytest.mark.parametrize("container", ["mkv", "fragmented.mp4", "ts"])
def test_a_clock_that_starts_again_is_named_in_the_same_words(tmp_path: Path, container: str) -> None:
    path = joined(tmp_path, container)
    named, advised = message_of(path).split("; ", 1)
    assert named == f"the clock of '{path}' starts again at 2.00 s: two recordings were joined"
    if container == "ts":
        assert advised == "copy it onto one clock: ffmpeg -i IN -map 0:v:0 -map 0:a? -c copy OUT.mkv"
    else:
        assert advised == (
            "date its frames evenly, which encodes them anew: "
            "ffmpeg -i IN -map 0:v:0 -bsf:v setts=ts=N/25/TB -c copy -f nut - | "
            "ffmpeg -i - -vf settb=1/25,setpts=N -fps_mode passthrough -c:v libx264 -crf 0 -c:a copy OUT.mkv"
        )


@pytest.mark.parametrize("program", FFMPEGS)
def test_a_second_recording_that_begins_amid_its_pictures_is_noticed(
    vidkompy: Vidkompy, whole: Path, tmp_path: Path, program: str
) -> None:
    """Nothing decodes of it before its next keyframe, 25 frames after the one that is cut off."""
    joined(tmp_path, "ts")
    first, second = ((tmp_path / f"{name}.ts").read_bytes() for name in ("first", "second"))
    path = tmp_path / "amid.ts"
    path.write_bytes(first + second[len(second) // 3 // 188 * 188 :])
    message = refused(vidkompy, "analyze", whole, path, "-o", "x.json", *PLACED)
    assert "starts again at 2.00 s: two recordings were joined; date its frames evenly, " in message
    assert "(one begins amid its pictures; those that do not decode are lost): ffmpeg -i IN" in message
    run_command(command_of(message), path, tmp_path / "mended.mkv", program)
    outcome = vidkompy("analyze", whole, "mended.mkv", "-o", "x.json", *PLACED)
    assert outcome.code == 0, outcome.err
    found = read_sidecar("x.json").frame_map.bg
    assert (found[:50] == np.arange(50)).all()
    assert (found[-25:] == np.arange(75, 100)).all()


def test_one_wrong_date_is_no_new_recording() -> None:
    clock = ClockScan()
    for k in range(40):
        t = 3 if k == 20 else 10 * k
        clock.add(t, t, k % 12 == 0, k)
    assert clock.begins == []
    for k in range(40, 60):
        clock.add(10 * (k - 30), 10 * (k - 30), False, k)
    assert (clock.begins, clock.lengths, clock.are_amid_groups) == ([40], [390], True)


@pytest.mark.slow
@pytest.mark.parametrize(("container", "has_sound", "program"), in_turn([*CONTAINERS], [False, True]))
def test_the_command_for_a_clock_that_starts_again_helps(
    vidkompy: Vidkompy, whole: Path, tmp_path: Path, container: str, has_sound: bool, program: str
) -> None:
    assert_command_helps(vidkompy, whole, joined(tmp_path, container, has_sound), program)
    assert len(probe(tmp_path / "mended.mkv").audio) == has_sound


def test_an_mp4_behind_the_end_of_another_is_no_film_of_two_seconds(tmp_path: Path) -> None:
    path = joined(tmp_path, "mp4")
    assert message_of(path).startswith(f"the clock of '{path}' starts again at 2.00 s: two recordings were joined, ")


def test_each_restart_is_counted(tmp_path: Path) -> None:
    two = joined(tmp_path, "ts")
    path = tmp_path / "four.ts"
    path.write_bytes(two.read_bytes() * 3)
    assert "starts again at 2.00 s, 4.00 s, 6.00 s and 2 more times: 6 recordings were joined; " in message_of(path)


@pytest.mark.parametrize("container", CONTAINERS)
def test_frames_of_one_time_are_named_in_the_same_words(tmp_path: Path, container: str) -> None:
    path = with_equal_times(tmp_path, container)
    assert message_of(path) == (
        f"frames 42 and 43 of '{path}' carry the same time, 1.68 s; date its frames evenly: "
        "ffmpeg -i IN -vf settb=1/25,setpts=N -fps_mode passthrough -c:v libx264 -crf 0 -c:a copy OUT.mkv"
    )


@pytest.mark.slow
@pytest.mark.parametrize("program", FFMPEGS)
@pytest.mark.parametrize("container", CONTAINERS)
def test_the_command_for_frames_of_one_time_helps(
    vidkompy: Vidkompy, whole: Path, tmp_path: Path, container: str, program: str
) -> None:
    assert_command_helps(vidkompy, whole, with_equal_times(tmp_path, container), program)


def test_frames_without_a_time_are_counted_and_the_command_helps(
    vidkompy: Vidkompy, whole: Path, tmp_path: Path
) -> None:
    path = tmp_path / "bare.h264"
    run_ffmpeg("-i", whole, "-c", "copy", path)
    assert message_of(path).startswith(f"100 of 100 frames of '{path}' carry no timestamp; date its frames evenly: ")
    assert_command_helps(vidkompy, whole, path, FFMPEGS[0])


@pytest.mark.parametrize("words", [("-bf", "0"), ("-bf", "8", "-x264-params", "b-pyramid=normal:open-gop=1")])
@pytest.mark.parametrize("container", CONTAINERS)
def test_a_clock_that_goes_on_is_no_fault(tmp_path: Path, container: str, words: tuple[str, ...]) -> None:
    path = tmp_path / f"fine.{container}"
    run_ffmpeg("-i", film(tmp_path / "whole.mkv"), *H264, *words, "-g", "12", *CONTAINERS[container], path)
    assert probe(path).frames == FRAMES


@pytest.mark.parametrize("container", ["mkv", "mp4", "fragmented.mp4", "ts"])
def test_a_file_that_was_cut_off_is_named_in_the_same_words(tmp_path: Path, container: str) -> None:
    words = (*CONTAINERS[container], *(("-movflags", "+faststart") if container == "mp4" else ()))
    path = tmp_path / f"cut.{container}"
    run_ffmpeg("-i", film(tmp_path / "whole.mkv"), "-c", "copy", *words, path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 6 // 10])
    assert re.fullmatch(
        rf"'{re.escape(str(path))}' is damaged: ends early at \d\.\d\d s "
        rf"\(its last part reaches to byte \d+, the file has {len(whole) * 6 // 10}\); get an intact copy of it",
        message_of(path),
    )
