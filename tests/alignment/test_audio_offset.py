"""Sound finds where FG lies in BG where it can, and says nothing where it cannot."""

import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from support import constructed_maps, footage
from support.clips import Encoding, encode
from support.picture_edits import Box
from support.program_runs import EMBEDDED
from support.truth_cases import Recipe, Sound, build, write_bg

from vidkompy.alignment.audio_offset import AudioOffset, audio_offset, frame_hints, measure_lags
from vidkompy.alignment.audio_track import decode_track
from vidkompy.alignment.parameters import AudioOffsetParameters
from vidkompy.media.probe import probe
from vidkompy.model import UNMATCHED, AudioLags, Clip

F64 = npt.NDArray[np.float64]
I16 = npt.NDArray[np.int16]

RATE, PADDING_S = AudioOffsetParameters().rate, AudioOffsetParameters().audio_padding_s
START_S, LENGTH_S = 3.1, 8.0  # of FG's sound in BG's
SAMPLE_S = 1.001 / RATE  # what rounding to a sample may cost


def make(path: Path, start_s: float, length_s: float, seed: int = 0) -> Clip:
    """25 small grey pictures a second with the sound of `footage` from start_s on."""
    frames = (np.full((3, 48, 64), 60 + i % 100, np.uint8) for i in range(round(length_s * 25)))
    sound = footage.sound(start_s, length_s, seed=seed) if seed >= 0 else None
    encode(path, frames, Fraction(25), Encoding(), sound=sound)
    return probe(path)


@pytest.fixture(scope="module")
def bg(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return make(tmp_path_factory.mktemp("sound") / "bg.mp4", 0, 14)


@pytest.fixture(scope="module")
def fg(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return make(tmp_path_factory.mktemp("sound") / "fg.mp4", START_S, LENGTH_S)


def converted(clip: Clip, name: str, *options: str, before: tuple[str, ...] = ()) -> Clip:
    path = clip.path.with_name(name)
    command = [EMBEDDED, "-v", "error", "-y", *before, "-i", str(clip.path), "-map", "0", "-c", "copy", *options]
    subprocess.run([*command, str(path)], check=True)
    return probe(path)


STORED = {
    "aac": ("aac.mp4", []),
    "aac in matroska": ("aac.mkv", []),
    "aac in mpeg-ts": ("aac.ts", []),
    "aac in flv, which rounds to 1 ms": ("aac.flv", []),
    "pcm": ("pcm.mkv", ["-c:a", "pcm_s16le"]),
    "pcm, 44.1 kHz, stereo": ("pcm.mov", ["-c:a", "pcm_s16le", "-ar", "44100", "-ac", "2"]),
    "aac, 22.05 kHz": ("slow.mp4", ["-c:a", "aac", "-ar", "22050"]),
    "opus": ("opus.mkv", ["-c:a", "libopus"]),
    "opus in mp4": ("opus.mp4", ["-c:a", "libopus"]),
    "mp3": ("mp3.mp4", ["-c:a", "libmp3lame"]),
    "mp3 in matroska": ("mp3.mkv", ["-c:a", "libmp3lame"]),
    "vorbis": ("vorbis.mkv", ["-c:a", "libvorbis"]),
    "sound later than the pictures": ("late.mp4", ["-c:a", "aac", "-af", "atrim=1.5"]),
    "sound with a gap": ("gap.mkv", ["-c:a", "pcm_s16le", "-af", "aselect=not(between(t\\,2\\,3.3))"]),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", STORED)
def test_how_sound_is_stored_does_not_move_it(kind: str, fg: Clip, bg: Clip) -> None:
    """An encoder's lead-in is 20 to 50 ms long; what is left of it is under half a millisecond."""
    name, options = STORED[kind]
    found = measure_lags(converted(fg, name, *options), bg)
    assert found is not None
    assert len(found.at) >= 2
    np.testing.assert_allclose(found.lag, START_S, atol=0.0005)


def test_a_file_cut_by_an_edit_list_begins_at_its_first_picture(fg: Clip, bg: Clip) -> None:
    cut = converted(fg, "cut.mp4", before=("-ss", "1.2"))
    assert cut.frames == fg.frames - 30
    found = measure_lags(cut, bg)
    assert found is not None
    np.testing.assert_allclose(found.lag, START_S + 1.2, atol=0.0005)


def test_a_gap_stays_silent_and_what_follows_stays_in_place(fg: Clip) -> None:
    name, options = STORED["sound with a gap"]
    whole, holed = decode_track(fg).astype(np.float64), decode_track(converted(fg, name, *options)).astype(np.float64)
    assert np.abs(holed[round((PADDING_S + 2.1) * RATE) : round((PADDING_S + 3.2) * RATE)]).max() == 0
    for second in (1, 4, 6):
        start = round((PADDING_S + second) * RATE)
        part = holed[start : start + RATE]
        products = [float(part @ whole[start + k : start + k + RATE]) for k in range(-40, 41)]
        assert abs(int(np.argmax(products)) - 40) <= 1, second


def test_a_silent_film_is_no_witness(fg: Clip, bg: Clip, tmp_path: Path) -> None:
    mute = make(tmp_path / "mute.mp4", 0, 8, seed=-1)
    assert mute.audio == ()
    assert measure_lags(mute, bg) is None
    assert measure_lags(fg, mute) is None


def test_sound_that_nothing_decodes_is_no_witness(fg: Clip, bg: Clip) -> None:
    named = converted(fg, "named.mkv")
    path = fg.path.with_name("unknown.mkv")
    path.write_bytes(named.path.read_bytes().replace(b"A_AAC", b"A_QQQ"))
    assert measure_lags(replace(named, path=path), bg) is None
    assert measure_lags(named, bg) is not None


def test_sound_of_another_film_is_no_witness(bg: Clip, tmp_path: Path) -> None:
    assert measure_lags(make(tmp_path / "other.mp4", 0, 8, seed=9), bg) is None


@pytest.mark.parametrize(("share", "least"), [(0.25, 2), (1.0, 0)])
def test_damaged_sound_fails_nothing(share: float, least: int, fg: Clip, bg: Clip, tmp_path: Path) -> None:
    """The first packets are overwritten: what is left is still right."""
    data = bytearray(fg.path.read_bytes())
    with av.open(str(fg.path)) as container:
        packets = [(p.pos, p.size) for p in container.demux(audio=0) if p.size and p.pos is not None]
    for at, size in packets[: round(share * len(packets))]:
        data[at : at + size] = b"\xff" * size
    path = tmp_path / "damaged.mp4"
    path.write_bytes(data)
    found = measure_lags(probe(path), bg)
    assert (0 if found is None else len(found.at)) >= least
    assert found is None or np.abs(found.lag - START_S).max() < 0.002
    assert (found is None) == (least == 0)


# ---- sound and pictures


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """10 s at 30 fps with sound."""
    path = tmp_path_factory.mktemp("film") / "source.mp4"
    return write_bg(path, "tripod", 300, size=(96, 64), has_sound=True)


@pytest.mark.slow
@pytest.mark.parametrize("delay_ms", [120, 0, -80])
def test_late_sound_is_reported_in_milliseconds(delay_ms: float, film: Path, tmp_path: Path) -> None:
    recipe = Recipe(Box(10, 8, 64, 48), constructed_maps.ratio(300, 1, 1, start=60), sound=Sound(delay_ms=delay_ms))
    case = build(recipe, film, tmp_path)
    offset = measured_offset(case.fg, case.bg, case.truth.map)
    assert offset.late_ms == pytest.approx(delay_ms, abs=1)
    assert offset.spread_ms < 1
    assert offset.is_clear == (delay_ms != 0)


@pytest.mark.parametrize("delay_ms", [120, 0])
def test_another_frame_rate_blurs_it_by_less_than_a_frame(delay_ms: float, film: Path, tmp_path: Path) -> None:
    frames = constructed_maps.ratio(300, 5, 4, start=30)
    recipe = Recipe(Box(10, 8, 64, 48), frames, rate=Fraction(24), sound=Sound(delay_ms=delay_ms))
    case = build(recipe, film, tmp_path)
    offset = measured_offset(case.fg, case.bg, case.truth.map)
    assert offset.late_ms == pytest.approx(delay_ms, abs=1000 / 30)
    assert offset.floor_ms == pytest.approx(1.5 * 1000 / 24, abs=0.1)
    assert offset.is_clear == (delay_ms != 0)


def measured_offset(fg: Path, bg: Path, bg_frames: constructed_maps.I64) -> AudioOffset:
    ours, theirs = probe(fg), probe(bg)
    lags = measure_lags(ours, theirs)
    assert lags is not None
    offset = audio_offset(lags, bg_frames, ours, theirs)
    assert offset is not None
    return offset


def test_windows_without_matched_pictures_tell_no_offset(fg: Clip, bg: Clip) -> None:
    lags = measure_lags(fg, bg)
    assert lags is not None
    bg_frames = np.arange(fg.frames) + 78
    assert audio_offset(lags, bg_frames, fg, bg) is not None
    bg_frames[: fg.frames * 2 // 3] = UNMATCHED
    assert audio_offset(lags, bg_frames, fg, bg) is None


def test_an_unsteady_offset_is_not_clear(fg: Clip, bg: Clip) -> None:
    at = np.array([1.0, 2.0, 4.0, 6.0])
    steady = AudioLags(at, np.full(4, 2.0), np.full(4, 9, np.float32))
    bg_frames = np.arange(fg.frames) + 60
    calm = audio_offset(steady, bg_frames, fg, bg)
    wild = audio_offset(replace(steady, lag=np.array([2.0, 2.1, 2.2, 2.3])), bg_frames, fg, bg)
    assert calm is not None
    assert wild is not None
    assert calm.late_ms == pytest.approx(400)
    assert calm.is_clear
    assert (wild.late_ms, wild.spread_ms) == pytest.approx((250, 100))
    assert not wild.is_clear


def test_hints_name_frames_that_sound_alike(fg: Clip, bg: Clip) -> None:
    lags = AudioLags(np.array([1.0, 3.0, 5.0, 7.0]), np.array([3.1, 3.1, 3.1, 30.0]), np.full(4, 9, np.float32))
    among = range(fg.frames)
    assert frame_hints(lags, fg, bg, 9, among) == [(25, 102), (75, 152), (125, 202)]
    assert frame_hints(lags, fg, bg, 2, among) == [(25, 102), (125, 202)]
