"""The file between the halves: nothing is lost in it, it meets its schema, and a person can edit it."""

import json
import tempfile
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import maps
import numpy as np
import pytest
from cases import Case
from clips import planes
from conftest import Vidkompy
from hypothesis import given, settings
from hypothesis import strategies as st
from program import frame_hashes, sidecar_of

import vidkompy as package
from vidkompy import Clip, FrameMap, Placement, Sidecar, read_sidecar, write_sidecar
from vidkompy.model import (
    BROKEN_STRUCTURE,
    DAMAGED_PACKET,
    DAMAGED_PICTURE,
    DAMAGED_SOUND,
    ENDS_EARLY,
    LOST_FRAMES,
    NO_END_MARK,
    UNMATCHED,
    Colour,
    Fault,
    Quality,
)
from vidkompy.sidecar.document import schema

FFV1 = ("--", "-c:v", "ffv1")
RATIONALS = st.builds(Fraction, st.integers(1, 10**6), st.integers(1, 10**6))
TICKS = st.builds(Fraction, st.integers(1, 100), st.integers(1000, 10**6))  # s: 9000 of them last 15 minutes at most
NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1, max_size=20).filter(
    lambda name: name not in (".", "..")
)
CLIP = schema()["$defs"]["clip"]["properties"]
COLOURS = st.builds(
    Colour,
    *[st.sampled_from(CLIP["colour"]["properties"][n]["enum"]) for n in ("space", "range", "primaries", "transfer")],
)
SCORES = st.none() | st.floats(-1, 1)
CHANCES = st.none() | st.floats(0, 1)
REASONS = st.lists(st.text(max_size=9), max_size=2).map(tuple)
PLACES = st.floats(-5000, 5000)
SIZES = st.floats(0.5, 9000)
FAULTS = (ENDS_EARLY, BROKEN_STRUCTURE, LOST_FRAMES, DAMAGED_PACKET, DAMAGED_PICTURE, DAMAGED_SOUND, NO_END_MARK)


@st.composite
def clips(draw: st.DrawFn, frames: int) -> Clip:
    steps = draw(st.lists(st.integers(1, 9000), min_size=frames, max_size=frames) | st.just([1001] * frames))
    folders = draw(st.lists(NAMES, max_size=2))
    return Clip(
        path=Path(*folders, draw(NAMES)),
        size=draw(st.integers(1, 2**50)),
        sha256=draw(st.text("0123456789abcdef", min_size=64, max_size=64)),
        width=draw(st.integers(1, 9000)),
        height=draw(st.integers(1, 9000)),
        time_base=draw(TICKS),
        pts=draw(st.integers(-(2**36), 2**36)) + np.cumsum(steps),
        start_pts=draw(st.integers(-(2**36), 2**36)),
        frame_rate=draw(RATIONALS),
        pix_fmt=draw(st.sampled_from(schema()["$defs"]["pix_fmt"]["enum"])),
        colour=draw(COLOURS),
        sar=draw(RATIONALS),
        rotation=draw(st.sampled_from([0, 90, 180, 270])),
        audio=tuple(draw(st.lists(st.sampled_from(["aac", "opus"]), max_size=2))),
        field_order=draw(st.sampled_from(["", "tff", "bff"])),
        side_data=tuple(draw(st.lists(st.sampled_from(["light levels", "Dolby Vision"]), max_size=2))),
        decoder=draw(st.sampled_from(["", "libvpx", "libvpx-vp9"])),
        damage=tuple(draw(st.lists(st.builds(Fault, st.floats(-9000, 9000), st.sampled_from(FAULTS)), max_size=3))),
    )


@st.composite
def sidecars(draw: st.DrawFn) -> Sidecar:
    n_fg, n_bg = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    bg_index = draw(st.lists(st.integers(-1, n_bg - 1), min_size=n_fg, max_size=n_fg))
    where = Placement(draw(PLACES), draw(PLACES), draw(SIZES), draw(SIZES), draw(SCORES), draw(SCORES), draw(CHANCES))
    index = st.integers(0, 39)
    return Sidecar(
        fg=draw(clips(n_fg)),
        bg=draw(clips(n_bg)),
        placement=where,
        frame_map=draw(frame_maps(bg_index, n_bg)),
        engine=draw(st.sampled_from(["", "precise", "tunnel_full", "truth"])),
        quality=draw(st.builds(Quality, index, index, CHANCES, st.booleans(), SCORES, REASONS)),
        searched=(draw(st.floats(0, 9000)), draw(st.none() | st.floats(1, 9000))),
        pins=tuple(draw(st.lists(st.tuples(st.integers(0, n_fg - 1), st.integers(0, n_bg - 1)), max_size=2))),
    )


@st.composite
def frame_maps(draw: st.DrawFn, bg_index: list[int], n_bg: int) -> FrameMap:
    """With ranges of BG frames that fit as well, or none, and with or without confidence."""
    bg = np.array(bg_index, np.int64)
    reach = np.array(draw(st.lists(st.integers(0, 3), min_size=len(bg), max_size=len(bg))))
    low = np.where(bg == UNMATCHED, UNMATCHED, np.maximum(bg - reach, 0))
    high = np.where(bg == UNMATCHED, UNMATCHED, np.minimum(bg + reach + 1, n_bg))
    levels = draw(st.none() | st.lists(st.sampled_from([0.05, 0.5, 0.999]), min_size=len(bg), max_size=len(bg)))
    return FrameMap(bg, None, None, low, high, None if levels is None else np.array(levels, np.float32))


def plain(sidecar: Sidecar, folder: Path) -> dict[str, Any]:
    """Everything a sidecar says, comparable, with paths as seen from `folder`."""
    said = asdict(sidecar)
    for role in ("fg", "bg"):
        said[role] |= {"pts": said[role]["pts"].tolist(), "path": (folder / said[role]["path"]).resolve()}
    said["frame_map"] = {k: None if v is None else v.tolist() for k, v in said["frame_map"].items()}
    return said


@given(sidecars())
@settings(max_examples=60)
def test_nothing_is_lost_in_the_file(sidecar: Sidecar) -> None:
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        moved = [replace(c, path=folder / "media" / c.path) for c in (sidecar.fg, sidecar.bg)]
        sidecar = replace(sidecar, fg=moved[0], bg=moved[1])
        write_sidecar(sidecar, folder / "x.vidkompy.json")
        assert plain(read_sidecar(folder / "x.vidkompy.json"), folder) == plain(sidecar, folder)
        document = json.loads((folder / "x.vidkompy.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator(schema()).validate(document)
        assert not Path(document["clips"]["fg"]["path"]).is_absolute()


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    assert schema()["$id"] == "vidkompy.sidecar/1"


@pytest.mark.parametrize(
    "bg", [maps.ratio(200_000, 483, 472), maps.ratio(200_000, 472, 483), maps.ratio(200_000, 5, 4)]
)
def test_a_pure_ratio_over_hours_is_a_small_file(pair: Case, tmp_path: Path, bg: np.ndarray) -> None:
    truth = sidecar_of(pair)
    clip = replace(truth.bg, pts=np.arange(200_000) * 1001)
    late = replace(truth.fg, pts=np.arange(len(bg)) * 1000 // 24)
    path = tmp_path / "long.vidkompy.json"
    write_sidecar(replace(truth, fg=late, bg=clip, frame_map=FrameMap(bg)), path)
    document = json.loads(path.read_text())
    assert len(document["runs"]) <= 3
    assert len(document["clips"]["fg"]["pts"]) == 1
    assert path.stat().st_size < 4000
    np.testing.assert_array_equal(read_sidecar(path).frame_map.bg, bg)


def test_the_file_reads_like_this(sidecar: Path) -> None:
    """One line for each run, rationals as strings, where and when on top."""
    lines = sidecar.read_text().splitlines()
    assert lines[1] == '  "schema": "vidkompy.sidecar/1",'
    assert lines[3:11] == [
        '  "placement": {',
        '    "x": 61.0,',
        '    "y": 37.0,',
        '    "width": 192.0,',
        '    "height": 110.0,',
        '    "score": null,',
        '    "runner_up": null,',
        '    "confidence": null',
    ]
    assert lines[12:15] == [
        '  "runs": [',
        '    {"fg": 0, "bg": 3, "count": 36, "rate": "5/4", "phase": "0"}',
        "  ],",
    ]
    assert '      "path": "fg.mp4",' in lines
    assert '      "time_base": "1/12288",' in lines


def test_analysing_twice_writes_the_same_bytes(vidkompy: Vidkompy, pair: Case) -> None:
    for name in ("a", "b"):
        assert vidkompy("analyze", pair.bg.name, pair.fg.name, "-o", f"{name}.vidkompy.json").code == 0
    assert Path("a.vidkompy.json").read_bytes() == Path("b.vidkompy.json").read_bytes()


def test_a_sidecar_can_be_used_from_python(sidecar: Path, pair: Case) -> None:
    for path in (sidecar, str(sidecar)):
        found = read_sidecar(path)
        assert found.frame_map.bg.dtype == np.int64
        np.testing.assert_array_equal(found.frame_map.bg, pair.truth.map)
        assert found.placement == Placement(61, 37, 192, 110)
        assert found.fg.path.samefile(pair.fg)


# ---- edited by hand


def edited(sidecar: Path, change: Any) -> None:
    document = json.loads(sidecar.read_text())
    change(document)
    sidecar.write_text(json.dumps(document, indent=4))


def test_a_placement_changed_by_hand_moves_fg(vidkompy: Vidkompy, sidecar: Path, pair: Case) -> None:
    edited(sidecar, lambda d: d["placement"].update(x=10, y=20))
    assert vidkompy("render", sidecar.name, "-o", "out.mkv", *FFV1).code == 0
    fg = list(planes(pair.fg))
    for i, frame in enumerate(planes(Path("out.mkv"))):
        np.testing.assert_array_equal(frame[:, 20:130, 10:202], fg[i])


def test_a_run_changed_by_hand_changes_the_frames_shown(vidkompy: Vidkompy, sidecar: Path, pair: Case) -> None:
    runs = [{"fg": 0, "bg": 5, "count": 20}, {"fg": 20, "bg": 25, "count": 16, "rate": "1/2"}]
    edited(sidecar, lambda d: d.update(runs=runs))
    assert vidkompy("render", sidecar.name, "-o", "out.mkv", *FFV1).code == 0
    below = list(planes(pair.bg))
    shown = [*range(5, 25), *(25 + k // 2 for k in range(16))]
    for j, frame in zip(shown, planes(Path("out.mkv")), strict=True):
        np.testing.assert_array_equal(frame[:, :37], below[j][:, :37])
    assert len(set(frame_hashes(Path("out.mkv")))) == 36


def test_what_is_not_needed_may_be_left_out(sidecar: Path) -> None:
    def thin(document: dict[str, Any]) -> None:
        for key in ("generator", "pins", "engine", "quality"):
            del document[key]
        for key in ("colour", "sar", "rotation", "audio"):
            del document["clips"]["bg"][key]
        del document["runs"][0]["phase"]

    before = read_sidecar(sidecar)
    edited(sidecar, thin)
    after = read_sidecar(sidecar)
    np.testing.assert_array_equal(after.frame_map.bg, before.frame_map.bg)
    assert (after.placement, after.bg.sar, after.bg.audio) == (before.placement, 1, ())


# ---- the package


def test_everything_offered_exists_and_is_offered_on_purpose() -> None:
    assert package.__all__ == sorted(package.__all__)
    for name in package.__all__:
        assert getattr(package, name).__name__ == name
    errors = "MapError MediaError NoMatch OutputError RenderError SidecarError UsageError VidkompyError"
    values = "Clip FrameMap Placement Run Sidecar read_sidecar write_sidecar"
    assert set(package.__all__) == {*errors.split(), *values.split()}
    with pytest.raises(AttributeError, match="module 'vidkompy' has no attribute 'nosuch'"):
        package.nosuch  # noqa: B018
