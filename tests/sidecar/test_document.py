"""The file between the halves: nothing is lost in it, it meets its schema, and a person can edit it."""

import importlib
import importlib.metadata
import json
import tempfile
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from support import constructed_maps
from support.clips import planes
from support.program_runs import Vidkompy, frame_hashes, sidecar_of
from support.sidecar_strategies import (
    sidecars,
)
from support.truth_cases import Case

import vidkompy as package
from vidkompy import FrameMap, Placement, Sidecar, read_sidecar, write_sidecar
from vidkompy.sidecar.schemas import schema

FFV1 = ("--", "-c:v", "ffv1")


def plain(sidecar: Sidecar, folder: Path) -> dict[str, Any]:
    """Everything a sidecar says, comparable, with paths as seen from `folder`."""
    fields = asdict(sidecar)
    for role in ("fg", "bg"):
        fields[role] |= {"pts": fields[role]["pts"].tolist(), "path": (folder / fields[role]["path"]).resolve()}
    fields["frame_map"] = {k: None if v is None else v.tolist() for k, v in fields["frame_map"].items()}
    return fields


@pytest.mark.slow
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
    "bg",
    [
        constructed_maps.ratio(200_000, 483, 472),
        constructed_maps.ratio(200_000, 472, 483),
        constructed_maps.ratio(200_000, 5, 4),
    ],
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
    bg_numbers = [*range(5, 25), *(25 + k // 2 for k in range(16))]
    for j, frame in zip(bg_numbers, planes(Path("out.mkv")), strict=True):
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
    assert (after.placement, after.bg.sar, after.bg.audio) == (before.placement, Fraction(1), ())


# ---- the package


def test_everything_offered_exists_and_has_the_name_of_its_home() -> None:
    assert len(package.__all__) == len(set(package.__all__))
    assert set(package.__all__) == {"__version__", *(name for names in package._HOMES.values() for name in names)}
    for home, names in package._HOMES.items():
        for name in names:
            assert getattr(package, name) is getattr(importlib.import_module(home), name)
    assert package.__version__ == importlib.metadata.version("vidkompy")


def test_the_verbs_of_the_command_line_are_functions_with_docs() -> None:
    for name in ("analyze", "render", "verify", "locate", "export", "import_map", "read_sidecar", "write_sidecar"):
        assert "Raises" in (getattr(package, name).__doc__ or ""), name
    with pytest.raises(AttributeError, match="module 'vidkompy' has no attribute 'nosuch'"):
        package.nosuch  # noqa: B018
