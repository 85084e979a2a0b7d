"""Which stream of a file is taken, and what becomes of what was heard."""

import json
from pathlib import Path

import pytest
from support.program_runs import Vidkompy, refused, run_ffmpeg, sidecar_of
from support.relinked_clips import SIDECAR, X264, made, relinked
from support.truth_cases import Case

from vidkompy.sidecar.document import read_sidecar, write_sidecar


def test_a_file_with_another_main_stream_is_told_and_the_right_one_taken(pair_of_files: Vidkompy) -> None:
    other = ("-f", "lavfi", "-i", "testsrc=size=480x272:rate=30:duration=4")
    run_ffmpeg("-i", "bg.mp4", *other, "-map", "1", "-map", "0", "-c:v", "mpeg4", "-q:v", "2", "new.mkv")
    Path("bg.mp4").unlink()
    message = refused(pair_of_files, "relink", SIDECAR, "--bg", "new.mkv", "-q", code=3)
    assert message.endswith("; or try another video stream: --bg-stream 1")
    assert relinked(pair_of_files, "bg", Path("new.mkv"), "--bg-stream", "1")["change"] == "re-encoded"
    assert read_sidecar(SIDECAR).bg.stream == 1
    path = made("again.mkv", "new.mkv", "-map", "0", "-c", "copy")
    assert relinked(pair_of_files, "bg", path)["change"] == "remuxed"
    assert read_sidecar(SIDECAR).bg.stream == 1


@pytest.mark.parametrize("is_bg_there", [True, False])
def test_how_late_the_sound_comes_is_measured_again_or_dropped(
    vidkompy: Vidkompy, pair: Case, is_bg_there: bool
) -> None:
    from dataclasses import replace

    sidecar = sidecar_of(pair)
    heard = replace(sidecar.quality, sound_late_ms=77.0, reasons=("FG's sound comes 77 ms late against its picture",))
    write_sidecar(replace(sidecar, quality=heard), SIDECAR)
    path = made("new.mkv", "fg.mp4", *X264, "-crf", "18", "-c:a", "flac", gone=False)
    if not is_bg_there:
        Path("bg.mp4").unlink()
    outcome = vidkompy("relink", SIDECAR, "--fg", path, "--json")
    (clip,) = json.loads(outcome.out)["clips"]
    after = read_sidecar(SIDECAR).quality
    assert after.reasons == ()
    assert (after.sound_late_ms is None or abs(after.sound_late_ms) < 5) if is_bg_there else after.sound_late_ms is None
    assert clip["notes"] == ([] if is_bg_there else ["how late FG's sound comes was not measured again"])
