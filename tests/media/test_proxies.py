"""Probing and decoding: what a file says, and which frames come out of it in which order."""

import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import numpy.typing as npt
import pytest
from support.cases import write_bg

from vidkompy.errors import MediaError
from vidkompy.media.decoding import decode_frames, decode_luma, luma_of, seek_luma
from vidkompy.media.probe import probe
from vidkompy.media.proxies import ProxyParameters, evenly_spaced, make_proxies, shrink_by_halving
from vidkompy.model import Clip

FFMPEG = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y"]
U8 = npt.NDArray[np.uint8]


def pictures(count: int, width: int = 64, height: int = 48) -> list[U8]:
    """Gray pictures that smooth compression keeps apart: a bright bar that moves 2 px per frame."""
    frames = np.full((count, height, width), 60, np.uint8)
    for i in range(count):
        frames[i, 8:40, 2 * i % (width - 8) : 2 * i % (width - 8) + 8] = 200
    return list(frames)


def write(path: Path, frames: list[U8], pix_fmt: str = "yuv420p", codec: str = "libx264", **options: str) -> Path:
    with av.open(str(path), "w") as container:
        video = container.add_stream(codec, rate=25, options=options)
        video.height, video.width = frames[0].shape
        video.pix_fmt = pix_fmt
        for i, frame in enumerate(frames):
            picture = av.VideoFrame.from_ndarray(frame, format="gray").reformat(format=pix_fmt)
            picture.pts, picture.time_base = i, Fraction(1, 25)
            container.mux(video.encode(picture))
        container.mux(video.encode())
    return path


def bar_position(luma: U8) -> int:
    return int(np.argmax(luma[luma.shape[0] // 2].astype(int) > 130))


def test_frames_come_in_presentation_order_with_b_frames(tmp_path: Path) -> None:
    path = write(tmp_path / "b.mp4", pictures(25), bf="3", g="12")
    clip = probe(path)
    assert clip.frames == 25
    assert [t * clip.time_base for t in np.diff(clip.pts).tolist()] == [Fraction(1, 25)] * 24
    seen = list(decode_luma(clip))
    assert [t for t, _ in seen] == clip.pts.tolist()
    assert [bar_position(luma) for _, luma in seen] == [2 * i % 56 for i in range(25)]


def test_a_frame_fetched_by_seeking_equals_the_streamed_one(tmp_path: Path) -> None:
    clip = probe(write(tmp_path / "b.mp4", pictures(60), bf="3", g="12"))
    streamed = [luma.copy() for _, luma in decode_luma(clip)]
    found = seek_luma(clip, [59, 0, 31, 32, 13])
    assert sorted(found) == [0, 13, 31, 32, 59]
    for i, luma in found.items():
        np.testing.assert_array_equal(luma, streamed[i])


def test_large_copies_are_the_same_whether_in_memory_or_sought(tmp_path: Path) -> None:
    clip = probe(write(tmp_path / "b.mp4", pictures(40), g="10"))
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


@pytest.mark.parametrize("pix_fmt", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "gray"])
def test_luma_is_the_stored_plane_at_8_bits(tmp_path: Path, pix_fmt: str) -> None:
    path = write(tmp_path / "l.mkv", pictures(3), pix_fmt, codec="ffv1")
    clip = probe(path)
    assert clip.pix_fmt == pix_fmt
    for frame in decode_frames(clip):
        plane = frame.to_ndarray(format="gray16le" if pix_fmt.endswith("10le") else "gray")
        raw = luma_of(frame, 0)
        assert raw.shape == (48, 64)
        assert np.corrcoef(raw.ravel(), plane.ravel())[0, 1] > 0.999
        assert {int(v) for v in np.unique(raw)} <= {67, 68, 188, 187, 60, 200}


@pytest.mark.parametrize(("width", "height"), [(63, 47), (65, 33)])
def test_odd_sizes_halve_onto_exact_two_by_two_means(width: int, height: int) -> None:
    rng = np.random.default_rng(width)
    luma = rng.integers(0, 255, (height, width), dtype=np.uint8)
    half = shrink_by_halving(luma, 2)
    blocks = luma[: height // 2 * 2, : width // 2 * 2].reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3))
    assert half.shape == (height // 2, width // 2)
    assert np.abs(half - blocks).max() <= 0.5


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_rotated_clips_come_out_upright_as_ffmpeg_shows_them(tmp_path: Path, turn: int) -> None:
    source = write(tmp_path / "s.mp4", pictures(4, 96, 48))
    turned, shown = tmp_path / "t.mp4", tmp_path / "shown.mkv"
    subprocess.run([*FFMPEG, "-display_rotation", str(turn), "-i", source, "-c", "copy", turned], check=True)
    subprocess.run([*FFMPEG, "-i", turned, "-c:v", "ffv1", shown], check=True)
    clip, wanted = probe(turned), probe(shown)
    assert (clip.width, clip.height) == (wanted.width, wanted.height)
    for (_, a), (_, b) in zip(decode_luma(clip), decode_luma(wanted), strict=True):
        np.testing.assert_array_equal(a, b)


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
    whole = make_proxies(probe(write_bg(tmp_path / "bg.mp4", "tripod", 30, size=(320, 180))), 36)
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
