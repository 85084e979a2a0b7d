"""Clips decoded by a device: what it brings back is drawn as if software had decoded it."""

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from support.drawn_films import CANVAS, INSET, REGULAR, X264, Film, assert_rectangle, composition, draw, film
from support.program_runs import FFMPEGS, Vidkompy, refused
from support.truth_cases import Case

from filtergraphs import compose
from vidkompy.ffmpeg.binary import hwaccels, identify
from vidkompy.ffmpeg.encoder_presets import EncodingOptions, encoder_settings, upload_format

ORDERS = {"yuv420p": "nv12", "yuvj420p": "nv12", "yuv420p10le": "p010le", "yuv422p10le": "p210le", "yuv444p": "nv24"}


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Film, Film]]:
    """BG and FG of each format."""
    folder = tmp_path_factory.mktemp("films")
    return {
        pix_fmt: (
            film(folder / f"bg-{pix_fmt}.nut", CANVAS, pix_fmt, list(range(8)), Fraction(1, 25)),
            film(folder / f"fg-{pix_fmt}.nut", INSET, pix_fmt, REGULAR[:6]),
        )
        for pix_fmt in ORDERS
    }


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
@pytest.mark.parametrize("pix_fmt", ORDERS)
@pytest.mark.parametrize("xy", [(22, 10), (13, 7)])
def test_samples_in_the_order_of_a_device_are_drawn_exactly(
    ffmpeg: str, films: dict[str, tuple[Film, Film]], pix_fmt: str, xy: tuple[int, int], tmp_path: Path
) -> None:
    """A filter at each input stands in for the device, whose samples are those of software."""
    c = composition(*films[pix_fmt], [0, 1, 3, 3, 4, 7], xy)
    script = compose(replace(c, hwaccel="auto"))
    device = f"scale=in_range=full:out_range=full,format={ORDERS[pix_fmt]},"  # ranges are alike: no level changes
    shuffled, places = re.subn(r"(\[\d:v:0\])(?=[a-z])", rf"\1{device}", script.graph)
    assert places == 2
    out, codec = tmp_path / "out.nut", X264 if pix_fmt == "yuvj420p" else ("ffv1",)
    _, wanted = draw(ffmpeg, compose(c), out, codec)
    _, frames = draw(ffmpeg, replace(script, graph=shuffled, inputs=compose(c).inputs), out, codec)
    assert_rectangle(c, films[pix_fmt][1], frames)
    for planes, plain in zip(frames, wanted, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(planes, plain, strict=True))


def test_a_device_is_asked_for_both_clips_and_nothing_else_changes(films: dict[str, tuple[Film, Film]]) -> None:
    c = composition(*films["yuv420p"], [0, 1, 3, 3, 4, 7], (22, 10))
    plain, words = compose(c).inputs, compose(replace(c, hwaccel="cuda")).inputs
    assert words.count("-hwaccel") == words.count("cuda") == 2
    assert tuple(word for word in words if word not in ("-hwaccel", "cuda")) == plain


def test_frames_are_brought_to_the_device_of_an_encoder(films: dict[str, tuple[Film, Film]]) -> None:
    c = composition(*films["yuv420p"], [0, 1, 3, 3, 4, 7], (22, 10))
    assert re.search(
        r"format=pix_fmts=nv12\[\w+\];\[\w+\]hwupload\[\w+\]$", compose(replace(c, upload_format="nv12")).graph
    )
    assert "hwupload" not in compose(c).graph
    settings = encoder_settings("hevc_vaapi", EncodingOptions("hevc_vaapi"), None, Path("out.mp4"), "yuv420p10le")
    assert settings.device_options == ("-init_hw_device", "vaapi=device", "-filter_hw_device", "device")
    assert settings.output_options == ("-c:v", "hevc_vaapi", "-qp", "21", "-tag:v", "hvc1", "-movflags", "+faststart")
    assert [upload_format(name, "yuv420p10le") for name in ("hevc_vaapi", "h264_vaapi", "libx264")] == [
        "p010le",
        "nv12",
        "",
    ]


@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_an_unknown_method_is_refused(vidkompy: Vidkompy, sidecar: Path, ffmpeg: str) -> None:
    known = ", ".join(hwaccels(identify(ffmpeg, "here")))
    wanted = f"'{ffmpeg}' has no --hwaccel nosuch; wanted one of auto, {known}, or none"
    words = ("-o", "out.mp4", "--ffmpeg", ffmpeg, "--hwaccel", "nosuch")
    assert "cuda" in known
    assert refused(vidkompy, "render", sidecar.name, *words) == wanted
    assert refused(vidkompy, "compose", "bg.mp4", "fg.mp4", *words) == wanted


@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_a_device_that_is_not_there_is_refused_before_any_work(
    vidkompy: Vidkompy, sidecar: Path, ffmpeg: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    words = ("-o", "out.mp4", "--ffmpeg", ffmpeg, "--hwaccel", "cuda")
    for command in (("render", sidecar.name), ("compose", "bg.mp4", "fg.mp4")):
        message = refused(vidkompy, *command, *words)
        assert message.startswith(f"--hwaccel cuda does not work here, as '{ffmpeg}' says: ")
        assert message.endswith("; leave it out: software decodes the same pixels")


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_where_no_device_can_software_decodes(vidkompy: Vidkompy, sidecar: Path, ffmpeg: str) -> None:
    words = ("-o", "out.mkv", "--ffmpeg", ffmpeg, "--hwaccel", "auto", "--encoder", "ffv1")
    outcome = vidkompy("render", sidecar.name, *words)
    assert outcome.err.splitlines()[-1].startswith("note: both clips are decoded by hwaccel auto, or in software")
    assert vidkompy("verify", sidecar.name, "out.mkv").out.count("36 of 36 bit-exact") == 2
    assert vidkompy("render", sidecar.name, *words, "--dry-run").out.count("-hwaccel auto") == 2


@pytest.mark.slow
def test_compose_takes_encoder_and_hwaccel(vidkompy: Vidkompy, pair: Case) -> None:
    words = ("-o", "out.mov", "--encoder", "prores_ks", "--hwaccel", "auto")
    outcome = vidkompy("compose", pair.bg.name, pair.fg.name, *words)
    assert outcome.code == 0, outcome.err
    assert "note: prores_ks is handed yuv444p10le, not yuv444p as drawn" in outcome.err
    assert "note: both clips are decoded by hwaccel auto" in outcome.err
    with av.open("out.mov") as out:
        assert out.streams.video[0].codec_context.name == "prores"
    assert vidkompy("verify", "out.vidkompy.json", "out.mov").code == 0
