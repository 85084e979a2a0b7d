"""--damaged keep: what decodes is aligned, drawn and verified, and the sidecar says what is damaged."""

import json
import re
import subprocess
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from support.damaged_files import FAULTS
from support.program_runs import FFMPEGS, Vidkompy, refused

from vidkompy.errors import MediaError
from vidkompy.media.cache import Cache
from vidkompy.media.integrity import probe_damaged
from vidkompy.media.probe import probe, probe_with_faults
from vidkompy.model import (
    BROKEN_STRUCTURE,
    DAMAGED_PACKET,
    DAMAGED_PICTURE,
    DAMAGED_SOUND,
    ENDS_EARLY,
    LOST_FRAMES,
    MAX_FAULTS,
    NO_END_MARK,
    Fault,
)
from vidkompy.sidecar.document import read_sidecar, write_sidecar
from vidkompy.sidecar.schemas import schema

KEPT = ("mkv", "faststart.mp4", "fragmented.mp4", "ts", "flv", "avi")
PLACED = ("--at", "0,0")


def harmed(intact: dict[str, Path], container: str, fault: str, folder: Path) -> Path:
    bad = folder / f"bad.{container}"
    bad.write_bytes(FAULTS[fault](intact[container].read_bytes(), intact[container]))
    return bad


def drawn(path: Path, binary: str) -> int:
    """Frames that come out of an ffmpeg."""
    words = ("-v", "error", "-i", str(path), "-map", "0:v", "-f", "framecrc", "-fps_mode", "passthrough", "-")
    done = subprocess.run([binary, *words], capture_output=True, text=True, check=True)
    return sum(not line.startswith("#") for line in done.stdout.splitlines())


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["cut at 50 %", "zeros in the middle", "a keyframe with wrong bytes"])
@pytest.mark.parametrize("container", KEPT)
def test_what_decodes_is_drawn_and_verified(
    vidkompy: Vidkompy, intact: dict[str, Path], tmp_path: Path, container: str, fault: str
) -> None:
    bad = harmed(intact, container, fault, tmp_path)
    good = intact["mov"]
    assert vidkompy("analyze", good, bad.name, "-o", "x.json", "--damaged", "keep", *PLACED).code == 0
    sidecar = read_sidecar("x.json")
    assert sidecar.fg.is_concealed
    assert sidecar.quality.reasons[-1].startswith(("FG is damaged and was kept", "FG's sound is damaged", "FG has a"))
    for k, binary in enumerate(FFMPEGS):
        outcome = vidkompy("render", "x.json", "-o", f"out-{k}.mov", "--ffmpeg", binary)
        assert outcome.code == 0
        assert "note: FG is damaged (" in outcome.err
        assert drawn(tmp_path / f"out-{k}.mov", binary) == sidecar.fg.frames
        verified = vidkompy("verify", "x.json", f"out-{k}.mov")
        assert verified.code == 0, verified.out


@pytest.mark.slow
@pytest.mark.parametrize("binary", FFMPEGS)
def test_a_damaged_background_is_read_as_it_decodes(
    vidkompy: Vidkompy, intact: dict[str, Path], tmp_path: Path, binary: str
) -> None:
    bad = harmed(intact, "mkv", "zeros in the middle", tmp_path)
    words = ("compose", bad.name, intact["mov"], "-o", "out.mov", "--damaged", "keep", "--ffmpeg", binary, *PLACED)
    outcome = vidkompy(*words)
    assert outcome.code == 0
    assert "doubt  BG is damaged and was kept, as far as it decodes: " in outcome.err
    assert "note: BG is damaged (" in outcome.err
    assert vidkompy("verify", "out.vidkompy.json", "out.mov").code == 0


def test_refine_keeps_what_was_kept(vidkompy: Vidkompy, intact: dict[str, Path], tmp_path: Path) -> None:
    bad = harmed(intact, "mkv", "a keyframe with wrong bytes", tmp_path)
    assert vidkompy("analyze", intact["mov"], bad.name, "-o", "x.json", "--damaged", "keep", *PLACED).code == 0
    assert vidkompy("refine", "x.json", "-o", "y.json").code == 0
    before, after = (json.loads(Path(name).read_text()) for name in ("x.json", "y.json"))
    assert after["clips"] == before["clips"]
    assert after["clips"]["fg"]["damage"]


def test_an_intact_pair_is_the_same_whether_damage_would_be_kept_or_refused(
    vidkompy: Vidkompy, intact: dict[str, Path]
) -> None:
    words = ("analyze", intact["mov"], intact["mkv"], "-o")
    assert vidkompy(*words, "x.json", *PLACED).code == 0
    assert vidkompy(*words, "y.json", "--damaged", "keep", *PLACED).code == 0
    assert Path("x.json").read_text() == Path("y.json").read_text()


def test_what_was_kept_is_not_taken_for_intact_from_the_cache(
    vidkompy: Vidkompy, intact: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDKOMPY_CACHE", str(tmp_path / "cache"))
    for fault in ("cut at 50 %", "a keyframe with wrong bytes"):
        bad = harmed(intact, "mkv", fault, tmp_path)
        words = ("analyze", intact["mov"], bad.name, "-o", "x.json", "--overwrite", *PLACED)
        assert vidkompy(*words, "--damaged", "keep").code == 0
        first = Path("x.json").read_text()
        assert "'bad.mkv' is damaged: " in vidkompy(*words).err
        assert vidkompy(*words, "--damaged", "keep").code == 0
        assert Path("x.json").read_text() == first


def test_damage_is_kept_in_the_cache_and_in_the_file(intact: dict[str, Path], tmp_path: Path) -> None:
    clip = probe_damaged(harmed(intact, "ts", "a piece missing in the middle", tmp_path))
    cache = Cache(tmp_path / "cache")
    cache.store_clip(clip, is_kept=True)
    found = cache.load_clip(clip.path, clip.sha256, is_kept=True)
    assert cache.load_clip(clip.path, clip.sha256) is None
    assert found is not None
    assert found.damage == clip.damage
    assert [fault.seconds for fault in clip.damage] == sorted(fault.seconds for fault in clip.damage)


def written(tmp_path: Path, damage: tuple[Fault, ...], sidecar: Path) -> Any:
    before = read_sidecar(sidecar)
    write_sidecar(replace(before, fg=replace(before.fg, damage=damage)), tmp_path / "x.json")
    return json.loads((tmp_path / "x.json").read_text())


def test_every_kind_of_damage_is_in_the_schemas(vidkompy: Vidkompy, sidecar: Path, tmp_path: Path) -> None:
    kinds = (ENDS_EARLY, BROKEN_STRUCTURE, LOST_FRAMES, DAMAGED_PACKET, DAMAGED_PICTURE, DAMAGED_SOUND, NO_END_MARK)
    damage = tuple(Fault(float(n), kind) for n, kind in enumerate(kinds))
    document = written(tmp_path, damage, sidecar)
    jsonschema.Draft202012Validator(schema()).validate(document)
    assert read_sidecar(tmp_path / "x.json").fg.damage == damage
    exported = json.loads(vidkompy("export", "x.json", "--to", "json").out)
    jsonschema.Draft202012Validator(schema("map")).validate(exported)
    assert exported["clips"]["fg"]["damage"] == document["clips"]["fg"]["damage"]


@pytest.mark.parametrize(
    "damage",
    [
        [{"seconds": 1, "what": "bad luck"}],
        [{"seconds": 1}],
        [{"seconds": "1", "what": ENDS_EARLY}],
        [{"seconds": 1e300, "what": ENDS_EARLY}],
        [{"seconds": 1, "what": ENDS_EARLY}] * (MAX_FAULTS + 1),
    ],
)
def test_damage_that_is_none_of_the_known_is_malformed(
    vidkompy: Vidkompy, sidecar: Path, tmp_path: Path, damage: list[dict[str, Any]]
) -> None:
    document = written(tmp_path, (), sidecar)
    document["clips"]["fg"]["damage"] = damage
    Path("x.json").write_text(json.dumps(document))
    assert "x.json' is malformed: " in refused(vidkompy, "render", "x.json")


def test_scripts_of_a_damaged_clip_do_not_end_at_what_does_not_decode(
    vidkompy: Vidkompy, sidecar: Path, tmp_path: Path
) -> None:
    for damage, count in (((), 2), ((Fault(1.0, DAMAGED_PICTURE),), 1)):
        written(tmp_path, damage, sidecar)
        script = " ".join(vidkompy("export", "x.json", "--to", "ffmpeg").out.replace("\\\n", " ").split())
        assert script.count("-err_detect:v explode") == count
        assert script.count("-xerror") == (not damage)


@pytest.mark.parametrize("binary", FFMPEGS)
def test_an_ffmpeg_that_makes_other_frames_of_damage_is_refused(
    vidkompy: Vidkompy, intact: dict[str, Path], tmp_path: Path, binary: str
) -> None:
    """As where decoders of another version conceal less."""
    bad = harmed(intact, "mkv", "cut at 50 %", tmp_path)
    assert vidkompy("analyze", intact["mov"], bad.name, "-o", "x.json", "--damaged", "keep", *PLACED).code == 0
    sidecar = read_sidecar("x.json")
    fg = replace(sidecar.fg, pts=sidecar.fg.pts[:-1], signature=None)
    frame_map = replace(sidecar.frame_map, bg=sidecar.frame_map.bg[:-1], low=None, high=None, confidence=None)
    write_sidecar(replace(sidecar, fg=fg, frame_map=frame_map, content=None, colours=None), "y.json")
    message = refused(vidkompy, "render", "y.json", "-o", "out.mov", "--ffmpeg", binary)
    counts = rf"makes {sidecar.fg.frames} frames of it, the analysis {fg.frames}"
    assert re.fullmatch(
        rf"'.*bad\.mkv' is damaged, and '{re.escape(binary)}' {counts}: name another with --ffmpeg, or encode what "
        r"decodes anew and analyse that: ffmpeg -i IN -c:v libx264 -crf 0 OUT\.mkv",
        message,
    )


@pytest.mark.slow
@pytest.mark.parametrize("container", KEPT)
@pytest.mark.parametrize("fault", FAULTS)
def test_frames_that_are_kept_come_in_order(
    intact: dict[str, Path], tmp_path: Path, container: str, fault: str
) -> None:
    clip = probe_damaged(harmed(intact, container, fault, tmp_path))
    assert 0 < clip.frames <= 100
    assert (np.diff(clip.pts) > 0).all()
    assert 0 < len(clip.damage) <= MAX_FAULTS
    assert all(a.seconds <= b.seconds for a, b in pairwise(clip.damage))


def test_damaged_sound_is_refused_of_a_foreground_only(intact: dict[str, Path], tmp_path: Path) -> None:
    """It is copied; a background's is not read unless that is asked for."""
    from vidkompy.analysis import analyze

    bad = tmp_path / "bad.ts"
    bad.write_bytes(intact["ts"].read_bytes()[: -6 * 188])
    assert {fault.kind for fault in probe_with_faults(bad)[0].damage} == {DAMAGED_SOUND}
    with pytest.raises(MediaError, match="is damaged: damaged sound at 3"):
        analyze(intact["mov"], bad)
    assert probe(bad).has_damaged_sound
    assert "BG's sound is damaged: " in " ".join(analyze(bad, intact["mov"]).quality.reasons)
