"""What became of a clip is known by its pictures, the old file gone; map, place and what was set by hand follow."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any, Never

import jsonschema
import numpy as np
import pytest
from support.program_runs import Vidkompy, refused
from support.relinked_clips import COUNT, SIDECAR, X264, made, relinked

from vidkompy.errors import NoMatch
from vidkompy.model import UNMATCHED, Sidecar
from vidkompy.sidecar.document import check_clips, read_sidecar

ROLES = pytest.mark.parametrize("role", ["bg", "fg"])


def assert_same_answer(after: Sidecar, before: Sidecar) -> None:
    np.testing.assert_array_equal(after.frame_map.bg, before.frame_map.bg)
    assert after.frame_map.confidence is not None
    assert before.frame_map.confidence is not None
    np.testing.assert_array_equal(after.frame_map.confidence, before.frame_map.confidence)
    assert (after.pins, after.searched, after.engine) == (before.pins, before.searched, before.engine)


@ROLES
@pytest.mark.parametrize("container", ["mkv", "mov", "ts"])
def test_a_remuxed_clip_has_the_same_pictures_and_times_of_its_own(
    pair_of_files: Vidkompy, known: Sidecar, role: str, container: str
) -> None:
    time_base = ("-video_track_timescale", "12345") if container == "mov" else ()
    path = made(f"new.{container}", f"{role}.mp4", "-c", "copy", *time_base)
    clip = relinked(pair_of_files, role, path)
    assert (clip["change"], clip["basis"], clip["shift"], clip["difference"]) == ("remuxed", "all frames", 0, 0.0)
    after = read_sidecar(SIDECAR)
    check_clips(after, SIDECAR)
    assert_same_answer(after, known)
    assert (after.placement, after.quality, after.ignored) == (known.placement, known.quality, known.ignored)
    assert getattr(after, role).time_base != getattr(known, role).time_base
    assert getattr(after, role).signature.checksum == getattr(known, role).signature.checksum


def assert_encoded_anew(clip: dict[str, Any], known: Sidecar) -> None:
    assert (clip["change"], clip["basis"]) == ("re-encoded", "signature")
    assert clip["compared_frames"] == 48
    assert 0 < clip["difference"] < 2
    assert_same_answer(read_sidecar(SIDECAR), known)


@ROLES
def test_a_clip_encoded_anew_keeps_all(pair_of_files: Vidkompy, known: Sidecar, role: str) -> None:
    assert_encoded_anew(relinked(pair_of_files, role, made("new.mkv", f"{role}.mp4", *X264, "-crf", "24")), known)
    after = read_sidecar(SIDECAR)
    assert (after.placement, after.quality) == (known.placement, known.quality)


@ROLES
def test_a_place_that_is_not_found_again_loses_its_confidence(
    pair_of_files: Vidkompy, known: Sidecar, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_found(*_: object) -> Never:
        raise NoMatch("too little is to be seen")

    monkeypatch.setattr("vidkompy.relinking.witness._aligned_anew", not_found)
    assert_encoded_anew(relinked(pair_of_files, role, made("new.mkv", f"{role}.mp4", *X264, "-crf", "24")), known)
    after = read_sidecar(SIDECAR)
    assert (after.placement.confidence, after.quality.confidence) == (None, None)
    other = {"bg": "fg", "fg": "bg"}[role]
    unsure = f"by '{other}.mp4' {role.upper()} may have been cropped, or moved, by some px"
    assert after.quality.reasons[0].startswith("the placement was carried over")
    assert after.quality.reasons[0].endswith(f"{unsure}: check it")


def test_a_clip_that_was_encoded_anew_under_its_own_name_is_named_by_the_refusal(
    pair_of_files: Vidkompy, known: Sidecar
) -> None:
    made("new.mp4", "bg.mp4", *X264, "-crf", "30").rename("bg.mp4")
    message = refused(pair_of_files, "render", SIDECAR)
    advised = message.partition("if it was remuxed, re-encoded or trimmed: vidkompy ")[2]
    assert pair_of_files(*advised.split()).code == 0
    after = read_sidecar(SIDECAR)
    check_clips(after, SIDECAR)
    assert_same_answer(after, known)


@pytest.mark.parametrize(("size", "factor"), [("120:68", 0.5), ("360:204", 1.5)])
def test_a_rescaled_bg_scales_the_place(pair_of_files: Vidkompy, known: Sidecar, size: str, factor: float) -> None:
    clip = relinked(pair_of_files, "bg", made("new.mp4", "bg.mp4", "-vf", f"scale={size}", *X264, "-crf", "20"))
    assert (clip["change"], clip["shift"]) == ("rescaled", 0)
    after = read_sidecar(SIDECAR)
    assert_same_answer(after, known)
    place = after.placement
    assert (place.x, place.y, place.width, place.height) == (64 * factor, 40 * factor, 96 * factor, 64 * factor)
    assert place.score == known.placement.score
    if factor < 1:  # within 1 px of 240x136 is within 0.5 px now
        assert (place.confidence, after.quality.confidence) == (0.95, 0.855)
    else:
        assert (place.confidence, after.quality.confidence) == (None, None)
        told = "the placement was carried over from a BG of 240x136: check it"
        assert after.quality.reasons == (told, "a doubt that stays")


@pytest.mark.parametrize(("size", "ignored"), [("48:32", (2, 2, 11, 6)), ("144:96", (6, 6, 32, 17))])
def test_a_rescaled_fg_keeps_its_place_and_its_boxes_follow(
    pair_of_files: Vidkompy, known: Sidecar, size: str, ignored: tuple[int, ...]
) -> None:
    clip = relinked(pair_of_files, "fg", made("new.mp4", "fg.mp4", "-vf", f"scale={size}", *X264, "-crf", "20"))
    assert clip["change"] == "rescaled"
    after = read_sidecar(SIDECAR)
    assert_same_answer(after, known)
    assert (after.placement, after.ignored) == (known.placement, (ignored,))


TRIMS = {"start": (20, COUNT), "end": (0, COUNT - 20), "both": (15, COUNT - 15)}


@pytest.mark.parametrize(("first", "stop"), TRIMS.values(), ids=TRIMS)
def test_frames_whose_bg_is_gone_become_unmatched(
    pair_of_files: Vidkompy, known: Sidecar, first: int, stop: int
) -> None:
    trim = f"trim=start_frame={first}:end_frame={stop},setpts=PTS-STARTPTS"
    clip = relinked(pair_of_files, "bg", made("new.mp4", "bg.mp4", "-vf", trim, *X264, "-crf", "30"))
    assert (clip["change"], clip["shift"], clip["frames"]) == ("trimmed", first, stop - first)
    after, bg = read_sidecar(SIDECAR), known.frame_map.bg
    is_left = (bg >= first) & (bg < stop)
    np.testing.assert_array_equal(after.frame_map.bg, np.where(is_left, bg - first, UNMATCHED))
    assert clip["lost"] == np.flatnonzero(~is_left).tolist()
    assert after.quality.unmatched == len(clip["lost"])
    assert "a doubt that stays" in after.quality.reasons
    pinned = {10: 0, 11: 1, int(bg[100]): 100}
    left = {i: j - first for j, i in pinned.items() if first <= j < stop}
    assert {run.fg + k: int(j) for run in after.pins for k, j in enumerate(run.indices())} == left


@pytest.mark.parametrize(("first", "stop"), [(20, 109), (0, 89), (15, 94)], ids=TRIMS)
def test_a_trimmed_fg_takes_its_entries_with_it(pair_of_files: Vidkompy, known: Sidecar, first: int, stop: int) -> None:
    trim = f"trim=start_frame={first}:end_frame={stop},setpts=PTS-STARTPTS"
    clip = relinked(pair_of_files, "fg", made("new.mp4", "fg.mp4", "-vf", trim, *X264, "-crf", "30"))
    assert (clip["change"], clip["shift"], clip["lost"]) == ("trimmed", first, [])
    after = read_sidecar(SIDECAR)
    np.testing.assert_array_equal(after.frame_map.bg, known.frame_map.bg[first:stop])
    pinned = {0, 1, 100}
    assert {run.fg + k for run in after.pins for k in range(run.count)} == {
        i - first for i in pinned if first <= i < stop
    }


def test_a_stream_copy_from_a_keyframe_on_is_located_bit_for_bit(pair_of_files: Vidkompy, known: Sidecar) -> None:
    clip = relinked(pair_of_files, "bg", made("new.mkv", "bg.mp4", "-ss", "1.2", "-c", "copy"))
    assert (clip["change"], clip["shift"], clip["difference"]) == ("trimmed", 40, 0.0)
    assert "are equal" in clip["evidence"]
    left = known.frame_map.bg - 40
    np.testing.assert_array_equal(read_sidecar(SIDECAR).frame_map.bg, np.where(left < 0, UNMATCHED, left))


def test_a_bg_that_begins_earlier_and_ends_later_shifts_the_map(pair_of_files: Vidkompy, known: Sidecar) -> None:
    pad = "tpad=start=7:stop=9:start_mode=clone:stop_mode=clone"
    clip = relinked(pair_of_files, "bg", made("new.mp4", "bg.mp4", "-vf", pad, *X264, "-crf", "23"))
    assert (clip["change"], clip["shift"], clip["frames"]) == ("extended", -7, COUNT + 16)
    np.testing.assert_array_equal(read_sidecar(SIDECAR).frame_map.bg, known.frame_map.bg + 7)


def test_a_bg_that_shows_fg_again_behind_its_old_end_is_told(pair_of_files: Vidkompy, known: Sidecar) -> None:
    """As an analysis tells it; the map stays where it was."""
    again = f"[0:v]trim=start_frame=5:end_frame={COUNT - 3},setpts=PTS-STARTPTS[b];[0:v][b]concat"
    clip = relinked(pair_of_files, "bg", made("new.mp4", "bg.mp4", "-filter_complex", again, *X264, "-crf", "18"))
    assert (clip["change"], clip["shift"]) == ("extended", 0)
    told = (
        "BG shows what FG shows 2 times: FG is laid on the one that begins at frame 10, and fits as well from frame "
        f"{COUNT + 5}; choose with --pin or --search"
    )
    assert told in clip["notes"]
    after = read_sidecar(SIDECAR)
    assert told in after.quality.reasons
    np.testing.assert_array_equal(after.frame_map.bg, known.frame_map.bg)
    trim = "trim=start_frame=7,setpts=PTS-STARTPTS"
    clip = relinked(pair_of_files, "bg", made("shorter.mp4", "new.mp4", "-vf", trim, *X264, "-crf", "18"))
    moved = told.replace("frame 10", "frame 3").replace(f"frame {COUNT + 5}", f"frame {COUNT - 2}")
    assert [reason for reason in read_sidecar(SIDECAR).quality.reasons if reason.startswith("BG shows")] == [moved]


def test_without_fg_it_is_told_that_nobody_looked_for_it_in_a_longer_bg(pair_of_files: Vidkompy) -> None:
    Path("fg.mp4").unlink()
    pad = "tpad=stop=9:stop_mode=clone"
    clip = relinked(pair_of_files, "bg", made("new.mp4", "bg.mp4", "-vf", pad, *X264, "-crf", "23"))
    assert "whether BG shows again what FG shows was not looked for" in clip["notes"]


def test_a_copy_of_uneven_times_is_known_by_its_frames(pair_of_files: Vidkompy, known: Sidecar) -> None:
    uneven = "setpts='(N+0.4*sin(N))/30/TB'"
    words = ("-vf", uneven, "-fps_mode", "passthrough", "-enc_time_base", "1:90000")
    clip = relinked(pair_of_files, "fg", made("new.mkv", "fg.mp4", *words, *X264, "-crf", "23"))
    after = read_sidecar(SIDECAR)
    assert (clip["change"], len(set(np.diff(after.fg.pts).tolist())) > 2) == ("re-encoded", True)
    assert_same_answer(after, known)


def test_the_part_that_was_searched_stays_the_same_frames(pair_of_files: Vidkompy) -> None:
    document = json.loads(Path(SIDECAR).read_text())
    document["searched"] = {"from": 1.0, "to": 3.0}
    Path(SIDECAR).write_text(json.dumps(document))
    trim = "trim=start_frame=15,setpts=PTS-STARTPTS"
    relinked(pair_of_files, "bg", made("new.mp4", "bg.mp4", "-vf", trim, *X264, "-crf", "23"))
    assert read_sidecar(SIDECAR).searched == (0.5, 2.5)


def test_what_is_printed_says_what_and_how_and_meets_its_schema(pair_of_files: Vidkompy) -> None:
    trim = "trim=start_frame=20,setpts=PTS-STARTPTS"
    path = made("new.mp4", "bg.mp4", "-vf", trim, *X264, "-crf", "23", gone=False)
    outcome = pair_of_files("relink", SIDECAR, "--bg", path, "-o", "other.vidkompy.json")
    lines = [line for line in outcome.err.splitlines() if not line.endswith(" s)")]
    assert lines[0].startswith("BG     'new.mp4' is 'bg.mp4', trimmed: 40 of 120 frames compared with its signature")
    assert lines[1:] == [
        "lost   10 FG frames lose their BG frame, first frame 0",
        "note   20 frames are gone at its start, 0 at its end",
        "note   2 pins are dropped, as their frames are gone",
    ]
    outcome = pair_of_files("relink", SIDECAR, "--bg", path, "--json")
    schema = json.loads(files("vidkompy.cli").joinpath("results.schema.json").read_bytes())
    jsonschema.Draft202012Validator(schema).validate(json.loads(outcome.out))
