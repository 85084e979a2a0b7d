"""Encoders by name: what they write looks like what was drawn, and what they change or cannot do is said beforehand."""

import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from support import constructed_maps
from support.folder_state import on_disk
from support.picture_edits import Box
from support.program_runs import EMBEDDED, FFMPEGS, Vidkompy, refused, seconds, sidecar_of
from support.stub_programs import script
from support.truth_cases import Case, Recipe, build, write_bg

from vidkompy.ffmpeg.binary import Ffmpeg, identify
from vidkompy.ffmpeg.encoder_presets import PRESETS, EncodingOptions, encoder_settings, is_hardware
from vidkompy.ffmpeg.preflight import TrialPicture, try_encoder
from vidkompy.sidecar.document import write_sidecar

FILES = {  # suffix of a file that takes what the encoder writes
    "libx264": "mp4",
    "libx265": "mp4",
    "libsvtav1": "mp4",
    "libaom-av1": "mkv",
    "libvpx-vp9": "webm",
    "prores_ks": "mov",
    "dnxhd": "mov",
    "ffv1": "mkv",
}
FLOOR = 40  # dB of the worst frame, where differences stop being seen; measured: 42 (libx265) to 48 (prores_ks)
NO_DEVICE = ("h264_nvenc", "hevc_nvenc", "h264_qsv", "hevc_qsv", "h264_vaapi", "hevc_vaapi")


@pytest.fixture(scope="session")
def even_made(tmp_path_factory: pytest.TempPathFactory) -> Case:
    """13 FG frames of 128x96 on whole chroma samples of 256x128."""
    folder = tmp_path_factory.mktemp("even")
    bg = write_bg(folder / "source.mp4", "tripod", 16, size=(256, 128))
    return build(Recipe(Box(64, 16, 128, 96), constructed_maps.ratio(16, 5, 4), rate=Fraction(24)), bg, folder / "pair")


@pytest.fixture
def even(even_made: Case, tmp_path: Path) -> Path:
    path = tmp_path / "even.vidkompy.json"
    write_sidecar(sidecar_of(even_made), path)
    return path


def pictures(path: Path | str) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="yuv420p") for frame in container.decode(video=0)]


def test_every_encoder_in_software_is_tested() -> None:
    assert {name for name in PRESETS if not is_hardware(name)} == FILES.keys()


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
@pytest.mark.parametrize("name", FILES)
def test_what_an_encoder_writes_looks_like_what_was_drawn(
    vidkompy: Vidkompy, even: Path, even_made: Case, name: str, ffmpeg: str
) -> None:
    if name not in identify(ffmpeg, "here").encoders:
        assert ffmpeg != EMBEDDED
        return
    out = f"out.{FILES[name]}"
    for words in (("-o", out, "--encoder", name), ("-o", "drawn.mkv", "--encoder", "ffv1", "--overwrite")):
        outcome = vidkompy("render", even, *words, "--ffmpeg", ffmpeg)
        assert (outcome.code, outcome.out) == (0, f"{words[1]}\n"), outcome.err
    tolerance = Fraction(1, 2000) if out.endswith(("mkv", "webm")) else 0
    times = zip(seconds(Path(out)), seconds(even_made.fg), strict=True)
    assert max(abs(a - b) for a, b in times) <= tolerance
    for drawn, found in zip(pictures("drawn.mkv"), pictures(out), strict=True):
        error = np.square(drawn.astype(float) - found).mean()
        assert error < 255**2 / 10 ** (FLOOR / 10)
    verdict = vidkompy("verify", even, out)
    assert verdict.out.endswith("result  right\n")
    assert (verdict.out.count("13 of 13 bit-exact") == 2) == (name == "ffv1")


def test_words_behind_two_dashes_follow_the_preset(vidkompy: Vidkompy, even: Path) -> None:
    def encoded(*words: str) -> bytes:
        assert vidkompy("render", even, "-o", "out.mp4", "--overwrite", *words).code == 0
        return Path("out.mp4").read_bytes()

    assert b"crf=16.0" in encoded("--encoder", "libx264", "--", "-crf", "16")
    content = encoded("--encoder", "libx264", "--", "-qp", "30", "-preset", "faster")
    assert b"rc=cqp" in content
    assert b"subme=4" in content
    assert content.index(b"moov") < content.index(b"mdat")
    assert b"hvc1" in encoded("--encoder", "libx265", "--", "-crf", "40")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "pix_fmt", "profile", "taken"),
    [
        ("prores_ks", "yuv420p", "3", "yuv422p10le"),
        ("prores_ks", "yuv422p10le", "3", "yuv422p10le"),
        ("prores_ks", "gray", "3", "yuv422p10le"),
        ("prores_ks", "yuv444p", "4", "yuv444p10le"),
        ("prores_ks", "gbrp12le", "5", "yuv444p10le"),
        ("dnxhd", "yuv420p", "dnxhr_hq", "yuv422p"),
        ("dnxhd", "yuv420p10le", "dnxhr_hqx", "yuv422p10le"),
        ("dnxhd", "yuv444p", "dnxhr_444", "yuv444p10le"),
        ("dnxhd", "gbrp", "dnxhr_444", "gbrp10le"),
    ],
)
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_the_profile_is_the_least_that_holds_the_format(
    name: str, pix_fmt: str, profile: str, taken: str, ffmpeg: str
) -> None:
    settings = encoder_settings(name, EncodingOptions(name), None, Path("out.mov"), pix_fmt)
    words = " ".join(settings.output_options)
    assert f"-profile:v {profile} -pix_fmt {taken}" in words
    remarks = try_encoder(identify(ffmpeg, "here"), settings, Path("out.mov"), TrialPicture(pix_fmt=pix_fmt)).remarks
    assert len(remarks) == (0 if taken == pix_fmt else 1)
    assert all(f"is handed {taken}, not {pix_fmt} as drawn" in line for line in remarks)


# ---- containers


def test_webm_gets_an_encoder_that_it_takes(vidkompy: Vidkompy, even: Path) -> None:
    assert vidkompy("render", even, "-o", "out.webm").code == 0
    with av.open("out.webm") as out:
        assert out.streams.video[0].codec_context.name in ("vp9", "libvpx-vp9")


@pytest.mark.slow
def test_the_way_out_for_sound_that_webm_does_not_take_works(vidkompy: Vidkompy, sidecar: Path) -> None:
    message = refused(vidkompy, "render", sidecar.name, "-o", "out.webm")
    words = message.rpartition("end the command with ")[2].split()
    assert vidkompy("render", sidecar.name, "-o", "out.webm", *words).code == 0
    assert vidkompy("verify", sidecar.name, "out.webm").code == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("out", "words", "fitting"),
    [
        ("out.webm", ("--encoder", "libx264"), "libvpx-vp9"),
        ("out.webm", ("--", "-c:v", "prores_ks", "-profile:v", "3"), "libvpx-vp9"),
        ("out.mp4", ("--encoder", "prores_ks"), "libx264"),
        ("out.mp4", ("--", "-c:v", "rawvideo", "-pix_fmt", "rgb24"), "libx264"),
    ],
)
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_a_container_that_does_not_take_the_codec_is_refused_before_any_work(
    vidkompy: Vidkompy, even: Path, even_made: Case, out: str, words: tuple[str, ...], fitting: str, ffmpeg: str
) -> None:
    for command in (("render", even), ("compose", even_made.bg, even_made.fg)):
        message = refused(vidkompy, *command, "-o", out, "--ffmpeg", ffmpeg, *words)
        name = next(word for word in words if word in ("libx264", "prores_ks", "rawvideo"))
        assert message.startswith(f"video of {name} does not go into a {Path(out).suffix} file, as '{ffmpeg}' says: ")
        assert message.endswith(
            f"; wanted another output, such as .mkv, or another encoder, such as --encoder {fitting}"
        )


# ---- what is converted


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_what_an_encoder_converts_is_reported(vidkompy: Vidkompy, sidecar: Path, even: Path, ffmpeg: str) -> None:
    for words in (("--encoder", "libsvtav1"), ("--", "-c:v", "libsvtav1", "-an")):
        message = vidkompy("render", sidecar.name, "-o", "out.mp4", "--dry-run", "--ffmpeg", ffmpeg, *words).err
        assert (
            "note: libsvtav1 is handed yuv420p, not yuv444p as drawn: "
            "the pixels of both clips are converted (--encoder ffv1 keeps them)\n"
        ) in message
        assert not vidkompy("render", even, "-o", "out.mp4", "--dry-run", "--ffmpeg", ffmpeg, *words).err
    options = ("--encoder", "libx264", "--", "-pix_fmt", "yuv420p")
    assert "is handed" not in vidkompy("render", sidecar.name, "-o", "out.mp4", "--dry-run", *options).err


@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_levels_that_an_encoder_narrows_are_reported(vidkompy: Vidkompy, even_made: Case, ffmpeg: str) -> None:
    """ffmpeg 9 has full range for ffv1 where it is told so, and none for MagicYUV; 5.1 keeps any."""
    wide = Path("wide.mkv")
    lossless = ("-vf", "setparams=range=full", "-c:v", "libx264", "-qp", "0")
    subprocess.run([EMBEDDED, "-v", "error", "-i", even_made.fg, *lossless, wide], check=True)
    write_sidecar(sidecar_of(replace(even_made, fg=wide)), Path("wide.vidkompy.json"))
    kept = vidkompy("render", "wide.vidkompy.json", "-o", "out.mkv", "--encoder", "ffv1", "--ffmpeg", ffmpeg)
    assert "full range" not in kept.err
    assert "FG      13 of 13 bit-exact" in vidkompy("verify", "wide.vidkompy.json", "out.mkv").out
    lost = vidkompy(
        *("render", "wide.vidkompy.json", "-o", "lost.mkv", "--dry-run", "--ffmpeg", ffmpeg, "--", "-c:v", "magicyuv")
    )
    is_reported = f"note: magicyuv of '{ffmpeg}' has no full range: levels are converted to limited range" in lost.err
    assert is_reported == (identify(ffmpeg, "here").version >= (7, 0))


@pytest.mark.parametrize(
    ("drawn", "received", "is_reported"),
    [("yuv420p", "nv12", False), ("yuv420p10le", "p010le", False), ("yuv422p10le", "p010le", True)],
)
def test_another_order_of_the_same_samples_is_no_conversion(
    tmp_path: Path, drawn: str, received: str, is_reported: bool
) -> None:
    """The encoder is a stand-in: this is about what ffmpeg says that it hands over."""
    dump = f"  Stream #0:0: Video: hevc (Main), {received}(tv, progressive), 640x360, q=2-31, 25 fps, 12800 tbn"
    tool = Ffmpeg(script(tmp_path / "ffmpeg", f'echo "Output #0, mp4\n{dump}" >&2'), "", "", (9, 0), *[frozenset()] * 3)
    settings = encoder_settings("hevc_nvenc", EncodingOptions("hevc_nvenc"), None, Path("out.mp4"), drawn)
    remarks = try_encoder(tool, settings, Path("out.mp4"), TrialPicture(pix_fmt=drawn)).remarks
    assert len(remarks) == (1 if is_reported else 0)


# ---- hardware


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
@pytest.mark.parametrize("name", NO_DEVICE)
def test_hardware_that_is_not_there_is_refused_before_any_work(
    vidkompy: Vidkompy, even: Path, even_made: Case, name: str, ffmpeg: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, nothing in {"CUDA_VISIBLE_DEVICES": "", "LIBVA_DRIVER_NAME": "none", "DISPLAY": ""}.items():
        monkeypatch.setenv(variable, nothing)
    does_not = f"encoder {name} does not work on this machine, as '{ffmpeg}' says: "
    if name not in identify(ffmpeg, "here").encoders:
        does_not = f"ffmpeg from --ffmpeg '{ffmpeg}' lacks encoder {name}"
    for command in (("render", even), ("compose", even_made.bg, even_made.fg)):
        for words in (("--encoder", name), ("--", "-c:v", name)):
            message = refused(vidkompy, *command, "-o", "out.mp4", "--ffmpeg", ffmpeg, *words)
            assert message.startswith(does_not)
            assert message.endswith(("; choose --encoder libx264", "or none to have one chosen"))


def test_an_encoder_that_only_another_ffmpeg_has_is_found_there(
    vidkompy: Vidkompy, even: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = f"'{EMBEDDED}' \"$@\""
    told_ = f"-codecs) {real} | sed 's/ libx265 / /' ;;"
    script(tmp_path / "bin" / "ffmpeg", 'case "$1" in', told_, f"*) exec {real} ;;", "esac")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    dry = vidkompy("render", even, "-o", "out.mp4", "--encoder", "libx265", "--dry-run")
    assert f"|| ffmpeg={EMBEDDED}\n" in dry.out


# ---- wishes that contradict


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("--encoder", "libx265", "--", "-c:v", "libx264"),
            "--encoder libx265 and libx264 behind -- exclude each other",
        ),
        (("--encoder", "mpeg4"), "--encoder is 'mpeg4'; wanted one of libx264, libx265, "),
    ],
)
def test_an_encoder_that_cannot_be_meant_is_refused(
    vidkompy: Vidkompy, even: Path, even_made: Case, words: tuple[str, ...], message: str
) -> None:
    before = on_disk(Path.cwd())
    for command in (("render", even), ("compose", even_made.bg, even_made.fg)):
        assert refused(vidkompy, *command, "-o", "out.mp4", *words, code=2).startswith(message)
    assert on_disk(Path.cwd()) == before
