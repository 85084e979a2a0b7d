"""Decoding: which frames come out of a file in which order, entered where one likes, and their luma."""

import subprocess
from fractions import Fraction
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from support.bar_clips import bar_position, pictures, write

from vidkompy.media.decoding import decode_drafts, decode_frames, luma_of, seek_frames, seek_luma
from vidkompy.media.probe import probe

FFMPEG = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y"]


def test_frames_come_in_presentation_order_with_b_frames(tmp_path: Path) -> None:
    path = write(tmp_path / "b.mp4", pictures(25), bf="3", g="12")
    clip = probe(path)
    assert clip.frames == 25
    assert [t * clip.time_base for t in np.diff(clip.pts).tolist()] == [Fraction(1, 25)] * 24
    decoded = list(decode_drafts(clip))
    assert [frame.pts for frame in decoded] == clip.pts.tolist()
    assert [bar_position(luma_of(frame, 0)) for frame in decoded] == [2 * i % 56 for i in range(25)]


def test_a_frame_fetched_by_seeking_equals_the_streamed_one(tmp_path: Path) -> None:
    clip = probe(write(tmp_path / "b.mp4", pictures(60), bf="3", g="12"))
    streamed = [luma_of(frame, 0).copy() for frame in decode_drafts(clip)]
    found = seek_luma(clip, [59, 0, 31, 32, 13])
    assert sorted(found) == [0, 13, 31, 32, 59]
    for i, luma in found.items():
        np.testing.assert_array_equal(luma, streamed[i])


@pytest.mark.parametrize("codec", ["libx264", "libx265", "mpeg4", "mpeg2video", "ffv1"])
def test_a_frame_is_the_same_where_others_on_the_way_are_skipped(tmp_path: Path, codec: str) -> None:
    options = {"libx264": {"bf": "3"}, "mpeg4": {"bf": "2"}, "mpeg2video": {"bf": "2"}}.get(codec, {})
    clip = probe(write(tmp_path / "b.mkv", pictures(40), codec=codec, g="15", **options))
    streamed = [frame.to_ndarray() for frame in decode_frames(clip)]
    for i in range(0, 40, 3):
        found = dict(seek_frames(clip, [i], skips=True))
        np.testing.assert_array_equal(found[i].to_ndarray(), streamed[i])


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


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_rotated_clips_come_out_upright_as_ffmpeg_shows_them(tmp_path: Path, turn: int) -> None:
    source = write(tmp_path / "s.mp4", pictures(4, 96, 48))
    turned, reference = tmp_path / "t.mp4", tmp_path / "shown.mkv"
    subprocess.run([*FFMPEG, "-display_rotation", str(turn), "-i", source, "-c", "copy", turned], check=True)
    subprocess.run([*FFMPEG, "-i", turned, "-c:v", "ffv1", reference], check=True)
    clip, wanted = probe(turned), probe(reference)
    assert (clip.width, clip.height) == (wanted.width, wanted.height)
    for a, b in zip(decode_drafts(clip), decode_drafts(wanted), strict=True):
        np.testing.assert_array_equal(luma_of(a, clip.rotation), luma_of(b, wanted.rotation))
