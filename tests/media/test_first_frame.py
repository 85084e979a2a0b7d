"""The first frame of a file: from its keyframe alone where that does, and with what decoding from the start shows."""

from pathlib import Path

import pytest
from support.bar_clips import pictures, write
from support.damaged_files import CONTAINERS

from vidkompy.media.decoding import decode_frames
from vidkompy.media.frame_metadata import colour_of, field_order_of, side_data_of
from vidkompy.media.probe import probe
from vidkompy.media.streams import decode_packet, demux_packets, first_frame_of, open_video


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
    needed = []
    for is_alone in (True, False):
        with open_video(path) as container:
            video = container.streams.video[0]
            packets = demux_packets(container, video)
            decoder = video.codec_context
            frames = (
                first_frame_of(packet, decoder) if is_alone else next(iter(decode_packet(packet, decoder)), None)
                for packet in packets
            )
            needed.append(next(n for n, frame in enumerate(frames, 1) if frame is not None))
    alone, in_order = needed
    assert alone == 1 < in_order


def test_a_keyframe_of_two_fields_waits_for_both(tmp_path: Path) -> None:
    path = write(tmp_path / "i.mp4", pictures(12), bf="3", flags="+ildct+ilme")
    with open_video(path) as container:
        video = container.streams.video[0]
        decoder = video.codec_context
        first, *later = [first_frame_of(packet, decoder) for packet in demux_packets(container, video)]
    assert first is None
    order = field_order_of(next(frame for frame in later if frame is not None))
    assert order
    assert order == probe(path).field_order
