"""What is no copy, or cannot be told to be one, is refused with the reason, and nothing is written."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support import constructed_maps, footage
from support.picture_edits import U8, Box
from support.placed_proxies import clip
from support.program_runs import Vidkompy, refused
from support.relinked_clips import COUNT, SIDECAR, X264, made
from support.truth_cases import Recipe, build, write_bg

from vidkompy.media.signatures import cell_means, signature_of
from vidkompy.model import Sidecar
from vidkompy.relinking.signature_match import Mismatch, SignatureMatch, match_signature
from vidkompy.sidecar.document import read_sidecar, write_sidecar

ALTERED = {
    "mirrored": ("hflip", "it is mirrored"),
    "upside down": ("vflip", "it is upside down"),
    "turned": ("hflip,vflip", "it is turned by 180 degrees"),
    "backwards": ("reverse", "it plays backwards"),
    "cropped": ("crop=200:112,scale=240:136", "its pictures differ by "),
    "a frame missing": ("select='not(eq(n,60))',setpts=N/30/TB", "frames are missing or repeated inside it"),
    "a frame less and one more": (
        "select='not(eq(n,60))',setpts=N/30/TB,tpad=stop=1:stop_mode=clone",
        "frames are missing or repeated inside it",
    ),
    "every fifth frame missing": ("select='mod(n,5)',setpts=N/24/TB", "its pictures differ by "),
}


@pytest.mark.parametrize(("filters", "reason"), ALTERED.values(), ids=ALTERED)
def test_an_altered_copy_is_refused_with_what_was_done_to_it(
    pair_of_files: Vidkompy, filters: str, reason: str
) -> None:
    made("new.mp4", "bg.mp4", "-vf", filters, "-fps_mode", "passthrough", *X264, "-crf", "18")
    message = refused(pair_of_files, "relink", SIDECAR, "--bg", "new.mp4", code=3)
    assert message.startswith("'new.mp4' is not what ")
    assert reason in message
    assert message.endswith("; analyse it: vidkompy analyze BG FG")


@pytest.mark.parametrize("crop", ["236:134:4:2", "232:132:8:4", "236:136:4:0"])
def test_a_copy_that_was_cropped_a_little_keeps_no_sure_place(
    pair_of_files: Vidkompy, crop: str, known: Sidecar
) -> None:
    """Its small pictures are alike: the other clip shows that FG lies elsewhere."""
    made("new.mp4", "bg.mp4", "-vf", f"crop={crop}", *X264, "-crf", "18")
    outcome = pair_of_files("relink", SIDECAR, "--bg", "new.mp4")
    assert known.placement.confidence is not None
    if outcome.code == 0:
        assert read_sidecar(SIDECAR).placement.confidence is None
        assert "note   the placement was carried over, and by 'fg.mp4' BG may have been cropped" in outcome.err
    else:
        assert outcome.code == 3


@pytest.mark.parametrize(
    "crop", ["190:106:1:1", "188:104:2:2", "190:106:1:1,scale=192:108", "188:104:2:2,scale=192:108"]
)
def test_an_fg_that_was_cropped_by_some_px_is_refused(vidkompy: Vidkompy, analysed: Path, crop: str) -> None:
    made("new.mp4", "fg.mp4", "-vf", f"crop={crop}", *X264, "-crf", "18")
    message = refused(vidkompy, "relink", analysed, "--fg", "new.mp4", code=3)
    assert message.endswith(
        "aligned with 'bg.mp4', its place lies 2.0 px off: was it cropped?; analyse it: vidkompy analyze BG FG"
    )


def test_an_fg_that_was_not_cropped_keeps_its_place_surely(vidkompy: Vidkompy, analysed: Path) -> None:
    before = read_sidecar(analysed)
    made("new.mp4", "fg.mp4", *X264, "-crf", "28")
    assert vidkompy("relink", SIDECAR, "--fg", "new.mp4").code == 0
    assert read_sidecar(analysed).placement == before.placement
    assert before.placement.confidence is not None


@pytest.fixture
def analysed(vidkompy: Vidkompy, tmp_path: Path) -> Path:
    """A sidecar of bg.mp4 and fg.mp4 in the test's folder, large enough for crops of 1 px a side to be seen."""
    bg = write_bg(tmp_path / "bg.mp4", "tripod", 40, size=(320, 180))
    case = build(Recipe(Box(37, 22, 192, 108), constructed_maps.offset(40, 8)), bg, tmp_path / "pair")
    shutil.copy2(case.fg, "fg.mp4")
    assert vidkompy("analyze", "bg.mp4", "fg.mp4", "-o", SIDECAR).code == 0
    return Path(SIDECAR)


@pytest.mark.parametrize(("count", "seed"), [(COUNT, 1), (90, 1), (200, 2)])
def test_other_content_is_refused_whatever_its_length(pair_of_files: Vidkompy, count: int, seed: int) -> None:
    Path("bg.mp4").unlink()
    write_bg(Path("new.mp4"), "handheld", count, size=(240, 136), seed=seed)
    message = refused(pair_of_files, "relink", SIDECAR, "--bg", "new.mp4", code=3)
    assert "is not what" in message
    assert "grey levels where they are most alike, wanted 2.5 at most" in message


def test_frames_of_fg_that_nobody_knows_are_refused(pair_of_files: Vidkompy) -> None:
    made("new.mp4", "fg.mp4", "-vf", "tpad=start=5:start_mode=clone", *X264, "-crf", "18")
    message = refused(pair_of_files, "relink", SIDECAR, "--fg", "new.mp4", code=3)
    assert "'new.mp4' has 5 frames before and 0 behind those of" in message


def test_a_bg_without_any_frame_that_fg_shows_is_refused(pair_of_files: Vidkompy, known: Sidecar) -> None:
    sidecar = read_sidecar(SIDECAR)
    late = known.frame_map.bg >= 60
    frame_map = replace(sidecar.frame_map, bg=np.where(late, known.frame_map.bg, -1), low=None, high=None)
    write_sidecar(replace(sidecar, frame_map=frame_map, pins=()), SIDECAR)
    made("new.mp4", "bg.mp4", "-vf", "trim=end_frame=60", *X264, "-crf", "18")
    message = refused(pair_of_files, "relink", SIDECAR, "--bg", "new.mp4", code=3)
    assert "no BG frame that FG shows is left in it" in message


# ---- the comparison alone


def matched(old: U8, new: U8) -> SignatureMatch | Mismatch:
    return match_signature(signature_of(clip(old)), cell_means(clip(new)), len(old))


def noisy(kind: str, count: int = 100, seed: int = 0) -> U8:
    frames = footage.frames(kind, count, size=(160, 96), seed=seed)
    return np.stack([np.asarray(frame)[..., 1] for frame in frames])


def test_black_clips_are_not_told_from_each_other() -> None:
    black = np.full((60, 48, 64), 16, np.uint8)
    found = matched(black, black.copy())
    assert found == Mismatch(False, "its pictures are too blank to be told from others")


def test_a_still_of_as_many_frames_is_known_and_one_that_was_trimmed_is_not_located() -> None:
    still = noisy("pan", 1).repeat(60, axis=0)
    found = matched(still, still + 1)
    assert isinstance(found, SignatureMatch)
    assert (found.is_still, found.shift) == (True, 0)
    assert matched(still, still[10:]) == Mismatch(False, "too little moves in it to tell its frames apart")


def test_another_take_of_a_scene_in_which_little_moves_is_not_taken() -> None:
    """The same room, and a patch that moves otherwise."""
    room = noisy("pan", 1).repeat(80, axis=0).astype(np.float64)
    takes = []
    for seed in (1, 2):
        rng = np.random.default_rng(seed)
        way = np.cumsum(rng.normal(0, 1, 80))
        take = room.copy()
        take[:, 40:60, 60:90] += 12 * np.sin(way)[:, None, None]
        takes.append(np.clip(take, 0, 255).round().astype(np.uint8))
    again = np.clip(takes[0] + np.random.default_rng(3).normal(0, 2, room.shape), 0, 255).round().astype(np.uint8)
    assert isinstance(matched(takes[0], again), SignatureMatch)
    assert isinstance(matched(takes[0], takes[1]), Mismatch)


@pytest.mark.parametrize("shift", [0, 1, 17, 33])
@pytest.mark.parametrize("kind", ["foliage", "crowd", "anime", "harbour", "drive", "stage", "game"])
def test_a_trimmed_copy_of_footage_nothing_was_tuned_on_is_located_to_the_frame(kind: str, shift: int) -> None:
    frames = noisy(kind)
    dim = np.clip(frames[shift : shift + 67] * 0.9 + 8 + np.random.default_rng(1).normal(0, 3, (67, 96, 160)), 0, 255)
    found = matched(frames, dim.round().astype(np.uint8))
    assert isinstance(found, SignatureMatch), found
    assert found.shift == shift


def test_too_little_of_a_long_clip_is_not_located() -> None:
    frames = noisy("pan", 100)
    long = np.concatenate([frames, np.zeros((900, *frames.shape[1:]), np.uint8)])
    assert matched(long, frames[:40]) == Mismatch(False, "only 1 of the frames that are known lie in it, wanted 6")
