"""A window of sound is placed to the sample where it has one clear place, and not at all where it has none."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from support import footage

from vidkompy.alignment.gcc_phat import correlate
from vidkompy.alignment.parameters import AudioOffsetParameters

F64 = npt.NDArray[np.float64]
I16 = npt.NDArray[np.int16]

RATE, PADDING_S = AudioOffsetParameters().rate, AudioOffsetParameters().audio_padding_s
SAMPLE_S = 1.001 / RATE  # what rounding to a sample may cost


def sound(start_s: float, length_s: float, seed: int = 0) -> F64:
    """f64 [n] at RATE: the sound of `footage`, box-filtered down."""
    samples = footage.sound(start_s, length_s, seed=seed).astype(np.float64)
    filtered: F64 = samples[: len(samples) // 12 * 12].reshape(-1, 12).mean(axis=1)
    return filtered


def as_track(samples: F64) -> I16:
    padding = round(PADDING_S * RATE)
    return np.pad(np.round(samples * 20000).clip(-32768, 32767).astype(np.int16), padding)


def noise(length_s: float, seed: int) -> F64:
    return np.random.default_rng(seed).normal(0, 0.1, round(length_s * RATE))


def hum(length_s: float, phase: float = 0.0) -> F64:
    t = np.arange(round(length_s * RATE)) / RATE + phase
    harmonics: F64 = np.sum([0.3 / k * np.sin(2 * np.pi * 50 * k * t + k) for k in range(1, 20)], axis=0)
    return harmonics


def tone(length_s: float, hertz: float) -> F64:
    return 0.3 * np.sin(2 * np.pi * hertz * np.arange(round(length_s * RATE)) / RATE + 1)


@pytest.mark.parametrize(("start_s", "length_s"), [(0, 20), (0.777, 2), (5.3, 4), (11.25, 1.5), (3.21, 12)])
def test_sound_is_found_to_the_sample(start_s: float, length_s: float) -> None:
    found = correlate(as_track(sound(start_s, length_s)), as_track(sound(0, 25)))
    assert found is not None
    np.testing.assert_allclose(found.lag, start_s, atol=SAMPLE_S)
    assert found.at.min() > 0
    assert found.at.max() < length_s


@pytest.mark.slow
@pytest.mark.parametrize("start_s", [*np.arange(28, 37) + 0.19, 86.0])
def test_no_place_of_a_long_bg_is_a_blind_spot(start_s: float) -> None:
    found = correlate(as_track(sound(start_s, 4)), as_track(sound(0, 90)))
    assert found is not None
    np.testing.assert_allclose(found.lag, start_s, atol=SAMPLE_S)


def test_a_long_fg_is_sampled_in_a_bounded_number_of_places() -> None:
    found = correlate(as_track(sound(10, 150)), as_track(sound(0, 170)))
    assert found is not None
    assert 40 <= len(found.at) <= 48
    assert np.diff(found.at).max() < 10
    np.testing.assert_allclose(found.lag, 10, atol=SAMPLE_S)


@pytest.mark.parametrize(
    "change",
    [
        lambda s: 0.02 * s,
        lambda s: s + noise(12, 1) * s.std() / 0.1,
        lambda s: s + hum(12),
        lambda s: np.convolve(s, [-0.5, 1, -0.5], "same"),
    ],
    ids=["soft", "noise as loud as itself", "hum", "treble"],
)
def test_what_was_done_to_the_sound_does_not_move_it(change: Callable[[F64], F64]) -> None:
    found = correlate(as_track(change(sound(3.21, 12))), as_track(sound(0, 20)))
    assert found is not None
    assert len(found.at) >= 3
    np.testing.assert_allclose(found.lag, 3.21, atol=SAMPLE_S)


def test_a_removed_scene_gives_two_lags() -> None:
    fg = np.concatenate([sound(2, 9), sound(18.5, 9)])
    found = correlate(as_track(fg), as_track(sound(0, 30)))
    assert found is not None
    clear = np.abs(found.at - 9) > 1
    assert clear.sum() >= 5
    np.testing.assert_allclose(found.lag[clear], np.where(found.at < 9, 2, 9.5)[clear], atol=SAMPLE_S)
    assert {2.0, 9.5} == set(np.round(found.lag[clear], 2))


def test_a_silent_title_before_the_sound_is_left_out() -> None:
    found = correlate(as_track(np.concatenate([np.zeros(8 * RATE), sound(5, 8)])), as_track(sound(0, 20)))
    assert found is not None
    assert found.at.min() > 7
    np.testing.assert_allclose(found.lag, -3, atol=SAMPLE_S)


def test_a_slow_drift_is_followed() -> None:
    """23.976 frames played at 24: a window drifts by 4 ms itself, its lag is one that occurs inside it."""
    long = sound(0, 31)
    fg = np.interp(np.arange(30 * RATE) * 1.001, np.arange(len(long)), long)
    found = correlate(as_track(fg), as_track(long))
    assert found is not None
    assert len(found.at) >= 8
    np.testing.assert_allclose(found.lag, 0.001 * found.at, atol=0.004)


def test_a_stretched_sound_is_not_found() -> None:
    bg = sound(0, 20)
    fg = np.interp(np.arange(12 * RATE) * 0.8, np.arange(len(bg)), bg)
    assert correlate(as_track(fg), as_track(bg)) is None


@pytest.mark.slow
def test_unrelated_sound_is_never_found() -> None:
    """Every stretch of one sound against another: some 400 windows of 1 to 4 s, and no chance passes for a place."""
    long, other = sound(0, 120, seed=1), as_track(sound(0, 60, seed=2))
    for length in (2, 6, 12):
        for start in range(0, 120, length):
            fg = as_track(long[start * RATE : (start + length) * RATE])
            assert correlate(fg, other) is None, (start, length)


TELLS_NOTHING = {
    "silence": np.zeros(10 * RATE),
    "hum": hum(10),
    "a tone": tone(10, 440),
    "noise": noise(10, 3),
    "rounding": np.random.default_rng(4).normal(0, 2 / 20000, 10 * RATE),
}
BACKGROUNDS = {
    **{name: np.tile(samples, 2) for name, samples in TELLS_NOTHING.items() if name != "noise"},
    "a later hum": hum(20, 0.0031),
    "other noise": noise(20, 5),
    "clicks": sound(0, 20),
}


@pytest.mark.parametrize("ours", TELLS_NOTHING)
@pytest.mark.parametrize("theirs", BACKGROUNDS)
def test_sound_without_events_is_not_placed(ours: str, theirs: str) -> None:
    assert correlate(as_track(TELLS_NOTHING[ours]), as_track(BACKGROUNDS[theirs])) is None


@pytest.mark.parametrize("theirs", ["a tone", "clicks"])
def test_two_sounds_that_set_in_are_not_the_same_sound(theirs: str) -> None:
    """Each begins hard, out of digital silence: the edges are alike. Not cut, they lead by up to 5.9."""
    fg, bg = tone(10, 440), tone(20, 550) if theirs == "a tone" else sound(0, 20)
    fg[: round(4.3 * RATE)] = 0
    bg[: round(7.7 * RATE)] = 0
    assert correlate(as_track(fg), as_track(bg), AudioOffsetParameters(solitary_lead=4.0)) is None


def test_a_loop_has_no_clear_place() -> None:
    loop = np.tile(sound(0, 2), 15)
    assert correlate(as_track(loop[2000 : 2000 + 10 * RATE]), as_track(loop)) is None
