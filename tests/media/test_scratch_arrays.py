"""Arrays of long clips lie on disk and take memory only while they are looked at."""

import mmap
import os
import resource
from pathlib import Path

import numpy as np
import pytest

from vidkompy.media import scratch_arrays
from vidkompy.media.scratch_arrays import LEAST_SCRATCH_BYTES, each_frame, note_use, release_pages, scratch_array, taken

FRAMES, FRAME = 256, 1 << 20  # 256 MiB


def resident() -> int:
    """Bytes of memory that this process takes now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def test_a_pass_over_a_long_array_takes_little_memory_and_keeps_all_values() -> None:
    frames = scratch_array((FRAMES, FRAME))
    before = resident()
    for _ in range(2):
        peak = 0
        for i, frame in enumerate(each_frame(frames)):
            frame[:] = i
            peak = max(peak, resident() - before)
        assert peak < 40 << 20  # two rounds of what is released at once, and what else runs
    assert [int(frame[0]) for frame in each_frame(frames)] == [i % 256 for i in range(FRAMES)]
    assert resident() - before < 20 << 20


def test_scattered_reads_of_a_long_array_take_little_memory() -> None:
    side = FRAME // 256
    frames = scratch_array((FRAMES * 256, side))  # of 4 KiB: what the system maps around one is far more
    for frame in each_frame(frames):
        frame[:] = 9
    before, peak = resident(), 0
    for i in range(0, len(frames), 33):
        assert frames[i, 0] == 9
        note_use(frames)
        peak = max(peak, resident() - before)
    assert (taken(frames, np.arange(7, len(frames), 41)) == 9).all()
    peak = max(peak, resident() - before - side * len(frames) // 41)
    # 16 reads, around each of which 2 MiB may be mapped, and what else runs; 220 MiB without notes
    assert peak < 64 << 20


def test_its_file_has_no_name_and_its_room_is_reserved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    before = os.statvfs(tmp_path).f_bavail
    frames = scratch_array((LEAST_SCRATCH_BYTES,))
    assert list(tmp_path.iterdir()) == []
    statistics = os.statvfs(tmp_path)
    assert (before - statistics.f_bavail) * statistics.f_frsize > LEAST_SCRATCH_BYTES // 2
    del frames


def refuse(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_where_there_is_no_room_it_lies_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "posix_fallocate", refuse)
    frames = scratch_array((LEAST_SCRATCH_BYTES,))
    assert frames.base is None
    frames[:] = 7
    release_pages(frames)
    assert frames[-1] == 7


@pytest.mark.parametrize("frames", [scratch_arrays.scratch_array((4, 3)), np.zeros((0, 3), np.uint8)])
def test_small_arrays_are_as_any(frames: np.ndarray) -> None:
    assert not isinstance(frames.base, mmap.mmap)
    frames[:] = 5
    assert all((frame == 5).all() for frame in each_frame(frames))
    release_pages(frames[1:])
    assert (frames == 5).all()


def test_a_part_of_it_keeps_its_values() -> None:
    frames = scratch_array((LEAST_SCRATCH_BYTES // 1024, 32, 32))
    frames[:] = 3
    part = frames[5:9, ::2].reshape(-1)
    release_pages(frames[5:9])
    assert (part == 3).all()
    assert (frames[8] == 3).all()
