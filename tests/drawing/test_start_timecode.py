"""FG's timecode goes on in the output, from the first FG frame that is drawn on."""

import subprocess
from pathlib import Path

import av
import numpy as np
import pytest
from support.program_runs import EMBEDDED, FFMPEGS, Vidkompy, run_ffmpeg

from vidkompy.media.probe import probe
from vidkompy.model import FrameMap, Placement, Sidecar
from vidkompy.sidecar.document import write_sidecar

NTSC = "30000/1001"


def pair(folder: Path, ending: str, rate: str, timecode: str, first: int = 25) -> None:
    """FG of 50 frames, `first` and 5 of them foreign, and pair.vidkompy.json."""
    h264 = ("-frames:v", "50", "-c:v", "libx264", "-preset", "ultrafast")
    fg, bg = folder / f"fg.{ending}", folder / "bg.mkv"
    run_ffmpeg("-f", "lavfi", "-i", f"testsrc2=size=64x48:rate={rate}", *h264, bg)
    tone = ("-f", "lavfi", "-i", "sine=d=2", "-c:a", "aac")
    run_ffmpeg("-f", "lavfi", "-i", f"testsrc2=size=32x24:rate={rate}", *tone, *h264, "-timecode", timecode, fg)
    found = np.arange(50)
    found[:first] = found[45:] = -1
    write_sidecar(
        Sidecar(probe(fg), probe(bg), Placement(8, 8, 32, 24), FrameMap(found)), folder / "pair.vidkompy.json"
    )


def timecodes(path: str) -> set[str]:
    """All that the file and its tracks say."""
    with av.open(path) as container:
        kept = [container.metadata, *(stream.metadata for stream in container.streams)]
        return {value for m in kept for name, value in m.items() if name.lower() == "timecode"}


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
@pytest.mark.parametrize("fg", ["mov", "mp4", "mkv"])
def test_the_output_starts_with_the_label_of_its_first_frame(
    vidkompy: Vidkompy, tmp_path: Path, fg: str, ffmpeg: str
) -> None:
    pair(tmp_path, fg, "25", "01:00:00:00")
    for trim, wanted in (("all", "01:00:00:00"), ("matched", "01:00:01:00")):
        for out in ("out.mov", "out.mp4", "out.mkv"):
            words = ("render", "pair.vidkompy.json", "-o", out, "--overwrite", "--trim", trim, "--ffmpeg", ffmpeg)
            assert vidkompy(*words).code == 0
            assert timecodes(out) == {wanted}


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
@pytest.mark.parametrize(("fg", "out"), [("mov", "out.mov"), ("mkv", "out.mp4"), ("mp4", "out.mkv")])
def test_drop_frame_labels_are_counted_on(vidkompy: Vidkompy, tmp_path: Path, fg: str, out: str, ffmpeg: str) -> None:
    """00:58:59;29 is followed by 00:59:00;02."""
    pair(tmp_path, fg, NTSC, "00:58:59;10")
    words = ("render", "pair.vidkompy.json", "-o", out, "--trim", "matched", "--ffmpeg", ffmpeg)
    assert vidkompy(*words).code == 0
    assert timecodes(out) == {"00:59:00;07"}
    assert vidkompy("verify", "pair.vidkompy.json", out, "--trim", "matched").code == 0


@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_parts_are_joined_with_the_label(vidkompy: Vidkompy, tmp_path: Path, ffmpeg: str) -> None:
    pair(tmp_path, "mkv", "25", "01:00:00:00", first=10)
    words = ("-o", "out.mov", "--trim", "matched", "--chunks", "2", "--ffmpeg", ffmpeg)
    assert vidkompy("render", "pair.vidkompy.json", *words).code == 0
    assert timecodes("out.mov") == {"01:00:00:10"}


@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_a_timecode_that_is_no_label_does_not_survive_a_cut(vidkompy: Vidkompy, tmp_path: Path, ffmpeg: str) -> None:
    pair(tmp_path, "mkv", "25", "01:00:00:00")
    tagged = ("-metadata", "timecode=01:00:00:77", "-metadata:s:a", "timecode=01:00:00:77")
    (tmp_path / "fg.mkv").rename(tmp_path / "old.mkv")
    subprocess.run(
        [EMBEDDED, "-v", "error", "-i", "old.mkv", "-c", "copy", *tagged, "fg.mkv"], check=True, cwd=tmp_path
    )
    found = np.arange(50) - 25
    found[:25] = -1
    sidecar = Sidecar(probe(Path("fg.mkv")), probe(Path("bg.mkv")), Placement(8, 8, 32, 24), FrameMap(found))
    write_sidecar(sidecar, tmp_path / "pair.vidkompy.json")
    words = ("render", "pair.vidkompy.json", "-o", "out.mkv", "--trim", "matched", "--ffmpeg", ffmpeg)
    outcome = vidkompy(*words)
    assert outcome.code == 0
    assert timecodes("out.mkv") == set()
    note = (
        "note: FG's timecode 01:00:00:77 is no label at 25 frames per second: the output, which starts later, has none"
    )
    assert f"{note}\n" in outcome.err
