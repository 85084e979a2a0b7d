"""Sidecars that are malformed, ask for the impossible, or no longer fit their clips: told where, nothing changed."""

import hashlib
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import orjson
import pytest
from support.program_runs import EMBEDDED, Vidkompy, refused

from vidkompy import read_sidecar
from vidkompy.model import Run

PLACE = "sidecar 'pair.vidkompy.json' is malformed: "
RATIONAL, POSITIVE = '"^-?[0-9]+(/[1-9][0-9]*)?$"', '"^[1-9][0-9]*(/[1-9][0-9]*)?$"'


def stretch(low: int, high: int) -> dict[str, int]:
    return {"fg": 0, "count": 3, "low": low, "high": high, "step": 1}


EDITS: list[tuple[str, Any, str]] = [  # where, new value (None: removed), what is said
    ("schema", "vidkompy.sidecar/2", "schema is 'vidkompy.sidecar/2', wanted 'vidkompy.sidecar/1' @ $.schema"),
    ("schema", None, "schema is None, wanted 'vidkompy.sidecar/1' @ $.schema"),
    ("placement", None, '"placement" is a required property @ $'),
    ("placement.x", "left", '"left" is not of type "number" @ $.placement.x'),
    ("placement.width", 0, "0 is less than the minimum of 0.01 @ $.placement.width"),
    ("placement.z", 1, "Additional properties are not allowed ('z' was unexpected) @ $.placement"),
    ("runs.3.bg", "9", '"9" is not of types "null", "integer" @ $.runs[3].bg'),
    ("runs.3.bg", -1, "-1 is less than the minimum of 0 @ $.runs[3].bg"),
    ("runs.3.bg", 36, "run shows BG frames 36..48, but BG has 0..47 @ $.runs[3].bg"),
    ("runs.3.bg", 2**63, "9223372036854775808 is greater than the maximum of 5000000 @ $.runs[3].bg"),
    ("runs.3.rate", f"{2**62}", "its numbers need more than 64 bits @ $.runs[3]"),
    ("runs.3.rate", "-3", "run shows BG frames -5..31, but BG has 0..47 @ $.runs[3].bg"),
    ("runs.3.rate", "one", f'"one" does not match {RATIONAL} @ $.runs[3].rate'),
    ("runs.3.rate", "1/0", f'"1/0" does not match {RATIONAL} @ $.runs[3].rate'),
    ("runs.3.rate", 1.25, '1.25 is not of type "string" @ $.runs[3].rate'),
    ("runs.3.rate", "9" * 30, "its numbers need more than 64 bits @ $.runs[3]"),
    ("runs.3.count", 0, "0 is less than the minimum of 1 @ $.runs[3].count"),
    ("runs.3.count", 14, "run ends at FG frame 37, but FG has 36 frames @ $.runs[3].count"),
    ("runs.3.count", 10**15, "1000000000000000 is greater than the maximum of 5000000 @ $.runs[3].count"),
    ("runs.3.count", 12, "runs cover 35 FG frames, but FG has 36 @ $.runs"),
    ("runs.3.fg", 24, "run starts at FG frame 24, wanted 23, where the last ended @ $.runs[3].fg"),
    ("runs.3.fg", 22, "run starts at FG frame 22, wanted 23, where the last ended @ $.runs[3].fg"),
    ("pins", [{"fg": 36, "bg": 1}], "pins FG frames 36..36; wanted each of 0..35 once @ $.pins[0]"),
    (
        "pins",
        [{"fg": 3, "bg": 1}, {"fg": 2, "bg": 1, "count": 2}],
        "pins FG frames 3..3; wanted each of 0..35 once @ $.pins[1]",
    ),
    ("pins", [{"fg": 1, "bg": 48}], "reaches BG frames 48..48, BG has 0..47 @ $.pins[0]"),
    ("confidence", [{"fg": 30, "count": 7, "confidence": 1}], "reaches FG frame 36, FG has 0..35 @ $.confidence[0]"),
    ("alike", [stretch(low=9, high=5)], "no BG frame lies from 9 up to 5 @ $.alike[0].high"),
    ("alike", [stretch(low=40, high=47)], "reaches BG frame 48, BG has 0..47 @ $.alike[0]"),
    ("alike", [stretch(low=0, high=10**18)], f"{10**18} is greater than the maximum of 5000000 @ $.alike[0].high"),
    ("clips.fg.frames", 35, "timestamps for 36 frames, wanted 35 @ $.clips.fg.pts"),
    (
        "clips.bg.pts.0.count",
        10**15,
        "1000000000000000 is greater than the maximum of 5000000 @ $.clips.bg.pts[0].count",
    ),
    ("clips.bg.pts.0.first", 1, "starts at frame 1, wanted 0, where the last ended @ $.clips.bg.pts[0].first"),
    ("clips.bg.pts.0.step", "9" * 30, "its numbers need more than 64 bits @ $.clips.bg.pts[0]"),
    ("clips.bg.pts.0.step", "0", "timestamp goes from 0 to 0 at frame 1, wanted a later one @ $.clips.bg.pts"),
    ("clips.fg.time_base", "0", f'"0" does not match {POSITIVE} @ $.clips.fg.time_base'),
    ("clips.fg.time_base", "-1/30", f'"-1/30" does not match {POSITIVE} @ $.clips.fg.time_base'),
    ("clips.fg.frame_rate", "0", f'"0" does not match {POSITIVE} @ $.clips.fg.frame_rate'),
    ("clips.fg.path", "a\0b", r'"a\u0000b" does not match "^[^\u0000]+$" @ $.clips.fg.path'),
    ("clips.fg.sha256", "1234", '"1234" does not match "^[0-9a-f]{64}$" @ $.clips.fg.sha256'),
]


@pytest.mark.slow
@pytest.mark.parametrize(("where", "value", "message"), EDITS, ids=[f"{w}={str(v)[:12]}" for w, v, _ in EDITS])
@pytest.mark.parametrize("command", [("render",), ("export", "--to", "csv"), ("verify",)], ids=lambda c: c[0])
def test_a_malformed_sidecar_is_refused_with_the_place_in_it(
    vidkompy: Vidkompy, sidecar: Path, command: tuple[str, ...], where: str, value: object, message: str
) -> None:
    document = in_four_runs(orjson.loads(sidecar.read_bytes()))
    *path, last = [int(key) if key.isdigit() else key for key in where.split(".")]
    at: Any = document
    for key in path:
        at = at[key]
    if value is None:
        del at[last]
    else:
        at[last] = value
    sidecar.write_bytes(orjson.dumps(document))
    video = ("out.mp4",) if command[0] == "verify" else ()
    assert refused(vidkompy, command[0], sidecar.name, *video, *command[1:]) == PLACE + message


def in_four_runs(document: dict[str, Any]) -> dict[str, Any]:
    counts, bg, fg = (8, 8, 7, 13), (3, 13, 23, 31), 0
    document["runs"] = []
    for count, first in zip(counts, bg, strict=True):
        document["runs"].append({"fg": fg, "bg": first, "count": count})
        fg += count
    return document


@pytest.mark.usefixtures("sidecar")
@pytest.mark.parametrize("content", [b"", b"{", b"runs: 1", b"\xff\xfe", b'{"schema": NaN}'])
def test_a_sidecar_that_is_not_json_is_refused(vidkompy: Vidkompy, content: bytes) -> None:
    with pytest.raises(orjson.JSONDecodeError) as e:
        orjson.loads(content)
    Path("not.json").write_bytes(content)
    message = refused(vidkompy, "render", "not.json")
    assert message == f"'not.json' is not JSON: {e.value}; wanted a sidecar written by 'vidkompy analyze'"


@pytest.mark.parametrize("content", [b"[]", b"null", b"1", b'"text"', b"{}"])
def test_json_that_is_no_sidecar_is_refused(vidkompy: Vidkompy, content: bytes) -> None:
    Path("not.json").write_bytes(content)
    message = refused(vidkompy, "render", "not.json")
    assert message == "sidecar 'not.json' is malformed: schema is None, wanted 'vidkompy.sidecar/1' @ $.schema"


def test_a_clip_whose_path_cannot_be_is_named(vidkompy: Vidkompy, sidecar: Path) -> None:
    name = "x" * 3000
    sidecar.write_text(sidecar.read_text().replace('"fg.mp4"', f'"{name}"'))
    wanted = (
        f"cannot read '{name}', named by 'pair.vidkompy.json': file name too long; "
        "name what became of it: vidkompy relink pair.vidkompy.json --fg FILE"
    )
    assert refused(vidkompy, "refine", sidecar.name, "--overwrite") == wanted
    assert refused(vidkompy, "render", sidecar.name) == wanted


@pytest.mark.parametrize(("name", "reason"), [("gone.json", "no such file or directory"), (".", "is a directory")])
def test_a_sidecar_that_cannot_be_read_is_named(vidkompy: Vidkompy, name: str, reason: str) -> None:
    wanted = f"cannot read sidecar '{name}': {reason}"
    assert refused(vidkompy, "render", name) == wanted
    assert refused(vidkompy, "export", name, "--to", "csv") == wanted
    assert refused(vidkompy, "verify", name, "out.mp4") == wanted


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ({"x": 400}, "the placement puts FG outside the canvas: 192x110 at 400,37 on 320x180; "),
        ({"y": -110}, "the placement puts FG outside the canvas: 192x110 at 61,-110 on 320x180; "),
        ({"width": 0.2}, "this cannot be drawn: FG size is 0x110; wanted at least 1x1"),
    ],
)
def test_a_placement_that_shows_nothing_is_refused(
    vidkompy: Vidkompy, sidecar: Path, edit: dict[str, float], message: str
) -> None:
    document = orjson.loads(sidecar.read_bytes())
    document["placement"] |= edit
    sidecar.write_bytes(orjson.dumps(document))
    advice = "correct placement.x and placement.y in the sidecar" if message.endswith("; ") else ""
    assert refused(vidkompy, "render", sidecar.name) == message + advice


def test_nothing_is_left_of_an_unmatched_fg(vidkompy: Vidkompy, sidecar: Path) -> None:
    document = orjson.loads(sidecar.read_bytes())
    document["runs"] = [{"fg": 0, "bg": None, "count": 36}]
    sidecar.write_bytes(orjson.dumps(document))
    assert refused(vidkompy, "render", sidecar.name, "--trim", "matched") == (
        "no FG frame is matched: --trim matched keeps none; wanted at least one: leave it out"
    )


# ---- clips that changed


@pytest.mark.parametrize("command", [("render",), ("verify", "out.mp4")], ids=lambda c: c[0])
@pytest.mark.parametrize("name", ["bg.mp4", "fg.mp4"])
def test_a_clip_that_changed_since_the_analysis_is_refused(
    vidkompy: Vidkompy, sidecar: Path, name: str, command: tuple[str, ...]
) -> None:
    clip = Path(name)
    content = clip.read_bytes()
    size, words = len(content), (command[0], sidecar.name, *command[1:])
    wanted = (
        f"'{name}' is not the file that 'pair.vidkompy.json' was measured on ({{}} bytes now, {size} then, or "
        "other content of that size); if it was remuxed, re-encoded or trimmed: "
        f"vidkompy relink pair.vidkompy.json --{clip.stem} {name}"
    )
    clip.write_bytes(content + b"\0")
    assert refused(vidkompy, *words) == wanted.format(size + 1)
    clip.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert refused(vidkompy, *words) == wanted.format(size)
    clip.unlink()
    assert refused(vidkompy, *words) == (
        f"cannot read '{name}', named by 'pair.vidkompy.json': no such file or directory; "
        f"name what became of it: vidkompy relink pair.vidkompy.json --{clip.stem} FILE"
    )


@pytest.mark.parametrize("role", ["bg", "fg"])
@pytest.mark.parametrize("command", [("render",), ("verify", "fg.mp4"), ("export", "--to", "vmaf")], ids=lambda c: c[0])
def test_a_clip_without_pictures_is_named(
    vidkompy: Vidkompy, sidecar: Path, command: tuple[str, ...], role: str
) -> None:
    """A sidecar can say of any file that it is the clip."""
    subprocess.run([EMBEDDED, "-v", "error", "-i", "fg.mp4", "-vn", "-c", "copy", "sound.mp4"], check=True)
    document = orjson.loads(sidecar.read_bytes())
    data = Path("sound.mp4").read_bytes()
    document["clips"][role] |= {"path": "sound.mp4", "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    sidecar.write_bytes(orjson.dumps(document))
    message = refused(vidkompy, command[0], sidecar.name, *command[1:])
    assert message == "no video in 'sound.mp4': it holds audio; name a file with a video stream"


@pytest.mark.parametrize("to", ["csv", "edl", "fcpxml", "json", "mlt", "otio", "xmeml"])
def test_a_clip_whose_links_go_round_is_still_named(vidkompy: Vidkompy, sidecar: Path, to: str) -> None:
    Path("bg.mp4").unlink()
    Path("bg.mp4").symlink_to("bg.mp4")
    done = vidkompy("export", sidecar.name, "--to", to)
    assert (done.code, to == "csv" or "bg.mp4" in done.out) == (0, True)


@pytest.mark.parametrize(("to", "ending"), [("json", "json"), ("otio", "otio"), ("edl", "edl"), ("avisynth", "avs")])
def test_a_folder_that_is_not_utf8_is_named(vidkompy: Vidkompy, sidecar: Path, to: str, ending: str) -> None:
    folder = Path(os.fsdecode(b"bad\xff"))
    folder.mkdir()
    for path in (sidecar, Path("bg.mp4"), Path("fg.mp4")):
        path.rename(folder / path.name)
    message = refused(vidkompy, "export", folder / sidecar.name, "--to", to, "-o", f"x.{ending}")
    assert re.fullmatch(r"a file's name in .*bad\\+udcff' is not UTF-8; rename it", message), message


@pytest.mark.parametrize("name", ["gone.mp4", "text.mp4"])
def test_an_output_that_is_no_video_cannot_be_verified(vidkompy: Vidkompy, sidecar: Path, name: str) -> None:
    Path("text.mp4").write_text("not a video\n")
    reason = {"gone.mp4": "no such file or directory", "text.mp4": "invalid data found when processing input"}[name]
    assert (
        refused(vidkompy, "verify", sidecar.name, name)
        == f"cannot read '{name}' as video: {reason}; wanted a file that ffmpeg can decode"
    )


def test_what_other_writers_of_json_do_is_no_fault(vidkompy: Vidkompy, sidecar: Path) -> None:
    """A byte order mark in front, and 1.0 for 1."""
    plain = vidkompy("export", sidecar.name, "--to", "csv").out
    document = orjson.loads(sidecar.read_bytes())
    document["runs"] = [{**run, "fg": float(run["fg"]), "bg": float(run["bg"])} for run in document["runs"]]
    document["pins"] = [{"fg": 0.0, "bg": 3.0}]
    document["confidence"] = [{"fg": 0.0, "count": 36.0, "confidence": 1}]
    document["alike"] = [{k: float(v) for k, v in stretch(3, 5).items()}]
    sidecar.write_bytes(b"\xef\xbb\xbf" + orjson.dumps(document))
    assert vidkompy("export", sidecar.name, "--to", "csv").out == plain
    found = read_sidecar(sidecar)
    assert found.pins == (Run(0, 3, 1),)
    assert found.frame_map.low is not None
    assert found.frame_map.low[:3].tolist() == [3, 4, 5]
