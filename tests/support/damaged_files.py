"""The same small clip in all containers, and the ways in which files come to harm."""

from collections.abc import Callable, Iterator
from pathlib import Path

import av

from support.program_runs import run_ffmpeg

PICTURES = "testsrc2=size=160x90:rate=25:duration=4,noise=alls=12:allf=t:all_seed=5"
TONE = "sine=frequency=440:sample_rate=48000:duration=4"
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "10", "-bf", "2", "-pix_fmt", "yuv420p")
AAC = ("-c:a", "aac", "-b:a", "64k")
CONTAINERS: dict[str, tuple[str, ...]] = {
    "mkv": (*H264, "-c:a", "pcm_s16le"),
    "mp4": (*H264, *AAC),
    "faststart.mp4": (*H264, *AAC, "-movflags", "+faststart"),
    "fragmented.mp4": (*H264, *AAC, "-movflags", "+frag_keyframe+empty_moov+default_base_moof"),
    "mov": (*H264, *AAC),
    "ts": (*H264, *AAC),
    "m2ts": (*H264, *AAC),
    "flv": (*H264, *AAC),
    "nut": (*H264, *AAC),
    "avi": (*H264, "-bf", "0", "-c:a", "libmp3lame"),
    "webm": ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "10", "-c:a", "libopus"),
    "ogv": ("-c:v", "libtheora", "-q:v", "7", "-g", "10", "-c:a", "libvorbis"),
    "mpeg4.avi": ("-c:v", "mpeg4", "-q:v", "4", "-g", "10", "-c:a", "libmp3lame"),
    "mxf": ("-c:v", "mpeg2video", "-q:v", "4", "-g", "10", "-c:a", "pcm_s16le"),
    "wmv": ("-c:v", "wmv2", "-q:v", "4", "-g", "10", "-c:a", "wmav2"),
}
FRAMES = 100


def make(path: Path, words: tuple[str, ...]) -> None:
    run_ffmpeg("-f", "lavfi", "-i", PICTURES, "-f", "lavfi", "-i", TONE, "-shortest", *words, path)


def cut(percent: int) -> Callable[[bytes, Path], bytes]:
    return lambda whole, _: whole[: len(whole) * percent // 100]


def tail(whole: bytes, _: Path) -> bytes:
    return whole[:-1024]


def zeroed(whole: bytes, _: Path) -> bytes:
    middle = len(whole) // 2
    return whole[:middle] + bytes(4096) + whole[middle + 4096 :]


def removed(whole: bytes, _: Path) -> bytes:
    middle = len(whole) // 2
    return whole[:middle] + whole[middle + len(whole) // 8 :]


def flipped(whole: bytes, path: Path) -> bytes:
    """Bytes within a keyframe: what is around it in the container stays whole."""
    for piece in _pieces(path):
        at = whole.find(piece)
        if at >= 0:
            return whole[:at] + bytes(b ^ 0xFF for b in piece) + whole[at + len(piece) :]
    raise AssertionError(path)


def _pieces(path: Path) -> Iterator[bytes]:
    """40 bytes each of the keyframe in the middle: MPEG-TS interrupts it every 184."""
    with av.open(str(path)) as container:
        keys = [bytes(packet) for packet in container.demux(video=0) if packet.is_keyframe and packet.size]
    key = keys[len(keys) // 2]
    yield from (key[at : at + 40] for at in range(len(key) // 4, len(key) - 40, 20))


FAULTS: dict[str, Callable[[bytes, Path], bytes]] = {
    "cut at 25 %": cut(25),
    "cut at 50 %": cut(50),
    "cut at 90 %": cut(90),
    "last kilobyte missing": tail,
    "zeros in the middle": zeroed,
    "a piece missing in the middle": removed,
    "a keyframe with wrong bytes": flipped,
}
