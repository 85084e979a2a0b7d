"""The first frame of a file: from its keyframe alone where that does, and with what decoding from the start shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from support.bar_clips import pictures, write
from support.damaged_files import CONTAINERS

from vidkompy.media import probe as probing
from vidkompy.media import streams
from vidkompy.media.decoding import decode_frames
from vidkompy.media.frame_metadata import colour_of, field_order_of, side_data_of
from vidkompy.media.probe import probe
from vidkompy.media.streams import decode_packet, demux_packets, drained_frame, open_video


@pytest.mark.parametrize("container", CONTAINERS)
def test_a_clip_has_the_metadata_of_the_first_frame_that_decodes(container: str, intact: dict[str, Path]) -> None:
    clip = probe(intact[container])
    frame = next(iter(decode_frames(clip)))
    assert (clip.width, clip.height, clip.pix_fmt) == (frame.width, frame.height, frame.format.name)
    assert (clip.colour, clip.field_order, clip.side_data) == (
        colour_of(frame),
        field_order_of(frame),
        side_data_of(frame),
    )


def test_a_keyframe_comes_without_the_frames_that_are_stored_before_it_is_shown(tmp_path: Path) -> None:
    path = write(tmp_path / "b.mp4", pictures(12), bf="3")
    with open_video(path) as container:
        video = container.streams.video[0]
        packets = demux_packets(container, video)
        assert next(iter(decode_packet(next(packets), video.codec_context)), None) is None
    with open_video(path) as container:
        video = container.streams.video[0]
        frame = drained_frame(next(demux_packets(container, video)), video.codec_context)
        assert frame is not None
        assert frame.pts == probe(path).pts[0]


INTERLACED = {
    "h264": ("i.mp4", "libx264", {"bf": "3", "flags": "+ildct+ilme"}),
    "keyframes alone": ("i.mxf", "mpeg2video", {"g": "1", "bf": "0", "flags": "+ildct+ilme"}),
    "keyframes alone in mpeg-ts": ("i.ts", "mpeg2video", {"g": "1", "bf": "0", "flags": "+ildct+ilme"}),
    "keyframes alone, mpeg-4": ("i.mov", "mpeg4", {"g": "1", "bf": "2", "flags": "+ildct+ilme"}),
}


@pytest.mark.parametrize("kind", INTERLACED)
def test_a_keyframe_of_two_fields_is_decoded_in_order(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, codec, options = INTERLACED[kind]
    path = write(tmp_path / name, pictures(40), codec=codec, **options)
    with open_video(path) as container:
        video = container.streams.video[0]
        assert drained_frame(next(demux_packets(container, video)), video.codec_context) is None
    fed: list[Packet[Any]] = []

    def decode_and_note(packet: Packet[Any], decoder: VideoCodecContext) -> list[VideoFrame]:
        fed.append(packet)
        return decode_packet(packet, decoder)

    for module in (streams, probing):
        monkeypatch.setattr(module, "decode_packet", decode_and_note)
    clip = probe(path)
    assert len(fed) <= 6  # the first of them twice, and as many as B-frames keep back
    assert clip.field_order == field_order_of(next(iter(decode_frames(clip)))) != ""
