"""Decoding a part of a clip: the same pixels as that part of the whole, without reading all that lies before it."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from av.video.frame import VideoFrame
from support.clips import Encoding, encode
from support.constructed_maps import I64
from support.picture_edits import U8
from support.program_runs import EMBEDDED

from vidkompy.errors import MediaError
from vidkompy.media import decoding
from vidkompy.media.probe import probe
from vidkompy.media.proxies import ProxyParameters
from vidkompy.media.proxy_decoding import make_proxies
from vidkompy.model import Clip, FrameSpan

COUNT, RATE = 90, Fraction(15)
LONG = Encoding(preset="veryfast", gop=1000)
X264 = ["-c:v", "libx264", "-preset", "veryfast", "-bf", "3"]
MADE = {
    "mp4 with B-frames": ("b.mp4", [*X264, "-g", "12"]),
    "mp4 of one group of pictures": ("long.mp4", ["-c", "copy"]),
    "mp4 in fragments": ("fragments.mp4", [*X264, "-g", "12", "-movflags", "frag_keyframe+empty_moov"]),
    "mp4 whose groups refer to each other": ("open.mp4", [*X264, "-g", "12", "-x264-params", "open-gop=1"]),
    "mp4 refreshed without keyframes": ("refresh.mp4", [*X264, "-g", "12", "-x264-params", "intra-refresh=1"]),
    "mkv": ("b.mkv", [*X264, "-g", "12"]),
    "mkv without an index": ("live.mkv", [*X264, "-g", "12", "-live", "1"]),
    "mpeg-ts": ("b.ts", [*X264, "-g", "12"]),
    "mpeg-ts whose groups refer to each other": ("open.ts", [*X264, "-g", "12", "-x264-params", "open-gop=1"]),
    "mpeg-2 program stream": ("b.mpg", ["-c:v", "mpeg2video", "-r", "25", "-g", "12", "-bf", "2"]),
    "mpeg-4 in mpeg-ts": ("b4.ts", ["-c:v", "mpeg4", "-g", "12"]),
    "flv": ("b.flv", [*X264, "-g", "12"]),
    "avi": ("b.avi", ["-c:v", "mpeg4", "-g", "12"]),
    "webm": ("b.webm", ["-c:v", "libvpx", "-g", "12", "-cpu-used", "8", "-auto-alt-ref", "1"]),
}
SPANS = [(0, 7), (0, COUNT), (1, 2), (11, 14), (30, 31), (47, 75), (COUNT - 9, COUNT), (COUNT - 1, COUNT)]


def moving(count: int = COUNT) -> Iterator[U8]:
    """YUV 4:4:4 pictures that all differ: noise that slides, u8 [3, 64, 96]."""
    noise = np.random.default_rng(5).integers(30, 220, (3, 16, 24), dtype=np.uint8).repeat(4, axis=1).repeat(4, axis=2)
    return (np.roll(noise, (i, 2 * i), axis=(1, 2)) for i in range(count))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("spans") / "source.mp4"
    encode(path, moving(), RATE, LONG)
    return path


def made(source: Path, name: str, options: list[str]) -> Clip:
    path = source.with_name(name)
    if not path.exists():
        subprocess.run([EMBEDDED, "-v", "error", "-i", source, *options, path], check=True)
    return probe(path)


def check(clip: Clip, spans: list[tuple[int, int]], parameters: ProxyParameters = ProxyParameters()) -> None:
    whole = make_proxies(clip, 4)
    for first, stop in spans:
        part = make_proxies(clip, 4, span=FrameSpan(first, stop), parameters=parameters)
        np.testing.assert_array_equal(part.small, whole.small[first:stop])
        np.testing.assert_array_equal(part.clip.pts, clip.pts[first:stop])
        for ours, theirs in zip(part.large(range(stop - first)), whole.large(range(first, stop)), strict=True):
            np.testing.assert_array_equal(ours, theirs)


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """pts of all frames that come out of the decoder from here on."""
    decoded_pts: list[int | None] = []
    decode_frames = decoding.decode_frames

    def listed(*asked: Any, **options: Any) -> Iterator[VideoFrame]:
        for frame in decode_frames(*asked, **options):
            decoded_pts.append(frame.pts)
            yield frame

    monkeypatch.setattr(decoding, "decode_frames", listed)
    return decoded_pts


@pytest.mark.slow
@pytest.mark.parametrize("kind", MADE)
def test_a_span_equals_that_part_of_the_whole(source: Path, kind: str) -> None:
    clip = made(source, *MADE[kind])
    check(clip, [(first, min(stop, clip.frames)) for first, stop in SPANS])


def test_a_span_of_uneven_frames_equals_that_part_of_the_whole(tmp_path: Path) -> None:
    gaps = np.random.default_rng(8).integers(500, 9000, COUNT)
    pts: I64 = np.cumsum(gaps) + 9000
    encode(tmp_path / "uneven.mp4", moving(), RATE, Encoding(preset="veryfast", gop=12), pts=pts)
    clip = probe(tmp_path / "uneven.mp4")
    assert len(set(np.diff(clip.pts).tolist())) > 40
    check(clip, SPANS)


@pytest.mark.parametrize("name", ["b.mp4", "b.mkv", "b.flv", "b.avi"])
def test_a_span_is_entered_at_the_keyframe_before_it(source: Path, name: str, decoded: list[int | None]) -> None:
    clip = made(source, name, next(options for made_name, options in MADE.values() if made_name == name))
    make_proxies(clip, 4, span=FrameSpan(50, 60))
    assert len(decoded) < 12 + 10 + 2


def test_a_stream_without_index_is_entered_some_seconds_before(source: Path, decoded: list[int | None]) -> None:
    clip = made(source, *MADE["mpeg-ts"])
    make_proxies(clip, 4, span=FrameSpan(80, 85), parameters=ProxyParameters(seek_leads=(0, 2)))
    assert min(t for t in decoded if t is not None) > clip.pts[30]


def test_a_seek_that_leads_past_the_span_is_not_believed(source: Path, decoded: list[int | None]) -> None:
    clip = made(source, *MADE["mpeg-ts"])
    check(clip, [(41, 44)], ProxyParameters(seek_leads=(0,)))
    late = [t for t in decoded if t is not None and t > clip.pts[44]]
    assert late


def test_frames_of_a_part_are_fetched_by_seeking(source: Path) -> None:
    clip = made(source, *MADE["mp4 with B-frames"])
    every = make_proxies(clip, 4, span=FrameSpan(37, 60)).large(range(23))
    few = make_proxies(clip, 4, span=FrameSpan(37, 60), parameters=ProxyParameters(large_bytes=0))
    assert len(few.large_frames) == 4
    for i in (0, 22, 11):
        np.testing.assert_array_equal(few.large([i])[0], every[i])


def test_a_span_in_which_a_promised_frame_is_missing_is_refused(source: Path) -> None:
    clip = made(source, *MADE["mp4 with B-frames"])
    more = replace(clip, pts=np.sort(np.append(clip.pts, clip.pts[50] + 1)))
    with pytest.raises(MediaError, match=r"damaged: of 10 frames in its part from frame 45 to 54 6 decode"):
        make_proxies(more, 4, span=FrameSpan(45, 55))
    assert len(make_proxies(more, 4, span=FrameSpan(30, 40)).small) == 10


@pytest.mark.parametrize("span", [(60, 89), (88, 89)])
def test_a_span_at_the_end_finds_a_frame_that_was_not_promised(source: Path, span: tuple[int, int]) -> None:
    clip = made(source, *MADE["mp4 with B-frames"])
    less = replace(clip, pts=clip.pts[:-1])
    with pytest.raises(
        MediaError, match=f"of {span[1] - span[0]} frames in its part .* {span[1] - span[0] + 1} decode"
    ):
        make_proxies(less, 4, span=FrameSpan(*span))


def test_progress_of_a_span_counts_its_own_frames(source: Path) -> None:
    progress: list[int] = []
    make_proxies(made(source, *MADE["mkv"]), 4, FrameSpan(20, 25), on_frame=progress.append)
    assert progress == [1, 2, 3, 4, 5]
