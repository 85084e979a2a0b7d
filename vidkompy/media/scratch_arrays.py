"""Arrays of long clips on disk: mapped from files without a name, which go with the process, however it ends.

What a pass over such an array has touched counts as the process's memory until it is released; it stays on disk, or in
what memory the system has to spare. Room is reserved first: a write to a full disk would end the process.
"""

from __future__ import annotations

import mmap
import os
import tempfile
from collections.abc import Iterator
from math import prod
from pathlib import Path

import numpy as np

from vidkompy.model import I64, U8

LEAST_SCRATCH_BYTES = 64 << 20  # of an array that is worth a file
READ_AHEAD_BYTES = 1 << 20  # that the system may map around what is looked at; Linux 6.18 maps 110 KB on average
FRAMES_OF_FLOATS = 1024  # whose pixels, some thousands each, are in memory in 32 bits at a time
BLOCK_FRAMES = 16_384  # next to each other, of crops: 40 MB at most
SCATTERED_FRAMES = 16  # taken between two releases at most
RELEASED_BYTES = 16 << 20  # that a pass touches before they are released

_LASTING_FOLDER = Path("/var/tmp")  # noqa: S108 - files without a name; on disk where /tmp is memory


class _MappedFile(mmap.mmap):
    """touched: bytes that were looked at since their memory was given back, or a little less."""

    touched = 0


def scratch_array(shape: tuple[int, ...]) -> U8:
    """u8 [shape], not initialised: in memory if it is small, or where there is no room on disk."""
    size = prod(shape)
    if size >= LEAST_SCRATCH_BYTES and hasattr(os, "posix_fallocate"):
        try:
            with tempfile.TemporaryFile(prefix="vidkompy-", dir=_scratch_folder()) as file:
                os.posix_fallocate(file.fileno(), 0, size)
                return np.frombuffer(_MappedFile(file.fileno(), size), np.uint8).reshape(shape)
        except OSError:
            pass
    return np.empty(shape, np.uint8)


def release_pages(array: np.ndarray) -> None:
    """Give back the memory that a scratch array's file takes here; its values stay. Other arrays stay as they are."""
    if (mapped := _mapped_file(array)) is not None:
        mapped.touched = 0
        mapped.madvise(mmap.MADV_DONTNEED)


def taken(array: U8, frames: slice | I64) -> U8:
    """array[frames], u8 [n, ...], of which few at a time take memory where it is read from."""
    if _mapped_file(array) is None:
        return array[frames]
    indices = np.arange(len(array))[frames]
    out = np.empty((len(indices), *array.shape[1:]), np.uint8)
    for first in range(0, len(indices), SCATTERED_FRAMES):
        block = slice(first, first + SCATTERED_FRAMES)
        out[block] = array[indices[block]]
        note_use(array, SCATTERED_FRAMES)
    return out


def note_use(array: U8, count: int = 1) -> None:
    """Say that so many frames of an array were looked at: now and then the memory of all is given back."""
    if (mapped := _mapped_file(array)) is not None:
        mapped.touched += count * READ_AHEAD_BYTES
        if mapped.touched > RELEASED_BYTES:
            release_pages(array)


def each_frame(frames: U8) -> Iterator[U8]:
    """Each of the frames, u8 [n, ...], of which few at a time take memory."""
    for block in each_block(frames):
        yield from frames[block]


def each_block(*arrays: U8) -> Iterator[slice]:
    """Slices of some arrays of as many frames, u8 [n, ...]; few frames at a time take memory."""
    longest = max(array[:1].nbytes for array in arrays)
    frames = max(1, RELEASED_BYTES // max(1, longest))
    for first in range(0, len(arrays[0]), frames):
        yield slice(first, first + frames)
        for array in arrays:
            release_pages(array)


def _mapped_file(array: np.ndarray) -> _MappedFile | None:
    owner: object = array
    while isinstance(owner, np.ndarray):
        owner = owner.base
    if isinstance(owner, memoryview):
        owner = owner.obj
    return owner if isinstance(owner, _MappedFile) else None


def _scratch_folder() -> str | None:
    """None: the usual folder for temporary files."""
    is_usual = not os.environ.get("TMPDIR") and os.access(_LASTING_FOLDER, os.W_OK)
    return str(_LASTING_FOLDER) if is_usual else None
