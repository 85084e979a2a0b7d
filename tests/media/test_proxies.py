"""Small and large luma copies of a clip: their sizes, which of them are kept, and what is decoded again."""

import subprocess
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from support.bar_clips import pictures, write
from support.truth_cases import write_bg

from vidkompy.errors import MediaError
from vidkompy.media.probe import probe
from vidkompy.media.proxies import ProxyParameters, evenly_spaced, shrink_by_halving
from vidkompy.media.proxy_decoding import make_proxies
from vidkompy.model import Clip

FFMPEG = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y"]


def test_large_copies_are_the_same_whether_in_memory_or_sought(tmp_path: Path) -> None:
    clip = probe(write(tmp_path / "b.mp4", pictures(40, 384, 96), g="10"))
    every = make_proxies(clip, 5)
    few = make_proxies(clip, 5, parameters=ProxyParameters(large_bytes=0))
    assert sorted(few.large_frames) == evenly_spaced(40, 5)
    assert len(every.large_frames) == 40
    for a, b in zip(every.large(range(40)), few.large(range(40)), strict=True):
        np.testing.assert_array_equal(a, b)


def test_where_not_all_frames_fit_the_budget_rows_of_them_are_large(tmp_path: Path) -> None:
    clip = probe(write(tmp_path / "b.mp4", pictures(40)))
    budget = ProxyParameters(large_bytes=16 * clip.width * clip.height)
    in_rows = make_proxies(clip, 4, in_a_row=8, parameters=budget)
    assert sorted(in_rows.large_frames) == [*range(8, 16), *range(24, 32)]
    assert sorted(make_proxies(clip, 4, parameters=budget).large_frames) == evenly_spaced(40, 16)


def test_small_copies_shrink_until_they_fit_the_budget(tmp_path: Path) -> None:
    clip = probe(write(tmp_path / "w.mp4", pictures(10, 512, 128)))
    assert make_proxies(clip, 4).small.shape == (10, 64, 256)
    budget = ProxyParameters(small_bytes=10 * 32 * 128)
    assert make_proxies(clip, 4, parameters=budget).small.shape == (10, 32, 128)


@pytest.mark.parametrize(("width", "height"), [(63, 47), (65, 33)])
def test_odd_sizes_halve_onto_exact_two_by_two_means(width: int, height: int) -> None:
    rng = np.random.default_rng(width)
    luma = rng.integers(0, 255, (height, width), dtype=np.uint8)
    half = shrink_by_halving(luma, 2)
    blocks = luma[: height // 2 * 2, : width // 2 * 2].reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
    assert half.shape == (height // 2, width // 2)
    assert np.abs(half - blocks).max() <= 0.5


def test_a_change_of_frame_size_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "a.mp4", pictures(5, 64, 48))
    write(tmp_path / "b.mp4", pictures(5, 96, 48))
    (tmp_path / "list.txt").write_text("file a.mp4\nfile b.mp4\n")
    path = tmp_path / "joined.ts"
    subprocess.run([*FFMPEG, "-f", "concat", "-i", tmp_path / "list.txt", "-c", "copy", path], check=True)
    with pytest.raises(MediaError, match="changes its frame size from 64x48 to 96x48"):
        make_proxies(probe(path), 2)


def test_evenly_spaced_indices_are_distinct_and_centred() -> None:
    assert evenly_spaced(10, 2) == [2, 7]
    assert evenly_spaced(3, 10) == [0, 1, 2]
    assert evenly_spaced(0, 4) == []


def test_frames_that_are_not_in_memory_are_sought_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a copy that shows another part of the clip has none of them."""
    whole = make_proxies(probe(write_bg(tmp_path / "bg.mp4", "tripod", 30, size=(640, 360))), 36)
    sought: list[int] = []

    def seek(_: Clip, indices: list[int]) -> dict[int, np.ndarray]:
        sought.extend(indices)
        return {i: whole.large_frames[i] for i in indices}

    monkeypatch.setattr("vidkompy.media.proxies.seek_luma", seek)
    few = replace(whole, large_frames={5: whole.large_frames[5]})
    for _ in range(2):
        for i, frame in zip((3, 5, 9), few.large([3, 5, 9]), strict=True):
            np.testing.assert_array_equal(frame, whole.large_frames[i])
    assert sought == [3, 9]
    replace(few, large_frames={}).large([3])
    assert sought == [3, 9, 3]


def test_large_copies_of_small_pictures_are_their_small_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vidkompy.media.proxies.seek_luma", None)
    clip = probe(write(tmp_path / "b.mp4", pictures(40)))
    every, few = make_proxies(clip, 5), make_proxies(clip, 5, parameters=ProxyParameters(large_bytes=0))
    for a, b in zip(every.large(range(40)), few.large(range(40)), strict=True):
        np.testing.assert_array_equal(a, b)
