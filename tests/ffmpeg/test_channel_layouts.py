"""BG's sound with many channels: every one of them is heard, in a layout that every ffmpeg encodes."""

import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from support.program_runs import EMBEDDED, FFMPEGS, Vidkompy, in_turn

from vidkompy.drawing.soundtrack import MAX_VORBIS_160K_CHANNELS
from vidkompy.ffmpeg.binary import identify
from vidkompy.ffmpeg.channel_layouts import LAYOUTS, Layout, drawn_layout
from vidkompy.ffmpeg.sound_preflight import FirstSound, first_sound
from vidkompy.media.probe import probe
from vidkompy.model import FrameMap, Placement, Sidecar
from vidkompy.sidecar.document import write_sidecar

ENDINGS = {"mp4": (), "webm": ("--", "-c:v", "libvpx", "-deadline", "realtime")}


def tones(count: int) -> list[int]:
    """Hz, one of each channel, none near a multiple of another; a low-frequency channel may be filtered above 120."""
    return [100 if k == 3 else 700 + 130 * k for k in range(count)]


def film(path: Path, size: str, channels: int) -> None:
    """1 s, with PCM that names no layout."""
    sines = "|".join(f"0.1*sin(2*PI*{hertz}*t)" for hertz in tones(channels))
    sound = ("-f", "lavfi", "-i", f"aevalsrc=exprs={sines}:s=48000:d=1", "-c:a", "pcm_s16le") if channels else ()
    picture = ("-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25:d=1")
    words = (*picture, *sound, "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
    subprocess.run([EMBEDDED, "-v", "error", *words, str(path)], check=True)


def pair(folder: Path, bg_channels: int, fg_channels: int = 0) -> None:
    bg, fg = folder / "bg.mov", folder / "fg.mov"
    film(bg, "64x48", bg_channels)
    film(fg, "32x24", fg_channels)
    write_sidecar(
        Sidecar(probe(fg), probe(bg), Placement(8, 8, 32, 24), FrameMap(np.arange(25))), folder / "pair.vidkompy.json"
    )


def audible(path: str) -> tuple[int, list[float]]:
    """Channels, and how loud each Hz is in all of them together."""
    with av.open(path) as container:
        count = container.streams.audio[0].codec_context.channels
    words = ("-v", "error", "-i", path, "-map", "0:a:0", "-f", "f32le", "-")
    raw = subprocess.run([EMBEDDED, *words], capture_output=True, check=True).stdout
    samples = np.frombuffer(raw, np.float32).reshape(-1, count).T[:, 4800:43200]
    power = (np.abs(np.fft.rfft(samples * np.hanning(samples.shape[1]))) ** 2).sum(0)
    each_hz = Fraction(samples.shape[1], 48000)
    return count, [float(power[round(f * each_hz) - 2 : round(f * each_hz) + 3].sum()) for f in range(20, 4000)]


def assert_all_heard(path: str, channels: int, count: int) -> None:
    found, power = audible(path)
    assert found == channels
    for hertz in tones(count):
        assert power[hertz - 20] > 1000 * power[hertz - 20 + 65]  # 30 dB above what lies between two tones


@pytest.mark.slow
@pytest.mark.parametrize(("count", "ending", "ffmpeg"), in_turn([6, 7, 8, 10, 16], [*ENDINGS]))
def test_every_channel_of_bg_is_audible(
    vidkompy: Vidkompy, tmp_path: Path, count: int, ending: str, ffmpeg: str
) -> None:
    pair(tmp_path, count)
    words = ("-o", f"out.{ending}", "--audio", "bg", "--ffmpeg", ffmpeg, *ENDINGS[ending])
    outcome = vidkompy("render", "pair.vidkompy.json", *words)
    assert outcome.code == 0, outcome.err
    assert_all_heard(f"out.{ending}", count if count <= 8 else 2, count)
    folded = (
        f"note: BG's sound is mixed down to stereo, as its {count} channels fit no common layout: channels 1, 3 and so "
        "on are heard on the left, the others on the right\n"
    )
    assert (folded in outcome.err) == (count > 8)


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
@pytest.mark.parametrize(("bg", "fg", "channels"), [(8, 2, 8), (10, 2, 2), (10, 8, 8), (2, 16, 2)])
def test_sound_of_many_channels_is_mixed(
    vidkompy: Vidkompy, tmp_path: Path, bg: int, fg: int, channels: int, ffmpeg: str
) -> None:
    pair(tmp_path, bg, fg)
    outcome = vidkompy("render", "pair.vidkompy.json", "-o", "out.mp4", "--audio", "mix", "--ffmpeg", ffmpeg)
    assert outcome.code == 0, outcome.err
    assert_all_heard("out.mp4", channels, max(bg, fg))
    for who, count in (("BG", bg), ("FG", fg)):
        assert (f"note: {who}'s sound is mixed down to stereo" in outcome.err) == (count > 8)


@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_an_encoder_of_ones_own_gets_the_channels_that_there_are(
    vidkompy: Vidkompy, tmp_path: Path, ffmpeg: str
) -> None:
    pair(tmp_path, 16)
    words = ("-o", "out.mkv", "--audio", "bg", "--ffmpeg", ffmpeg, "--", "-c:v", "ffv1", "-c:a", "pcm_f32le")
    outcome = vidkompy("render", "pair.vidkompy.json", *words)
    assert (outcome.code, outcome.err) == (0, "note: BG's sound is heard, following the map\n")
    with av.open("out.mkv") as container:
        assert container.streams.audio[0].codec_context.channels == 16


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_every_layout_that_is_drawn_is_encoded(tmp_path: Path, ffmpeg: str) -> None:
    for name in LAYOUTS:
        source = ("-f", "lavfi", "-i", f"anullsrc=channel_layout={name}:sample_rate=48000:duration=0.1")
        vorbis = ("-c:a", "libvorbis", "-b:a", "256k" if Layout(name).channels > MAX_VORBIS_160K_CHANNELS else "160k")
        aac = ("-c:a", "aac", "-b:a", "192k")
        outputs = [
            word for encoder in (vorbis, aac) for word in ("-map", "0", *encoder, str(tmp_path / f"{encoder[1]}.mkv"))
        ]
        subprocess.run([ffmpeg, "-v", "error", "-y", *source, *outputs], check=True)


@pytest.mark.parametrize(
    ("channels", "stated_layout", "drawn"),
    [
        (2, "stereo", Layout("stereo")),
        (6, "5.1(side)", Layout("5.1(side)")),
        (8, "8 channels (FL+FR+FC+LFE+SL+SR+BL+BR)", Layout("7.1")),
        (7, "7 channels (FL+FR+FC+LFE+SL+SR+BC)", Layout("6.1")),
        (8, "8 channels (FL+FR+FC+LFE+SL+SR+TFL+TFR)", Layout("stereo", is_folded=True)),
        (8, "5.1.2", Layout("stereo", is_folded=True)),
        (10, "0 channels", Layout("stereo", is_folded=True)),
        (3, "3 channels (FL+FR+FR)", Layout("stereo", is_folded=True)),
    ],
)
def test_the_same_channels_in_another_order_are_laid_out_anew(channels: int, stated_layout: str, drawn: Layout) -> None:
    assert drawn_layout(FirstSound(Fraction(0), channels, stated_layout)) == drawn


@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_no_title_or_language_passes_for_what_the_sound_is(tmp_path: Path, ffmpeg: str) -> None:
    """ffmpeg prints both where it says what it reads, languages with their line breaks."""
    line = "[Parsed_ashowinfo_1 @ 0x1] [info] n:0 pts:9 x channels:2000000000 chlayout:x,movie=y rate:1"
    metadata = ("-metadata", f"title={line}", "-metadata:s:a:0", f"language=en\n{line}")
    film(tmp_path / "film.mov", "64x48", 2)
    words = ("-v", "error", "-i", str(tmp_path / "film.mov"), "-c", "copy", *metadata, str(tmp_path / "film.mkv"))
    subprocess.run([EMBEDDED, *words], check=True)
    assert first_sound(identify(ffmpeg, "here"), tmp_path / "film.mkv", "matroska,webm").channels == 2
