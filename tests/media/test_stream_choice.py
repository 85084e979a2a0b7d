"""Files with several video streams: which is taken, what is said, and that all that reads the clip keeps to it."""

import json
import subprocess
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from support.program_runs import EMBEDDED, FFMPEGS, Vidkompy, refused, run_ffmpeg
from support.truth_cases import Case

from vidkompy.media.probe import probe, video_streams
from vidkompy.media.stream_choice import StreamSelector, VideoStreamFacts, choose_stream
from vidkompy.media.structure.mpeg_ts_programs import service_names_of
from vidkompy.sidecar.document import read_sidecar
from vidkompy.sidecar.schemas import schema

PLACED = ("--at", "61,37")
OTHER = ("-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30:duration=2")
SECOND = "note: BG holds 2 video streams: 0 (640x360, program 1 'One'), 1 (320x180, program 2 'Two'); "


@pytest.fixture
def two_services(pair: Case) -> Path:
    """BG is the second of two programs; the first one is larger, and something else."""
    path = pair.bg.with_name("two.ts")
    programs = ("-program", "title=One:st=0", "-program", "title=Two:st=1")
    run_ffmpeg(*OTHER, "-i", pair.bg, "-map", "0:v", "-map", "1:v", "-c:v:1", "copy", *programs, path)
    return path


def assert_truth(name: str, pair: Case) -> None:
    assert (read_sidecar(name).frame_map.bg == pair.truth.map).all()


@pytest.mark.parametrize(
    ("streams", "taken"),
    [
        ([(640, 360, ""), (640, 272, "")], 0),
        ([(320, 180, ""), (640, 360, "")], 1),
        ([(160, 90, ""), (640, 360, "default")], 1),
        ([(640, 360, ""), (600, 350, "default")], 1),
        ([(320, 180, "default"), (640, 360, "")], 1),  # a proxy, flagged because it is the first
        ([(3000, 3000, "still"), (640, 360, "")], 1),
        ([(3000, 3000, "still default"), (640, 360, "")], 1),
        ([(640, 360, "unknown"), (320, 180, "")], 1),
        ([(640, 360, "default"), (640, 360, "default")], 0),
        ([(640, 360, "still")], 0),
    ],
)
def test_the_main_stream_is_no_thumbnail_and_no_proxy(streams: list[tuple[int, int, str]], taken: int) -> None:
    facts = [
        VideoStreamFacts(k, w, h, "" if "unknown" in flags else "h264", "default" in flags, "still" in flags)
        for k, (w, h, flags) in enumerate(streams)
    ]
    assert choose_stream(Path("x"), facts) == taken


@pytest.mark.parametrize("container", ["mp4", "mkv"])
def test_a_proxy_in_front_and_a_cover_are_passed_over(pair: Case, container: str) -> None:
    cover, path = pair.bg.with_name("cover.png"), pair.bg.with_name(f"several.{container}")
    run_ffmpeg(*OTHER, "-frames:v", 1, cover)
    streams = ("-map", "0", "-map", "1", "-map", "1:v", "-c", "copy")
    proxy = ("-c:v:1", "libx264", "-filter:v:1", "scale=80:44")
    flags = ("-disposition:v:0", "attached_pic", "-disposition:v:1", "0", "-disposition:v:2", "default")
    run_ffmpeg("-i", cover, "-i", pair.bg, *streams, *proxy, *flags, path)
    clip = probe(path)
    assert (clip.width, clip.frames) == (320, 48)
    assert [s.is_still for s in video_streams(path)].count(True) == 1


def test_the_programs_of_a_transport_stream_are_known(two_services: Path) -> None:
    assert [stream.programs for stream in video_streams(two_services)] == [(1,), (2,)]
    assert probe(two_services, selector=StreamSelector(program=2)).stream == 1


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (b"News", "News"),
        (b"\x15Caf\xc3\xa9", "Café"),
        (b"\x05\xc0\xd4", "ÀÔ"),
        (b"\x10\x00\x02\xb1", "ą"),
        (b"\x11\x04\x1f", "П"),
        (b"\x86Ne\x1b[2Jws\x87", "Ne [2Jws"),
        (b"x" * 60, "x" * 40),
        (b"\x15\xff\xfe", "\ufffd\ufffd"),
        (b"\x1f\x01A", "A"),
    ],
)
def test_names_of_services_are_read_as_broadcasters_code_them(tmp_path: Path, text: bytes, name: str) -> None:
    path = tmp_path / "sdt.ts"
    path.write_bytes(ts_packet(17, sdt({7: text})) + ts_packet(0x1FFF, b"") * 8)
    assert service_names_of(path) == {7: name}


def test_tables_that_are_cut_off_do_no_harm(tmp_path: Path) -> None:
    path, whole = tmp_path / "sdt.ts", sdt({7: b"News", 8: b""})
    for end in range(len(whole)):
        path.write_bytes(ts_packet(17, whole[:end]) + ts_packet(0x1FFF, b"") * 8)
        names = service_names_of(path)
        assert set(names) <= {7}
        assert all(set(name) <= set("Newsÿ") for name in names.values())  # packets are filled up with 255


def sdt(names: dict[int, bytes]) -> bytes:
    """A table of services; its checksum is not read."""
    services = b""
    for number, name in names.items():
        described = bytes((1, 2)) + b"TV" + bytes((len(name),)) + name
        descriptor = bytes((0x48, len(described))) + described
        services += number.to_bytes(2, "big") + b"\xfc" + (0x8000 | len(descriptor)).to_bytes(2, "big") + descriptor
    body = b"\0\1\xc1\0\0\0\1\xff" + services + b"\0\0\0\0"
    return b"\x42" + (0xF000 | len(body)).to_bytes(2, "big") + body


def ts_packet(pid: int, section: bytes) -> bytes:
    return (b"\x47" + (0x4000 | pid).to_bytes(2, "big") + b"\x10\0" + section).ljust(188, b"\xff")


@pytest.mark.parametrize("selector", ["1", "p:2"])
def test_the_stream_that_is_asked_for_is_taken_and_said_at_once(
    vidkompy: Vidkompy, pair: Case, two_services: Path, selector: str
) -> None:
    words = ("analyze", two_services.name, pair.fg.name, "--bg-stream", selector, "-o", "x.json", *PLACED)
    outcome = vidkompy(*words)
    assert outcome.code == 0
    assert outcome.err.startswith(f"{SECOND}1 is taken, --bg-stream N takes another\n")
    assert_truth("x.json", pair)
    document = json.loads(Path("x.json").read_text())
    assert document["clips"]["bg"]["stream"] == 1
    assert "stream" not in document["clips"]["fg"]
    jsonschema.Draft202012Validator(schema()).validate(document)
    assert read_sidecar("x.json").bg.stream == 1
    assert vidkompy("refine", "x.json", "-o", "y.json").code == 0
    assert json.loads(Path("y.json").read_text())["clips"] == document["clips"]


@pytest.mark.slow
def test_a_refusal_names_the_other_streams(vidkompy: Vidkompy, pair: Case, two_services: Path) -> None:
    words = ("analyze", two_services.name, pair.fg.name, "-o", "x.json")
    message = refused(vidkompy, *words, code=3)
    assert message.startswith(f"{SECOND}0 is taken, ") or "or try another video stream: --bg-stream 1" in message


@pytest.mark.parametrize("selector", ["2", "p:3", "first", "-1", "p:"])
def test_a_stream_that_is_not_there_is_a_usage_error(
    vidkompy: Vidkompy, pair: Case, two_services: Path, selector: str
) -> None:
    words = ("analyze", two_services.name, pair.fg.name, f"--bg-stream={selector}", "-o", "x.json")
    assert "video stream" in refused(vidkompy, *words, code=2) or "p:1, p:2" in refused(vidkompy, *words, code=2)


def test_foreground_and_picture_have_their_streams_too(vidkompy: Vidkompy, pair: Case) -> None:
    several = pair.fg.with_name("several.mkv")
    run_ffmpeg(*OTHER, "-i", pair.fg, "-map", "0:v", "-map", "1", "-c", "copy", "-c:v:0", "libx264", several)
    assert probe(several).stream == 0
    words = ("analyze", pair.bg.name, several.name, "--fg-stream", "1", "-o", "x.json", *PLACED)
    assert vidkompy(*words).code == 0
    assert_truth("x.json", pair)
    outcome = vidkompy("locate", pair.bg.name, several.name, "--picture-stream", "1", "--count", "2", "--no-scale")
    assert outcome.code == 0
    assert outcome.err.startswith("note: picture holds 2 video streams: ")


@pytest.mark.slow
@pytest.mark.parametrize("program", FFMPEGS)
def test_all_that_reads_the_clip_keeps_to_the_stream(
    vidkompy: Vidkompy, pair: Case, two_services: Path, program: str
) -> None:
    several = pair.fg.with_name("several.mkv")
    run_ffmpeg(*OTHER, "-i", pair.fg, "-map", "0:v", "-map", "1:v", "-c", "copy", "-c:v:0", "libx264", several)
    streams = ("--bg-stream", "1", "--fg-stream", "1")
    assert vidkompy("analyze", two_services.name, several.name, *streams, "-o", "x.json", *PLACED).code == 0
    encoder = ("--encoder", "ffv1", "--ffmpeg", program)
    assert vidkompy("render", "x.json", "-o", "whole.mkv", *encoder).code == 0
    assert vidkompy("render", "x.json", "-o", "parts.mkv", *encoder, "--chunks", "2").code == 0
    assert vidkompy("export", "x.json", "--to", "ffmpeg", "-o", "draw.sh", "--ffmpeg", program).code == 0
    subprocess.run(["sh", "draw.sh"], check=True, env={"FFMPEG": program, "PATH": "/usr/bin:/bin"}, capture_output=True)
    drawn = next(Path().glob("*composite*"))
    for output in ("whole.mkv", "parts.mkv", drawn):
        verified = vidkompy("verify", "x.json", output)
        assert verified.code == 0, (output, verified.out)
    assert "bit-exact" in vidkompy("verify", "x.json", "whole.mkv").out


def test_exports_name_the_stream_or_say_that_they_cannot(vidkompy: Vidkompy, pair: Case, two_services: Path) -> None:
    words = ("analyze", two_services.name, pair.fg.name, "--bg-stream", "1", "-o", "x.json", *PLACED)
    assert vidkompy(*words).code == 0
    for editor in ("otio", "fcpxml", "xmeml", "edl", "aaf"):
        losses = vidkompy("export", "x.json", "--to", editor, "-o", f"x.{editor}").err
        assert "loss   BG is video stream 1 of its file" in losses
    assert '<property name="video_index">1</property>' in vidkompy("export", "x.json", "--to", "mlt").out
    assert "two.ts', 48, 320, 180, 1)" in vidkompy("export", "x.json", "--to", "vapoursynth").out
    assert 'two.ts", 48, 320, 180, 1)' in vidkompy("export", "x.json", "--to", "avisynth").out
    exported = vidkompy("export", "x.json", "--to", "json").out
    jsonschema.Draft202012Validator(schema("map")).validate(json.loads(exported))
    Path("map.json").write_text(exported)
    assert vidkompy("import", "map.json", "-o", "back.json").code == 0
    assert read_sidecar("back.json").bg.stream == 1


def test_the_advice_for_editors_works(vidkompy: Vidkompy, pair: Case, two_services: Path) -> None:
    run_ffmpeg("-i", two_services, "-map", "0:v:1", "-map", "0:a?", "-c", "copy", pair.bg.with_name("out.mkv"))
    assert vidkompy("analyze", "out.mkv", pair.fg.name, "-o", "x.json", *PLACED).code == 0
    assert_truth("x.json", pair)


def test_streams_of_one_file_are_apart_in_the_cache(
    vidkompy: Vidkompy, pair: Case, two_services: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIDKOMPY_CACHE", str(pair.bg.with_name("cache")))
    words = ("analyze", two_services.name, pair.fg.name, "-o", "x.json", "--overwrite", "--force", *PLACED)
    for _ in range(2):
        assert vidkompy(*words).code == 0
        assert (read_sidecar("x.json").bg.stream, read_sidecar("x.json").bg.width) == (0, 640)
        assert vidkompy(*words, "--bg-stream", "1").code == 0
        assert_truth("x.json", pair)


def test_a_sidecar_without_a_stream_means_the_first_one(vidkompy: Vidkompy, sidecar: Path) -> None:
    document = json.loads(sidecar.read_text())
    assert "stream" not in document["clips"]["bg"]
    assert read_sidecar(sidecar).bg.stream == 0
    document["clips"]["bg"]["stream"] = 7
    sidecar.write_text(json.dumps(document))
    assert refused(vidkompy, "render", sidecar.name, "--ffmpeg", EMBEDDED) == (
        "no video stream 7 in 'bg.mp4'; wanted one of 0 to 0"
    )


def test_pictures_of_the_first_stream_are_not_those_of_the_second(two_services: Path) -> None:
    first, second = (probe(two_services, selector=StreamSelector(k)) for k in (0, 1))
    assert (first.width, second.width) == (640, 320)
    assert first.content_key != second.content_key
    assert np.diff(second.pts).min() > 0
