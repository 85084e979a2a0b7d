"""A file opened for its header or its sound alone tells what it tells when its pictures are looked at, too."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from av.container import InputContainer
from support.damaged_files import CONTAINERS

from vidkompy.media import demuxers, streams
from vidkompy.media.probe import (
    demuxer_of,
    has_sound,
    input_traits,
    number_in_file,
    probe,
    sound_time_base,
    tracks_of,
    video_stream_count,
)
from vidkompy.media.stream_choice import sound_streams_of
from vidkompy.media.streams import demux_packets, open_sound, open_video
from vidkompy.model import Clip


def sound_of(clip: Clip, container: InputContainer) -> list[tuple[float | None, bytes, bytes]]:
    """Of each packet of the first track: its time in s, its data, and samples that it completes."""
    with container:
        (stream,) = sound_streams_of(clip.path, container, clip.program)
        return [
            (
                None if packet.pts is None or packet.time_base is None else float(packet.pts * packet.time_base),
                bytes(packet),
                b"".join(np.ascontiguousarray(frame.to_ndarray()).tobytes() for frame in packet.decode()),
            )
            for packet in demux_packets(container, stream)
        ]


@pytest.mark.parametrize("container", CONTAINERS)
def test_sound_is_the_same_without_a_look_at_pictures(container: str, intact: dict[str, Path]) -> None:
    clip = probe(intact[container])
    sound = sound_of(clip, open_sound(clip))
    assert sum(len(samples) for _, _, samples in sound) > 100_000
    assert sound == sound_of(clip, open_video(clip.path))


def header_facts(clip: Clip) -> list[object]:
    path = clip.path
    of_clip = tracks_of(clip), number_in_file(clip), sound_time_base(clip)
    return [*of_clip, has_sound(path), input_traits(path), demuxer_of(path), video_stream_count(path)]


@pytest.mark.parametrize("container", CONTAINERS)
def test_headers_say_the_same_without_a_look_at_pictures(
    container: str, intact: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    clip, asked = probe(intact[container]), list[Sequence[str]]()
    facts = header_facts(clip)

    def open_for_decoding(path: Path, decoders: Sequence[str] = ()) -> InputContainer:
        asked.append(decoders)
        return demuxers.open_single_file(path)

    monkeypatch.setattr(streams, "open_single_file", open_for_decoding)
    assert header_facts(clip) == facts
    assert set(asked) == {streams.NO_DECODERS}
