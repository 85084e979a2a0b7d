"""The program end to end on a small pair with sound: what is asked for is what lies on disk, from either ffmpeg."""

import re
import shutil
import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from support.folder_state import on_disk
from support.program_runs import (
    EMBEDDED,
    FFMPEGS,
    Vidkompy,
    as_process,
    frame_hashes,
    packets,
    seconds,
    sidecar_of,
)
from support.timestamps import presentation_time
from support.truth_cases import Case

from vidkompy import SidecarError, UsageError, read_sidecar
from vidkompy.drawing.options import DrawingOptions
from vidkompy.ffmpeg.encoder_presets import EncodingOptions
from vidkompy.rendering.render_pipeline import render
from vidkompy.sidecar.document import write_sidecar

FFV1 = ("--", "-c:v", "ffv1")


# ---- compose


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_compose_finds_the_truth_and_draws_it(vidkompy: Vidkompy, pair: Case, ffmpeg: str) -> None:
    outcome = vidkompy("compose", "bg.mp4", "fg.mp4", "-o", "out.mp4", "--ffmpeg", ffmpeg)
    assert (outcome.code, outcome.out) == (0, "out.mp4\n")
    assert sorted(on_disk(Path.cwd())) == ["bg.mp4", "fg.mp4", "out.mp4", "out.timecodes.txt", "out.vidkompy.json"]
    found = read_sidecar("out.vidkompy.json")
    assert found.frame_map.bg.tolist() == pair.truth.map.tolist()
    assert (found.placement.x, found.placement.y) == (61, 37)
    assert seconds(Path("out.mp4")) == seconds(pair.fg)
    assert packets(Path("out.mp4"), "audio") == packets(pair.fg, "audio")
    assert vidkompy("verify", "out.vidkompy.json", "out.mp4").code == 0


def test_compose_says_where_and_when_and_what_is_not_exact(vidkompy: Vidkompy, pair: Case) -> None:
    lines = vidkompy("compose", pair.bg.name, pair.fg.name).err.splitlines()
    assert lines[0] == "where  FG at 61,37 of 320x180, 192x110, unscaled"
    assert lines[2] == "when   36 of 36 FG frames on BG frames 3..46 of 0..47, in 1 run, 30 to 24 fps"
    assert re.fullmatch(r"       a frame is right, or looks it, with probability 0\.9\d* on average", lines[3])
    assert lines[4:] == [
        "note: FG's edges fall between the chroma samples of yuv420p: it is drawn in yuv444p, in which both clips are "
        "exact; for players that need yuv420p end the command with --encoder libx264 -- -pix_fmt yuv420p "
        "(colour edges soften a little)"
    ]


@pytest.mark.slow
def test_default_names_stand_beside_fg(vidkompy: Vidkompy, pair: Case) -> None:
    Path("films").mkdir()
    pair.fg.rename("films/fg.mp4")
    assert vidkompy("compose", "bg.mp4", "films/fg.mp4").out == "films/fg.composite.mp4\n"
    assert vidkompy("analyze", "bg.mp4", "films/fg.mp4").out == "films/fg.vidkompy.json\n"
    names = "fg.mp4 fg.vidkompy.json fg.timecodes.txt fg.composite.mp4 fg.composite.vidkompy.json"
    assert sorted(on_disk(Path("films"))) == sorted([*names.split(), "fg.composite.timecodes.txt"])
    assert vidkompy("render", "films/fg.composite.vidkompy.json", "--overwrite").out == "films/fg.composite.mp4\n"


@pytest.mark.slow
def test_the_module_is_the_same_program(pair: Case) -> None:
    home = pair.fg.parent
    done = as_process("compose", home / "bg.mp4", "fg.mp4", "-o", "out.mp4", folder=home)
    assert (done.code, done.out) == (0, "out.mp4\n"), done.err
    assert as_process("verify", "out.vidkompy.json", "out.mp4", folder=home).out.endswith("result  right\n")


# ---- render, called


@pytest.mark.slow
@pytest.mark.parametrize("chunks", [1, 2])
def test_one_call_renders_what_the_command_line_does(vidkompy: Vidkompy, sidecar: Path, chunks: int) -> None:
    done: list[int] = []
    notes = render(
        sidecar,
        sidecar.with_name("called.mkv"),
        encoding=EncodingOptions(chunks=chunks),
        encoder_arguments=FFV1[1:],
        on_progress=lambda progress: done.append(progress.frames),
    )
    outcome = vidkompy("render", sidecar.name, "-o", "out.mkv", *FFV1)
    assert [f"note: {note}" for note in notes] == outcome.err.splitlines()
    assert frame_hashes(Path("called.mkv")) == frame_hashes(Path("out.mkv"))
    assert seconds(Path("called.mkv")) == seconds(Path("out.mkv"))
    assert packets(Path("called.mkv"), "audio") == packets(Path("out.mkv"), "audio")
    assert done[-1] == 36


def test_a_sidecar_that_lies_in_no_file_is_rendered(pair: Case) -> None:
    out = pair.fg.with_name("out.mkv")
    options = DrawingOptions(feather=5)
    render(sidecar_of(pair), out, options, EncodingOptions("ffv1"))
    assert len(frame_hashes(out)) == 36
    assert out.exists()


def test_a_call_refuses_what_the_command_line_refuses(pair: Case, sidecar: Path) -> None:
    out = pair.fg.with_name("out.mkv")
    with pytest.raises(UsageError, match="is an input; inputs are never written"):
        render(sidecar, pair.bg, overwrite=True)
    with pytest.raises(UsageError, match="--chunks is 0; wanted 1 to 64"):
        render(sidecar, out, encoding=EncodingOptions(chunks=0))
    with pytest.raises(UsageError, match="--feather is 0; wanted 1 to 10000 px"):
        render(sidecar, out, DrawingOptions(feather=0))
    pair.bg.write_bytes(pair.bg.read_bytes() + b" ")
    with pytest.raises(SidecarError, match="is not the file that"):
        render(sidecar, out)
    with pytest.raises(SidecarError, match="is not the file that 'the sidecar' was measured on"):
        render(read_sidecar(sidecar), out)
    assert not out.exists()


# ---- render


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
@pytest.mark.parametrize("suffix", ["mkv", "nut"])
def test_lossless_output_is_bit_exact(vidkompy: Vidkompy, sidecar: Path, suffix: str, ffmpeg: str) -> None:
    out = f"out.{suffix}"
    assert vidkompy("render", sidecar.name, "-o", out, "--ffmpeg", ffmpeg, *FFV1).code == 0
    verdict = vidkompy("verify", sidecar.name, out)
    assert (verdict.code, verdict.out) == (
        0,
        f"proves  that '{out}' is what '{sidecar.name}' says; whether that is true of the clips: --alignment\n"
        "frames  36 in the output, 36 wanted\n"
        "FG      36 of 36 bit-exact; none wrong\n"
        "BG      36 of 36 bit-exact; none wrong\n"
        "times   all as in FG\n"
        "result  right\n",
    )


@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_the_default_is_x264_crf_18_medium_with_the_index_in_front(
    vidkompy: Vidkompy, sidecar: Path, ffmpeg: str
) -> None:
    assert vidkompy("render", sidecar.name, "-o", "out.mp4", "--ffmpeg", ffmpeg).code == 0
    content = Path("out.mp4").read_bytes()
    assert b"x264" in content
    assert b"crf=18.0" in content
    assert b"subme=7" in content
    assert content.index(b"moov") < content.index(b"mdat")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "codec", "trace"),
    [
        (("-c:v", "mpeg4", "-q:v", "2"), "mpeg4", b""),
        (("-c:v", "libx264", "-qp", "30"), "h264", b"rc=cqp"),
        (("-preset", "ultrafast"), "h264", b"crf=23.0"),
        ((), "h264", b"crf=23.0"),
    ],
)
def test_arguments_behind_two_dashes_replace_the_defaults(
    vidkompy: Vidkompy, sidecar: Path, words: tuple[str, ...], codec: str, trace: bytes
) -> None:
    assert vidkompy("render", sidecar.name, "-o", "out.mp4", "--", *words).code == 0
    content = Path("out.mp4").read_bytes()
    assert trace in content
    assert b"crf=18.0" not in content
    assert content.index(b"moov") > content.index(b"mdat")
    with av.open("out.mp4") as out:
        assert out.streams.video[0].codec_context.name.startswith(codec)
    assert vidkompy("verify", sidecar.name, "out.mp4").code == 0


def test_sound_can_be_left_out_or_encoded_anew(vidkompy: Vidkompy, sidecar: Path) -> None:
    assert vidkompy("render", sidecar.name, "-o", "mute.mkv", *FFV1, "-an").code == 0
    assert vidkompy("render", sidecar.name, "-o", "new.mkv", *FFV1, "-c:a", "flac").code == 0
    with av.open("mute.mkv") as mute, av.open("new.mkv") as new:
        assert not mute.streams.audio
        assert new.streams.audio[0].codec_context.name == "flac"


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_a_dry_run_prints_a_script_that_draws_the_same(vidkompy: Vidkompy, sidecar: Path, ffmpeg: str) -> None:
    words = ("render", sidecar.name, "-o", "it's out.mkv", "--ffmpeg", ffmpeg)
    before = on_disk(Path.cwd())
    dry = vidkompy(*words, "--dry-run", *FFV1)
    assert (dry.code, on_disk(Path.cwd())) == (0, before)
    subprocess.run(["sh"], input=dry.out, capture_output=True, text=True, check=True)
    drawn = frame_hashes(Path("it's out.mkv")), packets(Path("it's out.mkv"), "audio")
    assert len(drawn[0]) == 36
    assert vidkompy(*words, "--overwrite", *FFV1).code == 0
    assert drawn == (frame_hashes(Path("it's out.mkv")), packets(Path("it's out.mkv"), "audio"))


def test_a_dry_run_asks_nothing_of_the_output(vidkompy: Vidkompy, sidecar: Path) -> None:
    Path("out.mp4").write_text("precious")
    assert vidkompy("render", sidecar.name, "-o", "out.mp4", "--dry-run").code == 0
    assert Path("out.mp4").read_text() == "precious"


def test_overwrite_replaces_the_output_as_a_whole(vidkompy: Vidkompy, sidecar: Path) -> None:
    Path("out.mp4").write_text("old")
    Path("kept.mp4").hardlink_to("out.mp4")
    assert vidkompy("render", sidecar.name, "-o", "out.mp4", "--overwrite").code == 0
    assert vidkompy("verify", sidecar.name, "out.mp4").code == 0
    assert Path("kept.mp4").read_text() == "old"
    assert vidkompy("analyze", "bg.mp4", "fg.mp4", "-o", sidecar.name, "--overwrite").code == 0
    assert read_sidecar(sidecar).engine == "precise"


def test_the_output_has_the_permissions_of_any_new_file(vidkompy: Vidkompy, sidecar: Path) -> None:
    Path("any").touch()
    assert vidkompy("render", sidecar.name, "-o", "out.mp4").code == 0
    assert Path("out.mp4").stat().st_mode == Path("any").stat().st_mode


def test_any_name_a_file_can_have_works(vidkompy: Vidkompy, pair: Case) -> None:
    odd = Path('-it\'s 100% "odd": [a,b];c=d\\e 映画 %03d')
    odd.mkdir()
    for name in ("bg.mp4", "fg.mp4"):
        Path(name).rename(odd / name)
    fg = odd / "fg;x='1'.mp4"
    (odd / "fg.mp4").rename(fg)
    path = odd / "säge %d.vidkompy.json"
    write_sidecar(sidecar_of(replace(pair, bg=odd / "bg.mp4", fg=fg)), path)
    out = odd / "[out]:%d.mkv"
    assert vidkompy("render", f"./{path}", "-o", f"./{out}", *FFV1).code == 0
    assert vidkompy("verify", f"./{path}", f"./{out}").out.count("36 of 36 bit-exact") == 2
    script = vidkompy("render", f"./{path}", "--dry-run").out
    subprocess.run(["sh"], input=script, capture_output=True, text=True, check=True)


def test_sidecar_and_clips_can_move_together(vidkompy: Vidkompy, sidecar: Path) -> None:
    Path("elsewhere/deep").mkdir(parents=True)
    for path in (sidecar, Path("bg.mp4"), Path("fg.mp4")):
        shutil.move(path, Path("elsewhere/deep"))
    assert vidkompy("render", f"elsewhere/deep/{sidecar.name}", "-o", "out.mp4").code == 0


def test_the_ffmpeg_of_the_environment_is_used(
    vidkompy: Vidkompy, sidecar: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = Path.cwd() / "ffmpeg-of-mine"
    link.symlink_to(EMBEDDED)
    monkeypatch.setenv("VIDKOMPY_FFMPEG", str(link))
    assert f"|| ffmpeg={link}\n" in vidkompy("render", sidecar.name, "--dry-run").out
    assert f"|| ffmpeg={EMBEDDED}\n" in vidkompy("render", sidecar.name, "--dry-run", "--ffmpeg", EMBEDDED).out
    assert vidkompy("doctor").out.startswith(f"using     {link} (from VIDKOMPY_FFMPEG)\n")


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
@pytest.mark.parametrize("suffix", ["mkv", "mp4"])
def test_video_that_starts_after_its_sound_stays_as_late(
    vidkompy: Vidkompy, pair: Case, suffix: str, ffmpeg: str
) -> None:
    late, out = Path(f"late.{suffix}"), Path(f"out.{suffix}")
    shift = ("-i", "fg.mp4", "-itsoffset", "0.25", "-i", "fg.mp4", "-map", "1:v", "-map", "0:a", "-c:v", "copy")
    sound = {"mkv": "flac", "mp4": "aac"}[suffix]
    subprocess.run([EMBEDDED, "-v", "error", *shift, "-c:a", sound, late], check=True)
    assert delay(late) == pytest.approx(0.25, abs=0.05)  # AAC starts with packets that are not heard
    path = Path("late.vidkompy.json")
    write_sidecar(sidecar_of(replace(pair, fg=late)), path)
    assert vidkompy("render", path, "-o", out, "--ffmpeg", ffmpeg).code == 0
    assert packets(out, "audio") == packets(late, "audio")
    assert delay(out) == pytest.approx(float(delay(late)), abs=0.001)  # Matroska rounds to 1 ms
    assert vidkompy("verify", path, out).code == 0


def delay(path: Path) -> Fraction:
    """Seconds from the first audio to the first video packet."""
    starts: dict[str, Fraction] = {}
    with av.open(str(path)) as container:
        for packet in container.demux():
            if packet.pts is not None:
                time = presentation_time(packet.pts, packet.time_base)
                starts[packet.stream.type] = min(time, starts.get(packet.stream.type, time))
    return starts["video"] - starts["audio"]


def test_unmatched_frames_lie_over_the_frame_before_them(vidkompy: Vidkompy, pair: Case, sidecar: Path) -> None:
    truth = sidecar_of(pair)
    truth.frame_map.bg[10:14] = -1
    write_sidecar(truth, sidecar)
    outcome = vidkompy("render", sidecar.name, "-o", "out.mkv", *FFV1)
    assert "note: 4 unmatched FG frames lie over the BG frame before them\n" in outcome.err
    bottom = [frame[-1] for frame in luma(Path("out.mkv"))]
    below = [frame[-1] for frame in luma(pair.bg)]
    bg_numbers = [*pair.truth.map[:10], *[pair.truth.map[9]] * 4, *pair.truth.map[14:]]
    np.testing.assert_array_equal(bottom, [below[j] for j in bg_numbers])


def luma(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.reformat(format="gray").to_ndarray() for frame in container.decode(video=0)]
