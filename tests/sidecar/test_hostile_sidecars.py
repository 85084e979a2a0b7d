"""A sidecar is data: whatever a stranger writes into it runs nothing, opens nothing, and takes no more than it says."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av.video.format
import pytest
from support.folder_state import on_disk
from support.program_runs import FFMPEGS, Vidkompy, environment, refused

from vidkompy import read_sidecar
from vidkompy.cli.std_streams import escape_controls
from vidkompy.errors import MalformedError, SidecarError
from vidkompy.limits import (
    LONGEST_CLIP,
    MAX_FRAME_PIXELS,
    MAX_FRAME_SIDE,
    MAX_FRAMES,
    MAX_IGNORED_BOXES,
    MAX_RATIONAL,
    MAX_RUNS,
    MAX_SIDECAR_BYTES,
)
from vidkompy.media.frame_metadata import _PRIMARIES, _RANGES, _SIDE_DATA, _SPACES, _TRANSFERS
from vidkompy.media.probe import probe
from vidkompy.sidecar.schemas import schema

HOSTILE = [
    "bt709\nGRAPH\ntouch owned\ncat << 'GRAPH'",
    "yuv420p,metadata=mode=print:file=owned",
    "yuv420p,movie=http\\://127.0.0.1\\:9/",
    "'; touch owned; '",
    "$(touch owned)",
    "tv:x",
    "-y",
    "",
    "x" * 100_000,
]
FREE = ("path", "generator", "reasons", "schema")  # texts that may be anything printable: they are quoted or only shown


def texts(document: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Places of all texts in a document."""
    if isinstance(document, str):
        yield place
    items = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for key, value in items:
        yield from texts(value, (*place, key))


def put(document: Any, place: tuple[str | int, ...], value: Any) -> None:
    for key in place[:-1]:
        document = document[key]
    document[place[-1]] = value


def full(sidecar: Path) -> dict[str, Any]:
    """With every optional text there."""
    document: dict[str, Any] = json.loads(sidecar.read_text())
    for clip in document["clips"].values():
        clip |= {"timecode": "01:00:00:00", "field_order": "tff", "side_data": ["light levels"], "decoder": "libvpx"}
        clip["audio"] = ["aac"]
    sidecar.write_text(json.dumps(document))
    read_sidecar(sidecar)  # it is right so far
    return document


def is_malformed(sidecar: Path) -> bool:
    try:
        read_sidecar(sidecar)
    except MalformedError:
        return True
    return False


def test_no_text_of_a_closed_kind_takes_another(sidecar: Path) -> None:
    document = full(sidecar)
    places = [place for place in texts(document) if not set(FREE) & set(place)]
    assert len(places) > 30
    for place in places:
        before = json.dumps(document)
        for text in HOSTILE:
            if place[-1] in ("engine", "timecode") and text in ("", "-y"):
                continue  # harmless there: an engine without a name, a label that is none
            if place[-1] == "timecode" and text.isprintable() and len(text) <= 64:
                continue  # one word behind -metadata, and quoted in scripts
            put(document, place, text)
            sidecar.write_text(json.dumps(document))
            assert is_malformed(sidecar), f"{place} takes {text!r}"
        document = json.loads(before)


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
@pytest.mark.parametrize("label", ["01:00:00:00$(touch owned)", "'; touch owned; '", "`touch owned`", "-y owned"])
def test_a_label_runs_nothing(vidkompy: Vidkompy, sidecar: Path, label: str, ffmpeg: str) -> None:
    document = json.loads(sidecar.read_text())
    document["clips"]["fg"]["timecode"] = label
    sidecar.write_text(json.dumps(document))
    assert vidkompy("export", sidecar, "--to", "ffmpeg", "-o", "x.sh", "--ffmpeg", ffmpeg).code == 0
    assert vidkompy("export", sidecar, "--to", "vmaf", "-o", "y.sh", "--ffmpeg", ffmpeg).code == 0
    for script in ("x.sh", "y.sh"):
        subprocess.run(["sh", script], env=os.environ | {"FFMPEG": ffmpeg}, capture_output=True, check=True)
    assert not Path("owned").exists()


@pytest.mark.parametrize("text", HOSTILE[1:3])
@pytest.mark.parametrize("command", [("render", "--dry-run"), ("export", "--to", "graph"), ("export", "--to", "vmaf")])
def test_a_pixel_format_opens_and_empties_nothing(
    vidkompy: Vidkompy, sidecar: Path, command: tuple[str, ...], text: str
) -> None:
    Path("owned").write_text("precious")
    document = json.loads(sidecar.read_text())
    document["clips"]["fg"]["pix_fmt"] = text
    sidecar.write_text(json.dumps(document))
    message = refused(vidkompy, command[0], sidecar, *command[1:])
    assert message.startswith(f"sidecar '{sidecar}' is malformed: ")
    assert message.endswith("@ $.clips.fg.pix_fmt")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("clips", "fg", "frames"), MAX_FRAMES + 1),
        (("clips", "bg", "pts", 0, "count"), 200_000_000),
        (("runs", 0, "count"), 200_000_000),
        (("clips", "fg", "width"), MAX_FRAME_SIDE + 1),
        (("clips", "fg", "size"), 0),  # as /proc/self/pagemap has, which takes hours to read
        (("clips", "bg", "time_base"), f"1/{MAX_RATIONAL + 1}"),
        (("clips", "bg", "frame_rate"), f"{MAX_RATIONAL + 1}"),
        (("clips", "bg", "sar"), "9" * 10_000),
        (("clips", "bg", "pts", 0, "step"), "9" * 10_000),
        (("clips", "bg", "start_pts"), 2**63 - 1),
        (("clips", "bg", "pts", 0, "pts"), -(2**63)),
        (("placement", "x"), 1e300),
        (("placement", "width"), 1e-300),
        (("quality", "reasons"), ["x"] * 1001),
        (("quality", "reasons"), ["x" * 2001]),
        (("pins",), [{"fg": 0, "bg": 0}] * 1_000_001),
        (("ignored",), [{"left": 0, "top": 0, "right": 1, "bottom": 1}] * (MAX_IGNORED_BOXES + 1)),
    ],
)
def test_what_is_out_of_bounds_is_refused_at_its_place(sidecar: Path, place: tuple[str | int, ...], value: Any) -> None:
    document = json.loads(sidecar.read_text())
    put(document, place, value)
    sidecar.write_text(json.dumps(document))
    with pytest.raises(SidecarError, match="malformed") as e:
        read_sidecar(sidecar)
    assert str(e.value).endswith(
        f"@ ${''.join(f'[{k}]' if isinstance(k, int) else f'.{k}' for k in place)}"
        if value != ["x" * 2001]
        else "reasons[0]"
    )
    assert len(str(e.value)) < 500 + len(str(sidecar))


def test_large_pictures_are_refused_before_they_are_drawn(vidkompy: Vidkompy, sidecar: Path) -> None:
    document = json.loads(sidecar.read_text())
    document["clips"]["bg"] |= {"width": MAX_FRAME_SIDE, "height": MAX_FRAME_SIDE}
    sidecar.write_text(json.dumps(document))
    assert f"frames of 65535x65535, wanted {MAX_FRAME_PIXELS} pixels at most @ $.clips.bg.width" in refused(
        vidkompy, "render", sidecar
    )
    document["clips"]["bg"] |= {"width": 320, "height": 180}
    for where, command in (({"width": 999_999}, ()), ({"width": 1, "height": 1}, ("--canvas", "fg"))):
        document["placement"] |= {"x": 0, "y": 0, "width": 192, "height": 110} | where
        sidecar.write_text(json.dumps(document))
        assert f"wanted {MAX_FRAME_PIXELS} pixels at most" in refused(vidkompy, "render", sidecar, *command)


@pytest.mark.slow
def test_deep_and_large_documents_are_refused(vidkompy: Vidkompy, sidecar: Path) -> None:
    text = sidecar.read_text()
    for depth in (500, 5000):
        for nested in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
            Path("deep.json").write_text(text.replace('"pins": []', f'"pins": {nested}'))
            assert "deep.json' is " in refused(vidkompy, "render", "deep.json")
    with Path("large.json").open("wb") as file:
        file.truncate(MAX_SIDECAR_BYTES + 1)
    assert f"'large.json' has {MAX_SIDECAR_BYTES + 1} bytes, wanted" in refused(vidkompy, "render", "large.json")


@pytest.mark.slow
def test_the_longest_map_that_is_read_fits_into_memory(sidecar: Path) -> None:
    """5,000,000 frames in a text of 2 kB: 2 GiB of address space for all of it, libraries included."""
    document = json.loads(sidecar.read_text())
    for clip in document["clips"].values():
        clip |= {"frames": MAX_FRAMES, "pts": [{"first": 0, "pts": 0, "count": MAX_FRAMES, "step": "256"}]}
    document |= {"runs": [{"fg": 0, "bg": 0, "count": MAX_FRAMES}], "confidence": [], "alike": []}
    sidecar.write_text(json.dumps(document))
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_DATA, (2 << 30, 2 << 30)); "
        "from vidkompy import read_sidecar; print(read_sidecar(sys.argv[1]).frame_map.bg[-1])"
    )
    done = subprocess.run([sys.executable, "-c", program, sidecar], capture_output=True, text=True, env=environment())
    assert done.stdout == f"{MAX_FRAMES - 1}\n", done.stderr


def test_hostile_names_and_reasons_leave_terminals_alone(vidkompy: Vidkompy, sidecar: Path) -> None:
    document = json.loads(sidecar.read_text())
    document["clips"]["fg"]["path"] = "\x1b]0;owned\x07\x1b[2J\u202egpj.exe"
    sidecar.write_text(json.dumps(document))
    outcome = vidkompy("render", sidecar)
    assert outcome.code == 1
    assert "'\\x1b]0;owned\\x07\\x1b[2J\\u202egpj.exe'" in outcome.err.replace(f"{sidecar.parent}/", "")
    assert escape_controls("a\tb\r\x85é東\U0001f600") == "a\\tb\\r\\x85é東\U0001f600"


def test_scripts_of_hostile_clip_names_run_nothing_else(vidkompy: Vidkompy, sidecar: Path, tmp_path: Path) -> None:
    """A stub in ffmpeg's place shows the words that it gets."""
    name = "a\nGRAPH\ntouch owned\n'; touch owned; \"$(touch owned)`touch owned`.mp4"
    Path("fg.mp4").rename(name)
    document = json.loads(sidecar.read_text())
    document["clips"]["fg"]["path"] = name
    sidecar.write_text(json.dumps(document))
    stub = tmp_path / "stub"
    stub.write_text("#!/bin/sh\nprintf '%s\\0' \"$@\" >> words\necho ffmpeg version 9.0\n")
    stub.chmod(0o755)
    for to in ("ffmpeg", "vmaf"):
        assert vidkompy("export", sidecar, "--to", to, "-o", f"{to}.sh").code == 0
        subprocess.run(["sh", f"{to}.sh"], env=os.environ | {"FFMPEG": str(stub)}, capture_output=True, check=True)
        assert f"file:./{name}" in Path("words").read_text().split("\0")
        Path("words").unlink()
    assert "owned" not in on_disk(tmp_path)


def test_the_closed_lists_hold_all_that_is_measured() -> None:
    clip = schema()["$defs"]["clip"]["properties"]
    colour = {name: set(kind["enum"]) for name, kind in clip["colour"]["properties"].items()}
    measured = {"space": _SPACES, "range": _RANGES, "primaries": _PRIMARIES, "transfer": _TRANSFERS}
    assert colour == {name: {"unknown", *names.values()} for name, names in measured.items()}
    assert set(clip["side_data"]["items"]["enum"]) == set(_SIDE_DATA.values())
    devices = {"amf", "cuda", "d3d11", "d3d12", "drm_prime", "mediacodec", "mmal", "ohcodec", "opencl", "qsv", "vaapi"}
    devices |= {"d3d11va_vld", "dxva2_vld", "vdpau", "videotoolbox_vld", "vulkan", "xvmc"}
    names: set[str] = av.video.format.names  # type: ignore[attr-defined]  # its stubs leave them out
    assert names - devices <= set(schema()["$defs"]["pix_fmt"]["enum"])


def test_both_schemas_say_the_same_of_clips_and_bounds() -> None:
    ours, theirs = schema(), schema("map")
    assert theirs["$defs"] == ours["$defs"]
    for name in theirs["properties"].keys() & ours["properties"].keys() - {"schema"}:
        assert theirs["properties"][name] == ours["properties"][name], name
    assert ours["properties"]["runs"]["maxItems"] == MAX_RUNS
    assert ours["properties"]["ignored"]["maxItems"] == MAX_IGNORED_BOXES
    assert ours["$defs"]["count"]["maximum"] == ours["$defs"]["index"]["maximum"] == MAX_FRAMES
    assert ours["$defs"]["clip"]["properties"]["width"]["maximum"] == MAX_FRAME_SIDE


def test_clocks_that_ffmpeg_cannot_count_are_refused(vidkompy: Vidkompy, sidecar: Path) -> None:
    document = json.loads(sidecar.read_text())
    document["clips"]["bg"] |= {"start_pts": -(2**62)}
    sidecar.write_text(json.dumps(document))
    assert refused(vidkompy, "render", sidecar).endswith("wanted years at most @ $.clips.bg.pts")


@pytest.mark.parametrize(("count", "step"), [(2, 3600 * 1000 + 1), (100, 1800 * 1000)])
def test_clips_that_last_for_days_are_refused(vidkompy: Vidkompy, sidecar: Path, count: int, step: int) -> None:
    """Silence of that length would be drawn beside them."""
    document = json.loads(sidecar.read_text())
    lines = [{"first": 0, "pts": 0, "count": count, "step": str(step)}]
    document["clips"]["fg"] |= {"time_base": "1/1000", "frames": count, "pts": lines}
    document["runs"] = [{"fg": 0, "bg": 0, "count": count, "rate": "0"}]
    sidecar.write_text(json.dumps(document))
    assert "s, wanted 172800 s at most, and 3600 s of each frame @ $.clips.fg.pts" in refused(
        vidkompy, "render", sidecar
    )


@pytest.mark.parametrize("to", ["otio", "edl", "mlt", "xmeml", "fcpxml", "aaf"])
def test_timelines_of_endless_clips_are_refused(vidkompy: Vidkompy, sidecar: Path, to: str) -> None:
    """48 frames an hour apart, at 1000 a second."""
    document = json.loads(sidecar.read_text())
    count = document["clips"]["fg"]["frames"]
    lines = [{"first": 0, "pts": 0, "count": count, "step": "3599997"}]
    document["clips"]["fg"] |= {"time_base": "1/1000", "frame_rate": "1000", "pts": lines}
    sidecar.write_text(json.dumps(document))
    assert "too long to be counted at " in refused(vidkompy, "export", sidecar, "--to", to)


@pytest.mark.parametrize("late", [-(10**7), 10**7])
def test_no_sound_of_years_is_drawn(vidkompy: Vidkompy, sidecar: Path, late: int) -> None:
    """FG's file would start so many s after its first frame: silence up to there would fill the disk."""
    document = json.loads(sidecar.read_text())
    start = late / Fraction(document["clips"]["fg"]["time_base"])
    document["clips"]["fg"]["start_pts"] = int(start)
    sidecar.write_text(json.dumps(document))
    message = refused(vidkompy, "render", sidecar, "--audio", "bg")
    assert message.startswith("with BG's sound the output would last ")
    assert message.endswith(f"wanted more than 0 and {LONGEST_CLIP} at most: leave that sound out with --audio")


def test_the_slowest_rate_that_a_sidecar_can_name_is_drawn(vidkompy: Vidkompy, sidecar: Path) -> None:
    document = json.loads(sidecar.read_text())
    document["clips"]["fg"]["frame_rate"] = f"1/{MAX_RATIONAL}"
    sidecar.write_text(json.dumps(document))
    assert vidkompy("render", sidecar, "-o", "out.mkv", "--audio", "fg").code == 0
    assert probe(Path("out.mkv")).frames == document["clips"]["fg"]["frames"]
