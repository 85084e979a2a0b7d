"""The same harm gets the same answer in every container, before anything is measured; intact files are never harmed."""

import re
from pathlib import Path

import pytest
from support.damaged_files import CONTAINERS, FAULTS, FRAMES
from support.program_runs import Vidkompy, refused, run_ffmpeg

from vidkompy.analysis import analyze
from vidkompy.errors import DamageError, MediaError
from vidkompy.measuring.proxy_acquisition import obtain_proxies
from vidkompy.media.faults import damage_reasons
from vidkompy.media.probe import probe
from vidkompy.model import (
    BROKEN_STRUCTURE,
    DAMAGED_PACKET,
    DAMAGED_PICTURE,
    DAMAGED_SOUND,
    ENDS_EARLY,
    LOST_FRAMES,
    Clip,
)

WAYS_OUT = "get an intact copy of it, or let analyze or compose go on with what decodes: --damaged keep"
KINDS = "|".join((ENDS_EARLY, BROKEN_STRUCTURE, LOST_FRAMES, DAMAGED_PACKET, DAMAGED_PICTURE, DAMAGED_SOUND))
# VP9 and WMV2 have no checksums, nor do their containers: any bytes are a picture.
UNSEEN = {
    ("webm", "zeros in the middle"),
    ("webm", "a keyframe with wrong bytes"),
    ("wmv", "a keyframe with wrong bytes"),
}
# NUT's index stands in the last kilobyte, and need not be there. The Ogg demuxer leaves out pages whose checksum is
# wrong, and numbers of pages do not show that.
DOUBTED = {
    ("nut", "last kilobyte missing"): "FG has no end mark: it may be cut short",
    (
        "ogv",
        "a keyframe with wrong bytes",
    ): r"FG has a gap of 0\.08 s after \d\.\d\d s, where its other frames follow evenly: frames may be missing there",
}


def accepted(path: Path) -> tuple[Clip, list[str]]:
    """The clip and what is doubted, if its packets and frames are accepted. Raises MediaError."""
    clip = obtain_proxies(probe(path), "foreground").clip
    return clip, list(damage_reasons("FG", clip))


@pytest.mark.slow
@pytest.mark.parametrize("container", CONTAINERS)
def test_an_intact_file_is_accepted_without_a_word(intact: dict[str, Path], container: str) -> None:
    clip, doubts = accepted(intact[container])
    assert (clip.frames, clip.damage, doubts) == (FRAMES, (), [])


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("container", CONTAINERS)
def test_damage_is_refused_in_every_container(
    intact: dict[str, Path], tmp_path: Path, container: str, fault: str
) -> None:
    bad = tmp_path / f"bad.{container}"
    bad.write_bytes(FAULTS[fault](intact[container].read_bytes(), intact[container]))
    if (container, fault) in UNSEEN:
        clip, doubts = accepted(bad)
        assert (clip.frames, doubts) == (FRAMES, [])
    elif (container, fault) in DOUBTED:
        assert [re.fullmatch(DOUBTED[container, fault], doubt) is not None for doubt in accepted(bad)[1]] == [True]
    else:
        with pytest.raises(MediaError, match=rf"^'{re.escape(str(bad))}' is damaged: .*({KINDS}|frames)"):
            analyze(intact[container], bad)


@pytest.mark.parametrize("role", ["bg", "fg"])
@pytest.mark.parametrize("command", ["analyze", "compose"])
def test_damage_is_refused_with_what_when_and_what_to_do(
    vidkompy: Vidkompy, intact: dict[str, Path], tmp_path: Path, command: str, role: str
) -> None:
    good = intact["mkv"]
    whole = good.read_bytes()
    (tmp_path / "bad.mkv").write_bytes(whole[: len(whole) // 2])
    clips = ("bad.mkv", good) if role == "bg" else (good, "bad.mkv")
    message = refused(vidkompy, command, *clips, "-o", "out.mkv" if command == "compose" else "x.json")
    where = rf"its last part reaches to byte {len(whole)}, the file has {len(whole) // 2}"
    assert re.fullmatch(
        rf"'bad\.mkv' is damaged: ends early at [12]\.\d\d s \({where}\); {re.escape(WAYS_OUT)}", message
    )


def test_what_only_decoding_shows_is_refused_with_its_time(intact: dict[str, Path], tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(FAULTS["a keyframe with wrong bytes"](intact["mp4"].read_bytes(), intact["mp4"]))
    clip = probe(bad)
    with pytest.raises(DamageError, match=r"is damaged: damaged picture after (1\.[5-9]\d|2\.\d\d) s"):
        obtain_proxies(clip, "foreground")


def made(path: Path, *words: str) -> Path:
    run_ffmpeg(*words, path)
    return path


PICTURES = ("-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=4")
TONE = ("-f", "lavfi", "-i", "sine=sample_rate=48000:duration={}")
ENCODED = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-bf", "2", "-c:a", "aac")
KEPT = ("mkv", "mp4", "mov", "ts", "flv", "nut")


@pytest.mark.slow
@pytest.mark.parametrize("seconds", ["2.5", "5.5"])
@pytest.mark.parametrize("suffix", [*KEPT, "avi"])
def test_sound_shorter_or_longer_than_pictures_is_no_damage(tmp_path: Path, suffix: str, seconds: str) -> None:
    sound = [word.format(seconds) for word in TONE]
    frames = () if suffix != "avi" else ("-bf", "0")
    clip, doubts = accepted(made(tmp_path / f"clip.{suffix}", *PICTURES, *sound, *ENCODED, *frames))
    assert (clip.frames, doubts) == (FRAMES, [])


@pytest.mark.parametrize("suffix", KEPT)
def test_a_clip_cut_out_without_encoding_is_no_damage(tmp_path: Path, suffix: str) -> None:
    """MP4 and QuickTime hide what lies before the cut by an edit list."""
    whole = made(tmp_path / "whole.mkv", *PICTURES, *(word.format(4) for word in TONE), *ENCODED)
    clip, doubts = accepted(made(tmp_path / f"part.{suffix}", "-ss", "1.3", "-i", str(whole), "-t", "2", "-c", "copy"))
    assert clip.frames >= 45
    assert doubts == []


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "ts", "flv"])
@pytest.mark.parametrize("picked", ["mod(n\\,3)", "not(mod(n*n\\,7))", "lt(mod(n\\,20)\\,11)"])
def test_uneven_frames_of_a_screen_recording_are_neither_damage_nor_doubted(
    tmp_path: Path, suffix: str, picked: str
) -> None:
    words = ("-vf", f"select='{picked}'", "-fps_mode", "vfr")
    assert accepted(made(tmp_path / f"clip.{suffix}", *PICTURES, *words, *ENCODED))[1] == []


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "ts", "flv"])
def test_a_gap_that_nothing_proves_is_a_reason_not_a_refusal(tmp_path: Path, suffix: str) -> None:
    """Sound goes on, and the container promises no more frames."""
    words = ("-vf", "select='not(between(n,40,48))'", "-fps_mode", "vfr")
    sound = [word.format(4) for word in TONE]
    clip, doubts = accepted(made(tmp_path / f"clip.{suffix}", *PICTURES, *sound, *words, *ENCODED))
    assert clip.frames == FRAMES - 9
    assert doubts == [
        "FG has a gap of 0.40 s after 1.56 s, where its other frames follow evenly: frames may be missing there"
    ]


@pytest.mark.parametrize("suffix", ["mkv", "mp4", "ts", "nut"])
def test_a_gap_that_sound_shares_is_damage(tmp_path: Path, suffix: str) -> None:
    """As where packets were left out of a file: those of sound too."""
    whole = made(tmp_path / "whole.mkv", *PICTURES, *(word.format(4) for word in TONE), *ENCODED, "-g", "1")
    drop = "noise=drop='between(pts*tb\\,1.58\\,1.98)'"
    path = made(tmp_path / f"clip.{suffix}", "-i", str(whole), "-c", "copy", "-bsf:v", drop, "-bsf:a", drop)
    with pytest.raises(DamageError, match=r"lost frames at 1\.56 s \(a gap of 0\.44 s, and the sound is missing there"):
        accepted(path)
