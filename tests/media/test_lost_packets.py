"""Packets lost off air: said with their times, and what is left is aligned, drawn and verified, sound and all."""

from pathlib import Path

import numpy as np
import pytest
from support.faulty_clocks import AAC, FRAMES, H264, PICTURES, film
from support.program_runs import FFMPEGS, Vidkompy, refused, run_ffmpeg

from vidkompy.media.probe import probe
from vidkompy.model import UNMATCHED
from vidkompy.sidecar.document import read_sidecar

PACKET_BYTES = 188
PLACED = ("--at", "0,0")
TONE = ("-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=4")
HOLES = {  # (first lost packet in percent of the file, how many)
    "in the middle": ((50, 25),),
    "one packet": ((30, 1),),
    "at the start": ((1, 30),),
    "many": ((5, 3), (12, 100), (20, 25), (37, 1), (49, 60), (70, 3), (88, 100)),
}


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with whole.mkv, and with sound.ts and silent.ts, which show the same."""
    folder = tmp_path_factory.mktemp("recordings")
    film(folder / "whole.mkv")
    run_ffmpeg("-f", "lavfi", "-i", PICTURES, *TONE, *H264, *AAC, folder / "sound.ts")
    run_ffmpeg("-i", folder / "sound.ts", "-an", "-c", "copy", folder / "silent.ts")
    return folder


def with_holes(recording: Path, holes: tuple[tuple[int, int], ...], path: Path) -> Path:
    data = recording.read_bytes()
    count = len(data) // PACKET_BYTES
    lost = {count * percent // 100 + k for percent, length in holes for k in range(length)}
    kept = (data[k * PACKET_BYTES : (k + 1) * PACKET_BYTES] for k in range(count) if k not in lost)
    path.write_bytes(b"".join(kept))
    return path


def test_lost_packets_are_named_with_their_times(vidkompy: Vidkompy, recordings: Path, tmp_path: Path) -> None:
    bad = with_holes(recordings / "silent.ts", ((50, 200),), tmp_path / "bad.ts")
    message = refused(vidkompy, "analyze", recordings / "whole.mkv", bad.name, "-o", "x.json")
    assert "lost frames at 1.96 s (a gap of 0.12 s, and a packet is damaged there)" in message
    assert "damaged packet at 1.88 s" in message
    assert message.endswith(
        "get an intact copy of it, or let analyze or compose go on with what decodes: --damaged keep"
    )


@pytest.mark.slow
@pytest.mark.parametrize("holes", HOLES)
@pytest.mark.parametrize("recording", ["sound.ts", "silent.ts"])
def test_what_is_left_is_aligned_drawn_and_verified(
    vidkompy: Vidkompy, recordings: Path, tmp_path: Path, recording: str, holes: str
) -> None:
    bad = with_holes(recordings / recording, HOLES[holes], tmp_path / "bad.ts")
    words = ("analyze", recordings / "whole.mkv", bad.name, "-o", "x.json", *PLACED)
    assert "--damaged keep" in refused(vidkompy, *words)
    outcome = vidkompy(*words, "--damaged", "keep")
    assert outcome.code == 0, outcome.err
    sidecar = read_sidecar("x.json")
    origin = int(probe(recordings / recording).pts[0])
    due = np.rint((sidecar.fg.pts - origin) * float(sidecar.fg.time_base) * 25).astype(np.int64)
    matched = sidecar.frame_map.bg != UNMATCHED
    assert matched.sum() >= FRAMES // 4
    assert (sidecar.frame_map.bg == due)[matched].mean() >= 0.6  # a frozen picture lies on the frame that it shows
    for program in FFMPEGS:
        outcome = vidkompy("render", "x.json", "-o", "out.mkv", "--overwrite", "--ffmpeg", program)
        assert outcome.code == 0, outcome.err
        assert "note: FG is damaged (" in outcome.err
        assert len(probe(tmp_path / "out.mkv").audio) == (recording == "sound.ts")
        verified = vidkompy("verify", "x.json", "out.mkv")
        assert verified.code == 0, verified.out


def test_the_number_of_missing_frames_is_told_before_drawing(
    vidkompy: Vidkompy, recordings: Path, tmp_path: Path
) -> None:
    bad = with_holes(recordings / "silent.ts", ((50, 200),), tmp_path / "bad.ts")
    words = ("analyze", recordings / "whole.mkv", bad.name, "-o", "x.json", "--damaged", "keep", *PLACED)
    assert vidkompy(*words).code == 0
    missing = FRAMES - read_sidecar("x.json").fg.frames
    assert missing >= 2
    outcome = vidkompy("render", "x.json", "-o", "out.mkv")
    assert f": {missing} frames are missing, and what does not decode is left out or made up" in outcome.err
